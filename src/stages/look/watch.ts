import type { PictureSample } from '../../domain/shot.ts';
import { frameToMs, msToNearestFrame, type Rational } from '../../domain/time.ts';
import type { SmallFrame } from '../../media/open-frames.ts';
import { comparePictures } from './compare-pictures.ts';
import { contextMs, findBounds } from './find-bounds.ts';
import type { Bound, WatchedFrame } from './watched-stretch.ts';
import { readPicture, type SmallPicture } from './small-picture.ts';

/** Pictures are compared at about so many pixels: 96 × 54. More costs time and finds nothing more. */
const comparedPixels = 96 * 54;

/** How often what is seen is noted, in ms. */
const sampleEveryMs = 250;

/** A stretch with what was seen in it, in frames and ms of the source. */
export type Watched = { readonly bounds: readonly Bound[]; readonly pictures: readonly PictureSample[] };

/** The width in px at which a picture of a shape is compared. */
export function comparedWidth(displayWidth: number, displayHeight: number): number {
  return Math.max(16, Math.min(512, Math.round(Math.sqrt((comparedPixels * displayWidth) / displayHeight))));
}

/** How much is watched beside a stretch, in ms: a decision needs what comes before and after. */
export const watchedAroundMs = contextMs;

/**
 * Looks at frames that follow each other, and says of each stretch (in frames, sorted, inside them) what is in it, as soon
 * as it is known. Holds a stretch and its context in memory, no more.
 */
export async function* watch(
  frames: AsyncIterable<SmallFrame>,
  stretches: readonly { readonly from: number; readonly to: number }[],
  frameRate: Rational,
): AsyncGenerator<Watched> {
  const context = msToNearestFrame(contextMs, frameRate);
  let startFrame = 0;
  let held: WatchedFrame[] = [];
  let index = 0;
  const finish = (): Watched | undefined => {
    const stretch = stretches[index];
    if (stretch === undefined) return undefined;
    index += 1;
    const first = Math.max(0, stretch.from - context - startFrame);
    const last = stretch.to + context - startFrame;
    const near = { frameRate, startFrame: startFrame + first, frames: held.slice(first, last) };
    const watched = {
      bounds: findBounds(near, stretch.from, stretch.to),
      pictures: samplePictures(held.slice(Math.max(0, stretch.from - startFrame), stretch.to - startFrame), {
        startFrame: Math.max(stretch.from, startFrame),
        frameRate,
      }),
    };
    // What comes before the next stretch's context is not needed any more.
    const keepFrom = (stretches[index]?.from ?? Number.POSITIVE_INFINITY) - context;
    if (keepFrom > startFrame) {
      held = held.slice(Math.min(held.length, keepFrom - startFrame));
      startFrame = Math.max(startFrame, keepFrom);
    }
    return watched;
  };
  for await (const frame of frames) {
    const expected = startFrame + held.length;
    if (held.length === 0 || frame.frame !== expected) {
      // Another run begins: what is over there is over.
      while (index < stretches.length && held.length > 0 && stretches[index]!.from < expected) {
        const watched = finish();
        if (watched !== undefined) yield watched;
      }
      held = [];
      startFrame = frame.frame;
    }
    held.push(watchFrame(frame, held.at(-1)?.picture));
    const stretch = stretches[index];
    if (stretch !== undefined && frame.frame + 1 >= stretch.to + context) {
      const watched = finish();
      if (watched !== undefined) yield watched;
    }
  }
  for (let watched = finish(); watched !== undefined; watched = finish()) yield watched;
}

function watchFrame({ data, width, height }: SmallFrame, before: SmallPicture | undefined): WatchedFrame {
  const picture = readPicture(data, width, height);
  return { picture, difference: before === undefined ? undefined : comparePictures(before, picture) };
}

/** What is seen a few times a second. Pure. */
function samplePictures(
  frames: readonly WatchedFrame[],
  { startFrame, frameRate }: { startFrame: number; frameRate: Rational },
): PictureSample[] {
  const every = Math.max(1, msToNearestFrame(sampleEveryMs, frameRate));
  const samples: PictureSample[] = [];
  let change = 0;
  let changes = 0;
  for (const [index, { picture, difference }] of frames.entries()) {
    if (difference !== undefined) {
      change += difference.change;
      changes += 1;
    }
    const frame = startFrame + index;
    if (frame % every !== 0) continue;
    samples.push({
      atMs: frameToMs(frame, frameRate),
      brightness: round(picture.brightness / 255),
      // The largest standard deviation there is: half black, half white.
      contrast: round(Math.min(1, picture.contrast / 127.5)),
      motion: round(changes === 0 ? 0 : change / changes / 255),
    });
    change = 0;
    changes = 0;
  }
  return samples;
}

function round(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
