import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { makeMedia } from '../../../test/fixtures/make-media.ts';
import { forgetfulCache, makeClip, makeContext, makeTimeline } from '../../../test/fixtures/make-timeline.ts';
import { chooseLook, readLooks, scoreLook } from './choose-frame.ts';
import { keepFrame, makeCover } from './cover.ts';

test('a sharp, well exposed picture beats a blurred, a dark and a flat one', () => {
  const good = { seconds: 1, blur: 3, meanBrightness: 115, dark: 40, bright: 200 };
  const others = [
    { ...good, seconds: 0, blur: 15 },
    { ...good, seconds: 2, meanBrightness: 25, bright: 60 },
    { ...good, seconds: 3, blur: Number.NaN, dark: 110, bright: 115 },
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

test('one frame of a timeline keeps its place in the source and its crop', () => {
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
  const { tracks, durationFrames } = keepFrame(makeTimeline('talk.mp4', [clip]), 20);
  expect(durationFrames).toBe(1);
  expect(tracks[0]?.clips).toMatchObject([
    { startFrame: 0, sourceStartFrame: 27, effects: [{ keyframes: [{ frame: 0, x: 20 }] }] },
  ]);
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
