import { expect, it } from 'vitest';
import { judgeDuplicates, type FilmPrint } from './duplicate-findings.ts';
import { comparePictures, hashFrame } from './print-picture.ts';

/** A grey picture of 36 × 64: a gradient with something in it, lightened and shifted a little. */
function picture(seed: number, lighter = 0): { width: number; height: number; data: Uint8Array } {
  const [width, height] = [36, 64];
  const data = Uint8Array.from({ length: width * height }, (_, index) => {
    const [x, y] = [index % width, Math.floor(index / width)];
    const value = 90 + 60 * Math.sin((x * (seed + 2)) / 9 + seed) + 40 * Math.cos((y * (seed + 1)) / 13);
    return Math.max(0, Math.min(255, value + lighter + ((x * 7 + y * 3) % 5)));
  });
  return { width, height, data };
}
const print = (lighter: number, from = 0, count = 20) =>
  Array.from({ length: count }, (_, second) => hashFrame(picture(from + second, lighter)));

it('the same picture, lighter, is the same; another one is not', () => {
  expect(comparePictures(print(0), print(20))).toBeGreaterThan(0.95);
  expect(comparePictures(print(0), print(0, 200))).toBeLessThan(0.2);
});

it('a piece of it is found where it lies, and flat pictures say nothing', () => {
  expect(comparePictures(print(0), print(0, 5, 10), -5)).toBe(1);
  expect(comparePictures(print(0), print(0, 5, 10))).toBeLessThan(0.5);
  const flat = Array.from({ length: 10 }, () => '0000000000000000');
  expect(comparePictures(flat, flat)).toBe(0);
});

it('without sound the picture decides; declared variations are told and not stopped', () => {
  const film: FilmPrint = { id: 'a', title: 'A', sound: undefined, picture: print(0) };
  const other = { ...film, id: 'b', title: 'B', picture: print(9), publishedAt: '2026-11-01T10:00:00Z' };
  expect(judgeDuplicates(film, [other, film])).toMatchObject([
    {
      rule: 'near_duplicate',
      severity: 'stops',
      text: expect.stringContaining('"B", which was published on 2026-11-01') as string,
    },
  ]);
  const variationOf = 'sha256:c';
  const variations = [
    { ...film, variationOf },
    { ...other, variationOf },
  ];
  expect(judgeDuplicates(variations[0]!, [variations[1]!])).toMatchObject([
    { rule: 'variation', severity: 'warns' },
  ]);
  expect(judgeDuplicates(film, [{ ...other, picture: print(0, 300) }])).toEqual([]);
});
