import type { MetricStats, Stretch } from './measure.ts';
import type { MetricName, Series, SeriesPoint } from './series.ts';

/** Whose figures they are. */
export type StatsSubject = {
  readonly of: 'channel' | 'video';
  readonly id: string;
  readonly title: string;
  readonly handle?: string | undefined;
  /** ISO 8601. */
  readonly publishedAt?: string | undefined;
};

/** How one video of a channel grew. */
export type VideoGrowth = {
  readonly id: string;
  readonly title: string;
  readonly views: number;
  /** Since the first snapshot of the time that is looked at. */
  readonly change: number;
  readonly perDay: number | undefined;
};

/** Everything that is said of a subject. Growth and rates are ours, and not YouTube's. */
export type StatsReport = {
  readonly subject: StatsSubject;
  readonly series: Series;
  readonly metrics: readonly MetricStats[];
  /** Those that grew most, the fastest first; left out where nobody asked. */
  readonly videos?: readonly VideoGrowth[] | undefined;
  /** What a reader should know: what is hidden, what was set back, where nothing is known. */
  readonly notes: readonly string[];
};

/** What counters are called. */
export const metricTitles: Readonly<Record<MetricName, string>> = {
  views: 'Views',
  likes: 'Likes',
  comments: 'Comments',
  subscribers: 'Subscribers',
  videos: 'Videos',
};

/** A report as plain data: moments are ISO 8601, rates are a day, and what is not known is null. */
export function describeReport({ subject, series, metrics, videos, notes }: StatsReport): unknown {
  const moment = (ms: number) => new Date(ms).toISOString();
  const point = ({ atMs, value }: { atMs: number; value: number }) => ({ at: moment(atMs), value });
  const rounded = (value: number | undefined) =>
    value === undefined ? null : Math.round(value * 1000) / 1000;
  const stretch = ({ startMs, endMs }: Stretch) => ({ from: moment(startMs), to: moment(endMs) });
  return {
    version: 1,
    subject,
    snapshotCount: series.snapshotCount,
    computedBy: 'PatternPivot, from counts of YouTube',
    metrics: metrics.map((each) => ({
      name: each.name,
      first: point(each.first),
      last: point(each.last),
      change: each.change,
      perDay: rounded(each.perDay),
      perDay7: rounded(each.perDay7),
      perDay28: rounded(each.perDay28),
      rateDays: each.rateDays,
      rates: each.rates.map((rate) => Object.assign(stretch(rate), { perDay: rounded(rate.perDay) })),
      gaps: each.gaps.map(stretch),
      setBack: { count: each.setBackCount, by: each.setBackBy },
      hiddenCount: each.hiddenCount,
    })),
    points: series.points.map(({ atMs, ...values }: SeriesPoint) =>
      Object.assign({ at: moment(atMs) }, values),
    ),
    ...(videos === undefined ? {} : { videos }),
    notes,
  };
}
