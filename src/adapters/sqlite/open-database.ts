import { existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { PatternPivotError } from '../../domain/errors.ts';
import { toFileError } from '../../domain/file-error.ts';

/** How long one process waits for another that is writing, in ms. Writes last milliseconds. */
const patienceMs = 15_000;

/** What failed in SQLite, as far as it matters: https://sqlite.org/rescode.html */
export type DatabaseTrouble = 'damaged' | 'busy' | 'read-only' | 'full' | 'disk' | 'other';

/** Why SQLite refused; undefined for an error that is not SQLite's. */
export function describeTrouble(error: unknown): DatabaseTrouble | undefined {
  const code = (error as { errcode?: unknown }).errcode;
  if (typeof code !== 'number') return undefined;
  // The low byte is the primary code.
  switch (code & 0xff) {
    case 5:
    case 6:
      return 'busy';
    // 14, cannot open: a log that would have to be made beside the file, on a disk that can only be read.
    case 8:
    case 14:
      return 'read-only';
    case 10:
      return 'disk';
    case 11:
    case 26:
      return 'damaged';
    case 13:
      return 'full';
    default:
      return 'other';
  }
}

/** What the world around a database did to it, in our words; undefined where the database itself is at fault, or the error is not SQLite's. */
export function tellTrouble(error: unknown, path: string): PatternPivotError | undefined {
  const details = { cause: error, context: { path } };
  switch (describeTrouble(error)) {
    case 'busy':
      return new PatternPivotError(
        'conflict.library_busy',
        `Another process keeps the library busy: ${path}`,
        {
          ...details,
          retryable: true,
          hint: 'Run it again when the other is done.',
        },
      );
    case 'read-only':
      return new PatternPivotError('input.not_writable', `The library can only be read: ${path}`, {
        ...details,
        hint: 'Change the permissions, or choose another library with --library.',
      });
    case 'full':
      return new PatternPivotError('tool.disk_full', `The disk is full: ${path}`, {
        ...details,
        hint: 'Free some space (pivot clean empties the cache), or choose another library with --library.',
      });
    case 'disk':
      return new PatternPivotError('tool.disk_failed', `The disk could not be read or written: ${path}`, {
        ...details,
        hint: 'Look after the disk, and run it again.',
      });
    default:
      return undefined;
  }
}

/** Adds functions of a loadable extension to a database, which can load no others afterwards. */
export type ExtendDatabase = (database: DatabaseSync) => void;

/** Opens the database at `path` to read and write; several processes may at once. Made with its folder when missing. */
export function openForWriting(
  path: string,
  options: {
    readonly isDurable: boolean;
    /** Of a new file. Default: SQLite's own, 4096. */
    readonly pageBytes?: number;
    readonly extend?: ExtendDatabase;
  },
): DatabaseSync {
  try {
    mkdirSync(dirname(path), { recursive: true });
  } catch (error) {
    throw toFileError(error, dirname(path));
  }
  const { pageBytes, extend } = options;
  const database = new DatabaseSync(path, { timeout: patienceMs, allowExtension: extend !== undefined });
  try {
    applyExtension(database, extend);
    if (pageBytes !== undefined) database.exec(`PRAGMA page_size = ${pageBytes}`);
    database.exec('PRAGMA journal_mode = WAL');
    database.exec(`PRAGMA synchronous = ${options.isDurable ? 'FULL' : 'NORMAL'}`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * Opens a database that cannot be written. Beside one that was closed properly there is no log, and none can be made: then its file
 * is taken to stay as it is.
 */
export function openForReading(
  path: string,
  options: { readonly extend?: ExtendDatabase } = {},
): DatabaseSync {
  const log = `${path}-wal`;
  const address = pathToFileURL(path);
  address.searchParams.set('mode', 'ro');
  address.searchParams.set('immutable', '1');
  const hasLog = existsSync(log) && statSync(log).size > 0;
  const database = new DatabaseSync(hasLog ? path : address, {
    readOnly: true,
    timeout: patienceMs,
    allowExtension: options.extend !== undefined,
  });
  try {
    applyExtension(database, options.extend);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function applyExtension(database: DatabaseSync, extend: ExtendDatabase | undefined): void {
  if (extend === undefined) return;
  extend(database);
  database.enableLoadExtension(false);
}

/** Removes a database and what SQLite keeps beside it. */
export function removeDatabase(path: string): void {
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(path + suffix, { force: true });
}

/** Runs statements that take effect together or not at all. */
export function inTransaction<T>(database: DatabaseSync, run: () => T): T {
  // Immediately: a transaction that only later finds out that it writes cannot wait for another.
  database.exec('BEGIN IMMEDIATE');
  try {
    const value = run();
    database.exec('COMMIT');
    return value;
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}
