import { msToNearestFrame, type Rational } from '../../domain/time.ts';
import { comparePictures, type Difference } from './compare-pictures.ts';
import { compareStructure } from './compare-structure.ts';
import type { WatchedFrame, WatchedStretch } from './watched-stretch.ts';
import { isBlank } from './find-blanks.ts';
import { isOtherLight, showsSame } from './shows-same.ts';
import type { SmallPicture } from './small-picture.ts';

/** Hard cuts: frames that show something new, as compared with what moves around them, and are no flash. */

/** A share of the picture that must be new for a cut. A face that turns or a door that opens stays below a third. */
const newShare = 0.6;

/**
 * How much more a cut changes than the frames around it: the idea of PySceneDetect's adaptive detector (a frame's change
 * over the mean of two neighbours on each side, there 3), lower here since motion is taken out of the change before.
 */
const neighbourRatio = 1.55;

/** The more alike two pictures are in structure (above this), the more the change must stand out from what moves around it. */
const clearStructure = 0.58;
const ratioPerLikeness = 12;

/**
 * A cut of little light leaves most blocks like others nearby, and noise hides it. It shows in the structure: another one on
 * each side of the cut, and the same from frame to frame before and after.
 */
const quietNewShare = 0.2;
const quietRatio = 1.8;
const otherStructure = 0.62;
const steadyStructure = 0.85;

/** Where nothing at all moves (slides, a screen), a change of so much light (mean of 255) that leaves other shapes is a cut. */
const stillResidual = 0.25;
const stillChange = 6;
const stillStructure = 0.8;

/** A picture that comes back after at most this long was interrupted by a flash and not cut, in ms. */
const flashMs = 240;

/**
 * Frames that change less than this (mean luma, of 255), or than this share of what a cut changes, are held: animation on
 * twos, a rate made by doubling. They are no neighbours to compare with.
 */
const heldChange = 0.35;
const heldShare = 0.1;

/** How far a moving neighbour is looked for beyond held frames, to each side: animation on threes at 24 a second. In ms. */
const neighbourReachMs = 130;

/** Up to so many frames at a cut may be mixes of both sides: rates made by blending, interlaced film. */
const mostMixes = 2;

/** How far such a frame may be from a mix, as a share of the way from one side to the other. */
const mixError = 0.3;
/** And how much of each side it holds at least. */
const leastShare = 0.15;

/** From one picture of a stretch to a later one: the next, or the next that is no mix. Indexes into the frames. */
type Step = { readonly from: number; readonly to: number; readonly difference: Difference };

/** Finds the frames that begin a shot by a hard cut, sorted. Pure. */
export function findCuts(stretch: WatchedStretch): number[] {
  const { frames, startFrame } = stretch;
  const cuts: number[] = [];
  for (let index = 1; index < frames.length; index++) {
    const step = listSteps(frames, index).find(
      (each) => beginsNew(stretch, each) && !comesBack(stretch, each),
    );
    if (step === undefined) continue;
    cuts.push(startFrame + firstOfNew(frames, step));
    index = step.to;
  }
  return cuts;
}

/** The steps that begin with the frame before an index: over mixes where there are some, and to the next frame. */
function listSteps(frames: readonly WatchedFrame[], index: number): Step[] {
  const next = frames[index]?.difference;
  if (next === undefined || next.change < heldChange) return [];
  const steps: Step[] = [];
  for (let mixes = mostMixes; mixes > 0; mixes--) {
    const to = index + mixes;
    const [before, after] = [frames[index - 1]!.picture, frames[to]?.picture];
    // A fade is made of mixes too.
    if (after === undefined || isBlank(before) || isBlank(after) || !areMixes(frames, index - 1, to))
      continue;
    const difference = comparePictures(before, after);
    steps.push({ from: index - 1, to, difference });
  }
  return [...steps, { from: index - 1, to: index, difference: next }];
}

/** Whether all frames between two are mixes of the two, each nearer to the second. */
function areMixes(frames: readonly WatchedFrame[], from: number, to: number): boolean {
  let last = leastShare;
  for (let index = from + 1; index < to; index++) {
    // Most frames are none, and this tells at once.
    if (frames[index]!.difference!.unexplained < quietNewShare) return false;
    const { share, error } = mixOf(frames[from]!.picture, frames[index]!.picture, frames[to]!.picture);
    if (share < last || share > 1 - leastShare || error > mixError) return false;
    last = share;
  }
  return true;
}

