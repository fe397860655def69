import { load as loadVectorFunctions } from 'sqlite-vec';
import type { DatabaseSync } from 'node:sqlite';
import { PatternPivotError } from '../../domain/errors.ts';
import type { VectorCollection, VectorFilter, VectorHit, VectorRow, Vectors } from '../../ports/vectors.ts';
import {
  describeTrouble,
  inTransaction,
  openForReading,
  openForWriting,
  removeDatabase,
  tellTrouble,
} from '../sqlite/open-database.ts';
import { assertVectorLength, otherModel } from './collection-errors.ts';

/** Counted up when tables change: an older index is made anew. */
const layoutVersion = 1;

/** Two vectors of a few thousand bytes need not fill a page each. */
const pageBytes = 16_384;

const tables = `
  CREATE TABLE collections (
    number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, model TEXT NOT NULL, dimensions INTEGER NOT NULL
  ) STRICT;
  PRAGMA user_version = ${layoutVersion};
`;

/**
 * So many times as many rows as are wanted are taken by their short vectors and put in order by the whole ones: with twice as many, and ten more,
 * 99.9 of 100 of the nearest ten are found among 100,000 (docs/decisions/0015-vectors.md).
 */
const preselection = { times: 2, more: 20 };

/** Where a filter leaves no more rows than that, or no more than that share of all, they are compared whole: measured at 100,000 and at a million. */
const few = { rows: 5000, share: 1 / 12 };

/** sqlite-vec takes no more neighbours than that in one search. */
const maxNeighbours = 4096;

/**
 * Vectors in one SQLite file (sqlite-vec), shared by several processes. A search reads a byte a number of every row that fits, then compares the
 * best again by the whole vectors. One that is damaged, half written or of another layout is thrown away and begun anew: what is in it can be made again.
 * Where none can be written, what lies there is read, or one lives in memory for this run. @throws tool.vectors_unavailable
 */
export function openEmbeddedVectors(path: string): Vectors {
  return wrap(openAnyhow(path), path);
}

function openAnyhow(path: string): DatabaseSync {
  try {
    return openAt(path);
  } catch (error) {
    if (error instanceof PatternPivotError && error.code === 'tool.vectors_unavailable') throw error;
    if (describeTrouble(error) === 'busy') throw tellTrouble(error, path);
    if (!isUseless(error)) return openUnwritable(path);
  }
  try {
    removeDatabase(path);
    return openAt(path);
  } catch {
    return openUnwritable(path);
  }
}

