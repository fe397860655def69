import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { PatternPivotError } from '../../domain/errors.ts';
import { changeItem, type QueueChange } from '../../domain/queue-changes.ts';
import type { QueueItem } from '../../domain/queue.ts';
import type { Records } from '../../ports/records.ts';
import { putItem, updateItem, type StoredItem } from './queue-records.ts';

/** The right to publish an item: one worker has it, renews it while it works, and loses it when it dies. */

const heldMs = 120_000;
const renewEveryMs = 30_000;

const machine = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);

/** Whether nobody who lives has an item. A process of this machine that is gone has lost it at once, one of another machine when its time is over. */
export function isFree({ claim }: QueueItem, nowMs: number): boolean {
  if (claim === undefined || Date.parse(claim.until) < nowMs) return true;
  return claim.machine === machine && !isRunning(claim.processId);
}

function isRunning(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    // It is there, and somebody else's.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Takes an item that was due as it was read. @returns undefined where somebody else was quicker, or changed it */
export async function takeItem(
  records: Records,
  { item, version }: StoredItem,
  holder: string,
  now: Date,
): Promise<QueueItem | undefined> {
  const count = (item.attempts?.count ?? 0) + 1;
  const again = item.state === 'uploading' ? 'Taken over from a worker that is gone.' : 'Begun.';
  const taken = changeItem(
    item,
    'uploading',
    { at: now.toISOString(), by: 'program', note: again },
    { claim: claimOf(holder, now), attempts: { count } },
  );
  return (await putItem(records, taken, version))?.item;
}

/**
 * Runs something while an item is held; its signal is aborted where somebody else took the item. @throws what it throws,
 * conflict.upload_taken
 */
export async function whileHeld<T>(
  records: Records,
  id: string,
  holder: string,
  signal: AbortSignal,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const lost = new AbortController();
  let renewal = Promise.resolve();
  const renew = async () => {
    try {
      const { item } = await updateItem(records, id, (there) =>
        there.claim?.holder === holder ? { ...there, claim: claimOf(holder, new Date()) } : there,
      );
      if (item.claim?.holder !== holder) lost.abort(taken(item));
    } catch {
      // A store that cannot be reached for a moment has taken nothing away yet.
    }
  };
  const timer = setInterval(() => (renewal = renewal.then(renew)), renewEveryMs);
  try {
    return await run(AbortSignal.any([signal, lost.signal]));
  } catch (error) {
    // What was stopped because of that says so.
    throw lost.signal.aborted && !signal.aborted ? lost.signal.reason : error;
  } finally {
    clearInterval(timer);
    await renewal;
  }
}

/** Writes what came of an item and lets it go; what somebody else has taken meanwhile is left to them. @returns the item as it is now */
export async function letGo(
  records: Records,
  id: string,
  holder: string,
  to: 'scheduled' | 'failed',
  { at, note }: { readonly at: Date; readonly note: string },
  change: QueueChange,
): Promise<QueueItem> {
  const { item } = await updateItem(records, id, (there) =>
    there.claim?.holder === holder
      ? changeItem(there, to, { at: at.toISOString(), by: 'program', note }, { ...change, claim: undefined })
      : there,
  );
  return item;
}

/** Writes that an item was published, whoever has it now: that is a fact. @returns the item as it is now */
export async function writePublished(
  records: Records,
  id: string,
  { at, note }: { readonly at: Date; readonly note: string },
  published: NonNullable<QueueItem['published']>,
): Promise<QueueItem> {
  const said = { at: at.toISOString(), by: 'program', note } as const;
  const done = { published, claim: undefined, problem: undefined, attempts: undefined };
  const { item } = await updateItem(records, id, (there) => {
    if (there.state === 'published') return there;
    if (there.state === 'uploading') return changeItem(there, 'published', said, done);
    // Somebody took it over and gave it back while this was being done.
    const back = there.state === 'failed' ? changeItem(there, 'approved', said) : there;
    const planned = back.state === 'scheduled' ? back : changeItem(back, 'scheduled', said);
    return changeItem(changeItem(planned, 'uploading', said), 'published', said, done);
  });
  return item;
}

function claimOf(holder: string, now: Date): NonNullable<QueueItem['claim']> {
  return {
    holder,
    machine,
    processId: process.pid,
    until: new Date(now.getTime() + heldMs).toISOString(),
  };
}

function taken({ id, title }: QueueItem): PatternPivotError {
  return new PatternPivotError('conflict.upload_taken', `Another worker has taken over "${title}".`, {
    retryable: true,
    context: { id },
  });
}
