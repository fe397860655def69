import { PatternPivotError } from '../../domain/errors.ts';
import { platformCollections, platformVideoSchema, type PlatformChannel } from '../../domain/platform.ts';
import type { PlatformReference } from '../../domain/platform-reference.ts';
import type { Platform, PlatformCall } from '../../ports/platform.ts';
import type { Records } from '../../ports/records.ts';
import type { StageContext } from '../../stages/stage.ts';
import { runStep, type RecipeContext } from '../events.ts';
import { readProgress, writeChannel, writeProgress, writeVideos, type SyncProgress } from './sync-records.ts';

/** What a sync is asked for. */
export type SyncOptions = {
  /** Only look for new videos, and leave the figures of the others as they are. */
  readonly isNewOnly: boolean;
  /** Whether the caption tracks of the videos that were read are listed too: 50 units each. */
  readonly withCaptions: boolean;
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

/** Ids that one request takes. */
const batchSize = 50;

/** A stopped refresh older than this is begun anew: its first figures are as old. */
const refreshPatienceMs = 24 * 3_600_000;

type Run = SyncPorts & {
  readonly call: PlatformCall;
  readonly context: RecipeContext;
  readonly options: SyncOptions;
  /** What was read in this run: it needs no refreshing. */
  readonly fresh: Set<string>;
  readonly captions: Record<string, readonly string[]>;
  newCount: number;
  refreshedCount: number;
  goneCount: number;
};

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
  const call: PlatformCall = { signal: context.signal, at: new Date().toISOString() };
  const counts = { fresh: new Set<string>(), captions: {}, newCount: 0, refreshedCount: 0, goneCount: 0 };
  const run: Run = { ...ports, call, context, options, ...counts };
  if (reference.kind === 'video') return syncVideo(run, reference.id);
  const list = await findList(run, reference);
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
    await listCaptions(run, [id]);
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
  { platform, call }: Run,
): SyncProgress {
  const isOwn = platform.under === `owner:${about.channelId}`;
  return {
    version: 1,
    ...about,
    isWhole: false,
    fetched: { at: call.at, under: isOwn ? platform.under : 'public' },
  };
}

async function syncList(run: Run, list: SyncProgress): Promise<void> {
  let progress = list;
  const isBegun = progress.isWhole || progress.next !== undefined;
  await runStep(
    run.context,
    'sync',
    async (step) => {
      if (isBegun) progress = await readNew(run, progress);
      if (!progress.isWhole) progress = await readRest(run, progress, step);
    },
    { detail: () => `${run.newCount} new` },
  );
  if (!isBegun || run.options.isNewOnly) return;
  await runStep(run.context, 'refresh', (step) => refresh(run, progress, step), {
    detail: () => `${run.refreshedCount} videos`,
  });
}

/** Looks at the head of a list until a page on which all is known. Costs one unit where nothing is new, and two for up to 50 new ones. */
async function readNew(run: Run, progress: SyncProgress): Promise<SyncProgress> {
  const { platform, records, call } = run;
  let after: string | undefined;
  let etag: string | undefined;
  do {
    const asked = after === undefined ? { etag: progress.etag } : { after };
    const page = await platform.listPlaylist(progress.playlistId, { ...call, ...asked });
    if (page === 'unchanged') break;
    if (after === undefined) etag = page.etag;
    const known = await records.getAll(platformCollections.videos, page.items);
    const unknown = page.items.filter((id) => !known.has(id));
    await read(run, unknown, progress);
    if (unknown.length < page.items.length || page.items.length === 0) break;
    after = page.next;
  } while (after !== undefined);
  const looked = { ...progress, ...(etag === undefined ? {} : { etag }) };
  await writeProgress(records, looked);
  return looked;
}

/** Reads a list to its end from where it was left, and writes down how far after each page. */
async function readRest(run: Run, list: SyncProgress, { report }: StageContext): Promise<SyncProgress> {
  const { platform, records, call } = run;
  let progress = list;
  let done = 0;
  while (true) {
    const page = await platform.listPlaylist(progress.playlistId, { ...call, after: progress.next });
    if (page === 'unchanged') break;
    const known = await records.getAll(platformCollections.videos, page.items);
    await read(
      run,
      page.items.filter((id) => !known.has(id)),
      progress,
    );
    done += page.items.length;
    report({ done, total: Math.max(done, page.totalCount ?? 0), unit: 'videos' });
    const { next: _, ...rest } = progress;
    progress =
      page.next === undefined
        ? {
            ...rest,
            isWhole: true,
            ...(page.etag === undefined || list.next !== undefined ? {} : { etag: page.etag }),
          }
        : { ...rest, next: page.next };
    await writeProgress(records, progress);
    if (page.next === undefined) break;
  }
  return progress;
}

