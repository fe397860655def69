import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { makeMedia } from '../../../test/fixtures/make-media.ts';
import { forgetfulCache, makeClip, makeContext, makeTimeline } from '../../../test/fixtures/make-timeline.ts';
import { parseTimeline } from '../../domain/timeline-parse.ts';
import { runRender } from '../../media/run-render.ts';
import { fontSetOf, pickFont } from '../captions/fonts.ts';
import { titleBoxes } from '../captions/titles.ts';
import { chooseLook, readLooks, scoreLook } from './choose-frame.ts';
import { findCoverFrame, makeCover } from './cover.ts';
import { keepFrames } from './keep-frames.ts';
import { shortenForCover } from './short-title.ts';
import { addCoverTitle } from './title-cover.ts';

test('a sharp, well exposed picture beats a blurred, a dark, a flat and a moving one', () => {
  const good = { seconds: 1, blur: 3, meanBrightness: 115, dark: 40, bright: 200, change: 1 };
  const others = [
    { ...good, seconds: 0, blur: 15 },
    { ...good, seconds: 2, meanBrightness: 25, bright: 60 },
    { ...good, seconds: 3, blur: Number.NaN, dark: 110, bright: 115 },
    { ...good, seconds: 4, change: 12 },
  ];
  expect(chooseLook([...others, good])).toBe(good);
  expect(scoreLook(good)).toBeLessThanOrEqual(1);
  expect(chooseLook([])).toBeUndefined();
});

test('marks that tell only changes are put together to one entry a picture', () => {
  const mark = (seconds: number, key: string, value: string) => ({ label: 'look', seconds, key, value });
  expect(
    readLooks([
      mark(0, 'lavfi.blur', '5'),
      mark(0, 'lavfi.signalstats.YAVG', '100'),
      mark(1, 'lavfi.blur', '4'),
    ]),
  ).toMatchObject([
    { seconds: 0, blur: 5, meanBrightness: 100 },
    { seconds: 1, blur: 4, meanBrightness: 100 },
  ]);
});

test('kept frames of a timeline keep their place in the source and the way of their crop', () => {
  const crop = {
    kind: 'crop' as const,
    keyframes: [
      { frame: 0, x: 0, y: 0, width: 90, height: 160 },
      { frame: 20, x: 40, y: 0, width: 90, height: 160 },
    ],
  };
  const clip = makeClip({
    id: 'one',
    startFrame: 10,
    sourceStartFrame: 7,
    speed: { num: 2, den: 1 },
    effects: [crop],
  });
  const timeline = makeTimeline('talk.mp4', [clip]);
  const one = keepFrames(timeline, 20, 21);
  expect(one.durationFrames).toBe(1);
  expect(one.tracks[0]?.clips).toMatchObject([
    {
      startFrame: 0,
      durationFrames: 1,
      sourceStartFrame: 27,
      effects: [{ keyframes: [{ frame: 0, x: 20 }] }],
    },
  ]);
  const some = keepFrames(timeline, 5, 26);
  expect(some.tracks[0]?.clips).toMatchObject([
    {
      startFrame: 5,
      durationFrames: 16,
      sourceStartFrame: 7,
      effects: [
        {
          keyframes: [
            { frame: 0, x: 0 },
            { frame: 15, x: 30 },
          ],
        },
      ],
    },
  ]);
  expect(keepFrames(timeline, 0, 5).tracks[0]?.clips).toEqual([]);
});

test.each([
  ['They fixed it.', 'They fixed it'],
  ['Most people do not have a problem with time, they have a problem with endings', undefined],
  ['One afternoon saved us nine thousand dollars, and all we did was read our own handwriting', undefined],
  ['Why do you say goodbye four times?', undefined],
])('a title is shortened to its strongest words: %s', (title, expected) => {
  const short = shortenForCover(title);
  const words = short.split(' ');
  expect(words.length).toBeLessThanOrEqual(6);
  expect(words.length).toBeGreaterThanOrEqual(2);
  // A run of the title's own words.
  expect(title.toLowerCase()).toContain(short.toLowerCase());
  expect(short).not.toMatch(/\b(?:the|a|of|with|and|to)$/iu);
  if (expected !== undefined) expect(short).toBe(expected);
});

test('fewer words are fewer, and what is no word makes no title', () => {
  expect(shortenForCover('Nobody tells you this about bread', 2).split(' ').length).toBeLessThanOrEqual(2);
  expect(shortenForCover('… — !')).toBe('');
});

