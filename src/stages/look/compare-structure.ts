import type { Planes, SmallPicture } from './small-picture.ts';

/** Blocks of so many px of the half-sized picture, looked for so many px around their place. */
const blockPx = 8;
const searchPx = 6;

/** A block whose luma deviates less than this (of 255) has nothing to recognise. */
const leastDetail = 2;

/**
 * How alike two pictures are in what they show, whatever the light: the mean over blocks with detail of the best normalised
 * correlation nearby, weighed by detail, 0 to 1. The same scene in another light: above 0.8. Two scenes: around 0.5, since
 * something similar is nearby more often than not. Undefined where neither has detail. Pure.
 */
export function compareStructure(a: SmallPicture, b: SmallPicture): number | undefined {
  // Both ways: what is flat in one picture would otherwise not count.
  const there = searchBlocks(a.half, b.half);
  const back = searchBlocks(b.half, a.half);
  if (there === undefined || back === undefined) return undefined;
  return (there + back) / 2;
}

function searchBlocks(before: Planes, after: Planes): number | undefined {
  const { width, height } = after;
  let sum = 0;
  let weights = 0;
  for (let y = 0; y + blockPx <= height; y += blockPx) {
    for (let x = 0; x + blockPx <= width; x += blockPx) {
      const own = measureBlock(after, x, y);
      if (own.deviation < leastDetail) continue;
      let best = 0;
      for (let dy = -searchPx; dy <= searchPx; dy++) {
        for (let dx = -searchPx; dx <= searchPx; dx++) {
          if (x + dx < 0 || y + dy < 0 || x + dx + blockPx > width || y + dy + blockPx > height) continue;
          best = Math.max(best, correlateBlocks(after, x, y, own, before, x + dx, y + dy));
        }
      }
      const weight = Math.sqrt(own.deviation);
      sum += weight * best;
      weights += weight;
    }
  }
  return weights === 0 ? undefined : sum / weights;
}

type BlockMeasure = { readonly mean: number; readonly deviation: number };

function measureBlock({ width, planes }: Planes, x: number, y: number): BlockMeasure {
  let sum = 0;
  let squares = 0;
  for (let row = 0; row < blockPx; row++) {
    for (let column = 0; column < blockPx; column++) {
      const value = planes[(y + row) * width + x + column]!;
      sum += value;
      squares += value * value;
    }
  }
  const mean = sum / blockPx ** 2;
  return { mean, deviation: Math.sqrt(Math.max(0, squares / blockPx ** 2 - mean * mean)) };
}

function correlateBlocks(
  a: Planes,
  ax: number,
  ay: number,
  own: BlockMeasure,
  b: Planes,
  bx: number,
  by: number,
): number {
  let sum = 0;
  let squares = 0;
  let products = 0;
  for (let row = 0; row < blockPx; row++) {
    let at = (ay + row) * a.width + ax;
    let other = (by + row) * b.width + bx;
    for (let column = 0; column < blockPx; column++, at++, other++) {
      const value = b.planes[other]!;
      sum += value;
      squares += value * value;
      products += value * a.planes[at]!;
    }
  }
  const count = blockPx ** 2;
  const mean = sum / count;
  const deviation = Math.sqrt(Math.max(0, squares / count - mean * mean));
  if (deviation < 0.5) return 0;
  return (products / count - mean * own.mean) / (deviation * own.deviation);
}
