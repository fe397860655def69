import { closeSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { PatternPivotError } from '../../domain/errors.ts';
import { toFileError } from '../../domain/file-error.ts';
import { describeTrouble } from '../sqlite/open-database.ts';

/** Longer than one refresh may take with all its tries. */
const defaultPatienceMs = 120_000;

const pollMs = 50;

/**
 * Runs something while no other process does, nor another call of this one. The lock is SQLite's on a file that stays empty: the system
 * lets go of it when a process dies, however it dies, so there is none that was left behind.
 * @throws conflict.credentials_busy when another one takes too long
 */
export async function withProcessLock<T>(
  path: string,
  options: { readonly signal?: AbortSignal | undefined; readonly patienceMs?: number },
  run: () => Promise<T>,
): Promise<T> {
  const { signal, patienceMs = defaultPatienceMs } = options;
  try {
    // SQLite would make it readable to everybody.
    closeSync(openSync(path, 'a', 0o600));
  } catch (error) {
    throw toFileError(error, path);
  }
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    const untilMs = Date.now() + patienceMs;
    while (!tryLock(database)) {
      if (Date.now() > untilMs) throw busy(path);
      await sleep(pollMs, undefined, signal === undefined ? {} : { signal });
    }
    return await run();
  } finally {
    // Which also ends the transaction.
    database.close();
  }
}

function tryLock(database: DatabaseSync): boolean {
  try {
    database.exec('BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    if (describeTrouble(error) === 'busy') return false;
    throw error;
  }
}

function busy(path: string): PatternPivotError {
  return new PatternPivotError(
    'conflict.credentials_busy',
    `Another process keeps the credentials busy: ${path}`,
    {
      retryable: true,
      hint: 'Run it again when the other is done.',
      context: { path },
    },
  );
}
