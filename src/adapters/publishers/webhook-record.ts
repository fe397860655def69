import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { PatternPivotError } from '../../domain/errors.ts';
import type { Records } from '../../ports/records.ts';
import { isChanged, isHeld, leaseSchema, newLease, uploadsCollection } from './youtube-record.ts';

/** What is written down of one film's message: before it is sent, and when it was taken. It holds no address and no secret. */
const deliverySchema = z.strictObject({
  version: z.literal(1),
  contentHash: z.string().min(1).max(100),
  /** When it was first begun, ISO 8601. */
  startedAt: z.iso.datetime(),
  /** How often it was sent, taken or not. */
  tries: z.int().nonnegative(),
  /** Who is at it. */
  lease: leaseSchema.optional(),
  /** That it was taken, and with what status: from then on it is never sent again. */
  taken: z.strictObject({ at: z.iso.datetime(), status: z.int() }).optional(),
});
/** How far the delivery of one film's message is. */
export type Delivery = Readonly<z.infer<typeof deliverySchema>>;

/** Where deliveries are written down, and by which clock. */
export type DeliveryPlace = {
  readonly records: Pick<Records, 'get' | 'put'>;
  readonly itemId: string;
  /** Ms since 1970. */
  readonly now: () => number;
};

/** A delivery that is ours, until it is let go. */
export interface HeldDelivery {
  /** As it stands. */
  readonly delivery: Delivery;
  /** Writes down that it is sent once more, before it is. @throws conflict.upload_taken when another process took over; then nothing may be sent */
  beginTry(): Promise<void>;
  /** Writes down that it was taken, whoever has it by now: it is true. @returns what stands there */
  markTaken(taken: NonNullable<Delivery['taken']>): Promise<Delivery>;
  /** Lets go of it. Where that cannot be written, it is free when its time is over. */
  release(): Promise<void>;
}

/** How far a delivery is; undefined where it was never begun. @throws tool.upload_record */
export async function readDelivery({ records, itemId }: DeliveryPlace): Promise<Delivery | undefined> {
  const stored = await records.get(uploadsCollection, idOf(itemId));
  return stored === undefined ? undefined : parse(stored.value, itemId);
}

/** Takes a delivery in hand, or begins it. @throws conflict.upload_busy while another process has it, tool.upload_record */
export async function holdDelivery(place: DeliveryPlace, contentHash: string): Promise<HeldDelivery> {
  const { records, itemId, now } = place;
  const id = idOf(itemId);
  const holder = randomUUID();
  const stored = await records.get(uploadsCollection, id);
  let version = stored?.version ?? 0;
  let delivery: Delivery =
    stored === undefined
      ? { version: 1, contentHash, startedAt: new Date(now()).toISOString(), tries: 0 }
      : parse(stored.value, itemId);
  const busyUntil = isHeld(delivery.lease, now());
  if (busyUntil !== undefined && delivery.taken === undefined) throw busy(itemId, busyUntil);

  const write = async (next: Delivery): Promise<void> => {
    try {
      ({ version } = await records.put(uploadsCollection, id, next, { ifVersion: version }));
    } catch (error) {
      if (!isChanged(error)) throw error;
      // Our own write may have come through, and its answer not: a store that is asked over a network tries again.
      const there = await records.get(uploadsCollection, id);
      if (there === undefined || !isDeepStrictEqual(there.value, next)) throw overtaken(itemId);
      ({ version } = there);
    }
    delivery = next;
  };
  if (delivery.taken === undefined) await write({ ...delivery, lease: newLease(holder, now()) });
  return {
    get delivery() {
      return delivery;
    },
    async beginTry() {
      await write({ ...delivery, tries: delivery.tries + 1, lease: newLease(holder, now()) });
    },
    async markTaken(taken) {
      for (let again = 0; ; again++) {
        const { lease: _lease, ...rest } = delivery;
        try {
          await write({ ...rest, taken });
          return delivery;
        } catch (error) {
          if (again === maxMarks) throw error;
        }
        const there = await records.get(uploadsCollection, id);
        version = there?.version ?? 0;
        if (there !== undefined) delivery = parse(there.value, itemId);
        if (delivery.taken !== undefined) return delivery;
      }
    },
    async release() {
      if (delivery.lease === undefined) return;
      const { lease: _lease, ...rest } = delivery;
      await write(rest).catch(() => {});
    },
  };
}

/** What is written down of a receiver that said 410: it wants nothing any more. */
const goneSchema = z.strictObject({ version: z.literal(1), at: z.iso.datetime() });

/** When a receiver said that it is gone for good, ISO 8601. `key` stands for its address. */
export async function readGone(records: DeliveryPlace['records'], key: string): Promise<string | undefined> {
  const stored = await records.get(uploadsCollection, goneId(key));
  const gone = goneSchema.safeParse(stored?.value);
  // What cannot be read is asked for again: the receiver says it once more.
  return gone.success ? gone.data.at : undefined;
}

/** Writes down that a receiver is gone for good: nothing is sent there again. */
export async function markGone(records: DeliveryPlace['records'], key: string, at: string): Promise<void> {
  await records.put(uploadsCollection, goneId(key), { version: 1, at });
}

function goneId(key: string): string {
  return `webhook-gone/${key}`;
}

/** So often it is tried again to write down that a message was taken. */
const maxMarks = 3;

function idOf(itemId: string): string {
  return `webhook/${itemId}`;
}

function parse(value: unknown, itemId: string): Delivery {
  const parsed = deliverySchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new PatternPivotError(
    'tool.upload_record',
    `What is written down of the delivery ${itemId} is damaged.`,
    {
      hint: 'Ask whoever receives it whether it is there; a newer version may have written it. Nothing is sent.',
      context: { itemId },
    },
  );
}

function busy(itemId: string, until: string): PatternPivotError {
  return new PatternPivotError('conflict.upload_busy', `Another process is delivering ${itemId}.`, {
    retryable: true,
    hint: `Let it go on; should it have died on another machine, this one takes over a while after ${until}.`,
    context: { itemId, until },
  });
}

function overtaken(itemId: string): PatternPivotError {
  return new PatternPivotError('conflict.upload_taken', `Another process took over the delivery ${itemId}.`, {
    retryable: true,
    hint: 'Let it go on there.',
    context: { itemId },
  });
}
