import { describe, expect, test } from 'vitest';
import { designRuns, designSizes } from './design.ts';

const all = designSizes.flatMap((count) =>
  Array.from({ length: count - 1 }, (_, index) => [index + 1, count] as const),
);

describe('a design', () => {
  test.each(all)(
    'of %i factors in %i variations is balanced, and no two factors go together',
    (factors, count) => {
      const { runs } = designRuns(factors, count);
      expect(runs.length).toBeLessThanOrEqual(count);
      expect(runs[0]).toEqual(Array.from({ length: factors }, () => false));
      expect(new Set(runs.map((run) => run.join())).size).toBe(runs.length);
      const sign = (run: readonly boolean[], factor: number) => (run[factor] === true ? 1 : -1);
      const sum = (of: (run: readonly boolean[]) => number) =>
        runs.reduce((total, run) => total + of(run), 0);
      for (let one = 0; one < factors; one++) {
        expect(sum((run) => sign(run, one))).toBe(0);
        for (let other = 0; other < one; other++)
          expect(sum((run) => sign(run, one) * sign(run, other))).toBe(0);
      }
    },
  );

  // Box, Hunter and Hunter, table 6.22: the highest resolution of 2^(k-p) designs.
  test.each([
    [2, 4, undefined],
    [3, 4, 3],
    [3, 8, undefined],
    [4, 8, 4],
    [5, 8, 3],
    [7, 8, 3],
    [4, 16, undefined],
    [5, 16, 5],
    [6, 16, 4],
    [8, 16, 4],
    [9, 16, 3],
  ])('of %i factors in %i variations has the resolution of the tables', (factors, count, resolution) => {
    expect(designRuns(factors, count).resolution).toBe(resolution);
  });

  test('tells which pairs look like a factor, and those do in its runs', () => {
    const { runs, aliases } = designRuns(7, 8);
    expect(aliases.map((pairs) => pairs.length)).toEqual([3, 3, 3, 3, 3, 3, 3]);
    for (const [factor, pairs] of aliases.entries()) {
      for (const [one, other] of pairs) {
        const isSame = runs.map((run) => (run[one] !== run[other]) === run[factor]);
        expect(new Set(isSame).size).toBe(1);
      }
    }
    expect(designRuns(4, 8).aliases).toEqual([[], [], [], []]);
  });

  test('of other sizes, or for more factors than it has room for, is refused with what to do', () => {
    expect(() => designRuns(2, 6)).toThrow(
      expect.objectContaining({ code: 'input.count', hint: expect.stringContaining('8') as string }) as Error,
    );
    expect(() => designRuns(4, 4)).toThrow(
      expect.objectContaining({ code: 'input.too_many_factors' }) as Error,
    );
  });
});
