import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeVectors, makeVectors } from '../../../test/contracts/vectors.ts';
import { openEmbeddedVectors } from './embedded.ts';

let folder: string;
let number = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot-vectors "é" '));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const nextPath = () => join(folder, `v${number++}`, 'vectors.sqlite');

describeVectors('The embedded index', async () => {
  const path = nextPath();
  const vectors = openEmbeddedVectors(path);
  return { vectors, reopen: async () => openEmbeddedVectors(path), close: () => vectors.close() };
});

const collection = { name: 'c_all', dimensions: 16, model: 'm' };

async function fill(path: string, count: number) {
  const vectors = openEmbeddedVectors(path);
  await vectors.open(collection);
  const rows = makeVectors(count, 16).map((vector, at) => ({
    id: `a:${at}`,
    vector,
    assetId: 'a',
    kind: 'statement',
    speaker: '',
  }));
  await vectors.upsert(collection.name, rows, {});
  await vectors.close();
}

it('finds nearly what an exact scan finds through a filter that thousands of rows fit', async () => {
  const vectors = openEmbeddedVectors(nextPath());
  await vectors.open(collection);
  const made = makeVectors(6600, 16, 3);
  const rows = made.slice(0, 6500).map((vector, at) => ({
    id: `a:${at}`,
    vector,
    assetId: `a${at % 10}`,
    kind: at % 10 === 0 ? 'question' : 'story',
    speaker: '',
  }));
  await vectors.upsert(collection.name, rows, {});
  let right = 0;
  for (const query of made.slice(6500)) {
    const options = { limit: 10, filter: { kinds: ['story'] } };
    const exact = await vectors.search(collection.name, query, { ...options, isExact: true });
    const near = await vectors.search(collection.name, query, options);
    expect(near.every(({ id }) => Number(id.slice(2)) % 10 !== 0)).toBe(true);
    right += exact.filter(({ id }) => near.some((hit) => hit.id === id)).length;
  }
  expect(right / 1000).toBeGreaterThanOrEqual(0.98);
  await vectors.close();
});

describe('a file that is no index is begun anew', () => {
  it.each([
    ['rubbish', (path: string) => writeFile(path, 'x'.repeat(100_000))],
    ['cut off', (path: string) => truncate(path, 40_000)],
    ['empty', (path: string) => truncate(path, 0)],
  ])('%s', async (_, damage) => {
    const path = nextPath();
    await fill(path, 500);
    await damage(path);
    const vectors = openEmbeddedVectors(path);
    const there = await vectors.describe(collection.name).catch((error: unknown) => error);
    if (there !== undefined) expect(there).toMatchObject({ code: 'conflict.index_damaged', retryable: true });
    await vectors.open(collection);
    expect(await vectors.describe(collection.name)).toMatchObject({ count: 0 });
    await vectors.close();
  });

  it('pages overwritten in the middle', async () => {
    const path = nextPath();
    await fill(path, 2000);
    const bytes = await readFile(path);
    bytes.fill(0xa5, 16_384 * 2, bytes.length - 16_384);
    await writeFile(path, bytes);
    const vectors = openEmbeddedVectors(path);
    const query = makeVectors(1, 16)[0]!;
    await expect(vectors.search(collection.name, query, { limit: 5, isExact: true })).rejects.toMatchObject({
      code: 'conflict.index_damaged',
      retryable: true,
    });
    await vectors.open(collection);
    expect(await vectors.describe(collection.name)).toMatchObject({ count: 0 });
    await vectors.close();
  });
});

it('whichever page is overwritten, a call works or says that the index is made anew, and never anything else', async () => {
  const path = nextPath();
  await fill(path, 1500);
  const whole = await readFile(path);
  const query = makeVectors(1, 16)[0]!;
  let damaged = 0;
  for (let at = 16_384; at < whole.length; at += 16_384) {
    const copy = nextPath();
    await mkdir(dirname(copy));
    await writeFile(copy, Buffer.from(whole).fill(0xa5, at, at + 16_384));
    const vectors = openEmbeddedVectors(copy);
    const row = { id: 'a:7', vector: query, assetId: 'a', kind: 'story', speaker: '' };
    const calls = [
      () => vectors.open(collection),
      () => vectors.search(collection.name, query, { limit: 5 }),
      () => vectors.search(collection.name, query, { limit: 5, isExact: true }),
      () => vectors.upsert(collection.name, [row], {}),
      () => vectors.delete(collection.name, { kinds: ['statement'] }),
      () => vectors.drop(collection.name),
    ];
    for (const call of calls) {
      const error: unknown = await call().then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      if (error === undefined) continue;
      damaged++;
      expect(error).toMatchObject({ code: 'conflict.index_damaged', retryable: true });
    }
    await vectors.open(collection);
    await vectors.upsert(collection.name, [row], {});
    expect((await vectors.search(collection.name, query, { limit: 1 }))[0]?.id).toBe('a:7');
    await vectors.close();
  }
  expect(damaged).toBeGreaterThan(10);
});

it('loses nothing when several processes write at once, and none when one of them is killed', async () => {
  const path = nextPath();
  await fill(path, 1);
  const child = fileURLToPath(new URL('../../../test/fixtures/write-vectors.child.ts', import.meta.url));
  // The one that is killed would write for minutes.
  const writers = [10, 10, 5000].map((rounds, which) =>
    fork(child, [path, String(which), String(rounds)], { stdio: 'inherit' }),
  );
  const [, , killed] = writers;
  killed!.once('message', () => killed!.kill('SIGKILL'));
  const exits = await Promise.all(
    writers.map(async (writer) => (await once(writer, 'exit')) as [number | null, string | null]),
  );
  expect(exits[0]).toEqual([0, null]);
  expect(exits[1]).toEqual([0, null]);
  expect(exits[2]).toEqual([null, 'SIGKILL']);
  const vectors = openEmbeddedVectors(path);
  const query = makeVectors(1, 16)[0]!;
  for (const asset of ['p0', 'p1']) {
    const options = { limit: 1000, filter: { assetIds: [asset] } };
    expect(await vectors.search(collection.name, query, options)).toHaveLength(300);
  }
  const ofKilled = await vectors.search(collection.name, query, {
    limit: 150_000,
    filter: { assetIds: ['p2'] },
  });
  // Batches are whole or not there at all.
  expect(ofKilled.length % 30).toBe(0);
  expect(ofKilled.length).toBeGreaterThan(0);
  await vectors.close();
});
