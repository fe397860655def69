import { existsSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { PatternPivotError } from '../../domain/errors.ts';
import type { Records, RestoreOutcome, StoredRecord } from '../../ports/records.ts';
import {
  describeTrouble,
  inTransaction,
  openForReading,
  openForWriting,
  tellTrouble,
} from '../sqlite/open-database.ts';
import {
  assertCollection,
  assertId,
  assertVersion,
  boundsOf,
  defaultLimit,
  isSameRecord,
  makeRecord,
  maxPageBytes,
  toJson,
  toMs,
} from './record-rules.ts';

const table = `
  CREATE TABLE IF NOT EXISTS records (
    collection TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, value TEXT NOT NULL, expires_ms INTEGER,
    PRIMARY KEY (collection, id)
  ) STRICT, WITHOUT ROWID
`;

/** Few records expire: only these are in it. */
const expiryIndex =
  'CREATE INDEX IF NOT EXISTS records_expiry ON records (expires_ms) WHERE expires_ms IS NOT NULL';

const maxValueBytes = 16_000_000;

/** Records, and whether they can be changed. */
export type SqliteRecords = { readonly records: Records; readonly isWritable: boolean };

/**
 * Records in one SQLite file; several processes may share it (write-ahead log, 15 s of patience), and what was put survives a
 * power cut. They are the truth: a damaged file is reported and left as it is. Where the file can only be read, so can the records.
 * What has expired is thrown away when the file is opened.
 * @throws tool.records_damaged, tool.disk_full, conflict.library_busy, input.not_writable
 */
export function openSqliteRecords(
  path: string,
  options: { readonly now?: () => number } = {},
): SqliteRecords {
  const { now = Date.now } = options;
  const { database, isWritable, hasExpiry } = translate(path, () => openEither(path));
  return { records: wrap(database, { path, now, hasExpiry, isWritable }), isWritable };
}

type SqliteDatabase = {
  readonly database: DatabaseSync;
  readonly isWritable: boolean;
  /** Whether its records can expire: those of a file that an earlier version made, and that cannot be written, cannot. */
  readonly hasExpiry: boolean;
};

function openEither(path: string): SqliteDatabase {
  try {
    const database = openForWriting(path, { isDurable: true });
    try {
      database.exec(table);
      checkTable(database);
      if (!hasExpiryColumn(database)) addExpiryColumn(database);
      database.exec(expiryIndex);
      return { database, isWritable: true, hasExpiry: true };
    } catch (error) {
      database.close();
      throw error;
    }
  } catch (error) {
    if (!isRefused(error) || !existsSync(path)) throw error;
  }
  const database = openForReading(path);
  try {
    checkTable(database);
    return { database, isWritable: false, hasExpiry: hasExpiryColumn(database) };
  } catch (error) {
    database.close();
    throw error;
  }
}

/** A file of another program would be found out only later, by words that help nobody. */
function checkTable(database: DatabaseSync): void {
  database.prepare('SELECT collection, id, version, value FROM records LIMIT 1').get();
}

function hasExpiryColumn(database: DatabaseSync): boolean {
  return database
    .prepare('PRAGMA table_info(records)')
    .all()
    .some(({ name }) => name === 'expires_ms');
}

/** For a file that was made before records could expire. */
function addExpiryColumn(database: DatabaseSync): void {
  inTransaction(database, () => {
    // Another process may have been faster.
    if (!hasExpiryColumn(database)) database.exec('ALTER TABLE records ADD COLUMN expires_ms INTEGER');
  });
}

/** Whether a file cannot be written, as SQLite says it or as the system does. */
function isRefused(error: unknown): boolean {
  if (error instanceof PatternPivotError)
    return ['input.not_writable', 'input.no_permission'].includes(error.code);
  return describeTrouble(error) === 'read-only';
}

type Opened = {
  readonly path: string;
  readonly now: () => number;
  readonly hasExpiry: boolean;
  readonly isWritable: boolean;
};

function wrap(database: DatabaseSync, { path, now, hasExpiry, isWritable }: Opened): Records {
  const columns = `id, version, value, ${hasExpiry ? 'expires_ms' : 'NULL AS expires_ms'}`;
  // Both take the moment.
  const lives = hasExpiry ? '(expires_ms IS NULL OR expires_ms > ?)' : '? IS NOT NULL';
  const statements = {
    get: database.prepare(`SELECT ${columns} FROM records WHERE collection = ? AND id = ? AND ${lives}`),
    list: database.prepare(
      `SELECT ${columns} FROM records WHERE collection = ? AND id >= ? AND ${lives} ORDER BY id`,
    ),
    listBefore: database.prepare(
      `SELECT ${columns} FROM records WHERE collection = ? AND id >= ? AND ${lives} AND id < ? ORDER BY id`,
    ),
    nextCollection: database.prepare(
      'SELECT collection FROM records WHERE collection > ? ORDER BY collection LIMIT 1',
    ),
    delete: database.prepare('DELETE FROM records WHERE collection = ? AND id = ?'),
  };
  const writes = hasExpiry ? prepareWrites(database) : undefined;
  const read = (collection: string, id: string): StoredRecord | undefined => {
    const row = statements.get.get(collection, id, now());
    return row === undefined ? undefined : toRecord(row, path);
  };
  const run = async <T>(work: () => T): Promise<T> => translate(path, work);
  const change = <T>(work: (ready: Writes) => T): T => {
    // Only a file that cannot be written is without them.
    if (writes === undefined) throw notWritable(path);
    return inTransaction(database, () => work(writes));
  };
  const dropExpired = (): number => {
    if (!hasExpiry) return 0;
    const soonest = database.prepare(
      'SELECT min(expires_ms) AS soonest FROM records WHERE expires_ms IS NOT NULL',
    );
    // Nobody waits for a lock where there is nothing to do.
    const ms = soonest.get()?.['soonest'];
    if (typeof ms !== 'number' || ms > now()) return 0;
    return change((ready) => Number(ready.dropExpired.run(now()).changes));
  };
  if (isWritable) translate(path, dropExpired);

  return {
    maxValueBytes,
    get: (collection, id) =>
      run(() => {
        assertCollection(collection);
        assertId(id);
        return read(collection, id);
      }),
    getAll: (collection, ids) =>
      run(() => {
        assertCollection(collection);
        for (const id of ids) assertId(id);
        const found = new Map<string, StoredRecord>();
        for (const id of ids) {
          const record = read(collection, id);
          if (record !== undefined) found.set(id, record);
        }
        return found;
      }),
    put: (collection, id, value, options = {}) =>
      run(() => {
        assertCollection(collection);
        assertId(id);
        const text = toJson(value, id, maxValueBytes);
        const expiresMs = toMs(options.expiresAt);
        return change((ready) => {
          const before = read(collection, id)?.version ?? 0;
          assertVersion(id, before, options);
          ready.put.run(collection, id, before + 1, text, expiresMs ?? null);
          return makeRecord(id, JSON.parse(text), before + 1, expiresMs);
        });
      }),
    append: (collection, records) =>
      run(() => {
        assertCollection(collection);
        const rows = records.map(({ id, value, expiresAt }) => {
          assertId(id);
          return { id, text: toJson(value, id, maxValueBytes), expiresMs: toMs(expiresAt) ?? null };
        });
        return change((ready) => {
          let addedCount = 0;
          for (const { id, text, expiresMs } of rows)
            addedCount += Number(ready.append.run(collection, id, text, expiresMs, now()).changes);
          return { addedCount };
        });
      }),
    restore: (collection, records, replacing) =>
      run(() => {
        assertCollection(collection);
        const texts = records.map(({ id, value }) => {
          assertId(id);
          return toJson(value, id, maxValueBytes);
        });
        return change((ready) =>
          records.map((record, index): RestoreOutcome => {
            const { id, version } = record;
            const before = read(collection, id);
            if (before !== undefined && isSameRecord(before, record)) return 'same';
            const isFree = before === undefined || replacing === 'anything';
            if (!isFree && (replacing === 'nothing' || before.version >= version)) return 'kept';
            ready.put.run(collection, id, version, texts[index] ?? null, toMs(record.expiresAt) ?? null);
            return 'written';
          }),
        );
      }),
    delete: (collection, id, condition) =>
      run(() => {
        assertCollection(collection);
        assertId(id);
        return change(() => {
          const before = read(collection, id);
          assertVersion(id, before?.version ?? 0, condition);
          statements.delete.run(collection, id);
          return before !== undefined;
        });
      }),
    dropExpired: () => run(dropExpired),
    list: (collection, { limit = defaultLimit, ...range } = {}) =>
      run(() => {
        assertCollection(collection);
        const bounds = boundsOf(range);
        if (bounds === undefined) return { records: [] };
        const { from, before } = bounds;
        const rows =
          before === undefined
            ? statements.list.iterate(collection, from, now())
            : statements.listBefore.iterate(collection, from, now(), before);
        const records: StoredRecord[] = [];
        let sizeBytes = 0;
        // One more than is given tells whether there are more.
        for (const row of rows) {
          const last = records.at(-1);
          if (last !== undefined && (records.length >= limit || sizeBytes >= maxPageBytes))
            return { records, next: last.id };
          records.push(toRecord(row, path));
          sizeBytes += String(row['value']).length;
        }
        return { records };
      }),
    listCollections: () =>
      run(() => {
        const names: string[] = [];
        for (;;) {
          const name = statements.nextCollection.get(names.at(-1) ?? '')?.['collection'];
          if (typeof name !== 'string') break;
          names.push(name);
        }
        return names.filter((name) => statements.list.get(name, '', now()) !== undefined);
      }),
    close: () => run(() => database.close()),
  };
}

type Writes = ReturnType<typeof prepareWrites>;

function prepareWrites(database: DatabaseSync) {
  return {
    put: database.prepare(
      'INSERT OR REPLACE INTO records (collection, id, version, value, expires_ms) VALUES (?, ?, ?, ?, ?)',
    ),
    append: database.prepare(
      `INSERT INTO records (collection, id, version, value, expires_ms) VALUES (?, ?, 1, ?, ?)
       ON CONFLICT DO UPDATE SET version = 1, value = excluded.value, expires_ms = excluded.expires_ms
       WHERE records.expires_ms <= ?`,
    ),
    dropExpired: database.prepare('DELETE FROM records WHERE expires_ms <= ?'),
  };
}

function toRecord(row: Record<string, unknown>, path: string): StoredRecord {
  try {
    const { id, version, value, expires_ms: expiresMs } = row;
    return makeRecord(
      String(id),
      JSON.parse(String(value)),
      Number(version),
      expiresMs === null ? undefined : Number(expiresMs),
    );
  } catch (error) {
    throw damaged(path, error);
  }
}

function notWritable(path: string): PatternPivotError {
  return new PatternPivotError('input.not_writable', `The library can only be read: ${path}`, {
    hint: 'Change the permissions, or choose another library with --library.',
    context: { path },
  });
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
