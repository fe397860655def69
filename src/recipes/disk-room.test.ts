import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { assertRoom, assertWritable, readFreeBytes } from './disk-room.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot room '));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('measures the disk of a folder that is not there yet', async () => {
  expect(await readFreeBytes(folder)).toBeGreaterThan(0);
  expect(await readFreeBytes(join(folder, 'a', 'b'))).toBeGreaterThan(0);
});

it('refuses a job that does not fit, and says how much is missing and where', async () => {
  await expect(assertRoom([folder], 1000)).resolves.toBeUndefined();
  await expect(assertRoom([folder], 1e18)).rejects.toMatchObject({
    code: 'tool.disk_full',
    message: expect.stringContaining(folder),
  });
});

it('refuses a place where no folder can be made, and makes none where one can', async () => {
  await writeFile(join(folder, 'file'), '');
  await expect(assertWritable(join(folder, 'file'))).rejects.toMatchObject({ code: 'input.not_a_folder' });
  await expect(assertWritable(join(folder, 'file', 'a'))).rejects.toMatchObject({
    code: 'input.not_a_folder',
  });
  await expect(assertWritable(join(folder, 'a', 'b'))).resolves.toBeUndefined();
  expect(await readdir(folder)).toEqual(['file']);
});
