import { constants, type Dirent } from 'node:fs';
import {
  copyFile,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { PatternPivotError } from '../../domain/errors.ts';
import { withFileErrors } from '../../domain/file-error.ts';
import { isLeftover, staleAfterMs, temporaryFileName } from '../../domain/temporary-name.ts';
import type { Blobs } from '../../ports/blobs.ts';

const keyPattern = /^[0-9a-f]{64}$/;

/**
 * Blobs as files: `ab/cd/<key>` under a root, so that no folder grows too large; a file's modification time says when it was
 * last used. Everything is written under a name of its own in `tmp` and renamed, so any number of processes may
 * share the folder. Nothing is flushed to the disk unless they are durable: what a power cut damages, its reader finds out and makes again.
 * @throws tool.disk_full, input.not_writable and the like from every method
 */
export async function openFolderBlobs(root: string, options: { isDurable?: boolean } = {}): Promise<Blobs> {
  const temporaryFolder = join(root, 'tmp');
  await withFileErrors(root, () => mkdir(temporaryFolder, { recursive: true }));
  await removeLeftovers(temporaryFolder);

  const pathOf = (key: string) => {
    if (!keyPattern.test(key)) {
      throw new PatternPivotError('input.bad_blob_key', 'A blob key is 64 hex digits.', { context: { key } });
    }
    return join(root, key.slice(0, 2), key.slice(2, 4), key);
  };

  /** Makes a file by a temporary name in `folder` and gives it its final name. */
  const appear = (path: string, folder: string, make: (temporary: string) => Promise<void>) =>
    withFileErrors(path, async () => {
      const temporary = join(folder, temporaryFileName());
      await mkdir(dirname(path), { recursive: true });
      await mkdir(folder, { recursive: true });
      try {
        await make(temporary);
        if (options.isDurable === true) await flush(temporary);
        await rename(temporary, path);
      } catch (error) {
        await rm(temporary, { force: true });
        throw error;
      }
    });

  return {
    async read(key) {
      const path = pathOf(key);
      const bytes = await unlessMissing(path, () => readFile(path));
      if (bytes !== undefined) await touch(path);
      return bytes;
    },
    async write(key, bytes) {
      await appear(pathOf(key), temporaryFolder, (temporary) => writeFile(temporary, bytes));
    },
    async writeFile(key, path) {
      await appear(pathOf(key), temporaryFolder, async (temporary) => {
        await copyFile(path, temporary, constants.COPYFILE_FICLONE);
        // A copy keeps no promise about its time on every system, and the time is when the blob was last used.
        await touch(temporary);
      });
    },
    async copyTo(key, path) {
      const stored = pathOf(key);
      // Looked up first: a missing blob must not be mistaken for a missing folder to copy to.
      if ((await unlessMissing(stored, () => stat(stored))) === undefined) return false;
      await touch(stored);
      let isThere = true;
      await appear(path, dirname(path), (temporary) =>
        copyFile(stored, temporary, constants.COPYFILE_FICLONE).catch(async (error: unknown) => {
          // Another process may clean up at this very moment.
          isThere = (await unlessMissing(stored, () => stat(stored))) !== undefined;
          throw error;
        }),
      ).catch((error: unknown) => {
        if (isThere) throw error;
      });
      return isThere;
    },
    async has(key) {
      const path = pathOf(key);
      return (await unlessMissing(path, () => stat(path))) !== undefined;
    },
    async delete(key) {
      const path = pathOf(key);
      await withFileErrors(path, () => rm(path, { force: true }));
    },
    async *list() {
      for (const outer of await hexFolders(root)) {
        for (const inner of await hexFolders(outer)) {
          for (const entry of await readdir(inner, { withFileTypes: true })) {
            if (!entry.isFile() || !keyPattern.test(entry.name)) continue;
            const path = join(inner, entry.name);
            const found = await unlessMissing(path, () => stat(path));
            if (found !== undefined) {
              yield { key: entry.name, sizeBytes: found.size, usedAtMs: Math.round(found.mtimeMs) };
            }
          }
        }
      }
    },
  };
}

/** Waits until a file's bytes are on the disk. */
async function flush(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

async function unlessMissing<T>(path: string, run: () => Promise<T>): Promise<T | undefined> {
  try {
    return await withFileErrors(path, run);
  } catch (error) {
    if (error instanceof PatternPivotError && error.code === 'not_found.file') return undefined;
    throw error;
  }
}

/** Notes that a blob was used. A hint for `pivot clean`, so a workspace that can only be read does not mind. */
async function touch(path: string): Promise<void> {
  const now = new Date();
  await utimes(path, now, now).catch(() => {});
}

async function hexFolders(folder: string): Promise<string[]> {
  const entries = await unlessMissing(folder, () => readdir(folder, { withFileTypes: true }));
  return (entries ?? [])
    .filter((entry: Dirent) => entry.isDirectory() && /^[0-9a-f]{2}$/.test(basename(entry.name)))
    .map((entry: Dirent) => join(folder, entry.name));
}

/** Removes the unfinished files that killed runs left. */
async function removeLeftovers(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const found = await unlessMissing(path, () => stat(path));
    if (found === undefined) continue;
    // Nobody else's files belong here: what is old goes whatever its name.
    if (isLeftover(name, found.mtimeMs) || Date.now() - found.mtimeMs > staleAfterMs) {
      await rm(path, { force: true, recursive: true });
    }
  }
}
