import { expect, test } from 'vitest';
import { makeClip, makeTimeline } from '../../../test/fixtures/make-timeline.ts';
import { makeVideoStream } from '../../../test/fixtures/make-video-stream.ts';
import { brandSchema, type Brand, type BrandFilm } from '../../domain/brand.ts';
import { lookOf } from '../../domain/caption-style.ts';
import { contentRange } from '../../domain/content-range.ts';
import { parseTimeline } from '../../domain/timeline-parse.ts';
import type { Clip, Timeline } from '../../domain/timeline.ts';
import { captionBoxes, safeBox } from '../captions/layout.ts';
import { applyBrand, brandLook } from './brand.ts';
import { logoBox } from './brand-logo.ts';

const hash = `sha256:${'a'.repeat(64)}`;

function makeBrand(document: Record<string, unknown> = {}, files: Partial<Brand> = {}): Brand {
  return {
    document: brandSchema.parse({ version: 1, ...document }),
    captionFont: undefined,
    titleFont: undefined,
    captionLook: undefined,
    logo: undefined,
    intro: undefined,
    outro: undefined,
    ...files,
  };
}

function makeFilm(width: number, height: number, durationMs = 1500, integratedLufs?: number): BrandFilm {
  return {
    path: '/brand/film.mp4',
    contentHash: hash,
    integratedLufs,
    info: {
      container: 'mp4',
      durationMs,
      sizeBytes: 1,
      video: [makeVideoStream({ width, height, displayWidth: width, displayHeight: height })],
      audio:
        integratedLufs === undefined
          ? []
          : [
              {
                index: 1,
                codec: 'aac',
                sampleRateHz: 44_100,
                channels: 1,
                language: undefined,
                isDefault: true,
                startMs: 0,
              },
            ],
      tags: {},
    },
  };
}

const logo = { path: '/brand/logo.png', contentHash: hash, width: 400, height: 200 };

const word = (text: string, startMs: number) => ({
  text,
  startMs,
  endMs: startMs + 400,
  sourceStartMs: startMs,
  sourceEndMs: startMs + 400,
  assetId: 'talk',
});

/** Four seconds, 1080×1920, with captions. */
function makePlanned(parts: Partial<Timeline> = {}): Timeline {
  return makeTimeline('/films/talk.mp4', [makeClip({ id: 'one', durationFrames: 100 })], {
    width: 1080,
    height: 1920,
    captions: {
      style: 'pop',
      cues: [
        { startMs: 0, endMs: 900, words: [word('Hello', 0), word('there', 500)] },
        { startMs: 3000, endMs: 4000, words: [word('Goodbye.', 3400)] },
      ],
    },
    metadata: { pivot: { moment: { title: 'Hello' } } },
    ...parts,
  });
}

const parse = (timeline: Timeline) => parseTimeline(JSON.parse(JSON.stringify(timeline)));

const clipNamed = (timeline: Timeline, id: string): Clip | undefined =>
  timeline.tracks.flatMap((track) => track.clips).find((clip) => clip.id === id);

test('an empty brand changes nothing but the mark of where the clip lies', () => {
  const planned = makePlanned();
  const branded = applyBrand(planned, makeBrand(), { title: 'A title' });
  expect({ ...branded, metadata: planned.metadata }).toEqual(planned);
  expect(branded.metadata).toEqual({
    pivot: { moment: { title: 'Hello' }, content: { startFrame: 0, endFrame: 100 } },
  });
});

test('intro and outro move the clip and its captions later, and everything stays a valid timeline', () => {
  const brand = makeBrand(
    { name: 'Rosa', intro: 'in.mp4', outro: 'out.mp4' },
    { intro: makeFilm(1080, 1920, 1500, -10), outro: makeFilm(1080, 1920, 2000) },
  );
  const branded = applyBrand(makePlanned(), brand, { title: '', sourceLufs: -23 });
  expect(parse(branded)).toEqual(branded);
  expect(branded.durationFrames).toBe(37 + 100 + 50);
  expect(contentRange(branded)).toEqual({ startFrame: 37, endFrame: 137 });
  expect(branded.metadata['pivot']).toMatchObject({ brand: 'Rosa', moment: { title: 'Hello' } });
  expect(branded.captions.cues[1]).toMatchObject({
    startMs: 4480,
    endMs: 5480,
    words: [{ startMs: 4880, sourceStartMs: 3400 }],
  });
  // On the tracks that are there, since nothing else is on them at that time.
  expect(branded.tracks.map((track) => track.clips.map((clip) => clip.id))).toEqual([
    ['brand-intro-picture', 'one', 'brand-outro-picture'],
    ['brand-intro-sound', 'one-sound'],
  ]);
  expect(clipNamed(branded, 'brand-intro-sound')?.effects).toEqual([{ kind: 'gain', gainDb: -13 }]);
});

