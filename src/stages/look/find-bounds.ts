import { findBlankBounds } from './find-blanks.ts';
import { findCuts } from './find-cuts.ts';
import { findDissolves } from './find-dissolves.ts';
import type { Bound, WatchedStretch } from './watched-stretch.ts';

/**
 * A decision about a frame looks at most this far to either side, in ms: who watches so much more than a stretch finds the
 * same bounds in it, wherever watching began.
 */
export const contextMs = 2000;

/** Finds cuts, fades and dissolves in `[from, to)` of a watched stretch, sorted. Pure. */
export function findBounds(stretch: WatchedStretch, from: number, to: number): Bound[] {
  const cuts = findCuts(stretch);
  const blank = findBlankBounds(stretch, cuts);
  const isInBlank = (frame: number) =>
    blank.covered.some((range) => frame >= range.from && frame <= range.to);
  const hard: Bound[] = cuts.filter((frame) => !isInBlank(frame)).map((frame) => ({ frame, kind: 'cut' }));
  const known = [...hard, ...blank.bounds].map(({ frame }) => frame);
  const dissolves = findDissolves(stretch, known, blank.covered);
  return [...hard, ...blank.bounds, ...dissolves]
    .filter(({ frame }) => frame >= from && frame < to)
    .sort((a, b) => a.frame - b.frame);
}
