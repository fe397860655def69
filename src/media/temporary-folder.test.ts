import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolderPrefix } from '../domain/temporary-name.ts';
import { withTemporaryFolder } from './temporary-folder.ts';

test('a folder is there for its work, goes with it, and takes along what a killed run left', async () => {
  const prefix = temporaryFolderPrefix('sound');
  const left = join(tmpdir(), `${prefix.replace(`-${process.pid}-`, '-999999999-')}Ab12Cd`);
  const ours = join(tmpdir(), `${prefix}Ab12Cd`);
  for (const folder of [left, ours]) await mkdir(folder, { recursive: true });
  await writeFile(join(left, 'attempt-0.m4a'), 'x');
  const folder = await withTemporaryFolder('sound', async (path) => {
    expect(existsSync(path)).toBe(true);
    return path;
  });
  expect(existsSync(folder)).toBe(false);
  expect(existsSync(left)).toBe(false);
  // That of a process which still runs stays.
  await withTemporaryFolder('other', async () => expect(existsSync(ours)).toBe(true));
  await rm(ours, { recursive: true });
  await expect(
    withTemporaryFolder('sound', async (path) => {
      throw new Error(path);
    }),
  ).rejects.toSatisfy((error: Error) => !existsSync(error.message));
});
