import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeMedia, type MediaRecipe } from '../../../test/fixtures/make-media.ts';
import type { Source } from '../../domain/source.ts';
import { openFrames } from '../../media/open-frames.ts';
import { probeMedia } from '../../media/probe.ts';
import { stageKey, type StageCache } from '../stage.ts';
import { listShots } from './list-shots.ts';
import { look } from './look.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot-look-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const context = { signal: new AbortController().signal, report: () => {} };

/** A cache in memory that counts what had to be made, by stage. */
function makeCache(): StageCache & { made: Record<string, number> } {
  const kept = new Map<string, unknown>();
  const made: Record<string, number> = {};
  return {
    made,
    async remember(work) {
      const key = stageKey(work);
      if (!kept.has(key)) {
        kept.set(key, await work.run());
        made[work.name] = (made[work.name] ?? 0) + 1;
      }
      return work.schema.parse(kept.get(key));
    },
    rememberFile: () => Promise.reject(new Error('Looking makes no file.')),
  };
}

/** Two scenes that move slowly: shapes of different places and colours, since averaged noise is grey. */
const sceneOne = `geq=r='120+90*sin(X/23+N/40)':g='90+60*sin(Y/17)':b='60+50*cos((X+Y)/31)'`;
const sceneTwo = `geq=r='60+90*gt(mod(X+N/8,26),12)':g='140+70*sin((X-Y)/9)':b='90+120*gt(mod(Y,18),8)'`;

/** One scene until frame 50 of 100, then the other, at 25 a second; `more` is done to the whole. */
const cutAt50 = `split[a][b];[a]${sceneOne}[one];[b]${sceneTwo}[two];[one][two]overlay=enable='gte(n,50)'`;

async function makeSource(name: string, recipe: Partial<MediaRecipe>): Promise<Source> {
  const path = await makeMedia({
    path: join(folder, name),
    durationMs: 4000,
    width: 96,
    height: 54,
    pattern: 'color=c=gray',
    tone: 'none',
    ...recipe,
  });
  return { path, contentHash: `sha256:${'1'.repeat(64)}`, info: await probeMedia(path) };
}

async function findBounds(name: string, pictureFilters: string, recipe: Partial<MediaRecipe> = {}) {
  const source = await makeSource(name, { pictureFilters, ...recipe });
  const { shots } = await listShots(source, undefined, { cache: makeCache() }, context);
  return shots.slice(1).map(({ startFrame, startsWith }) => ({ startFrame, startsWith }));
}