test('a film is brought to the loudness of the source by at most 20 dB, and left alone when that is not known', () => {
  const brand = makeBrand({ intro: 'in.mp4' }, { intro: makeFilm(1080, 1920, 1500, -60) });
  const effects = (sourceLufs?: number) =>
    clipNamed(applyBrand(makePlanned(), brand, { title: '', sourceLufs }), 'brand-intro-sound')?.effects;
  expect(effects(-16)).toEqual([{ kind: 'gain', gainDb: 20 }]);
  expect(effects()).toEqual([]);
});

test('a film of another shape is seen whole over itself blurred', () => {
  const brand = makeBrand({ outro: 'out.mp4' }, { outro: makeFilm(1920, 1080) });
  const branded = applyBrand(makePlanned(), brand, { title: '' });
  expect(parse(branded)).toEqual(branded);
  expect(clipNamed(branded, 'brand-outro-picture')?.effects.map(({ kind }) => kind)).toEqual([
    'crop',
    'blur',
  ]);
  expect(clipNamed(branded, 'brand-outro-whole')).toMatchObject({
    startFrame: 100,
    effects: [{ kind: 'place', x: 0, y: 656, width: 1080, height: 608 }],
  });
  const videoTracks = branded.tracks.filter(({ kind }) => kind === 'video').map(({ id }) => id);
  expect(videoTracks).toEqual(['picture', 'brand-films']);
});

test('a silent clip gets a track for the sound of its intro', () => {
  const planned = makePlanned();
  const silent = { ...planned, tracks: planned.tracks.filter(({ kind }) => kind === 'video') };
  const brand = makeBrand({ intro: 'in.mp4' }, { intro: makeFilm(1080, 1920, 1500, -20) });
  const branded = applyBrand(silent, brand, { title: '' });
  expect(parse(branded)).toEqual(branded);
  expect(branded.tracks.at(-1)).toMatchObject({ kind: 'audio', clips: [{ id: 'brand-intro-sound' }] });
});

test('the title stands over the first seconds of the clip, not of the intro', () => {
  const brand = makeBrand(
    { title: { seconds: 2 }, intro: 'in.mp4', colors: { text: '#222222', background: '#F0E0D0' } },
    { intro: makeFilm(1080, 1920, 1000) },
  );
  const branded = applyBrand(makePlanned(), brand, { title: '  Why bread fails  ' });
  expect(parse(branded)).toEqual(branded);
  expect(clipNamed(branded, 'brand-title-1')).toMatchObject({ startFrame: 25, durationFrames: 50 });
  expect(branded.assets.find(({ id }) => id === 'brand-title')).toMatchObject({
    text: 'Why bread fails',
    color: '#222222',
    boxColor: '#F0E0D0',
    place: 'top',
  });
  const long = applyBrand(makePlanned(), makeBrand({ title: { seconds: 10 } }), { title: '😀'.repeat(300) });
  expect(parse(long)).toEqual(long);
  expect(clipNamed(long, 'brand-title-1')?.durationFrames).toBe(100);
  expect(applyBrand(makePlanned(), brand, { title: ' ' }).assets.some(({ kind }) => kind === 'title')).toBe(
    false,
  );
});

test.each([
  ['9:16', 1080, 1920],
  ['4:5', 1080, 1350],
  ['1:1', 1080, 1080],
  ['16:9', 1920, 1080],
] as const)('in %s a logo keeps its shape, its corner, and clear of the captions', (_, width, height) => {
  const captions = {
    style: 'karaoke',
    cues: [
      {
        startMs: 0,
        endMs: 4000,
        words: 'A line that is about as wide as lines can get'.split(' ').map((text) => word(text, 0)),
      },
    ],
  };
  const planned = makePlanned({ width, height, captions });
  const safe = safeBox(width, height);
  for (const corner of ['top-left', 'top-right', 'bottom-left', 'bottom-right'] as const) {
    const box = logoBox(planned, logo, { path: 'logo.png', corner, width: 0.2, opacity: 1 });
    const size = { width: box.right - box.left, height: box.bottom - box.top };
    expect(Math.abs(size.width / size.height - 2)).toBeLessThan(0.05);
    expect(box.left).toBeGreaterThanOrEqual(safe.left - 2);
    expect(box.right).toBeLessThanOrEqual(safe.right + 2);
    expect(box.bottom).toBeLessThanOrEqual(safe.bottom + 2);
    expect(corner.endsWith('left') ? box.left - safe.left : safe.right - box.right).toBeLessThan(4);
    for (const { box: caption } of captionBoxes(planned)) {
      const isClear =
        box.bottom <= caption.top ||
        box.top >= caption.bottom ||
        box.right <= caption.left ||
        box.left >= caption.right;
      expect(isClear, corner).toBe(true);
    }
  }
});

