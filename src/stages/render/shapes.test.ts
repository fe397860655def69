import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { editFile, turnPicture } from '../../../test/fixtures/awkward-bytes.ts';
import { makeClip, makeTimeline } from '../../../test/fixtures/make-timeline.ts';
import { colorAt, makePictures, renderFrames, type Picture } from '../../../test/fixtures/render-frames.ts';
import type { Effect, FileAsset, Timeline } from '../../domain/timeline.ts';

/** Pictures of every kind, rendered, and their pixels compared with what a viewer of the source sees. */

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot-shapes-test-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Pictures alone: 160 × 120 at 25 frames a second unless told. */
function pictureTimeline(
  path: string,
  parts: Partial<Timeline> & { effects?: Effect[]; frames?: number } = {},
): Timeline {
  const { effects = [], frames = 3, ...rest } = parts;
  const clips = [makeClip({ id: 'one', durationFrames: frames, effects })];
  const timeline = makeTimeline(path, clips, { width: 160, height: 120, ...rest });
  return {
    ...timeline,
    tracks: [{ id: 'picture', kind: 'video', clips }],
  };
}

/** Red, green, blue and white quarters; colours are those of BT.709 unless a matrix is told. */
function quarters(size: string, rest: string, rate = '25', seconds = 0.2): string {
  const [width = 0, height = 0] = size.split('x').map(Number);
  const box = (color: string, x: number, y: number) =>
    `drawbox=x=${x}:y=${y}:w=${width / 2}:h=${height / 2}:c=${color}:t=fill`;
  return [
    `color=c=red:s=${size}:r=${rate}:d=${seconds},format=gbrp`,
    box('0x00FF00', width / 2, 0),
    box('blue', 0, height / 2),
    box('white', width / 2, height / 2),
    rest,
  ].join(',');
}

const toHd = 'scale=out_color_matrix=bt709:out_range=tv,setparams=colorspace=bt709:range=tv';

function expectColor(found: readonly number[], wanted: readonly number[], tolerance: number): void {
  for (const [index, value] of wanted.entries()) {
    expect(
      Math.abs((found[index] ?? -999) - value),
      `${found.join(' ')} for ${wanted.join(' ')}`,
    ).toBeLessThan(tolerance);
  }
}

async function expectQuarters(path: string, parts: Parameters<typeof pictureTimeline>[1] = {}) {
  const frames = await renderFrames(pictureTimeline(path, parts), `${path}.mp4`);
  expect(frames).toHaveLength(3);
  for (const frame of frames) expectQuarterColors(frame);
}

function expectQuarterColors(frame: Picture): void {
  const { width, height } = frame;
  expectColor(colorAt(frame, width * 0.3, height * 0.25), [255, 0, 0], 14);
  expectColor(colorAt(frame, width * 0.7, height * 0.25), [0, 255, 0], 14);
  expectColor(colorAt(frame, width * 0.3, height * 0.75), [0, 0, 255], 14);
  expectColor(colorAt(frame, width * 0.7, height * 0.75), [255, 255, 255], 14);
}

/** A timeline that shows each stream of a file for some frames, one after the other. */
function streamTimeline(
  path: string,
  streams: number,
  frames: number,
  parts: Partial<Timeline> = {},
): Timeline {
  const indexes = Array.from({ length: streams }, (_, index) => index);
  const clips = indexes.map((index) =>
    makeClip({ id: `c${index}`, assetId: `s${index}`, startFrame: index * frames, durationFrames: frames }),
  );
  const timeline = makeTimeline(path, clips, { width: 160, height: 120, ...parts });
  const [asset] = timeline.assets as FileAsset[];
  return {
    ...timeline,
    assets: indexes.map((index) =>
      Object.assign({ ...asset! }, { id: `s${index}`, videoStreamIndex: index }),
    ),
    tracks: [{ id: 'picture', kind: 'video', clips }],
  };
}

test('keeps the colours of every usual format', async () => {
  const path = join(folder, 'formats.mkv');
  const formats = ['yuv420p10le', 'yuv422p', 'yuv422p10le', 'yuv444p', 'yuv444p12le', 'yuv411p'];
  await makePictures(path, [
    ...formats.map((format) => quarters('160x120', `${toHd},format=${format}`)),
    quarters('160x120', 'format=bgr0'),
    quarters('160x120', 'format=gbrp10le'),
    quarters(
      '160x120',
      'scale=out_color_matrix=bt709:out_range=pc,setparams=colorspace=bt709:range=pc,format=yuv420p',
    ),
    quarters(
      '160x120',
      'scale=out_color_matrix=bt601:out_range=tv,setparams=colorspace=smpte170m:range=tv,format=yuv420p',
    ),
  ]);
  const count = formats.length + 4;
  const frames = await renderFrames(streamTimeline(path, count, 2), join(folder, 'formats.mp4'));
  expect(frames).toHaveLength(count * 2);
  for (const frame of frames) expectQuarterColors(frame);
});

test('fills the canvas with pictures of every size, and shows the stream that is asked for', async () => {
  const path = join(folder, 'sizes.mkv');
  const sizes = ['16x16', '34x26', '1280x720', '90x160', '640x64'];
  await makePictures(
    path,
    sizes.map((size) => quarters(size, `${toHd},format=yuv420p`)),
  );
  const frames = await renderFrames(streamTimeline(path, sizes.length, 2), join(folder, 'sizes.mp4'));
  expect(frames).toHaveLength(sizes.length * 2);
  for (const frame of frames) expectQuarterColors(frame);
});

