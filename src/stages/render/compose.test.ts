import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { coverMp3 } from '../../../test/fixtures/awkward-bytes.ts';
import { makeMedia } from '../../../test/fixtures/make-media.ts';
import { makeClip, makeTimeline } from '../../../test/fixtures/make-timeline.ts';
import { colorAt, makePictures, renderFrames, type Picture } from '../../../test/fixtures/render-frames.ts';
import { runRender } from '../../media/run-render.ts';
import type { Asset, Clip, Effect, Timeline, Track } from '../../domain/timeline.ts';

/** Tracks laid over each other, crops that move, what is drawn: rendered, and looked at pixel by pixel. */

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot-compose-test-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const contentHash = `sha256:${'0'.repeat(64)}`;
const backdrop: Asset = { id: 'backdrop', kind: 'color', color: '#0000FF' };
const toHd = 'scale=out_color_matrix=bt709:out_range=tv,setparams=colorspace=bt709:range=tv';

function composeTimeline(assets: readonly Asset[], tracks: readonly (readonly Clip[])[]): Timeline {
  const timeline = makeTimeline('talk.mp4', tracks.flat(), { width: 180, height: 320 });
  return {
    ...timeline,
    assets: [...assets],
    tracks: tracks.map((clips, index): Track => ({ id: `v${index}`, kind: 'video', clips: [...clips] })),
  };
}

function fileAsset(id: string, path: string): Asset {
  return { id, kind: 'file', path, contentHash, durationMs: 10_000, hasVideo: true, hasAudio: true };
}

const place = (x: number, y: number, width: number, height: number, opacity?: number): Effect => ({
  kind: 'place',
  x,
  y,
  width,
  height,
  ...(opacity === undefined ? {} : { opacity }),
});

const below = (durationFrames: number) => makeClip({ id: 'below', assetId: 'backdrop', durationFrames });

function expectColor(frame: Picture | undefined, x: number, y: number, wanted: readonly number[]): void {
  const found = colorAt(frame, x, y);
  const isNear = found.every((value, index) => Math.abs(value - (wanted[index] ?? 0)) < 16);
  expect(isNear, `${found.join(' ')} at ${x}, ${y} for ${wanted.join(' ')}`).toBe(true);
}

test('a logo lies in its place for its time, see-through where it is and as opaque as told', async () => {
  const path = join(folder, 'logo.png');
  // Red in the middle, transparent around.
  await makePictures(path, ['color=c=red:s=20x10:d=0.04:r=25,format=rgba,pad=40:20:10:5:color=black@0'], {
    format: 'image2pipe',
    encoder: 'png',
  });
  const logo: Asset = { id: 'logo', kind: 'image', path, contentHash };
  const clip = (id: string, startFrame: number, opacity?: number) =>
    makeClip({
      id,
      assetId: 'logo',
      startFrame,
      durationFrames: 3,
      effects: [place(100, 20, 80, 40, opacity)],
    });
  const frames = await renderFrames(
    composeTimeline([backdrop, logo], [[below(10)], [clip('a', 2), clip('b', 6, 0.5)]]),
    join(folder, 'logo.mp4'),
  );
  expect(frames).toHaveLength(10);
  for (const [index, frame] of frames.entries()) {
    const wanted =
      index >= 2 && index < 5 ? [255, 0, 0] : index >= 6 && index < 9 ? [127, 0, 127] : [0, 0, 255];
    expectColor(frame, 140, 40, wanted);
    expectColor(frame, 106, 24, [0, 0, 255]);
    expectColor(frame, 90, 160, [0, 0, 255]);
  }
});

test('what reaches over the edge of the canvas is cut off there; places may change from clip to clip', async () => {
  const green: Asset = { id: 'green', kind: 'color', color: '#00FF00' };
  const clip = (id: string, startFrame: number, effect: Effect) =>
    makeClip({ id, assetId: 'green', startFrame, durationFrames: 2, effects: [effect] });
  const over = [clip('a', 0, place(-50, -50, 100, 100)), clip('b', 2, place(100, 200, 200, 200))];
  const frames = await renderFrames(
    composeTimeline([backdrop, green], [[below(4)], over]),
    join(folder, 'edge.mp4'),
  );
  expectColor(frames[0], 40, 40, [0, 255, 0]);
  expectColor(frames[0], 60, 60, [0, 0, 255]);
  expectColor(frames[2], 40, 40, [0, 0, 255]);
  expectColor(frames[3], 170, 310, [0, 255, 0]);
  expectColor(frames[3], 90, 190, [0, 0, 255]);
});

