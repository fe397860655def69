import { describe, expect, test } from 'vitest';
import {
  frameToMs,
  frameToSeconds,
  invertRanges,
  mergeRanges,
  msToFrame,
  msToNearestFrame,
  overlapMs,
  type Rational,
} from './time.ts';

const rates: Rational[] = [
  { num: 24, den: 1 },
  { num: 24000, den: 1001 },
  { num: 25, den: 1 },
  { num: 30000, den: 1001 },
  { num: 60, den: 1 },
  { num: 120, den: 1 },
];

describe('frames and milliseconds', () => {
  test.each(rates)(
    'a frame of $num/$den a second survives the way to ms and back, even after ten hours',
    (rate) => {
      const frames = [0, 1, 2, 29, 30, 31, 1000, 107_892, Math.floor((36_000 * rate.num) / rate.den)];
      for (const frame of frames) {
        expect(msToFrame(frameToMs(frame, rate), rate)).toBe(frame);
        expect(msToNearestFrame(frameToMs(frame, rate), rate)).toBe(frame);
      }
    },
  );

  test('the frame on screen at a time is the last that started', () => {
    const rate = { num: 25, den: 1 };
    expect(msToFrame(39, rate)).toBe(0);
    expect(msToFrame(40, rate)).toBe(1);
    expect(msToFrame(0, rate)).toBe(0);
  });

  test('the nearest frame rounds to the closer neighbour', () => {
    const rate = { num: 25, den: 1 };
    expect(msToNearestFrame(19, rate)).toBe(0);
    expect(msToNearestFrame(21, rate)).toBe(1);
  });

  test('seconds for FFmpeg are exact to a microsecond', () => {
    expect(frameToSeconds(1, { num: 30000, den: 1001 })).toBe(0.033367);
    expect(frameToSeconds(107_892, { num: 30000, den: 1001 })).toBe(3599.9964);
  });
});

describe('ranges', () => {
  test('those that touch or overlap become one, whatever their order', () => {
    const ranges = [
      { startMs: 500, endMs: 700 },
      { startMs: 0, endMs: 100 },
      { startMs: 100, endMs: 200 },
      { startMs: 600, endMs: 650 },
    ];
    expect(mergeRanges(ranges)).toEqual([
      { startMs: 0, endMs: 200 },
      { startMs: 500, endMs: 700 },
    ]);
    expect(mergeRanges(ranges, 300)).toEqual([{ startMs: 0, endMs: 700 }]);
  });

  test('what lies between them covers the rest exactly', () => {
    const ranges = [
      { startMs: 0, endMs: 200 },
      { startMs: 500, endMs: 700 },
    ];
    expect(invertRanges(ranges, 1000)).toEqual([
      { startMs: 200, endMs: 500 },
      { startMs: 700, endMs: 1000 },
    ]);
    expect(invertRanges([], 10)).toEqual([{ startMs: 0, endMs: 10 }]);
    expect(invertRanges(ranges, 700)).toEqual([{ startMs: 200, endMs: 500 }]);
  });

  test('half-open ranges that touch do not overlap', () => {
    expect(overlapMs({ startMs: 0, endMs: 100 }, { startMs: 100, endMs: 200 })).toBe(0);
    expect(overlapMs({ startMs: 0, endMs: 100 }, { startMs: 40, endMs: 60 })).toBe(20);
  });
});
