import { expect, test } from 'vitest';
import type { Seen } from '../../domain/shot.ts';
import { chooseStill } from './choose-still.ts';
import { fullPart, planDesigns, stageBox, type StillFacts } from './design.ts';
import { writeLabel } from './front-script.ts';
import { pickKeyWords } from './key-words.ts';
import { cardMove, fullMove, moveKeys } from './move.ts';
import { choosePalette, palettes } from './palette.ts';
import { contrastOf } from '../../domain/color-contrast.ts';
import { writePrompt } from './prompt.ts';

const canvas = { width: 1080, height: 1920 };
const face = { x: 1200, y: 300, width: 200, height: 260 };
const wide: StillFacts = { width: 1920, height: 1080, subject: face, isWritten: false };

test('sharp pictures fill the canvas and stand on cards by turns; soft ones and slides are on cards', () => {
  const small: StillFacts = { width: 640, height: 360, isWritten: false };
  const slide: StillFacts = { width: 1920, height: 1080, isWritten: true };
  const forms = (stills: (StillFacts | undefined)[]) =>
    planDesigns(stills, canvas, () => false).map(({ form }) => form);
  expect(forms([wide, wide, wide])).toEqual(['full', 'card', 'full']);
  expect(forms([small, slide, undefined])).toEqual(['card', 'card', 'type']);
  const [card] = planDesigns([slide], canvas, () => false);
  expect(card).toMatchObject({ part: { x: 0, y: 0, width: 1920, height: 1080 } });
});

test('every part lies in its picture, has the shape of what shows it, and holds the head', () => {
  const full = fullPart(wide, canvas);
  expect(full.width / full.height).toBeCloseTo(9 / 16);
  expect(full.x).toBeLessThan(face.x);
  expect(full.x + full.width).toBeGreaterThan(face.x + face.width);
  for (const subject of [undefined, face, { x: -20, y: -20, width: 90, height: 90 }, { ...face, x: 1900 }]) {
    for (const size of [
      { width: 1920, height: 1080 },
      { width: 320, height: 180 },
      { width: 600, height: 1300 },
    ]) {
      const stills = [1, 2, 3].map((): StillFacts => Object.assign({}, size, { subject, isWritten: false }));
      for (const design of planDesigns(stills, canvas, () => true)) {
        if (design.form === 'type') throw new Error('There is a picture.');
        const { part } = design;
        expect(part.x).toBeGreaterThanOrEqual(0);
        expect(part.y).toBeGreaterThanOrEqual(0);
        expect(part.x + part.width).toBeLessThanOrEqual(size.width + 0.01);
        expect(part.y + part.height).toBeLessThanOrEqual(size.height + 0.01);
        if (design.form !== 'card') continue;
        const { card } = design;
        const stage = stageBox(canvas);
        expect((card.right - card.left) / (card.bottom - card.top)).toBeCloseTo(part.width / part.height);
        expect(card.top).toBeGreaterThanOrEqual(stage.top - 0.01);
        expect(card.bottom).toBeLessThanOrEqual(stage.bottom + 0.01);
      }
    }
  }
});

test('a move stays in its picture, keeps its shape, goes one way and ends on the last frame', () => {
  const picture = { width: 1242, height: 2208 };
  const moves = [0, 1, 2, 3].map((index) => fullMove(index, { x: 0.8, y: 0.3 }));
  for (const move of [...moves, cardMove()]) {
    for (const frames of [1, 2, 9, 150]) {
      const keys = moveKeys(move, picture, { frames, framesPerSecond: 30 });
      expect(keys[0]?.frame).toBe(0);
      expect(keys.at(-1)?.frame).toBe(frames - 1);
      for (const [index, key] of keys.entries()) {
        expect(key.width / key.height).toBeCloseTo(1242 / 2208, 3);
        expect(key.x + key.width).toBeLessThanOrEqual(picture.width + 0.01);
        expect(key.y + key.height).toBeLessThanOrEqual(picture.height + 0.01);
        expect(Math.min(key.x, key.y)).toBeGreaterThanOrEqual(0);
        if (index > 0) expect(key.frame).toBeGreaterThan(keys[index - 1]!.frame);
      }
      const widths = keys.map(({ width }) => width);
      const isOneWay = [widths.toSorted((a, b) => a - b), widths.toSorted((a, b) => b - a)];
      expect(isOneWay).toContainEqual(widths);
    }
  }
});

const sample = (atMs: number, motion = 0) => ({ atMs, brightness: 0.46, contrast: 0.4, motion });
const found = { ...face, score: 1, eyeLeft: { x: 1, y: 1 }, eyeRight: { x: 2, y: 1 } };

/** Three seconds at 25 frames a second, with a cut after the first. */
const seen: Seen = {
  startMs: 0,
  endMs: 3000,
  frameRate: { num: 25, den: 1 },
  shots: [
    { startFrame: 0, endFrame: 25, startsWith: 'start' },
    { startFrame: 25, endFrame: 75, startsWith: 'cut' },
  ],
  pictures: [sample(0, 0.2), sample(1000), sample(1500), sample(2000), sample(2500)],
  faces: [
    { frame: 25, faces: [found] },
    { frame: 37, faces: [{ ...found, mouthOpen: 1 }] },
    { frame: 50, faces: [found] },
    { frame: 62, faces: [] },
  ],
};

test('a still has a face that looks out, no cut beside it, and is not one that was shown before', () => {
  const choose = (taken: number[], range = { startMs: 0, endMs: 3000 }) =>
    chooseStill([seen], range, { picture: { width: 1920, height: 1080 }, canvas, taken });
  expect(choose([])?.atMs).toBe(2000);
  expect(choose([])?.subject?.height).toBeGreaterThan(face.height);
  expect(choose([2000])?.atMs).not.toBe(2000);
  expect(choose([], { startMs: 2400, endMs: 2600 })).toEqual({ atMs: 2500, isWritten: false });
  expect(choose([], { startMs: 5000, endMs: 6000 })).toBeUndefined();
});

test('the words that are set large hold the key word, in lines that fit, without loose ends', () => {
  for (const text of [
    'I have missed two hundred of them because I was always late.',
    'Then we did one thing.',
    'Nobody noticed.',
    'It was the work of 2 people, paid for waiting at a table.',
  ]) {
    const lines = pickKeyWords(text);
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.length).toBeLessThanOrEqual(4);
    expect(lines.join(' ').split(' ').length).toBeLessThanOrEqual(5);
    expect(text).toContain(lines[0]!.split(' ')[0]);
  }
  expect(pickKeyWords('…')).toEqual([]);
});

test('labels fit, colours can be read, prompts hold the sentence and forbid letters', () => {
  expect(writeLabel('Three minutes late', 42_400)).toBe('Three minutes late · 0:42');
  const long = writeLabel('A title that goes on and on and on, as titles of talks often do', 3_723_000);
  expect(long).toMatch(/… · 1:02:03$/u);
  expect([...long].length).toBeLessThanOrEqual(44);
  for (const { deep, accent } of palettes) expect(contrastOf(deep, accent)).toBeGreaterThan(7);
  expect(choosePalette(-3, '#123456').accent).toBe('#123456');
  const asked = { sentence: 'We  were\nlate.', passage: 'x'.repeat(900), topic: 'time', colors: ['#000000'] };
  const prompt = writePrompt({ ...asked, look: 'illustration', isEdit: true });
  expect(prompt).toContain('"We were late."');
  expect(prompt).toContain('No words, no letters');
  expect(prompt.length).toBeLessThan(1900);
});