test.each([
  [1080, 1920],
  [1080, 1080],
  [1080, 1350],
  [1920, 1080],
])('in %i×%i a cover title is at least 8 px tall at 120 px, and a logo makes way', (width, height) => {
  const hash = `sha256:${'0'.repeat(64)}`;
  const plain = makeTimeline('talk.mp4', [makeClip({ id: 'one', durationFrames: 1 })], { width, height });
  const place = { kind: 'place' as const, x: width * 0.1, y: height * 0.7, width: 150, height: 80 };
  const frame: typeof plain = {
    ...plain,
    assets: [...plain.assets, { id: 'logo', kind: 'image', path: '/logo.png', contentHash: hash }],
    tracks: [
      ...plain.tracks,
      {
        id: 'logo',
        kind: 'video',
        clips: [makeClip({ id: 'l', assetId: 'logo', durationFrames: 1, effects: [place] })],
      },
    ],
  };
  for (const title of [
    'What a small bakery taught me about mistakes and about people',
    'Unverhältnismäßigkeitsprüfung',
    'Why?',
    'Почему ошибки стоят дороже всего',
  ]) {
    const titled = addCoverTitle(frame, title, '/');
    expect(parseTimeline(JSON.parse(JSON.stringify(titled)))).toEqual(titled);
    const [box] = titleBoxes(titled);
    const asset = titled.assets.find(({ id }) => id === 'cover-title');
    if (box === undefined || asset?.kind !== 'title') throw new Error('no title');
    const cap = pickFont(asset.text, asset.font, fontSetOf(undefined)).heightEm;
    // One word as long as a line sets its own limit.
    const least = title.startsWith('Unver') ? 5 : 8;
    expect((box.emPx * cap * 120) / width, `${title} → ${asset.text}`).toBeGreaterThanOrEqual(least);
    expect(box.box.right - box.box.left).toBeLessThanOrEqual(width);
    const logo = titled.tracks.find(({ id }) => id === 'logo')?.clips[0];
    const isUnder = box.box.top < place.y + place.height && box.box.bottom > place.y;
    const isBeside = box.box.left >= place.x + place.width || box.box.right <= place.x;
    expect(logo === undefined).toBe(isUnder && !isBeside);
  }
});

test('makes a JPEG of the size of the timeline', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pivot-cover-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await makeMedia({ path: join(folder, 'talk.mp4'), durationMs: 2400, tone: 'none' });
  const timeline = makeTimeline('talk.mp4', [makeClip({ id: 'one' })]);
  const outputPath = join(folder, 'cover.jpg');
  await makeCover(timeline, { outputPath, baseFolder: folder }, { cache: forgetfulCache }, makeContext());
  const bytes = await readFile(outputPath);
  expect(bytes.readUInt16BE(0)).toBe(0xffd8);
  expect(bytes.readUInt16BE(bytes.length - 2)).toBe(0xffd9);
  // The frame header (ITU-T T.81, B.2.2): marker, length, precision, height, width.
  const header = bytes.indexOf(Buffer.from([0xff, 0xc0]));
  expect([bytes.readUInt16BE(header + 7), bytes.readUInt16BE(header + 5)]).toEqual([180, 320]);
});

test('the letters of a cover are 8 px tall and stand out when it is 120 px wide', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pivot-cover-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  // Grey like the box at its worst, and a white picture: letters must be told from both.
  await makeMedia({
    path: join(folder, 'talk.mp4'),
    durationMs: 1000,
    tone: 'none',
    pattern: 'color=c=white',
  });
  const timeline = makeTimeline('talk.mp4', [makeClip({ id: 'one', durationFrames: 20 })], {
    width: 540,
    height: 960,
  });
  const path = join(folder, 'cover.jpg');
  const request = { outputPath: path, baseFolder: folder, title: 'Half of a hill' };
  await makeCover(timeline, request, { cache: forgetfulCache }, makeContext());
  const rawPath = join(folder, 'cover.gray');
  await runRender({
    inputs: [
      {
        kind: 'pictures',
        path,
        streamIndex: 0,
        isImage: true,
        label: 'in',
        frameRate: { num: 25, den: 1 },
        filters: undefined,
        pieces: [{ fromSeconds: 0, frames: 1, speed: 1, neededAtSeconds: 0 }],
      },
    ],
    filters: '[in]scale=120:-2:flags=area,format=gray[out]',
    outputs: [
      {
        kind: 'file',
        path: rawPath,
        format: 'rawvideo',
        formatOptions: {},
        streams: [{ kind: 'video', label: 'out', encoder: 'rawvideo', options: {} }],
      },
    ],
    durationSeconds: 0,
    files: [],
  });
  const pixels = await readFile(rawPath);
  const rows = Array.from({ length: pixels.length / 120 }, (_, row) =>
    pixels.subarray(row * 120, row * 120 + 120),
  );
  // Rows of the box: dark pixels; of them those that letters cross: light ones between the first and the last dark one.
  const isLetterRow = rows.map((row) => {
    const first = row.findIndex((value) => value < 60);
    const last = row.findLastIndex((value) => value < 60);
    return first !== -1 && row.subarray(first, last).some((value) => value > 200);
  });
  const runs = isLetterRow.join('').match(/(?:true)+/gu) ?? [];
  expect(Math.max(...runs.map((run) => run.length / 4))).toBeGreaterThanOrEqual(8);
});

test('a sharp picture that stands still is taken rather than a soft or a moving one, and none of the intro', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pivot-cover-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  // Sharp and still for the intro's 2 s, then soft, then turning, and sharp and still again from 5 s on; the intro is the best exposed.
  const filters = [
    "gblur=sigma=6:enable='between(t,2,3.5)'",
    "rotate=a='if(between(t,3.5,5),t*6,0)'",
    "eq=brightness=-0.15:enable='gte(t,2)'",
    'noise=alls=1',
  ];
  const path = await makeMedia({
    path: join(folder, 'talk.mp4'),
    durationMs: 6000,
    tone: 'none',
    pattern: 'smptehdbars',
    pictureFilters: filters.join(','),
  });
  const planned = makeTimeline(path, [makeClip({ id: 'one', durationFrames: 150 })]);
  const timeline = { ...planned, metadata: { pivot: { content: { startFrame: 50, endFrame: 150 } } } };
  const frame = await findCoverFrame(timeline, { baseFolder: folder }, makeContext());
  expect(frame).toBeGreaterThanOrEqual(126);
  expect(await findCoverFrame(planned, { baseFolder: folder }, makeContext())).toBeLessThan(50);
});
