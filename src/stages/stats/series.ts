import type { Snapshot } from '../../domain/platform.ts';

/** What is counted. */
export const metricNames = ['views', 'likes', 'comments', 'subscribers', 'videos'] as const;
/** One thing that is counted. */
export type MetricName = (typeof metricNames)[number];

/** The counts of one moment; what was hidden is left out. */
export type SeriesPoint = { readonly atMs: number } & Readonly<Partial<Record<MetricName, number>>>;

/** How often a counter was set back, by how much in all, and how often it was hidden. */
export type CounterFacts = {
  readonly setBackCount: number;
  /** Of all of them together; 0 or less. */
  readonly setBackBy: number;
  readonly hiddenCount: number;
};

/** The snapshots of one subject, thinned to what a plot can show, and what was seen of them before that. */
export type Series = {
  /** In the order of time, each moment once. */
  readonly points: readonly SeriesPoint[];
  readonly snapshotCount: number;
  readonly facts: Readonly<Partial<Record<MetricName, CounterFacts>>>;
  /** Whether the newest of it is of what everybody may see, which is kept for 30 days only. */
  readonly isPublic: boolean;
};

/** No plot shows more points than this; more are thinned, so that ten years of hours need no more room than a week. */
const mostPoints = 2000;

/** Takes snapshots in the order of time, however many, and keeps a bounded series of them. */
export class SeriesBuilder {
  #points: SeriesPoint[] = [];
  /** Points that are nearer to the one before are left out, but for the last. In ms. */
  #spacingMs = 0;
  #newest: SeriesPoint | undefined;
  #isPublic = false;
  #snapshotCount = 0;
  readonly #lastValues = new Map<MetricName, number>();
  readonly #facts = new Map<MetricName, { setBackCount: number; setBackBy: number; hiddenCount: number }>();

  add(snapshot: Snapshot): void {
    const atMs = Date.parse(snapshot.fetched.at);
    if (this.#newest !== undefined && atMs <= this.#newest.atMs) return;
    this.#snapshotCount += 1;
    this.#isPublic = snapshot.fetched.under === 'public';
    const point: { atMs: number } & Partial<Record<MetricName, number>> = { atMs };
    for (const name of metricNames) {
      const value = snapshot[name];
      if (value !== undefined) point[name] = value;
      this.#count(name, value);
    }
    this.#newest = point;
    const before = this.#points.at(-1);
    if (before !== undefined && atMs - before.atMs < this.#spacingMs) return;
    this.#points.push(point);
    if (this.#points.length > mostPoints) this.#thin();
  }

  #count(name: MetricName, value: number | undefined): void {
    const facts = this.#facts.get(name) ?? { setBackCount: 0, setBackBy: 0, hiddenCount: 0 };
    if (value === undefined) facts.hiddenCount += 1;
    else {
      const change = value - (this.#lastValues.get(name) ?? value);
      // Channels hide and delete videos: their number may fall.
      if (change < 0 && name !== 'videos' && name !== 'subscribers') {
        facts.setBackCount += 1;
        facts.setBackBy += change;
      }
      this.#lastValues.set(name, value);
    }
    this.#facts.set(name, facts);
  }

  #thin(): void {
    const span = (this.#points.at(-1)?.atMs ?? 0) - (this.#points[0]?.atMs ?? 0);
    this.#spacingMs = Math.max(this.#spacingMs * 2, span / (mostPoints / 2));
    const kept: SeriesPoint[] = [];
    for (const point of this.#points) {
      const before = kept.at(-1);
      if (before === undefined || point.atMs - before.atMs >= this.#spacingMs) kept.push(point);
    }
    this.#points = kept;
  }

  finish(): Series {
    const last = this.#points.at(-1);
    const points =
      this.#newest === undefined || this.#newest === last
        ? [...this.#points]
        : [...this.#points, this.#newest];
    const seen = [...this.#facts].filter(([name]) => this.#lastValues.has(name));
    return {
      points,
      snapshotCount: this.#snapshotCount,
      facts: Object.fromEntries(seen),
      isPublic: this.#isPublic,
    };
  }
}

/** One counter over time. */
export type CounterPoint = { readonly atMs: number; readonly value: number };

/** The points at which a counter was told. */
export function counterPoints({ points }: Series, name: MetricName): CounterPoint[] {
  return points.flatMap((point) => {
    const value = point[name];
    return value === undefined ? [] : [{ atMs: point.atMs, value }];
  });
}
