import { expect, it } from 'vitest';
import {
  collectLayout,
  collectRange,
  parseCount,
  parseDate,
  parseSize,
  parseTime,
  readLayouts,
} from './parse-option.ts';

it.each([
  ['90', 90_000],
  ['0', 0],
  ['90.5', 90_500],
  ['45s', 45_000],
  ['1:30', 90_000],
  ['12:05.25', 725_250],
  ['1:02:03', 3_723_000],
  ['600:00', 36_000_000],
])('reads the time %s', (text, ms) => {
  expect(parseTime(text)).toBe(ms);
});

it.each(['', 'soon', '-5', '1:60', '1:60:00', '1:2:3:4', '1e3', '5m', '0x10', ':30'])(
  'refuses the time "%s"',
  (text) => {
    expect(() => parseTime(text)).toThrow(/Write a time/);
  },
);

it('gathers ranges, and refuses those that end before they begin', () => {
  const first = collectRange('12:30-13:05');
  expect(collectRange('0–0:04.5', first)).toEqual([
    { startMs: 750_000, endMs: 785_000 },
    { startMs: 0, endMs: 4500 },
  ]);
  for (const bad of ['12:30', '5-5', '9-4', '1-2-3', '-5']) expect(() => collectRange(bad)).toThrow();
});

it('reads sizes and counts', () => {
  expect(parseSize('5GB')).toBe(5e9);
  expect(parseSize('1.5 t')).toBe(1.5e12);
  expect(parseSize('500 MB')).toBe(5e8);
  expect(parseSize('12')).toBe(12);
  expect(() => parseSize('lots')).toThrow();
  expect(parseCount('3')).toBe(3);
  for (const bad of ['3.5', '-1', '', 'three']) expect(() => parseCount(bad)).toThrow();
});

it.each([
  ['2024', '2024-01-01T00:00:00.000Z'],
  ['2024-05', '2024-05-01T00:00:00.000Z'],
  [' 2024-02-29 ', '2024-02-29T00:00:00.000Z'],
  ['2024-05-01T10:00:00+02:00', '2024-05-01T08:00:00.000Z'],
])('the date %j is %s', (text, date) => expect(parseDate(text)).toBe(date));

it.each(['', 'yesterday', '2023-02-29', '2024-13', '2024-05-01T99:00', '24-05-01', '2024-05-01 10:00'])(
  '%j is no date',
  (text) => expect(() => parseDate(text)).toThrow('Write a date like 2024-05-01.'),
);

it('reads layouts for everything, of which the last one counts, and for ranges', () => {
  const choices = ['fill', 'split@1:30-2:00', 'auto', 'fit@0-5'].reduce(
    (before, text) => collectLayout(text, before),
    collectLayout('screen'),
  );
  expect(readLayouts(choices)).toEqual({
    layout: 'auto',
    rangedWishes: [
      { startMs: 90_000, endMs: 120_000, layout: 'split' },
      { startMs: 0, endMs: 5000, layout: 'fit' },
    ],
  });
  expect(readLayouts(undefined)).toEqual({ layout: undefined, rangedWishes: [] });
  for (const bad of ['', 'wide', 'fit@', 'fit@5', 'fit@5-4', 'fit@1-2@3-4', '@1-2'])
    expect(() => collectLayout(bad)).toThrow(/Write|ends before/);
});
