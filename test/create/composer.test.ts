import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { MusicBrief } from '../../src/domain/music.ts';
import { openAudio } from '../../src/media/open-audio.ts';
import { writeScore } from '../../src/stages/compose/write-score.ts';
import { createComposer } from '../../src/adapters/music/composer.ts';
import { musicLevels } from '../../src/adapters/music/finish-music.ts';

const brief: MusicBrief = {
  durationMs: 7_250,
  seed: 5,
  mood: 'bright',
  tempoBpm: 112,
  key: { tonic: 'D', mode: 'major' },
  energy: [0.4, 1],
};
const composer = createComposer({ write: writeScore });
const quiet = { signal: new AbortController().signal, report: () => {} };
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'composer-'));
});

afterAll(async () => {
  await composer.close();
  await rm(folder, { recursive: true });
});

/** The samples of a 16-bit WAV, left and right in turn, and where they begin. */
async function readWav(path: string): Promise<{ rateHz: number; channels: number; samples: Int16Array }> {
  const bytes = await readFile(path);
  const data = bytes.indexOf('data', 12, 'latin1');
  expect(bytes.readUInt16LE(34)).toBe(16);
  const samples = new Int16Array(
    bytes.buffer.slice(bytes.byteOffset + data + 8, bytes.byteOffset + bytes.length),
  );
  return { rateHz: bytes.readUInt32LE(24), channels: bytes.readUInt16LE(22), samples };
}

test('music is exactly as long as asked, as loud as it should be, clips nowhere and ends in silence', async () => {
  const path = join(folder, 'one.wav');
  const shares: number[] = [];
  await composer.make(brief, path, { ...quiet, report: (share) => shares.push(share) });
  const { rateHz, channels, samples } = await readWav(path);
  expect({ rateHz, channels, perSide: samples.length / 2 }).toEqual({
    rateHz: 48_000,
    channels: 2,
    perSide: 7.25 * 48_000,
  });
  const reader = openAudio(path, { sampleRateHz: 48_000 });
  for await (const block of reader) expect(block.length).toBeGreaterThan(0);
  const loudness = reader.loudness();
  expect(loudness.truePeakDbtp).toBeLessThanOrEqual(musicLevels.truePeakDbtp + 0.05);
  expect(Math.abs(loudness.integratedLufs - musicLevels.integratedLufs)).toBeLessThan(0.5);
  expect(samples.slice(-200).every((sample) => Math.abs(sample) < 33)).toBe(true);
  expect(shares.at(-1)).toBe(1);
  expect(shares.every((share, index) => index === 0 || share >= shares[index - 1]!)).toBe(true);
  expect(await readdir(folder)).toEqual(['one.wav']);
});

test('the same brief gives the same bytes, another seed other ones', async () => {
  const hashOf = async (seed: number, name: string) => {
    const path = join(folder, name);
    await composer.make({ ...brief, durationMs: 3000, seed }, path, quiet);
    return createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
  };
  const first = await hashOf(1, 'a.wav');
  expect(await hashOf(1, 'b.wav')).toBe(first);
  expect(await hashOf(2, 'c.wav')).not.toBe(first);
});

test('what is stopped leaves nothing behind', async () => {
  const controller = new AbortController();
  const path = join(folder, 'stopped.wav');
  const making = composer.make({ ...brief, durationMs: 120_000 }, path, {
    signal: controller.signal,
    report: (share) => {
      if (share > 0) controller.abort();
    },
  });
  await expect(making).rejects.toThrow();
  expect((await readdir(folder)).filter((name) => name.includes('stopped') || name.startsWith('.'))).toEqual(
    [],
  );
});
