import { ownedTag, type BatchWay } from '../../domain/batch.ts';
import { PatternPivotError } from '../../domain/errors.ts';
import type { AssetSelection, LibraryAsset } from '../../domain/library.ts';
import {
  platformCollections,
  snapshotSchema,
  type PlatformVideo,
  type Snapshot,
} from '../../domain/platform.ts';
import type { Records } from '../../ports/records.ts';
import { listAssets } from '../library/assets.ts';
import { listVideos } from '../youtube/stats-subject.ts';

/** What a batch may be made of. */
export type Pool = {
  /** Those with sound, in the order of their ids. */
  readonly assets: readonly LibraryAsset[];
  /** The ids of those that are the user's own. */
  readonly ownIds: ReadonlySet<string>;
};

/**
 * The sources that may go into a batch: recordings, not transcripts alone; for `combining` only the user's own.
 * @throws not_found.sources when they are fewer than a batch takes
 */
export async function gatherPool(
  records: Records,
  request: {
    readonly selection: AssetSelection;
    readonly way: BatchWay;
    readonly size: number;
    readonly leftOut?: ReadonlySet<string>;
  },
): Promise<Pool> {
  const recordings: LibraryAsset[] = [];
  for await (const asset of listAssets({ records }, request.selection))
    if (asset.kind !== 'transcript' && request.leftOut?.has(asset.id) !== true) recordings.push(asset);
  const ownIds = await findOwn(records, recordings);
  const assets = request.way === 'combining' ? recordings.filter(({ id }) => ownIds.has(id)) : recordings;
  if (assets.length >= request.size) return { assets, ownIds };
  const isOfOthers = recordings.length >= request.size;
  throw new PatternPivotError(
    'not_found.sources',
    isOfOthers
      ? `A batch takes ${request.size} recordings of your own, and the library has ${assets.length} that are marked so.`
      : `A batch takes ${request.size} recordings, and there are ${recordings.length} in the library.`,
    {
      hint: isOfOthers
        ? `Mark what is yours: pivot add talk.mp4 --tag ${ownedTag}. Or use no sample of it: --by generating`
        : 'Add more: pivot add recordings/. A smaller batch is --size 2.',
      context: { size: request.size, recordings: recordings.length, owned: ownIds.size },
    },
  );
}

/**
 * What is the user's own: what they tagged so, and the originals of videos that were synced with the authorisation of the owner of the very
 * channel that they are on. That somebody has a file says nothing.
 */
async function findOwn(records: Records, assets: readonly LibraryAsset[]): Promise<Set<string>> {
  const own = new Set(
    assets.filter(({ tags }) => tags.some((tag) => tag.toLowerCase() === ownedTag)).map(({ id }) => id),
  );
  for await (const { assetId, channelId, fetched } of listVideos(records))
    if (assetId !== undefined && fetched.under === `owner:${channelId}`) own.add(assetId);
  return own;
}

/** How each asset fares as a video: views a day since it came out, by its id. Those that no synced video belongs to are left out. */
export async function readViewsPerDay(
  records: Records,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, number>> {
  const videos = new Map<string, PlatformVideo>();
  for await (const video of listVideos(records)) if (video.assetId !== undefined) videos.set(video.id, video);
  const newest = new Map<string, Snapshot>();
  let after: string | undefined;
  do {
    signal.throwIfAborted();
    const page = await records.list(platformCollections.snapshots, { prefix: 'video/', after, limit: 1000 });
    for (const { value } of page.records) {
      const parsed = snapshotSchema.safeParse(value);
      // They come in the order of time: the last of a video counts.
      if (parsed.success && parsed.data.views !== undefined && videos.has(parsed.data.subjectId))
        newest.set(parsed.data.subjectId, parsed.data);
    }
    after = page.next;
  } while (after !== undefined);
  const perDay = new Map<string, number>();
  for (const [id, { views = 0, fetched }] of newest) {
    const { assetId = '', publishedAt } = videos.get(id)!;
    const days = Math.max(1, (Date.parse(fetched.at) - Date.parse(publishedAt)) / 86_400_000);
    perDay.set(assetId, Math.max(perDay.get(assetId) ?? 0, views / days));
  }
  return perDay;
}
