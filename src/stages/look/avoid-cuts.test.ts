import { expect, test } from 'vitest';
import type { Shot } from '../../domain/shot.ts';
import { avoidCuts } from './avoid-cuts.ts';

const frameRate = { num: 25, den: 1 };

function shotsAt(...bounds: number[]): Shot[] {
  return [0, ...bounds].map((startFrame, index) => ({
    startFrame,
    endFrame: bounds[index] ?? 10_000,
    startsWith: index === 0 ? 'start' : 'cut',
  }));
}

test('a cut two frames after the start becomes the start, and one two frames before the end the end', () => {
  expect(avoidCuts({ startFrame: 98, endFrame: 502 }, shotsAt(100, 500), { frameRate })).toEqual({
    startFrame: 100,
    endFrame: 500,
  });
});

test('a cut just outside is taken too, when nothing nearer lies inside', () => {
  expect(avoidCuts({ startFrame: 103, endFrame: 497 }, shotsAt(100, 500), { frameRate })).toEqual({
    startFrame: 100,
    endFrame: 500,
  });
  expect(avoidCuts({ startFrame: 102, endFrame: 500 }, shotsAt(100, 107), { frameRate }).startFrame).toBe(
    107,
  );
});

test('a cut farther away than the reach, and one that is met exactly, move nothing', () => {
  const range = { startFrame: 90, endFrame: 500 };
  expect(avoidCuts(range, shotsAt(100, 500), { frameRate })).toEqual(range);
  expect(avoidCuts({ startFrame: 90, endFrame: 95 }, shotsAt(100), { frameRate, reachMs: 0 })).toEqual({
    startFrame: 90,
    endFrame: 95,
  });
});

test('no word is cut into and none comes in', () => {
  const words = [
    { startMs: 3900, endMs: 4100 },
    { startMs: 20_060, endMs: 20_300 },
  ];
  // The first word begins before the cut at 100 (4 s); the last would come in by moving to 508.
  expect(avoidCuts({ startFrame: 97, endFrame: 501 }, shotsAt(100, 508), { frameRate, words })).toEqual({
    startFrame: 97,
    endFrame: 501,
  });
  expect(avoidCuts({ startFrame: 97, endFrame: 501 }, shotsAt(100, 508), { frameRate })).toEqual({
    startFrame: 100,
    endFrame: 508,
  });
});

test('where watching began is no cut', () => {
  const shots: Shot[] = [{ startFrame: 100, endFrame: 900, startsWith: 'start' }];
  expect(avoidCuts({ startFrame: 98, endFrame: 500 }, shots, { frameRate }).startFrame).toBe(98);
});

test('a moment hardly longer than the reach does not vanish', () => {
  const range = { startFrame: 95, endFrame: 105 };
  expect(avoidCuts(range, shotsAt(98, 101), { frameRate })).toEqual(range);
});