test('a tall logo is kept small, and its opacity is written down', () => {
  const brand = makeBrand(
    { logo: { path: 'logo.png', corner: 'top-right', width: 0.5, opacity: 0.6 } },
    { logo: { ...logo, width: 100, height: 1000 } },
  );
  const branded = applyBrand(makePlanned(), brand, { title: '' });
  expect(parse(branded)).toEqual(branded);
  const place = clipNamed(branded, 'brand-logo-1')?.effects[0];
  expect(place).toMatchObject({ kind: 'place', height: 270, opacity: 0.6 });
});

test('a logo that wants the place of the title comes when the title has gone', () => {
  const document = { title: { seconds: 1 }, logo: { path: 'logo.png', width: 0.3 } };
  const startIn = (width: number, height: number, place: 'top' | 'bottom') => {
    const brand = makeBrand({ ...document, title: { seconds: 1, place } }, { logo });
    return clipNamed(
      applyBrand(makePlanned({ width, height }), brand, { title: 'Why does nobody ever talk about it?' }),
      'brand-logo-1',
    )?.startFrame;
  };
  // In a tall picture it stands above the title; in a square one both want the top.
  expect(startIn(1080, 1920, 'top')).toBe(0);
  expect(startIn(1080, 1080, 'top')).toBe(25);
  expect(startIn(1080, 1080, 'bottom')).toBe(0);
});

test('the brand colours and sets the captions under a name of their own', () => {
  const pop = lookOf({ style: 'pop' })!;
  const captionFont = { id: 'brand-captions', path: '/brand/own.ttf', contentHash: hash };
  const brand = makeBrand({ colors: { text: '#FFF4D6', accent: '#00C2A8' } }, { captionFont });
  const look = brandLook(pop, brand);
  expect(look).toMatchObject({
    name: 'pop-brand',
    font: 'brand-captions',
    color: '#FFF4D6',
    spoken: { color: '#00C2A8' },
    outlineColor: pop.outlineColor,
  });
  expect(brandLook(look, brand)).toEqual(look);
  expect(brandLook(pop, makeBrand())).toBe(pop);
  const branded = applyBrand(makePlanned({ captions: { style: look.name, look, cues: [] } }), brand, {
    title: '',
  });
  expect(parse(branded)).toEqual(branded);
  expect(branded.fonts).toEqual([captionFont]);
});

test('letters stay readable whatever the colours: outline, box and the word in a box give way', () => {
  const pop = lookOf({ style: 'pop' })!;
  const boxed = {
    ...pop,
    box: { color: '#000000', opacity: 1, paddingPx: 10 },
    spoken: { boxColor: '#FF0000', color: '#FFFFFF' },
  };
  const look = brandLook(boxed, makeBrand({ colors: { text: '#101010', accent: '#FFE500' } }));
  expect(look).toMatchObject({
    color: '#101010',
    outlineColor: '#FFFFFF',
    box: { color: '#FFFFFF' },
    spoken: { boxColor: '#FFE500', color: '#000000' },
  });
});

test('waveforms and the backdrop take the colours of the brand', () => {
  const planned = makePlanned();
  const withSound: Timeline = {
    ...planned,
    assets: [
      ...planned.assets,
      { id: 'backdrop', kind: 'color', color: '#14181F' },
      { id: 'wave', kind: 'waveform', assetId: 'talk', look: 'waveform', color: '#FFFFFF' },
    ],
  };
  const brand = makeBrand({ colors: { accent: '#00C2A8', background: '#102030' } });
  expect(applyBrand(withSound, brand, { title: '' }).assets.slice(1)).toMatchObject([
    { color: '#102030' },
    { color: '#00C2A8' },
  ]);
});
