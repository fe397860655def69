import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Decision } from '../domain/decision.ts';
import { PatternPivotError } from '../domain/errors.ts';
import { decide, findClip, type Stamp, type Wish } from './decide.ts';
import { isCurrent, updateFolder, writeFolderPage } from './decide-files.ts';
import { foldDecisions, type FolderView, type ReviewedClip } from './decide-fold.ts';
import { appendDecision, decisionsName, readDecisions } from './decide-log.ts';
import { createPlanner, type ReviewedPlan } from './decide-plan.ts';
import type { MadeClip, RecipeContext } from './events.ts';
import { finishClip } from './finish-clip.ts';
import { noteRendered, readFolderState, readRendered, stateName, type FolderState } from './folder-state.ts';
import type { MakePorts } from './make-request.ts';
import { openOutputFolder } from './output-folder.ts';

/** What reviewing takes from the world beside {@link MakePorts}. */
export type ReviewPorts = Pick<MakePorts, 'transcriber' | 'openSpeechDetector' | 'cache'> & {
  /** Who a decision is, and when it was taken. */
  stamp(): Stamp;
};

/** What is known of a folder right now. */
export type FolderNow = {
  readonly state: FolderState;
  readonly view: FolderView;
  plan(clip: ReviewedClip): ReviewedPlan;
  /** The same for another state of the decisions. */
  planIn(view: FolderView, clip: ReviewedClip): ReviewedPlan;
};

/** The folder of one source whose clips are being decided on. Nothing is kept in memory that isn't on disk. */
export interface ReviewFolder {
  readonly path: string;
  /** Reads what was made and decided, as it is on disk now. */
  read(): Promise<FolderNow>;
  /** Decides something, writes it down, and brings all papers in line. One at a time. */
  decide(wish: Wish, context: RecipeContext): Promise<{ decision: Decision; now: FolderNow }>;
  /** Renders a clip as decided, checks it, and puts it into the folder. */
  render(name: string, context: RecipeContext): Promise<MadeClip>;
}

/** Opens the folder that `make` made for a source. @throws not_found.folder_state */
export async function openReviewFolder(path: string, ports: ReviewPorts): Promise<ReviewFolder> {
  const folderPath = await realpath(path).catch(() => resolve(path));
  await readFolderState(folderPath);
  let known: { stamp: string; state: FolderState; planner: ReturnType<typeof createPlanner> } | undefined;
  let lastView: { key: string; now: FolderNow } | undefined;
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(run: () => Promise<T>): Promise<T> => {
    const turn = last.then(run);
    last = turn.catch(() => {});
    return turn;
  };

  const read = async (): Promise<FolderNow> => {
    const stamp = await stampOf(join(folderPath, stateName));
    if (known === undefined || known.stamp !== stamp) {
      const state = await readFolderState(folderPath);
      known = { stamp, state, planner: createPlanner(state) };
    }
    const key = `${stamp} ${await stampOf(join(folderPath, decisionsName))}`;
    if (lastView?.key === key) return lastView.now;
    const { state, planner } = known;
    const view = foldDecisions(state, await readDecisions(folderPath));
    const now: FolderNow = { state, view, plan: (clip) => planner(view, clip), planIn: planner };
    lastView = { key, now };
    return now;
  };

  return {
    path: folderPath,
    read,
    decide: (wish, context) =>
      inTurn(async () => {
        const before = await read();
        const removed = wish.kind === 'restore' ? before.plan(findClip(before.view, wish.clip)).removed : [];
        const decision = decide(before.state, before.view, wish, ports.stamp(), removed);
        // What cannot be planned is not decided: nobody could undo it on a page that no longer opens.
        const tried = foldDecisions(before.state, [...(await readDecisions(folderPath)), decision]);
        for (const clip of tried.clips) before.planIn(tried, clip);
        await appendDecision(folderPath, decision);
        const now = await read();
        const folder = await openOutputFolder(folderPath, 'make');
        try {
          const change = { before: before.view, after: now.view };
          await updateFolder(folder, now.state, change, now.planIn, context);
        } finally {
          await folder.close();
        }
        return { decision, now };
      }),
    async render(name, context) {
      const now = await read();
      const clip = findClip(now.view, name);
      const { timeline, post } = now.plan(clip);
      const folder = await openOutputFolder(folderPath, 'make');
      try {
        const plan = { name: clip.name, moment: clip.moment, timeline };
        const options = { isPreview: false, hasCoverTitle: now.state.hasCoverTitle };
        const finished = await finishClip(plan, post, folder, options, ports, context);
        if (finished.rendered !== undefined) await noteRendered(folderPath, clip.name, finished.rendered);
        const latest = await read();
        await writeFolderPage(folder, latest.state, latest.view, latest.planIn);
        return finished.clip;
      } finally {
        await folder.close();
      }
    },
  };
}

async function stampOf(path: string): Promise<string> {
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  return found === undefined ? '' : `${found.size} ${found.mtimeNs} ${found.ino}`;
}

/** What a person named: a source's folder, or a file of one of its clips. */
export type NamedClip = { readonly folder: string; readonly clip: string | undefined };

/** Finds out what is meant by `clips/talk`, `clips/talk/01-a.timeline.json` or `clips/talk/01-a`. @throws not_found.clip */
export async function findNamed(path: string): Promise<NamedClip> {
  const absolute = resolve(path);
  const found = await stat(absolute).catch(() => undefined);
  if (found?.isDirectory() === true) return { folder: absolute, clip: undefined };
  const folder = dirname(absolute);
  const isFolder = (await stat(folder).catch(() => undefined))?.isDirectory() === true;
  if (!isFolder) {
    throw new PatternPivotError('not_found.clip', `There is no such clip: ${path}`, {
      hint: 'Name a clip like clips/talk/01-a.timeline.json.',
      context: { path },
    });
  }
  const clip = basename(absolute).replace(
    /(?:\.new(?:-\d+)?)?\.(?:timeline\.json|post\.json|preview\.mp4|mp4|jpg|srt|vtt)$/u,
    '',
  );
  return { folder, clip };
}

/** The clips whose films do not show what was decided, or are missing. */
export async function listStale(folder: ReviewFolder): Promise<ReviewedClip[]> {
  const { view, plan } = await folder.read();
  const rendered = await readRendered(folder.path);
  return view.clips
    .filter((clip) => clip.verdict !== 'rejected')
    .filter((clip) => !isCurrent(rendered[clip.name], plan(clip)) || rendered[clip.name]?.isPreview === true);
}
