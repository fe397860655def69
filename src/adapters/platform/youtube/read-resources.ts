import type { youtube_v3 } from '@googleapis/youtube';
import { readChapters } from '../../../domain/chapters.ts';
import {
  platformChannelSchema,
  platformVideoSchema,
  snapshotSchema,
  type Fetched,
  type PlatformChannel,
  type PlatformVideo,
} from '../../../domain/platform.ts';
import type { Described } from '../../../ports/platform.ts';

/**
 * What YouTube's resources mean to us: https://developers.google.com/youtube/v3/docs. All of it is what strangers wrote: texts are bounded and
 * cleaned, figures read as numbers, and what cannot be meant is left out.
 */

/** A channel; undefined for a resource without an id or uploads. `under`: by which right it was fetched. */
export function readChannel(
  raw: youtube_v3.Schema$Channel,
  { at, under }: Fetched,
): Described<PlatformChannel> | undefined {
  const { id, snippet, statistics, contentDetails } = raw;
  const uploadsPlaylistId = contentDetails?.relatedPlaylists?.uploads;
  if (typeof id !== 'string' || typeof uploadsPlaylistId !== 'string') return undefined;
  const fetched = fetchedOf(id, { at, under });
  const about = platformChannelSchema.safeParse({
    version: 1,
    id,
    title: cleanLine(snippet?.title, 500),
    handle: optional(cleanLine(snippet?.customUrl, 100)),
    description: cleanText(snippet?.description, 10_000),
    uploadsPlaylistId,
    publishedAt: readDate(snippet?.publishedAt),
    thumbnailUrl: readThumbnail(snippet?.thumbnails),
    fetched,
  });
  if (!about.success) return undefined;
  const snapshot = snapshotSchema.parse({
    version: 1,
    of: 'channel',
    subjectId: id,
    views: readCount(statistics?.viewCount),
    subscribers:
      statistics?.hiddenSubscriberCount === true ? undefined : readCount(statistics?.subscriberCount),
    videos: readCount(statistics?.videoCount),
    fetched,
  });
  return { about: about.data, snapshot, raw };
}

/** Whose playlist it is, and its name; undefined where that is not said. */
export function readPlaylist(
  raw: youtube_v3.Schema$Playlist | undefined,
): { readonly title: string; readonly channelId: string } | undefined {
  const { title, channelId } = raw?.snippet ?? {};
  if (typeof channelId !== 'string' || !/^[\w-]{1,64}$/u.test(channelId)) return undefined;
  return { title: cleanLine(title, 500), channelId };
}

/** A video; undefined for a resource that lacks what every video has. */
export function readVideo(
  raw: youtube_v3.Schema$Video,
  { at, under }: Fetched,
): Described<PlatformVideo> | undefined {
  const { id, snippet, status, statistics, contentDetails } = raw;
  const channelId = snippet?.channelId;
  if (typeof id !== 'string' || typeof channelId !== 'string') return undefined;
  const fetched = fetchedOf(channelId, { at, under });
  const description = cleanText(snippet?.description, 20_000);
  const durationMs = readDuration(contentDetails?.duration);
  const about = platformVideoSchema.safeParse({
    version: 1,
    id,
    channelId,
    playlistIds: [],
    title: cleanLine(snippet?.title, 500),
    description,
    tags: (snippet?.tags ?? []).slice(0, 500).map((tag) => cleanLine(tag, 500)),
    publishedAt: readDate(snippet?.publishedAt) ?? at,
    durationMs,
    privacy: status?.privacyStatus ?? 'public',
    hasCaptions: contentDetails?.caption === 'true',
    categoryId: optional(cleanLine(snippet?.categoryId, 20)),
    language: optional(cleanLine(snippet?.defaultAudioLanguage ?? snippet?.defaultLanguage, 35)),
    thumbnailUrl: readThumbnail(snippet?.thumbnails),
    chapters: readChapters(description, durationMs),
    fetched,
  });
  if (!about.success) return undefined;
  const snapshot = snapshotSchema.parse({
    version: 1,
    of: 'video',
    subjectId: id,
    views: readCount(statistics?.viewCount),
    likes: readCount(statistics?.likeCount),
    comments: readCount(statistics?.commentCount),
    fetched,
  });
  return { about: about.data, snapshot, raw };
}

/** An owner's word counts for their own channel; of any other they see what everybody sees. */
function fetchedOf(channelId: string, { at, under }: Fetched): Fetched {
  return { at, under: under === `owner:${channelId}` ? under : 'public' };
}

/** ISO 8601 durations as YouTube writes them, `P1DT2H3M4S`; `P0D` is said of what is live or not processed yet. */
export function readDuration(text: string | null | undefined): number | undefined {
  const match = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/u.exec(text ?? '');
  if (match === null) return undefined;
  const [, days = '0', hours = '0', minutes = '0', seconds = '0'] = match;
  const ms = (((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
  return ms === 0 || !Number.isSafeInteger(ms) ? undefined : ms;
}

function readCount(text: string | null | undefined): number | undefined {
  const count = text === null || text === undefined || text === '' ? Number.NaN : Number(text);
  return Number.isSafeInteger(count) && count >= 0 ? count : undefined;
}

function readDate(text: string | null | undefined): string | undefined {
  const ms = Date.parse(text ?? '');
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}

function readThumbnail(thumbnails: youtube_v3.Schema$ThumbnailDetails | undefined): string | undefined {
  const { maxres, standard, high, medium, default: smallest } = thumbnails ?? {};
  const url = (maxres ?? standard ?? high ?? medium ?? smallest)?.url;
  return typeof url === 'string' && url.length < 2000 && /^https?:\/\//u.test(url) && URL.canParse(url)
    ? url
    : undefined;
}

/** Marks that change the direction of what stands around them, or are not seen, and controls. */
const hidden = /[\p{Cc}\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu;

function cleanLine(text: string | null | undefined, maxChars: number): string {
  return cut(
    (text ?? '').replaceAll(/\s/gu, ' ').replaceAll(hidden, '').replaceAll(/ +/gu, ' ').trim(),
    maxChars,
  );
}

function cleanText(text: string | null | undefined, maxChars: number): string {
  const clean = (text ?? '').replaceAll(hidden, (mark) => (mark === '\n' ? mark : ''));
  return cut(clean, maxChars);
}

/** Never half of a character. */
function cut(text: string, maxChars: number): string {
  return text
    .toWellFormed()
    .slice(0, maxChars)
    .replace(/[\ud800-\udbff]$/u, '');
}

function optional(text: string): string | undefined {
  return text === '' ? undefined : text;
}
