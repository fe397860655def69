import type { youtube_v3 } from '@googleapis/youtube';
import { PatternPivotError } from '../../domain/errors.ts';
import type { Publication, Published } from '../../ports/publisher.ts';
import { call, type Caller } from '../platform/youtube/call.ts';
import { readDuration } from '../platform/youtube/read-resources.ts';
import { listSteps } from './youtube-steps.ts';
import { toVideoResource } from './youtube-metadata.ts';
import type { Upload, HeldUpload } from './youtube-record.ts';

/** Units that a look costs: https://developers.google.com/youtube/v3/determine_quota_cost */
const listUnits = 1;

/** The first wait between two looks, and the longest, in ms. */
const firstLookMs = 5000;
const longestLookMs = 60_000;

/** A video that was just made may not be shown yet, even to its owner, in ms. */
const appearsMs = 180_000;

/** Longest of a short, and its shape: https://support.google.com/youtube/answer/15424877 */
const longestShortMs = 180_000;

/** What is asked for to see how a video stands. */
const lookedParts = ['snippet', 'status', 'contentDetails', 'fileDetails', 'processingDetails'];

/** With what a video is watched. */
export type WatchParts = {
  readonly client: youtube_v3.Youtube;
  readonly caller: Caller;
  readonly signal: AbortSignal;
  readonly held: HeldUpload;
  /** Ms since 1970. */
  readonly now: () => number;
  /** So long it is watched at most, in ms. */
  readonly patienceMs: number;
};

/**
 * Watches a video until YouTube has processed it, which ends its uploading. Where that takes longer than we have patience, it is told as
 * it stands. @throws provider.youtube_rejected, provider.youtube_video_gone, and what {@link call} throws
 */
export async function watchVideo(
  { client, caller, signal, held, now, patienceMs }: WatchParts,
  videoId: string,
  report: (what: string) => void,
): Promise<youtube_v3.Schema$Video> {
  const startedMs = now();
  let lookMs = firstLookMs;
  for (;;) {
    await held.save({});
    const { data } = await call(caller, { operation: 'videos.list', units: listUnits, signal }, (options) =>
      client.videos.list({ part: lookedParts, id: [videoId], maxResults: 1 }, options),
    );
    const video = data.items?.find(({ id }) => id === videoId);
    const status = video?.status?.uploadStatus;
    if (status === 'rejected' || status === 'failed') throw rejected(videoId, video?.status ?? {});
    const elapsedMs = now() - startedMs;
    if (status === 'deleted' || (video === undefined && elapsedMs > appearsMs)) throw gone(videoId);
    if (video !== undefined && (isProcessed(video) || elapsedMs > patienceMs)) return video;
    report(describeProcessing(video));
    await caller.sleep(lookMs, signal);
    lookMs = Math.min(longestLookMs, lookMs * 1.5);
  }
}

/** Processed, and its file looked at: sizes and shape are known only then. */
function isProcessed({ status, processingDetails, fileDetails }: youtube_v3.Schema$Video): boolean {
  if (status?.uploadStatus !== 'processed') return false;
  return fileDetails !== undefined || processingDetails?.fileDetailsAvailability !== 'inProgress';
}

function describeProcessing(video: youtube_v3.Schema$Video | undefined): string {
  const { partsProcessed, partsTotal } = video?.processingDetails?.processingProgress ?? {};
  const [done, all] = [Number(partsProcessed ?? Number.NaN), Number(partsTotal ?? Number.NaN)];
  const share = done >= 0 && all > 0 ? ` (${Math.min(100, Math.round((100 * done) / all))} %)` : '';
  return `YouTube is processing it${share}`;
}

