import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { PatternPivotError } from '../../domain/errors.ts';
import type { Records } from '../../ports/records.ts';
import { isChanged } from './queue-records.ts';

/** The right to give out times: two who plan at the same moment would give the same hour to two videos. */

const collection = 'queue-locks';
const id = 'plan';

const lockSchema = z.object({ holder: z.string(), until: z.string() });

/** A plan takes moments, and renews its right while it takes longer; whoever died while planning is in nobody's way for longer, in ms. */
const heldMs = 60_000;
const renewEveryMs = 15_000;

/** So long another's plan is waited for, in ms; and so long between two looks. */
const patienceMs = 90_000;
const lookEveryMs = 50;

/** Runs something while nobody else gives out times. Its signal is aborted where the right was lost. @throws conflict.queue_busy */
export async function withPlanLock<T>(
  records: Records,
  signal: AbortSignal,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const holder = randomUUID();
  let version = await takeLock(records, holder, signal);
  const lost = new AbortController();
  let renewal = Promise.resolve();
  const renew = async () => {
    try {
      version = (await records.put(collection, id, { holder, until: until() }, { ifVersion: version }))
        .version;
    } catch (error) {
      // A store that cannot be reached for a moment has taken nothing away yet.
      if (isChanged(error)) lost.abort(busy());
    }
  };
  const timer = setInterval(() => (renewal = renewal.then(renew)), renewEveryMs);
  try {
    return await run(AbortSignal.any([signal, lost.signal]));
  } finally {
    clearInterval(timer);
    await renewal;
    // Where it cannot be given back, it is free when its time is over.
    await records.delete(collection, id, { ifVersion: version }).catch(() => {});
  }
}

const until = () => new Date(Date.now() + heldMs).toISOString();

function busy(): PatternPivotError {
  return new PatternPivotError('conflict.queue_busy', 'Another process is planning the queue.', {
    retryable: true,
    hint: 'Try again in a minute.',
  });
}

async function takeLock(records: Records, holder: string, signal: AbortSignal): Promise<number> {
  const startedMs = performance.now();
  for (;;) {
    signal.throwIfAborted();
    const stored = await records.get(collection, id);
    const lock = lockSchema.safeParse(stored?.value).data;
    if (lock === undefined || Date.parse(lock.until) < Date.now()) {
      try {
        const written = await records.put(
          collection,
          id,
          { holder, until: until() },
          { ifVersion: stored?.version ?? 0 },
        );
        return written.version;
      } catch (error) {
        if (!isChanged(error)) throw error;
        const there = await records.get(collection, id);
        if (there !== undefined && lockSchema.safeParse(there.value).data?.holder === holder)
          return there.version;
      }
    }
    if (performance.now() - startedMs > patienceMs) {
      throw busy();
    }
    await wait(lookEveryMs, undefined, { signal });
  }
}
