import { expect, test } from 'vitest';
import { carriedLooks } from '../../domain/caption-style.ts';
import type { Provenance } from '../../domain/provenance.ts';
import { choosePalette } from '../picture/palette.ts';
import type { SpokenLine } from '../speak/speak-lines.ts';
import { assembleShort, createdFrames, type AssembleRequest, type MadePicture } from './assemble.ts';
import { pictureBounds } from './picture-bounds.ts';

const provenance: Provenance = {
  kind: 'speech',
  madeBy: 'flite-2.3:slt',
  licence: 'BSD-4-Clause (Flite)',
  mayEarnMoney: true,
  isSynthetic: true,
  isRealistic: false,
};
const hashOf = (digit: string) => `sha256:${digit.repeat(64)}`;
const canvas = { width: 1080, height: 1920 };

/** A line whose words follow each other evenly. */
function line(text: string, startMs: number, endMs: number): SpokenLine {
  const texts = text.split(' ');
  const step = (endMs - startMs) / texts.length;
  const words = texts.map((word, index) => ({
    text: word,
    startMs: Math.round(startMs + index * step),
    endMs: Math.round(startMs + (index + 1) * step),
  }));
  return { text, startMs, endMs, words };
}

const lines = [
  line('Have you ever missed a train?', 120, 2000),
  line('I have missed two hundred.', 2420, 4600),
  line('Not one more.', 4610, 6000),
];

const picture = (form: MadePicture['form'], digit: string): MadePicture => ({
  form,
  back: { path: `media/${digit}.jpg`, contentHash: hashOf(digit), provenance, width: 1242, height: 2208 },
  ...(form === 'full'
    ? {}
    : {
        front: {
          path: `media/${digit}.png`,
          contentHash: hashOf(`${(Number(digit) + 5) % 10}`),
          provenance,
          width: 1060,
          height: 1126,
          place: { left: 40, top: 200, right: 1040, bottom: 1262 },
        },
      }),
  focus: { x: 0.5, y: 0.4 },
});

const request: AssembleRequest = {
  title: 'Two hundred trains',
  canvas,
  voice: { path: 'media/v.wav', contentHash: hashOf('a'), provenance, durationMs: 6350 },
  lines,
  pictures: [picture('full', '1'), picture('card', '2'), picture('type', '3')],
  music: { path: 'media/m.wav', contentHash: hashOf('b'), provenance, durationMs: 6900, gainDb: -11.04 },
  palette: choosePalette(0),
  captionLook: carriedLooks.find(({ name }) => name === 'pop'),
  isEmphasised: true,
  fonts: [],
  headline: 'Two hundred trains',
  metadata: {},
};

test('a picture each sentence, changed in the pauses, from the first frame to the last', () => {
  const timeline = assembleShort(request);
  const clips = timeline.tracks[0]!.clips;
  expect(timeline.durationFrames).toBe(createdFrames(6000));
  expect(clips.map(({ startFrame }) => startFrame)).toEqual(pictureBounds(lines, timeline.frameRate));
  expect(clips[0]!.startFrame).toBe(0);
  for (const [index, { startFrame, durationFrames }] of clips.entries())
    expect(startFrame + durationFrames).toBe(clips[index + 1]?.startFrame ?? timeline.durationFrames);
  const halfFrameMs = 17;
  for (const [index, { startFrame }] of clips.slice(1).entries()) {
    const atMs = (startFrame * 1000) / 30;
    expect(atMs).toBeGreaterThanOrEqual(lines[index]!.endMs - halfFrameMs);
    expect(atMs).toBeLessThanOrEqual(lines[index + 1]!.startMs + halfFrameMs);
  }
});

test('the voice is whole, the music makes way for it, and the words are captions of the voice', () => {
  const timeline = assembleShort(request);
  const [voice, music] = timeline.tracks.filter(({ kind }) => kind === 'audio');
  expect(voice?.clips[0]).toMatchObject({ assetId: 'voice', startFrame: 0, effects: [] });
  expect(music?.clips[0]?.effects).toMatchObject([
    { kind: 'gain', gainDb: -11 },
    { kind: 'duck', under: voice?.id },
  ]);
  const words = timeline.captions.cues.flatMap((cue) => cue.words);
  expect(words.map(({ text }) => text).join(' ')).toBe(lines.map(({ text }) => text).join(' '));
  for (const word of words) expect(word).toMatchObject({ assetId: 'voice', sourceStartMs: word.startMs });
  expect(timeline.loudness).toEqual({ integratedLufs: -14, truePeakDbtp: -1 });
  const silent = assembleShort({ ...request, music: undefined });
  expect(silent.tracks.filter(({ kind }) => kind === 'audio')).toHaveLength(1);
});

test('everything that was made says how, and the same file is one asset', () => {
  const again = assembleShort({
    ...request,
    pictures: [picture('full', '1'), picture('card', '2'), picture('full', '1')],
  });
  const images = again.assets.filter(({ kind }) => kind === 'image');
  expect(images).toHaveLength(3);
  for (const asset of again.assets) if (asset.kind !== 'title') expect(asset).toHaveProperty('provenance');
});

test('a headline stands on a picture that fills the canvas, while the first sentence is heard', () => {
  const headlineOf = (one: AssembleRequest) => assembleShort(one).tracks.find(({ id }) => id === 'headline');
  const clips = headlineOf(request)?.clips;
  expect(clips?.[0]?.durationFrames).toBe(pictureBounds(lines, { num: 30, den: 1 })[1]);
  const onCard = [picture('card', '1'), ...request.pictures.slice(1)];
  expect(headlineOf({ ...request, pictures: onCard })).toBeUndefined();
  expect(headlineOf({ ...request, headline: undefined })).toBeUndefined();
});
