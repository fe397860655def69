import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeMedia } from '../../../test/fixtures/make-media.ts';
import { forgetfulCache, makeClip, makeContext, makeTimeline } from '../../../test/fixtures/make-timeline.ts';
import type { Clip, Timeline } from '../../domain/timeline.ts';
import { openAudio } from '../../media/open-audio.ts';
import { renderTimeline } from './render.ts';

/** Sound that is cut into many pieces, rendered and listened to. */

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot-sound-test-'));
  await makeMedia({
    path: join(folder, 'tone.mp4'),
    durationMs: 9000,
    width: 32,
    height: 32,
    pattern: 'color=c=black',
    tone: '0.3*sin(2*PI*203*t)',
  });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function hear(timeline: Timeline, name: string): Promise<Float32Array> {
  const outputPath = join(folder, name);
  const request = { outputPath, preview: true, baseFolder: folder };
  await renderTimeline(timeline, request, { cache: forgetfulCache }, makeContext());
  const samples: number[] = [];
  for await (const block of openAudio(outputPath, { sampleRateHz: 48_000 })) {
    for (const value of block) samples.push(value);
  }
  return Float32Array.from(samples);
}

/** The hardest bend of the waveform: a click is far harder than a low tone. */
function hardestBend(samples: Float32Array): number {
  let hardest = 0;
  for (let index = 1; index + 1 < samples.length; index++) {
    const bend = samples[index - 1]! - 2 * samples[index]! + samples[index + 1]!;
    hardest = Math.max(hardest, Math.abs(bend));
  }
  return hardest;
}

function pieces(count: number, frames: number, jump: number): Clip[] {
  return Array.from({ length: count }, (_, index) =>
    makeClip({
      id: `c${index}`,
      startFrame: index * frames,
      durationFrames: frames,
      sourceStartFrame: 5 + index * (frames + jump),
    }),
  );
}

test('forty cuts through a tone do not click, and none of it is missing', async () => {
  const whole = await hear(makeTimeline('tone.mp4', pieces(1, 120, 0)), 'whole.mp4');
  const cut = await hear(makeTimeline('tone.mp4', pieces(40, 3, 2)), 'cut.mp4');
  expect(Math.abs(cut.length - whole.length)).toBeLessThan(1100);
  // The edges fade in and out over 10 ms: what lies between is compared.
  expect(hardestBend(cut.subarray(2000, 225_000))).toBeLessThan(
    3 * hardestBend(whole.subarray(2000, 225_000)) + 0.004,
  );
  for (let start = 4800; start < 220_000; start += 4800) {
    const loudest = Math.max(...cut.subarray(start, start + 4800).map(Math.abs));
    expect(loudest).toBeGreaterThan(0.1);
  }
});

test('pieces that go on where the one before stopped sound like one', async () => {
  const whole = await hear(makeTimeline('tone.mp4', pieces(1, 100, 0)), 'one.mp4');
  const cut = await hear(makeTimeline('tone.mp4', pieces(20, 5, 0)), 'many.mp4');
  expect(cut).toEqual(whole);
});

test('an intro of another rate and an asset that ends early: silence where there is no sound, all of it in place', async () => {
  await makeMedia({
    path: join(folder, 'intro.wav'),
    pattern: 'none',
    durationMs: 1000,
    tone: '0.3*sin(2*PI*500*t)',
    sampleRateHz: 22_050,
  });
  const base = makeTimeline('tone.mp4', [makeClip({ id: 'x', durationFrames: 100 })]);
  const [asset] = base.assets;
  const timeline: Timeline = {
    ...base,
    assets: [
      ...base.assets,
      {
        ...(asset as Extract<typeof asset, { kind: 'file' }>),
        id: 'intro',
        path: 'intro.wav',
        hasVideo: false,
      },
    ],
    tracks: [
      {
        id: 'sound',
        kind: 'audio',
        clips: [
          // Of the two seconds that are asked for the intro has one.
          makeClip({ id: 'a', assetId: 'intro', durationFrames: 50 }),
          makeClip({ id: 'b', startFrame: 50, durationFrames: 50, sourceStartFrame: 20 }),
        ],
      },
    ],
  };
  const heard = await hear(timeline, 'intro.mp4');
  const loudest = (fromMs: number, toMs: number) =>
    Math.max(...heard.subarray(fromMs * 48, toMs * 48).map(Math.abs));
  expect(loudest(100, 950)).toBeGreaterThan(0.1);
  expect(loudest(1050, 1950)).toBeLessThan(0.01);
  expect(loudest(2050, 3900)).toBeGreaterThan(0.1);
});
