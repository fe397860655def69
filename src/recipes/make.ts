import { join } from 'node:path';
import { PatternPivotError } from '../domain/errors.ts';
import { applyFixes } from '../domain/fix.ts';
import type { Moment } from '../domain/moment.ts';
import { done, skipped, type Outcome } from '../domain/outcome.ts';
import type { Source } from '../domain/source.ts';
import { durationMs, type TimeRange } from '../domain/time.ts';
import { captionNotes } from '../stages/captions/caption-notes.ts';
import type { Heard } from '../stages/hear/hear.ts';
import { writePost } from '../stages/post/post.ts';
import type { StageContext } from '../stages/stage.ts';
import { assertRoom } from './disk-room.ts';
import { estimateJob } from './estimate.ts';
import { runStep, type MadeClip, type PlannedClip, type RecipeContext } from './events.ts';
import { clipNumber } from './decide-fold.ts';
import {
  honourDecisions,
  readEarlierDecisions,
  type EarlierDecisions,
  type HonouredClips,
} from './decide-honour.ts';
import { planMoment } from './decide-plan.ts';
import { focusNotes } from './focus-notes.ts';
import { findMoments, hearSource, lookAt, type Found } from './find-moments.ts';
import { emitKept, finishClip } from './finish-clip.ts';
import { noteRendered, writeFolderState, type FolderState, type StateClip } from './folder-state.ts';
import type { ClipPlan, MakeOptions, MakePorts } from './make-request.ts';
import { findSourceFolder, openSourceFolder } from './output-folder.ts';
import { clipNameFor } from './output-names.ts';
import { prepareFonts } from './prepare-fonts.ts';
import { openSourcePage, type SourcePage } from './source-page.ts';

/** The clips of one source, where they are, and the page that shows them. */
export type MadeSource = {
  readonly folder: string;
  /** The page that shows them; undefined after a dry run. */
  readonly pagePath: string | undefined;
  readonly clips: readonly MadeClip[];
};

/**
 * Makes clips of one source, a file or several that are one recording: reads, hears, finds, plans, and then finishes one clip after the other, so that the first
 * is whole and usable while the others are still to come. A source that holds nothing to cut is skipped with the reason.
 * @throws input.*, not_found.*, tool.*, provider.*, cancelled.*
 */
export async function makeClips(
  paths: readonly string[],
  options: MakeOptions,
  ports: MakePorts,
  context: RecipeContext,
): Promise<Outcome<MadeSource>> {
  const source = await runStep(context, 'read', (step) => openPaths(paths, ports, step));
  const { info } = source;
  const range = clampRange(options, info.durationMs);
  const at = options.at.map((wanted) => assertInside(wanted, info.durationMs, '--at'));
  const availableMs = range === undefined ? info.durationMs : durationMs(range);
  if (at.length === 0 && availableMs < options.minMs) {
    const [has, wants] = [availableMs, options.minMs].map((ms) => (ms / 1000).toFixed(1));
    return skipped(`it lasts ${has} s, and the shortest clip may be ${wants} s (--min)`);
  }
  const leastClipsMs = at.length > 0 ? sumMs(at) : options.minMs;
  const rough = estimateJob({
    info,
    hearMs: options.transcript === undefined ? availableMs : 0,
    clipsMs: at.length > 0 ? leastClipsMs : options.count * Math.min(options.maxMs, 30_000),
    isPreview: options.isPreview,
  });
  context.emit({ event: 'estimate', estimate: rough, text: 'before listening' });
  if (!options.isDryRun) {
    const least = estimateJob({ info, hearMs: 0, clipsMs: leastClipsMs, isPreview: options.isPreview });
    await assertRoom([options.outFolder, ports.workspaceFolder], least.diskBytes);
  }

  const earlier = await readEarlierDecisions(await findSourceFolder(options.outFolder, source), source);
  const glossary = [...options.glossary, ...earlier.terms];
  const outcome = await hearSource(source, range, { ...options, glossary }, ports, context);
  if (outcome.status === 'skipped') return outcome;
  const heard = {
    ...outcome.value,
    source,
    transcript: applyFixes(outcome.value.transcript, earlier.fixes),
  };
  // Where the whole picture is shown anyway, without captions that may cover somebody, nobody need know who is in it.
  const { layout, captionLook, rangedWishes = [] } = options.plan;
  const withFaces = layout !== 'fit' || captionLook !== undefined || rangedWishes.length > 0;
  const found = await findMoments(heard, { ...options, at, range, withFaces }, ports, context);
  // Nothing needs it any more, and rendering can use the memory.
  await ports.embedder.close();
  const { clips, rejected } = honour(found, earlier, { count: options.count, isExact: at.length > 0 });
  if (clips.length === 0) {
    return skipped(
      found.notes[0] ?? 'no stretch of it starts and ends on a sentence within the wanted length',
    );
  }
  for (const text of found.notes) context.emit({ event: 'note', text });

  const moments = clips.map(({ moment }) => moment);
  const seen = await lookAt(heard, moments, ports, context, withFaces);
  const basis = { ...heard, seen, planOptions: await planOptionsOf(moments, heard, options, ports, context) };
  const plans = await runStep(context, 'plan', async () =>
    clips.map(({ name, moment, keepStretches }): ClipPlan => {
      return { name, moment, timeline: planMoment(basis, moment, keepStretches) };
    }),
  );
  const aboutCaptions = captionNotes(plans.map((plan) => plan.timeline));
  const aboutFocus = focusNotes(plans, options.plan.focus);
  for (const text of [...aboutCaptions, ...aboutFocus]) context.emit({ event: 'note', text });
  const estimate = estimateJob({ info, hearMs: 0, clipsMs: sumMs(moments), isPreview: options.isPreview });
  context.emit({ event: 'planned', clips: plans.map(describePlan), estimate });
  if (options.isDryRun) return done({ folder: options.outFolder, pagePath: undefined, clips: [] });

  const state: FolderState = {
    version: 1,
    ...basis,
    interest: [...found.interest],
    notes: [...found.notes, ...aboutCaptions],
    candidates: [...found.candidates],
    clips: [...clips],
    rejected: [...rejected],
    hasCoverTitle: options.hasCoverTitle,
    decisionCount: earlier.decisionCount,
  };
  return done(await finishClips(state, basis, plans, options, ports, context));
}

