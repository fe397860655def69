import { createHash } from 'node:crypto';
import { z } from 'zod';

/** The batches' collection in the records: a record a set of sources, whether it is being made or was. */
export const batchCollection = 'batches';

/** A library's asset with this tag is the user's own: its very sound may be used in something new. */
export const ownedTag = 'owned';

/** How a set is picked. */
export const pickStrategies = ['shuffled', 'statistics', 'similarity', 'model'] as const;
/** One of the ways to pick a set. */
export type PickStrategy = (typeof pickStrategies)[number];

/** What becomes of the sources: music that only follows what was measured of them, or their own sound put together. */
export const batchWays = ['generating', 'combining'] as const;
/** One of the two ways. */
export type BatchWay = (typeof batchWays)[number];

/** So many sources make a set, at least and at most. */
export const batchSizes = { min: 2, max: 12 } as const;

const assetIdSchema = z.string().regex(/^[0-9a-f]{16}$/u);

/** A set of sources that was used together, or is being: no other batch gets the same. */
export const batchSchema = z.strictObject({
  version: z.literal(1),
  /** By the sources alone, in whatever order: see {@link batchIdOf}. */
  id: z.string().regex(/^[0-9a-f]{16}$/u),
  /** In the order of their ids. */
  assetIds: z.array(assetIdSchema).min(batchSizes.min).max(batchSizes.max),
  /** `claimed`: somebody is at it; the record goes by itself when they never end. */
  state: z.enum(['claimed', 'finished']),
  strategy: z.enum(pickStrategies),
  seed: z.int().nonnegative(),
  /** Why these, in a sentence. */
  why: z.string().max(500),
  /** ISO 8601. */
  claimedAt: z.iso.datetime(),
  /** Tells this claim from every other of the same set. */
  claim: z.uuid(),
  finishedAt: z.iso.datetime().optional(),
  way: z.enum(batchWays).optional(),
  /** The item of the publish queue that came of it. */
  queueItemId: z
    .string()
    .regex(/^[0-9a-f]{16}$/u)
    .optional(),
});
/** A set of sources that was used together, or is being. */
export type Batch = Readonly<z.infer<typeof batchSchema>>;

/** The id of a set of sources: the first 16 hex digits of the SHA-256 of its sorted ids. The order they are named in does not count. */
export function batchIdOf(assetIds: readonly string[]): string {
  return createHash('sha256').update(assetIds.toSorted().join(' ')).digest('hex').slice(0, 16);
}
