import { PatternPivotError } from '../../domain/errors.ts';
import {
  platformChannelSchema,
  platformCollections,
  platformVideoSchema,
  type PlatformChannel,
  type PlatformVideo,
} from '../../domain/platform.ts';
import type { Records } from '../../ports/records.ts';
import type { StatsSubject } from '../../stages/stats/report.ts';

/** Who a user means by a name, among what was synced. */

/** So many records are read at once. */
const pageSize = 500;

/** All records of a collection that are of its kind, page by page. Others are damaged, or of a later version: they are left out. */
async function* readAll<T>(
  records: Records,
  collection: string,
  schema: { safeParse(value: unknown): { success: boolean; data?: T } },
): AsyncGenerator<T> {
  let after: string | undefined;
  do {
    const page = await records.list(collection, { after, limit: pageSize });
    for (const { value } of page.records) {
      const parsed = schema.safeParse(value);
      if (parsed.success && parsed.data !== undefined) yield parsed.data;
    }
    after = page.next;
  } while (after !== undefined);
}

/** All channels that were synced. */
export function listChannels(records: Records): AsyncGenerator<PlatformChannel> {
  return readAll<PlatformChannel>(records, platformCollections.channels, platformChannelSchema);
}

/** All videos that were synced. */
export function listVideos(records: Records): AsyncGenerator<PlatformVideo> {
  return readAll<PlatformVideo>(records, platformCollections.videos, platformVideoSchema);
}

/**
 * Finds the channel or video that is meant: by its address at YouTube, its id, a channel's @handle, or a title. With nothing given, the only
 * channel that there is. @throws not_found.subject, input.subject_ambiguous
 */
export async function findSubject(records: Records, named: string | undefined): Promise<StatsSubject> {
  if (named === undefined) return onlyChannel(records);
  const wanted = readAddress(named.trim());
  const byId = await findById(records, wanted);
  if (byId !== undefined) return byId;
  const found: StatsSubject[] = [];
  const lower = wanted.toLowerCase();
  for await (const channel of listChannels(records)) {
    if (channel.handle?.toLowerCase() === lower) return describeChannel(channel);
    if (channel.title.toLowerCase() === lower) found.push(describeChannel(channel));
  }
  // A handle is a channel's; titles are compared where it is none.
  if (!wanted.startsWith('@')) {
    for await (const video of listVideos(records)) {
      if (video.title.toLowerCase() === lower) found.push(describeVideo(video));
    }
  }
  const [first, second] = found;
  if (first === undefined) throw noSubject(named);
  if (second === undefined) return first;
  throw new PatternPivotError(
    'input.subject_ambiguous',
    `${found.length} things are called "${named.slice(0, 100)}".`,
    {
      hint: `Give an id: ${found
        .slice(0, 5)
        .map(({ of, id }) => `${id} (${of})`)
        .join(', ')}.`,
      context: { ids: found.map(({ id }) => id) },
    },
  );
}

async function onlyChannel(records: Records): Promise<StatsSubject> {
  const channels: PlatformChannel[] = [];
  for await (const channel of listChannels(records)) channels.push(channel);
  const [only, second] = channels;
  if (only === undefined) {
    throw new PatternPivotError('not_found.subject', 'Nothing was synced yet, so there are no statistics.', {
      hint: 'Begin with: pivot sync @channel. Each sync adds a snapshot.',
    });
  }
  if (second === undefined) return describeChannel(only);
  const names = channels.slice(0, 10).map(({ handle, id }) => handle ?? id);
  throw new PatternPivotError('input.nothing_given', `Statistics of which of ${channels.length} channels?`, {
    hint: `Name one: pivot stats ${names.join(', ')}${channels.length > 10 ? ' …' : ''}`,
  });
}

async function findById(records: Records, id: string): Promise<StatsSubject | undefined> {
  if (!/^[\w-]{1,64}$/u.test(id)) return undefined;
  const channel = platformChannelSchema.safeParse(
    (await records.get(platformCollections.channels, id))?.value,
  );
  if (channel.success) return describeChannel(channel.data);
  const video = platformVideoSchema.safeParse((await records.get(platformCollections.videos, id))?.value);
  if (video.success) return describeVideo(video.data);
  // What is known of it may have expired before its snapshots did.
  for (const kind of ['channel', 'video'] as const) {
    const { records: some } = await records.list(platformCollections.snapshots, {
      prefix: `${kind}/${id}/`,
      limit: 1,
    });
    if (some.length > 0) return { of: kind, id, title: id };
  }
  return undefined;
}

function describeChannel({ id, title, handle, publishedAt }: PlatformChannel): StatsSubject {
  return { of: 'channel', id, title, handle, publishedAt };
}

function describeVideo({ id, title, publishedAt }: PlatformVideo): StatsSubject {
  return { of: 'video', id, title, publishedAt };
}

/** The id or handle in an address at YouTube; what is no such address stays as it is. */
export function readAddress(named: string): string {
  if (!/^https?:\/\//iu.test(named) || !URL.canParse(named)) return named;
  const url = new URL(named);
  const host = url.hostname.replace(/^(?:www|m|music)\./u, '');
  const parts = url.pathname.split('/').filter((part) => part !== '');
  const [first = '', second] = parts;
  if (host === 'youtu.be') return first;
  if (host !== 'youtube.com' && host !== 'youtube-nocookie.com') return named;
  if (first === 'watch') return url.searchParams.get('v') ?? named;
  if (first.startsWith('@')) return decodeURIComponent(first);
  const hasId = ['channel', 'shorts', 'live', 'embed', 'v'].includes(first);
  return hasId && second !== undefined ? second : named;
}

function noSubject(named: string): PatternPivotError {
  return new PatternPivotError(
    'not_found.subject',
    `No channel and no video that was synced is called "${named.slice(0, 100)}".`,
    {
      hint: 'Give an id, an @handle, an address or a whole title, or sync it first: pivot sync @channel',
      context: { named },
    },
  );
}
