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
  /**
   * The last page that was read while its end is not reached: the token that names it, which the first has not, and its videos. It is looked
   * at again when reading goes on: what was deleted meanwhile has moved everything after it.
   */
  position: z
    .strictObject({
      token: z.string().optional(),
      ids: z.array(z.string()).max(50),
      /** Videos up to its end. */
      doneCount: z.int().nonnegative(),
    })
    .optional(),
  /** Whether its end was reached once: from then on only what is new is looked for. */
  isWhole: z.boolean(),
  /** Its first page when all of what is new was read: the videos on it, and the state of the page. */
  head: z.strictObject({ ids: z.array(z.string()).max(50), etag: z.string().optional() }).optional(),
  /** How many videos the platform says are in it. */
  totalCount: z.int().nonnegative().optional(),
  /** A refresh of figures that was stopped: when it began, and the last video of it. */
  refresh: z.strictObject({ startedAt: z.iso.datetime(), after: z.string() }).optional(),
  /** Its videos were read by another right than it is now, and must be read anew: else they would be gone when that ends. */
  mustRefresh: z.literal(true).optional(),
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
 * we know of a video (its original, the lists that it stands in) stays. The video itself comes last: one that is known is known in full.
 */
export async function writeVideos(
  records: Records,
  videos: readonly Described<PlatformVideo>[],
  playlistId: string | undefined,
): Promise<void> {
  await appendSnapshots(records, videos);
  await records.restore(
    platformCollections.raw,
    videos.map(({ about, raw }) => rawRecord(`video/${about.id}`, raw, about.fetched)),
    'anything',
  );
  const byId = new Map(videos.map(({ about }) => [about.id, about]));
  await changeVideos(records, [...byId.keys()], (id, stored) => {
    const video = byId.get(id)!;
    const before = readStored(stored);
    const lists = new Set(before?.playlistIds);
    if (playlistId !== undefined) lists.add(playlistId);
    const value: PlatformVideo = {
      ...video,
      playlistIds: [...lists].slice(0, 1000),
      ...(before?.assetId === undefined ? {} : { assetId: before.assetId }),
    };
    return { value, expiresAt: expiryOf(video.fetched) };
  });
}

/** Notes that known videos stand in a list, or do not any more. */
export async function writeMembership(
  records: Records,
  ids: readonly string[],
  { playlistId, isIn }: { readonly playlistId: string; readonly isIn: boolean },
): Promise<void> {
  await changeVideos(records, ids, (_, stored) => {
    const video = readStored(stored);
    if (video === undefined || video.playlistIds.includes(playlistId) === isIn) return undefined;
    const others = video.playlistIds.filter((id) => id !== playlistId);
    const playlistIds = isIn ? [...others, playlistId].slice(-1000) : others;
    return { value: { ...video, playlistIds }, expiresAt: stored?.expiresAt };
  });
}

/** Writes down which caption tracks a video has, as the platform says it. */
export async function writeCaptions(
  records: Records,
  videoId: string,
  raw: unknown,
  fetched: Fetched,
): Promise<void> {
  await records.restore(
    platformCollections.raw,
    [rawRecord(`captions/${videoId}`, raw, fetched)],
    'anything',
  );
}

/** The known one, if it can be read. */
function readStored(stored: StoredRecord | undefined): PlatformVideo | undefined {
  return platformVideoSchema.safeParse(stored?.value).data;
}

/** Changes records of videos in batches, each from what is stored; `change` says nothing of those that stay as they are. */
async function changeVideos(
  records: Records,
  ids: readonly string[],
  change: (
    id: string,
    stored: StoredRecord | undefined,
  ) => { readonly value: PlatformVideo; readonly expiresAt: string | undefined } | undefined,
): Promise<void> {
  let left = ids;
  for (let tried = 1; left.length > 0; tried++) {
    if (tried > maxTries) throw tooBusy();
    const there = await records.getAll(platformCollections.videos, left);
    const next = left.flatMap((id) => {
      const stored = there.get(id);
      const changed = change(id, stored);
      if (changed === undefined) return [];
      return [recordOf(id, changed.value, (stored?.version ?? 0) + 1, changed.expiresAt)];
    });
    const outcomes = await records.restore(platformCollections.videos, next, 'older');
    // Somebody else changed those meanwhile: what they wrote must not be lost.
    left = next.filter((_, at) => outcomes[at] === 'kept').map(({ id }) => id);
  }
}

function tooBusy(): PatternPivotError {
  const message = 'Another process keeps changing the same videos.';
  return new PatternPivotError('conflict.record_changed', message, {
    retryable: true,
    hint: 'Run it again when the other is done.',
  });
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
