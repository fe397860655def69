import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeMedia } from '../../test/fixtures/make-media.ts';
import { makeVideoStream } from '../../test/fixtures/make-video-stream.ts';
import { openFrames, type SmallFrame } from './open-frames.ts';
import { sizeFilters, smallSize } from './small-frames.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot-frames-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const frameRate = { num: 25, den: 1 };

test('several sizes come from one decode, each with its own format and its own frames', async () => {
  const path = await makeMedia({
    path: join(folder, 'red.mp4'),
    durationMs: 1000,
    pattern: 'color=c=red',
    tone: 'none',
  });
  const frames: SmallFrame[] = [];
  const reader = openFrames(path, {
    ranges: [{ startMs: 200, endMs: 800 }],
    frameRate,
    sizes: [
      { name: 'gray', width: 32, pixelFormat: 'gray', everyFrames: 1 },
      { name: 'faces', width: 64, pixelFormat: 'rgb24', everyFrames: 4 },
    ],
  });
  for await (const frame of reader) frames.push(frame);
  const of = (size: string) => frames.filter((frame) => frame.size === size);
  expect(of('gray').map(({ frame }) => frame)).toEqual(Array.from({ length: 15 }, (_, index) => 5 + index));
  expect(of('faces').map(({ frame }) => frame)).toEqual([8, 12, 16]);
  expect(of('gray')[0]).toMatchObject({ width: 32, height: 18 });
  expect(of('gray')[0]?.data).toHaveLength(32 * 18);
  const face = of('faces')[0];
  expect(face).toMatchObject({ width: 64, height: 36 });
  expect(face?.data).toHaveLength(64 * 36 * 3);
  const [red = 0, green = 0, blue = 0] = face?.data ?? [];
  expect(red).toBeGreaterThan(230);
  expect(Math.max(green, blue)).toBeLessThan(25);
  expect(reader.decodedRanges()).toHaveLength(1);
});

test('it is read once, and a file without a picture is refused', async () => {
  const path = await makeMedia({ path: join(folder, 'tone.m4a'), durationMs: 500, pattern: 'none' });
  const reader = openFrames(path, {
    ranges: [{ startMs: 0, endMs: 500 }],
    frameRate,
    sizes: [{ name: 'gray', width: 32, pixelFormat: 'gray', everyFrames: 1 }],
  });
  const readAll = async () => {
    for await (const frame of reader) void frame;
  };
  await expect(readAll()).rejects.toMatchObject({ code: 'input.no_video' });
  await expect(readAll()).rejects.toMatchObject({ code: 'tool.frames_read_twice' });
});

test('a file with one key frame is read through once, not once for each range', async () => {
  const path = await makeMedia({
    path: join(folder, 'one-key.mp4'),
    durationMs: 70_000,
    width: 32,
    height: 18,
    frameRate: '5',
    tone: 'none',
    keyEveryFrames: 1000,
  });
  const frames: number[] = [];
  const reader = openFrames(path, {
    ranges: [
      { startMs: 30_000, endMs: 31_000 },
      { startMs: 40_000, endMs: 41_000 },
      { startMs: 60_000, endMs: 61_000 },
    ],
    frameRate: { num: 5, den: 1 },
    sizes: [
      { name: 'gray', width: 16, pixelFormat: 'gray', everyFrames: 1 },
      { name: 'second', width: 16, pixelFormat: 'gray', everyFrames: 4 },
    ],
  });
  const second: number[] = [];
  for await (const { size, frame } of reader) (size === 'gray' ? frames : second).push(frame);
  expect(frames).toEqual([150, 151, 152, 153, 154, 200, 201, 202, 203, 204, 300, 301, 302, 303, 304]);
  expect(second).toEqual([152, 200, 204, 300, 304]);
  // Once to find out, once for the rest.
  expect(reader.decodedRanges()).toHaveLength(2);
});

test('small pictures are upright, have square pixels, and are mapped down from high dynamic range', () => {
  const size = { name: 'x', width: 96, pixelFormat: 'rgb24', everyFrames: 1 } as const;
  expect(smallSize(size, { displayWidth: 1920, displayHeight: 1080 })).toEqual({ width: 96, height: 54 });
  expect(smallSize(size, { displayWidth: 2, displayHeight: 4000 })).toEqual({ width: 96, height: 768 });
  const turned = makeVideoStream({ rotationDegrees: 90, displayWidth: 1080, displayHeight: 1920 });
  expect(sizeFilters(size, turned, 0)).toEqual([
    'scale=171:96:flags=area',
    'setsar=1',
    'transpose=clock',
    'format=rgb24',
  ]);
  const high = sizeFilters({ ...size, everyFrames: 6 }, makeVideoStream({ colorTransfer: 'smpte2084' }), 10);
  expect(high[0]).toBe(`select='not(mod(pts+10,6))'`);
  expect(high).toContain('tonemap=hable:desat=0');
});
