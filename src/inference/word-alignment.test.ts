import { describe, expect, it } from 'vitest';
import { medianFilterRows, mergeHeads, warpRowStarts } from './word-alignment.ts';

/** A matrix whose rows look at the frames given for each, less than on average elsewhere: as after normalising. */
function look(columns: number, ranges: readonly (readonly [number, number])[]) {
  const data = new Float32Array(ranges.length * columns).fill(-1);
  for (const [row, [start, end]] of ranges.entries())
    data.fill(1, row * columns + start, row * columns + end);
  return { rows: ranges.length, columns, data };
}
const negative = <T extends { data: Float32Array }>(matrix: T) => ({
  ...matrix,
  data: matrix.data.map((v) => -v),
});

describe('time warping', () => {
  it('finds where each token begins when attention is a clean staircase', () => {
    const matrix = look(12, [
      [0, 3],
      [3, 4],
      [4, 9],
      [9, 12],
    ]);
    expect([...warpRowStarts(negative(matrix))]).toEqual([0, 3, 4, 9]);
  });

  it('never goes back in time, even where a token looks back', () => {
    const matrix = look(10, [
      [0, 4],
      [6, 8],
      [1, 3],
      [8, 10],
    ]);
    const starts = [...warpRowStarts(negative(matrix))];
    expect(starts).toEqual(starts.toSorted((a, b) => a - b));
    expect(starts[0]).toBe(0);
  });

  it('gives several tokens the same frame where there are more tokens than frames', () => {
    const starts = [...warpRowStarts({ rows: 5, columns: 2, data: new Float32Array(10) })];
    expect(starts.length).toBe(5);
    expect(Math.max(...starts)).toBeLessThan(2);
  });
});

describe('merging heads', () => {
  it('takes away what every token looks at', () => {
    // Every token stares at frame 5; the staircase is ten times weaker.
    const matrix = look(6, [
      [0, 2],
      [2, 4],
      [4, 5],
    ]);
    for (let row = 0; row < 3; row++) {
      for (let column = 0; column < 6; column++) {
        matrix.data[row * 6 + column] = 0.05 * (matrix.data[row * 6 + column]! + 1);
      }
      matrix.data[row * 6 + 5] = 0.9;
    }
    const merged = mergeHeads([matrix, matrix], 1);
    for (let row = 0; row < 3; row++) expect(Math.abs(merged.data[row * 6 + 5]!)).toBeLessThan(0.01);
    expect([...warpRowStarts(negative(merged))].slice(0, 3)).toEqual([0, 2, 4]);
  });

  it('removes a spike that is narrower than half the median', () => {
    const row = Float32Array.of(0, 0, 9, 0, 0, 1, 1, 1, 1, 0);
    expect([...medianFilterRows({ rows: 1, columns: 10, data: row }, 3)]).toEqual([
      0, 0, 0, 0, 0, 1, 1, 1, 1, 1,
    ]);
  });

  it('refuses to merge nothing', () => {
    expect(() => mergeHeads([], 7)).toThrow(RangeError);
  });
});
