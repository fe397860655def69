import { createHash } from 'node:crypto';
import { z } from 'zod';
import { gateFindingSchema, overruleSchema } from './gate.ts';
import { assetIdOf } from './library.ts';

/** The queue's collection in the records: a record a video that waits to be published, its id the item's. */
export const queueCollection = 'queue';

/** What becomes of a video on its way to the audience, in order; `failed` can be put back to `checked` or `approved`. */
export const queueStates = [
  'drafted',
  'checked',
  'approved',
  'scheduled',
  'uploading',
  'published',
  'failed',
] as const;
/** Where an item of the queue stands. */
export type QueueState = (typeof queueStates)[number];

/** What makes one variation of a clip differ from another: `{ opening: 'cold', length: '30 s' }`. */
export const variationFactorsSchema = z.record(z.string().min(1).max(40), z.string().min(1).max(80));
/** What makes one variation of a clip differ from another. */
export type VariationFactors = Readonly<z.infer<typeof variationFactorsSchema>>;

const hashSchema = z.string().regex(/^sha256:[0-9a-f]{64}$/u);

/** How many changes of one item are kept: the first, and the newest. */
export const maxHistory = 1000;

const textSchema = z.string().max(1000);

/** The clip that something is a variation of, by its timeline's content hash, and what is different. */
export const variationSchema = z.strictObject({ of: hashSchema, factors: variationFactorsSchema });

/** One video in the publish queue. */
export const queueItemSchema = z.strictObject({
  version: z.literal(1),
  /** See {@link queueIdOf}: the same film is never in the queue twice for one target. */
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
  /** Where it goes: `youtube`, `instagram`, `kits`, `webhook`. Left out of a draft. */
  target: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,39}$/u)
    .optional(),
  /** The channel there, where the owners of several signed in. */
  channelId: z.string().min(1).max(64).optional(),
  /** The folder that a target which writes files puts them into. Absolute. */
  outFolder: z.string().min(1).optional(),
  /** Of the film. */
  sizeBytes: z.int().nonnegative().optional(),
  /** Of the timeline that the film was made of: its variations name it. */
  clipHash: hashSchema.optional(),
  /** How it is to be published; the words stand in its post. */
  settings: z
    .strictObject({
      privacy: z.enum(['private', 'unlisted', 'public']),
      isSynthetic: z.boolean(),
      isMadeForKids: z.boolean(),
      /** Whether it is made as a short; left out where nobody knows. */
      isShort: z.boolean().optional(),
      language: z.string().max(35).optional(),
      categoryId: z.string().max(20).optional(),
      playlistIds: z.array(z.string().min(1).max(64)).max(50),
    })
    .optional(),
  /** What the gate said when it let it pass, and of which papers: changed ones are looked at again. */
  checked: z
    .strictObject({
      at: z.iso.datetime(),
      papersHash: hashSchema,
      findings: z.array(gateFindingSchema).max(200),
      overruled: z.array(overruleSchema).max(200),
    })
    .optional(),
  /** When it is to be seen. */
  plan: z
    .strictObject({
      at: z.iso.datetime(),
      /** The zone whose days and hours it was planned by. */
      zone: z.string().max(60),
      /** Whether a person chose it: planning anew leaves it. */
      isFixed: z.literal(true).optional(),
      why: textSchema,
    })
    .optional(),
  /** Kept back by a person, whatever its state, until it is released. */
  hold: z.strictObject({ at: z.iso.datetime(), why: textSchema }).optional(),
  /** Which worker has it, and until when nobody else may: ISO 8601. */
  claim: z
    .strictObject({
      holder: z.uuid(),
      machine: z.string().max(20),
      processId: z.int().nonnegative(),
      until: z.iso.datetime(),
    })
    .optional(),
  /** How often publishing it was begun, and when it may be again after something went wrong. */
  attempts: z
    .strictObject({ count: z.int().nonnegative(), notBefore: z.iso.datetime().optional() })
    .optional(),
  /** What last went wrong. */
  problem: z
    .strictObject({ code: z.string().max(200), message: textSchema, hint: textSchema.optional() })
    .optional(),
  /** What became of it, as its target says. */
  published: z
    .strictObject({
      id: z.string().max(2000),
      url: z.string().max(2000).optional(),
      at: z.iso.datetime(),
      found: z.record(z.string().max(100), textSchema).optional(),
      differences: z.array(z.strictObject({ what: textSchema, asked: textSchema, got: textSchema })).max(50),
    })
    .optional(),
  /** Every change, the first included; `to` is the state that it was in afterwards. */
  history: z
    .array(
      z.strictObject({
        at: z.iso.datetime(),
        to: z.enum(queueStates),
        /** Who did it: a person at a command, or the program by itself. */
        by: z.enum(['person', 'program']),
        note: textSchema,
      }),
    )
    .min(1)
    .max(maxHistory),
});
export type QueueItem = Readonly<z.infer<typeof queueItemSchema>>;

/**
 * The id of a film's item: the first 16 hex digits of its content hash, as drafts have it. `target`: of a film that is in the queue under
 * that id for another target, digits of both.
 */
export function queueIdOf(contentHash: string, target?: string): string {
  if (target === undefined) return assetIdOf(contentHash);
  return createHash('sha256').update(`${contentHash} ${target}`).digest('hex').slice(0, 16);
}

/** What all variations of one clip have in common, the clip itself too; undefined for a film whose clip nobody knows. */
export function clipOf({
  variation,
  clipHash,
}: Pick<QueueItem, 'variation' | 'clipHash'>): string | undefined {
  return variation?.of ?? clipHash;
}
