import { existsSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { PatternPivotError } from '../../domain/errors.ts';
import type { RecordCondition, Records, StoredRecord } from '../../ports/records.ts';
import {
  describeTrouble,
  inTransaction,
  openForReading,
  openForWriting,
  tellTrouble,
} from '../sqlite/open-database.ts';

const table = `
  CREATE TABLE IF NOT EXISTS records (
    collection TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY (collection, id)
  ) STRICT, WITHOUT ROWID
`;

const maxIdBytes = 300;
const maxValueBytes = 16_000_000;
const defaultLimit = 100;
const collectionPattern = /^[a-z0-9][a-z0-9-]{0,62}$/u;

/** Records, and whether they can be changed. */
export type SqliteRecords = { readonly records: Records; readonly isWritable: boolean };

/**
 * Records in one SQLite file; several processes may share it (write-ahead log, 15 s of patience), and what was put survives a
 * power cut. They are the truth: a damaged file is reported and left as it is. Where the file can only be read, so can the records.
 * @throws tool.records_damaged, tool.disk_full, conflict.library_busy, input.not_writable
 */
export function openSqliteRecords(path: string): SqliteRecords {
  const { database, isWritable } = translate(path, () => openEither(path));
  return { records: wrap(database, path), isWritable };
}

function openEither(path: string): SqliteDatabase {
  try {
    const database = openForWriting(path, { isDurable: true });
    try {
      database.exec(table);
      // A file of another program would be found out only later, by words that help nobody.
      database.prepare('SELECT collection, id, version, value FROM records LIMIT 1').get();
      return { database, isWritable: true };
    } catch (error) {
      database.close();
      throw error;
    }
  } catch (error) {
    if (!isRefused(error) || !existsSync(path)) throw error;
  }
  const database = openForReading(path);
  try {
    database.prepare('SELECT collection, id, version, value FROM records LIMIT 1').get();
    return { database, isWritable: false };
  } catch (error) {
    database.close();
    throw error;
  }
}

type SqliteDatabase = { readonly database: DatabaseSync; readonly isWritable: boolean };

/** Whether a file cannot be written, as SQLite says it or as the system does. */
function isRefused(error: unknown): boolean {
  if (error instanceof PatternPivotError)
    return ['input.not_writable', 'input.no_permission'].includes(error.code);
  return describeTrouble(error) === 'read-only';
}

function wrap(database: DatabaseSync, path: string): Records {
  const statements = {
    get: database.prepare('SELECT version, value FROM records WHERE collection = ? AND id = ?'),
    put: database.prepare(
      'INSERT OR REPLACE INTO records (collection, id, version, value) VALUES (?, ?, ?, ?)',
    ),
    delete: database.prepare('DELETE FROM records WHERE collection = ? AND id = ?'),
    list: database.prepare(
      'SELECT id, version, value FROM records WHERE collection = ? AND id > ? ORDER BY id LIMIT ?',
    ),
  };
  const read = (collection: string, id: string): StoredRecord | undefined => {
    const row = statements.get.get(collection, id);
    return row === undefined ? undefined : toRecord(id, row, path);
  };
  const run = async <T>(work: () => T): Promise<T> => translate(path, work);

  return {
    maxValueBytes,
    get: (collection, id) =>
      run(() => {
        assertNames(collection, id);
        return read(collection, id);
      }),
    put: (collection, id, value, condition) =>
      run(() => {
        assertNames(collection, id);
        const text = toJson(value, id);
        return inTransaction(database, () => {
          const before = read(collection, id);
          assertCondition(id, before, condition);
          const version = (before?.version ?? 0) + 1;
          statements.put.run(collection, id, version, text);
          return { id, value: JSON.parse(text), version };
        });
      }),
    delete: (collection, id, condition) =>
      run(() => {
        assertNames(collection, id);
        return inTransaction(database, () => {
          assertCondition(id, read(collection, id), condition);
          return Number(statements.delete.run(collection, id).changes) > 0;
        });
      }),
    list: (collection, { after = '', limit = defaultLimit } = {}) =>
      run(() => {
        assertNames(collection);
        // One more than asked for tells whether there are more.
        const rows = statements.list.all(collection, after, limit + 1);
        const records = rows.slice(0, limit).map((row) => toRecord(String(row['id']), row, path));
        const last = records.at(-1);
        return { records, ...(rows.length > limit && last !== undefined ? { next: last.id } : {}) };
      }),
    close: () => run(() => database.close()),
  };
}

function toRecord(id: string, row: Record<string, unknown>, path: string): StoredRecord {
  try {
    return { id, value: JSON.parse(String(row['value'])), version: Number(row['version']) };
  } catch (error) {
    throw damaged(path, error);
  }
}

function toJson(value: unknown, id: string): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (error) {
    throw notJson(id, error);
  }
  if (text === undefined) throw notJson(id);
  const sizeBytes = Buffer.byteLength(text);
  if (sizeBytes <= maxValueBytes) return text;
  throw new PatternPivotError(
    'input.record_too_large',
    `The record ${id} has ${sizeBytes} bytes, and ${maxValueBytes} is the most.`,
    { hint: 'Keep what is large in a blob.', context: { id, sizeBytes } },
  );
}

function notJson(id: string, cause?: unknown): PatternPivotError {
  return new PatternPivotError('input.record_not_json', `The value of record ${id} is no plain JSON.`, {
    cause,
    context: { id },
  });
}

function assertNames(collection: string, id?: string): void {
  if (!collectionPattern.test(collection)) {
    throw new PatternPivotError('input.record_collection', 'A collection is named by a–z, 0–9 and -.', {
      context: { collection },
    });
  }
  if (id === undefined) return;
  if (id === '' || !id.isWellFormed() || Buffer.byteLength(id) > maxIdBytes) {
    throw new PatternPivotError(
      'input.record_id',
      `The id of a record is a text of 1 to ${maxIdBytes} bytes.`,
      {
        context: { id: id.slice(0, 100) },
      },
    );
  }
}

function assertCondition(
  id: string,
  before: StoredRecord | undefined,
  condition: RecordCondition = {},
): void {
  const { ifVersion } = condition;
  const version = before?.version ?? 0;
  if (ifVersion === undefined || ifVersion === version) return;
  throw new PatternPivotError(
    'conflict.record_changed',
    `Another process changed the record ${id} meanwhile.`,
    {
      retryable: true,
      hint: 'Run it again.',
      context: { id, expectedVersion: ifVersion, version },
    },
  );
}

/** Runs statements; what SQLite throws is told in our words. */
function translate<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const trouble = tellTrouble(error, path);
    if (trouble !== undefined) throw trouble;
    throw describeTrouble(error) === undefined ? error : damaged(path, error);
  }
}

function damaged(path: string, cause: unknown): PatternPivotError {
  return new PatternPivotError('tool.records_damaged', `The records of the library are damaged: ${path}`, {
    cause,
    hint: 'It was left as it is: put a backup of it in its place, or move it away and add the files again (what was heard is still in the cache).',
    context: { path },
  });
}
