import { expect, test } from 'vitest';
import { envelopeAt, lineGainAt, SoundLine } from './sound-line.ts';

const ones = (samples: number) => new Float32Array(samples).fill(1);

test('where one piece goes as another comes both add up to the whole', () => {
  const going = { samples: 100, fadeInSamples: 0, fadeOutSamples: 20, gain: 1 };
  const coming = { samples: 100, fadeInSamples: 20, fadeOutSamples: 0, gain: 1 };
  for (let index = 0; index < 20; index++) {
    expect(envelopeAt(80 + index, going) + envelopeAt(index, coming)).toBeCloseTo(1);
  }
  expect(envelopeAt(0, coming)).toBeLessThan(0.05);
  expect(envelopeAt(50, { ...coming, gain: 2 })).toBe(2);
});

test('pieces laid over each other in blocks come off as one line, with silence between', () => {
  const line = new SoundLine();
  const first = { samples: 30, fadeInSamples: 0, fadeOutSamples: 10, gain: 1 };
  const second = { samples: 30, fadeInSamples: 10, fadeOutSamples: 0, gain: 1 };
  line.add(5, 0, [ones(12), ones(12)], first);
  const [start] = line.take(8);
  expect([...start]).toEqual([0, 0, 0, 0, 0, 1, 1, 1]);
  line.add(5, 12, [ones(18), ones(18)], first);
  line.add(25, 0, [ones(30), ones(30)], second);
  const [left, right] = line.take(60);
  expect(right).toEqual(left);
  for (const value of left.subarray(0, 47)) expect(value).toBeCloseTo(1);
  expect([...left.subarray(47)]).toEqual(Array.from({ length: 13 }, () => 0));
});

test('a piece that begins before what was already given away loses only that part', () => {
  const line = new SoundLine();
  line.take(10);
  line.add(5, 0, [ones(10), ones(10)], { samples: 10, fadeInSamples: 0, fadeOutSamples: 0, gain: 0.5 });
  expect([...line.take(7)[0]]).toEqual([0.5, 0.5, 0.5, 0.5, 0.5, 0, 0]);
});

test('a gain over time holds before its first point and after its last, and goes over smoothly between', () => {
  const gains = [
    { atSample: 100, gainDb: 0 },
    { atSample: 200, gainDb: -20 },
  ];
  const db = (sample: number) => 20 * Math.log10(lineGainAt(sample, gains));
  expect(db(0)).toBeCloseTo(0);
  expect(db(150)).toBeCloseTo(-10);
  expect(db(900)).toBeCloseTo(-20);
  const steps = Array.from({ length: 120 }, (_, index) => db(90 + index) - db(91 + index));
  expect(Math.max(...steps)).toBeLessThan(0.33);
  expect(Math.min(...steps)).toBeGreaterThanOrEqual(0);
  expect(lineGainAt(5, [])).toBe(1);
  const line = new SoundLine();
  line.add(50, 0, [ones(200), ones(200)], {
    samples: 200,
    fadeInSamples: 0,
    fadeOutSamples: 0,
    gain: 1,
    gains,
  });
  line.take(100);
  const [left] = line.take(150);
  expect(left[0]).toBeCloseTo(1);
  expect(left[50]).toBeCloseTo(10 ** -0.5);
  expect(left[149]).toBeCloseTo(0.1);
});
