import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeMedia } from '../../../test/fixtures/make-media.ts';
import { forgetfulCache, makeClip, makeContext, makeTimeline } from '../../../test/fixtures/make-timeline.ts';
import type { Timeline } from '../../domain/timeline.ts';
import { openAudio } from '../../media/open-audio.ts';
import { probeMedia } from '../../media/probe.ts';
import { measureFile } from '../check/measure-file.ts';
import { renderTimeline } from './render.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot-render-test-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function renderAndMeasure(timeline: Timeline, name: string) {
  const outputPath = join(folder, name);
  const context = makeContext();
  await renderTimeline(
    timeline,
    { outputPath, preview: false, baseFolder: folder },
    { cache: forgetfulCache },
    context,
  );
  const info = await probeMedia(outputPath);
  return { info, measured: await measureFile(outputPath, info, { signal: context.signal }) };
}

test('renders cuts, a gap, a dissolve and another frame rate to the frame and to its loudness', async () => {
  await makeMedia({
    path: join(folder, 'talk.mkv'),
    durationMs: 6000,
    frameRate: '24000/1001',
    tone: '0.05*sin(2*PI*300*t)*(1+0.5*sin(2*PI*3*t))',
  });
  const clips = [
    makeClip({ id: 'one', durationFrames: 30 }),
    makeClip({ id: 'two', startFrame: 30, durationFrames: 40, sourceStartFrame: 60 }),
    makeClip({
      id: 'three',
      startFrame: 85,
      durationFrames: 20,
      sourceStartFrame: 20,
      speed: { num: 2, den: 1 },
    }),
  ];
  const timeline = makeTimeline('talk.mkv', clips, {
    transitions: [
      {
        id: 'x',
        trackId: 'picture',
        kind: 'dissolve',
        fromClipId: 'one',
        toClipId: 'two',
        durationFrames: 8,
      },
    ],
  });
  const { info, measured } = await renderAndMeasure(timeline, 'cuts.mp4');
  expect(measured.frames).toBe(105);
  expect(info.durationMs).toBe(4200);
  expect(info.video[0]).toMatchObject({ displayWidth: 180, displayHeight: 320, isVariableFrameRate: false });
  expect(measured.soundMs).toBeGreaterThanOrEqual(4195);
  expect(measured.soundMs).toBeLessThanOrEqual(4222);
  expect(measured.black).toEqual([{ startMs: 2800, endMs: 3400 }]);
  expect(measured.loudness?.integratedLufs).toBeCloseTo(-14, 0);
  expect(measured.loudness?.truePeakDbtp).toBeLessThanOrEqual(-1);
});

test('a flash and its beep stay together, to the frame', async () => {
  const isOn = 'between(t\\,2\\,2.5)';
  await makeMedia({
    path: join(folder, 'flash.mp4'),
    durationMs: 4000,
    frameRate: '30000/1001',
    pattern: 'color=c=black',
    pictureFilters: `drawbox=c=white:t=fill:enable=${isOn}`,
    tone: `0.5*sin(2*PI*1000*t)*${isOn}`,
  });
  const timeline = makeTimeline('flash.mp4', [
    makeClip({ id: 'one', durationFrames: 60, sourceStartFrame: 25 }),
  ]);
  const { measured } = await renderAndMeasure(timeline, 'flash-clip.mp4');
  const flashMs = measured.black[0]?.endMs ?? 0;
  const samples: number[] = [];
  for await (const block of openAudio(join(folder, 'flash-clip.mp4'), { sampleRateHz: 16_000 })) {
    for (const value of block) samples.push(value);
  }
  const beepMs = samples.findIndex((value) => Math.abs(value) > 0.1) / 16;
  expect(Math.abs(beepMs - 1000)).toBeLessThan(10);
  expect(Math.abs(flashMs - beepMs)).toBeLessThanOrEqual(40);
});

test('brings sound with high peaks to its loudness without passing the ceiling', async () => {
  await makeMedia({
    path: join(folder, 'peaky.mp4'),
    durationMs: 4000,
    width: 64,
    height: 64,
    tone: '0.02*sin(2*PI*400*t)+0.9*sin(2*PI*900*t)*lt(mod(t\\,0.5)\\,0.004)',
  });
  const timeline = makeTimeline('peaky.mp4', [makeClip({ id: 'one', durationFrames: 100 })]);
  const { measured } = await renderAndMeasure(timeline, 'limited.mp4');
  expect(Math.abs((measured.loudness?.integratedLufs ?? 0) + 14)).toBeLessThan(1);
  expect(measured.loudness?.truePeakDbtp).toBeLessThanOrEqual(-1);
});

test('sound alone gets a black picture, silence stays silence', async () => {
  await makeMedia({ path: join(folder, 'mute.wav'), pattern: 'none', tone: '0' });
  const timeline = makeTimeline('mute.wav', [makeClip({ id: 'one', durationFrames: 40 })]);
  const { measured } = await renderAndMeasure(timeline, 'mute.mp4');
  expect(measured.frames).toBe(40);
  expect(measured.black).toHaveLength(1);
  expect(measured.loudness?.integratedLufs).toBe(-70);
});

test('an abort ends the render and leaves nothing under the final name', async () => {
  const stop = new AbortController();
  const timeline = makeTimeline('talk.mkv', [makeClip({ id: 'one', durationFrames: 100 })], {
    width: 1080,
    height: 1920,
  });
  const running = renderTimeline(
    timeline,
    { outputPath: join(folder, 'stopped.mp4'), preview: false, baseFolder: folder },
    { cache: forgetfulCache },
    { signal: stop.signal, report: ({ done }) => done > 0 && stop.abort() },
  );
  await expect(running).rejects.toMatchObject({ name: 'AbortError' });
  expect(await readdir(folder)).not.toContain('stopped.mp4');
});
