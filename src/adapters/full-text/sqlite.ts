import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { PatternPivotError } from '../../domain/errors.ts';
import type { ChunkKind, TranscriptChunk } from '../../domain/library.ts';
import type { FullText } from '../../ports/full-text.ts';
import type { VectorFilter } from '../../ports/vectors.ts';
import {
  describeTrouble,
  inTransaction,
  openForReading,
  openForWriting,
  removeDatabase,
  tellTrouble,
} from '../sqlite/open-database.ts';
import { quoteWord, readQueryWords, spreadLetters } from './query-words.ts';

/** Counted up when tables or the reading of words change: an older index is made anew. */
const layoutVersion = 1;

/** The index of words holds no texts: those lie beside it, and once is enough. */
const tables = `
  CREATE TABLE assets (id TEXT PRIMARY KEY, stamp TEXT NOT NULL) STRICT;
  CREATE TABLE chunks (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, asset_id TEXT NOT NULL, start_ms INTEGER NOT NULL,
    end_ms INTEGER NOT NULL, sentence_start INTEGER NOT NULL, sentence_end INTEGER NOT NULL, kind TEXT NOT NULL,
    speaker TEXT NOT NULL, text TEXT NOT NULL
  ) STRICT;
  CREATE INDEX chunks_by_asset ON chunks (asset_id);
  CREATE VIRTUAL TABLE words USING fts5 (
    text, content = '', contentless_delete = 1, tokenize = 'porter unicode61 remove_diacritics 2'
  );
  PRAGMA user_version = ${layoutVersion};
`;

const columns = 'id, asset_id, start_ms, end_ms, sentence_start, sentence_end, kind, speaker, text';

/**
 * Full text in one SQLite file (FTS5, BM25, English stems, accents do not count), shared by several processes. One that is damaged, half
 * written or of another layout is thrown away and begun anew; where none can be made, it lives in memory for this run.
 */
export function openSqliteFullText(path: string): FullText {
  return wrap(openAnyhow(path), path);
}

