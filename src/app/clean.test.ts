import { mkdir, mkdtemp, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { z } from 'zod';
import { openFolderBlobs } from '../adapters/blobs/folder.ts';
import { stageKey } from '../stages/stage.ts';
import { cleanCache, rebuildIndex } from './clean.ts';
import { openIndexDatabase } from './index-database.ts';
import { createStageCache } from './stage-cache.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot clean '));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const downloads = () => join(folder, 'downloads');

/** Three results of about 1,000 bytes each, used one, two and three hours ago. */
async function fill() {
  const blobs = await openFolderBlobs(join(folder, 'blobs'));
  const index = openIndexDatabase(join(folder, 'index.sqlite'));
  const cache = createStageCache({ blobs, index, temporaryFolder: join(folder, 'blobs', 'tmp') });
  const keys: string[] = [];
  for (const hours of [3, 1, 2]) {
    const work = {
      name: `stage-${hours}`,
      version: 1,
      inputs: hours,
      schema: z.string(),
      run: async () => 'x'.repeat(1000),
    };
    await cache.remember(work);
    const key = stageKey(work);
    const usedAt = new Date(Date.now() - hours * 3_600_000);
    await utimes(join(folder, 'blobs', key.slice(0, 2), key.slice(2, 4), key), usedAt, usedAt);
    keys[hours] = key;
  }
  return { blobs, index, keys };
}

it('removes what was not used for longest until the rest fits', async () => {
  const { blobs, index, keys } = await fill();
  const dry = await cleanCache(blobs, index, downloads(), { maxBytes: 2500, isDryRun: true });
  expect(dry).toMatchObject({ removedCount: 1, keptCount: 2 });
  expect(await blobs.has(keys[3] ?? '')).toBe(true);
  const cleaned = await cleanCache(blobs, index, downloads(), { maxBytes: 2500, isDryRun: false });
  expect(cleaned).toEqual(dry);
  expect(await blobs.has(keys[3] ?? '')).toBe(false);
  expect(await blobs.has(keys[2] ?? '')).toBe(true);
  expect(await cleanCache(blobs, index, downloads(), { maxBytes: 0, isDryRun: false })).toMatchObject({
    removedCount: 2,
    keptBytes: 0,
  });
});

it('builds the index anew from the blobs alone', async () => {
  const { blobs, index, keys } = await fill();
  const before = await rebuildIndex(blobs, index);
  index.close();
  await rm(join(folder, 'index.sqlite'));
  const empty = openIndexDatabase(join(folder, 'index.sqlite'));
  empty.putBlob({ key: 'gone', stage: 'hear', sizeBytes: 1, usedAtMs: 1 });
  await rebuildIndex(blobs, empty);
  const strip = (entries: readonly { key: string; stage: string; sizeBytes: number }[]) =>
    entries.map(({ key, stage, sizeBytes }) => `${key} ${stage} ${sizeBytes}`).toSorted();
  expect(strip(empty.listBlobs())).toEqual(strip(before));
  expect(empty.listBlobs().find((entry) => entry.key === keys[1])?.stage).toBe('stage-1');
});

it('counts fetched media, and removes those that were not used for longest first', async () => {
  const { blobs, index, keys } = await fill();
  const old = join(downloads(), 'an-address');
  await mkdir(old, { recursive: true });
  await writeFile(join(old, 'talk.mp4'), Buffer.alloc(5000));
  const longAgo = new Date(Date.now() - 9 * 3_600_000);
  await utimes(join(old, 'talk.mp4'), longAgo, longAgo);
  const cleaned = await cleanCache(blobs, index, downloads(), { maxBytes: 4000, isDryRun: false });
  expect(cleaned).toMatchObject({ removedCount: 1, keptCount: 3 });
  expect(cleaned.bytesByStage[0]).toEqual({ stage: 'fetched media', bytes: 5000 });
  await expect(stat(old)).rejects.toThrow('ENOENT');
  expect(await blobs.has(keys[3] ?? '')).toBe(true);
});
