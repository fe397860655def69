import { join } from 'node:path';
import { PatternPivotError } from '../domain/errors.ts';
import type { InterestPoint, Moment } from '../domain/moment.ts';
import { done, skipped, type Outcome } from '../domain/outcome.ts';
import type { Source } from '../domain/source.ts';
import { durationMs, type TimeRange } from '../domain/time.ts';
import type { Transcript } from '../domain/transcript.ts';
import { choose, momentAt } from '../stages/choose/choose.ts';
import { hear, type Heard } from '../stages/hear/hear.ts';
import { captionNotes } from '../stages/captions/caption-notes.ts';
import { planTimeline } from '../stages/plan/plan.ts';
import { writePost } from '../stages/post/post.ts';
import { shortlist } from '../stages/shortlist/shortlist.ts';
import { assertRoom } from './disk-room.ts';
import { estimateJob } from './estimate.ts';
import { runStep, type MadeClip, type PlannedClip, type RecipeContext } from './events.ts';
import { emitKept, finishClip } from './finish-clip.ts';
import type { ClipPlan, MakeOptions, MakePorts } from './make-request.ts';
import { openSourceFolder } from './output-folder.ts';
import { clipNameFor } from './output-names.ts';
import { openSourcePage, type SourcePage } from './source-page.ts';

/** The clips of one source, where they are, and the page that shows them. */
export type MadeSource = {
  readonly folder: string;
  /** The page that shows them; undefined after a dry run. */
  readonly pagePath: string | undefined;
  readonly clips: readonly MadeClip[];
};

/**
 * Makes clips of one source: reads, hears, finds, plans, and then finishes one clip after the other, so that the first
 * is whole and usable while the others are still to come. A source that holds nothing to cut is skipped with the reason.
 * @throws input.*, not_found.*, tool.*, provider.*, cancelled.*
 */
export async function makeClips(
  path: string,
  options: MakeOptions,
  ports: MakePorts,
  context: RecipeContext,
): Promise<Outcome<MadeSource>> {
  const source = await runStep(context, 'read', (step) => ports.openSource(path, step));
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

  const heard = await hearSource(source, range, options, ports, context);
  if (heard.status === 'skipped') return heard;
  const found = await findMoments(heard.value, { ...options, at, range }, ports, context);
  // Nothing needs it any more, and rendering can use the memory.
  await ports.embedder.close();
  if (found.moments.length === 0) {
    return skipped(
      found.notes[0] ?? 'no stretch of it starts and ends on a sentence within the wanted length',
    );
  }

  for (const text of found.notes) context.emit({ event: 'note', text });
  const plans = await runStep(context, 'plan', async () =>
    found.moments.map((moment, index) =>
      planClip(source, heard.value, moment, index + 1, options, ports.toolVersion),
    ),
  );
  const aboutCaptions = captionNotes(plans.map((plan) => plan.timeline));
  for (const text of aboutCaptions) context.emit({ event: 'note', text });
  const estimate = estimateJob({
    info,
    hearMs: 0,
    clipsMs: sumMs(found.moments),
    isPreview: options.isPreview,
  });
  context.emit({ event: 'planned', clips: plans.map(describePlan), estimate });
  if (options.isDryRun) return done({ folder: options.outFolder, pagePath: undefined, clips: [] });

  const shown = { ...found, notes: [...found.notes, ...aboutCaptions] };
  return done(await finishClips(source, heard.value, shown, plans, options, ports, context));
}

/** Finishes one clip after the other in the source's folder, the page always telling how far it is. */
async function finishClips(
  source: Source,
  heard: Heard,
  found: Found,
  plans: readonly ClipPlan[],
  options: MakeOptions,
  ports: MakePorts,
  context: RecipeContext,
): Promise<MadeSource> {
  const folder = await openSourceFolder(options.outFolder, source);
  const content = { source, heard, interest: found.interest, notes: found.notes, moments: found.moments };
  let page: SourcePage | undefined;
  try {
    // Clips that lie there already want no more room.
    const missing = plans.filter((plan) => !folder.names.has(`${plan.name}.mp4`));
    const { isPreview } = options;
    const clipsMs = sumMs(missing.map((plan) => plan.moment));
    const needed = estimateJob({ info: source.info, hearMs: 0, clipsMs, isPreview });
    await assertRoom([options.outFolder, ports.workspaceFolder], needed.diskBytes);

    page = await openSourcePage(folder, content);
    const clips: MadeClip[] = [];
    for (const [index, plan] of plans.entries()) {
      await page.update(index, { status: 'rendering' });
      const post = writePost(plan.moment, heard.transcript, source);
      const finished = await finishClip(plan, post, folder, options, ports, context);
      await page.update(index, finished.page);
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

/** Hears a source as the options say. */
export function hearSource(
  source: Source,
  range: TimeRange | undefined,
  options: Pick<MakeOptions, 'glossary' | 'language' | 'transcript'>,
  ports: Pick<MakePorts, 'transcriber' | 'openSpeechDetector' | 'cache'>,
  context: RecipeContext,
): Promise<Outcome<Heard>> {
  const { glossary, language, transcript } = options;
  const hearOptions = {
    glossary,
    ...(language === undefined ? {} : { language }),
    ...(range === undefined ? {} : { range }),
    ...(transcript === undefined ? {} : { transcript }),
  };
  return runStep(context, 'hear', (step) => hear(source, hearOptions, ports, step), {
    detail: (heard) => (heard.status === 'done' ? `${heard.value.transcript.words.length} words` : 'nothing'),
  });
}

/** What was found: the moments to cut, how interesting everything else is, and what to tell the user. */
export type Found = {
  readonly moments: readonly Moment[];
  readonly interest: readonly InterestPoint[];
  /** Where there are no moments, the first says why. */
  readonly notes: readonly string[];
};

/** Finds moments, or takes exactly those that were asked for; the interest covers everything either way. */
export async function findMoments(
  heard: { readonly transcript: Transcript; readonly sound?: Heard['sound'] },
  options: Pick<MakeOptions, 'count' | 'minMs' | 'maxMs' | 'at'> & { readonly range?: TimeRange | undefined },
  ports: Pick<MakePorts, 'embedder' | 'chat' | 'cache'>,
  context: RecipeContext,
): Promise<Found> {
  const { minMs, maxMs, range, at, count } = options;
  const lengths = { minMs, maxMs, ...(range === undefined ? {} : { range }) };
  const { candidates, interest, notes } = await runStep(
    context,
    'shortlist',
    (step) => shortlist(heard, lengths, ports, step),
    { detail: (found) => `${found.candidates.length} candidates` },
  );
  if (at.length > 0) {
    return { moments: at.map((wanted) => momentAt(wanted, heard.transcript)), interest, notes: [] };
  }
  const choice = await runStep(context, 'choose', (step) => choose(candidates, { count }, ports, step), {
    detail: (chosen) => `${chosen.moments.length} moments`,
  });
  return { moments: choice.moments, interest, notes: [...notes, ...choice.notes] };
}

function planClip(
  source: Source,
  heard: Heard,
  moment: Moment,
  number: number,
  { width, height, captionLook }: MakeOptions,
  toolVersion: string,
): ClipPlan {
  const timeline = planTimeline({
    source,
    moment,
    transcript: heard.transcript,
    options: { width, height, captionLook, toolVersion },
  });
  return { name: clipNameFor(number, moment.title), moment, timeline };
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
