import { createHash, randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { PatternPivotError } from '../../domain/errors.ts';
import type { Records } from '../../ports/records.ts';

/** What is written down of one film at one target, so that nothing is published twice; one process at a time has it in hand. */

/** The collection of what was begun. */
export const uploadsCollection = 'uploads';

/** Who is at something, and until when nobody else may be, ISO 8601. */
export const leaseSchema = z.strictObject({
  holder: z.uuid(),
  machine: z.string().max(20),
  processId: z.int().nonnegative(),
  until: z.iso.datetime(),
});
type Lease = z.infer<typeof leaseSchema>;
type Leased = { readonly lease?: Lease | undefined };

/**
 * So long nobody else takes over, in ms. It is renewed before everything that is sent, and nothing that is sent may take half as long:
 * a holder that was overtaken has nothing on its way any more.
 */
export const leaseMs = 600_000;

/** What was written so recently is still ours for certain, in ms: it is not written again for nothing. */
const freshMs = 60_000;

/** On top, for clocks of two machines that differ, in ms. */
const clockMarginMs = 120_000;

/** So often it is tried again to write down a fact. */
const maxMarks = 3;

const machine = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);

/** Where it is written down, and by which clock. */
export type RecordPlace = {
  readonly records: Pick<Records, 'get' | 'put'>;
  readonly itemId: string;
  /** Ms since 1970. */
  readonly now: () => number;
};

/** What is written down at one target. */
export type RecordKind<Value extends Leased> = {
  /** Before the item's id: `youtube`. */
  readonly prefix: string;
  readonly schema: z.ZodType<Value>;
  /** What is done with an item, as in "Another process is uploading it". */
  readonly doing: string;
  /** Whether all is done: then nobody needs to have it. */
  isDone(value: Value): boolean;
  /** What a person does where the record is damaged. */
  readonly damagedHint: string;
};

/** A record that is ours to go on with, until it is let go. */
export interface HeldRecord<Value> {
  /** As it stands. */
  readonly value: Value;
  /**
   * Writes down a change, and now and then that we are still at it: before anything that cannot be taken back.
   * @throws conflict.upload_taken when somebody else took over; then nothing more may be sent
   */
  save(change: { readonly [Key in keyof Value]?: Value[Key] | undefined }): Promise<void>;
  /** Writes down a fact that ends it, whoever has it by now: it is true. @returns what stands there */
  mark(change: Partial<Value>): Promise<Value>;
  /** Lets go of it. Where that cannot be written, it is free when its time is over. */
  release(): Promise<void>;
}

/** How far it is; undefined where it was never begun. @throws tool.upload_record */
export async function readHeld<Value extends Leased>(
  { records, itemId }: RecordPlace,
  kind: RecordKind<Value>,
): Promise<Value | undefined> {
  const stored = await records.get(uploadsCollection, idOf(kind, itemId));
  return stored === undefined ? undefined : parse(stored.value, kind, itemId);
}

/**
 * Takes it in hand, or begins it as `fresh`. Of several processes one succeeds.
 * @throws conflict.upload_busy while another process has it, tool.upload_record
 */
export async function holdRecord<Value extends Leased>(
  { records, itemId, now }: RecordPlace,
  kind: RecordKind<Value>,
  fresh: Value,
): Promise<HeldRecord<Value>> {
  const id = idOf(kind, itemId);
  const holder = randomUUID();
  const stored = await records.get(uploadsCollection, id);
  let value = stored === undefined ? fresh : parse(stored.value, kind, itemId);
  let version = stored?.version ?? 0;
  const busyUntil = isHeld(value.lease, now());
  if (busyUntil !== undefined && !kind.isDone(value)) throw busy(kind, itemId, busyUntil);

  const write = async (next: Value): Promise<void> => {
    try {
      ({ version } = await records.put(uploadsCollection, id, next, { ifVersion: version }));
    } catch (error) {
      if (!(error instanceof PatternPivotError) || error.code !== 'conflict.record_changed') throw error;
      // Our own write may have come through, and its answer not: a store that is asked over a network tries again.
      const there = await records.get(uploadsCollection, id);
      if (there === undefined || !isDeepStrictEqual(there.value, next)) throw taken(itemId);
      ({ version } = there);
    }
    value = next;
  };
  const withLease = (next: Value): Value => ({ ...next, lease: newLease(holder, now()) });
  if (!kind.isDone(value)) await write(withLease(value));
  let writtenMs = now();
  return {
    get value() {
      return value;
    },
    async save(change) {
      const next = withoutUndefined<Value>({ ...value, ...change });
      if (now() - writtenMs < freshMs && isDeepStrictEqual(next, value)) return;
      await write(withLease(next));
      writtenMs = now();
    },
    async mark(change) {
      for (let again = 0; ; again++) {
        try {
          await write(withoutUndefined<Value>({ ...value, ...change, lease: undefined }));
          return value;
        } catch (error) {
          if (again === maxMarks) throw error;
        }
        const there = await records.get(uploadsCollection, id);
        version = there?.version ?? 0;
        if (there !== undefined) value = parse(there.value, kind, itemId);
        if (kind.isDone(value)) return value;
      }
    },
    async release() {
      if (value.lease === undefined) return;
      await write(withoutUndefined<Value>({ ...value, lease: undefined })).catch(() => {});
    },
  };
}

function idOf({ prefix }: { readonly prefix: string }, itemId: string): string {
  return `${prefix}/${itemId}`;
}

function parse<Value extends Leased>(value: unknown, kind: RecordKind<Value>, itemId: string): Value {
  const parsed = kind.schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new PatternPivotError('tool.upload_record', `What is written down of ${itemId} is damaged.`, {
    hint: `${kind.damagedHint}; a newer version may have written it. Nothing is sent.`,
    context: { itemId },
  });
}

/** Until when it is somebody's, ISO 8601; undefined where it is nobody's: a process of this machine that is gone holds nothing. */
function isHeld(lease: Lease | undefined, nowMs: number): string | undefined {
  if (lease === undefined) return undefined;
  const isGone = lease.machine === machine && lease.processId !== process.pid && !isRunning(lease.processId);
  if (isGone) return undefined;
  return Date.parse(lease.until) + clockMarginMs > nowMs ? lease.until : undefined;
}

function newLease(holder: string, nowMs: number): Lease {
  return { holder, machine, processId: process.pid, until: new Date(nowMs + leaseMs).toISOString() };
}

function isRunning(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    // Somebody else's process runs too.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** A record has no undefined values: what is set to it is left out. */
function withoutUndefined<Value>(value: object): Value {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as Value;
}

function busy({ doing }: { readonly doing: string }, itemId: string, until: string): PatternPivotError {
  return new PatternPivotError('conflict.upload_busy', `Another process is ${doing} ${itemId}.`, {
    retryable: true,
    hint: `Let it go on; should it have died on another machine, this one takes over a while after ${until}.`,
    context: { itemId, until },
  });
}

function taken(itemId: string): PatternPivotError {
  return new PatternPivotError('conflict.upload_taken', `Another process took over ${itemId}.`, {
    retryable: true,
    hint: 'Let it go on there.',
    context: { itemId },
  });
}
