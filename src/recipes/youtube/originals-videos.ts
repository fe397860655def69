import { platformCollections, platformChannelSchema, platformVideoSchema } from '../../domain/platform.ts';
import type { Records } from '../../ports/records.ts';
import type { TakeoutVideo } from '../../stages/match/takeout-videos.ts';
import type { WantedVideo } from '../../stages/match/weigh-match.ts';

/** A video of the user's, of the library's records or of Takeout's table. */
export type KnownVideo = WantedVideo & {
  readonly channelId?: string | undefined;
  /** The name of its channel, where that is known. */
  readonly channel?: string | undefined;
  /** The asset that is its original already. */
  readonly assetId?: string | undefined;
  /** Whether the library has a record of it. */
  readonly isSynced: boolean;
  /** Whether it was fetched with the authorisation of its channel's owner, or stands in their own export. */
  readonly isOwn: boolean;
};

const pageSize = 500;

/** The videos that originals are looked for: those that were synced, and those of Takeout's tables; in the order of their ids. */
export async function listKnownVideos(
  records: Records,
  takeoutVideos: readonly TakeoutVideo[],
  signal: AbortSignal,
): Promise<KnownVideo[]> {
  const channels = new Map<string, string>();
  for await (const value of listValues(records, platformCollections.channels, signal)) {
    const channel = platformChannelSchema.safeParse(value);
    if (channel.success) channels.set(channel.data.id, channel.data.title);
  }
  const known = new Map<string, KnownVideo>();
  for await (const value of listValues(records, platformCollections.videos, signal)) {
    const parsed = platformVideoSchema.safeParse(value);
    if (!parsed.success) continue;
    const { id, title, durationMs, publishedAt, channelId, assetId, fetched } = parsed.data;
    known.set(id, {
      id,
      title,
      durationMs,
      publishedAt,
      channelId,
      channel: channels.get(channelId),
      assetId,
      isSynced: true,
      isOwn: fetched.under === `owner:${channelId}`,
    });
  }
  for (const video of takeoutVideos) {
    const before = known.get(video.id);
    known.set(video.id, {
      id: video.id,
      title: before?.title ?? video.title,
      // The export counts in milliseconds, the API in seconds.
      durationMs: video.durationMs ?? before?.durationMs,
      publishedAt: before?.publishedAt ?? video.publishedAt,
      channelId: before?.channelId ?? video.channelId,
      channel: before?.channel ?? (video.channelId === undefined ? undefined : channels.get(video.channelId)),
      assetId: before?.assetId,
      isSynced: before !== undefined,
      isOwn: true,
    });
  }
  return [...known.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

async function* listValues(
  records: Records,
  collection: string,
  signal: AbortSignal,
): AsyncGenerator<unknown> {
  let after: string | undefined = '';
  while (after !== undefined) {
    signal.throwIfAborted();
    const page: Awaited<ReturnType<Records['list']>> = await records.list(collection, {
      after,
      limit: pageSize,
    });
    for (const { value } of page.records) yield value;
    after = page.next;
  }
}
