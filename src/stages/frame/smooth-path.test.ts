import { describe, expect, it } from 'vitest';
import { smoothPath, type PathStep } from './smooth-path.ts';

/** A subject whose middle is at `middle`: held within a quarter of a crop, standing well within a tenth. */
const stepsOf = (middles: readonly number[]): PathStep[] =>
  middles.map((middle) => ({
    least: middle - 0.25,
    most: middle + 0.25,
    from: middle - 0.1,
    to: middle + 0.1,
  }));

const changes = (path: readonly number[]) => path.slice(1).map((value, index) => value - path[index]!);

describe('smoothPath', () => {
  it('stands exactly still while the subject only sways', () => {
    const path = smoothPath(stepsOf(Array.from({ length: 200 }, (_, at) => 2 + 0.08 * Math.sin(at / 9))), 25);
    expect(new Set(path).size).toBe(1);
    expect(path[0]).toBeCloseTo(2, 1);
  });

  it('goes over to a new place in one eased move, and stands still before and after it', () => {
    const middles = Array.from({ length: 250 }, (_, at) =>
      at < 100 ? 1 : at < 125 ? 1 + (at - 100) / 25 : 2,
    );
    const moves = changes(smoothPath(stepsOf(middles), 25));
    expect(moves.every((move) => move > -0.004)).toBe(true);
    const moving = moves.flatMap((move, at) => (Math.abs(move) > 0.0005 ? [at] : []));
    expect(moving[0]).toBeGreaterThan(60);
    expect(moving.at(-1)).toBeLessThan(170);
    // No start or stop with a jerk: the speed changes little from frame to frame.
    expect(Math.max(...changes(moves).map(Math.abs))).toBeLessThan(0.012);
  });

  it('follows somebody who walks at an even speed, far steadier than they walk', () => {
    const walk = Array.from({ length: 300 }, (_, at) => 1 + at / 60 + 0.03 * Math.sin(at * 1.1));
    const path = smoothPath(stepsOf(walk), 25);
    const shake = (list: readonly number[]) =>
      changes(changes(changes(list))).reduce((sum, jerk) => sum + Math.abs(jerk), 0);
    expect(shake(path)).toBeLessThan(0.05 * shake(walk));
    for (const [at, value] of path.entries()) expect(Math.abs(value - walk[at]!)).toBeLessThan(0.27);
  });

  it('waits where nothing is asked of it, and copes with no step and with one', () => {
    const open: PathStep = { least: 0, most: 5, from: 0, to: 5 };
    const path = smoothPath([...stepsOf([1, 1, 1]), open, open, open, ...stepsOf([1, 1])], 25);
    expect(new Set(path).size).toBe(1);
    expect(smoothPath([], 25)).toEqual([]);
    expect(smoothPath(stepsOf([3]), 25)).toEqual([3]);
  });
});
