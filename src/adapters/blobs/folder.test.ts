import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { describeBlobs } from '../../../test/contracts/blobs.ts';
import { temporaryFileName } from '../../domain/temporary-name.ts';
import { openFolderBlobs } from './folder.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'pivot-folder-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

describeBlobs('a folder', async () => ({ blobs: await openFolderBlobs(root), close: async () => {} }));

const key = 'ab'.repeat(32);

it('counts a read as a use', async () => {
  const blobs = await openFolderBlobs(root);
  await blobs.write(key, new Uint8Array([1]));
  const path = join(root, 'ab', 'ab', key);
  await utimes(path, new Date(0), new Date(0));
  expect((await Array.fromAsync(blobs.list()))[0]?.usedAtMs).toBe(0);
  await blobs.read(key);
  expect((await Array.fromAsync(blobs.list()))[0]?.usedAtMs).toBeGreaterThan(Date.now() - 5000);
});

it('removes what a killed run left, and what is a day old, and nothing else', async () => {
  await openFolderBlobs(root);
  await writeFile(join(root, 'tmp', 'old.part'), 'x');
  await writeFile(join(root, 'tmp', 'young.part'), 'x');
  const ofNobody = temporaryFileName('.mp4').replace(`-${process.pid}-`, '-999999999-');
  await writeFile(join(root, 'tmp', ofNobody), 'x');
  const longAgo = new Date(Date.now() - 25 * 3600 * 1000);
  await utimes(join(root, 'tmp', 'old.part'), longAgo, longAgo);
  await openFolderBlobs(root);
  expect(await readdir(join(root, 'tmp'))).toEqual(['young.part']);
});

it('lists neither temporary nor foreign files', async () => {
  const blobs = await openFolderBlobs(root);
  await blobs.write(key, new Uint8Array([1]));
  await writeFile(join(root, 'ab', 'ab', 'notes.txt'), 'x');
  await writeFile(join(root, 'readme'), 'x');
  expect((await Array.fromAsync(blobs.list())).map((blob) => blob.key)).toEqual([key]);
});

it('says in our words that its place is no folder', async () => {
  const file = join(root, 'file');
  await writeFile(file, '');
  await expect(openFolderBlobs(file)).rejects.toMatchObject({ code: 'input.not_a_folder' });
});
