import { describe, expect, it } from 'vitest';
import type { Cue, Timeline, TitleAsset } from '../../domain/timeline.ts';
import { captionBoxes, safeBox } from './layout.ts';
import { titleBoxes } from './titles.ts';
import { writeAss } from './write-ass.ts';

const cue: Cue = {
  startMs: 0,
  endMs: 2000,
  words: ['Words', 'below', 'a', 'title'].map((text, index) => ({
    text,
    startMs: index * 500,
    endMs: (index + 1) * 500,
    sourceStartMs: 0,
    sourceEndMs: 0,
    assetId: 'talk',
  })),
};

function makeTitle(
  change: Partial<TitleAsset>,
  { width = 1080, height = 1920, cues = [cue] } = {},
): Timeline {
  const title: TitleAsset = {
    id: 'title',
    kind: 'title',
    text: 'Why nobody tells you this',
    font: 'montserrat-extra-bold',
    fontSizePx: 110,
    color: '#FFFFFF',
    place: 'top',
    ...change,
  };
  const clip = {
    id: 'v2-1',
    assetId: 'title',
    startFrame: 30,
    durationFrames: 60,
    sourceStartFrame: 0,
    speed: { num: 1, den: 1 },
    effects: [],
  };
  return {
    version: 1,
    name: 'test',
    frameRate: { num: 30, den: 1 },
    width,
    height,
    durationFrames: 300,
    loudness: { integratedLufs: -14, truePeakDbtp: -1 },
    assets: [{ id: 'talk', kind: 'color', color: '#000000' }, title],
    tracks: [
      { id: 'v1', kind: 'video', clips: [] },
      { id: 'v2', kind: 'video', clips: [clip] },
    ],
    transitions: [],
    captions: { style: 'karaoke', cues },
    metadata: {},
  };
}

const canvases = [
  { width: 1080, height: 1920 },
  { width: 1080, height: 1350 },
  { width: 1080, height: 1080 },
  { width: 1920, height: 1080 },
  { width: 64, height: 64 },
];
const texts = [
  'No',
  'Why nobody tells you this',
  'The one thing that everyone gets wrong about sleep, and how to mend it without leaving your bed at all',
  'Supercalifragilisticexpialidocious',
  'هذا هو السبب الحقيقي وراء نجاح 5 شركات',
  'यह सबसे महत्वपूर्ण क्षण है',
  'x'.repeat(200),
];

describe('titleBoxes', () => {
  it('stays inside the safe box and off the captions, whatever the text, the place and the canvas', () => {
    for (const canvas of canvases) {
      const safe = safeBox(canvas.width, canvas.height);
      for (const text of texts) {
        for (const place of ['top', 'middle', 'bottom'] as const) {
          const timeline = makeTitle({ text, place, boxColor: '#000000' }, canvas);
          const [title] = titleBoxes(timeline);
          const [caption] = captionBoxes(timeline);
          if (title === undefined || caption === undefined) throw new Error(`nothing is shown of ${text}`);
          expect(title.box.left).toBeGreaterThanOrEqual(safe.left - 1e-6);
          expect(title.box.right).toBeLessThanOrEqual(safe.right + 1e-6);
          expect(title.box.top).toBeGreaterThanOrEqual(safe.top - 1e-6);
          expect(title.box.bottom).toBeLessThanOrEqual(safe.bottom + 1e-6);
          expect(title.box.bottom <= caption.box.top || title.box.top >= caption.box.bottom).toBe(true);
        }
      }
    }
  });

  it('is as large as it may be, in as few lines as that takes', () => {
    const [brief] = titleBoxes(makeTitle({ text: 'Stop' }));
    expect(brief).toMatchObject({ clipId: 'v2-1', startFrame: 30, endFrame: 90, lines: 1, emPx: 110 });
    const [longer] = titleBoxes(makeTitle({ text: 'Stop doing this' }));
    expect(longer).toMatchObject({ lines: 2, emPx: 110 });
    const [long] = titleBoxes(makeTitle({ text: texts[2] ?? '' }));
    expect(long?.lines).toBeGreaterThanOrEqual(3);
    expect(long?.emPx).toBeGreaterThan(40);
  });

  it('stands at its place, and uses all the room where no caption is shown with it', () => {
    const topOf = (place: TitleAsset['place'], cues: Cue[]) =>
      titleBoxes(makeTitle({ place }, { cues }))[0]?.box;
    expect(topOf('top', [])?.top).toBeCloseTo(384, 6);
    expect(topOf('bottom', [])?.bottom).toBeCloseTo(1536, 6);
    const later = { ...cue, startMs: 4000, endMs: 5000 };
    expect(topOf('bottom', [later])).toEqual(topOf('bottom', []));
    expect(topOf('bottom', [cue])?.bottom).toBeLessThan(1300);
    const middle = topOf('middle', []);
    expect(((middle?.top ?? 0) + (middle?.bottom ?? 0)) / 2).toBeCloseTo(960, 6);
  });

  it('has no box for a text without a letter', () => {
    expect(titleBoxes(makeTitle({ text: '😀' }))).toEqual([]);
  });
});

describe('the script of a title', () => {
  it('has a body behind letters without a box, a box a line behind those with one, and captions above', () => {
    const count = (timeline: Timeline, layer: number) =>
      writeAss(timeline)?.text.match(new RegExp(`^Dialogue: ${layer},`, 'gmu'))?.length ?? 0;
    const plain = makeTitle({ text: 'Stop doing this' });
    expect([0, 1, 2].map((layer) => count(plain, layer))).toEqual([0, 3, 3]);
    const boxed = makeTitle({ text: 'Stop doing this', boxColor: '#FFE500' });
    expect([0, 1, 2].map((layer) => count(boxed, layer))).toEqual([2, 0, 3]);
    expect(count(boxed, 13)).toBe(4);
    expect(writeAss(boxed)?.text).toContain('Dialogue: 2,0:00:01.00,0:00:03.00,montserrat-extra-bold');
  });

  it('is drawn without captions, and holds no tags of its text', () => {
    const timeline = makeTitle({ text: '{\\an8}a\\Nb}{' }, { cues: [] });
    const lines =
      writeAss(timeline)
        ?.text.split('\n')
        .filter((line) => line.startsWith('Dialogue: 2,')) ?? [];
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/\{[^{}]*\}\(\/an8\)a\/Nb\)\($/u);
  });
});
