import { z } from 'zod';

/** The queue's collection in the records: a record a video that waits to be published, its id the item's. */
export const queueCollection = 'queue';

/** What becomes of a video on its way to the audience, in order; `failed` can be put back to `checked`. */
export const queueStates = [
  'drafted',
  'checked',
  'approved',
  'scheduled',
  'uploading',
  'published',
  'failed',
] as const;

/** What makes one variation of a clip differ from another: `{ opening: 'cold', length: '30 s' }`. */
export const variationFactorsSchema = z.record(z.string().min(1).max(40), z.string().min(1).max(80));
/** What makes one variation of a clip differ from another. */
export type VariationFactors = Readonly<z.infer<typeof variationFactorsSchema>>;

const hashSchema = z.string().regex(/^sha256:[0-9a-f]{64}$/u);

/** The clip that something is a variation of, by its timeline's content hash, and what is different. */
export const variationSchema = z.strictObject({ of: hashSchema, factors: variationFactorsSchema });

/** One video in the publish queue. */
export const queueItemSchema = z.strictObject({
  version: z.literal(1),
  /** The first 16 hex digits of the film's content hash: the same film is never in the queue twice. */
  id: z.string().regex(/^[0-9a-f]{16}$/u),
  state: z.enum(queueStates),
  contentHash: hashSchema,
  /** Absolute: where the film and its papers lie. */
  folder: z.string().min(1),
  /** File names in that folder; what a video does not have is left out. */
  files: z.strictObject({
    film: z.string().min(1),
    cover: z.string().min(1).optional(),
    captions: z.string().min(1).optional(),
    post: z.string().min(1).optional(),
    timeline: z.string().min(1).optional(),
  }),
  title: z.string().min(1).max(500),
  /** ISO 8601. */
  addedAt: z.iso.datetime(),
  /** The clip that this is a variation of, by its timeline's content hash, and what is different: paced, never taken for a copy. */
  variation: variationSchema.optional(),
  /** The batch of sources that its sound was made from. */
  batchId: z.string().min(1).max(100).optional(),
  /** Every change of state, the first included. */
  history: z
    .array(
      z.strictObject({
        at: z.iso.datetime(),
        to: z.enum(queueStates),
        /** Who did it: a person at a command, or the program by itself. */
        by: z.enum(['person', 'program']),
        note: z.string().max(1000),
      }),
    )
    .min(1)
    .max(1000),
});
export type QueueItem = Readonly<z.infer<typeof queueItemSchema>>;
