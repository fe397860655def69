import {
  counterPoints,
  metricNames,
  type CounterFacts,
  type CounterPoint,
  type MetricName,
  type Series,
} from './series.ts';

const dayMs = 86_400_000;

/** Stretches without a snapshot that are shorter than this are none, in ms. */
const shortestGapMs = 3 * dayMs;

/** A gap is so many times as long as the usual distance of two snapshots. */
const gapFactor = 3;

/** A stretch of time, ms since 1970, half-open. */
export type Stretch = { readonly startMs: number; readonly endMs: number };

/** How fast a counter grew in a stretch of time; undefined where too little is known of it. */
export type Rate = Stretch & { readonly perDay: number | undefined };

/** What is said of one counter. */
export type MetricStats = CounterFacts & {
  readonly name: MetricName;
  readonly first: CounterPoint;
  readonly last: CounterPoint;
  /** The last value less the first. */
  readonly change: number;
  /** Over the whole time; undefined where that is less than an hour. */
  readonly perDay: number | undefined;
  /** Over the last 7 and 28 days; undefined where so much is not known. */
  readonly perDay7: number | undefined;
  readonly perDay28: number | undefined;
  /** The fastest of {@link rates}. */
  readonly best: Rate | undefined;
  /** Of days, weeks or months (of 30 days), whichever makes a readable chart. */
  readonly rates: readonly Rate[];
  readonly rateDays: number;
  /** Stretches without a snapshot. */
  readonly gaps: readonly Stretch[];
};

/** Less time than this says nothing of a day, in ms. */
const shortestMs = 3_600_000;

/** Charts have so many bars at most. */
const mostBars = 130;

/** Measures every counter of a series that was ever told. */
export function measureSeries(series: Series): MetricStats[] {
  return metricNames.flatMap((name) => {
    const points = counterPoints(series, name);
    const stats = measureCounter(points);
    const facts = series.facts[name];
    return stats === undefined || facts === undefined ? [] : [{ name, ...facts, ...stats }];
  });
}

function measureCounter(
  points: readonly CounterPoint[],
): Omit<MetricStats, 'name' | keyof CounterFacts> | undefined {
  const [first] = points;
  const last = points.at(-1);
  if (first === undefined || last === undefined) return undefined;
  const spanMs = last.atMs - first.atMs;
  const gaps = findGaps(points);
  const recent = (days: number) => {
    const fromMs = last.atMs - days * dayMs;
    const value = fromMs < first.atMs ? undefined : valueAt(points, fromMs);
    return value === undefined ? undefined : (last.value - value) / days;
  };
  const rateDays =
    [1, 7, 30].find((days) => spanMs / dayMs / days <= mostBars) ?? Math.ceil(spanMs / dayMs / mostBars);
  const rates = rateSteps(points, gaps, rateDays);
  const known = rates.filter((rate) => rate.perDay !== undefined);
  return {
    first,
    last,
    change: last.value - first.value,
    perDay: spanMs < shortestMs ? undefined : ((last.value - first.value) * dayMs) / spanMs,
    perDay7: recent(7),
    perDay28: recent(28),
    best:
      known.length < 2
        ? undefined
        : known.reduce((best, rate) => ((rate.perDay ?? 0) > (best.perDay ?? 0) ? rate : best)),
    rates,
    rateDays,
    gaps,
  };
}

/** Where snapshots are much further apart than usual. */
export function findGaps(points: readonly CounterPoint[]): Stretch[] {
  const steps = points.slice(1).map(({ atMs }, index) => atMs - (points[index]?.atMs ?? atMs));
  const median = steps.toSorted((a, b) => a - b)[Math.floor(steps.length / 2)] ?? 0;
  const longest = Math.max(shortestGapMs, median * gapFactor);
  return points.slice(1).flatMap(({ atMs }, index) => {
    const startMs = points[index]?.atMs ?? atMs;
    return atMs - startMs > longest ? [{ startMs, endMs: atMs }] : [];
  });
}

/** A counter at a time between its first and its last point, on the straight line between its neighbours. */
export function valueAt(points: readonly CounterPoint[], atMs: number): number | undefined {
  let low = 0;
  let high = points.length - 1;
  if (high < 0 || atMs < (points[0]?.atMs ?? 0) || atMs > (points[high]?.atMs ?? 0)) return undefined;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((points[middle]?.atMs ?? 0) <= atMs) low = middle;
    else high = middle;
  }
  const [before, after] = [points[low], points[high]];
  if (before === undefined || after === undefined) return undefined;
  if (after.atMs === before.atMs) return after.value;
  return before.value + ((after.value - before.value) * (atMs - before.atMs)) / (after.atMs - before.atMs);
}

/** How fast it grew in each day, week or month of UTC, of whose time at least half is known. */
function rateSteps(points: readonly CounterPoint[], gaps: readonly Stretch[], days: number): Rate[] {
  const [first] = points;
  const last = points.at(-1);
  if (first === undefined || last === undefined || last.atMs - first.atMs < shortestMs) return [];
  const stepMs = days * dayMs;
  const rates: Rate[] = [];
  for (let startMs = Math.floor(first.atMs / dayMs) * dayMs; startMs < last.atMs; startMs += stepMs) {
    const endMs = startMs + stepMs;
    const from = Math.max(startMs, first.atMs);
    const to = Math.min(endMs, last.atMs);
    const lostMs = gaps.reduce((sum, gap) => sum + overlapMs({ startMs: from, endMs: to }, gap), 0);
    const isKnown = to - from - lostMs >= stepMs / 2;
    const change = (valueAt(points, to) ?? 0) - (valueAt(points, from) ?? 0);
    rates.push({ startMs, endMs, perDay: isKnown ? (change * dayMs) / (to - from) : undefined });
  }
  return rates;
}

function overlapMs(a: Stretch, b: Stretch): number {
  return Math.max(0, Math.min(a.endMs, b.endMs) - Math.max(a.startMs, b.startMs));
}
