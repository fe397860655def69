import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tinyRateHz, writeTinyMusicgen } from '../../../test/fixtures/tiny-musicgen.ts';
import type { MusicBrief } from '../../domain/music.ts';
import { openMusicgen } from '../../inference/musicgen.ts';
import type { Music } from '../../ports/music.ts';
import { createLocalMusicgen } from './musicgen-local.ts';

const brief: MusicBrief = {
  durationMs: 1500,
  seed: 7,
  mood: 'calm',
  tempoBpm: 90,
  key: { tonic: 'C', mode: 'major' },
  energy: [0.5],
};
const terms = { licence: 'CC-BY-NC-4.0', mayEarnMoney: false };
const quiet = { signal: new AbortController().signal, report: () => {} };
const opened: Music[] = [];
let folder = '';
let model = '';

function open(path: string): Music {
  const music = createLocalMusicgen({ folder: path, terms });
  opened.push(music);
  return music;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot-musicgen ü-'));
  model = join(folder, 'musicgen-tiny');
  await writeTinyMusicgen(model);
});

afterAll(async () => {
  await Promise.all(opened.map((music) => music.close()));
  await rm(folder, { recursive: true, force: true });
});

test('a model plays as long as asked, the same for a seed, another for another seed or prompt', async () => {
  const musicgen = openMusicgen({ folder: model, isQuantised: false });
  const play = (prompt: string, seed: number) =>
    musicgen.play({ prompt, seconds: 0.5, seed }, quiet).then(({ samples }) => Array.from(samples));
  try {
    const first = await play('the calm sea', 1);
    // 25 steps of 20 ms, and nothing of the codes that only fill the delayed books up.
    expect(first.length).toBe(0.5 * tinyRateHz);
    expect(await play('the calm sea', 1)).toEqual(first);
    expect(await play('the calm sea', 2)).not.toEqual(first);
    expect(await play('taxes rose again', 1)).not.toEqual(first);
  } finally {
    await musicgen.close();
  }
});

test('its music becomes a finished file, its terms with it', async () => {
  const music = open(model);
  expect(music.terms).toEqual({ licence: 'CC-BY-NC-4.0', mayEarnMoney: false, isSynthetic: true });
  expect(music.model).toBe('musicgen:musicgen-tiny');
  const path = join(folder, 'a.wav');
  const shares: number[] = [];
  await music.make(brief, path, { ...quiet, report: (share) => shares.push(share) });
  const bytes = await readFile(path);
  expect(bytes.length).toBe(44 + 1.5 * 48_000 * 4);
  expect(shares.at(-1)).toBe(1);
  const again = join(folder, 'b.wav');
  await music.make(brief, again, quiet);
  const hash = (data: Buffer) => createHash('sha256').update(data).digest('hex');
  expect(hash(await readFile(again))).toBe(hash(bytes));
  expect((await readdir(folder)).toSorted()).toEqual(['a.wav', 'b.wav', 'musicgen-tiny']);
});

test('small graphs are taken where they are there', async () => {
  const small = join(folder, 'small');
  await writeTinyMusicgen(small, { isQuantised: true });
  const path = join(folder, 'small.wav');
  await open(small).make({ ...brief, durationMs: 1000 }, path, quiet);
  expect((await readFile(path)).length).toBe(44 + 48_000 * 4);
});

test('a folder that is not there, that lacks a file or holds rubbish is told with what to do', async () => {
  const path = join(folder, 'never.wav');
  await expect(open(join(folder, 'nowhere')).make(brief, path, quiet)).rejects.toMatchObject({
    code: 'not_found.model_folder',
    hint: expect.stringContaining('music.folder'),
  });
  const lacking = join(folder, 'lacking');
  await writeTinyMusicgen(lacking);
  await rm(join(lacking, 'onnx', 'encodec_decode.onnx'));
  await expect(open(lacking).make(brief, path, quiet)).rejects.toMatchObject({
    code: 'input.model_incomplete',
    message: expect.stringContaining('encodec_decode'),
  });
});
