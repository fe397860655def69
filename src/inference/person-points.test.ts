import { describe, expect, it } from 'vitest';
import { findHeads } from './person-points.ts';

/** A grid of 24 × 16 cells of 4 × 4 px. */
const grid = { columns: 24, rows: 16, cellWidth: 4, cellHeight: 4 };
const cells = grid.columns * grid.rows;

type MadeBody = {
  readonly score: number;
  /** The cell of its middle. */
  readonly at: readonly [column: number, row: number];
  /** Points by number: a cell, and how sure. */
  readonly points: Readonly<Record<number, readonly [column: number, row: number, score: number]>>;
};

/** What the model would give for bodies: each point in its cell's upper left corner, offsets of half a cell. */
function makeMaps(bodies: readonly MadeBody[]) {
  const maps = {
    centers: new Float32Array(cells),
    points: new Float32Array(cells * 17),
    regress: new Float32Array(cells * 34),
    offsets: new Float32Array(cells * 34).fill(0.5),
  };
  for (const { score, at, points } of bodies) {
    const middle = at[1] * grid.columns + at[0];
    maps.centers[middle] = score;
    // What is beside a middle is a little less sure, and no middle.
    maps.centers[middle + 1] = 0.95 * score;
    for (const [index, [column, row, sure]] of Object.entries(points)) {
      maps.points[(row * grid.columns + column) * 17 + Number(index)] = sure;
      maps.regress[middle * 34 + Number(index) * 2] = row - at[1];
      maps.regress[middle * 34 + Number(index) * 2 + 1] = column - at[0];
    }
  }
  return maps;
}

/** Seen from behind: shoulders and hips, no features. */
const behind = (column: number, shoulders = 0.7, score = 0.8): MadeBody => ({
  score,
  at: [column, 9],
  points: {
    5: [column + 2, 6, shoulders],
    6: [column - 2, 6, shoulders],
    11: [column, 13, 0.6],
    12: [column, 13, 0.6],
  },
});

describe('heads', () => {
  it('are above the shoulders where no feature is seen, as large as the body says', () => {
    const [head, ...others] = findHeads(makeMaps([behind(8)]), grid);
    expect(others).toEqual([]);
    // Shoulders 16 px apart, hips 28 px below them: 0.42 × 28 px tall.
    expect(head!.score).toBeCloseTo(0.8);
    expect(head!.height).toBeCloseTo(11.76, 1);
    expect(head!.width / head!.height).toBeCloseTo(0.78);
    expect(head!.x + head!.width / 2).toBeCloseTo(34);
    expect(head!.y + head!.height / 2).toBeCloseTo(26 - 0.95 * 11.76, 1);
  });

  it('are about their features where these are seen', () => {
    const body = behind(8);
    const seen = { ...body, points: { ...body.points, 0: [10, 3, 0.9], 1: [10, 2, 0.2] } } satisfies MadeBody;
    const [head] = findHeads(makeMaps([seen]), grid);
    expect(head!.x + head!.width / 2).toBeCloseTo(42);
    expect(head!.y + head!.height / 2).toBeCloseTo(14);
  });

  it('are out of the picture where the body is cut off at its neck', () => {
    const low: MadeBody = { score: 0.8, at: [8, 4], points: { 5: [11, 0, 0.7], 6: [5, 0, 0.7] } };
    const [head] = findHeads(makeMaps([low]), grid);
    expect(head!.y + head!.height / 2).toBeLessThan(0);
    expect(head!.x + head!.width / 2).toBeCloseTo(34);
  });

  it('of two people are two, the surest first', () => {
    const heads = findHeads(makeMaps([behind(5), behind(17, 0.7, 0.9)]), grid);
    expect(heads.map(({ x, width }) => Math.round((x + width / 2) / 4 - 0.5))).toEqual([17, 5]);
  });

  it.for([
    { what: 'a body that is unsure', body: behind(8, 0.7, 0.4) },
    { what: 'one without shoulders', body: behind(8, 0.3) },
  ])('are none of $what', ({ body }) => {
    expect(findHeads(makeMaps([body]), grid)).toEqual([]);
  });

  it('are none of nothing, flat as it is', () => {
    const maps = makeMaps([]);
    expect(findHeads(maps, grid)).toEqual([]);
    // All as sure: one peak at most, and no shoulders.
    maps.centers.fill(0.6);
    expect(findHeads(maps, grid)).toEqual([]);
  });
});
