import { comparePictures } from './compare-pictures.ts';
import { compareStructure } from './compare-structure.ts';
import type { CoveredRange } from './find-blanks.ts';
import type { Bound, WatchedStretch } from './watched-stretch.ts';
import type { SmallPicture } from './small-picture.ts';

/**
 * Dissolves: for half a second or two, every picture is a mix of the first and the last in the share that time says. That
 * is what is tested, at the middle and at both quarters; a camera that moves, or somebody who walks, does not do that.
 */

/** Lengths that are tried, in ms: from a quick mix to the longest that fits into the context. */
const lengthsMs = [200, 320, 480, 720, 1000, 1400, 1900];

/** The least that a dissolve must change: mean difference of light and colours, of 255. */
const leastChange = 9;

/** How far the pictures in between may be from the mix, as a share of the whole change. */
const largestError = 0.22;

/** The same, looked at closely, where moving things blur it. */
const largestFineError = 0.35;

/** Above this likeness the light has changed, or the camera has moved, and not the picture. */
const largestLikeness = 0.62;

/** Share of the picture that must be new at the end. */
const newShare = 0.6;

type Candidate = { readonly frame: number; readonly error: number; readonly half: number };

/** A fade to or from a blank looks like one: none is looked for so near to a blank, in ms. */
const awayFromBlankMs = 700;

/** Finds the middles of dissolves; none where another bound lies within them, or a blank near them. Pure. */
export function findDissolves(
  stretch: WatchedStretch,
  known: readonly number[],
  blanks: readonly CoveredRange[],
): Bound[] {
  const { frames, startFrame, frameRate } = stretch;
  const halves = [
    ...new Set(
      lengthsMs.map((ms) => Math.max(2, 2 * Math.round((ms / 4000) * (frameRate.num / frameRate.den)))),
    ),
  ];
  const tiny = frames.map(({ picture }) => picture.tiny);
  const away = Math.round((awayFromBlankMs / 1000) * (frameRate.num / frameRate.den));
  const candidates: Candidate[] = [];
  for (let index = 0; index < frames.length; index++) {
    for (const half of halves) {
      const first = tiny[index - half];
      const last = tiny[index + half];
      if (first === undefined || last === undefined) continue;
      const change = meanDistance(first, last);
      if (change < leastChange) continue;
      const error = mixError(tiny, index, half) / change;
      if (error > largestError) continue;
      const frame = startFrame + index;
      if (known.some((bound) => Math.abs(bound - frame) <= half)) continue;
      const reach = half + away;
      if (blanks.some(({ from, to }) => from - reach <= frame && frame <= to + reach)) continue;
      candidates.push({ frame, error, half });
    }
  }
  return pickBest(candidates, (candidate) => {
    const at = candidate.frame - startFrame;
    const [before, middle, after] = [at - candidate.half, at, at + candidate.half].map(
      (index) => frames[index]!.picture,
    ) as [SmallPicture, SmallPicture, SmallPicture];
    return (
      mixErrorOf(before.half.planes, middle.half.planes, after.half.planes) < largestFineError &&
      comparePictures(before, after).unexplained >= newShare &&
      (compareStructure(before, after) ?? 1) < largestLikeness
    );
  });
}

/** The largest of three errors: at the middle and at the quarters. */
function mixError(tiny: readonly Float32Array[], index: number, half: number): number {
  const first = tiny[index - half]!;
  const last = tiny[index + half]!;
  let worst = 0;
  for (const [offset, share] of [
    [0, 0.5],
    [-half / 2, 0.25],
    [half / 2, 0.75],
  ] as const) {
    const mix = tiny[index + offset]!;
    let sum = 0;
    for (let at = 0; at < mix.length; at++) {
      sum += Math.abs(mix[at]! - (first[at]! + share * (last[at]! - first[at]!)));
    }
    worst = Math.max(worst, sum / mix.length);
  }
  return worst;
}

/** The best of candidates that overlap; one that fails the closer look is passed over. */
function pickBest(candidates: readonly Candidate[], holds: (candidate: Candidate) => boolean): Bound[] {
  const picked: Candidate[] = [];
  for (const candidate of candidates.toSorted((a, b) => a.error - b.error)) {
    if (picked.some((other) => Math.abs(other.frame - candidate.frame) <= other.half + candidate.half))
      continue;
    if (holds(candidate)) picked.push(candidate);
  }
  return picked.map(({ frame }) => ({ frame, kind: 'fade' }));
}

function meanDistance(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += Math.abs(a[index]! - b[index]!);
  return sum / a.length;
}

/** How far the middle is from halfway, as a share of the way. */
function mixErrorOf(before: Uint8Array, middle: Uint8Array, after: Uint8Array): number {
  let error = 0;
  let change = 0;
  for (let index = 0; index < middle.length; index++) {
    error += Math.abs(middle[index]! - (before[index]! + after[index]!) / 2);
    change += Math.abs(after[index]! - before[index]!);
  }
  return change === 0 ? 1 : error / change;
}
