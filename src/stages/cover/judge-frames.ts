import type { SeenFace } from '../../inference/face-finder.ts';
import type { RgbPicture } from './read-ppm.ts';

/** What makes a picture a thumbnail, beside its sharpness: a face that looks at the viewer and says something. Pure. */

/** A face that is this tall, as a share of the picture's shorter side, is as large as need be. */
const wantedFaceShare = 0.3;

/** Lips so far apart, over the mouth's width, speak or laugh. */
const wantedMouthOpen = 0.3;

/** How good the faces of a picture are, 0 to 1, and why. Without a face 0. Blinks cannot be told. */
export function scoreFaces(
  faces: readonly SeenFace[],
  { width, height }: Pick<RgbPicture, 'width' | 'height'>,
): { readonly score: number; readonly reasons: readonly string[] } {
  const largest = faces.toSorted((a, b) => b.height - a.height)[0];
  if (largest === undefined) return { score: 0, reasons: [] };
  const share = largest.height / Math.min(width, height);
  const size = Math.min(1, share / wantedFaceShare);
  const isFrontal = largest.eyeLeft !== undefined && largest.eyeRight !== undefined;
  const expression = Math.min(1, (largest.mouthOpen ?? 0) / wantedMouthOpen);
  const isWhole =
    largest.x >= 0 &&
    largest.y >= 0 &&
    largest.x + largest.width <= width &&
    largest.y + largest.height <= height;
  const score = (isWhole ? 1 : 0.6) * (0.35 * size + 0.35 * (isFrontal ? 1 : 0) + 0.3 * expression);
  const looks = isFrontal ? 'both eyes seen' : 'seen from the side';
  const mouth = expression >= 0.5 ? ', its mouth open' : '';
  const percent = Math.round((100 * largest.height) / height);
  return { score, reasons: [`A face as tall as ${percent} % of the picture, ${looks}${mouth}.`] };
}

/** Side of the grid on which pictures are compared. */
const grid = 16;

/** The mean brightness of each cell of a grid. */
export function frameMeans({ width, height, data }: RgbPicture): Float32Array {
  const sums = new Float32Array(grid * grid);
  const counts = new Float32Array(grid * grid);
  for (let y = 0; y < height; y++) {
    const row = Math.floor((y * grid) / height) * grid;
    for (let x = 0; x < width; x++) {
      const cell = row + Math.floor((x * grid) / width);
      const at = (y * width + x) * 3;
      sums[cell]! += data[at]! + data[at + 1]! + data[at + 2]!;
      counts[cell]! += 3;
    }
  }
  return sums.map((sum, cell) => sum / Math.max(1, counts[cell]!));
}

/** How alike two pictures are by their means: their correlation, 1 for the same. */
export function likeness(a: Float32Array, b: Float32Array): number {
  const meanOf = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanA, meanB] = [meanOf(a), meanOf(b)];
  let [product, squareA, squareB] = [0, 0, 0];
  for (const [index, value] of a.entries()) {
    const [fromA, fromB] = [value - meanA, b[index]! - meanB];
    product += fromA * fromB;
    squareA += fromA ** 2;
    squareB += fromB ** 2;
  }
  // Two flat pictures are alike.
  if (squareA < 1 || squareB < 1) return Math.abs(meanA - meanB) < 8 ? 1 : 0;
  return product / Math.sqrt(squareA * squareB);
}

/** The first `count` of a list, each apart from those before it. */
export function pickApart<T>(sorted: readonly T[], count: number, areApart: (a: T, b: T) => boolean): T[] {
  const picked: T[] = [];
  for (const one of sorted) {
    if (picked.length >= count) break;
    if (picked.every((other) => areApart(one, other))) picked.push(one);
  }
  return picked;
}
