import { basename } from 'node:path';
import { PatternPivotError } from '../../domain/errors.ts';

/** What holds for every kind of archive: they come from strangers, and over bad lines. */

/** More files than this are refused: an archive of everything that somebody ever had at Google has some 100,000. */
const maxEntries = 1_000_000;

/** A text that is longer is not read, in bytes: the table of 10,000 videos has some 20 MB. */
export const maxTextBytes = 64_000_000;

/** Names longer than this lead nowhere. */
const maxNameChars = 1000;

/** Whether a name means a file inside the archive, and does nothing to a terminal. */
export function isHarmlessName(name: string): boolean {
  if (name === '' || name.length > maxNameChars || /[\p{Cc}\\]/u.test(name)) return false;
  if (name.startsWith('/') || /^[A-Za-z]:/u.test(name)) return false;
  return !name.split('/').includes('..');
}

/** Counts entries, and stops at an absurd number. @throws input.archive_bomb */
export function countEntry(count: number, path: string): void {
  if (count > maxEntries) throw archiveBomb(path, `names more than ${maxEntries} files`);
}

/** The error for an archive that is made to fill a disk. */
export function archiveBomb(path: string, what: string): PatternPivotError {
  return new PatternPivotError(
    'input.archive_bomb',
    `${basename(path)} ${what}: this is no honest archive.`,
    {
      hint: 'Unpack it yourself if you trust it, and name the folder.',
      context: { path },
    },
  );
}

/** The error for an archive that cannot be read on. */
export function archiveDamaged(path: string, what: string, cause?: unknown): PatternPivotError {
  return new PatternPivotError(
    'input.archive_damaged',
    `${basename(path)} is damaged or not whole: ${what}.`,
    {
      hint: 'Download it again. Every part of a Takeout export is an archive of its own.',
      context: { path },
      ...(cause === undefined ? {} : { cause }),
    },
  );
}

/** The error for a file that is not in an archive. */
export function entryMissing(path: string, entry: string): PatternPivotError {
  return new PatternPivotError(
    'not_found.archive_entry',
    `There is no ${entry.slice(0, 200)} in ${basename(path)}.`,
    {
      hint: 'The archive was changed meanwhile: run the same command again.',
      context: { path, entry },
    },
  );
}
