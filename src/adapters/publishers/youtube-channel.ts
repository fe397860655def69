import type { youtube_v3 } from '@googleapis/youtube';
import { PatternPivotError } from '../../domain/errors.ts';
import { call, type Caller } from '../platform/youtube/call.ts';

/** Units that requests cost: https://developers.google.com/youtube/v3/determine_quota_cost */
const listUnits = 1;

const pageSize = 50;

/** So far back is looked at most, in pages: a channel that got 500 videos since is not one that this program filled. */
const maxPages = 10;

/** Clocks differ, and a list may be in the order of something else than what it says, in ms. */
const marginMs = 15 * 60_000;

/** With what the channel is asked. */
export type ChannelCaller = {
  readonly client: youtube_v3.Youtube;
  readonly caller: Caller;
  readonly channelId: string;
  readonly signal: AbortSignal;
};

/** What a film that may be on the channel is known by. */
export type Sought = {
  /** The file name that YouTube was told. */
  readonly mark: string;
  /** Titles that it may have. */
  readonly titles: readonly string[];
  readonly sizeBytes: number;
  /** It cannot be older, ISO 8601. */
  readonly since: string;
};

/** Whether it is there; `unsure` while YouTube has not looked at a video that may be it. */
export type Search =
  { readonly kind: 'found'; readonly videoId: string } | { readonly kind: 'absent' | 'unsure' };

/**
 * Looks for a film among the newest uploads of the owner's channel: 3 units, as a rule. The owner is told of each video the name and the
 * size of its file, once it has been looked at: https://developers.google.com/youtube/v3/docs/videos#fileDetails
 * @throws what {@link call} throws
 */
export async function findOnChannel(asked: ChannelCaller, sought: Sought): Promise<Search> {
  const { client, caller, signal } = asked;
  const playlistId = await findUploads(asked);
  const sinceMs = Date.parse(sought.since) - marginMs;
  let isUnsure = false;
  let after: string | undefined;
  for (let page = 0; page < maxPages; page++) {
    const list = await listPage(asked, playlistId, after);
    if (list === undefined) break;
    const ids = (list.items ?? []).flatMap(({ contentDetails }) => contentDetails?.videoId ?? []);
    if (ids.length === 0) break;
    const { data } = await call(caller, { operation: 'videos.list', units: listUnits, signal }, (options) =>
      client.videos.list(
        { part: ['snippet', 'status', 'fileDetails', 'processingDetails'], id: ids, maxResults: pageSize },
        options,
      ),
    );
    for (const video of data.items ?? []) {
      const verdict = judge(video, sought, sinceMs);
      if (verdict === 'ours' && typeof video.id === 'string') return { kind: 'found', videoId: video.id };
      isUnsure ||= verdict === 'unsure';
    }
    const isOld = (list.items ?? []).every(({ snippet }) => Date.parse(snippet?.publishedAt ?? '') < sinceMs);
    after = list.nextPageToken ?? undefined;
    if (isOld || after === undefined) break;
  }
  return { kind: isUnsure ? 'unsure' : 'absent' };
}

/** The list of everything that was uploaded. */
async function findUploads({ client, caller, channelId, signal }: ChannelCaller): Promise<string> {
  const { data } = await call(caller, { operation: 'channels.list', units: listUnits, signal }, (options) =>
    client.channels.list({ part: ['contentDetails'], id: [channelId], maxResults: 1 }, options),
  );
  const uploads = data.items?.[0]?.contentDetails?.relatedPlaylists?.uploads;
  if (typeof uploads === 'string') return uploads;
  throw new PatternPivotError('not_found.channel', `YouTube knows no channel ${channelId} any more.`, {
    hint: 'Sign in again as the owner of a channel: pivot auth login --allow upload',
    context: { channelId },
  });
}

/** Undefined where there is no list: a channel without uploads has none. */
async function listPage(
  { client, caller, signal }: ChannelCaller,
  playlistId: string,
  after: string | undefined,
): Promise<youtube_v3.Schema$PlaylistItemListResponse | undefined> {
  const params = {
    part: ['snippet', 'contentDetails'],
    playlistId,
    maxResults: pageSize,
    ...(after === undefined ? {} : { pageToken: after }),
  };
  try {
    const { data } = await call(
      caller,
      { operation: 'playlistItems.list', units: listUnits, signal },
      (options) => client.playlistItems.list(params, options),
    );
    return data;
  } catch (error) {
    if (error instanceof PatternPivotError && error.code === 'not_found.youtube') return undefined;
    throw error;
  }
}

/** Whether a video of the channel is the film that is sought. */
export function judge(
  { snippet, status, fileDetails }: youtube_v3.Schema$Video,
  { mark, titles, sizeBytes }: Pick<Sought, 'mark' | 'titles' | 'sizeBytes'>,
  sinceMs: number,
): 'ours' | 'other' | 'unsure' {
  if (status?.uploadStatus === 'deleted' || status?.failureReason === 'uploadAborted') return 'other';
  const isNew = Date.parse(snippet?.publishedAt ?? '') >= sinceMs;
  const isTitled = titles.some((title) => simplify(title) === simplify(snippet?.title ?? ''));
  const size = fileDetails?.fileSize;
  const name = fileDetails?.fileName ?? '';
  if (typeof size !== 'string' && typeof size !== 'number') {
    if (name === mark) return 'ours';
    return isNew && isTitled ? 'unsure' : 'other';
  }
  if (Number(size) !== sizeBytes) return 'other';
  if (name === mark) return 'ours';
  // Another film of ours, whatever it is called.
  if (/^pivot-[\w-]+\.mp4$/u.test(name)) return 'other';
  return isNew && isTitled ? 'ours' : 'other';
}

function simplify(title: string): string {
  return title.normalize('NFC').replaceAll(/\s+/gu, ' ').trim();
}