describe('shots', () => {
  test('a hard cut is found at its frame, and movement is none', async () => {
    expect(await findBounds('cut.mp4', cutAt50)).toEqual([{ startFrame: 50, startsWith: 'cut' }]);
    expect(await findBounds('none.mp4', sceneOne)).toEqual([]);
  });

  test('two cuts one frame apart are two cuts', async () => {
    const three = `split=3[a][b][c];[a]${sceneOne}[one];[b]${sceneTwo}[two];[c]geq=r='200*gt(mod(X,40),20)':g='80':b='255*gt(mod(Y,30),12)'[three];[one][two]overlay=enable='gte(n,50)'[x];[x][three]overlay=enable='gte(n,51)'`;
    expect((await findBounds('short.mp4', three)).map(({ startFrame }) => startFrame)).toEqual([50, 51]);
  });

  test('a flash of one to three frames is no cut, white, black or another picture', async () => {
    const flashes = `${sceneOne},lutyuv=y=235:u=128:v=128:enable='between(n,20,21)',lutyuv=y='clip(val+110,16,235)':enable='between(n,40,42)',lutyuv=y=16:u=128:v=128:enable='eq(n,60)'`;
    expect(await findBounds('flashes.mp4', flashes)).toEqual([]);
    const glitch = `split[a][b];[a]${sceneOne}[one];[b]${sceneTwo}[two];[one][two]overlay=enable='between(n,50,51)'`;
    expect(await findBounds('glitch.mp4', glitch)).toEqual([]);
  });

  test('a lamp that is switched is no cut', async () => {
    const lamp = `${sceneOne},lutyuv=y='16+(val-16)*0.45':enable='gte(n,50)'`;
    expect(await findBounds('lamp.mp4', lamp)).toEqual([]);
  });

  test('a fade through black, or white, has one bound in the middle of it', async () => {
    for (const color of ['black', 'white']) {
      const fade = `${cutAt50},fade=type=out:start_frame=36:nb_frames=12:color=${color},fade=type=in:start_frame=52:nb_frames=12:color=${color}`;
      // The two fades must not hide each other: each is on its own half.
      const halves = fade
        .replace('fade=type=out:start_frame=36', `fade=enable='lt(n,50)':type=out:start_frame=36`)
        .replace('fade=type=in:start_frame=52', `fade=enable='gte(n,50)':type=in:start_frame=52`);
      const bounds = await findBounds(`fade-${color}.mp4`, halves);
      expect(bounds).toHaveLength(1);
      expect(bounds[0]?.startsWith).toBe('fade');
      expect(Math.abs((bounds[0]?.startFrame ?? 0) - 50)).toBeLessThanOrEqual(2);
    }
  });

  test('a dissolve has one bound near its middle', async () => {
    const dissolve = `split[a][b];[a]${sceneOne}[one];[b]${sceneTwo}[two];[one][two]blend=all_expr='A+(B-A)*clip((N-40)/20,0,1)'`;
    const bounds = await findBounds('dissolve.mp4', dissolve);
    expect(bounds).toHaveLength(1);
    expect(bounds[0]?.startsWith).toBe('fade');
    expect(Math.abs((bounds[0]?.startFrame ?? 0) - 50)).toBeLessThanOrEqual(4);
  });

  test('frames are those of the source conformed: half of them left out unevenly, the cut stays at its time', async () => {
    const bounds = await findBounds('uneven.mkv', `${cutAt50},select='lt(mod(n,7),3)+eq(n,50)'`);
    const source = await makeSource('uneven-again.mkv', {
      pictureFilters: `${cutAt50},select='lt(mod(n,7),3)+eq(n,50)'`,
    });
    const { frameRate } = await listShots(source, undefined, { cache: makeCache() }, context);
    expect(bounds).toHaveLength(1);
    const atMs = ((bounds[0]?.startFrame ?? 0) * 1000 * frameRate.den) / frameRate.num;
    expect(Math.abs(atMs - 2000)).toBeLessThanOrEqual(70);
  });

  test('a range gives what lies in it, without a gap', async () => {
    const source = await makeSource('range.mp4', { pictureFilters: cutAt50 });
    const cache = makeCache();
    const inRange = (startMs: number, endMs: number) =>
      listShots(source, { startMs, endMs }, { cache }, context).then(({ shots }) => shots);
    expect(await inRange(1000, 3000)).toEqual([
      { startFrame: 25, endFrame: 50, startsWith: 'start' },
      { startFrame: 50, endFrame: 75, startsWith: 'cut' },
    ]);
    expect(await inRange(2000, 3000)).toEqual([{ startFrame: 50, endFrame: 75, startsWith: 'cut' }]);
    expect(await inRange(2040, 2400)).toEqual([{ startFrame: 51, endFrame: 60, startsWith: 'start' }]);
  });

  test('sound alone has no shots', async () => {
    const source = await makeSource('sound.m4a', { pattern: 'none', tone: '0.1*sin(440*2*PI*t)' });
    await expect(listShots(source, undefined, { cache: makeCache() }, context)).rejects.toMatchObject({
      code: 'input.no_video',
    });
    expect(await look(source, [{ startMs: 0, endMs: 2000 }], { cache: makeCache() }, context)).toEqual([]);
  });
});

