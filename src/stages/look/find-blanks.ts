import { showsSame } from './shows-same.ts';
import type { Bound, WatchedStretch } from './watched-stretch.ts';
import type { SmallPicture } from './small-picture.ts';

/** Fades through black or white, and picture that begins or ends in black. */

/**
 * Mean luma plus its standard deviation (of 255) below which a picture is black. PySceneDetect's threshold detector takes a
 * mean of 12; the deviation tells a night scene (10 and 9) from black with a logo in a corner (1 and 6).
 */
const blackBelow = 13;
/** The same for one colour without any detail: black of the wrong range is 16. */
const flatBlackBelow = 20;
const flatContrast = 1.5;
/** Luma above which a picture with no more detail than this is white. */
const whiteAbove = 232;
const whiteContrast = 9;

/** A blank that lasts at most this long has one bound, in its middle; a longer one is a shot of its own. In ms. */
const longestFadeMs = 1900;

/** How long black must be at the very start, and at the very end, to be no mere beginning of a fade. In ms. */
const shortestLeaderMs = 500;
const shortestTailMs = 180;

/** How far from a blank its fade has come up again, in ms. */
const fadeReachMs = 600;

/** A blank this short may be a glitch, or a flash, within one shot: then nothing has changed. In ms. */
const glitchMs = 240;

/** Whether a picture shows nothing: black or white all over. */
export function isBlank({ brightness, contrast }: SmallPicture): boolean {
  return (
    brightness + contrast < blackBelow ||
    (contrast < flatContrast && brightness < flatBlackBelow) ||
    (contrast < whiteContrast && brightness > whiteAbove)
  );
}

/** Frames from `from` to `to`, both belonging to a blank or its edge: a hard cut there is part of it. */
export type CoveredRange = { readonly from: number; readonly to: number };

/** Finds the bounds that blanks make, and the frames at which no cut (of those found) is to be counted beside them. Pure. */
export function findBlankBounds(
  stretch: WatchedStretch,
  cuts: readonly number[],
): { bounds: Bound[]; covered: CoveredRange[] } {
  const { frames, startFrame, frameRate } = stretch;
  const toFrames = (ms: number) => Math.max(1, Math.round((ms / 1000) * (frameRate.num / frameRate.den)));
  const endFrame = startFrame + frames.length;
  /** How far a fade may reach out of a blank, at most to the next cut. */
  const fadeAround = (from: number, to: number) => ({
    first: Math.max(from - toFrames(fadeReachMs), ...cuts.filter((cut) => cut < from)),
    last: Math.min(to + toFrames(fadeReachMs), ...cuts.filter((cut) => cut > to)),
  });
  const bounds: Bound[] = [];
  const covered: CoveredRange[] = [];
  for (const { from, to } of listBlanks(stretch)) {
    const length = to - from;
    const isOpenBefore = from === startFrame;
    const isOpenAfter = to === endFrame;
    if (isOpenBefore && isOpenAfter) continue;
    if (isOpenBefore || isOpenAfter || length > toFrames(longestFadeMs)) {
      // Beyond what is watched it may go on: each end is judged alone.
      const needed = isOpenBefore ? shortestLeaderMs : shortestTailMs;
      if (length < toFrames(needed)) {
        covered.push({ from, to });
        continue;
      }
      if (!isOpenBefore) addEdge(from);
      if (!isOpenAfter) addEdge(to);
      continue;
    }
    covered.push({ from, to });
    // White in a picture without any detail is what is shown, and no fade.
    if (isWhite(stretch, from) && !hasDetailAround(stretch, from, to, toFrames(fadeReachMs))) continue;
    if (length <= toFrames(glitchMs) && comesBackAfter(stretch, from, to, fadeAround(from, to))) continue;
    bounds.push({ frame: from + Math.floor(length / 2), kind: 'fade' });
  }
  return { bounds, covered };

  /** Where picture and blank meet: a cut when all of it comes or goes at once. */
  function addEdge(frame: number): void {
    const difference = frames[frame - startFrame]?.difference;
    const isHard = difference !== undefined && difference.unexplained > 0.6 && difference.change > 12;
    covered.push({ from: frame, to: frame });
    bounds.push({ frame, kind: isHard ? 'cut' : 'fade' });
  }
}

function listBlanks({ frames, startFrame }: WatchedStretch): { from: number; to: number }[] {
  const blanks: { from: number; to: number }[] = [];
  for (const [index, { picture }] of frames.entries()) {
    if (!isBlank(picture)) continue;
    const last = blanks.at(-1);
    if (last !== undefined && last.to === startFrame + index) last.to += 1;
    else blanks.push({ from: startFrame + index, to: startFrame + index + 1 });
  }
  return blanks;
}

function isWhite({ frames, startFrame }: WatchedStretch, frame: number): boolean {
  return (frames[frame - startFrame]?.picture.brightness ?? 0) > whiteAbove;
}

function hasDetailAround(stretch: WatchedStretch, from: number, to: number, reach: number): boolean {
  const { frames, startFrame } = stretch;
  const hasDetail = (first: number, last: number) =>
    frames
      .slice(Math.max(0, first - startFrame), Math.max(0, last - startFrame))
      .some(({ picture }) => picture.contrast > whiteContrast);
  return hasDetail(from - reach, from) && hasDetail(to, to + reach);
}

/** Whether the picture before a blank is there again after it, each where it is clearest. */
function comesBackAfter(
  { frames, startFrame }: WatchedStretch,
  from: number,
  to: number,
  around: { readonly first: number; readonly last: number },
): boolean {
  const clearest = (first: number, last: number) =>
    frames
      .slice(Math.max(0, first - startFrame), Math.max(0, last - startFrame))
      .map(({ picture }) => picture)
      .reduce<SmallPicture | undefined>(
        (best, picture) => (best === undefined || picture.contrast > best.contrast ? picture : best),
        undefined,
      );
  const before = clearest(around.first, from);
  const after = clearest(to, around.last);
  if (before === undefined || after === undefined) return false;
  return showsSame(before, after);
}
