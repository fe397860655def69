import { PatternPivotError } from '../../domain/errors.ts';
import { platformCollections, type PlatformChannel } from '../../domain/platform.ts';
import type { PlatformReference } from '../../domain/platform-reference.ts';
import type { Platform, PlatformCall } from '../../ports/platform.ts';
import type { Records } from '../../ports/records.ts';
import { runStep, type RecipeContext } from '../events.ts';
import { readCaptions, readNew, readWhole, refresh, type SyncRun } from './sync-list.ts';
import { readProgress, writeChannel, writeVideos, type SyncProgress } from './sync-records.ts';

/** What a sync is asked for. */
export type SyncOptions = {
  /** Only look for new videos, and leave the figures of the others as they are. */
  readonly isNewOnly: boolean;
  /** Whether the caption tracks of the videos that were read are listed too: 50 units each. */
  readonly withCaptions: boolean;
  /** The moment that all of it is taken to be read at, ISO 8601. Runs that have it in common read no video twice. Default: now. */
  readonly at?: string;
};

/** What a sync needs from the world. */
export type SyncPorts = {
  readonly records: Records;
  readonly platform: Platform;
};

/** What a sync did. */
export type SyncResult = {
  readonly title: string;
  readonly channelId: string;
  /** Videos that were not known before. */
  readonly newCount: number;
  /** Videos that were known, and whose figures were read again. */
  readonly refreshedCount: number;
  /** Known videos that the platform tells nothing of any more: deleted, or private now. */
  readonly goneCount: number;
  /** Caption tracks by video, where they were asked for. */
  readonly captions: Readonly<Record<string, readonly string[]>>;
  /** Why it stopped before its end: the day's quota. The next run goes on there. */
  readonly stopped?: PatternPivotError | undefined;
};

type Run = SyncRun & { readonly context: RecipeContext; readonly options: SyncOptions };

/**
 * Brings what is known of a channel, a playlist or a video up to date, and writes down how each video fares. The first time all of a list is read, page by
 * page; after that what is new at its head, and the figures of all. Whatever was read is written at once, and how far: stopped by the quota, a kill or
 * the network, the next run goes on there.
 * @throws not_found.youtube, provider.*, cancelled.*; at the quota's end it does not throw but says so in the result
 */
export async function sync(
  reference: PlatformReference,
  options: SyncOptions,
  ports: SyncPorts,
  context: RecipeContext,
): Promise<SyncResult> {
  const { withCaptions, at = new Date().toISOString() } = options;
  const call: PlatformCall = { signal: context.signal, at };
  const counts = { captions: {}, newCount: 0, refreshedCount: 0, goneCount: 0 };
  const run: Run = { ...ports, call, context, options, withCaptions, ...counts };
  if (reference.kind === 'video') return syncVideo(run, reference.id);
  const list = adopt(run, await findList(run, reference));
  let stopped: PatternPivotError | undefined;
  try {
    await syncList(run, list);
  } catch (error) {
    if (!(error instanceof PatternPivotError) || !isQuotaEnd(error)) throw error;
    stopped = error;
  }
  return resultOf(run, list, stopped);
}

/** Whether it is the day's quota, the platform's or the user's own, that is at its end. */
export function isQuotaEnd({ code }: PatternPivotError): boolean {
  return code === 'conflict.budget_reached' || code === 'conflict.quota_exceeded';
}

function resultOf(
  { newCount, refreshedCount, goneCount, captions }: Run,
  { title, channelId }: Pick<SyncProgress, 'title' | 'channelId'>,
  stopped: PatternPivotError | undefined,
): SyncResult {
  const counts = { newCount, refreshedCount, goneCount, captions };
  return { title, channelId, ...counts, ...(stopped === undefined ? {} : { stopped }) };
}

async function syncVideo(run: Run, id: string): Promise<SyncResult> {
  const { platform, records, call } = run;
  const [video] = await platform.readVideos([id], call);
  if (video === undefined) throw notFound(`There is no video ${id}, or it is private.`);
  const isKnown = (await records.get(platformCollections.videos, id)) !== undefined;
  await writeVideos(records, [video], undefined);
  if (isKnown) run.refreshedCount++;
  else run.newCount++;
  const { title, channelId } = video.about;
  let stopped: PatternPivotError | undefined;
  try {
    await readCaptions(run, [video.about]);
  } catch (error) {
    if (!(error instanceof PatternPivotError) || !isQuotaEnd(error)) throw error;
    stopped = error;
  }
  return resultOf(run, { title, channelId }, stopped);
}

