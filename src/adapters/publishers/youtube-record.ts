import { z } from 'zod';
import {
  holdRecord,
  leaseSchema,
  readHeld,
  type HeldRecord,
  type RecordKind,
  type RecordPlace,
} from './held-record.ts';

const countSchema = z.int().nonnegative();

/** Something done after the film is there: `begun` may have worked, or not; `refused` will not. */
const stepSchema = z.enum(['begun', 'done', 'refused']);

/** How far the upload of one film is. Written before the first byte is sent; it holds nothing that is secret. */
const uploadSchema = z.strictObject({
  version: z.literal(1),
  /** Whose channel it goes to. */
  channelId: z.string().min(1).max(64),
  contentHash: z.string().min(1).max(100),
  sizeBytes: countSchema,
  /** What the film was called when it was first sent: it is found again on the channel by that. */
  title: z.string().max(500),
  /** When it was first begun, ISO 8601. */
  startedAt: z.iso.datetime(),
  /** The one session that may send; another is begun only when this one is gone, and the channel does not have the film. */
  session: z
    .strictObject({
      id: z.uuid(),
      /** Which title and settings it was begun with. */
      metadataKey: z.string().max(100),
      /** So many bytes YouTube said that it has. */
      acknowledgedBytes: countSchema,
      /** So many were sent at most, whether or not they arrived. */
      sentBytes: countSchema,
    })
    .optional(),
  /** When a last byte was last sent, ISO 8601: from then on the film may be on the channel. */
  sentToEndAt: z.iso.datetime().optional(),
  /** Who is at it, and until when nobody else may be. */
  lease: leaseSchema.optional(),
  /** The video, once all of the film is there. */
  videoId: z
    .string()
    .regex(/^[\w-]{1,64}$/u)
    .optional(),
  /** Which title and settings the video has. */
  metadataKey: z.string().max(100).optional(),
  /** What else was done: `cover`, `captions`, `playlist PL…`. */
  steps: z.record(z.string().max(100), stepSchema),
  /** What a step was refused with, by its name. */
  refusals: z.record(z.string().max(100), z.string().max(500)),
  /** What came of it, once all is done. */
  published: z
    .strictObject({
      target: z.literal('youtube'),
      id: z.string(),
      url: z.string(),
      at: z.iso.datetime(),
      found: z.record(z.string(), z.string()),
      differences: z.array(z.strictObject({ what: z.string(), asked: z.string(), got: z.string() })),
    })
    .optional(),
});
/** How far the upload of one film is. */
export type Upload = Readonly<z.infer<typeof uploadSchema>>;
/** An upload that is ours to go on with, until it is let go. */
export type HeldUpload = HeldRecord<Upload>;

const kind: RecordKind<Upload> = {
  prefix: 'youtube',
  schema: uploadSchema,
  doing: 'uploading',
  isDone: ({ published }) => published !== undefined,
  damagedHint: 'Look at the channel whether the video is there',
};

/** How far an upload is; undefined where it was never begun. @throws tool.upload_record */
export async function readUpload(place: RecordPlace): Promise<Upload | undefined> {
  return readHeld(place, kind);
}

/** Takes an upload in hand, or begins it. @throws conflict.upload_busy while another process has it, tool.upload_record */
export async function holdUpload(
  place: RecordPlace,
  fresh: Pick<Upload, 'channelId' | 'contentHash' | 'sizeBytes' | 'title'>,
): Promise<HeldUpload> {
  const startedAt = new Date(place.now()).toISOString();
  return holdRecord(place, kind, { version: 1, ...fresh, startedAt, steps: {}, refusals: {} });
}