test('8K pictures are made small', async () => {
  const path = join(folder, '8k.mkv');
  await makePictures(path, [quarters('7680x4320', `${toHd},format=yuv420p`, '25', 0.12)], {
    encoder: 'libx264',
    encoderOptions: { preset: 'ultrafast' },
  });
  await expectQuarters(path);
});

test('odd sizes lose no edge', async () => {
  const path = join(folder, 'odd.mkv');
  await makePictures(path, [quarters('161x121', `${toHd},format=yuv444p`)]);
  await expectQuarters(path);
});

test.each([90, 180, 270])('a picture turned by %s degrees stands upright', async (degrees) => {
  const path = join(folder, `turned-${degrees}.mp4`);
  // Turned the other way first, so that the player's turn undoes it.
  const turn = { 90: 'transpose=cclock', 180: 'hflip,vflip', 270: 'transpose=clock' }[degrees] ?? 'null';
  await makePictures(path, [quarters('160x120', `${turn},${toHd},format=yuv420p`)], {
    format: 'mp4',
    encoder: 'libx264',
  });
  await editFile(path, (bytes) => turnPicture(bytes, degrees));
  await expectQuarters(path);
});

test('wide pixels are made square: what a crop counts is what a viewer sees', async () => {
  const path = join(folder, 'anamorphic.mkv');
  // Coded 80 × 120, seen 160 × 120.
  await makePictures(path, [quarters('160x120', `scale=80:120,${toHd},format=yuv420p,setsar=2`)]);
  await expectQuarters(path);
  const crop: Effect = { kind: 'crop', keyframes: [{ frame: 0, x: 80, y: 60, width: 80, height: 60 }] };
  const [frame] = await renderFrames(pictureTimeline(path, { effects: [crop] }), join(folder, 'crop.mp4'));
  expectColor(colorAt(frame, 6, 6), [255, 255, 255], 14);
});

test.each(['25', '30000/1001', '60'])(
  'all rates become %s frames a second without drifting',
  async (rate) => {
    const path = join(folder, 'rates.mkv');
    const sourceRates = [10, 24, 50, 60, 120, 240];
    const [num = 25, den = 1] = rate.split('/').map(Number);
    // As bright as it is late: 100 levels a second.
    await makePictures(
      path,
      sourceRates.map(
        (each) =>
          `color=c=black:s=32x32:r=${each}:d=1.2,format=gray,geq=lum='16+100*T',${toHd},format=yuv420p`,
      ),
    );
    const count = Math.round(num / den);
    const timeline = streamTimeline(path, sourceRates.length, count, {
      frameRate: { num, den },
      width: 32,
      height: 32,
    });
    const seen = await renderFrames(timeline, join(folder, 'rate.mp4'));
    expect(seen).toHaveLength(count * sourceRates.length);
    for (const [index, frame] of seen.entries()) {
      const sourceRate = sourceRates[Math.floor(index / count)] ?? 1;
      const wanted = 16 + (100 * (index % count) * den) / num;
      const lateness = Math.abs(colorAt(frame, 16, 16)[1] - wanted);
      expect(lateness, `frame ${index}, from ${sourceRate}`).toBeLessThan(100 / sourceRate + 4);
    }
  },
);

test('half pictures become whole ones without combs', async () => {
  const path = join(folder, 'interlaced.mkv');
  // A bar that moves 8 px between half pictures: every second row is 8 px off.
  await makePictures(
    path,
    [
      `color=c=black:s=160x120:r=50:d=0.4,format=yuv420p,geq=lum='if(between(X\\,8*N+8\\,8*N+28)\\,235\\,16)':cb=128:cr=128,interlace=scan=tff:lowpass=off,${toHd}`,
    ],
    { encoder: 'libx264', encoderOptions: { flags: '+ildct+ilme', 'x264-params': 'tff=1', crf: '5' } },
  );
  const [, , frame] = await renderFrames(pictureTimeline(path, { frames: 5 }), join(folder, 'whole.mp4'));
  // Along the bar's edges neighbouring rows are alike.
  let combs = 0;
  for (let y = 20; y < 100; y++) {
    for (let x = 0; x < 160; x++) {
      if (Math.abs(colorAt(frame, x, y)[1] - colorAt(frame, x, y + 1)[1]) > 100) combs += 1;
    }
  }
  expect(combs).toBe(0);
});

test.each([
  ['smpte2084', 573],
  ['arib-std-b67', 721],
])('plain white and middle grey of HDR (%s) look like those of SDR', async (transfer, whiteCode) => {
  const path = join(folder, `${transfer}.mkv`);
  const bars = `geq=lum='if(lt(X\\,80)\\,${whiteCode}\\,64)':cb=512:cr=512`;
  await makePictures(
    path,
    [
      `color=c=black:s=160x120:r=25:d=0.2,format=yuv420p10le,${bars},setparams=range=tv:color_primaries=bt2020:color_trc=${transfer}:colorspace=bt2020nc`,
    ],
    { encoderOptions: { color_primaries: 'bt2020', color_trc: transfer } },
  );
  const [frame] = await renderFrames(pictureTimeline(path), join(folder, 'hdr.mp4'));
  const [red, green, blue] = colorAt(frame, 40, 60);
  expect(green).toBeGreaterThan(215);
  expect(green).toBeLessThan(245);
  expect(Math.max(red, green, blue) - Math.min(red, green, blue)).toBeLessThan(6);
  expectColor(colorAt(frame, 120, 60), [0, 0, 0], 6);
});
