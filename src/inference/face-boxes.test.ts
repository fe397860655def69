import { expect, it } from 'vitest';
import { decodeBoxes, keepSurest, overlapOf } from './face-boxes.ts';

const box = (x: number, y: number, side: number, score = 1) => ({ x, y, width: side, height: side, score });

it('measures what two boxes share', () => {
  expect(overlapOf(box(0, 0, 10), box(0, 0, 10))).toBe(1);
  expect(overlapOf(box(0, 0, 10), box(5, 0, 10))).toBeCloseTo(1 / 3);
  expect(overlapOf(box(0, 0, 10), box(10, 0, 10))).toBe(0);
});

it('keeps the surest of boxes that cover each other', () => {
  const kept = keepSurest([box(0, 0, 10, 0.5), box(1, 0, 10, 0.9), box(40, 0, 10, 0.4)], 0.4);
  expect(kept.map(({ score }) => score)).toEqual([0.9, 0.4]);
});

it('puts boxes where their cells are, in a picture that no cell fits into evenly', () => {
  const cells = [{ stride: 16, sizes: [[32, 16]] as const }];
  // Two rows of three cells: the last is sure, and moved by a tenth of its box to the right and as much as it is tall down.
  const scores = new Float32Array(18).fill(-9);
  const boxes = new Float32Array(24);
  scores[5 * 3 + 1] = 2;
  boxes.set([10, 1, 0, 5 * Math.LN2], 20);
  const [found, ...others] = decodeBoxes(cells, { boxes, scores }, { width: 40, height: 20 }, 0.5);
  expect(others).toEqual([]);
  expect(found!.score).toBeCloseTo(0.881, 3);
  expect(found!.width).toBeCloseTo(32);
  expect(found!.height).toBeCloseTo(32);
  expect(found!.x + found!.width / 2).toBeCloseTo(40 + 1.6);
  expect(found!.y + found!.height / 2).toBeCloseTo(24 + 32);
});
