import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { editFile, turnPicture } from '../../../test/fixtures/awkward-bytes.ts';
import { makeContext } from '../../../test/fixtures/make-timeline.ts';
import { colorAt, makePictures } from '../../../test/fixtures/render-frames.ts';
import { decodePng, makeTimeCodeVideo, readTimeCodeOf } from '../../../test/fixtures/time-code-video.ts';
import { readPictureHeader } from '../../domain/picture-header.ts';
import { reshapePicture, takeFrames, type PictureShape } from './take-frames.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot-frames-test-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Takes pictures, in the order of the times. */
async function take(path: string, atMs: readonly number[], shape: PictureShape = { format: 'png' }) {
  const pictures: Buffer[] = [];
  const keep = async (temporary: string) => void pictures.push(await readFile(temporary));
  await takeFrames(path, { ...shape, atMs }, keep, makeContext());
  return pictures;
}

test.each(['25', '30000/1001', '24000/1001', '50'])(
  'at %s frames a second each picture shows the very frame that a player shows',
  async (frameRate) => {
    const [num = 0, den = 1] = frameRate.split('/').map(Number);
    const seconds = 16;
    const last = Math.floor((seconds * num) / den) - 1;
    const path = await makeTimeCodeVideo({
      path: join(folder, `code ${frameRate.replace('/', '-')}.mp4`),
      seconds,
      frameRate,
      keyEveryFrames: 40,
      width: 160,
      height: 90,
      // So that what is decoded first is not what is shown first.
      options: { preset: 'medium', bf: '3' },
    });
    // Neighbours, jumps over key frames, the first, the last, and times within a frame.
    const frames = [0, 1, 2, 39, 40, 41, 99, Math.floor(last / 2), last - 1, last];
    const begins = frames.map((frame) => Math.round((frame * 1000 * den) / num));
    const within = frames.map((frame) => Math.round(((frame + 0.6) * 1000 * den) / num));
    for (const times of [begins, within]) {
      expect((await take(path, times)).map(readTimeCodeOf)).toEqual(frames);
    }
  },
);

test('a frame that stays for seconds is shown for all of them, in files of uneven rate', async () => {
  const path = await makeTimeCodeVideo({
    path: join(folder, 'uneven.mp4'),
    seconds: 10,
    width: 160,
    height: 90,
    filters: "select='not(between(n,51,149))'",
    // Else the encoder's rate would fill the gap.
    options: { preset: 'ultrafast' },
  });
  const times = [1960, 2000, 2040, 4000, 5990, 6000, 6040];
  expect((await take(path, times)).map(readTimeCodeOf)).toEqual([49, 50, 50, 50, 50, 150, 151]);
});

/** Red, green, blue and white quarters. */
function quarters(size: string, rest: string): string {
  const [width = 0, height = 0] = size.split('x').map(Number);
  const box = (color: string, x: number, y: number) =>
    `drawbox=x=${x}:y=${y}:w=${width / 2}:h=${height / 2}:c=${color}:t=fill`;
  return [
    `color=c=red:s=${size}:r=25:d=0.4,format=gbrp`,
    box('0x00FF00', width / 2, 0),
    box('blue', 0, height / 2),
    box('white', width / 2, height / 2),
    rest,
  ].join(',');
}

const toHd = 'scale=out_color_matrix=bt709:out_range=tv,setparams=colorspace=bt709:range=tv';

function expectQuarters(png: Buffer | undefined, size: readonly [number, number], tolerance = 6) {
  const pixels = decodePng(png ?? Buffer.alloc(0));
  expect([pixels.width, pixels.height]).toEqual(size);
  const wanted = [
    [255, 0, 0],
    [0, 255, 0],
    [0, 0, 255],
    [255, 255, 255],
  ];
  for (const [index, color] of wanted.entries()) {
    const found = colorAt(
      pixels,
      (0.25 + 0.5 * (index % 2)) * pixels.width,
      (0.25 + 0.5 * Math.floor(index / 2)) * pixels.height,
    );
    for (const [channel, value] of color.entries())
      expect(Math.abs((found[channel] ?? -99) - value), `${index}: ${found.join(' ')}`).toBeLessThan(
        tolerance,
      );
  }
}

test('colours are right in both matrices, as PNG and as JPEG, in any width', async () => {
  const hd = await makePictures(join(folder, 'hd.mkv'), [quarters('160x120', `${toHd},format=yuv444p`)]);
  const sd = await makePictures(join(folder, 'sd.mkv'), [
    quarters(
      '160x120',
      'scale=out_color_matrix=bt601:out_range=tv,format=yuv420p,setparams=colorspace=smpte170m:range=tv',
    ),
  ]);
  const untold = await makePictures(join(folder, 'untold.mkv'), [
    quarters('160x120', 'scale=out_color_matrix=bt601:out_range=tv,format=yuv420p'),
  ]);
  for (const path of [hd, sd, untold]) {
    expectQuarters((await take(path, [100]))[0], [160, 120]);
    expectQuarters((await take(path, [100], { format: 'png', width: 80 }))[0], [80, 60]);
    const [jpeg] = await take(path, [100], { format: 'jpeg', width: 320 });
    expect(readPictureHeader(jpeg ?? Buffer.alloc(0))).toEqual({ format: 'jpeg', width: 320, height: 240 });
    // What was written as JPEG is a picture that comes in again.
    const back: Buffer[] = [];
    const keep = async (temporary: string) => void back.push(await readFile(temporary));
    await reshapePicture(jpeg ?? Buffer.alloc(0), { format: 'png' }, keep, makeContext());
    expectQuarters(back[0], [320, 240], 12);
  }
});

