import { createDice } from '../compose/dice.ts';

/** Every set of `size` out of `count` things exactly once, in an order that a seed gives. Nothing of it is held in memory. */
export type ShuffledSets = {
  /** How many there are. */
  readonly total: bigint;
  /** The set at a place, 0 to `total` − 1: indices of its things, rising. */
  at(place: bigint): readonly number[];
};

/** How many sets of `size` there are of `count` things. */
export function countSets(count: number, size: number): bigint {
  if (size < 0 || size > count) return 0n;
  let sets = 1n;
  for (let taken = 1; taken <= size; taken++) sets = (sets * BigInt(count - size + taken)) / BigInt(taken);
  return sets;
}

/**
 * Shuffles all sets: place p is set number (p·step + start) mod total, which meets each once where step and total have no
 * common divisor, so that it is known when there are no more. A place costs a few hundred additions, however many sets there are.
 */
export function shuffleSets(count: number, size: number, seed: number): ShuffledSets {
  const total = countSets(count, size);
  const dice = createDice(seed, `sets ${count} ${size}`);
  const start = total === 0n ? 0n : randomBelow(total, dice.roll);
  const step = total < 3n ? 1n : findStep(total, dice.roll);
  return { total, at: (place) => unrank((place * step + start) % total, count, size) };
}

function randomBelow(bound: bigint, roll: () => number): bigint {
  let value = 0n;
  // Eight bytes more than needed: the remainder is as good as even.
  for (let bits = bound.toString(2).length + 64; bits > 0; bits -= 32)
    value = (value << 32n) | BigInt(Math.floor(roll() * 2 ** 32));
  return value % bound;
}

/** Far from 0 and from the total, so that neighbours are not alike. */
function findStep(total: bigint, roll: () => number): bigint {
  let step = total / 4n + randomBelow(total / 2n + 1n, roll);
  while (step === 0n || greatestDivisor(step, total) !== 1n) step += 1n;
  return step % total === 0n ? 1n : step % total;
}

function greatestDivisor(one: bigint, other: bigint): bigint {
  return other === 0n ? one : greatestDivisor(other, one % other);
}

/** The set of a number in the order of words: {0,1,2}, {0,1,3} … */
function unrank(number: bigint, count: number, size: number): number[] {
  const set: number[] = [];
  let rest = number;
  for (let candidate = 0; set.length < size && candidate < count; candidate++) {
    const withIt = countSets(count - candidate - 1, size - set.length - 1);
    if (rest < withIt) set.push(candidate);
    else rest -= withIt;
  }
  return set;
}
