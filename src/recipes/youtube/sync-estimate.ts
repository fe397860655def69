import { platformChannelSchema, platformCollections, platformVideoSchema } from '../../domain/platform.ts';
import type { PlatformReference } from '../../domain/platform-reference.ts';
import type { Records } from '../../ports/records.ts';
import { readProgress, type SyncProgress } from './sync-records.ts';

/** Videos that one unit of quota reads, and that one unit lists. */
const videosPerUnit = 50;

/** Whose channel it is, as far as the records know. */
export async function findChannelId(
  reference: PlatformReference,
  records: Records,
): Promise<string | undefined> {
  switch (reference.kind) {
    case 'channel':
      return reference.id;
    case 'playlist':
      return (await readProgress(records, reference.id))?.channelId;
    case 'video': {
      const stored = await records.get(platformCollections.videos, reference.id);
      return platformVideoSchema.safeParse(stored?.value).data?.channelId;
    }
    case 'handle':
    case 'user':
      return findHandle(reference.kind === 'handle' ? reference.handle : `@${reference.name}`, records);
  }
}

async function findHandle(handle: string, records: Records): Promise<string | undefined> {
  const wanted = handle.toLowerCase();
  let after: string | undefined;
  do {
    const page = await records.list(platformCollections.channels, { after });
    for (const { value } of page.records) {
      const channel = platformChannelSchema.safeParse(value).data;
      if (channel?.handle?.toLowerCase() === wanted) return channel.id;
    }
    after = page.next;
  } while (after !== undefined);
  return undefined;
}

/**
 * About how many units of quota a sync will take, captions apart; undefined for a list that was never read, because how long it is nobody knows yet.
 */
export async function estimateUnits(
  reference: PlatformReference,
  { isNewOnly }: { readonly isNewOnly: boolean },
  records: Records,
): Promise<number | undefined> {
  if (reference.kind === 'video') return 1;
  const progress = await findProgress(reference, records);
  if (progress?.totalCount === undefined) return undefined;
  const { totalCount, isUploads, isWhole, position } = progress;
  const all = Math.ceil(totalCount / videosPerUnit);
  // A channel that is named by its id need not be asked for where only new videos are.
  const channel = reference.kind === 'playlist' || (reference.kind === 'channel' && isNewOnly) ? 0 : 1;
  if (!isWhole) {
    const left = Math.ceil(Math.max(0, totalCount - (position?.doneCount ?? 0)) / videosPerUnit);
    return channel + 2 + 2 * left;
  }
  return channel + (isUploads ? 1 : all) + (isNewOnly ? 0 : all);
}

async function findProgress(
  reference: PlatformReference,
  records: Records,
): Promise<SyncProgress | undefined> {
  if (reference.kind === 'playlist') return readProgress(records, reference.id);
  const channelId = await findChannelId(reference, records);
  if (channelId === undefined) return undefined;
  const stored = await records.get(platformCollections.channels, channelId);
  const channel = platformChannelSchema.safeParse(stored?.value).data;
  return channel === undefined ? undefined : readProgress(records, channel.uploadsPlaylistId);
}