function openAt(path: string): DatabaseSync {
  const database = openForWriting(path, { isDurable: false, pageBytes, extend });
  try {
    const version = readLayout(database);
    if (version === 0) {
      // Another process may make them at this very moment.
      inTransaction(database, () => {
        if (readLayout(database) === 0) database.exec(tables);
      });
    } else if (version !== layoutVersion) throw new OtherLayout();
    assertUsable(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** On a disk that can only be read: what lies there, else one in memory. */
function openUnwritable(path: string): DatabaseSync {
  try {
    const database = openForReading(path, { extend });
    try {
      if (readLayout(database) !== layoutVersion) throw new OtherLayout();
      assertUsable(database);
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  } catch {
    return openAt(':memory:');
  }
}

function extend(database: DatabaseSync): void {
  try {
    loadVectorFunctions(database);
  } catch (error) {
    throw new PatternPivotError(
      'tool.vectors_unavailable',
      'The index of meanings does not run on this machine: sqlite-vec has no build for it.',
      {
        cause: error,
        hint: 'Search with --words-only, or keep vectors in Milvus (vectors.kind).',
        context: { platform: `${process.platform}-${process.arch}` },
      },
    );
  }
}

class OtherLayout extends Error {}

/** Whether it is the file that is at fault, and not the disk or another process. */
function isUseless(error: unknown): boolean {
  return error instanceof OtherLayout || ['damaged', 'other'].includes(describeTrouble(error) ?? '');
}

/**
 * sqlite-vec tells of tables that it cannot read with the code of everything else (1). Statements are always the same ones, and each sees the file as it
 * was at one moment: nothing but the file is left to be at fault.
 */
function isDamage(error: unknown): boolean {
  const { errcode } = error as { errcode?: unknown };
  return describeTrouble(error) === 'damaged' || errcode === 1;
}

function readLayout(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
}

function assertUsable(database: DatabaseSync): void {
  database.prepare('SELECT number, name, model, dimensions FROM collections LIMIT 1').get();
}

/** A collection that is there, and the number in the names of its tables. */
type Held = VectorCollection & { readonly number: number };

function wrap(opened: DatabaseSync, path: string): Vectors {
  let database = opened;

  /** Runs statements. What turns out to be damaged only now is begun anew, and its reader is told to write it again. */
  const run = async <T>(work: () => T): Promise<T> => {
    try {
      return work();
    } catch (error) {
      const trouble = tellTrouble(error, path);
      if (trouble !== undefined) throw trouble;
      if (!isDamage(error)) throw error;
      database.close();
      removeDatabase(path);
      database = openAnyhow(path);
      throw new PatternPivotError('conflict.index_damaged', `The index of meanings was damaged: ${path}`, {
        cause: error,
        retryable: true,
        hint: 'Run it again: the index is made anew from the transcripts.',
        context: { path },
      });
    }
  };

  /** Runs statements that only read, all at one moment of the file: another process may drop the collection between them. */
  const look = <T>(work: () => T): Promise<T> =>
    run(() => {
      database.exec('BEGIN');
      try {
        return work();
      } finally {
        if (database.isTransaction) database.exec('ROLLBACK');
      }
    });

  const findCollection = (name: string): Held | undefined => {
    const row = database
      .prepare('SELECT number, model, dimensions FROM collections WHERE name = ?')
      .get(name);
    if (row === undefined) return undefined;
    return {
      name,
      number: Number(row['number']),
      model: String(row['model']),
      dimensions: Number(row['dimensions']),
    };
  };
  const getCollection = (name: string): Held => {
    const found = findCollection(name);
    if (found !== undefined) return found;
    throw new PatternPivotError(
      'conflict.index_damaged',
      `The index of meanings has no collection ${name}.`,
      {
        retryable: true,
        hint: 'Another process dropped it, or its file was removed: run it again, and it is made anew.',
        context: { name, path },
      },
    );
  };

  return {
    open: (wanted) =>
      run(() => {
        // One that is there is opened without waiting for a writer, and where nothing can be written.
        const there =
          findCollection(wanted.name) ??
          inTransaction(database, () => findCollection(wanted.name) ?? makeCollection(database, wanted));
        if (there.model !== wanted.model || there.dimensions !== wanted.dimensions) {
          throw otherModel(there, wanted);
        }
      }),
    describe: (name) =>
      look(() => {
        const held = findCollection(name);
        if (held === undefined) return undefined;
        const count = Number(database.prepare(`SELECT count(*) AS n FROM rows_${held.number}`).get()?.['n']);
        return { name, model: held.model, dimensions: held.dimensions, count };
      }),
    upsert: (name, rows, { signal }) =>
      run(() => {
        signal?.throwIfAborted();
        inTransaction(database, () => {
          const held = getCollection(name);
          for (const row of rows) assertVectorLength(row, held);
          writeRows(database, held, rows);
        });
      }),
    delete: (name, filter) =>
      run(() =>
        inTransaction(database, () => {
          const held = getCollection(name);
          const { sql, values } = describeFilter(filter);
          const rows = `rows_${held.number} WHERE 1 ${sql}`;
          database
            .prepare(`DELETE FROM short_${held.number} WHERE rowid IN (SELECT number FROM ${rows})`)
            .run(...values);
          database.prepare(`DELETE FROM ${rows}`).run(...values);
        }),
      ),
    search: (name, vector, { limit, filter, isExact = false, signal }) =>
      look(() => {
        signal?.throwIfAborted();
        const held = getCollection(name);
        assertVectorLength({ id: 'The query', vector }, held);
        if (limit < 1) return [];
        const count = limit * preselection.times + preselection.more;
        return isExact || count > maxNeighbours || fitsFew(database, held, filter)
          ? searchAll(database, held, vector, limit, filter)
          : searchShort(database, held, vector, { limit, count, filter });
      }),
    // Nothing to build: every row is read at each search, in a short form.
    optimise: async () => {},
    drop: (name) =>
      run(() =>
        inTransaction(database, () => {
          const held = findCollection(name);
          if (held === undefined) return false;
          database.exec(`DROP TABLE short_${held.number}; DROP TABLE rows_${held.number}`);
          database.prepare('DELETE FROM collections WHERE number = ?').run(held.number);
          return true;
        }),
      ),
    close: async () => database.close(),
  };
}

function makeCollection(database: DatabaseSync, wanted: VectorCollection): Held {
  const { name, model, dimensions } = wanted;
  const made = database
    .prepare('INSERT INTO collections (name, model, dimensions) VALUES (?, ?, ?) RETURNING number')
    .get(name, model, dimensions);
  const number = Number(made?.['number']);
  database.exec(`
    CREATE TABLE rows_${number} (
      number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, asset_id TEXT NOT NULL, kind TEXT NOT NULL,
      speaker TEXT NOT NULL, vector BLOB NOT NULL
    ) STRICT;
    CREATE INDEX rows_${number}_by_asset ON rows_${number} (asset_id, kind, speaker);
    CREATE INDEX rows_${number}_by_kind ON rows_${number} (kind, speaker);
    CREATE INDEX rows_${number}_by_speaker ON rows_${number} (speaker, kind);
    CREATE VIRTUAL TABLE short_${number} USING vec0 (vector int8[${dimensions}]);
  `);
  return { ...wanted, number };
}

function writeRows(database: DatabaseSync, { number }: Held, rows: readonly VectorRow[]): void {
  const put = database.prepare(
    `INSERT INTO rows_${number} (id, asset_id, kind, speaker, vector) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET asset_id = excluded.asset_id, kind = excluded.kind, speaker = excluded.speaker,
     vector = excluded.vector RETURNING number`,
  );
  const removeShort = database.prepare(`DELETE FROM short_${number} WHERE rowid = ?`);
  const putShort = database.prepare(
    `INSERT INTO short_${number} (rowid, vector) VALUES (?, vec_quantize_int8(?, 'unit'))`,
  );
  for (const { id, assetId, kind, speaker, vector } of rows) {
    const bytes = toBytes(vector);
    const row = BigInt(Number(put.get(id, assetId, kind, speaker, bytes)?.['number']));
    removeShort.run(row);
    putShort.run(row, bytes);
  }
}

/** Whether a filter leaves so few rows that comparing with each of them is quicker. */
function fitsFew(database: DatabaseSync, { number }: Held, filter: VectorFilter | undefined): boolean {
  const { sql, values } = describeFilter(filter);
  if (sql === '') return false;
  // The highest number instead of the count, which would have to be counted.
  const all = Number(database.prepare(`SELECT max(number) AS n FROM rows_${number}`).get()?.['n']);
  const most = Math.max(few.rows, Math.floor(all * few.share));
  const row = database
    .prepare(`SELECT count(*) AS n FROM (SELECT 1 FROM rows_${number} WHERE 1 ${sql} LIMIT ?)`)
    .get(...values, most + 1);
  return Number(row?.['n']) <= most;
}

/** By a byte a number first, then the best by the whole vectors. */
function searchShort(
  database: DatabaseSync,
  { number }: Held,
  vector: Float32Array,
  { limit, count, filter = {} }: { limit: number; count: number; filter: VectorFilter | undefined },
): VectorHit[] {
  const { sql, values } = describeFilter(filter);
  const among = sql === '' ? '' : `AND rowid IN (SELECT number FROM rows_${number} WHERE 1 ${sql})`;
  const bytes = toBytes(vector);
  return database
    .prepare(
      `SELECT id, 1 - vec_distance_cosine(vector, ?) AS score FROM rows_${number} WHERE number IN (
         SELECT rowid FROM short_${number} WHERE vector MATCH vec_quantize_int8(?, 'unit') AND k = ? ${among}
       ) ORDER BY score DESC, id LIMIT ?`,
    )
    .all(bytes, bytes, count, ...values, limit)
    .map(toHit);
}

function searchAll(
  database: DatabaseSync,
  { number }: Held,
  vector: Float32Array,
  limit: number,
  filter: VectorFilter | undefined,
): VectorHit[] {
  const { sql, values } = describeFilter(filter);
  return database
    .prepare(
      `SELECT id, 1 - vec_distance_cosine(vector, ?) AS score FROM rows_${number} WHERE 1 ${sql}
       ORDER BY score DESC, id LIMIT ?`,
    )
    .all(toBytes(vector), ...values, limit)
    .map(toHit);
}

function toHit(row: Record<string, unknown>): VectorHit {
  return { id: String(row['id']), score: Number(row['score']) };
}

function toBytes({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** Lists go in as JSON: a statement has room for some thousands of values only. */
function describeFilter({ assetIds, kinds, speakers }: VectorFilter = {}): { sql: string; values: string[] } {
  const given = [
    { column: 'asset_id', list: assetIds },
    { column: 'kind', list: kinds },
    { column: 'speaker', list: speakers },
  ].flatMap(({ column, list }) => (list === undefined ? [] : [{ column, list }]));
  return {
    sql: given.map(({ column }) => `AND ${column} IN (SELECT value FROM json_each(?))`).join(' '),
    values: given.map(({ list }) => JSON.stringify(list)),
  };
}
