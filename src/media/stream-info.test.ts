import { expect, test } from 'vitest';
import { isUneven, readRotation, readTags } from './stream-info.ts';

function matrix(a: number, b: number, c: number, d: number): Buffer {
  const bytes = Buffer.alloc(36);
  for (const [index, value] of [a, b, 0, c, d, 0, 0, 0, 1 << 14].entries()) {
    bytes.writeInt32LE(index === 8 ? value : value * 65_536, index * 4);
  }
  return bytes;
}

test('reads the clockwise turn of a display matrix', () => {
  expect(readRotation(null)).toBe(0);
  expect(readRotation(matrix(1, 0, 0, 1))).toBe(0);
  expect(readRotation(matrix(0, 1, -1, 0))).toBe(90);
  expect(readRotation(matrix(-1, 0, 0, -1))).toBe(180);
  expect(readRotation(matrix(0, -1, 1, 0))).toBe(270);
});

test('rounding of a container clock is not a variable rate, dropped frames are', () => {
  const rounded = Array.from({ length: 100 }, (_, index) => Math.round((index * 1000) / 30) / 1000);
  expect(isUneven(rounded)).toBe(false);
  expect(isUneven(rounded.filter((_, index) => index % 4 !== 3))).toBe(true);
  expect(isUneven([])).toBe(false);
});

test('tags come without control characters, cut to length, at most 64', () => {
  const tags = readTags({ title: 'a\u001b[31m\n\tb\u202e ', long: 'x'.repeat(900), '': 'no key' });
  expect(tags).toEqual({ title: 'a [31m b', long: 'x'.repeat(500) });
  expect(
    Object.keys(readTags(Object.fromEntries(Array.from({ length: 99 }, (_, i) => [`k${i}`, 'v'])))),
  ).toHaveLength(64);
});