test('pixels that are no squares become squares', async () => {
  const path = await makePictures(
    join(folder, 'wide.mp4'),
    [quarters('144x90', `${toHd},format=yuv420p,setsar=16/11`)],
    { format: 'mp4', encoder: 'libx264', encoderOptions: { preset: 'ultrafast', qp: '0' } },
  );
  expectQuarters((await take(path, [0]))[0], [209, 90], 10);
});

test('a turned recording is upright', async () => {
  const turnedBack = { 90: 'transpose=cclock', 180: 'hflip,vflip', 270: 'transpose=clock' };
  for (const [degrees, back] of Object.entries(turnedBack)) {
    const path = await makePictures(
      join(folder, `turned ${degrees}.mp4`),
      [quarters('160x120', `${back},${toHd},format=yuv420p`)],
      { format: 'mp4', encoder: 'libx264', encoderOptions: { preset: 'ultrafast', qp: '0' } },
    );
    await editFile(path, (bytes) => turnPicture(bytes, Number(degrees)));
    expectQuarters((await take(path, [200]))[0], [160, 120]);
  }
});

/** Light in candela a square metre as a PQ signal, 0 to 1 (SMPTE ST 2084). */
function toPq(nits: number): number {
  const power = (nits / 10_000) ** (2610 / 16_384);
  return ((3424 / 4096 + (2413 / 128) * power) / (1 + (2392 / 128) * power)) ** (2523 / 32);
}

/** A colour of BT.709, 0 or 1 a channel and as bright as plain white in HDR, as ten bits of BT.2020 and PQ: luma, Cb and Cr. */
function toHdr([red = 0, green = 0, blue = 0]: readonly number[]): readonly number[] {
  // ITU-R BT.2087; plain white is 203 candela a square metre (BT.2408).
  const [r = 0, g = 0, b = 0] = [
    [0.6274, 0.3293, 0.0433],
    [0.0691, 0.9195, 0.0114],
    [0.0164, 0.088, 0.8956],
  ].map(([x = 0, y = 0, z = 0]) => toPq(203 * (x * red + y * green + z * blue)));
  const luma = 0.2627 * r + 0.678 * g + 0.0593 * b;
  return [64 + 876 * luma, 512 + (896 * (b - luma)) / 1.8814, 512 + (896 * (r - luma)) / 1.4746].map(
    Math.round,
  );
}

test('high dynamic range is brought down: plain white is light and not gray, colours stay what they are', async () => {
  const wanted = [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
    [1, 1, 1],
  ];
  const codes = wanted.map(toHdr);
  const plane = (index: number) => {
    const [a, b, c, d] = codes.map((code) => code[index]);
    return `if(lt(Y\\,H/2)\\,if(lt(X\\,W/2)\\,${a}\\,${b})\\,if(lt(X\\,W/2)\\,${c}\\,${d}))`;
  };
  const path = await makePictures(
    join(folder, 'pq.mkv'),
    [
      `color=c=black:s=160x120:r=25:d=0.4,format=yuv420p10le,geq=lum='${plane(0)}':cb='${plane(1)}':cr='${plane(2)}',setparams=range=tv:color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc`,
    ],
    { encoderOptions: { color_primaries: 'bt2020', color_trc: 'smpte2084' } },
  );
  const [png] = await take(path, [200]);
  const pixels = decodePng(png ?? Buffer.alloc(0));
  for (const [index, color] of wanted.entries()) {
    const found = colorAt(
      pixels,
      (0.25 + 0.5 * (index % 2)) * pixels.width,
      (0.25 + 0.5 * Math.floor(index / 2)) * pixels.height,
    );
    for (const [channel, value] of color.entries()) {
      if (value === 1) expect(found[channel], found.join(' ')).toBeGreaterThan(215);
      else expect(found[channel], found.join(' ')).toBeLessThan(60);
    }
  }
});

test('what begins late shows its first frame before, and what ends early its last', async () => {
  const late = await makePictures(join(folder, 'late.mkv'), [
    quarters('160x120', `${toHd},format=yuv420p,setpts=PTS+1/TB`),
  ]);
  expectQuarters((await take(late, [0]))[0], [160, 120]);
});

test('sound alone, times beyond the end and what is no media are refused', async () => {
  const path = await makePictures(join(folder, 'short.mkv'), [quarters('160x120', 'format=yuv420p')]);
  await expect(take(path, [0, 5000])).rejects.toMatchObject({ code: 'input.time_outside' });
  await expect(take(join(folder, 'none.mp4'), [0])).rejects.toMatchObject({ code: 'input.missing' });
});
