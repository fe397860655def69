import type { PictureDetail } from '../../domain/shot.ts';
import type { SmallFrame } from '../../media/open-frames.ts';

/** Where in a picture there is something to see. Pure. */

const columns = 16;
const rows = 9;

/** Steps of luma from one pixel to the next, across and down together: soft ones, hard ones, and those that count as detail. */
const softStep = { from: 6, to: 32 };
const hardStep = 48;
const detailStep = 20;

/** A cell of which this share is detail is as full as text makes it. */
const fullCell = 0.3;

/** Measures a picture of RGB pixels, about 640 px wide. */
export function measureDetail({ frame, data, width, height }: SmallFrame): PictureDetail {
  const luma = new Uint8Array(width * height);
  const tones = new Uint32Array(64);
  for (let index = 0; index < luma.length; index += 1) {
    // ITU-R BT.601.
    luma[index] = 0.299 * data[3 * index]! + 0.587 * data[3 * index + 1]! + 0.114 * data[3 * index + 2]!;
    tones[luma[index]! >> 2]! += 1;
  }
  const details = new Uint32Array(columns * rows);
  const sizes = new Uint32Array(columns * rows);
  let soft = 0;
  let hard = 0;
  for (let y = 0; y < height - 1; y += 1) {
    const row = Math.floor((y * rows) / height) * columns;
    for (let x = 0; x < width - 1; x += 1) {
      const at = y * width + x;
      const step = Math.abs(luma[at + 1]! - luma[at]!) + Math.abs(luma[at + width]! - luma[at]!);
      const cell = row + Math.floor((x * columns) / width);
      sizes[cell]! += 1;
      if (step > detailStep) details[cell]! += 1;
      if (step > hardStep) hard += 1;
      else if (step > softStep.from && step <= softStep.to) soft += 1;
    }
  }
  const frequent = tones.toSorted().slice(-2);
  return {
    frame,
    edges: hard === 0 ? 0 : round(hard / (hard + soft)),
    plain: round((frequent[0]! + frequent[1]!) / luma.length),
    cells: Array.from(details, (count, cell) =>
      Math.round(255 * Math.min(1, count / Math.max(1, sizes[cell]!) / fullCell)),
    ),
  };
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
