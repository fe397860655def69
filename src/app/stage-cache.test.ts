import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { z } from 'zod';
import { openFolderBlobs } from '../adapters/blobs/folder.ts';
import { stageKey } from '../stages/stage.ts';
import { openIndexDatabase } from './index-database.ts';
import { createStageCache } from './stage-cache.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot cache 🎬 '));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function openCache(options: { ignoreStored?: boolean } = {}) {
  const blobs = await openFolderBlobs(join(folder, 'blobs'));
  const index = openIndexDatabase(join(folder, 'index.sqlite'));
  const cache = createStageCache({ blobs, index, temporaryFolder: join(folder, 'blobs', 'tmp'), ...options });
  return { blobs, index, cache };
}

const work = (run: () => Promise<{ words: string[] }>, inputs: unknown = { hash: 'a' }) => ({
  name: 'hear-piece',
  version: 1,
  inputs,
  schema: z.strictObject({ words: z.array(z.string()) }),
  run,
});

it('runs work once and remembers it in the next run', async () => {
  let runs = 0;
  const run = async () => ({ words: [`run ${++runs}`] });
  const first = await openCache();
  expect(await first.cache.remember(work(run))).toEqual({ words: ['run 1'] });
  const second = await openCache();
  expect(await second.cache.remember(work(run))).toEqual({ words: ['run 1'] });
  expect(await second.cache.remember(work(run, { hash: 'b' }))).toEqual({ words: ['run 2'] });
  expect(second.cache.counts).toEqual({ found: { 'hear-piece': 1 }, made: { 'hear-piece': 1 } });
});

it('runs the same work once when it is asked for twice at the same time', async () => {
  const { cache } = await openCache();
  let runs = 0;
  const run = async () => {
    runs++;
    await new Promise((resolve) => setTimeout(resolve, 20));
    return { words: ['one'] };
  };
  await Promise.all([1, 2, 3, 4].map(() => cache.remember(work(run))));
  expect(runs).toBe(1);
});

it('lets a second caller try again when the first was stopped', async () => {
  const { cache } = await openCache();
  let runs = 0;
  const run = async () => {
    if (++runs === 1) throw new DOMException('Stopped', 'AbortError');
    return { words: ['second'] };
  };
  const [first, second] = await Promise.allSettled([cache.remember(work(run)), cache.remember(work(run))]);
  expect(first.status).toBe('rejected');
  expect(second).toMatchObject({ status: 'fulfilled', value: { words: ['second'] } });
});

it.each([
  ['cut short', (text: string) => text.slice(0, -4)],
  ['empty', () => ''],
  ['changed in one letter', (text: string) => text.replace('kept', 'kopt')],
  ['another shape', () => '{"pivot":1,"stage":"hear-piece","version":1,"sha256":"x"}\n{"evil":true}'],
  ['not even text', () => '\u0000\u0001\u0002'],
])('makes a stored result again that was damaged: %s', async (_name, damage) => {
  const { cache } = await openCache();
  const made = work(async () => ({ words: ['kept'] }));
  await cache.remember(made);
  const key = stageKey(made);
  const path = join(folder, 'blobs', key.slice(0, 2), key.slice(2, 4), key);
  await writeFile(path, damage(await readFile(path, 'utf8')));
  let runs = 0;
  const again = await (
    await openCache()
  ).cache.remember(
    work(async () => {
      runs++;
      return { words: ['kept'] };
    }),
  );
  expect(again).toEqual({ words: ['kept'] });
  expect(runs).toBe(1);
});

it('keeps files whole: made once, found later, made again when the stored bytes were damaged', async () => {
  const { cache, blobs } = await openCache();
  const path = join(folder, 'out', 'a "clip"\n🎬.mp4');
  const file = {
    name: 'render',
    version: 1,
    inputs: { timeline: 'x' },
    run: (temporary: string) => writeFile(temporary, 'film'),
  };
  expect(await cache.rememberFile(file, path)).toEqual({ fresh: true });
  expect(await readFile(path, 'utf8')).toBe('film');
  await rm(path);
  expect(await cache.rememberFile(file, path)).toEqual({ fresh: false });
  for await (const blob of blobs.list()) {
    if (blob.sizeBytes !== 4) continue;
    await writeFile(join(folder, 'blobs', blob.key.slice(0, 2), blob.key.slice(2, 4), blob.key), 'fil0');
  }
  expect(await cache.rememberFile(file, path)).toEqual({ fresh: true });
  expect(await readFile(path, 'utf8')).toBe('film');
  expect(await readdir(join(folder, 'out'))).toHaveLength(1);
  expect(await readdir(join(folder, 'blobs', 'tmp'))).toEqual([]);
});

it('leaves neither a file nor a temporary one when the work fails', async () => {
  const { cache } = await openCache();
  const path = join(folder, 'out', 'clip.mp4');
  const failing = {
    name: 'render',
    version: 1,
    inputs: 1,
    run: async (temporary: string) => {
      await writeFile(temporary, 'half');
      throw new Error('the encoder broke');
    },
  };
  await expect(cache.rememberFile(failing, path)).rejects.toThrow('the encoder broke');
  expect(await readdir(join(folder, 'out'))).toEqual([]);
  expect(await readdir(join(folder, 'blobs', 'tmp'))).toEqual([]);
});

