import { expect, test } from 'vitest';
import { makeClip, makeTimeline } from '../../../test/fixtures/make-timeline.ts';
import type { CueWord, Timeline } from '../../domain/timeline.ts';
import { shareCut } from './share-cut.ts';
import { factorNames, findFactors, hashTimeline, makeVariation, type FactorName } from './vary.ts';

const text = [
  'Every morning I left the house at half past seven.',
  'I bought a faster bicycle and nothing changed at all.',
  'Then my daughter asked me one question.',
  'Why do you say goodbye four times?',
  'I was not slow, I was just bad at leaving.',
];

/** Twenty seconds in five sentences, a word each 300 ms, with a second between the sentences. */
function makeTalkClip(): Timeline {
  let atMs = 200;
  const words = text.flatMap((sentence): CueWord[] => {
    const own = sentence.split(' ').map((word): CueWord => {
      const startMs = atMs;
      atMs += 300;
      const endMs = startMs + 280;
      return { text: word, startMs, endMs, sourceStartMs: startMs, sourceEndMs: endMs, assetId: 'talk' };
    });
    atMs += 1000;
    return own;
  });
  const durationFrames = Math.ceil((atMs / 1000) * 30);
  const crop = { kind: 'crop' as const, keyframes: [{ frame: 0, x: 600, y: 0, width: 607.5, height: 1080 }] };
  const cue = { startMs: 200, endMs: atMs, words };
  return makeTimeline('/talk.mp4', [makeClip({ id: 'one', durationFrames, effects: [crop] })], {
    durationFrames,
    captions: { style: 'pop', cues: [cue] },
  });
}

const timeline = makeTalkClip();
const sizes = new Map([['talk', { width: 3840, height: 2160 }]]);
const clip = findFactors(timeline, { title: 'Three minutes late', sizes, wish: {} });
const vary = (...names: FactorName[]) => makeVariation(clip, new Set(names), hashTimeline(timeline));
const spoken = ({ captions }: Timeline) =>
  captions.cues.flatMap((cue) => cue.words.map((word) => word.text)).join(' ');
const framesOf = ({ durationFrames }: Timeline) => durationFrames;

test('what a clip can be varied by is found, and what it cannot is said with the reason', () => {
  expect(clip.factors.map(({ name }) => name)).toEqual(factorNames.filter((name) => name !== 'music'));
  expect(clip.left).toEqual([{ name: 'music', why: expect.stringContaining('--music') as string }]);
  const mute = findFactors(
    { ...timeline, captions: { style: 'none', cues: [] } },
    { title: 'x', sizes, wish: {} },
  );
  expect(mute.left.map(({ name }) => name)).toEqual([
    'opening',
    'length',
    'pace',
    'captions',
    'title',
    'music',
  ]);
});

test('without a change the clip is the same, and says what it is', () => {
  const { timeline: same, factors, title } = vary();
  expect({ ...same, metadata: {} }).toEqual({ ...timeline, metadata: {} });
  expect(title).toBe('Three minutes late');
  expect(factors).toMatchObject({ opening: 'cold', length: 'full', pace: 'own', captions: 'pop' });
  expect(same.metadata['variation']).toEqual({ of: hashTimeline(timeline), factors });
});

test('each factor changes what it names, and nothing else', () => {
  const hook = vary('opening').timeline;
  expect(spoken(hook)).toBe(`${text[3] ?? ''} ${text.join(' ')}`);
  expect(framesOf(hook)).toBeGreaterThan(framesOf(timeline));

  const short = vary('length').timeline;
  expect(framesOf(short) / framesOf(timeline)).toBeGreaterThan(0.5);
  expect(framesOf(short) / framesOf(timeline)).toBeLessThan(0.8);
  expect(text.filter((sentence) => spoken(short).includes(sentence)).join(' ')).toBe(spoken(short));
  expect(spoken(short)).toMatch(/^Every morning.*bad at leaving\.$/u);

  const brisk = vary('pace').timeline;
  expect(spoken(brisk)).toBe(spoken(timeline));
  expect(framesOf(brisk)).toBeLessThan(framesOf(timeline) * 0.96);

  const loud = vary('captions').timeline;
  expect(loud.captions.style).toBe('clean');
  expect({ ...loud, metadata: {}, captions: timeline.captions }).toEqual({ ...timeline, metadata: {} });

  const close = vary('framing').timeline.tracks[0]?.clips[0]?.effects[0];
  expect(close?.kind === 'crop' && close.keyframes[0]?.width).toBeCloseTo(607.5 / 1.2, 0);

  const square = vary('aspect').timeline;
  expect(square.width).toBe(square.height);
  expect(spoken(square)).toBe(spoken(timeline));

  expect(vary('title').title).not.toBe('Three minutes late');
});

test('words are heard where they stand: every caption lies in its source as far from the cut as in the timeline', () => {
  const { timeline: made } = vary('opening', 'length', 'pace');
  const track = made.tracks[0]?.clips ?? [];
  const ms = (frames: number) => (frames * 1000 * made.frameRate.den) / made.frameRate.num;
  for (const word of made.captions.cues.flatMap((cue) => cue.words)) {
    const under = track.find(
      ({ startFrame, durationFrames }) =>
        word.startMs >= ms(startFrame) - 40 && word.startMs < ms(startFrame + durationFrames),
    );
    if (under === undefined) throw new Error(`Nothing is shown while “${word.text}” is said.`);
    const heardMs = ms(under.sourceStartFrame) + (word.startMs - ms(under.startFrame));
    expect(Math.abs(heardMs - word.sourceStartMs), word.text).toBeLessThan(50);
  }
});

test('those of one cut are rendered together, at most so many, and others apart', () => {
  const variations = [vary(), vary('captions'), vary('aspect'), vary('opening'), vary('opening', 'title')];
  const groups = shareCut(variations, 4).map((group) => group.length);
  expect(groups.toSorted((a, b) => a - b)).toEqual([2, 3]);
  expect(shareCut(variations, 2).every((group) => group.length <= 2)).toBe(true);
});
