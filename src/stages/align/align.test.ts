import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  speakConversation,
  writeRecording,
  type Conversation,
  type Microphone,
} from '../../../test/fixtures/conversation.ts';
import { makeMedia } from '../../../test/fixtures/make-media.ts';
import { forgetfulCache, makeContext } from '../../../test/fixtures/make-timeline.ts';
import { probeMedia } from '../../media/probe.ts';
import { align } from './align.ts';
import { measurePlace, type Listenable } from './measure-place.ts';
import { createRhythmMeter } from './rhythm.ts';

let folder: string;
let talk: Conversation;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot-align-'));
  talk = await speakConversation([
    [0, 'Welcome back to the show. Today we talk about bread, and about the people who bake it at night.'],
    [1, 'Thank you for having me. I have been a baker for twenty two years, and I still burn my fingers.'],
    [0, 'What was the worst night of them all?'],
    [1, 'That was the night when the oven failed at three in the morning, with four hundred loaves waiting.'],
  ]);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const record = (name: string, microphone: Microphone, seed: number) =>
  writeRecording(join(folder, name), talk, microphone, seed);

async function alignFiles(paths: readonly string[]) {
  const files = await Promise.all(
    paths.map(async (path) => ({ path, contentHash: path, info: await probeMedia(path) })),
  );
  return align(files, { cache: forgetfulCache }, makeContext());
}

describe('lining up recordings by their sound', () => {
  test('finds two microphones and a far, noisy camera of different beginnings and levels within 20 ms', async () => {
    const paths = [
      await record('bob.wav', { gains: [0.03, 0.5], delaysMs: [4, 0], fromMs: 2345, noise: 0.004 }, 1),
      await record('alice.wav', { gains: [0.8, 0.06], delaysMs: [0, 4], noise: 0.002 }, 2),
      await record('camera.wav', { gains: [0.1, 0.12], fromMs: 1111, noise: 0.02, echo: 0.5 }, 3),
    ];
    const found = await alignFiles(paths);
    for (const [index, expected] of [2345, 0, 1111].entries()) {
      expect(Math.abs((found[index]?.offsetMs ?? -1) - expected), paths[index]).toBeLessThan(20);
    }
    expect(found.map(({ driftPpm }) => driftPpm)).toEqual([0, 0, 0]);
  });

  test('places two microphones that hear each other not at all by what a third hears of both', async () => {
    const one = await record('one.wav', { gains: [0.8, 0] }, 4);
    const other = await record('other.wav', { gains: [0, 0.8], fromMs: 500 }, 5);
    await expect(alignFiles([one, other])).rejects.toMatchObject({
      code: 'input.not_aligned',
      message: expect.stringMatching(/^one\.wav and other\.wav have no sound in common/u) as string,
    });
    const room = await record('room.wav', { gains: [0.2, 0.2], fromMs: 250, noise: 0.01 }, 6);
    const [first, second, third] = await alignFiles([one, other, room]);
    expect(first?.offsetMs).toBe(0);
    expect(Math.abs((second?.offsetMs ?? 0) - 500)).toBeLessThan(20);
    expect(Math.abs((third?.offsetMs ?? 0) - 250)).toBeLessThan(20);
  });

  test('takes tracks of one program, equally long, to begin together, and names the file that does not belong', async () => {
    const one = await record('track 1.wav', { gains: [0.8, 0] }, 4);
    const other = await record('track 2.wav', { gains: [0, 0.8] }, 5);
    expect((await alignFiles([one, other])).map(({ offsetMs }) => offsetMs)).toEqual([0, 0]);
    const stranger = await makeMedia({
      path: join(folder, 'stranger.wav'),
      pattern: 'none',
      durationMs: 15_000,
      tone: '0.3*sin(2*PI*t*(300+40*sin(t*7)))*(0.5+0.5*sin(t*11))',
    });
    await expect(alignFiles([one, stranger, other])).rejects.toMatchObject({
      code: 'input.not_aligned',
      message: expect.stringMatching(/^stranger\.wav has no sound in common with the others/u) as string,
    });
    const mute = await makeMedia({ path: join(folder, 'mute.mp4'), tone: 'none' });
    await expect(alignFiles([one, mute])).rejects.toMatchObject({ code: 'input.no_audio' });
  });

  test('measures a clock that runs otherwise', async () => {
    // Noise that comes and goes, over six minutes, heard by a clock that is 80 ppm fast.
    const driftPpm = 80;
    const make = (rate: number): Listenable => {
      const sampleRateHz = 8000;
      const meter = createRhythmMeter(sampleRateHz);
      const value = (second: number) =>
        Math.sin(second * 2 * Math.PI * (700 + 500 * Math.sin(second * 1.37))) *
        Math.max(0, Math.sin(second * 9.1));
      const read = (fromMs: number, count: number) =>
        Float32Array.from(
          { length: count },
          (_zero, at) => 0.3 * value((fromMs / 1000 + at / sampleRateHz) * rate),
        );
      const durationMs = 360_000;
      for (let atMs = 0; atMs < durationMs; atMs += 10_000) meter.push(read(atMs, 80_000));
      return { durationMs, rhythm: meter.finish(), sampleRateHz, read: async (...part) => read(...part) };
    };
    const fit = await measurePlace(make(1), make(1 - driftPpm / 1e6), 0);
    expect(Math.abs((fit?.driftPpm ?? 0) - driftPpm)).toBeLessThan(4);
    expect(Math.abs(fit?.offsetMs ?? 99)).toBeLessThan(2);
  });
});
