import { hourIn } from '../../domain/zoned-time.ts';

/** Which hours of the day suit a channel, by what became of its own videos. Pure. */

/** A video of the channel: when it was published, and how often it was seen in its first week where that is known. */
export type PastVideo = { readonly publishedMs: number; readonly weekViews?: number | undefined };

/** Hours to publish at, the best first, and what they rest on. */
export type BestHours = {
  readonly hours: readonly string[];
  /** `statistics`: how its videos fared. `habit`: when it published before. `usual`: nothing is known. */
  readonly source: 'statistics' | 'habit' | 'usual';
  /** In words, for whoever is to believe it. */
  readonly text: string;
};

/** Lunch break and evening, where nothing better is known: a guess, and said to be one. */
const usualHours = [18, 12, 20, 9, 15, 7, 22];

/** Fewer videos say nothing of hours. */
const leastVideos = 20;
const leastAtHour = 3;
const leastHabit = 5;

/** An hour counts as if so many more videos had fared as usual: a few lucky ones make no best hour. */
const shrinkage = 4;

/** A video is held against so many published before it and after it: channels grow. */
const neighbours = 10;

/** The hours of a day for so many videos, `spacingMs` apart at least. */
export function findBestHours(
  videos: readonly PastVideo[],
  { zone, count, spacingMs }: { readonly zone: string; readonly count: number; readonly spacingMs: number },
): BestHours {
  const known = videos.filter(({ weekViews }) => weekViews !== undefined);
  const spaced = (hours: readonly number[]) => takeSpaced(hours, count, spacingMs);
  const habit = rankByHabit(videos, zone);
  if (known.length >= leastVideos) {
    const ranked = rankByViews(known, zone);
    const [best] = ranked;
    if (best !== undefined) {
      // Hours that nobody tried come after those that did well, and before those that did badly.
      const good = ranked.filter(({ lift }) => lift > 1).map(({ hour }) => hour);
      const bad = new Set(ranked.filter(({ lift }) => lift <= 1).map(({ hour }) => hour));
      const others = usualHours.filter((hour) => !bad.has(hour));
      const hours = spaced([...good, ...others, ...ranked.map(({ hour }) => hour), ...usualHours]);
      return { hours, source: 'statistics', text: describeViews(known.length, ranked, hours) };
    }
  }
  if (videos.length >= leastHabit) {
    const hours = spaced([...habit, ...usualHours]);
    const why =
      known.length === 0
        ? 'how they fared in their first week is not known'
        : `of only ${known.length} is known how they fared in their first week; ${leastVideos} are needed`;
    return {
      hours,
      source: 'habit',
      text: `The hours at which its ${videos.length} videos were published: ${why}.`,
    };
  }
  return {
    hours: spaced(usualHours),
    source: 'usual',
    text: 'Usual hours, a guess: nothing is known of the channel. pivot sync reads its statistics, or set publish.hours.',
  };
}

type RankedHour = { readonly hour: number; readonly lift: number; readonly count: number };

/** Hours with enough videos, by how these fared against others of their time; a lift of 1 is as usual. */
function rankByViews(videos: readonly PastVideo[], zone: string): RankedHour[] {
  const sorted = videos.toSorted((a, b) => a.publishedMs - b.publishedMs);
  const logs = sorted.map(({ weekViews = 0 }) => Math.log(weekViews + 1));
  const byHour = new Map<number, number[]>();
  for (const [index, { publishedMs }] of sorted.entries()) {
    const around = logs.slice(Math.max(0, index - neighbours), index + neighbours + 1);
    const hour = hourIn(zone, publishedMs);
    byHour.set(hour, [...(byHour.get(hour) ?? []), logs[index]! - median(around)]);
  }
  return [...byHour]
    .filter(([, own]) => own.length >= leastAtHour)
    .map(([hour, own]) => {
      const sum = own.reduce((total, value) => total + value, 0);
      return { hour, lift: Math.exp(sum / (own.length + shrinkage)), count: own.length };
    })
    .toSorted((a, b) => b.lift - a.lift || a.hour - b.hour);
}

function rankByHabit(videos: readonly PastVideo[], zone: string): number[] {
  const counts = new Map<number, number>();
  for (const { publishedMs } of videos) {
    const hour = hourIn(zone, publishedMs);
    counts.set(hour, (counts.get(hour) ?? 0) + 1);
  }
  return [...counts].toSorted(([a, first], [b, second]) => second - first || a - b).map(([hour]) => hour);
}

/** The first hours that are far enough apart, around midnight too, where there are so many. */
function takeSpaced(ranked: readonly number[], count: number, spacingMs: number): string[] {
  const spacing = Math.min(12, spacingMs / 3_600_000);
  const taken: number[] = [];
  for (const hour of ranked) {
    if (taken.length >= count) break;
    const isFree = taken.every((other) => {
      const apart = Math.abs(other - hour);
      return apart !== 0 && Math.min(apart, 24 - apart) >= spacing;
    });
    if (isFree) taken.push(hour);
  }
  return taken.map((hour) => `${String(hour).padStart(2, '0')}:00`);
}

function describeViews(videoCount: number, ranked: readonly RankedHour[], hours: readonly string[]): string {
  const told = hours.map((time) => {
    const known = ranked.find(({ hour }) => hour === Number(time.slice(0, 2)));
    return known === undefined
      ? `${time} (not tried)`
      : `${time} (${known.lift.toFixed(1)} × the usual views, ${known.count} videos)`;
  });
  return `How ${videoCount} of its videos fared in their first week: ${told.join(', ')}. What comes with an hour need not come from it.`;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
