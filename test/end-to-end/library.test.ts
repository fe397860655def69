import { cp, mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LibraryAsset } from '../../src/domain/library.ts';
import { makeSpokenWav } from '../fixtures/spoken-wav.ts';
import { readEvents, runPivot, startPivot } from './run-pivot.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot library "é" '));
  await makeSpokenWav(join(folder, 'talks', 'compilers.wav'), [
    'Why did nobody believe that a compiler could work?',
    'They told me that computers could only do arithmetic.',
  ]);
  await makeSpokenWav(join(folder, 'talks', 'audience.wav'), [
    'An audience leaves when the story stops moving.',
    'Nine out of ten viewers were gone after one minute.',
  ]);
  await writeFile(join(folder, 'talks', 'broken.mp3'), 'This is no sound.\n'.repeat(100));
  await writeFile(
    join(folder, 'words.en.vtt'),
    'WEBVTT\n\n00:00:01.000 --> 00:00:04.000\nThe compiler was ready in 1952.\n',
  );
  await mkdir(join(folder, 'nothing'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const env = () => ({ XDG_DATA_HOME: join(folder, 'data'), LOCALAPPDATA: join(folder, 'data'), HOME: folder });
const run = (...args: string[]) => runPivot(args, { cwd: folder, env: env() });
const list = async (...args: string[]): Promise<LibraryAsset[]> =>
  JSON.parse((await run('list', '--json', ...args)).stdout);

it('begins empty, and says how to begin', async () => {
  const listed = await run('list');
  expect(listed).toMatchObject({ exitCode: 0, stdout: '' });
  expect(listed.stderr).toContain('pivot add');
  expect(await list()).toEqual([]);
});

it('adds what a folder holds, goes on after what is broken, and knows it all the next time', async () => {
  const added = await run('add', 'talks', '--tag', 'Ours', '--published', '2024-05-01', '--json');
  expect(added.exitCode).toBe(2);
  const finished = readEvents(added).at(-1) as { results: { status: string; path: string }[] };
  expect(finished.results.map(({ status }) => status)).toEqual(['added', 'failed', 'added']);
  expect(added.stderr).toMatch(/broken\.mp3/u);
  expect(added.stderr).toContain('2 added, 1 failed');

  const assets = await list('--tag', 'ours');
  expect(assets.map(({ title }) => title).toSorted()).toEqual(['audience', 'compilers']);
  for (const asset of assets) {
    expect(asset).toMatchObject({ kind: 'audio', language: 'en', publishedAt: '2024-05-01T00:00:00.000Z' });
    expect(asset.wordCount).toBeGreaterThan(12);
  }
  const shown = await run('show', 'talks/audience.wav', '--transcript');
  expect(shown.stdout).toMatch(/^0:0\d {2}\S.*audience leaves/imu);

  const again = await run('add', 'talks/compilers.wav', 'talks/audience.wav', '--json');
  const statuses = readEvents(again).flatMap((event) =>
    event['event'] === 'addResult' ? [(event['result'] as { status: string }).status] : [],
  );
  expect(statuses).toEqual(['known', 'known']);
  expect(readEvents(again).some((event) => event['step'] === 'hear')).toBe(false);
});

it('takes a copy and a moved file for what they are', async () => {
  const before = await list();
  await cp(join(folder, 'talks', 'compilers.wav'), join(folder, 'copy of it.wav'));
  expect((await run('add', 'copy of it.wav', '--tag', 'again')).exitCode).toBe(0);
  const after = await list();
  expect(after).toHaveLength(before.length);
  const asset = after.find(({ title }) => title === 'compilers');
  expect(asset).toMatchObject({ path: join(folder, 'copy of it.wav'), tags: ['Ours', 'again'] });
});

it('adds captions alone, and words that exist already beside a recording', async () => {
  expect((await run('add', '--transcript', 'words.en.vtt', '--channel', 'Archive')).exitCode).toBe(0);
  const [words] = await list('--channel', 'archive');
  expect(words).toMatchObject({ kind: 'transcript', title: 'words', wordCount: 6 });

  const path = join(folder, 'given.wav');
  await makeSpokenWav(path, [
    'The compiler was ready, and nobody believed it.',
    'It was nineteen fifty two.',
  ]);
  expect((await run('add', 'given.wav', '--transcript', 'words.en.vtt')).exitCode).toBe(0);
  const shown = await run('show', 'given', '--transcript');
  expect(shown.stdout).toContain('The compiler was ready in 1952.');
});

it('removes, touches no file, and says how to bring it back', async () => {
  const removed = await run('remove', 'words', 'given');
  expect(removed.exitCode).toBe(0);
  expect(removed.stderr).toContain('--channel Archive');
  expect((await stat(join(folder, 'given.wav'))).isFile()).toBe(true);
  expect((await list()).map(({ title }) => title).toSorted()).toEqual(['audience', 'compilers']);
  expect((await run('remove', 'words')).exitCode).toBe(3);
});

it('takes what two processes add at once', async () => {
  const library = join(folder, 'shared library');
  const both = await Promise.all(
    ['one', 'two'].map((tag) =>
      runPivot(['add', 'talks/compilers.wav', 'talks/audience.wav', '--library', library, '--tag', tag], {
        cwd: folder,
        env: { ...env(), PATTERNPIVOT_WORKSPACE: join(folder, `workspace ${tag}`) },
      }),
    ),
  );
  expect(both.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
  const assets = await list('--library', library);
  expect(assets).toHaveLength(2);
  for (const { tags } of assets) expect(tags.toSorted()).toEqual(['one', 'two']);
});

it('is whole after kill -9 at any moment, and the same command goes on', { timeout: 300_000 }, async () => {
  const library = join(folder, 'killed library');
  const args = ['add', 'talks/compilers.wav', 'talks/audience.wav', '--library', library, '--json'];
  const about = { cwd: folder, env: { ...env(), PATTERNPIVOT_WORKSPACE: join(folder, 'killed workspace') } };
  // Killed at the first word of each of these.
  for (const moment of ['"index","status":"started"', '"addResult"']) {
    const child = startPivot(args, about);
    let said = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (said.includes(moment)) child.kill('SIGKILL');
    });
    await new Promise((resolve) => child.on('close', resolve));
    const assets = await list('--library', library).catch(() => []);
    for (const asset of assets) {
      const shown = await run('show', asset.id, '--transcript', '--library', library);
      expect(shown.stdout).toMatch(/\w/u);
    }
  }
  expect((await runPivot(args, about)).exitCode).toBe(0);
  expect(await list('--library', library)).toHaveLength(2);
});

it('finds media again that were moved, once they are wanted', async () => {
  // The record follows when the new place is added; looking for it is tested with the recipes.
  await rename(join(folder, 'talks', 'audience.wav'), join(folder, 'moved.wav'));
  expect((await run('show', 'audience')).stdout).toContain('not there now');
  expect((await run('add', 'moved.wav')).exitCode).toBe(0);
  const shown = await run('show', 'audience');
  expect(shown.stdout).toContain('moved.wav');
  expect(shown.stdout).not.toContain('not there now');
});

describe('a mistake is told in three lines, with an exit code by its kind', () => {
  it.each([
    [['add'], 2, /Add what\?/, /pivot add talk\.mp4/],
    [['add', 'nothing'], 3, /nothing to add/, /./],
    [['add', 'nowhere.mp4'], 3, /no such file.*nowhere\.mp4/, /spelling/],
    [['add', 'talks/broken.mp3'], 2, /broken\.mp3/, /./],
    [['add', 'x.mp4', '--published', '2024-02-30'], 2, /--published/, /./],
    [['add', 'x.mp4', '--tag', ' '], 2, /--tag takes 1 to 100/, /./],
    [['add', 'a.mp4', 'b.mp4', '--title', 'Both'], 2, /--title names one/, /one by one/],
    [['add', 'x.wav', '--library', 'words.en.vtt'], 2, /A file is where a folder should be/, /--library/],
    [['list', '--library', 'nowhere'], 3, /There is no library in .*nowhere/, /--library/],
    [['show', 'nothing of the kind'], 3, /nothing of this id/, /pivot list/],
  ])('%j', async (args, exitCode, what, next) => {
    const result = await run(...args);
    const lines = result.stderr.trimEnd().split('\n');
    const error = lines.slice(lines.findIndex((line) => line.startsWith('Error:')));
    expect(error).toHaveLength(3);
    expect(error[0]).toMatch(what);
    expect(error[2]).toMatch(next);
    expect(result.stderr).not.toMatch(/\n\s+at /u);
    expect(result.exitCode).toBe(exitCode);
  });
});

it('leaves damaged records alone, and says what to do', async () => {
  const library = join(folder, 'damaged library');
  await mkdir(library);
  await writeFile(join(library, 'records.sqlite'), 'half a library'.repeat(500));
  for (const args of [['list'], ['add', 'moved.wav']]) {
    const result = await run(...args, '--library', library);
    expect(result.exitCode).toBe(5);
    expect(result.stderr).toMatch(/Error: The records of the library are damaged/u);
  }
  expect(await readdir(library)).toEqual(['records.sqlite']);
});

it('shows help that fits a screen and begins with two examples', async () => {
  for (const command of ['add', 'list', 'show', 'remove']) {
    const { stdout } = await run(command, '--help');
    const lines = stdout.split('\n');
    expect(lines.slice(0, 2).every((line) => line.startsWith('pivot '))).toBe(true);
    expect(lines.length).toBeLessThanOrEqual(32);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  }
});
