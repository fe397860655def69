import { z } from 'zod';
import {
  holdRecord,
  leaseSchema,
  readHeld,
  type HeldRecord,
  type RecordKind,
  type RecordPlace,
} from './held-record.ts';

const idSchema = z.string().regex(/^\d{1,40}$/u);

/** How far a reel is. Written before anything is asked for; it holds nothing that is secret. */
const reelSchema = z.strictObject({
  version: z.literal(1),
  accountId: idSchema,
  contentHash: z.string().min(1).max(100),
  sizeBytes: z.int().nonnegative(),
  /** When it was first begun, ISO 8601. */
  startedAt: z.iso.datetime(),
  /** The one container that may be published; another is begun only when this one never will be. */
  container: z
    .strictObject({
      id: idSchema,
      /** Where its bytes go, behind the address of the upload server. */
      uploadPath: z.string().max(500),
      /** Which words and marks it was begun with. */
      metadataKey: z.string().max(100),
      /** All of the film was taken. */
      isSent: z.boolean(),
      /** When it was last asked to be published, ISO 8601: from then on it may be out. */
      askedAt: z.iso.datetime().optional(),
    })
    .optional(),
  /** Who is at it, and until when nobody else may be. */
  lease: leaseSchema.optional(),
  /** The post, once it is out; empty where it is out and nobody says as which. */
  mediaId: z.union([idSchema, z.literal('')]).optional(),
  /** What came of it. */
  published: z
    .strictObject({
      target: z.literal('instagram'),
      id: z.string(),
      url: z.string().optional(),
      at: z.iso.datetime(),
      found: z.record(z.string(), z.string()),
      differences: z.array(z.strictObject({ what: z.string(), asked: z.string(), got: z.string() })),
    })
    .optional(),
});
/** How far a reel is. */
export type Reel = Readonly<z.infer<typeof reelSchema>>;
/** The one container that may be published. */
export type Container = NonNullable<Reel['container']>;
/** A reel that is ours to go on with, until it is let go. */
export type HeldReel = HeldRecord<Reel>;

const kind: RecordKind<Reel> = {
  prefix: 'instagram',
  schema: reelSchema,
  doing: 'sending',
  isDone: ({ published }) => published !== undefined,
  damagedHint: 'Look at the account whether the reel is there',
};

/** How far a reel is; undefined where it was never begun. @throws tool.upload_record */
export async function readReel(place: RecordPlace): Promise<Reel | undefined> {
  return readHeld(place, kind);
}

/** Takes a reel in hand, or begins it. @throws conflict.upload_busy while another process has it, tool.upload_record */
export async function holdReel(
  place: RecordPlace,
  fresh: Pick<Reel, 'accountId' | 'contentHash' | 'sizeBytes'>,
): Promise<HeldReel> {
  return holdRecord(place, kind, { version: 1, ...fresh, startedAt: new Date(place.now()).toISOString() });
}
