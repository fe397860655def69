import { z } from 'zod';

/** An exact fraction: a frame rate in frames a second, or a speed. */
export const rationalSchema = z
  .strictObject({ num: z.int().positive(), den: z.int().positive() })
  .readonly()
  .describe('An exact fraction, e.g. 30000/1001 frames a second');
export type Rational = z.infer<typeof rationalSchema>;

/** A half-open range of time in integer milliseconds: `startMs` belongs to it, `endMs` does not. */
export type TimeRange = { readonly startMs: number; readonly endMs: number };

/** The schema of a {@link TimeRange}. */
export const timeRangeSchema = z
  .strictObject({ startMs: z.int().nonnegative(), endMs: z.int().nonnegative() })
  .refine((range) => range.endMs >= range.startMs, { error: 'endMs lies before startMs' })
  .readonly();

/** The frame that is on screen at a time: the last one that starts at or before it (to the nearest 0.5 ms). */
export function msToFrame(ms: number, rate: Rational): number {
  return Math.floor(((ms + 0.5) * rate.num) / (1000 * rate.den));
}

/** The frame whose start lies nearest to a time. Use it for cuts, where either neighbour would do. */
export function msToNearestFrame(ms: number, rate: Rational): number {
  return Math.round((ms * rate.num) / (1000 * rate.den));
}

/** The start of a frame, in whole milliseconds. Inverse of {@link msToFrame} for rates up to 500 a second. */
export function frameToMs(frame: number, rate: Rational): number {
  return Math.round((frame * 1000 * rate.den) / rate.num);
}

/** The start of a frame in seconds, for FFmpeg: exact to a microsecond. */
export function frameToSeconds(frame: number, rate: Rational): number {
  return Math.round((frame * 1_000_000 * rate.den) / rate.num) / 1_000_000;
}

/** A rate as a number of frames a second. */
export function rationalToNumber(rate: Rational): number {
  return rate.num / rate.den;
}

/** How long a range lasts, in ms. */
export function durationMs(range: TimeRange): number {
  return range.endMs - range.startMs;
}

/** How long two ranges overlap, in ms; 0 when they only touch. */
export function overlapMs(a: TimeRange, b: TimeRange): number {
  return Math.max(0, Math.min(a.endMs, b.endMs) - Math.max(a.startMs, b.startMs));
}

/** Merges ranges that overlap or lie at most `gapMs` apart. The input need not be sorted; the result is. */
export function mergeRanges(ranges: readonly TimeRange[], gapMs = 0): TimeRange[] {
  const merged: { startMs: number; endMs: number }[] = [];
  for (const range of ranges.toSorted((a, b) => a.startMs - b.startMs)) {
    const last = merged.at(-1);
    if (last !== undefined && range.startMs - last.endMs <= gapMs)
      last.endMs = Math.max(last.endMs, range.endMs);
    else merged.push({ ...range });
  }
  return merged;
}

/** What lies between sorted ranges inside `[0, totalMs)`. */
export function invertRanges(ranges: readonly TimeRange[], totalMs: number): TimeRange[] {
  const gaps: TimeRange[] = [];
  let cursorMs = 0;
  for (const range of ranges) {
    if (range.startMs > cursorMs) gaps.push({ startMs: cursorMs, endMs: Math.min(range.startMs, totalMs) });
    cursorMs = Math.max(cursorMs, range.endMs);
  }
  if (cursorMs < totalMs) gaps.push({ startMs: cursorMs, endMs: totalMs });
  return gaps;
}
