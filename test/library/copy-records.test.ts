import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createDynamoTable } from '../../src/adapters/records/dynamodb-table.ts';
import { openDynamoRecords } from '../../src/adapters/records/dynamodb.ts';
import { openGoogleStorageRecords } from '../../src/adapters/records/google-storage.ts';
import { openSqliteRecords } from '../../src/adapters/records/sqlite.ts';
import type { Records } from '../../src/ports/records.ts';
import type { RecipeContext } from '../../src/recipes/events.ts';
import { copyRecords } from '../../src/recipes/records/copy.ts';
import { countRecords } from '../../src/recipes/records/count.ts';
import { startDynamoServer, type DynamoServer } from '../fixtures/dynamodb-server.ts';
import { startFaultProxy, type FaultProxy } from '../fixtures/fault-proxy.ts';
import { startGoogleStorageServer, type GoogleStorageServer } from '../fixtures/google-storage-server.ts';

const region = 'eu-central-1';
const table = 'patternpivot';
const context: RecipeContext = { signal: new AbortController().signal, emit: () => {} };
const mainPath = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
let folder: string;
let dynamo: DynamoServer;
let google: GoogleStorageServer;
let proxy: FaultProxy;
let count = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot copy records '));
  dynamo = await startDynamoServer();
  google = await startGoogleStorageServer('my-records');
  proxy = await startFaultProxy(dynamo.endpoint);
  await createDynamoTable({ table, region, endpoint: dynamo.endpoint }, context.signal);
});
beforeEach(() => {
  count += 1;
  proxy.fault = () => undefined;
});
afterAll(async () => {
  for (const each of [proxy, dynamo, google]) await each.close();
  await rm(folder, { recursive: true, force: true });
});

const openDynamo = (endpoint = dynamo.endpoint) =>
  openDynamoRecords({ table, region, prefix: `copy-${count}`, endpoint });
const openGoogle = () =>
  openGoogleStorageRecords({ bucket: 'my-records', prefix: `copy-${count}`, endpoint: google.endpoint });
const libraryOf = (name: string) => join(folder, `${count}-${name}`);
const openSqlite = (name = 'library') => openSqliteRecords(join(libraryOf(name), 'records.sqlite')).records;

/** Snapshots, records of several versions, some that expire, and odd ids. */
async function fill(records: Records, snapshotCount: number): Promise<void> {
  const snapshots = Array.from({ length: snapshotCount }, (_, index) => ({
    id: `video/v-${index % 9}/2026-01-${String(index).padStart(6, '0')}`,
    value: { views: index, title: 'ü🎬' },
  }));
  await records.append('snapshots', snapshots);
  for (const id of ['../x', 'ü', '\u{10FFFF}', '\uE000', '%2F', '__proto__']) {
    await records.put('odd', id, { 2: 'two', 1: 'one', id });
    await records.put('odd', id, { again: [id, null, -0.5, 1e300] });
  }
  await records.put('videos', 'public', 1, { expiresAt: new Date(Date.now() + 1e8).toISOString() });
  await records.put('videos', 'long', 'x'.repeat(300_000));
}

it('carries everything from store to store, and back the same', async () => {
  const stores = [openSqlite(), openDynamo(), openGoogle(), openSqlite('back')];
  const [first, , , last] = stores as [Records, Records, Records, Records];
  await fill(first, 300);
  const before = await countRecords(first, context);
  expect(before.map(({ collection, count: each }) => [collection, each])).toEqual([
    ['odd', 6],
    ['snapshots', 300],
    ['videos', 2],
  ]);
  for (const [index, target] of stores.slice(1).entries()) {
    const source = stores[index] as Records;
    const copied = await copyRecords({ source, target, mayOverwrite: false, isDryRun: false }, context);
    expect(copied.map(({ sha256, writtenCount }) => [sha256, writtenCount])).toEqual(
      before.map(({ sha256, count: each }) => [sha256, each]),
    );
  }
  expect(await countRecords(last, context)).toEqual(before);
  expect((await last.get('odd', 'ü'))?.version).toBe(2);
  await Promise.all(stores.map((store) => store.close()));
});

