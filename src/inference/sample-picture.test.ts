import { expect, it } from 'vitest';
import { fromSquare, resizePicture, sampleSquare, type Picture } from './sample-picture.ts';

/** Red is the column, green the row, times ten. */
function makeRamp(width: number, height: number): Picture {
  const data = new Uint8Array(width * height * 3);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      data.set([column * 10, row * 10, 0], (row * width + column) * 3);
    }
  }
  return { width, height, data };
}

it('cuts a square out as it is', () => {
  const square = { centerX: 4, centerY: 6, side: 4, turn: 0 };
  const cut = sampleSquare(makeRamp(16, 16), square, 4);
  expect([...cut.subarray(0, 3)]).toEqual([20, 40, 0]);
  expect([...cut.subarray(45, 48)]).toEqual([50, 70, 0]);
});

it('turns a square upright, and finds its points again in the picture', () => {
  const square = { centerX: 8, centerY: 8, side: 8, turn: Math.PI / 2 };
  const cut = sampleSquare(makeRamp(16, 16), square, 8);
  // What lies to the right in the square lies below in the picture.
  const point = fromSquare(square, 8, { x: 6.5, y: 4.5 });
  expect(point.x).toBeCloseTo(7.5);
  expect(point.y).toBeCloseTo(10.5);
  expect([...cut.subarray((4 * 8 + 6) * 3, (4 * 8 + 6) * 3 + 2)]).toEqual([70, 100]);
});

it('is black beyond the edge', () => {
  const cut = sampleSquare(makeRamp(4, 4), { centerX: -10, centerY: -10, side: 4, turn: 0 }, 4);
  expect(Math.max(...cut)).toBe(0);
});

it('takes a picture of one pixel, and one of one row', () => {
  const square = { centerX: 0.5, centerY: 0.5, side: 2, turn: 0 };
  expect(sampleSquare(makeRamp(1, 1), square, 4).length).toBe(48);
  expect(resizePicture(makeRamp(16, 1), 8, 2).data.length).toBe(48);
});

it('blends the nearest pixels of another size', () => {
  const twice = resizePicture(makeRamp(4, 2), 8, 4);
  expect([twice.width, twice.height]).toEqual([8, 4]);
  const reds = Array.from({ length: 8 }, (_, column) => twice.data[column * 3]);
  expect(reds).toEqual([0, 3, 8, 13, 18, 23, 28, 30]);
  const half = resizePicture(makeRamp(4, 2), 2, 1);
  expect([...half.data]).toEqual([5, 5, 0, 25, 5, 0]);
});