/** Finishes one clip after the other in the source's folder, the page always telling how far it is. */
async function finishClips(
  state: FolderState,
  heard: Heard,
  plans: readonly ClipPlan[],
  options: MakeOptions,
  ports: MakePorts,
  context: RecipeContext,
): Promise<MadeSource> {
  const { source, transcript, interest, notes } = state;
  const folder = await openSourceFolder(options.outFolder, source);
  const content = { source, heard, interest, notes, plans };
  let page: SourcePage | undefined;
  try {
    // Clips that lie there already want no more room.
    const missing = plans.filter((plan) => !folder.names.has(`${plan.name}.mp4`));
    const { isPreview } = options;
    const clipsMs = sumMs(missing.map((plan) => plan.moment));
    const needed = estimateJob({ info: source.info, hearMs: 0, clipsMs, isPreview });
    await assertRoom([options.outFolder, ports.workspaceFolder], needed.diskBytes);

    await writeFolderState(folder, state);
    page = await openSourcePage(folder, content);
    const clips: MadeClip[] = [];
    for (const [index, plan] of plans.entries()) {
      await page.update(index, { status: 'rendering' });
      const post = writePost(plan.moment, transcript, source);
      const finished = await finishClip(plan, post, folder, options, ports, context);
      await page.update(index, finished.page);
      if (finished.rendered !== undefined) await noteRendered(folder.path, plan.name, finished.rendered);
      clips.push(finished.clip);
      context.emit({ event: 'clip', clip: finished.clip });
    }
    const placed = await page.finish();
    emitKept(folder, placed, context);
    return { folder: folder.path, pagePath: join(folder.path, placed.name), clips };
  } catch (error) {
    // A page that says it is still running would reload itself for ever; the error itself matters more.
    await page?.finish().catch(() => {});
    throw error;
  } finally {
    await folder.close();
  }
}

/** Names the clips, and puts what was decided in earlier runs above what was found now. */
function honour(
  found: Found,
  { view }: EarlierDecisions,
  options: { readonly count: number; readonly isExact: boolean },
): { readonly clips: readonly StateClip[]; readonly rejected: readonly Moment[] } {
  const { clips, rejected }: HonouredClips =
    view === undefined
      ? { clips: found.moments.map((moment) => ({ moment })), rejected: [] }
      : honourDecisions(found, view, options);
  const taken = new Set(clips.flatMap(({ name }) => (name === undefined ? [] : [clipNumber(name)])));
  let number = 0;
  const nameOf = ({ name, moment }: HonouredClips['clips'][number]): string => {
    if (name !== undefined) return name;
    do number += 1;
    while (taken.has(number));
    return clipNameFor(number, moment.title);
  };
  const named = (clip: HonouredClips['clips'][number]): StateClip => ({ ...clip, name: nameOf(clip) });
  return { rejected, clips: clips.map(named) };
}

/** How the clips are planned: with the fonts at hand that their words need. */
async function planOptionsOf(
  moments: readonly Moment[],
  { transcript }: Heard,
  { plan }: MakeOptions,
  ports: Pick<MakePorts, 'getFont' | 'toolVersion'>,
  context: RecipeContext,
): Promise<FolderState['planOptions']> {
  const text = moments.flatMap(({ title, text: words }) => [title, words]).join(' ');
  const { language } = transcript;
  const fonts = await prepareFonts(text, ports.getFont, context, { language });
  return { ...plan, toolVersion: ports.toolVersion, ...(fonts.length === 0 ? {} : { fonts }) };
}

function openPaths(
  paths: readonly string[],
  ports: Pick<MakePorts, 'openSource' | 'openRecording'>,
  step: StageContext,
): Promise<Source> {
  const [first, ...others] = paths;
  if (first !== undefined && others.length === 0) return ports.openSource(first, step);
  return ports.openRecording(paths, step);
}

function describePlan({ name, moment }: ClipPlan): PlannedClip {
  const { title, startMs, endMs, score, reasons } = moment;
  return { name, title, startMs, endMs, score, why: reasons[0]?.text ?? '' };
}

function clampRange({ range }: MakeOptions, sourceMs: number): TimeRange | undefined {
  if (range === undefined) return undefined;
  return assertInside({ startMs: range.fromMs, endMs: range.toMs ?? sourceMs }, sourceMs, '--from and --to');
}

/** Cuts a wanted range at the source's end. @throws input.range_outside when it begins behind it or is empty */
function assertInside(range: TimeRange, sourceMs: number, option: string): TimeRange {
  if (range.startMs >= sourceMs || range.endMs <= range.startMs) {
    const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
    throw new PatternPivotError(
      'input.range_outside',
      `${option} asks for ${seconds(range.startMs)} to ${seconds(range.endMs)} of a source that lasts ${seconds(sourceMs)}.`,
      {
        hint: 'Choose a range inside the source, its end behind its start.',
        context: { ...range, sourceMs },
      },
    );
  }
  return { startMs: range.startMs, endMs: Math.min(range.endMs, sourceMs) };
}

function sumMs(ranges: readonly TimeRange[]): number {
  return ranges.reduce((sum, range) => sum + durationMs(range), 0);
}