test('a film with transparency shows what lies below, and black where nothing does', async () => {
  const path = join(folder, 'alpha.mkv');
  await makePictures(path, [
    `color=c=red:s=90x320:d=0.2:r=25,format=rgba,pad=180:320:0:0:color=black@0,${toHd},format=yuva420p`,
  ]);
  const film = fileAsset('film', path);
  const clip = makeClip({ id: 'film', assetId: 'film', durationFrames: 3 });
  const [over] = await renderFrames(
    composeTimeline([backdrop, film], [[below(3)], [clip]]),
    join(folder, 'a.mp4'),
  );
  expectColor(over, 45, 160, [255, 0, 0]);
  expectColor(over, 135, 160, [0, 0, 255]);
  const [alone] = await renderFrames(composeTimeline([film], [[clip]]), join(folder, 'b.mp4'));
  expectColor(alone, 135, 160, [0, 0, 0]);
});

test('the cover inside an audio file fills the canvas blurred and stands in front of itself', async () => {
  const cover = join(folder, 'cover.jpg');
  await makePictures(cover, ['testsrc=s=100x100:d=0.04:r=25,format=yuvj420p'], {
    format: 'mjpeg',
    encoder: 'mjpeg',
    encoderOptions: { qmin: '2', qmax: '2' },
  });
  const path = join(folder, 'podcast.mp3');
  await runRender({
    inputs: [],
    filters: 'sine=d=0.5:r=44100,aformat=sample_fmts=fltp,asetnsamples=n=1152[a]',
    outputs: [
      {
        kind: 'file',
        path,
        format: 'mp3',
        formatOptions: { id3v2_version: '0' },
        streams: [{ kind: 'audio', label: 'a', encoder: 'libmp3lame', options: {} }],
      },
    ],
    durationSeconds: 1,
    files: [],
  });
  await coverMp3(path, cover);
  const image: Asset = { id: 'cover', kind: 'image', path, contentHash };
  const clip = (id: string, effects: Effect[]) =>
    makeClip({ id, assetId: 'cover', durationFrames: 3, effects });
  const timeline = composeTimeline(
    [image],
    [[clip('a', [{ kind: 'blur', radius: 0.1 }])], [clip('b', [place(40, 40, 100, 100)])]],
  );
  const frames = await renderFrames(timeline, join(folder, 'cover.mp4'));
  expect(frames).toHaveLength(3);
  // How much neighbouring pixels differ along a row: a lot in the card, hardly in the blur.
  const roughness = (y: number, from: number, to: number) => {
    let most = 0;
    for (let x = from; x < to; x++) {
      most = Math.max(most, Math.abs(colorAt(frames[1], x, y)[0] - colorAt(frames[1], x + 1, y)[0]));
    }
    return most;
  };
  expect(roughness(90, 45, 135)).toBeGreaterThan(80);
  expect(roughness(250, 5, 170)).toBeLessThan(12);
});

/** Black and white, the border between them at x = 320 and, on the right, at y = 180. */
async function makeEdges(): Promise<string> {
  return makePictures(join(folder, 'edges.mkv'), [
    `color=c=black:s=640x360:r=25:d=2.4,drawbox=x=320:y=0:w=320:h=180:c=white:t=fill,${toHd},format=yuv420p`,
  ]);
}

type Keys = Extract<Effect, { kind: 'crop' }>['keyframes'];

/** How far the borders lie from where a crop should have brought them, in px, the worst of all frames. */
function worstOffset(
  frames: readonly Picture[],
  keysAt: (frame: number) => { keys: Keys; frame: number },
): number {
  let worst = 0;
  for (const [index, picture] of frames.entries()) {
    const { keys, frame } = keysAt(index);
    const from = keys[0]!;
    const to = keys.at(-1)!;
    const share = to === from ? 0 : Math.min(1, Math.max(0, (frame - from.frame) / (to.frame - from.frame)));
    const mix = (side: 'x' | 'y' | 'width' | 'height') => from[side] + (to[side] - from[side]) * share;
    let right = 0;
    for (let x = 0; x < 180; x++) right += colorAt(picture, x, 5)[1] / 255;
    let top = 0;
    for (let y = 0; y < 320; y++) top += colorAt(picture, 175, y)[1] / 255;
    worst = Math.max(
      worst,
      Math.abs(180 - right - ((320 - mix('x')) / mix('width')) * 180),
      Math.abs(top - ((180 - mix('y')) / mix('height')) * 320),
    );
  }
  return worst;
}

