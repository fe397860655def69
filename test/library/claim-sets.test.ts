import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createDynamoTable } from '../../src/adapters/records/dynamodb-table.ts';
import { openSqliteRecords } from '../../src/adapters/records/sqlite.ts';
import { batchCollection } from '../../src/domain/batch.ts';
import { claimSet, countUses, finishClaim, releaseClaim } from '../../src/recipes/tracks/claim-set.ts';
import { startDynamoServer } from '../fixtures/dynamodb-server.ts';
import { startGoogleStorageServer } from '../fixtures/google-storage-server.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot claims '));
});
afterEach(() => rm(folder, { recursive: true }));

const run = promisify(execFile);
const child = new URL('../fixtures/claim.child.ts', import.meta.url).pathname;

/** Processes at once, each taking so many sets. @returns all that they got, a line a set */
async function takeIn(
  processes: number,
  kind: string,
  place: string,
  each: number,
  sources: number,
  seed: string,
) {
  const taken = await Promise.all(
    Array.from({ length: processes }, () =>
      run(process.execPath, [child, kind, place, String(each), String(sources), seed]),
    ),
  );
  return taken.flatMap(({ stdout }) => stdout.trim().split('\n'));
}

it('gives 1,000 batches in 8 processes 1,000 different sets', async () => {
  const path = join(folder, 'records.sqlite');
  openSqliteRecords(path).records.close();
  const sets = await takeIn(8, 'sqlite', path, 125, 20, '5');
  expect(sets).toHaveLength(1000);
  expect(sets).not.toContain('none');
  expect(new Set(sets).size).toBe(1000);
  const { records } = openSqliteRecords(path);
  const uses = await countUses(records, new AbortController().signal);
  expect([...uses.values()].reduce((sum, count) => sum + count)).toBe(3000);
  await records.close();
});

it('gives every set that there is exactly once, and then says that there are none', async () => {
  const path = join(folder, 'records.sqlite');
  openSqliteRecords(path).records.close();
  // 6 sources have 20 sets of 3.
  const sets = await takeIn(4, 'sqlite', path, 8, 6, '1');
  expect(sets.filter((set) => set === 'none')).toHaveLength(12);
  expect(new Set(sets).size).toBe(21);
});

it('gives no set twice on DynamoDB', async () => {
  const server = await startDynamoServer();
  try {
    const where = { table: 'records', region: 'eu-central-1', endpoint: server.endpoint };
    await createDynamoTable(where, new AbortController().signal);
    const sets = await takeIn(4, 'dynamodb', server.endpoint, 10, 12, '2');
    expect(new Set(sets).size).toBe(40);
    expect(sets).not.toContain('none');
  } finally {
    await server.close();
  }
});

it('gives no set twice on Cloud Storage', async () => {
  const server = await startGoogleStorageServer('records');
  try {
    const sets = await takeIn(4, 'google-storage', server.endpoint, 10, 12, '2');
    expect(new Set(sets).size).toBe(40);
    expect(sets).not.toContain('none');
  } finally {
    await server.close();
  }
});

const ids = ['0', '1', '2', '3'].map((digit) => digit.repeat(16));
const set = (...at: number[]) => ({ assetIds: at.map((index) => ids[index]!), why: 'a test' });
const { signal } = new AbortController();

it('takes the order of the sources for nothing', async () => {
  const { records } = openSqliteRecords(join(folder, 'records.sqlite'));
  const request = { strategy: 'model', seed: 0, now: new Date() } as const;
  expect(await claimSet(records, [set(2, 0, 1)], request, signal)).toBeDefined();
  const other = await claimSet(records, [set(0, 1, 2), set(1, 2, 0), set(0, 1, 3)], request, signal);
  expect(other?.batch.assetIds).toEqual([ids[0], ids[1], ids[3]]);
  await records.close();
});

it('gives back what nothing came of, and keeps what was finished', async () => {
  let now = Date.parse('2026-05-01T00:00:00Z');
  const { records } = openSqliteRecords(join(folder, 'records.sqlite'), { now: () => now });
  const request = () => ({ strategy: 'shuffled', seed: 0, now: new Date(now) }) as const;
  const made = () => ({ way: 'combining', queueItemId: ids[0]!, now: new Date(now) }) as const;
  const claim = async () => claimSet(records, [set(0, 1)], request(), signal);

  const first = await claim();
  expect(await claim()).toBeUndefined();
  await releaseClaim(records, first!);
  const second = await claim();
  expect(second).toBeDefined();
  // Killed: a day later somebody else may have it, and the one that was not dead after all is told so.
  now += 25 * 60 * 60 * 1000;
  const third = await claim();
  expect(third).toBeDefined();
  await releaseClaim(records, second!);
  await expect(finishClaim(records, second!, made())).rejects.toMatchObject({
    code: 'conflict.batch_taken',
  });
  await finishClaim(records, third!, made());
  now += 365 * 24 * 60 * 60 * 1000;
  expect(await claim()).toBeUndefined();
  expect((await records.get(batchCollection, third!.batch.id))?.value).toMatchObject({
    state: 'finished',
    way: 'combining',
  });
  await records.close();
});
