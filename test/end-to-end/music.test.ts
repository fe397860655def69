import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { musicBriefSchema } from '../../src/domain/music.ts';
import { writeTinyMusicgen } from '../fixtures/tiny-musicgen.ts';
import { runPivot } from './run-pivot.ts';

let folder = '';
const pivot = (...args: string[]) => runPivot(args, { cwd: folder });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot-music-'));
});

afterAll(() => rm(folder, { recursive: true }));

test('music is written, heard, and followed by other music', async () => {
  const made = await pivot(
    'music',
    '--length',
    '8',
    '--mood',
    'bright',
    '--key',
    'Bb',
    '--tempo',
    '110',
    '--out',
    'a.wav',
    '--json',
  );
  expect(made).toMatchObject({ exitCode: 0 });
  const { brief, provenance } = JSON.parse(made.stdout);
  expect(musicBriefSchema.parse(brief)).toMatchObject({
    durationMs: 8000,
    key: { tonic: 'A#', mode: 'major' },
  });
  expect(provenance).toMatchObject({ kind: 'music', madeBy: 'composer-1', mayEarnMoney: true });
  expect((await readFile(join(folder, 'a.wav'))).length).toBe(44 + 8 * 48_000 * 4);

  const heard = await pivot('listen', 'a.wav', '--json');
  const measures = JSON.parse(heard.stdout);
  expect(Math.abs(measures.tempoBpm - 110)).toBeLessThan(1.5);
  expect(measures.energy.length).toBe(8);

  const followed = await pivot('music', '--like', 'a.wav', '--length', '3', '--out', 'b.wav', '--json');
  const like = JSON.parse(followed.stdout).brief;
  expect(like.tempoBpm).toBeCloseTo(measures.tempoBpm, 1);
  expect(like.key).toEqual(measures.key);
  expect((await readdir(folder)).filter((name) => name.startsWith('.'))).toEqual([]);
});

test('the terms of a model are said before it plays', async () => {
  await writeTinyMusicgen(join(folder, 'model'));
  await writeFile(
    join(folder, 'pivot.config.json'),
    JSON.stringify({ music: { kind: 'local', folder: 'model' } }),
  );
  const made = await pivot('music', '--length', '1', '--out', 'c.wav');
  await rm(join(folder, 'pivot.config.json'));
  expect(made).toMatchObject({ exitCode: 0 });
  expect(made.stderr).toMatch(/CC-BY-NC-4\.0[\s\S]*must not earn money[\s\S]*c\.wav/u);
});

test('what cannot be is told in three lines, with what to do', async () => {
  await writeFile(join(folder, 'notes.wav'), 'What I meant to say.');
  await writeFile(join(folder, 'empty.wav'), '');
  const cases: [string[], number, RegExp][] = [
    [['music', '--out', 'a.mp3'], 2, /\.wav/u],
    [['music', '--out', 'notes.wav'], 2, /no WAV is there already/u],
    [['music', '--out', 'x.wav', '--key', 'H'], 2, /"A minor"/u],
    [['music', '--out', join('nowhere', 'x.wav')], 3, /nowhere/u],
    [['music', '--out', 'x.wav', '--like', 'gone.wav'], 3, /gone\.wav/u],
    [['listen', 'empty.wav'], 2, /empty\.wav/u],
  ];
  const runs = await Promise.all(cases.map(([args]) => pivot(...args)));
  for (const [index, [args, exitCode, words]] of cases.entries()) {
    const run = runs[index]!;
    expect({ args, exitCode: run.exitCode, stderr: run.stderr }).toEqual({
      args,
      exitCode,
      stderr: expect.stringMatching(words),
    });
    expect(run.stderr).not.toMatch(/ at .*\.ts:/u);
  }
});