/** How far the list is read that is meant; a channel is its uploads. Costs one unit the first time, and later only where figures are read. */
async function findList(
  run: Run,
  reference: Exclude<PlatformReference, { kind: 'video' }>,
): Promise<SyncProgress> {
  const { platform, records, call, options } = run;
  if (reference.kind === 'playlist') {
    const before = await readProgress(records, reference.id);
    if (before !== undefined) return before;
    const playlist = await platform.findPlaylist(reference.id, call);
    if (playlist === undefined) throw notFound(`There is no playlist ${reference.id}, or it is private.`);
    const { title, channelId } = playlist;
    return begin({ playlistId: reference.id, channelId, title, isUploads: false }, run);
  }
  const known = reference.kind === 'channel' ? await readKnownChannel(records, reference.id) : undefined;
  if (known !== undefined && options.isNewOnly) {
    const before = await readProgress(records, known.uploadsPlaylistId);
    if (before !== undefined) return before;
  }
  const channel = await platform.findChannel(reference, call);
  if (channel === undefined) throw notFound('YouTube knows no such channel.');
  await writeChannel(records, channel);
  const { id, title, uploadsPlaylistId } = channel.about;
  const before = await readProgress(records, uploadsPlaylistId);
  return before ?? begin({ playlistId: uploadsPlaylistId, channelId: id, title, isUploads: true }, run);
}

async function readKnownChannel(
  records: Records,
  id: string,
): Promise<Pick<PlatformChannel, 'uploadsPlaylistId'> | undefined> {
  const value = (await records.get(platformCollections.channels, id))?.value;
  const uploadsPlaylistId = (value as { uploadsPlaylistId?: unknown } | undefined)?.uploadsPlaylistId;
  return typeof uploadsPlaylistId === 'string' ? { uploadsPlaylistId } : undefined;
}

function begin(
  about: Pick<SyncProgress, 'playlistId' | 'channelId' | 'title' | 'isUploads'>,
  run: Run,
): SyncProgress {
  return { version: 1, ...about, isWhole: false, fetched: fetchedOf(about, run) };
}

/** Owners see more than everybody: when the right changes, all of a list is read anew, and its videos too. */
function adopt(run: Run, list: SyncProgress): SyncProgress {
  const fetched = fetchedOf(list, run);
  if (fetched.under === list.fetched.under) return list;
  const { playlistId, channelId, title, isUploads, totalCount } = list;
  const begun = begin({ playlistId, channelId, title, isUploads }, run);
  return { ...begun, mustRefresh: true, ...(totalCount === undefined ? {} : { totalCount }) };
}

function fetchedOf(
  { channelId }: Pick<SyncProgress, 'channelId'>,
  { platform, call }: Run,
): SyncProgress['fetched'] {
  return { at: call.at, under: platform.under === `owner:${channelId}` ? platform.under : 'public' };
}

async function syncList(run: Run, list: SyncProgress): Promise<void> {
  const { context, options } = run;
  const wasWhole = list.isWhole;
  let progress = list;
  await runStep(
    context,
    'sync',
    async (step) => {
      const isBegun = progress.isWhole || progress.position !== undefined;
      if (isBegun && progress.isUploads) progress = await readNew(run, progress);
      if (!progress.isWhole || !progress.isUploads) progress = await readWhole(run, progress, step);
    },
    { detail: () => `${run.newCount} new` },
  );
  // What was just read for the first time is as fresh as can be.
  if ((!wasWhole || options.isNewOnly) && progress.mustRefresh !== true) return;
  await runStep(context, 'refresh', (step) => refresh(run, progress, step), {
    detail: () => `${run.refreshedCount} videos`,
  });
}

function notFound(message: string): PatternPivotError {
  return new PatternPivotError('not_found.youtube', message, {
    hint: 'Check the address; what is private can only be read by its owner (pivot auth login).',
  });
}