test('crops that move and zoom go smoothly: never a quarter of a pixel off', async () => {
  const path = await makeEdges();
  const zoom: Keys = [
    { frame: 0, x: 218.75, y: 0, width: 202.5, height: 360 },
    { frame: 24, x: 250, y: 60, width: 135, height: 240 },
  ];
  const slow: Keys = [
    { frame: 0, x: 200, y: 20, width: 180, height: 320 },
    { frame: 24, x: 203, y: 26, width: 180, height: 320 },
  ];
  const clips = [zoom, slow].map((keyframes, index) =>
    makeClip({
      id: `c${index}`,
      assetId: 'film',
      startFrame: index * 25,
      durationFrames: 25,
      sourceStartFrame: index * 30,
      effects: [{ kind: 'crop', keyframes }],
    }),
  );
  const frames = await renderFrames(
    composeTimeline([fileAsset('film', path)], [clips]),
    join(folder, 'zoom.mp4'),
  );
  expect(frames).toHaveLength(50);
  const offset = worstOffset(frames, (index) => ({ keys: index < 25 ? zoom : slow, frame: index % 25 }));
  expect(offset).toBeLessThan(0.25);
});

test('each piece of a tightened clip has its own crop, from its first frame to its last', async () => {
  const path = await makeEdges();
  const wide: Keys = [{ frame: 0, x: 218, y: 0, width: 202.5, height: 360 }];
  const close: Keys = [{ frame: 0, x: 250, y: 60, width: 135, height: 240 }];
  const clips = Array.from({ length: 8 }, (_, index) =>
    makeClip({
      id: `c${index}`,
      assetId: 'film',
      startFrame: index * 5,
      durationFrames: 5,
      sourceStartFrame: index * 7,
      effects: [{ kind: 'crop', keyframes: index % 2 === 0 ? wide : close }],
    }),
  );
  const frames = await renderFrames(
    composeTimeline([fileAsset('film', path)], [clips]),
    join(folder, 'steps.mp4'),
  );
  const offset = worstOffset(frames, (index) => ({
    keys: Math.floor(index / 5) % 2 === 0 ? wide : close,
    frame: 0,
  }));
  // Crops that stand still are cut on whole pixels of the source.
  expect(offset).toBeLessThan(2);
});

test('two cameras by turns: each shows its own time, cut to the frame', async () => {
  // The brightness of each is its time: 10 levels a frame; one is red, the other green.
  const film = (name: string, plane: string) =>
    makePictures(join(folder, `${name}.mkv`), [
      `color=c=black:s=32x32:r=25:d=0.96,format=gbrp,geq=r=0:g=0:b=0:${plane}='10*N',${toHd},format=yuv444p`,
    ]);
  const red = fileAsset('red', await film('red', 'r'));
  const green = fileAsset('green', await film('green', 'g'));
  const clips = Array.from({ length: 6 }, (_, index) =>
    makeClip({
      id: `c${index}`,
      assetId: index % 2 === 0 ? 'red' : 'green',
      startFrame: index * 3,
      durationFrames: 3,
      sourceStartFrame: index * 4,
    }),
  );
  const frames = await renderFrames(composeTimeline([red, green], [clips]), join(folder, 'turns.mp4'));
  expect(frames).toHaveLength(18);
  for (const [index, frame] of frames.entries()) {
    const piece = Math.floor(index / 3);
    const level = 10 * (piece * 4 + (index % 3));
    expectColor(frame, 90, 160, piece % 2 === 0 ? [level, 0, 0] : [0, level, 0]);
  }
});

/** Two seconds of silence, two of a tone, two of silence. */
async function makeBeep(): Promise<string> {
  const path = join(folder, 'beeps.mp4');
  return makeMedia({
    path,
    durationMs: 6000,
    pattern: 'color=c=black',
    width: 64,
    height: 64,
    tone: '0.5*sin(2*PI*300*t)*gte(t\\,2)*lt(t\\,4)',
  });
}

