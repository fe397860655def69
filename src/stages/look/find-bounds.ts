import type { Rational } from '../../domain/time.ts';
import { comparePictures, type Difference } from './compare-pictures.ts';
import { compareStructure } from './compare-structure.ts';
import { isBlank, findBlankBounds } from './find-blanks.ts';
import { findDissolves } from './find-dissolves.ts';
import type { SmallPicture } from './small-picture.ts';

/** Where a shot ends and the next begins: the first frame of the next. */
export type Bound = { readonly frame: number; readonly kind: 'cut' | 'fade' };

/** One frame of a watched stretch, and how it differs from the one before it (undefined for the first). */
export type WatchedFrame = { readonly picture: SmallPicture; readonly difference: Difference | undefined };

/** Frames that follow each other without a gap, the first of them being `startFrame`. */
export type WatchedStretch = {
  readonly frameRate: Rational;
  readonly startFrame: number;
  readonly frames: readonly WatchedFrame[];
};

/**
 * A decision about a frame looks at most this far to either side, in ms: who watches so much more than a stretch finds the
 * same bounds in it, wherever watching began.
 */
export const contextMs = 2000;

/** A share of the picture that must be new for a cut. A face that turns or a door that opens stays below a third. */
const newShare = 0.6;

/**
 * How much more a cut changes than the frames around it: the idea of PySceneDetect's adaptive detector (a frame's change
 * over the mean of two neighbours on each side, there 3), lower here since motion is taken out of the change before.
 */
const neighbourRatio = 1.55;

/** A picture that comes back after at most this long was interrupted by a flash and not cut, in ms. */
const flashMs = 240;

/** Two pictures with less new than this show the same. */
const sameShare = 0.4;

/** Above this likeness in structure only the light has changed: a lamp, lightning, an exposure. */
const sameStructure = 0.86;

/**
 * A cut of little light or much white leaves most blocks like others nearby. It shows when next to nothing moved before and
 * after, and what detail there is is another.
 */
const quietNewShare = 0.2;
const quietRatio = 5;
const quietResidual = 1.5;
const otherStructure = 0.62;

/**
 * Frames that change less than this (mean luma, of 255), or than this share of what a cut changes, are held: animation on
 * twos, a rate made by doubling. They are no neighbours to compare with.
 */
const heldChange = 0.35;
const heldShare = 0.1;

/** How far a moving neighbour is looked for beyond held frames, in frames to each side. */
const neighbourReach = 8;

/** Finds cuts, fades and dissolves in `[from, to)` of a watched stretch, sorted. Pure. */
export function findBounds(stretch: WatchedStretch, from: number, to: number): Bound[] {
  const blank = findBlankBounds(stretch);
  const cuts = mergeBlended(stretch, findCuts(stretch));
  const isInBlank = (frame: number) =>
    blank.covered.some((range) => frame >= range.from && frame <= range.to);
  const hard: Bound[] = cuts.filter((frame) => !isInBlank(frame)).map((frame) => ({ frame, kind: 'cut' }));
  const known = [...hard, ...blank.bounds].map(({ frame }) => frame);
  const dissolves = findDissolves(stretch, [
    ...known,
    ...blank.covered.flatMap(({ from, to }) => [from, to]),
  ]);
  return [...hard, ...blank.bounds, ...dissolves]
    .filter(({ frame }) => frame >= from && frame < to)
    .sort((a, b) => a.frame - b.frame);
}

/** Frames that begin something new, as compared with their neighbours, and are no flash. */
function findCuts(stretch: WatchedStretch): number[] {
  const cuts: number[] = [];
  for (let index = 1; index < stretch.frames.length; index++) {
    const difference = stretch.frames[index]!.difference;
    if (difference === undefined || difference.unexplained < quietNewShare) continue;
    const ratio = difference.residual / meanOfNeighbours(stretch.frames, index);
    if (ratio < neighbourRatio) continue;
    const isQuiet = difference.unexplained < newShare;
    if (isQuiet && (ratio < quietRatio || difference.residual < quietResidual)) continue;
    const likeness =
      compareStructure(stretch.frames[index - 1]!.picture, stretch.frames[index]!.picture) ?? 0;
    if (likeness > (isQuiet ? otherStructure : sameStructure)) continue;
    if (comesBack(stretch, index)) continue;
    cuts.push(stretch.startFrame + index);
  }
  return cuts;
}

