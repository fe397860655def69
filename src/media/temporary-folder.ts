import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withFileErrors } from '../domain/file-error.ts';
import { isLeftover, temporaryFolderPrefix } from '../domain/temporary-name.ts';

let isSwept = false;

/**
 * Gives some work a private folder that is gone afterwards. The first call of a process also removes the folders that
 * killed runs left. @throws tool.disk_full, input.not_writable and what the work throws
 */
export async function withTemporaryFolder<T>(kind: string, run: (folder: string) => Promise<T>): Promise<T> {
  if (!isSwept) {
    isSwept = true;
    await removeLeftovers(tmpdir());
  }
  const prefix = join(tmpdir(), temporaryFolderPrefix(kind));
  const folder = await withFileErrors(tmpdir(), () => mkdtemp(prefix));
  try {
    return await run(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Removes what killed runs left in a folder; what cannot be removed (it is another user's) stays. */
async function removeLeftovers(parent: string): Promise<void> {
  for (const name of await readdir(parent).catch(() => [])) {
    const path = join(parent, name);
    const found = name.startsWith('pivot-') ? await stat(path).catch(() => undefined) : undefined;
    if (found !== undefined && isLeftover(name, found.mtimeMs)) {
      await rm(path, { recursive: true, force: true }).catch(() => {});
    }
  }
}