function openAnyhow(path: string): DatabaseSync {
  try {
    return openAt(path);
  } catch (error) {
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
  const database = openForWriting(path, { isDurable: false });
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
    const database = openForReading(path);
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

class OtherLayout extends Error {}

/** Whether it is the file that is at fault, and not the disk or another process. */
function isUseless(error: unknown): boolean {
  return error instanceof OtherLayout || ['damaged', 'other'].includes(describeTrouble(error) ?? '');
}

function readLayout(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
}

function assertUsable(database: DatabaseSync): void {
  database.prepare('SELECT stamp FROM assets LIMIT 1').get();
  database.prepare(`SELECT ${columns} FROM chunks LIMIT 1`).get();
  database.prepare("SELECT rowid FROM words WHERE words MATCH 'a' LIMIT 1").get();
}

function wrap(opened: DatabaseSync, path: string): FullText {
  let database = opened;

  /** Runs statements. What turns out to be damaged only now is begun anew, and its reader is told to write it again. */
  const run = async <T>(work: () => T): Promise<T> => {
    try {
      return work();
    } catch (error) {
      const trouble = tellTrouble(error, path);
      if (trouble !== undefined) throw trouble;
      if (describeTrouble(error) !== 'damaged') throw error;
      database.close();
      removeDatabase(path);
      database = openAnyhow(path);
      throw new PatternPivotError('conflict.index_damaged', `The index of words was damaged: ${path}`, {
        cause: error,
        retryable: true,
        hint: 'Run it again: the index is made anew from the transcripts.',
        context: { path },
      });
    }
  };

  const removeChunks = (assetId: string) => {
    database
      .prepare('DELETE FROM words WHERE rowid IN (SELECT number FROM chunks WHERE asset_id = ?)')
      .run(assetId);
    database.prepare('DELETE FROM chunks WHERE asset_id = ?').run(assetId);
    database.prepare('DELETE FROM assets WHERE id = ?').run(assetId);
  };

  return {
    write: (assetId, stamp, chunks) =>
      run(() =>
        inTransaction(database, () => {
          removeChunks(assetId);
          database.prepare('INSERT INTO assets (id, stamp) VALUES (?, ?)').run(assetId, stamp);
          const insert = database.prepare(
            `INSERT INTO chunks (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING number`,
          );
          const index = database.prepare('INSERT INTO words (rowid, text) VALUES (?, ?)');
          for (const chunk of chunks) {
            const number = insert.get(...toRow(chunk))?.['number'];
            index.run(Number(number), spreadLetters(chunk.text));
          }
        }),
      ),
    listWritten: () =>
      run(() => {
        const rows = database.prepare('SELECT id, stamp FROM assets').all();
        return new Map(rows.map((row) => [String(row['id']), String(row['stamp'])]));
      }),
    remove: (assetId) => run(() => inTransaction(database, () => removeChunks(assetId))),
    read: (ids) =>
      run(() => {
        const select = database.prepare(`SELECT ${columns} FROM chunks WHERE id = ?`);
        return ids.flatMap((id) => {
          const row = select.get(id);
          return row === undefined ? [] : [toChunk(row)];
        });
      }),
    readAsset: (assetId) =>
      run(() =>
        database
          .prepare(`SELECT ${columns} FROM chunks WHERE asset_id = ? ORDER BY start_ms, number`)
          .all(assetId)
          .map(toChunk),
      ),
    search: (query, { limit, filter }) =>
      run(() => {
        const words = readQueryWords(query);
        if (words.length === 0 || limit < 1) return [];
        const { sql, values } = describeFilter(filter);
        return database
          .prepare(
            `SELECT chunks.id AS id, bm25(words) AS score FROM words JOIN chunks ON chunks.number = words.rowid
             WHERE words MATCH ? ${sql} ORDER BY score, chunks.id LIMIT ?`,
          )
          .all(words.map(quoteWord).join(' OR '), ...values, limit)
          .map((row) => ({ id: String(row['id']), score: -Number(row['score']) }));
      }),
    findAssets: (query) =>
      run(() => {
        const words = readQueryWords(query);
        const select = database.prepare(
          'SELECT DISTINCT asset_id FROM words JOIN chunks ON chunks.number = words.rowid WHERE words MATCH ?',
        );
        let found: Set<string> | undefined;
        for (const word of words) {
          const saying = new Set(select.all(quoteWord(word)).map((row) => String(row['asset_id'])));
          found = found === undefined ? saying : new Set([...found].filter((id) => saying.has(id)));
        }
        return [...(found ?? [])];
      }),
    close: async () => database.close(),
  };
}

function toRow(chunk: TranscriptChunk): SQLInputValue[] {
  const { id, assetId, startMs, endMs, sentenceStart, sentenceEnd, kind, speaker = '', text } = chunk;
  return [id, assetId, startMs, endMs, sentenceStart, sentenceEnd, kind, speaker, text];
}

function toChunk(row: Record<string, unknown>): TranscriptChunk {
  const speaker = String(row['speaker']);
  return {
    id: String(row['id']),
    assetId: String(row['asset_id']),
    startMs: Number(row['start_ms']),
    endMs: Number(row['end_ms']),
    sentenceStart: Number(row['sentence_start']),
    sentenceEnd: Number(row['sentence_end']),
    text: String(row['text']),
    // Only our own chunks are written here.
    kind: String(row['kind']) as ChunkKind,
    ...(speaker === '' ? {} : { speaker }),
  };
}

/** Lists go in as JSON: a statement has room for some thousands of values only. */
function describeFilter(filter: VectorFilter = {}): { sql: string; values: string[] } {
  const given = [
    { column: 'chunks.asset_id', list: filter.assetIds },
    { column: 'chunks.kind', list: filter.kinds },
    { column: 'chunks.speaker', list: filter.speakers },
  ].flatMap(({ column, list }) => (list === undefined ? [] : [{ column, list }]));
  return {
    sql: given.map(({ column }) => `AND ${column} IN (SELECT value FROM json_each(?))`).join(' '),
    values: given.map(({ list }) => JSON.stringify(list)),
  };
}
