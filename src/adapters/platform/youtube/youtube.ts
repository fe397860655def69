import { setTimeout as wait } from 'node:timers/promises';
import { youtube, type youtube_v3 } from '@googleapis/youtube';
import { PatternPivotError } from '../../../domain/errors.ts';
import type { ChannelReference } from '../../../domain/platform-reference.ts';
import type { CaptionTrack, Platform } from '../../../ports/platform.ts';
import type { YouTubeAccess } from './access.ts';
import { call, type Caller } from './call.ts';
import { readChannel, readPlaylist, readVideo } from './read-resources.ts';

/** What YouTube is asked with. */
export type YouTubeOptions = {
  readonly access: YouTubeAccess;
  readonly ledger: Caller['ledger'];
  /** `https://youtube.googleapis.com`, or what stands in its place. */
  readonly apiUrl: string;
  /** Waits so many ms. Default: the clock. */
  readonly sleep?: Caller['sleep'];
};

/** Units that requests cost: https://developers.google.com/youtube/v3/determine_quota_cost */
const listUnits = 1;
const captionUnits = 50;

/** So many at once are answered: https://developers.google.com/youtube/v3/docs/videos/list */
export const idsPerRequest = 50;

const channelParts = ['snippet', 'contentDetails', 'statistics'];
const videoParts = ['snippet', 'contentDetails', 'statistics', 'status'];

/** YouTube Data API v3 by Google's own client. */
export function createYouTube({ access, ledger, apiUrl, sleep = waitFor }: YouTubeOptions): Platform {
  const { under, auth } = access;
  const client = youtube({ version: 'v3', auth });
  const caller: Caller = { ledger, rootUrl: `${apiUrl.replace(/\/$/u, '')}/`, sleep };
  return {
    under,
    async findChannel(reference, { signal, at }) {
      const params = { part: channelParts, maxResults: 1, ...channelFilter(reference) };
      const { data } = await call(
        caller,
        { operation: 'channels.list', units: listUnits, signal },
        (options) => client.channels.list(params, options),
      );
      const [item] = data.items ?? [];
      return item === undefined ? undefined : readChannel(item, { at, under });
    },
    async findPlaylist(id, { signal }) {
      const { data } = await call(
        caller,
        { operation: 'playlists.list', units: listUnits, signal },
        (options) => client.playlists.list({ part: ['snippet'], id: [id], maxResults: 1 }, options),
      );
      return readPlaylist(data.items?.[0]);
    },
    async listPlaylist(playlistId, { signal, after, etag }) {
      const params = {
        part: ['contentDetails'],
        playlistId,
        maxResults: idsPerRequest,
        ...(after === undefined ? {} : { pageToken: after }),
      };
      const { status, data } = await call(
        caller,
        { operation: 'playlistItems.list', units: listUnits, signal, etag },
        (options) => client.playlistItems.list(params, options),
      );
      if (status === 304) return 'unchanged';
      const items = (data.items ?? []).flatMap(({ contentDetails }) =>
        typeof contentDetails?.videoId === 'string' ? [contentDetails.videoId] : [],
      );
      return {
        items,
        next: data.nextPageToken ?? undefined,
        etag: data.etag ?? undefined,
        totalCount: data.pageInfo?.totalResults ?? undefined,
      };
    },
    async readVideos(ids, { signal, at }) {
      if (ids.length === 0) return [];
      if (ids.length > idsPerRequest) {
        throw new PatternPivotError('tool.too_many_ids', `${ids.length} videos cannot be asked for at once.`);
      }
      const params = { part: videoParts, id: [...ids], maxResults: idsPerRequest };
      const { data } = await call(caller, { operation: 'videos.list', units: listUnits, signal }, (options) =>
        client.videos.list(params, options),
      );
      const wanted = new Set(ids);
      return (data.items ?? []).flatMap((item) => {
        const video = readVideo(item, { at, under });
        return video === undefined || !wanted.has(video.about.id) ? [] : [video];
      });
    },
    async listCaptions(videoId, { signal }) {
      const { data } = await call(
        caller,
        { operation: 'captions.list', units: captionUnits, signal },
        (options) => client.captions.list({ part: ['snippet'], videoId }, options),
      );
      return { tracks: (data.items ?? []).flatMap(readTrack), raw: data };
    },
  };
}

function waitFor(ms: number, signal: AbortSignal): Promise<unknown> {
  return wait(ms, undefined, { signal });
}

function channelFilter(reference: ChannelReference): youtube_v3.Params$Resource$Channels$List {
  switch (reference.kind) {
    case 'channel':
      return { id: [reference.id] };
    case 'handle':
      return { forHandle: reference.handle };
    case 'user':
      return { forUsername: reference.name };
  }
}

function readTrack({ id, snippet }: youtube_v3.Schema$Caption): CaptionTrack[] {
  if (typeof id !== 'string' || typeof snippet?.language !== 'string') return [];
  return [
    {
      id,
      language: snippet.language.slice(0, 35),
      name: (snippet.name ?? '').slice(0, 200),
      isAutomatic: snippet.trackKind?.toLowerCase() === 'asr',
    },
  ];
}
