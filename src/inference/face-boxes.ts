import type { Weight } from './flat-weights.ts';
import { finderBoxesPerCell, finderStrides } from './face-finder-graph.ts';

/** From what the detector gives to boxes of faces: pure. */

/** A box with how sure it is, in px of the picture that was looked at. */
export type ScoredBox = { x: number; y: number; width: number; height: number; score: number };

/** The sizes of boxes at a cell of one grid, in px: height and width. */
type CellBoxes = { readonly stride: number; readonly sizes: readonly (readonly [number, number])[] };

/** The side of the picture, in px, for which the model's list of boxes was made. */
const trainedSide = 512;

/** What an encoded place and an encoded size are divided by: `faster_rcnn_box_coder` of TensorFlow's object detection. */
const placeScale = 10;
const sizeScale = 5;

/** Reads which boxes the model proposes at a cell, from its list for a picture of 512 × 512. */
export function readCellBoxes({ data }: Weight): CellBoxes[] {
  let first = 0;
  return finderStrides.map((stride, grid) => {
    const perCell = finderBoxesPerCell[grid]!;
    const sizes = Array.from({ length: perCell }, (_, box) => {
      const [top, left, bottom, right] = data.subarray((first + box) * 4, (first + box) * 4 + 4);
      return [(bottom! - top!) * trainedSide, (right! - left!) * trainedSide] as const;
    });
    first += perCell * (trainedSide / stride) ** 2;
    return { stride, sizes };
  });
}

/** Every box at least `minScore` sure, for a picture of this size. */
export function decodeBoxes(
  cells: readonly CellBoxes[],
  { boxes, scores }: { boxes: Float32Array; scores: Float32Array },
  { width, height }: { width: number; height: number },
  minScore: number,
): ScoredBox[] {
  const found: ScoredBox[] = [];
  // The score is a sigmoid of the second number: the first is "nothing", the third another class that is never there.
  const least = Math.log(minScore / (1 - minScore));
  let index = 0;
  for (const { stride, sizes } of cells) {
    const rows = Math.ceil(height / stride);
    const columns = Math.ceil(width / stride);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        for (const [cellHeight, cellWidth] of sizes) {
          const logit = scores[index * 3 + 1]!;
          if (logit >= least) {
            const at = index * 4;
            const centerY = (row + 0.5) * stride + (boxes[at]! / placeScale) * cellHeight;
            const centerX = (column + 0.5) * stride + (boxes[at + 1]! / placeScale) * cellWidth;
            const boxHeight = Math.exp(boxes[at + 2]! / sizeScale) * cellHeight;
            const boxWidth = Math.exp(boxes[at + 3]! / sizeScale) * cellWidth;
            found.push({
              x: centerX - boxWidth / 2,
              y: centerY - boxHeight / 2,
              width: boxWidth,
              height: boxHeight,
              score: 1 / (1 + Math.exp(-logit)),
            });
          }
          index += 1;
        }
      }
    }
  }
  return found;
}

/** How much two boxes share: what both cover over what either covers, 0 to 1. */
export function overlapOf(
  a: { x: number; y: number; width: number; height: number },
  b: { x: number; y: number; width: number; height: number },
): number {
  const across = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const down = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  if (across <= 0 || down <= 0) return 0;
  const shared = across * down;
  return shared / (a.width * a.height + b.width * b.height - shared);
}

/** The surest of boxes that cover each other, the surest first. */
export function keepSurest<T extends ScoredBox>(boxes: readonly T[], maxOverlap: number): T[] {
  const kept: T[] = [];
  for (const box of boxes.toSorted((a, b) => b.score - a.score)) {
    if (kept.every((other) => overlapOf(other, box) <= maxOverlap)) kept.push(box);
  }
  return kept;
}
