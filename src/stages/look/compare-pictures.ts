import type { Planes, SmallPicture } from './small-picture.ts';

/** How two pictures differ. */
export type Difference = {
  /** Mean difference of luma, pixel by pixel, 0 to 255: motion counts. */
  readonly change: number;
  /** Mean difference that is left when each block is looked for nearby in the other picture, 0 to 255 or a little more. */
  readonly residual: number;
  /** Share of the picture whose blocks are found nowhere nearby. */
  readonly unexplained: number;
  /** How unlike light and colours are as a whole, wherever they are: 0 to 1. */
  readonly histogram: number;
};

/** Blocks of so many px of the half-sized picture, looked for so many px around their place (of 48: a sixth of the width). */
const blockPx = 4;
const searchPx = 8;

/** Every place to look at, nearest first. */
const searchOrder = Array.from({ length: (2 * searchPx + 1) ** 2 }, (_, index) => [
  (index % (2 * searchPx + 1)) - searchPx,
  Math.floor(index / (2 * searchPx + 1)) - searchPx,
]).sort((a, b) => Math.hypot(a[0]!, a[1]!) - Math.hypot(b[0]!, b[1]!)) as unknown as readonly (readonly [
  number,
  number,
])[];

/**
 * A block is found nowhere when the best match is off by more than this (mean of luma, of 255), and by more than this share
 * of its own detail: compression and noise leave 1 to 3 in averaged pictures, and edges that lie half a pixel elsewhere a
 * quarter of the detail.
 */
const unexplainedAbove = 4;
const unexplainedDetail = 0.35;

/** Colours count half as much as light. */
const chromaWeight = 0.5;

/** Compares two pictures of one size. Pure. */
export function comparePictures(before: SmallPicture, after: SmallPicture): Difference {
  const { residual, unexplained } = compareMoved(before.half, after.half);
  return {
    change: meanChange(before, after),
    residual,
    unexplained,
    histogram: compareHistograms(before, after),
  };
}

/** Mean difference of luma, 0 to 255. */
export function meanChange(before: SmallPicture, after: SmallPicture): number {
  const count = before.width * before.height;
  let sum = 0;
  for (let index = 0; index < count; index++) {
    sum += Math.abs(before.planes[index]! - after.planes[index]!);
  }
  return sum / count;
}

function compareHistograms(before: SmallPicture, after: SmallPicture): number {
  let sum = 0;
  for (let index = 0; index < before.histogram.length; index++) {
    sum += Math.abs(before.histogram[index]! - after.histogram[index]!);
  }
  // Both halves of the histogram hold a thousand, and what one bin loses another wins.
  return sum / 4000;
}

function compareMoved(before: Planes, after: Planes): { residual: number; unexplained: number } {
  const { width, height } = after;
  let blocks = 0;
  let residuals = 0;
  let unexplained = 0;
  let lastX = 0;
  let lastY = 0;
  for (let y = 0; y + blockPx <= height; y += blockPx) {
    for (let x = 0; x + blockPx <= width; x += blockPx) {
      const detail = blockDetail(after, x, y);
      const goodEnough = 0.8 + 0.08 * detail;
      let best = blockDistance(before, after, x, y, 0, 0, Number.POSITIVE_INFINITY);
      let bestX = 0;
      let bestY = 0;
      // Neighbours move alike; then everything nearby, from the inside out.
      for (let index = -1; index < searchOrder.length && best > goodEnough; index++) {
        const dx = index < 0 ? lastX : searchOrder[index]![0];
        const dy = index < 0 ? lastY : searchOrder[index]![1];
        if (x + dx < 0 || y + dy < 0 || x + dx + blockPx > width || y + dy + blockPx > height) continue;
        const distance = blockDistance(before, after, x, y, dx, dy, best);
        if (distance < best) {
          best = distance;
          bestX = dx;
          bestY = dy;
        }
      }
      lastX = bestX;
      lastY = bestY;
      blocks += 1;
      residuals += best;
      if (best > unexplainedAbove + unexplainedDetail * detail) unexplained += 1;
    }
  }
  return blocks === 0
    ? { residual: 0, unexplained: 0 }
    : { residual: residuals / blocks, unexplained: unexplained / blocks };
}

/** Mean deviation of a block from its mean: what a flat guess would leave. */
function blockDetail({ width, planes }: Planes, x: number, y: number): number {
  let sum = 0;
  for (let row = 0; row < blockPx; row++) {
    for (let column = 0; column < blockPx; column++) sum += planes[(y + row) * width + x + column]!;
  }
  const mean = sum / (blockPx * blockPx);
  let deviation = 0;
  for (let row = 0; row < blockPx; row++) {
    for (let column = 0; column < blockPx; column++) {
      deviation += Math.abs(planes[(y + row) * width + x + column]! - mean);
    }
  }
  return deviation / (blockPx * blockPx);
}

function blockDistance(
  before: Planes,
  after: Planes,
  x: number,
  y: number,
  dx: number,
  dy: number,
  enough: number,
): number {
  const { width, height } = after;
  const count = width * height;
  const limit = enough * blockPx * blockPx;
  let sum = 0;
  for (let row = 0; row < blockPx; row++) {
    let at = (y + row) * width + x;
    let from = (y + row + dy) * width + x + dx;
    for (let column = 0; column < blockPx; column++, at++, from++) {
      sum += Math.abs(after.planes[at]! - before.planes[from]!);
      sum +=
        chromaWeight *
        (Math.abs(after.planes[count + at]! - before.planes[count + from]!) +
          Math.abs(after.planes[2 * count + at]! - before.planes[2 * count + from]!));
    }
    if (sum > limit) return Number.POSITIVE_INFINITY;
  }
  return sum / (blockPx * blockPx);
}