test('a waveform is drawn where there is sound, in its colour, and clear around it', async () => {
  const path = await makeBeep();
  const talk = fileAsset('talk', path);
  for (const look of ['waveform', 'spectrum'] as const) {
    const wave: Asset = { id: 'wave', kind: 'waveform', assetId: 'talk', look, color: '#FFFF00' };
    const clip = makeClip({
      id: 'w',
      assetId: 'wave',
      durationFrames: 125,
      effects: [place(0, 100, 180, 80)],
    });
    const frames = await renderFrames(
      composeTimeline([backdrop, talk, wave], [[below(125)], [clip]]),
      join(folder, `${look}.mp4`),
    );
    expect(frames).toHaveLength(125);
    const drawn = (frame: Picture | undefined, fromX: number, toX: number) => {
      let count = 0;
      for (let x = fromX; x < toX; x++) {
        for (let y = 100; y < 180; y++) if (colorAt(frame, x, y)[0] > 50) count += 1;
      }
      return count;
    };
    const quiet = drawn(frames[5], 0, 180);
    const loud = drawn(frames[75], 0, 180);
    expect(loud, look).toBeGreaterThan(quiet * 2);
    expectColor(frames[75], 90, 90, [0, 0, 255]);
    if (look === 'waveform') {
      // At 3 s what was heard since 2 s lies left of the middle; a second before, it lay right of it.
      expect(drawn(frames[75], 0, 20)).toBeLessThan(drawn(frames[75], 60, 80));
      expect(drawn(frames[40], 20, 80)).toBeLessThan(drawn(frames[40], 120, 170));
    }
  }
});

test('a title is drawn above the pictures of all tracks for its time', async () => {
  const title: Asset = {
    id: 'title',
    kind: 'title',
    text: 'Why it works',
    font: 'anton',
    fontSizePx: 120,
    color: '#FFFFFF',
    boxColor: '#FF0000',
    place: 'middle',
  };
  const over = makeClip({ id: 't', assetId: 'title', startFrame: 2, durationFrames: 3 });
  const frames = await renderFrames(
    composeTimeline([backdrop, title], [[over], [below(7)]]),
    join(folder, 'title.mp4'),
  );
  const red = (frame: Picture | undefined) => {
    let count = 0;
    for (let y = 0; y < 320; y += 2) {
      for (let x = 0; x < 180; x += 2) if (colorAt(frame, x, y)[0] > 150) count += 1;
    }
    return count;
  };
  expect(red(frames[1])).toBe(0);
  expect(red(frames[2])).toBeGreaterThan(100);
  expect(red(frames[4])).toBeGreaterThan(100);
  expect(red(frames[5])).toBe(0);
});

test('a zoom into more pixels than the canvas has joins with other clips; drawings of two pixels are drawn', async () => {
  const film = fileAsset('film', await makeEdges());
  const talk = fileAsset('talk', await makeBeep());
  const wave: Asset = { id: 'wave', kind: 'waveform', assetId: 'talk', look: 'spectrum', color: '#FFFF00' };
  const zoom: Effect = {
    kind: 'crop',
    keyframes: [
      { frame: 0, x: 0, y: 0, width: 640, height: 360 },
      { frame: 4, x: 300, y: 150, width: 64, height: 36 },
    ],
  };
  const small = place(20, 30, 50, 90);
  const clips = [
    makeClip({ id: 'a', assetId: 'film', durationFrames: 5, effects: [zoom, small] }),
    makeClip({ id: 'b', assetId: 'backdrop', startFrame: 5, durationFrames: 5, effects: [small] }),
  ];
  const dot = makeClip({ id: 'w', assetId: 'wave', durationFrames: 10, effects: [place(10, 10, 6, 2)] });
  const frames = await renderFrames(
    composeTimeline([backdrop, film, talk, wave], [clips, [dot]]),
    join(folder, 'small.mp4'),
  );
  expect(frames).toHaveLength(10);
  expectColor(frames[4], 65, 40, [255, 255, 255]);
  expectColor(frames[7], 45, 75, [0, 0, 255]);
});