it('makes everything anew when told to, but once in a run', async () => {
  let runs = 0;
  const run = async () => ({ words: [`${++runs}`] });
  await (await openCache()).cache.remember(work(run));
  const { cache } = await openCache({ ignoreStored: true });
  expect(await cache.remember(work(run))).toEqual({ words: ['2'] });
  expect(await cache.remember(work(run))).toEqual({ words: ['2'] });
});

it('refuses a result that it could not read back', async () => {
  const { cache } = await openCache();
  await expect(cache.remember(work(async () => ({ words: [1] }) as never))).rejects.toThrow();
});

/** A process of its own that remembers many results and one file in this test's workspace. */
const script = (count: number, delayMs: number) => `
  import { writeFile } from 'node:fs/promises';
  import { z } from ${JSON.stringify(import.meta.resolve('zod'))};
  const load = (name) => import(new URL(name, ${JSON.stringify(import.meta.url)}));
  const { openFolderBlobs } = await load('../adapters/blobs/folder.ts');
  const { openIndexDatabase } = await load('./index-database.ts');
  const { createStageCache } = await load('./stage-cache.ts');
  const folder = process.env.FOLDER;
  const blobs = await openFolderBlobs(folder + '/blobs');
  const index = openIndexDatabase(folder + '/index.sqlite');
  const cache = createStageCache({ blobs, index, temporaryFolder: folder + '/blobs/tmp' });
  for (let i = 0; i < ${count}; i++) {
    const value = await cache.remember({ name: 'n', version: 1, inputs: i, schema: z.string(), run: async () => 'value ' + i });
    if (value !== 'value ' + i) throw new Error('wrong value ' + value);
    await cache.rememberFile({ name: 'f', version: 1, inputs: i, run: async (path) => {
      await writeFile(path, 'begin ');
      await new Promise((resolve) => setTimeout(resolve, ${delayMs}));
      await writeFile(path, 'begin and end ' + i);
    } }, folder + '/out/' + i + '.txt');
    console.log(i);
  }
`;
const environment = () => ({ ...process.env, FOLDER: folder, NODE_NO_WARNINGS: '1' });

it('is safe with two processes that do the same at once', async () => {
  const run = () =>
    promisify(execFile)(process.execPath, ['--input-type=module', '-e', script(30, 0)], {
      env: environment(),
    });
  await Promise.all([run(), run()]);
  for (let i = 0; i < 30; i++) {
    expect(await readFile(join(folder, 'out', `${i}.txt`), 'utf8')).toBe(`begin and end ${i}`);
  }
  const { index } = await openCache();
  expect(index.listBlobs().filter((entry) => entry.stage === 'n')).toHaveLength(30);
});

it('shows nothing half made when the process is killed in the middle of a file, and goes on from there', async () => {
  const child = spawn(process.execPath, ['--input-type=module', '-e', script(3, 60_000)], {
    env: environment(),
    stdio: 'ignore',
  });
  const tmp = join(folder, 'blobs', 'tmp');
  // Other things pass through that folder too: the file that is being made ends as its final name does.
  const growing = async () => (await readdir(tmp).catch(() => [])).filter((name) => name.endsWith('.txt'));
  await expect.poll(growing, { timeout: 10_000 }).not.toEqual([]);
  child.kill('SIGKILL');
  await new Promise((resolve) => child.on('exit', resolve));
  expect(await readdir(join(folder, 'out'))).toEqual([]);
  await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script(3, 0)], {
    env: environment(),
  });
  expect(await readFile(join(folder, 'out', '0.txt'), 'utf8')).toBe('begin and end 0');
});

it('does without its index: a damaged database is begun anew, an impossible one is done without', async () => {
  const { cache, index } = await openCache();
  await cache.remember(work(async () => ({ words: ['kept'] })));
  index.close();
  await writeFile(join(folder, 'index.sqlite'), 'this is no database'.repeat(1000));
  const again = await openCache();
  expect(await again.cache.remember(work(() => Promise.reject(new Error('not again'))))).toEqual({
    words: ['kept'],
  });
  expect(again.index.listBlobs()).toEqual([]);
  again.index.writeHash({ path: '/a', sizeBytes: 1, modifiedAtMs: 2 }, 'sha256:x');
  expect(again.index.readHash({ path: '/a', sizeBytes: 1, modifiedAtMs: 2 })).toBe('sha256:x');
  expect(again.index.readHash({ path: '/a', sizeBytes: 1, modifiedAtMs: 3 })).toBeUndefined();
  const nowhere = openIndexDatabase(join(folder, 'index.sqlite', 'inside-a-file'));
  nowhere.putBlob({ key: 'k', stage: 's', sizeBytes: 1, usedAtMs: 1 });
  expect(nowhere.listBlobs()).toHaveLength(1);
});