/** Reads videos that were not known. Those that are deleted or private are told nothing of, and asked for again only when the list is read again. */
async function read(
  run: Run,
  ids: readonly string[],
  { playlistId, isUploads }: SyncProgress,
): Promise<void> {
  const { platform, records, call, fresh } = run;
  for (const batch of inBatches(ids)) {
    const videos = await platform.readVideos(batch, call);
    await writeVideos(records, videos, isUploads ? undefined : playlistId);
    for (const { about } of videos) fresh.add(about.id);
    run.newCount += videos.length;
    await listCaptions(
      run,
      videos.map(({ about }) => about.id),
    );
  }
}

/** Reads the figures of all known videos of a list again, 50 a unit, in the order of their ids; goes on where an earlier one was stopped. */
async function refresh(run: Run, list: SyncProgress, { report }: StageContext): Promise<void> {
  const { platform, records, call, fresh } = run;
  const isGoingOn =
    list.refresh !== undefined &&
    Date.parse(call.at) - Date.parse(list.refresh.startedAt) < refreshPatienceMs;
  const startedAt = isGoingOn ? list.refresh!.startedAt : call.at;
  const from = isGoingOn ? list.refresh!.after : undefined;
  let total = 0;
  for await (const id of listVideoIds(records, list, from, call.signal)) if (!fresh.has(id)) total++;
  let done = 0;
  let batch: string[] = [];
  const finish = async () => {
    if (batch.length === 0) return;
    const ids = batch;
    batch = [];
    const videos = await platform.readVideos(ids, call);
    await writeVideos(records, videos, list.isUploads ? undefined : list.playlistId);
    run.refreshedCount += videos.length;
    run.goneCount += ids.length - videos.length;
    done += ids.length;
    report({ done, total, unit: 'videos' });
    await writeProgress(records, { ...list, refresh: { startedAt, after: ids.at(-1)! } });
  };
  for await (const id of listVideoIds(
    records,
    list,
    isGoingOn ? list.refresh!.after : undefined,
    call.signal,
  )) {
    if (fresh.has(id)) continue;
    batch.push(id);
    if (batch.length === batchSize) await finish();
  }
  await finish();
  const { refresh: _, ...whole } = list;
  // What was read longest ago was read now: lists and videos that everybody may see expire together, and are read anew together.
  await writeProgress(records, { ...whole, fetched: { ...whole.fetched, at: startedAt } });
}

/** The known videos of a list, by id. */
async function* listVideoIds(
  records: Records,
  { channelId, playlistId, isUploads }: SyncProgress,
  from: string | undefined,
  signal: AbortSignal,
): AsyncIterable<string> {
  let after = from;
  do {
    signal.throwIfAborted();
    const page = await records.list(platformCollections.videos, { after, limit: 500 });
    for (const { value } of page.records) {
      const video = platformVideoSchema.safeParse(value).data;
      if (video === undefined) continue;
      if (isUploads ? video.channelId === channelId : video.playlistIds.includes(playlistId)) yield video.id;
    }
    after = page.next;
  } while (after !== undefined);
}

async function listCaptions(run: Run, ids: readonly string[]): Promise<void> {
  if (!run.options.withCaptions) return;
  for (const id of ids) {
    const tracks = await run.platform.listCaptions(id, run.call);
    run.captions[id] = tracks.map(({ language, isAutomatic }) =>
      isAutomatic ? `${language} (automatic)` : language,
    );
  }
}

function inBatches(ids: readonly string[]): string[][] {
  return Array.from({ length: Math.ceil(ids.length / batchSize) }, (_, at) =>
    ids.slice(at * batchSize, (at + 1) * batchSize),
  );
}

function notFound(message: string): PatternPivotError {
  return new PatternPivotError('not_found.youtube', message, {
    hint: 'Check the address; what is private can only be read by its owner (pivot auth login).',
  });
}
