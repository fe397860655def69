import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSqliteRecords } from '../src/adapters/records/sqlite.ts';
import { platformCollections } from '../src/domain/platform.ts';
import type { Records } from '../src/ports/records.ts';
import { countOwnerRecords, purgeOwnerRecords } from '../src/recipes/youtube/purge.ts';

let folder: string;
let records: Records;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot-purge-'));
  ({ records } = openSqliteRecords(join(folder, 'records.sqlite')));
  const at = '2026-11-04T00:00:00Z';
  const videos = Array.from({ length: 1200 }, (_, video) => {
    const under = video % 3 === 0 ? 'public' : video % 3 === 1 ? 'owner:UCmine' : 'owner:UCother';
    return { id: `v${video}`, value: { fetched: { at, under } } };
  });
  await records.append(platformCollections.videos, videos);
  await records.put(platformCollections.raw, 'videos/a', {
    fetched: { at, under: 'owner:UCmine' },
    body: {},
  });
  await records.put('assets', 'a', { fetched: { at, under: 'owner:UCmine' } });
  await records.put(platformCollections.channels, 'odd', 'no object at all');
});

afterEach(async () => {
  await records.close();
  await rm(folder, { recursive: true, force: true });
});

const signal = new AbortController().signal;

test("an owner's data are counted, and deleted without touching anybody else's or the library's own", async () => {
  const before = await countOwnerRecords(records, signal);
  expect(Object.fromEntries(before)).toEqual({ UCmine: 401, UCother: 400 });
  expect(await purgeOwnerRecords(records, new Set(['UCmine']), { signal })).toBe(401);
  expect(Object.fromEntries(await countOwnerRecords(records, signal))).toEqual({ UCother: 400 });
  expect(await records.get(platformCollections.raw, 'videos/a')).toBeUndefined();
  expect(await records.get('assets', 'a')).toBeDefined();
  expect(await records.get(platformCollections.videos, 'v0')).toBeDefined();
});

test('deleting may be stopped, and goes on when it is run again', async () => {
  const stopping = new AbortController();
  const onDeleted = (count: number) => {
    if (count === 100) stopping.abort();
  };
  const stopped = purgeOwnerRecords(records, new Set(['UCmine']), { signal: stopping.signal, onDeleted });
  await expect(stopped).rejects.toMatchObject({ name: 'AbortError' });
  expect((await countOwnerRecords(records, signal)).get('UCmine')).toBe(301);
  expect(await purgeOwnerRecords(records, new Set(['UCmine']), { signal })).toBe(301);
});
