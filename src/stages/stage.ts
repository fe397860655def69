import { createHash } from 'node:crypto';
import type { z } from 'zod';

/** How far a piece of work is: `done` of `total` units, where the total is known. */
export type Progress = { readonly done: number; readonly total: number | undefined; readonly unit: string };

/** What every stage may use beside its inputs and its ports. */
export type StageContext = {
  readonly signal: AbortSignal;
  report(progress: Progress): void;
};

/**
 * A unit of work whose result is kept under {@link stageKey}. The result is plain JSON that fits `schema`:
 * what does not fit (an older version's, a damaged one's) is made again.
 */
export type CachedWork<T> = {
  /** The stage's name: `hear`, `render`. */
  readonly name: string;
  /** Counted up whenever the same inputs would give another result. */
  readonly version: number;
  /** Everything the result depends on, as plain JSON: content hashes, parameters, the model's name. */
  readonly inputs: unknown;
  readonly schema: z.ZodType<T>;
  run(): Promise<T>;
};

/** Keeps results of stages. `app/` gives the real one; a test may give one that forgets. */
export interface StageCache {
  /** The stored result when there is one, else what `work.run()` returns, which is stored before it is returned. */
  remember<T>(work: CachedWork<T>): Promise<T>;
  /**
   * The same for work that makes a file: the stored file is put at `path`, or `run` writes it to the temporary
   * path that it is given, and it is stored and appears at `path` only when whole.
   * @returns whether the file was made anew
   */
  rememberFile(work: FileWork, path: string): Promise<{ fresh: boolean }>;
}

/** Work whose result is a file. */
export type FileWork = Omit<CachedWork<never>, 'schema' | 'run'> & {
  run(temporaryPath: string): Promise<void>;
};

/** The key of a result: SHA-256 over the stage's name, its version and its inputs in canonical JSON. 64 hex digits. */
export function stageKey(work: { name: string; version: number; inputs: unknown }): string {
  const text = canonicalJson({ name: work.name, version: work.version, inputs: work.inputs });
  return createHash('sha256').update(text).digest('hex');
}

/** JSON with sorted keys, so that equal values give equal text. Keys whose value is undefined are left out. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`);
    return `{${entries.join(',')}}`;
  }
  return JSON.stringify(value);
}
