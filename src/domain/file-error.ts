import { basename, dirname } from 'node:path';
import { PatternPivotError, type ErrorCode } from './errors.ts';
import { isTemporaryName } from './temporary-name.ts';

/** What the system's own codes for a failed file operation mean to a user. */
const meanings: Readonly<Record<string, { code: ErrorCode; what: string; hint: string }>> = {
  ENOSPC: {
    code: 'tool.disk_full',
    what: 'The disk is full',
    hint: 'Free some space (pivot clean empties the cache), or choose another disk with --out or PATTERNPIVOT_WORKSPACE.',
  },
  EDQUOT: {
    code: 'tool.disk_full',
    what: 'The disk quota is used up',
    hint: 'Free some space (pivot clean empties the cache), or choose another disk with --out or PATTERNPIVOT_WORKSPACE.',
  },
  EROFS: {
    code: 'input.not_writable',
    what: 'The disk can only be read',
    hint: 'Choose a folder that you may write to, with --out or PATTERNPIVOT_WORKSPACE.',
  },
  EACCES: {
    code: 'input.no_permission',
    what: 'Permission was denied',
    hint: 'Change the permissions, or choose another place.',
  },
  EPERM: {
    code: 'input.no_permission',
    what: 'Permission was denied',
    hint: 'Change the permissions, or choose another place.',
  },
  ENOENT: {
    code: 'not_found.file',
    what: 'There is no such file or folder',
    hint: 'Check the spelling of the path.',
  },
  ENOTDIR: {
    code: 'input.not_a_folder',
    what: 'A file is where a folder should be',
    hint: 'Choose another place.',
  },
  EEXIST: {
    code: 'input.not_a_folder',
    what: 'A file is where a folder should be',
    hint: 'Choose another place.',
  },
  EISDIR: {
    code: 'input.not_a_file',
    what: 'A folder is where a file should be',
    hint: 'Name a file.',
  },
  ENAMETOOLONG: {
    code: 'input.name_too_long',
    what: 'The name is too long for this disk',
    hint: 'Choose a shorter path.',
  },
  ELOOP: {
    code: 'input.link_loop',
    what: 'The link leads back to itself',
    hint: 'Name the file itself.',
  },
  EMFILE: {
    code: 'tool.too_many_files',
    what: 'Too many files are open',
    hint: 'Raise the limit (ulimit -n) or close other programs.',
  },
};

/** Turns what a failed file operation threw into our error, with the path; our own errors and aborts pass unchanged. */
export function toFileError(error: unknown, path: string): unknown {
  if (error instanceof PatternPivotError || !(error instanceof Error) || error.name === 'AbortError')
    return error;
  const systemCode = (error as NodeJS.ErrnoException).code;
  const meaning = systemCode === undefined ? undefined : meanings[systemCode];
  if (meaning === undefined) return error;
  // The name of an unfinished file says nothing to a user: its folder does.
  const shown = isTemporaryName(basename(path)) ? dirname(path) : path;
  return new PatternPivotError(meaning.code, `${meaning.what}: ${shown}`, {
    cause: error,
    hint: meaning.hint,
    context: { path },
  });
}

/** Runs file operations on a path; what they throw becomes one of our errors. @throws as {@link toFileError} says */
export async function withFileErrors<T>(path: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw toFileError(error, path);
  }
}
