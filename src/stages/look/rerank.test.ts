import { expect, test } from 'vitest';
import type { Moment } from '../../domain/moment.ts';
import type { PictureSample, Seen, Shot } from '../../domain/shot.ts';
import { rerank } from './rerank.ts';

function makeMoment(startMs: number, score = 0.6): Moment {
  return {
    startMs,
    endMs: startMs + 30_000,
    score,
    reasons: [{ feature: 'opening.number', value: 1, contribution: 0.02, text: 'Opens with a number' }],
    sentenceStart: 0,
    sentenceEnd: 3,
    text: 'Three things.',
    title: 'Three things',
    chosenBy: 'words',
  };
}

function makeSeen(
  sample: (atMs: number) => Partial<PictureSample>,
  cutFrames: readonly number[] = [],
  startMs = 0,
): Seen {
  const frames = [0, ...cutFrames];
  return {
    startMs,
    endMs: startMs + 40_000,
    frameRate: { num: 25, den: 1 },
    shots: frames.map((startFrame, index): Shot => ({
      startFrame,
      endFrame: frames[index + 1] ?? 1000,
      startsWith: index === 0 ? 'start' : 'cut',
    })),
    pictures: Array.from({ length: 160 }, (_, index) => {
      const atMs = startMs + index * 250;
      return { atMs, brightness: 0.4, contrast: 0.3, motion: 0.003, ...sample(atMs - startMs) };
    }),
  };
}

const featuresOf = (moment: Moment | undefined) => moment?.reasons.map(({ feature }) => feature);

test('a talking head in one take keeps its score and its reasons', () => {
  const moment = makeMoment(0);
  expect(rerank([moment], [makeSeen(() => ({}))])).toEqual([moment]);
});

test('an opening in black falls behind, and says why', () => {
  const black = makeSeen((atMs) => (atMs < 2000 ? { brightness: 0.01, contrast: 0.01, motion: 0 } : {}));
  const [first, second] = rerank(
    [makeMoment(0, 0.62), makeMoment(50_000, 0.6)],
    [black, makeSeen(() => ({}), [], 50_000)],
  );
  expect(first?.startMs).toBe(50_000);
  expect(second?.score).toBeLessThan(0.52);
  expect(second?.reasons.at(-1)).toMatchObject({
    feature: 'look.empty-opening',
    text: '67 % of its first 3 s are black or empty',
  });
});

test('an opening with cuts and movement counts for a moment', () => {
  const [moment] = rerank([makeMoment(0)], [makeSeen(() => ({ motion: 0.05 }), [25, 50, 300, 450])]);
  expect(moment?.score).toBeGreaterThan(0.61);
  expect(featuresOf(moment)).toContain('look.lively-opening');
});

test('an opening that stands still counts against it, but not where the whole picture does', () => {
  const opening = makeSeen((atMs) => (atMs < 5000 ? { motion: 0 } : {}));
  expect(featuresOf(rerank([makeMoment(0)], [opening])[0])).toContain('look.frozen-opening');
  const still = makeSeen(() => ({ motion: 0 }));
  expect(featuresOf(rerank([makeMoment(0)], [still])[0])).not.toContain('look.frozen-opening');
});

test('a cut every half second is too much, a cut every six seconds is not', () => {
  const every = (frames: number) =>
    Array.from({ length: Math.floor(990 / frames) }, (_, n) => (n + 1) * frames);
  const paceOf = (frames: number) =>
    rerank([makeMoment(0)], [makeSeen(() => ({}), every(frames))])[0]?.reasons.find(
      ({ feature }) => feature === 'look.pace',
    );
  expect(paceOf(12)).toMatchObject({ value: 0, contribution: -0.01 });
  expect(paceOf(12)?.text).toContain('too many to follow');
  expect(paceOf(150)?.contribution).toBeGreaterThan(0);
});

test('a picture too dark to see counts against it', () => {
  const [moment] = rerank([makeMoment(0)], [makeSeen(() => ({ brightness: 0.05, contrast: 0.1 }))]);
  expect(featuresOf(moment)).toContain('look.unseen');
});

test('what was not watched from end to end stays as it is, and scores stay between 0 and 1', () => {
  const moment = makeMoment(20_000);
  expect(rerank([moment], [makeSeen(() => ({ brightness: 0, contrast: 0 }))])).toEqual([moment]);
  const [low] = rerank([makeMoment(0, 0.01)], [makeSeen(() => ({ brightness: 0, contrast: 0 }))]);
  expect(low?.score).toBe(0);
});

test('ranking twice changes nothing', () => {
  const seen = [makeSeen((atMs) => (atMs < 2000 ? { brightness: 0.01, contrast: 0.01 } : {}))];
  const once = rerank([makeMoment(0), makeMoment(5000, 0.4)], seen);
  expect(rerank(once, seen)).toEqual(once);
});
