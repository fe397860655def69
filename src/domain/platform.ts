import { z } from 'zod';

/**
 * What a platform says of a channel and its videos, as records. Each carries when it was fetched and on whose word, because that decides
 * how long it may be kept.
 */

/** When something was fetched, and by which right: for everybody to see, or with the authorisation of the channel's owner. */
export const fetchedSchema = z.strictObject({
  /** ISO 8601. */
  at: z.iso.datetime(),
  /** `public`, or `owner:` and the id of the channel whose owner allowed it. */
  under: z.string().regex(/^(?:public|owner:[\w-]{1,64})$/u),
});
/** When something was fetched, and by which right. */
export type Fetched = Readonly<z.infer<typeof fetchedSchema>>;

const countSchema = z.int().nonnegative();

/** A channel, as the platform describes it. */
export const platformChannelSchema = z.strictObject({
  version: z.literal(1),
  id: z.string().min(1).max(64),
  title: z.string().max(500),
  /** `@name`, where there is one. */
  handle: z.string().max(100).optional(),
  description: z.string().max(10_000),
  /** The playlist of everything that was ever uploaded. */
  uploadsPlaylistId: z.string().min(1).max(64),
  publishedAt: z.iso.datetime().optional(),
  thumbnailUrl: z.url({ protocol: /^https?$/u }).optional(),
  fetched: fetchedSchema,
});
/** A channel, as the platform describes it. */
export type PlatformChannel = Readonly<z.infer<typeof platformChannelSchema>>;

/** A video, as the platform describes it. */
export const platformVideoSchema = z.strictObject({
  version: z.literal(1),
  id: z.string().min(1).max(64),
  channelId: z.string().min(1).max(64),
  /** Of a playlist that was synced and is not the channel's own uploads. */
  playlistIds: z.array(z.string().min(1).max(64)).max(1000),
  title: z.string().max(500),
  description: z.string().max(20_000),
  tags: z.array(z.string().max(500)).max(500),
  publishedAt: z.iso.datetime(),
  /** Left out while it is live or still being processed. */
  durationMs: countSchema.optional(),
  privacy: z.enum(['public', 'unlisted', 'private']),
  hasCaptions: z.boolean(),
  categoryId: z.string().max(20).optional(),
  /** BCP 47 tag. */
  language: z.string().max(35).optional(),
  thumbnailUrl: z.url({ protocol: /^https?$/u }).optional(),
  /** Of the description, ms of the video. */
  chapters: z.array(z.strictObject({ startMs: countSchema, title: z.string().max(500) })).max(1000),
  /** The library's asset that is this video's original, once that is known. */
  assetId: z
    .string()
    .regex(/^[0-9a-f]{16}$/u)
    .optional(),
  fetched: fetchedSchema,
});
/** A video, as the platform describes it. */
export type PlatformVideo = Readonly<z.infer<typeof platformVideoSchema>>;

/** How a video or a channel fared at one moment. What the platform hides is left out. */
export const snapshotSchema = z.strictObject({
  version: z.literal(1),
  of: z.enum(['video', 'channel']),
  subjectId: z.string().min(1).max(64),
  views: countSchema.optional(),
  likes: countSchema.optional(),
  comments: countSchema.optional(),
  /** Of a channel. The platform rounds it to three digits. */
  subscribers: countSchema.optional(),
  videos: countSchema.optional(),
  fetched: fetchedSchema,
});
/** How a video or a channel fared at one moment. */
export type Snapshot = Readonly<z.infer<typeof snapshotSchema>>;

/** The collections of records that hold these, and the platform's own JSON as it came. */
export const platformCollections = {
  channels: 'channels',
  videos: 'videos',
  snapshots: 'snapshots',
  raw: 'platform-raw',
} as const;

/** The record id of a snapshot: those of one subject stand together, in the order of time, and the same moment twice is one. */
export function snapshotId({ of, subjectId, fetched }: Snapshot): string {
  return `${of}/${subjectId}/${fetched.at}`;
}

/** How long what everybody may see is kept without being fetched anew, in days: YouTube API Services Developer Policies, III.E.4. */
export const publicDataDays = 30;

/** When something must be gone, ISO 8601; undefined for what an owner allowed to keep. */
export function expiryOf({ at, under }: Fetched): string | undefined {
  if (under !== 'public') return undefined;
  return new Date(Date.parse(at) + publicDataDays * 86_400_000).toISOString();
}
