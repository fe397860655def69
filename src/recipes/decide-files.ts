import { readdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { formatSrt, formatVtt } from '../domain/caption-files.ts';
import { frameToMs } from '../domain/time.ts';
import type { PageClip } from '../stages/page/page-data.ts';
import { writePage } from '../stages/page/page.ts';
import type { FolderView, ReviewedClip } from './decide-fold.ts';
import type { ReviewedPlan } from './decide-plan.ts';
import type { RecipeContext } from './events.ts';
import { emitKept, formatDocument } from './finish-clip.ts';
import {
  noteClip,
  readRendered,
  transcriptName,
  type FolderState,
  type RenderedClip,
} from './folder-state.ts';
import type { OutputFolder } from './output-folder.ts';
import { sourceName } from './source-name.ts';

/** Where the files of clips go that nobody wants: they can be had back. */
export const rejectedFolder = 'rejected';

type Plan = (view: FolderView, clip: ReviewedClip) => ReviewedPlan;

/** Brings a folder's files from one state of decisions to another: papers, what was rejected, the transcript, the page. */
export async function updateFolder(
  folder: OutputFolder,
  state: FolderState,
  change: { readonly before: FolderView; readonly after: FolderView },
  plan: Plan,
  context: RecipeContext,
): Promise<void> {
  const { before, after } = change;
  const wasShown = new Map(
    before.clips.filter(isWanted).map((clip) => [clip.name, plan(before, clip)] as const),
  );
  const wanted = after.clips.filter(isWanted);
  for (const { name } of before.clips.filter(isWanted)) {
    if (!wanted.some((clip) => clip.name === name)) await setAside(folder, name);
  }
  for (const clip of wanted) {
    const [old, now] = [wasShown.get(clip.name), plan(after, clip)];
    if (old === undefined) await takeBack(folder, clip.name);
    const isSame =
      old !== undefined &&
      old.hash === now.hash &&
      JSON.stringify(old.post) === JSON.stringify(now.post) &&
      old.timeline.name === now.timeline.name;
    if (!isSame) await writePapers(folder, clip.name, now, context);
  }
  if (after.transcript !== before.transcript) {
    const text = `${JSON.stringify(after.transcript, undefined, 1)}\n`;
    emitKept(folder, await folder.placeText(transcriptName, text), context);
  }
  await writeFolderPage(folder, state, after, plan);
}

const isWanted = (clip: ReviewedClip) => clip.verdict !== 'rejected';

async function writePapers(
  folder: OutputFolder,
  name: string,
  { timeline, post }: ReviewedPlan,
  context: RecipeContext,
): Promise<void> {
  const { cues } = timeline.captions;
  const placed = {
    timeline: await folder.placeText(`${name}.timeline.json`, formatDocument(timeline)),
    srt: await folder.placeText(`${name}.srt`, formatSrt(cues)),
    vtt: await folder.placeText(`${name}.vtt`, formatVtt(cues)),
    post: await folder.placeText(`${name}.post.json`, formatDocument(post)),
  };
  for (const file of Object.values(placed)) emitKept(folder, file, context);
  const names = Object.fromEntries(Object.entries(placed).map(([kind, file]) => [kind, file.name]));
  const known = (await readRendered(folder.path))[name];
  await noteClip(folder.path, name, {
    ...(known ?? { isPreview: false }),
    files: { ...known?.files, ...names },
  });
}

/** The files of a clip: those of its name, and what was put beside an edited one. */
async function listClipFiles(folder: string, name: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((file) => file.startsWith(`${name}.`));
}

async function setAside(folder: OutputFolder, name: string): Promise<void> {
  for (const file of await listClipFiles(folder.path, name)) {
    await folder.move(file, `${rejectedFolder}/${file}`);
  }
}

async function takeBack(folder: OutputFolder, name: string): Promise<void> {
  for (const file of await listClipFiles(join(folder.path, rejectedFolder), name)) {
    await folder.move(`${rejectedFolder}/${file}`, file);
  }
  // Goes only when it is empty.
  await rmdir(join(folder.path, rejectedFolder)).catch(() => {});
}

/** Whether a clip's film shows what its timeline says now. */
export function isCurrent(rendered: RenderedClip | undefined, plan: ReviewedPlan): boolean {
  return rendered?.timelineHash === plan.hash;
}

/** Writes the page that works from disk, of the clips that are wanted. */
export async function writeFolderPage(
  folder: OutputFolder,
  state: FolderState,
  view: FolderView,
  plan: Plan,
): Promise<void> {
  const rendered = await readRendered(folder.path);
  const clips = view.clips
    .filter(isWanted)
    .map((clip) => pageClip(clip, plan(view, clip), rendered[clip.name]));
  await folder.placeText(
    'index.html',
    writePage({
      source: { name: sourceName(state.source.path), durationMs: state.source.info.durationMs },
      status: 'finished',
      sound: state.sound,
      interest: state.interest,
      clips,
      notes: state.notes,
    }),
  );
}

function pageClip(
  { moment }: ReviewedClip,
  plan: ReviewedPlan,
  rendered: RenderedClip | undefined,
): PageClip {
  const { video, cover, ...papers } = rendered?.files ?? {};
  const { durationFrames, frameRate } = plan.timeline;
  const common = { moment, post: plan.post, playingMs: frameToMs(durationFrames, frameRate) };
  if (isCurrent(rendered, plan)) {
    return { ...common, status: 'done', files: { ...papers, video, cover }, check: rendered?.check };
  }
  return {
    ...common,
    status: 'failed',
    files: { ...papers, cover },
    problem: 'It was changed and not rendered since. pivot review renders it.',
  };
}
