import { setImmediate as yieldToEvents } from 'node:timers/promises';
import { PatternPivotError } from '../../domain/errors.ts';
import {
  platformCollections,
  platformVideoSchema,
  publicDataDays,
  snapshotSchema,
  type Snapshot,
} from '../../domain/platform.ts';
import type { Records } from '../../ports/records.ts';
import { measureSeries, type MetricStats } from '../../stages/stats/measure.ts';
import {
  metricTitles,
  type StatsReport,
  type StatsSubject,
  type VideoGrowth,
} from '../../stages/stats/report.ts';
import { formatCount, formatDay } from '../../stages/stats/scale.ts';
import { SeriesBuilder, type Series } from '../../stages/stats/series.ts';
import { findSubject, listVideos } from './stats-subject.ts';

/** What is asked. */
export type StatsRequest = {
  /** A channel or a video: id, @handle, address or title; left out: the only channel that there is. */
  readonly named?: string | undefined;
  /** Only snapshots of then and later, ISO 8601. */
  readonly since?: string | undefined;
  /** How many videos of a channel are listed, those that grew most; 0: none. */
  readonly videoCount: number;
};

/** So many snapshots are read at once. */
const pageSize = 1000;

/**
 * Says how a channel or a video fared, of the snapshots that syncs left. They are read page by page, and thinned on the way.
 * @throws not_found.subject, not_found.snapshots, input.subject_ambiguous
 */
export async function readStats(
  records: Records,
  { named, since, videoCount }: StatsRequest,
  signal: AbortSignal,
): Promise<StatsReport> {
  const subject = await findSubject(records, named);
  const builder = new SeriesBuilder();
  for await (const snapshot of readSnapshots(records, `${subject.of}/${subject.id}/`, since, signal))
    builder.add(snapshot);
  const series = builder.finish();
  if (series.points.length === 0) {
    const isLater = since === undefined ? '' : ` since ${formatDay(Date.parse(since))}`;
    throw new PatternPivotError(
      'not_found.snapshots',
      `There is no snapshot of ${subject.title}${isLater}.`,
      {
        hint: 'Each sync adds one: pivot sync. Public figures are kept for 30 days.',
        context: { id: subject.id },
      },
    );
  }
  const metrics = measureSeries(series);
  const isOfVideos = subject.of === 'channel' && videoCount > 0;
  const videos = isOfVideos
    ? await growthOfVideos(records, subject.id, since, videoCount, signal)
    : undefined;
  return { subject, series, metrics, videos, notes: noteWhatMatters(subject, series, metrics) };
}

/** Snapshots in the order of their ids; what is none is left out. */
async function* readSnapshots(
  records: Records,
  prefix: string,
  since: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<Snapshot> {
  let after = since === undefined ? undefined : `${prefix}${since.slice(0, 19)}`;
  do {
    signal.throwIfAborted();
    const page = await records.list(platformCollections.snapshots, { prefix, after, limit: pageSize });
    for (const { value } of page.records) {
      const parsed = snapshotSchema.safeParse(value);
      if (parsed.success) yield parsed.data;
    }
    after = page.next;
    // A store in this process answers at once: Ctrl-C must come through all the same.
    await yieldToEvents();
  } while (after !== undefined);
}

type Growth = { firstViews: number; firstMs: number; views: number; lastMs: number };

/** The videos of a channel whose views grew most. One pass over all snapshots of videos: two numbers a video are kept. */
async function growthOfVideos(
  records: Records,
  channelId: string,
  since: string | undefined,
  count: number,
  signal: AbortSignal,
): Promise<VideoGrowth[]> {
  const own = new Set<string>();
  for await (const video of listVideos(records)) if (video.channelId === channelId) own.add(video.id);
  const growths = new Map<string, Growth>();
  const sinceMs = since === undefined ? Number.NEGATIVE_INFINITY : Date.parse(since);
  for await (const { subjectId, views, fetched } of readSnapshots(records, 'video/', undefined, signal)) {
    const atMs = Date.parse(fetched.at);
    if (views === undefined || atMs < sinceMs || !own.has(subjectId)) continue;
    const before = growths.get(subjectId);
    if (before === undefined)
      growths.set(subjectId, { firstViews: views, firstMs: atMs, views, lastMs: atMs });
    else Object.assign(before, { views, lastMs: atMs });
  }
  const fastest = [...growths]
    .toSorted(([, a], [, b]) => b.views - b.firstViews - (a.views - a.firstViews) || b.views - a.views)
    .slice(0, count);
  const titles = await records.getAll(
    platformCollections.videos,
    fastest.map(([id]) => id),
  );
  return fastest.map(([id, { firstViews, firstMs, views, lastMs }]) => {
    const video = platformVideoSchema.safeParse(titles.get(id)?.value);
    const days = (lastMs - firstMs) / 86_400_000;
    return {
      id,
      title: video.success ? video.data.title : id,
      views,
      change: views - firstViews,
      perDay: days < 1 / 24 ? undefined : (views - firstViews) / days,
    };
  });
}

/** What a reader should know before believing a figure. */
function noteWhatMatters(subject: StatsSubject, series: Series, metrics: readonly MetricStats[]): string[] {
  const notes: string[] = [];
  const count = (value: number, one: string, many = `${one}s`) =>
    `${formatCount(value)} ${value === 1 ? one : many}`;
  if (series.snapshotCount === 1)
    notes.push('There is one snapshot so far: growth shows after the next sync.');
  const newestMs = series.points.at(-1)?.atMs ?? 0;
  for (const { name, hiddenCount, setBackCount, setBackBy, last } of metrics) {
    const title = metricTitles[name];
    const until = last.atMs < newestMs ? ` They were last told on ${formatDay(last.atMs)}.` : '';
    if (hiddenCount > 0) {
      notes.push(
        `${title} were hidden in ${formatCount(hiddenCount)} of ${count(series.snapshotCount, 'snapshot')}.${until}`,
      );
    }
    if (setBackCount > 0) {
      notes.push(
        `YouTube set ${title.toLowerCase()} back ${count(setBackCount, 'time')}, by ${formatCount(-setBackBy)} in all; growth has that in it.`,
      );
    }
  }
  const told = new Set<string>(metrics.map(({ name }) => name));
  const usual = subject.of === 'channel' ? (['subscribers'] as const) : (['likes', 'comments'] as const);
  for (const name of usual) if (!told.has(name)) notes.push(`${metricTitles[name]} are hidden.`);
  const longest = metrics
    .flatMap(({ gaps }) => gaps)
    .toSorted((a, b) => b.endMs - b.startMs - (a.endMs - a.startMs))[0];
  if (longest !== undefined) {
    const gapCount = new Set(metrics.flatMap(({ gaps }) => gaps).map(({ startMs }) => startMs)).size;
    notes.push(
      `Nothing is known of ${count(gapCount, 'stretch', 'stretches')}, the longest from ${formatDay(longest.startMs)} to ${formatDay(longest.endMs)}: nobody synced then.`,
    );
  }
  if (told.has('subscribers')) notes.push('YouTube rounds subscribers to three digits.');
  if (series.isPublic) {
    notes.push(
      `Public figures are kept for ${publicDataDays} days; a channel whose owner signed in (pivot auth login) keeps its history.`,
    );
  }
  return notes;
}