/** Mean residual of the two nearest frames on each side that move at all. */
function meanOfNeighbours(frames: readonly WatchedFrame[], index: number): number {
  const found: number[] = [];
  const held = Math.max(heldChange, heldShare * (frames[index]?.difference?.change ?? 0));
  for (const step of [-1, 1]) {
    const side: number[] = [];
    for (let away = 1; away <= neighbourReach && side.length < 2; away++) {
      const difference = frames[index + step * away]?.difference;
      if (difference !== undefined && difference.change >= held) side.push(difference.residual);
    }
    // Nothing moves there.
    while (side.length < 2) side.push(0);
    found.push(...side);
  }
  return found.reduce((sum, value) => sum + value, 0) / found.length;
}

/** Whether what was seen before a frame is seen again soon after it: a flash, a black frame, a glitch. */
function comesBack({ frames, frameRate }: WatchedStretch, index: number): boolean {
  const reach = Math.max(2, Math.round((flashMs / 1000) * (frameRate.num / frameRate.den)));
  for (let length = 1; length <= reach; length++) {
    // The flash covers `length` frames; this frame is its first, its last's successor, or in between.
    for (let behind = 0; behind <= length; behind++) {
      const before = frames[index - 1 - behind];
      const after = frames[index + length - behind];
      if (before === undefined || after === undefined) continue;
      if (isBlank(before.picture) || isBlank(after.picture)) continue;
      if (showsSame(before.picture, after.picture)) return true;
    }
  }
  return false;
}

/** Whether two pictures show the same, if in another light. */
function showsSame(before: SmallPicture, after: SmallPicture): boolean {
  if (comparePictures(before, after).unexplained < sameShare) return true;
  return (compareStructure(before, after) ?? 0) > sameStructure;
}

/** Where a frame or two are a mix of what comes before and after (a rate made by blending, interlaced film), there is one cut. */
function mergeBlended(stretch: WatchedStretch, cuts: readonly number[]): number[] {
  const merged: number[] = [];
  for (const frame of cuts) {
    const last = merged.at(-1);
    if (last !== undefined && frame - last <= 2 && isBlend(stretch, last, frame)) {
      // The mix belongs to whichever side it is nearer to; with several, to the second.
      if (frame - last > 1 || mixShare(stretch, last, frame) < 0.5) merged[merged.length - 1] = frame;
      continue;
    }
    merged.push(frame);
  }
  return merged;
}

function isBlend(stretch: WatchedStretch, first: number, second: number): boolean {
  const [before, mix, after] = around(stretch, first, second);
  if (before === undefined || mix === undefined || after === undefined) return false;
  const share = mixShare(stretch, first, second);
  let error = 0;
  let distance = 0;
  for (let index = 0; index < mix.half.planes.length; index++) {
    const [a, b] = [before.half.planes[index]!, after.half.planes[index]!];
    error += Math.abs(mix.half.planes[index]! - (a + share * (b - a)));
    distance += Math.abs(b - a);
  }
  return error < 0.3 * distance;
}

/** How much of the frame between two cuts is what comes after, 0 to 1. */
function mixShare(stretch: WatchedStretch, first: number, second: number): number {
  const [before, mix, after] = around(stretch, first, second);
  if (before === undefined || mix === undefined || after === undefined) return 0;
  let dot = 0;
  let squares = 0;
  for (let index = 0; index < mix.half.planes.length; index++) {
    const way = after.half.planes[index]! - before.half.planes[index]!;
    dot += way * (mix.half.planes[index]! - before.half.planes[index]!);
    squares += way * way;
  }
  return squares === 0 ? 0 : Math.max(0, Math.min(1, dot / squares));
}

function around({ frames, startFrame }: WatchedStretch, first: number, second: number) {
  return [first - 1, first, second].map((frame) => frames[frame - startFrame]?.picture);
}