it('leaves what is newer, other or too long, and says so; takes it when told', async () => {
  const [source, target] = [openSqlite(), openDynamo()];
  await source.put('c', 'newer', 'old');
  await target.put('c', 'newer', 1);
  await target.put('c', 'newer', 2);
  await source.put('c', 'older', 1);
  await source.put('c', 'older', 'new');
  await target.put('c', 'older', 'old');
  await source.put('c', 'other', 'mine');
  await target.put('c', 'other', 'theirs');
  await source.put('c', 'long', 'x'.repeat(target.maxValueBytes));
  await target.put('c', 'extra', 1);
  const wish = { source, target, mayOverwrite: false, isDryRun: false };

  const [planned] = await copyRecords({ ...wish, isDryRun: true }, context);
  expect(planned).toMatchObject({ writtenCount: 1, keptCount: 2, tooLargeCount: 1, extraCount: 1 });
  expect((await target.get('c', 'older'))?.value).toBe('old');

  const [copied] = await copyRecords(wish, context);
  expect(copied).toMatchObject({
    writtenCount: 1,
    sameCount: 0,
    keptCount: 2,
    tooLargeCount: 1,
    extraCount: 1,
    leftIds: ['long', 'newer', 'other'],
  });
  expect((await target.get('c', 'older'))?.value).toBe('new');
  expect((await target.get('c', 'newer'))?.value).toBe(2);

  const [told] = await copyRecords({ ...wish, mayOverwrite: true }, context);
  expect(told).toMatchObject({ writtenCount: 2, sameCount: 1, keptCount: 0, tooLargeCount: 1 });
  expect(await target.get('c', 'newer')).toEqual({ id: 'newer', value: 'old', version: 1 });
  expect((await target.get('c', 'extra'))?.value).toBe(1);
  await Promise.all([source.close(), target.close()]);
});

it('copies what others write meanwhile, too', async () => {
  const [source, target, other] = [openSqlite(), openDynamo(proxy.endpoint), openSqlite()];
  await fill(source, 400);
  const startedAt = proxy.requestCount;
  let changes = 0;
  proxy.fault = ({ index }) => {
    if (changes < 3 && index - startedAt > changes * 150) {
      changes += 1;
      void other.put('snapshots', `video/v-0/changed-${changes}`, changes);
      void other.put('odd', 'ü', changes);
    }
    return undefined;
  };
  await copyRecords({ source, target, mayOverwrite: false, isDryRun: false }, context);
  expect(changes).toBe(3);
  expect(await countRecords(target, context)).toEqual(await countRecords(source, context));
  await Promise.all([source.close(), target.close(), other.close()]);
});

it('goes on where it was after each kill, through a bad line', async () => {
  const source = openSqlite();
  await fill(source, 800);
  await source.close();
  // Every tenth call is cut off, and all are slow enough to be killed in the middle of.
  proxy.fault = ({ index }) => (index % 10 === 9 ? { kind: 'cut-after' } : { kind: 'wait', ms: 1 });
  const run = (killAfterRequests: number) => {
    const startedAt = proxy.requestCount;
    const child = spawn(
      process.execPath,
      [
        mainPath,
        ...'records copy --from sqlite --to dynamodb --json --quiet --library'.split(' '),
        libraryOf('library'),
      ],
      {
        env: {
          ...process.env,
          PATTERNPIVOT_WORKSPACE: join(folder, 'workspace'),
          PATTERNPIVOT_RECORDS_PREFIX: `copy-${count}`,
          PATTERNPIVOT_RECORDS_DYNAMODB_REGION: region,
          PATTERNPIVOT_RECORDS_DYNAMODB_ENDPOINT: proxy.endpoint,
        },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    let text = '';
    child.stdout.on('data', (data: Buffer) => (text += data.toString()));
    const watch = setInterval(() => {
      if (proxy.requestCount - startedAt > killAfterRequests) child.kill('SIGKILL');
    }, 5);
    return new Promise<{ text: string; code: number | null }>((resolve) =>
      child.on('exit', (code) => {
        clearInterval(watch);
        resolve({ text, code });
      }),
    );
  };
  for (const killAfterRequests of [60, 350]) expect((await run(killAfterRequests)).code).toBeNull();
  const target = openDynamo();
  const [, soFar] = await countRecords(target, context);
  expect(soFar?.count).toBeGreaterThan(200);
  expect(soFar?.count).toBeLessThan(800);
  const { text, code } = await run(Infinity);
  expect(code).toBe(0);
  const copied = JSON.parse(text) as { collection: string; writtenCount: number; sameCount: number }[];
  const snapshots = copied.find(({ collection }) => collection === 'snapshots');
  expect(snapshots?.sameCount).toBeGreaterThanOrEqual(soFar?.count ?? Infinity);
  expect((snapshots?.sameCount ?? 0) + (snapshots?.writtenCount ?? 0)).toBe(800);
  const again = openSqlite();
  expect(await countRecords(target, context)).toEqual(await countRecords(again, context));
  await Promise.all([target.close(), again.close()]);
}, 90_000);
