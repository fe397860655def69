import type { ErrorRecord } from '../domain/errors.ts';
import type { LibraryAsset } from '../domain/library.ts';
import type { Finding } from '../domain/rendition.ts';
import type { Progress, StageContext } from '../stages/stage.ts';

/** The steps of a recipe as a user sees them, in their order. */
export type StepName =
  | 'read'
  | 'sync'
  | 'refresh'
  | 'index'
  | 'embed'
  | 'ask'
  | 'refine'
  | 'hear'
  | 'shortlist'
  | 'look'
  | 'choose'
  | 'plan'
  | 'render'
  | 'check'
  | 'compare'
  | 'cover'
  | 'transcribe'
  | 'shoot'
  | 'moments'
  | 'copy'
  | 'verify'
  | 'count'
  | 'match'
  | 'listen'
  | 'extract'
  | 'mix'
  | 'compose'
  | 'speak'
  | 'picture'
  | 'draw'
  | 'publish'
  | 'fetch';

/** How long a job will take and how much room it needs, roughly. */
export type Estimate = { readonly timeMs: number; readonly diskBytes: number };

/** A clip that is going to be made. Times are ms in the source, half-open. */
export type PlannedClip = {
  readonly name: string;
  readonly title: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly score: number;
  readonly why: string;
};

/** A clip that was made, and what its check found. Paths are absolute. */
export type MadeClip = {
  readonly name: string;
  readonly title: string;
  /** `made`: whole, and checked unless it is a preview. `failed`: there, but its check failed. `missing`: it could not be made. */
  readonly status: 'made' | 'failed' | 'missing';
  /** Whether it was rendered now; false when an earlier run had done it. */
  readonly isFresh: boolean;
  readonly files: Readonly<Record<string, string>>;
  readonly problem?: string;
  readonly failedFindings: readonly Finding[];
};

/** What became of one source. */
export type SourceResult =
  | {
      readonly status: 'done';
      readonly path: string;
      readonly folder: string;
      /** Undefined after a dry run. */
      readonly pagePath: string | undefined;
      readonly clips: readonly MadeClip[];
      readonly isDryRun: boolean;
    }
  | { readonly status: 'skipped'; readonly path: string; readonly reason: string }
  | { readonly status: 'failed'; readonly path: string; readonly error: ErrorRecord };

/** What became of one thing that was added to a library. */
export type AddResult =
  /** `known`: it was there already, and nothing about it changed. */
  | { readonly status: 'added' | 'changed' | 'known'; readonly path: string; readonly asset: LibraryAsset }
  | { readonly status: 'skipped'; readonly path: string; readonly reason: string }
  | { readonly status: 'failed'; readonly path: string; readonly error: ErrorRecord };

/** A short made of several sources, before it is rendered: what it is made of and why, in its order. */
export type PlannedRemix = {
  readonly name: string;
  readonly title: string;
  readonly seed: number;
  readonly playMs: number;
  /** How much of it is heard in the earlier variant that is most like it, 0 to 1; left out for the first. */
  readonly sharedShare?: number;
  readonly parts: readonly {
    readonly role: 'hook' | 'build' | 'payoff';
    readonly why: string;
    readonly assetId: string;
    readonly title: string;
    readonly startMs: number;
    readonly endMs: number;
    readonly text: string;
  }[];
  readonly notes: readonly string[];
};

/** Words of a library that a pattern matches. Times are ms of the asset. */
export type FoundWords = {
  readonly assetId: string;
  readonly title: string;
  readonly path: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly text: string;
  readonly before: string;
  readonly after: string;
};

/** What a recipe says on its way: a line of JSON each with `--json`. */
export type RecipeEvent =
  | { event: 'source'; path: string; index: number; count: number }
  | { event: 'step'; step: StepName; clip?: string; status: 'started' }
  | { event: 'step'; step: StepName; clip?: string; status: 'progress'; progress: Progress }
  | { event: 'step'; step: StepName; clip?: string; status: 'done'; elapsedMs: number; detail?: string }
  | { event: 'step'; step: StepName; clip?: string; status: 'failed'; elapsedMs: number }
  | { event: 'estimate'; estimate: Estimate; text: string }
  | { event: 'planned'; clips: readonly PlannedClip[]; estimate: Estimate }
  | { event: 'kept'; path: string; newPath: string }
  | { event: 'note'; text: string }
  | { event: 'clip'; clip: MadeClip }
  | { event: 'remix'; remix: PlannedRemix }
  | { event: 'occurrences'; occurrences: readonly FoundWords[] }
  /** How many results of each stage were found in the cache, and how many were made. */
  | { event: 'cache'; found: Readonly<Record<string, number>>; made: Readonly<Record<string, number>> }
  | { event: 'sourceResult'; result: SourceResult }
  | { event: 'addResult'; result: AddResult }
  | { event: 'addFinished'; exitCode: number; results: readonly AddResult[] }
  | { event: 'finished'; exitCode: number; results: readonly SourceResult[] };

/** What every recipe may use: the wish to stop, and somebody who listens. */
export type RecipeContext = { readonly signal: AbortSignal; emit(event: RecipeEvent): void };

/** Runs one step of a recipe and tells the listener how far it is. `detail` says in a few words what came out. */
export async function runStep<T>(
  context: RecipeContext,
  step: StepName,
  run: (context: StageContext) => Promise<T>,
  options: { clip?: string; detail?: (value: T) => string } = {},
): Promise<T> {
  context.signal.throwIfAborted();
  const about = {
    event: 'step' as const,
    step,
    ...(options.clip === undefined ? {} : { clip: options.clip }),
  };
  const startedAt = performance.now();
  const elapsed = () => Math.round(performance.now() - startedAt);
  context.emit({ ...about, status: 'started' });
  try {
    const value = await run({
      signal: context.signal,
      report: (progress) => context.emit({ ...about, status: 'progress', progress }),
    });
    const detail = options.detail?.(value);
    context.emit({
      ...about,
      status: 'done',
      elapsedMs: elapsed(),
      ...(detail === undefined ? {} : { detail }),
    });
    return value;
  } catch (error) {
    context.emit({ ...about, status: 'failed', elapsedMs: elapsed() });
    throw error;
  }
}
