import { mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** What is known of one blob beside its bytes. */
export type BlobEntry = {
  readonly key: string;
  /** The stage that made it, or `file` for the bytes of a film that a stage's result points to. */
  readonly stage: string;
  readonly sizeBytes: number;
  readonly usedAtMs: number;
};

/** A file as the file system describes it: while this stays the same, its bytes are taken to be the same. */
export type FileStamp = { readonly path: string; readonly sizeBytes: number; readonly modifiedAtMs: number };

/** The index: it makes things quicker and holds nothing that cannot be found again. */
export interface IndexDatabase {
  readHash(stamp: FileStamp): string | undefined;
  writeHash(stamp: FileStamp, contentHash: string): void;
  /** Paths where this content was last seen, newest first. */
  findPaths(contentHash: string): string[];
  putBlob(entry: BlobEntry): void;
  deleteBlob(key: string): void;
  listBlobs(): BlobEntry[];
  close(): void;
}

const tables = `
  CREATE TABLE IF NOT EXISTS blobs (
    key TEXT PRIMARY KEY, stage TEXT NOT NULL, size_bytes INTEGER NOT NULL, used_at_ms INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS sources (
    path TEXT PRIMARY KEY, size_bytes INTEGER NOT NULL, modified_at_ms INTEGER NOT NULL,
    content_hash TEXT NOT NULL, seen_at_ms INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS sources_by_hash ON sources (content_hash);
`;

/**
 * Opens the index; several processes may share it (write-ahead log, 5 s of patience). A damaged file is thrown away and
 * begun anew; where none can be written (a full or read-only disk), it lives in memory for this run.
 */
export function openIndexDatabase(path: string): IndexDatabase {
  try {
    return wrap(openAt(path));
  } catch (error) {
    if (!isDamaged(error)) return wrap(prepare(':memory:'));
  }
  try {
    for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true });
    return wrap(openAt(path));
  } catch {
    return wrap(prepare(':memory:'));
  }
}

function openAt(path: string): DatabaseSync {
  mkdirSync(dirname(path), { recursive: true });
  return prepare(path);
}

/** Whether SQLite says that the file is broken (11), no database (26), or has other tables than ours (1): https://sqlite.org/rescode.html */
function isDamaged(error: unknown): boolean {
  const code = (error as { errcode?: unknown }).errcode;
  // The low byte is the primary code.
  return typeof code === 'number' && [1, 11, 26].includes(code & 0xff);
}

function prepare(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: 5000 });
  try {
    // The log is not flushed at each commit: what a power cut takes from an index is found again.
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
    database.exec(tables);
    database.prepare('SELECT count(*) FROM blobs').get();
    database.prepare('SELECT content_hash, seen_at_ms FROM sources LIMIT 1').get();
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function wrap(database: DatabaseSync): IndexDatabase {
  /** The index is a hint: when it cannot be written or read just now, the work goes on without it. */
  const attempt = <T>(run: () => T, otherwise: T): T => {
    try {
      return run();
    } catch {
      return otherwise;
    }
  };
  return {
    readHash: ({ path, sizeBytes, modifiedAtMs }) =>
      attempt(() => {
        const row = database
          .prepare(
            'SELECT content_hash FROM sources WHERE path = ? AND size_bytes = ? AND modified_at_ms = ?',
          )
          .get(path, sizeBytes, modifiedAtMs);
        return row === undefined ? undefined : String(row['content_hash']);
      }, undefined),
    writeHash: ({ path, sizeBytes, modifiedAtMs }, contentHash) =>
      attempt(() => {
        database
          .prepare('INSERT OR REPLACE INTO sources VALUES (?, ?, ?, ?, ?)')
          .run(path, sizeBytes, modifiedAtMs, contentHash, Date.now());
      }, undefined),
    findPaths: (contentHash) =>
      attempt(
        () =>
          database
            .prepare('SELECT path FROM sources WHERE content_hash = ? ORDER BY seen_at_ms DESC LIMIT 20')
            .all(contentHash)
            .map((row) => String(row['path'])),
        [],
      ),
    putBlob: ({ key, stage, sizeBytes, usedAtMs }) =>
      attempt(() => {
        database
          .prepare('INSERT OR REPLACE INTO blobs VALUES (?, ?, ?, ?)')
          .run(key, stage, sizeBytes, usedAtMs);
      }, undefined),
    deleteBlob: (key) =>
      attempt(() => {
        database.prepare('DELETE FROM blobs WHERE key = ?').run(key);
      }, undefined),
    listBlobs: () =>
      attempt(
        () =>
          database
            .prepare('SELECT key, stage, size_bytes, used_at_ms FROM blobs')
            .all()
            .map((row) => ({
              key: String(row['key']),
              stage: String(row['stage']),
              sizeBytes: Number(row['size_bytes']),
              usedAtMs: Number(row['used_at_ms']),
            })),
        [],
      ),
    close: () => database.close(),
  };
}