describe('looking at ranges', () => {
  /** 45 s, cut every 7 s. */
  const long = `split[a][b];[a]${sceneOne}[one];[b]${sceneTwo}[two];[one][two]overlay=enable='mod(floor(n/70),2)'`;
  const longRecipe = { durationMs: 45_000, frameRate: '10', width: 96, height: 54, pictureFilters: long };

  test('ranges grow to blocks, and what was seen is found again, whatever asks for it', async () => {
    const source = await makeSource('long.mp4', longRecipe);
    const cache = makeCache();
    const seen = await look(
      source,
      [
        { startMs: 41_000, endMs: 44_000 },
        { startMs: 3000, endMs: 8000 },
        { startMs: 5000, endMs: 9000 },
      ],
      { cache },
      context,
    );
    expect(seen.map(({ startMs, endMs }) => [startMs, endMs])).toEqual([
      [0, 12_000],
      [40_000, 44_000],
    ]);
    expect(cache.made).toEqual({ 'look-shots': 4, 'look-pictures': 4 });
    expect(seen[0]?.pictures.length).toBeGreaterThan(30);
    expect(seen[0]?.pictures.every(({ brightness }) => brightness > 0.2 && brightness < 0.7)).toBe(true);

    const whole = await look(source, [{ startMs: 0, endMs: 45_000 }], { cache }, context);
    // The blocks that were missing, and no others.
    expect(cache.made).toEqual({ 'look-shots': 12, 'look-pictures': 12 });
    const atOnce = await look(source, [{ startMs: 0, endMs: 45_000 }], { cache: makeCache() }, context);
    expect(whole).toEqual(atOnce);
    expect(atOnce[0]?.shots.length).toBe(7);
  });

  test('nothing outside the ranges is decoded but the way from the key frame', async () => {
    // A key frame every 25 frames: every 2.5 s.
    const { path } = await makeSource('keys.mp4', longRecipe);
    const frames: number[] = [];
    const reader = openFrames(path, {
      ranges: [
        { startMs: 11_000, endMs: 12_000 },
        { startMs: 31_000, endMs: 33_000 },
      ],
      frameRate: { num: 10, den: 1 },
      sizes: [{ name: 'tiny', width: 32, pixelFormat: 'gray', everyFrames: 1 }],
    });
    for await (const { frame } of reader) frames.push(frame);
    expect(frames).toEqual([
      ...Array.from({ length: 10 }, (_, index) => 110 + index),
      ...Array.from({ length: 20 }, (_, index) => 310 + index),
    ]);
    const [first, second] = reader.decodedRanges();
    expect(first?.startMs).toBe(10_000);
    expect(first?.endMs).toBeLessThanOrEqual(12_600);
    expect(second?.startMs).toBe(30_000);
    expect(second?.endMs).toBeLessThanOrEqual(33_600);
  });

  test('a stop ends it at once', async () => {
    const source = await makeSource('stopped.mp4', longRecipe);
    const stop = new AbortController();
    const looking = look(
      source,
      [{ startMs: 0, endMs: 45_000 }],
      { cache: makeCache() },
      {
        signal: stop.signal,
        report: () => stop.abort(),
      },
    );
    await expect(looking).rejects.toMatchObject({ name: 'AbortError' });
  });

  test('a recording of several files is watched where its camera lies in time', async () => {
    const camera = await makeSource('camera.mp4', { pictureFilters: cutAt50 });
    const microphone = await makeSource('mic.m4a', {
      pattern: 'none',
      tone: '0.1*sin(440*2*PI*t)',
      durationMs: 7000,
    });
    const members = [
      { ...microphone, offsetMs: 0, driftPpm: 0, speaker: 'Ada' },
      { ...camera, offsetMs: 2000, driftPpm: 0, speaker: undefined },
    ];
    const seen = await look(
      { ...microphone, members },
      [{ startMs: 0, endMs: 7000 }],
      { cache: makeCache() },
      context,
    );
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({ startMs: 2000, endMs: 2000 + camera.info.durationMs });
    expect(seen[0]?.shots.map(({ startFrame }) => startFrame)).toEqual([50, 100]);
  });
});
