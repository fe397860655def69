import { describe, expect, it } from 'vitest';
import { alikeSets, bestSets } from './best-sets.ts';
import { countSets, shuffleSets } from './shuffled-sets.ts';

describe('Shuffled sets', () => {
  it('meet every set exactly once, whatever the seed', () => {
    for (const [count, size] of [
      [2, 2],
      [5, 2],
      [7, 3],
      [9, 4],
      [12, 12],
    ] as const) {
      for (const seed of [0, 1, 42]) {
        const { total, at } = shuffleSets(count, size, seed);
        const sets = Array.from({ length: Number(total) }, (_, place) => at(BigInt(place)));
        expect(new Set(sets.map(String)).size).toBe(Number(countSets(count, size)));
        for (const set of sets) {
          expect(set).toHaveLength(size);
          expect(set).toEqual([...new Set(set)].toSorted((a, b) => a - b));
          expect(Math.max(...set)).toBeLessThan(count);
        }
      }
    }
  });

  it('come in another order with another seed, and in the same with the same', () => {
    const first = (seed: number) =>
      Array.from({ length: 20 }, (_, place) => String(shuffleSets(50, 3, seed).at(BigInt(place))));
    expect(first(7)).toEqual(first(7));
    expect(first(7)).not.toEqual(first(8));
  });

  it('use all things about as often as each other from the start', () => {
    const uses = Array.from({ length: 30 }, () => 0);
    const { at } = shuffleSets(30, 3, 3);
    for (let place = 0n; place < 400n; place++) for (const thing of at(place)) uses[thing]! += 1;
    expect(Math.min(...uses)).toBeGreaterThan(20);
    expect(Math.max(...uses)).toBeLessThan(60);
  });

  it('take no time where there are more than could be listed', () => {
    const { total, at } = shuffleSets(5000, 12, 1);
    expect(total).toBeGreaterThan(10n ** 30n);
    expect(at(total - 1n)).toHaveLength(12);
    expect(shuffleSets(2, 3, 1).total).toBe(0n);
  });
});

/** All sets of things, by trying. */
function allSets(count: number, size: number): number[][] {
  return Array.from({ length: 2 ** count }, (_, bits) =>
    Array.from({ length: count }, (_unused, at) => at).filter((at) => (bits >> at) & 1),
  ).filter((set) => set.length === size);
}

describe('The best sets', () => {
  it('come in the order of what they are worth, each once', () => {
    const scores = [3, 9, -1, 4, 4, 0.5, 7];
    const found = [...bestSets(scores, 3)];
    const worth = (set: readonly number[]) => set.reduce((sum, at) => sum + scores[at]!, 0);
    expect(found.map(({ score }) => score)).toEqual(
      allSets(7, 3)
        .map(worth)
        .toSorted((a, b) => b - a),
    );
    expect(new Set(found.map(({ indices }) => String(indices))).size).toBe(35);
    for (const { indices, score } of found) expect(worth(indices)).toBeCloseTo(score);
    expect([...bestSets(scores, 8)]).toEqual([]);
  });

  it('are found one after the other among very many things', () => {
    const sets = bestSets(
      Array.from({ length: 5000 }, (_, at) => -at),
      5,
    );
    expect(sets.next().value).toEqual({ indices: [0, 1, 2, 3, 4], score: -10 });
    expect(sets.next().value).toEqual({ indices: [0, 1, 2, 3, 5], score: -11 });
  });

  it('are those of things that are alike, and in the end all', () => {
    const places = [0, 0.1, 5, 5.2, 5.1, 11];
    const sets = [...alikeSets(6, 3, (a, b) => -Math.abs(places[a]! - places[b]!))];
    expect(sets[0]?.indices).toEqual([2, 3, 4]);
    expect(new Set(sets.map(({ indices }) => String(indices))).size).toBe(20);
    expect(sets.map(({ score }) => score)).toEqual(sets.map(({ score }) => score).toSorted((a, b) => b - a));
  });
});
