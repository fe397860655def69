import { mkdtemp, rmdir, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PatternPivotError } from '../domain/errors.ts';
import { toFileError } from '../domain/file-error.ts';
import { temporaryFolderPrefix } from '../domain/temporary-name.ts';

/** How much a disk has left for us, in bytes; undefined where the system doesn't say. */
export async function readFreeBytes(folder: string): Promise<number | undefined> {
  for (let path = folder; ; path = dirname(path)) {
    try {
      const { bavail, bsize } = await statfs(path);
      return bavail * bsize;
    } catch {
      // The folder is made later: the disk is its parent's.
      if (dirname(path) === path) return undefined;
    }
  }
}

/** Refuses to begin what cannot end. @throws tool.disk_full */
export async function assertRoom(folders: readonly string[], neededBytes: number): Promise<void> {
  for (const folder of folders) {
    const freeBytes = await readFreeBytes(folder);
    if (freeBytes === undefined || freeBytes >= neededBytes) continue;
    const inMegabytes = (bytes: number) => `${Math.ceil(bytes / 1e6)} MB`;
    throw new PatternPivotError(
      'tool.disk_full',
      `Too little room: about ${inMegabytes(neededBytes)} needed, ${inMegabytes(freeBytes)} free on the disk of ${folder}`,
      {
        hint: 'Free some space (pivot clean empties the cache), or choose another disk with --out or PATTERNPIVOT_WORKSPACE.',
        context: { folder, neededBytes, freeBytes },
      },
    );
  }
}

/**
 * Refuses a folder that could not be made or written, before hours of work go into what cannot be put there. It is tried
 * with a folder that is gone at once: permissions alone promise nothing (to an administrator, or on a pseudo file system).
 * @throws input.not_a_folder, input.not_writable, input.no_permission
 */
export async function assertWritable(folder: string): Promise<void> {
  for (let path = folder; ; path = dirname(path)) {
    const found = await stat(path).catch(() => undefined);
    if (found === undefined && dirname(path) !== path) continue;
    if (found?.isDirectory() !== true) {
      throw new PatternPivotError('input.not_a_folder', `A file is where a folder should be: ${path}`, {
        hint: 'Choose another place with --out or PATTERNPIVOT_WORKSPACE.',
        context: { path },
      });
    }
    return tryWriting(path, folder);
  }
}

/** Makes and removes a folder inside an existing one. `wanted` is what messages name. */
async function tryWriting(existing: string, wanted: string): Promise<void> {
  try {
    await rmdir(await mkdtemp(join(existing, `.${temporaryFolderPrefix('room')}`)));
  } catch (error) {
    const takesNone = (error as NodeJS.ErrnoException).code === 'ENOENT';
    // The folder is there, so it is one that takes no others.
    throw toFileError(
      takesNone ? Object.assign(new Error('No folders here', { cause: error }), { code: 'EROFS' }) : error,
      wanted,
    );
  }
}
