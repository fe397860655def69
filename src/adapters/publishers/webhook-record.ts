import { z } from 'zod';
import {
  holdRecord,
  leaseSchema,
  readHeld,
  uploadsCollection,
  type HeldRecord,
  type RecordKind,
  type RecordPlace,
} from './held-record.ts';

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
/** A delivery that is ours, until it is let go. */
export type HeldDelivery = HeldRecord<Delivery>;

const kind: RecordKind<Delivery> = {
  prefix: 'webhook',
  schema: deliverySchema,
  doing: 'delivering',
  isDone: ({ taken }) => taken !== undefined,
  damagedHint: 'Ask whoever receives it whether it is there',
};

/** How far a delivery is; undefined where it was never begun. @throws tool.upload_record */
export async function readDelivery(place: RecordPlace): Promise<Delivery | undefined> {
  return readHeld(place, kind);
}

/** Takes a delivery in hand, or begins it. @throws conflict.upload_busy while another process has it, tool.upload_record */
export async function holdDelivery(place: RecordPlace, contentHash: string): Promise<HeldDelivery> {
  const startedAt = new Date(place.now()).toISOString();
  return holdRecord(place, kind, { version: 1, contentHash, startedAt, tries: 0 });
}

/** What is written down of a receiver that said 410: it wants nothing any more. */
const goneSchema = z.strictObject({ version: z.literal(1), at: z.iso.datetime() });

/** When a receiver said that it is gone for good, ISO 8601. `key` stands for its address. */
export async function readGone(records: RecordPlace['records'], key: string): Promise<string | undefined> {
  const stored = await records.get(uploadsCollection, goneId(key));
  const gone = goneSchema.safeParse(stored?.value);
  // What cannot be read is asked for again: the receiver says it once more.
  return gone.success ? gone.data.at : undefined;
}

/** Writes down that a receiver is gone for good: nothing is sent there again. */
export async function markGone(records: RecordPlace['records'], key: string, at: string): Promise<void> {
  await records.put(uploadsCollection, goneId(key), { version: 1, at });
}

function goneId(key: string): string {
  return `webhook-gone/${key}`;
}