/** What became of it, in YouTube's own words, and where that is not what was asked. */
export function tellPublished(
  video: youtube_v3.Schema$Video,
  publication: Publication,
  { upload, nowMs }: { readonly upload: Upload; readonly nowMs: number },
): Published & { readonly url: string; readonly found: Readonly<Record<string, string>> } {
  const id = video.id ?? '';
  const { snippet, status, fileDetails, contentDetails } = video;
  const asked = toVideoResource(publication);
  const isShort = readIsShort(video);
  const differences: { what: string; asked: string; got: string }[] = [];
  const compare = (what: string, wanted: string, got: string) => {
    if (wanted !== got) differences.push({ what, asked: wanted, got: clean(got) });
  };

  const wantedMs = publication.publishAt === undefined ? undefined : Date.parse(publication.publishAt);
  const isDue = wantedMs !== undefined && wantedMs <= nowMs;
  const isOut = isDue && status?.privacyStatus === 'public';
  if (!isOut) {
    compare('privacy', asked.status?.privacyStatus ?? '', status?.privacyStatus ?? 'not said');
    const got = Date.parse(status?.publishAt ?? '');
    if (wantedMs !== undefined && !isDue) {
      compare('publish at', toIso(wantedMs), Number.isNaN(got) ? 'not planned' : toIso(got));
    }
  }
  compare('title', publication.title.trim(), snippet?.title ?? '');
  compare('description', publication.description.trim(), (snippet?.description ?? '').trim());
  compare('category', asked.snippet?.categoryId ?? '', snippet?.categoryId ?? 'not said');
  const synthetic = status?.containsSyntheticMedia ?? false;
  compare('marked as synthetic', yesOrNo(publication.isSynthetic), yesOrNo(synthetic));
  const forKids = status?.madeForKids ?? status?.selfDeclaredMadeForKids;
  if (typeof forKids === 'boolean') {
    compare('made for kids', yesOrNo(publication.isMadeForKids), yesOrNo(forKids));
  }
  if (publication.isShort !== undefined && isShort !== undefined) {
    compare('short', yesOrNo(publication.isShort), yesOrNo(isShort));
  }
  const size = Number(fileDetails?.fileSize ?? Number.NaN);
  if (Number.isSafeInteger(size)) compare('bytes', String(publication.film.sizeBytes), String(size));
  if (status?.uploadStatus !== 'processed') {
    compare('processing', 'processed', status?.uploadStatus ?? 'not said');
  }
  for (const step of listSteps(publication)) {
    if (upload.steps[step] === 'refused') compare(step, 'done', upload.refusals[step] ?? 'refused');
  }
  return {
    target: 'youtube',
    id,
    url: isShort === true ? `https://www.youtube.com/shorts/${id}` : `https://www.youtube.com/watch?v=${id}`,
    at: toIso(nowMs),
    found: {
      privacy: clean(status?.privacyStatus ?? 'not said'),
      ...(typeof status?.publishAt === 'string' ? { publishAt: clean(status.publishAt) } : {}),
      short: isShort === undefined ? 'not known' : yesOrNo(isShort),
      synthetic: yesOrNo(synthetic),
      upload: clean(status?.uploadStatus ?? 'not said'),
      ...(typeof contentDetails?.duration === 'string' ? { duration: clean(contentDetails.duration) } : {}),
    },
    differences,
  };
}

/**
 * Whether YouTube shows it as a short, which it decides by the file: square or taller, and 180 s at most. Nothing of the API says it, so it is
 * read from what YouTube measured; undefined where it did not.
 */
export function readIsShort({ fileDetails, contentDetails }: youtube_v3.Schema$Video): boolean | undefined {
  const [stream] = fileDetails?.videoStreams ?? [];
  const measuredMs = Number(fileDetails?.durationMs ?? Number.NaN);
  const durationMs = measuredMs > 0 ? measuredMs : readDuration(contentDetails?.duration);
  const [width, height] = [
    Number(stream?.widthPixels ?? Number.NaN),
    Number(stream?.heightPixels ?? Number.NaN),
  ];
  if (durationMs === undefined || !(width > 0) || !(height > 0)) return undefined;
  const isTurned = stream?.rotation === 'clockwise' || stream?.rotation === 'counterClockwise';
  return (isTurned ? width >= height : height >= width) && durationMs <= longestShortMs;
}

function yesOrNo(is: boolean): string {
  return is ? 'yes' : 'no';
}

function toIso(ms: number): string {
  return new Date(ms).toISOString();
}

/** What a server says is shown in a terminal. */
function clean(text: string): string {
  return text.replaceAll(/[\p{Cc}\u200b-\u200f\u202a-\u202e\u2060-\u2069]/gu, ' ').slice(0, 300);
}

function rejected(videoId: string, status: youtube_v3.Schema$VideoStatus): PatternPivotError {
  const reason = clean(status.rejectionReason ?? status.failureReason ?? 'no reason was given');
  return new PatternPivotError('provider.youtube_rejected', `YouTube did not take the video: ${reason}.`, {
    hint: `Look at it in YouTube Studio: https://studio.youtube.com/video/${videoId}/edit. It is not sent again by itself.`,
    context: { videoId, reason },
  });
}

function gone(videoId: string): PatternPivotError {
  return new PatternPivotError('provider.youtube_video_gone', `The video ${videoId} is not on the channel.`, {
    hint: 'Somebody may have deleted it. It is not sent again by itself.',
    context: { videoId },
  });
}
