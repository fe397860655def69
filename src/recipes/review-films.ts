import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isAbortError, toErrorRecord } from '../domain/errors.ts';
import { renderTimeline } from '../stages/render/render.ts';
import type { StageCache } from '../stages/stage.ts';
import { isCurrent, rejectedFolder } from './decide-files.ts';
import type { ReviewedClip } from './decide-fold.ts';
import type { ReviewedPlan } from './decide-plan.ts';
import { readRendered } from './folder-state.ts';
import type { FolderNow, ReviewFolder } from './review-folder.ts';
import type { ReviewFilm, ReviewMessage } from './review-snapshot.ts';

/** The films that a review shows: finished ones as they lie in the folder, previews made one after the other in the background. */
export interface ReviewFilms {
  /** Where a clip's film stands, and the path of it where it is ready. */
  find(clip: ReviewedClip, plan: ReviewedPlan): Promise<ReviewFilm & { readonly path?: string }>;
  /** The clip that is being looked at: its film comes first. */
  focus(name: string): void;
  /** Looks for films that are missing now, and drops the one in work when nobody wants it any more. */
  update(): void;
  /** Lets previews wait while `run` has the machine. */
  pauseFor<T>(run: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** What previews are made with. */
export type ReviewFilmsParts = {
  readonly folder: ReviewFolder;
  readonly cache: StageCache;
  /** Where previews lie while somebody reviews. */
  readonly previewFolder: string;
  tell(message: ReviewMessage): void;
};

/** Ends are nudged several times in a row: a preview begins when nobody has changed anything for this long, in ms. */
const settleMs = 350;

/** Starts making previews. */
export function createReviewFilms({ folder, cache, previewFolder, tell }: ReviewFilmsParts): ReviewFilms {
  const ready = new Set<string>();
  const failed = new Map<string, string>();
  let focused: string | undefined;
  let current: { readonly hash: string; readonly controller: AbortController } | undefined;
  let working: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let paused = 0;
  let isClosed = false;

  const mustWait = () => isClosed || paused > 0;
  const previewPath = (hash: string) => join(previewFolder, `${hash}.mp4`);

  const findFinal = async (name: string, plan: ReviewedPlan) => {
    const rendered = (await readRendered(folder.path))[name];
    const video = rendered?.files['video'];
    if (video === undefined || rendered === undefined || !isCurrent(rendered, plan)) return undefined;
    // The record lies in a folder that others may write to: it names files there and nowhere else.
    if (video !== basename(video)) return undefined;
    // That of a rejected clip was put aside.
    for (const path of [join(folder.path, video), join(folder.path, rejectedFolder, video)]) {
      const found = await stat(path).catch(() => undefined);
      if (found?.isFile() === true) return { path, isPreview: rendered.isPreview };
    }
    return undefined;
  };

  const find: ReviewFilms['find'] = async (clip, plan) => {
    const url = `/film/${encodeURIComponent(clip.name)}?v=${plan.hash.slice(0, 16)}`;
    const final = await findFinal(clip.name, plan);
    if (final !== undefined)
      return { status: 'ready', kind: final.isPreview ? 'preview' : 'final', url, path: final.path };
    if (ready.has(plan.hash)) return { status: 'ready', kind: 'preview', url, path: previewPath(plan.hash) };
    const problem = failed.get(plan.hash);
    return problem === undefined ? { status: 'waiting' } : { status: 'failed', problem };
  };

  /** The next clip without a film: the one that is looked at, those that may still be kept, the others. */
  const findNext = async ({ view, plan }: FolderNow) => {
    const order = (clip: ReviewedClip) => (clip.name === focused ? 0 : clip.verdict === 'rejected' ? 2 : 1);
    for (const clip of view.clips.toSorted((a, b) => order(a) - order(b))) {
      const planned = plan(clip);
      if ((await find(clip, planned)).status === 'waiting') return { clip, planned };
    }
    return undefined;
  };

  const makeOne = async (clip: ReviewedClip, planned: ReviewedPlan) => {
    const { hash, timeline } = planned;
    const controller = new AbortController();
    current = { hash, controller };
    let toldAt = 0;
    try {
      await renderTimeline(
        timeline,
        { outputPath: previewPath(hash), preview: true, baseFolder: folder.path },
        { cache },
        {
          signal: controller.signal,
          report({ done, total }) {
            const now = performance.now();
            if (total === undefined || total <= 0 || now - toldAt < 150) return;
            toldAt = now;
            tell({ kind: 'progress', clip: clip.name, step: 'preview', share: Math.min(1, done / total) });
          },
        },
      );
      ready.add(hash);
    } catch (error) {
      if (!controller.signal.aborted && !isAbortError(error)) failed.set(hash, toErrorRecord(error).message);
    } finally {
      current = undefined;
    }
  };

  const work = async () => {
    for (;;) {
      if (mustWait()) return;
      const next = await findNext(await folder.read()).catch(() => undefined);
      if (next === undefined || mustWait()) return;
      await makeOne(next.clip, next.planned);
      if (!mustWait()) tell({ kind: 'changed' });
    }
  };

  const start = () => {
    if (mustWait() || working !== undefined) return;
    working = work().finally(() => {
      working = undefined;
    });
  };

  const dropUnwanted = async () => {
    const running = current;
    if (running === undefined) return;
    const { view, plan } = await folder.read();
    if (!view.clips.some((clip) => plan(clip).hash === running.hash)) running.controller.abort();
  };

  const update = () => {
    void dropUnwanted().catch(() => {});
    clearTimeout(timer);
    timer = setTimeout(start, settleMs);
  };

  return {
    find,
    focus(name) {
      focused = name;
      update();
    },
    update,
    async pauseFor(run) {
      paused++;
      current?.controller.abort();
      await working;
      try {
        return await run();
      } finally {
        paused--;
        update();
      }
    },
    async close() {
      isClosed = true;
      clearTimeout(timer);
      current?.controller.abort();
      await working;
    },
  };
}
