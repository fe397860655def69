import { PatternPivotError } from '../../domain/errors.ts';

/**
 * Which variations are made so that the effect of each factor can be told from those of the others: regular two-level fractional
 * factorial designs (Box, Hunter and Hunter, "Statistics for Experimenters", chapters 5 and 6). Pure.
 */

/** How many variations a design may have: its columns are balanced and orthogonal for powers of two alone. */
export const designSizes = [2, 4, 8, 16] as const;

/** A design for some factors, by their place in a list. */
export type Design = {
  /** A row a variation, a value a factor: whether it has its other level. The first row is the original: all false. */
  readonly runs: readonly (readonly boolean[])[];
  /**
   * What an effect is mixed up with at least: 3 with the joint effect of two factors, 4 with that of three, and so on; undefined where
   * every combination is made, so that nothing is mixed up.
   */
  readonly resolution: number | undefined;
  /** Of each factor the pairs of others whose joint effect looks like its own. */
  readonly aliases: readonly (readonly (readonly [number, number])[])[];
};

/**
 * The design of `count` variations for `factorCount` factors, of the highest resolution. Factors that come first in the list share what
 * they change: where the resolution does not suffer, as few combinations of the first ones as can be are made. With few factors there are
 * fewer different variations than asked for, and as many are made.
 * @throws input.count when `count` is none of {@link designSizes}, input.too_many_factors when it has no room for so many
 */
export function designRuns(factorCount: number, count: number): Design {
  if (!designSizes.some((size) => size === count)) {
    throw new PatternPivotError('input.count', `A balanced set has 2, 4, 8 or 16 variations, not ${count}.`, {
      hint: `Ask for ${designSizes.find((size) => size > count) ?? 16} (--count).`,
      context: { count },
    });
  }
  if (factorCount > count - 1 || factorCount < 1) {
    throw new PatternPivotError(
      'input.too_many_factors',
      `${count} variations tell at most ${count - 1} factors apart, not ${factorCount}.`,
      { hint: 'Ask for more variations (--count), or for fewer factors (--factors).' },
    );
  }
  const bits = Math.min(Math.log2(count), factorCount);
  const columns = chooseColumns(factorCount, bits);
  return {
    runs: Array.from({ length: 2 ** bits }, (_, row) => columns.map((column) => isOdd(row & column))),
    resolution: shortestWord(columns),
    aliases: columns.map((column, own) => findAliases(columns, column, own)),
  };
}

/** Columns are sets of basic ones, a bit each: 3 is the product of the first two. */
function chooseColumns(factorCount: number, bits: number): number[] {
  const basis = Array.from({ length: bits }, (_, bit) => 1 << bit);
  if (factorCount === bits) return basis;
  // One generator that holds all basic columns has the longest word there can be.
  if (factorCount === bits + 1) return [...basis, 2 ** bits - 1];
  const all = Array.from({ length: 2 ** bits - 1 }, (_, index) => index + 1);
  // Products of one or three: no two of them multiply to a third, so the resolution is 4.
  const odd = all.filter((column) => isOdd(column));
  const longer = odd.filter((column) => !basis.includes(column));
  if (factorCount <= odd.length) return [...basis, ...longer].slice(0, factorCount);
  // Counted up, the first three span four combinations, the first seven eight.
  return all.slice(0, factorCount);
}

function isOdd(bits: number): boolean {
  let odd = false;
  for (let rest = bits; rest > 0; rest &= rest - 1) odd = !odd;
  return odd;
}

/** The fewest columns whose product is nothing: the resolution. */
function shortestWord(columns: readonly number[]): number | undefined {
  let shortest: number | undefined;
  for (let chosen = 1; chosen < 2 ** columns.length; chosen++) {
    let product = 0;
    let length = 0;
    for (const [index, column] of columns.entries()) {
      if ((chosen & (1 << index)) === 0) continue;
      product ^= column;
      length += 1;
    }
    if (product === 0 && (shortest === undefined || length < shortest)) shortest = length;
  }
  return shortest;
}

function findAliases(columns: readonly number[], column: number, own: number): [number, number][] {
  return columns.flatMap((one, first) =>
    columns.flatMap((other, second): [number, number][] =>
      second > first && first !== own && second !== own && (one ^ other) === column ? [[first, second]] : [],
    ),
  );
}
