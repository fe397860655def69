import { addDays, apartIn, dayIn, daysBetween, momentAt } from '../../domain/zoned-time.ts';

/** Puts videos on days and hours. Pure: the same videos, rules and moment give the same plan. */

/** How a channel is paced. */
export type DayRules = {
  /** Whose days and hours count: the audience's. */
  readonly zone: string;
  /** Times of day, `18:00`, the best first. */
  readonly hours: readonly string[];
  /** So many videos a day at most. */
  readonly perDay: number;
  /** So far apart at least, in ms, as time goes by or as clocks show it: 24 hours are a day, when clocks change too. */
  readonly spacingMs: number;
  /** Variations of one clip are so many days apart at least; 1: not on one day. */
  readonly variationDays: number;
};

/** A video that has no time yet. `clip`: what it has in common with its variations. */
export type WaitingVideo = { readonly id: string; readonly clip?: string | undefined };

/** A video that has its time, or had it. */
export type TakenTime = { readonly atMs: number; readonly clip?: string | undefined };

/** When a video is to be seen. */
export type PlannedVideo = {
  readonly id: string;
  readonly atMs: number;
  /** What clocks that change made of the hour. */
  readonly change?: 'skipped' | 'twice';
};

/** So far ahead is planned at most, in days: whoever has more wants other rules. */
const maxDays = 3660;

/** The plan, and who found no place in it. */
export type DayPlan = { readonly planned: readonly PlannedVideo[]; readonly left: readonly string[] };

/**
 * Gives each video the first hour that is free, in their order, in `days` days from a moment on. A day takes its best hours, up to its limit; where the next video may not stand
 * there because a variation of it does too near, a later one takes the place.
 */
export function planDays(
  waiting: readonly WaitingVideo[],
  taken: readonly TakenTime[],
  rules: DayRules,
  fromMs: number,
  days = maxDays,
): DayPlan {
  const { zone, variationDays } = rules;
  const first = dayIn(zone, fromMs);
  const book = openBook(taken, rules, first);
  const planned: PlannedVideo[] = [];
  let left = [...waiting];
  for (let count = 0; left.length > 0 && count < Math.min(days, maxDays); count++) {
    const day = addDays(first, count);
    for (const slot of book.freeSlots(day, fromMs)) {
      const video = left.find(({ clip }) => clip === undefined || !book.isNear(clip, day, variationDays));
      if (video === undefined) continue;
      left = left.filter((other) => other !== video);
      book.take({ atMs: slot.ms, clip: video.clip });
      const { change } = slot;
      planned.push({ id: video.id, atMs: slot.ms, ...(change === undefined ? {} : { change }) });
    }
  }
  return { planned, left: left.map(({ id }) => id) };
}

/** What is against a moment that somebody chose, in words; nothing where it fits. */
export function judgeMoment(
  atMs: number,
  clip: string | undefined,
  taken: readonly TakenTime[],
  rules: DayRules,
): { readonly rule: 'perDay' | 'spacing' | 'variation'; readonly text: string }[] {
  const day = dayIn(rules.zone, atMs);
  const apart = (one: number, other: number) => apartIn(rules.zone, one, other);
  const onDay = taken.filter((other) => dayIn(rules.zone, other.atMs) === day);
  const nearestMs = taken.reduce((least, other) => Math.min(least, apart(other.atMs, atMs)), Infinity);
  const book = openBook(taken, rules, day);
  const found: ReturnType<typeof judgeMoment> = [];
  if (clip !== undefined && book.isNear(clip, day, rules.variationDays)) {
    const howFar =
      rules.variationDays === 1 ? 'on the same day' : `less than ${rules.variationDays} days away`;
    found.push({ rule: 'variation', text: `a variation of the same clip is ${howFar}` });
  }
  if (onDay.length >= rules.perDay) {
    found.push({
      rule: 'perDay',
      text: `${onDay.length} others are on that day, and ${rules.perDay} are its limit`,
    });
  }
  if (nearestMs < rules.spacingMs) {
    const minutes = (ms: number) => `${Math.round(ms / 60_000)} min`;
    found.push({
      rule: 'spacing',
      text: `the next is ${minutes(nearestMs)} away, and ${minutes(rules.spacingMs)} are the least`,
    });
  }
  return found;
}

type Slot = ReturnType<typeof momentAt>;

/** What is taken, day by day. */
function openBook(taken: readonly TakenTime[], { zone, hours, perDay, spacingMs }: DayRules, first: string) {
  const byDay = new Map<string, number[]>();
  const clips = new Map<string, Set<string>>();
  const reach = Math.ceil(spacingMs / 86_400_000) + 1;
  const take = ({ atMs, clip }: TakenTime) => {
    const day = dayIn(zone, atMs);
    byDay.set(day, [...(byDay.get(day) ?? []), atMs]);
    if (clip !== undefined) clips.set(clip, (clips.get(clip) ?? new Set()).add(day));
  };
  // What lies long ago is in nobody's way.
  const oldest = addDays(first, -Math.max(reach, 400));
  for (const one of taken) if (dayIn(zone, one.atMs) >= oldest) take(one);

  // Most are near or far by any clock; clocks change by less than a day.
  const isTooNear = (one: number, other: number) =>
    Math.abs(one - other) < spacingMs && apartIn(zone, one, other) < spacingMs;
  const isClear = (atMs: number, day: string, chosen: readonly Slot[]) => {
    if (chosen.some(({ ms }) => isTooNear(ms, atMs))) return false;
    for (let days = -reach; days <= reach; days++) {
      const others = byDay.get(addDays(day, days)) ?? [];
      if (others.some((ms) => isTooNear(ms, atMs))) return false;
    }
    return true;
  };
  return {
    take,
    isNear: (clip: string, day: string, days: number) =>
      [...(clips.get(clip) ?? [])].some((other) => Math.abs(daysBetween(other, day)) < days),
    /** The best hours of a day that are free, as many as it takes, in the order of time. */
    freeSlots(day: string, fromMs: number): Slot[] {
      const chosen: Slot[] = [];
      const free = perDay - (byDay.get(day)?.length ?? 0);
      for (const time of hours) {
        if (chosen.length >= free) break;
        const slot = momentAt(zone, day, time);
        // A zone that crossed the date line left out a whole day.
        if (slot.ms < fromMs || dayIn(zone, slot.ms) !== day) continue;
        if (isClear(slot.ms, day, chosen)) chosen.push(slot);
      }
      return chosen.toSorted((a, b) => a.ms - b.ms);
    },
  };
}
