import { expect, it } from 'vitest';
import { findLoop, maxTokens } from './repetition.ts';

const repeat = (group: readonly number[], times: number) => Array.from({ length: times }, () => group).flat();

it('keeps what people do say several times', () => {
  expect(findLoop([])).toBeUndefined();
  expect(findLoop([5, ...repeat([7], 4), 8])).toBeUndefined();
  expect(findLoop(repeat([7, 8], 5))).toBeUndefined();
  expect(findLoop(repeat([1, 2, 3, 4, 5, 6], 3))).toBeUndefined();
});

it('finds a loop of one token, of a few and of a whole phrase, and keeps two turns of it', () => {
  expect(findLoop([9, 9, ...repeat([7], 8)])).toBe(4);
  expect(findLoop([1, 2, ...repeat([3, 4, 5], 6)])).toBe(2 + 6);
  const phrase = [10, 11, 12, 13, 14, 15, 16];
  expect(findLoop([1, ...repeat(phrase, 4)])).toBe(1 + 14);
});

it('finds a loop of a longer group although too few tokens were said for many turns of a shorter one', () => {
  expect(findLoop(repeat([1, 2, 3, 4, 5, 6], 4))).toBe(12);
});

it('does not call a loop what has ended', () => {
  expect(findLoop([...repeat([7], 8), 1, 2])).toBeUndefined();
});

it('allows about six and a half tokens a second', () => {
  expect(maxTokens(0)).toBe(4);
  expect(maxTokens(10_000)).toBe(69);
  expect(maxTokens(30_000)).toBe(199);
});
