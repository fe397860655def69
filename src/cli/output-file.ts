import { lstat, open, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PatternPivotError } from '../domain/errors.ts';
import { withFileErrors } from '../domain/file-error.ts';
import { readPictureHeader } from '../domain/picture-header.ts';
import { temporaryFileName } from '../domain/temporary-name.ts';

/** Places that a command writes one file to. */

/** So much of a file tells what it is, in bytes. */
const headLength = 4096;

/**
 * Refuses a place where a text, a picture or a WAV cannot go, before the work is done: a folder that is not there, and a file
 * of another kind, which is somebody's: a video named twice by mistake would be gone.
 * @throws not_found.file, input.not_a_file, input.other_file_there, and what reading throws
 */
export async function assertOutputPlace(path: string, kind: 'text' | 'png' | 'jpeg' | 'wav'): Promise<void> {
  await withFileErrors(dirname(path), () => stat(dirname(path)));
  if (kind !== 'text' && !(await isPlainPlace(path))) {
    throw new PatternPivotError(
      'input.not_a_file',
      `A ${kind === 'wav' ? 'sound' : 'picture'} goes into a plain file, not there: ${path}`,
      {
        hint: 'Name a file that is no link, pipe or device.',
        context: { path },
      },
    );
  }
  const head = await withFileErrors(path, () => readHead(path));
  if (head === undefined || head.length === 0) return;
  const isWav = /^RIFF[^]{4}WAVE/u.test(head.toString('latin1', 0, 12));
  const isOwnPicture = () => readPictureHeader(head)?.format === kind;
  if (kind === 'text' ? !head.includes(0) : kind === 'wav' ? isWav : isOwnPicture()) return;
  const what = kind === 'text' ? 'text' : kind === 'wav' ? 'WAV' : `${kind.toUpperCase()} picture`;
  throw new PatternPivotError(
    'input.other_file_there',
    `A file that is no ${what} is there already: ${path}`,
    {
      hint: 'It stays as it is. Name another file to write to.',
      context: { path },
    },
  );
}

/**
 * Writes a text so that it appears whole or not at all. What is no plain file is written into: a link keeps leading where it
 * did, and a pipe or a device, like /dev/null, stays one. @throws as {@link assertOutputPlace} says, and what writing throws
 */
export async function writeTextFile(path: string, text: string): Promise<void> {
  await assertOutputPlace(path, 'text');
  await withFileErrors(path, async () => {
    if (!(await isPlainPlace(path))) return writeFile(path, text);
    const temporary = join(dirname(path), temporaryFileName());
    try {
      await writeFile(temporary, text);
      await rename(temporary, path);
    } finally {
      await rm(temporary, { force: true });
    }
  });
}

/** Whether a new file may take the place: nothing is there, or a plain file is. */
async function isPlainPlace(path: string): Promise<boolean> {
  return lstat(path).then(
    (found) => found.isFile(),
    () => true,
  );
}

/** The beginning of a file; undefined where there is none, or nothing that can be looked into. */
async function readHead(path: string): Promise<Buffer | undefined> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (found?.isDirectory() === true) {
    throw new PatternPivotError('input.not_a_file', `A folder is where a file should be: ${path}`, {
      hint: 'Name a file.',
      context: { path },
    });
  }
  // A pipe or a terminal is written to as asked: reading it would wait for ever.
  if (found?.isFile() !== true) return undefined;
  const file = await open(path);
  try {
    const head = Buffer.alloc(headLength);
    const { bytesRead } = await file.read(head, 0, headLength, 0);
    return head.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
