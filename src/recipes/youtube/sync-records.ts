import { z } from 'zod';
import { PatternPivotError } from '../../domain/errors.ts';
import {
  expiryOf,
  fetchedSchema,
  platformCollections,
  platformVideoSchema,
  snapshotId,
  type Fetched,
  type PlatformChannel,
  type PlatformVideo,
} from '../../domain/platform.ts';
import type { Described } from '../../ports/platform.ts';
import type { Records, StoredRecord } from '../../ports/records.ts';

/** The collection of what was synced and how far, by playlist. Its name makes a purge find it. */
const progressCollection = 'platform-sync';

/** Another process may change the same record; this many times in a row is a mistake. */
const maxTries = 10;

/** How far a playlist was read, so that the next run goes on there. */
const syncProgressSchema = z.strictObject({
  version: z.literal(1),
  playlistId: z.string(),
  channelId: z.string(),
  title: z.string(),
  /** A channel's own uploads, or a list that somebody put together. */
  isUploads: z.boolean(),
  /** Where reading stopped; left out at the end of the list, and before its beginning. */
  next: z.string().optional(),
  /** Whether its end was reached once: from then on only what is new is looked for. */
  isWhole: z.boolean(),
  /** Of its first page, when nothing was new there. */
  etag: z.string().optional(),
  /** A refresh of figures that was stopped: when it began, and the last video of it. */
  refresh: z.strictObject({ startedAt: z.iso.datetime(), after: z.string() }).optional(),
  fetched: fetchedSchema,
});
/** How far a playlist was read. */
export type SyncProgress = Readonly<z.infer<typeof syncProgressSchema>>;

/** How far a playlist was read; undefined where it never was. */
export async function readProgress(records: Records, playlistId: string): Promise<SyncProgress | undefined> {
  const stored = await records.get(progressCollection, playlistId);
  // What cannot be read is begun anew: it says nothing that is not elsewhere.
  return stored === undefined ? undefined : syncProgressSchema.safeParse(stored.value).data;
}

/** Everything that was ever synced, in the order of the playlists' ids. */
export async function* listProgress(records: Records): AsyncIterable<SyncProgress> {
  let after: string | undefined;
  do {
    const page = await records.list(progressCollection, { after });
    for (const { value } of page.records) {
      const progress = syncProgressSchema.safeParse(value);
      if (progress.success) yield progress.data;
    }
    after = page.next;
  } while (after !== undefined);
}

/** Writes down how far a playlist was read. */
export async function writeProgress(records: Records, progress: SyncProgress): Promise<void> {
  await records.put(progressCollection, progress.playlistId, toJson(progress), {
    expiresAt: expiryOf(progress.fetched),
  });
}

/** Writes down a channel, how it fares, and what the platform said of it. */
export async function writeChannel(records: Records, channel: Described<PlatformChannel>): Promise<void> {
  const { id, fetched } = channel.about;
  const expiresAt = expiryOf(fetched);
  await records.put(platformCollections.channels, id, toJson(channel.about), { expiresAt });
  await records.restore(
    platformCollections.raw,
    [rawRecord(`channel/${id}`, channel.raw, fetched)],
    'anything',
  );
  await appendSnapshots(records, [channel]);
}

/**
 * Writes down up to 50 videos, how they fare, and what the platform said of them, in batches: each alone would be flushed to the disk by itself. What only
 * we know of a video (its original, the lists that it stands in) stays.
 */
export async function writeVideos(
  records: Records,
  videos: readonly Described<PlatformVideo>[],
  playlistId: string | undefined,
): Promise<void> {
  await putVideos(
    records,
    videos.map(({ about }) => about),
    playlistId,
  );
  await records.restore(
    platformCollections.raw,
    videos.map(({ about, raw }) => rawRecord(`video/${about.id}`, raw, about.fetched)),
    'anything',
  );
  await appendSnapshots(records, videos);
}

async function putVideos(
  records: Records,
  videos: readonly PlatformVideo[],
  playlistId: string | undefined,
): Promise<void> {
  let left = videos;
  for (let tried = 1; left.length > 0; tried++) {
    if (tried > maxTries) {
      throw new PatternPivotError(
        'conflict.record_changed',
        'Another process keeps changing the same videos.',
        {
          retryable: true,
          hint: 'Run it again when the other is done.',
        },
      );
    }
    const there = await records.getAll(
      platformCollections.videos,
      left.map(({ id }) => id),
    );
    const next = left.map((video) => nextRecord(video, there.get(video.id), playlistId));
    const outcomes = await records.restore(platformCollections.videos, next, 'older');
    // Somebody else changed those meanwhile: what they wrote must not be lost.
    left = left.filter((_, at) => outcomes[at] === 'kept');
  }
}

function nextRecord(
  video: PlatformVideo,
  stored: StoredRecord | undefined,
  playlistId: string | undefined,
): StoredRecord {
  const before = platformVideoSchema.safeParse(stored?.value).data;
  const lists = new Set([...(before?.playlistIds ?? []), ...(playlistId === undefined ? [] : [playlistId])]);
  const value: PlatformVideo = {
    ...video,
    playlistIds: [...lists].slice(0, 1000),
    ...(before?.assetId === undefined ? {} : { assetId: before.assetId }),
  };
  return recordOf(video.id, value, (stored?.version ?? 0) + 1, expiryOf(video.fetched));
}

function rawRecord(id: string, raw: unknown, fetched: Fetched): StoredRecord {
  return recordOf(id, { fetched, raw }, 1, expiryOf(fetched));
}

function recordOf(id: string, value: unknown, version: number, expiresAt: string | undefined): StoredRecord {
  return { id, value: toJson(value), version, ...(expiresAt === undefined ? {} : { expiresAt }) };
}

async function appendSnapshots(
  records: Records,
  described: readonly Pick<Described<unknown>, 'snapshot'>[],
): Promise<void> {
  await records.append(
    platformCollections.snapshots,
    described.map(({ snapshot }) => ({
      id: snapshotId(snapshot),
      value: toJson(snapshot),
      expiresAt: expiryOf(snapshot.fetched),
    })),
  );
}

/** There is no undefined in JSON. */
function toJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value)) as unknown;
}