/** How much of a picture is the later one, 0 to 1, and how far it is from that mix, as a share of the way. */
function mixOf(
  before: SmallPicture,
  mix: SmallPicture,
  after: SmallPicture,
): { share: number; error: number } {
  const [a, m, b] = [before.half.planes, mix.half.planes, after.half.planes];
  let dot = 0;
  let squares = 0;
  for (let index = 0; index < m.length; index++) {
    const way = b[index]! - a[index]!;
    dot += way * (m[index]! - a[index]!);
    squares += way * way;
  }
  if (squares === 0) return { share: 0, error: 1 };
  const share = dot / squares;
  let error = 0;
  let distance = 0;
  for (let index = 0; index < m.length; index++) {
    const way = b[index]! - a[index]!;
    error += Math.abs(m[index]! - a[index]! - share * way);
    distance += Math.abs(way);
  }
  return { share, error: error / distance };
}

/** A mix belongs to the side of which it is more. */
function firstOfNew(frames: readonly WatchedFrame[], { from, to }: Step): number {
  for (let index = from + 1; index < to; index++) {
    if (mixOf(frames[from]!.picture, frames[index]!.picture, frames[to]!.picture).share >= 0.5) return index;
  }
  return to;
}

function beginsNew({ frames, frameRate }: WatchedStretch, step: Step): boolean {
  const { difference } = step;
  const neighbours = meanOfNeighbours(frames, step, toFrames(neighbourReachMs, frameRate));
  // Over mixes, a frame's share: a slow fade goes on before and after.
  const ratio = difference.residual / (step.to - step.from) / neighbours;
  const isStill = neighbours < stillResidual && difference.change > stillChange;
  const isQuiet = difference.unexplained >= quietNewShare && ratio >= quietRatio;
  const isClear = difference.unexplained >= newShare && ratio >= neighbourRatio;
  if (!isStill && !isQuiet && !isClear) return false;
  // The dearest comes last: few frames get here.
  const [before, after] = [frames[step.from]!.picture, frames[step.to]!.picture];
  const likeness = compareStructure(before, after) ?? 0;
  return (
    (isStill && likeness < stillStructure) ||
    (isClear &&
      !isOtherLight(before, after, likeness) &&
      ratio >= neighbourRatio + ratioPerLikeness * Math.max(0, likeness - clearStructure)) ||
    (isQuiet && likeness < otherStructure && isSteadyAround(frames, step))
  );
}

/** At least two frames, so that both neighbours on a side are there at any rate. */
function toFrames(ms: number, frameRate: Rational): number {
  return Math.max(2, msToNearestFrame(ms, frameRate));
}

/** Mean residual of the two nearest frames on each side that move at all. */
function meanOfNeighbours(frames: readonly WatchedFrame[], step: Step, reach: number): number {
  const held = Math.max(heldChange, heldShare * step.difference.change);
  const takeSide = (next: (away: number) => number): number[] => {
    const side: number[] = [];
    for (let away = 1; away <= reach && side.length < 2; away++) {
      const difference = frames[next(away)]?.difference;
      if (difference !== undefined && difference.change >= held) side.push(difference.residual);
    }
    return side;
  };
  const before = takeSide((away) => step.from + 1 - away);
  const after = takeSide((away) => step.to + away);
  // Beyond held frames one alone stands for two, unless nothing moves on the other side: then it is another cut.
  const isMoving = before.length > 0 && after.length > 0;
  const sideMean = (side: readonly number[]) =>
    side.reduce((sum, value) => sum + value, 0) / (isMoving ? Math.max(1, side.length) : 2);
  return (sideMean(before) + sideMean(after)) / 2;
}

/** Whether the structure stays from frame to frame on both sides of a step. */
function isSteadyAround(frames: readonly WatchedFrame[], { from, to }: Step): boolean {
  const pairs = [
    [from - 2, from - 1],
    [from - 1, from],
    [to, to + 1],
    [to + 1, to + 2],
  ] as const;
  const likenesses = pairs.flatMap(([a, b]) => {
    const [before, after] = [frames[a], frames[b]];
    if (before === undefined || after === undefined) return [];
    return compareStructure(before.picture, after.picture) ?? [];
  });
  const mean = likenesses.reduce((sum, value) => sum + value, 0) / likenesses.length;
  return likenesses.length > 0 && mean > steadyStructure;
}

/** Whether what was seen before a step is seen again soon after it: a flash, a black frame, a glitch. */
function comesBack({ frames, frameRate }: WatchedStretch, step: Step): boolean {
  const reach = toFrames(flashMs, frameRate);
  // What little is new in a quiet cut must not pass for nothing new.
  const share = step.difference.unexplained / 2;
  for (let length = 1; length <= reach; length++) {
    // The flash covers `length` frames; the step leads into it, out of it, or lies within.
    for (let behind = 0; behind <= length; behind++) {
      const before = frames[step.from - behind];
      const after = frames[step.to + length - behind];
      if (before === undefined || after === undefined) continue;
      if (isBlank(before.picture) || isBlank(after.picture)) continue;
      if (showsSame(before.picture, after.picture, share)) return true;
    }
  }
  return false;
}
