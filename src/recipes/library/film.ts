import { basename } from 'node:path';
import type { LibraryAsset } from '../../domain/library.ts';
import { mainVideo } from '../../domain/media.ts';
import type { Moment } from '../../domain/moment.ts';
import type { Seen } from '../../domain/shot.ts';
import type { Source } from '../../domain/source.ts';
import { frameToMs, type Rational } from '../../domain/time.ts';
import type { Timeline } from '../../domain/timeline.ts';
import type { Transcript } from '../../domain/transcript.ts';
import { captionNotes } from '../../stages/captions/caption-notes.ts';
import { applyBrand } from '../../stages/plan/brand.ts';
import { chooseFrameRate } from '../../stages/plan/frame-rate.ts';
import { planTimeline } from '../../stages/plan/plan.ts';
import type { FilmSource } from '../../stages/remix/credit.ts';
import { joinTimelines } from '../../stages/remix/join-timelines.ts';
import { matchLoudness, measureLoudness } from '../../stages/remix/measure-loudness.ts';
import { runStep, type RecipeContext } from '../events.ts';
import { lookAt } from '../find-moments.ts';
import { seenAround } from '../folder-state.ts';
import type { MakeOptions, MakePorts } from '../make-request.ts';
import { prepareFonts } from '../prepare-fonts.ts';

/** One cut of a film that is made of several sources. */
export type FilmPart = {
  readonly asset: LibraryAsset;
  readonly source: Source;
  readonly transcript: Transcript;
  readonly moment: Moment;
  /** What it does in the film; left out where nobody chose. */
  readonly role?: NonNullable<FilmSource['role']>;
  /** Why it stands where it stands. */
  readonly why: string;
};

/** What a film is called, and what its metadata say beside its parts. */
export type FilmRequest = {
  readonly title: string;
  readonly parts: readonly FilmPart[];
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly plan: MakeOptions['plan'];
};

/** A film before it is rendered, and what is heard of each source and when. */
export type PlannedFilm = { readonly timeline: Timeline; readonly sources: readonly FilmSource[] };

/**
 * Plans a film of several sources: each part is looked at and planned as a clip of its own, all at one frame rate and one loudness, and
 * then they are joined. The brand goes around the whole.
 */
export async function planFilm(
  { title, parts, metadata, plan }: FilmRequest,
  ports: Pick<MakePorts, 'cache' | 'getFont' | 'toolVersion'>,
  context: RecipeContext,
): Promise<PlannedFilm> {
  const seen = await lookAtParts(parts, plan, ports, context);
  const lufs = await runStep(context, 'hear', async (step) => {
    const measured: (number | undefined)[] = [];
    for (const [index, { source, moment }] of parts.entries()) {
      step.report({ done: index, total: parts.length, unit: 'parts' });
      measured.push(await measureLoudness(source, moment, ports, { ...step, report: () => {} }));
    }
    return measured;
  });
  const gains = matchLoudness(lufs);
  const text = [title, ...parts.map(({ moment }) => moment.text)].join(' ');
  const language = parts[0]?.transcript.language;
  const fonts = await prepareFonts(text, ports.getFont, context, language === undefined ? {} : { language });
  const frameRate = commonFrameRate(parts);
  const { toolVersion } = ports;
  const options = { ...plan, frameRate, toolVersion, ...(fonts.length === 0 ? {} : { fonts }) };
  return runStep(context, 'plan', async () => {
    const planned = parts.map(({ source, moment, transcript }) =>
      planTimeline({
        source,
        moment,
        transcript,
        seen: seenAround(seen.get(source.contentHash) ?? [], moment),
        options,
      }),
    );
    const joined = joinTimelines(
      planned.map((timeline, index) => ({
        timeline,
        gainDb: gains[index] ?? 0,
        about: describePart(parts[index]!, timeline),
      })),
      { name: title, metadata: { toolVersion, ...metadata } },
    );
    const middleLufs = lufs.find((value, index) => value !== undefined && gains[index] === 0);
    const timeline =
      plan.brand === undefined ? joined : applyBrand(joined, plan.brand, { title, sourceLufs: middleLufs });
    for (const note of captionNotes([timeline])) context.emit({ event: 'note', text: note });
    return { timeline, sources: listSources(parts, planned, headFramesOf(timeline)) };
  });
}

async function lookAtParts(
  parts: readonly FilmPart[],
  plan: MakeOptions['plan'],
  ports: Pick<MakePorts, 'cache'>,
  context: RecipeContext,
): Promise<ReadonlyMap<string, readonly Seen[]>> {
  const seen = new Map<string, readonly Seen[]>();
  for (const [contentHash, own] of Map.groupBy(parts, ({ source }) => source.contentHash)) {
    const { source, transcript } = own[0]!;
    const moments = own.map(({ moment }) => moment);
    const withFaces = plan.layout !== 'fit';
    seen.set(contentHash, await lookAt({ source, transcript }, moments, ports, context, withFaces));
  }
  return seen;
}

/** The rate of which most is seen: its own source keeps every frame. */
function commonFrameRate(parts: readonly FilmPart[]): Rational {
  const rates = new Map<string, { rate: Rational; ms: number }>();
  for (const { source, moment } of parts) {
    const video = mainVideo(source.info);
    const rate = chooseFrameRate(video);
    const key = `${rate.num}/${rate.den}`;
    const ms = (rates.get(key)?.ms ?? 0) + (video === undefined ? 1 : moment.endMs - moment.startMs);
    rates.set(key, { rate, ms });
  }
  const [most] = [...rates.values()].toSorted((one, other) => other.ms - one.ms);
  return most?.rate ?? chooseFrameRate(undefined);
}

/** What a part's own plan decided, kept beside where it came from. */
function describePart({ asset, moment, role, why }: FilmPart, timeline: Timeline): Record<string, unknown> {
  const own = (timeline.metadata['pivot'] ?? {}) as Record<string, unknown>;
  const { moment: _moment, toolVersion: _version, ...decisions } = own;
  return {
    ...(role === undefined ? {} : { role }),
    why,
    source: {
      assetId: asset.id,
      title: asset.title,
      contentHash: asset.contentHash,
      startMs: moment.startMs,
      endMs: moment.endMs,
    },
    ...decisions,
  };
}

/** A brand's intro comes first: what is heard is heard later. */
function headFramesOf(timeline: Timeline): number {
  const pivot = timeline.metadata['pivot'] as { content?: { startFrame?: number } } | undefined;
  return pivot?.content?.startFrame ?? 0;
}

function listSources(
  parts: readonly FilmPart[],
  planned: readonly Timeline[],
  headFrames: number,
): FilmSource[] {
  let atFrame = headFrames;
  return parts.map(({ asset, source, moment, role, why }, index): FilmSource => {
    const { durationFrames = 0, frameRate = { num: 30, den: 1 } } = planned[index] ?? {};
    const at = {
      startMs: frameToMs(atFrame, frameRate),
      endMs: frameToMs(atFrame + durationFrames, frameRate),
    };
    atFrame += durationFrames;
    return {
      title: asset.title,
      name: basename(source.path),
      ...(asset.address === undefined ? {} : { address: asset.address }),
      contentHash: asset.contentHash,
      range: { startMs: moment.startMs, endMs: moment.endMs },
      at,
      words: moment.text,
      ...(role === undefined ? {} : { role }),
      why,
    };
  });
}
