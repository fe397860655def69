import { PatternPivotError } from '../../domain/errors.ts';
import { platformCollections, platformVideoSchema } from '../../domain/platform.ts';
import type { Platform, PlatformCall, PlatformPage } from '../../ports/platform.ts';
import type { Records } from '../../ports/records.ts';
import type { StageContext } from '../../stages/stage.ts';
import {
  writeCaptions,
  writeMembership,
  writeProgress,
  writeVideos,
  type SyncProgress,
} from './sync-records.ts';

/** What reading lists needs, and what it has done. */
export type SyncRun = {
  readonly records: Records;
  readonly platform: Platform;
  readonly call: PlatformCall;
  /** Whether the caption tracks of what is read for the first time are listed too. */
  readonly withCaptions: boolean;
  readonly captions: Record<string, readonly string[]>;
  newCount: number;
  refreshedCount: number;
  goneCount: number;
};

/** Ids that one request takes. */
const batchSize = 50;

/** A stopped refresh older than this is begun anew: its first figures are as old. A new day of quota comes well before. */
const refreshPatienceMs = 3 * 24 * 3_600_000;

type ListPage = PlatformPage<string> | 'unchanged';

/** A page of a list. A channel that never had a video has no list of uploads either: that is an empty one. */
async function readPage(
  { platform, call }: SyncRun,
  { playlistId, isUploads }: SyncProgress,
  from: { readonly after?: string | undefined; readonly etag?: string | undefined },
): Promise<ListPage> {
  try {
    return await platform.listPlaylist(playlistId, { ...call, ...from });
  } catch (error) {
    const isEmpty =
      isUploads && from.after === undefined && isOurs(error) && error.code === 'not_found.youtube';
    if (!isEmpty) throw error;
    return { items: [], totalCount: 0 };
  }
}

function isOurs(error: unknown): error is PatternPivotError {
  return error instanceof PatternPivotError;
}

/**
 * Reads the uploads that came since the last time: from the newest to one that was on the first page then. What is known is no sign that what
 * is older is known too: a video may have been read by itself, and a run may have been stopped. Costs a unit where nothing is new, and two for up to 50.
 */
export async function readNew(run: SyncRun, progress: SyncProgress): Promise<SyncProgress> {
  const before = new Set(progress.head?.ids);
  const ids: string[] = [];
  let first: PlatformPage<string> | undefined;
  let after: string | undefined;
  do {
    const page = await readPage(
      run,
      progress,
      first === undefined ? { etag: progress.head?.etag } : { after },
    );
    if (page === 'unchanged') return progress;
    first ??= page;
    ids.push(...page.items);
    if (page.items.some((id) => before.has(id))) break;
    after = page.next;
  } while (after !== undefined);
  const { unknown } = await divide(run, ids);
  await readUnknown(run, unknown, progress);
  const looked = { ...progress, ...headOf(first) };
  await writeProgress(run.records, looked);
  return looked;
}

function headOf({
  items,
  etag,
  totalCount,
}: PlatformPage<string>): Pick<SyncProgress, 'head' | 'totalCount'> {
  const head = { ids: items.slice(0, batchSize), ...(etag === undefined ? {} : { etag }) };
  return { head, ...(totalCount === undefined ? {} : { totalCount }) };
}

/**
 * Reads a list to its end, from where it was left, and writes down how far after each page. A list that somebody put together is read as a whole
 * each time: what is new may stand anywhere in it, and what is known may be new there.
 */
export async function readWhole(
  run: SyncRun,
  list: SyncProgress,
  { report }: StageContext,
): Promise<SyncProgress> {
  const { records } = run;
  let progress = list;
  let left = list.position;
  let token = left?.token;
  let seen = left === undefined ? new Set<string>() : undefined;
  let mayRestart = left !== undefined;
  let done = left === undefined ? 0 : left.doneCount - left.ids.length;
  for (;;) {
    const page = await readPage(run, progress, { after: token }).catch((error: unknown) => {
      const isForgotten = mayRestart && isOurs(error) && error.code === 'conflict.page_token';
      if (!isForgotten) throw error;
    });
    if (page === 'unchanged') return progress;
    if (page === undefined || (left !== undefined && !page.items.some((id) => left?.ids.includes(id)))) {
      // The list has moved by more than a page, or its places have new names. What was read of it stays known.
      [left, token, seen, mayRestart, done] = [undefined, undefined, new Set(), false, 0];
      continue;
    }
    left = undefined;
    const { known, unknown } = await divide(run, page.items);
    await readUnknown(run, unknown, progress);
    if (!list.isUploads) await writeMembership(records, known, { playlistId: list.playlistId, isIn: true });
    for (const id of page.items) seen?.add(id);
    done += page.items.length;
    report({ done, total: Math.max(done, page.totalCount ?? 0), unit: 'videos' });
    const { position: _, ...rest } = progress;
    const isEnd = page.next === undefined;
    const ids = page.items.slice(0, batchSize);
    const place = token === undefined ? { ids, doneCount: done } : { token, ids, doneCount: done };
    progress = {
      ...rest,
      // The head of uploads is where looking for new ones ends: it is what was newest when reading them began.
      ...(token === undefined && (rest.head === undefined || !list.isUploads) ? headOf(page) : {}),
      ...(isEnd ? { isWhole: true } : { position: place }),
    };
    if (isEnd && seen !== undefined && !list.isUploads) await dropOthers(run, list, seen);
    await writeProgress(records, progress);
    if (isEnd) return progress;
    token = page.next;
  }
}

/** Videos that were taken out of a list stand in it no more. */
async function dropOthers(run: SyncRun, list: SyncProgress, seen: ReadonlySet<string>): Promise<void> {
  const { records, call } = run;
  const others: string[] = [];
  for await (const { id } of listVideos(records, list, undefined, call.signal)) {
    if (!seen.has(id)) others.push(id);
  }
  for (const ids of inBatches(others)) {
    await writeMembership(records, ids, { playlistId: list.playlistId, isIn: false });
  }
}

/** Which of the videos are known; each once. */
async function divide(
  { records }: SyncRun,
  ids: readonly string[],
): Promise<{ readonly known: readonly string[]; readonly unknown: readonly string[] }> {
  const known: string[] = [];
  const unknown: string[] = [];
  for (const batch of inBatches([...new Set(ids)])) {
    const there = await records.getAll(platformCollections.videos, batch);
    for (const id of batch) (there.has(id) ? known : unknown).push(id);
  }
  return { known, unknown };
}

/** Reads videos that were not known. Those that are deleted or private are told nothing of, and asked for again when the list is read again. */
async function readUnknown(
  run: SyncRun,
  ids: readonly string[],
  { playlistId, isUploads }: SyncProgress,
): Promise<void> {
  for (const batch of inBatches(ids)) {
    const videos = await run.platform.readVideos(batch, run.call);
    await writeVideos(run.records, videos, isUploads ? undefined : playlistId);
    run.newCount += videos.length;
    await readCaptions(
      run,
      videos.map(({ about }) => about),
    );
  }
}

/** Lists the caption tracks of videos, where that is wanted: 50 units each. */
export async function readCaptions(
  { withCaptions, platform, records, call, captions }: SyncRun,
  videos: readonly { readonly id: string; readonly fetched: SyncProgress['fetched'] }[],
): Promise<void> {
  if (!withCaptions) return;
  for (const { id, fetched } of videos) {
    const { tracks, raw } = await platform.listCaptions(id, call);
    await writeCaptions(records, id, raw, fetched);
    captions[id] = tracks.map(({ language, isAutomatic }) =>
      isAutomatic ? `${language} (automatic)` : language,
    );
  }
}

/**
 * Reads the figures of all known videos of a list again, 50 a unit, in the order of their ids; goes on where an earlier one was stopped. What was
 * read at the same moment for another list is not read again.
 */
export async function refresh(run: SyncRun, list: SyncProgress, { report }: StageContext): Promise<void> {
  const { platform, records, call } = run;
  const stopped =
    list.refresh !== undefined && Date.parse(call.at) - Date.parse(list.refresh.startedAt) < refreshPatienceMs
      ? list.refresh
      : undefined;
  const startedAt = stopped?.startedAt ?? call.at;
  const ids: string[] = [];
  for await (const { id, fetched } of listVideos(records, list, stopped?.after, call.signal)) {
    if (fetched.at < call.at) ids.push(id);
  }
  let done = 0;
  for (const batch of inBatches(ids)) {
    const videos = await platform.readVideos(batch, call);
    await writeVideos(records, videos, list.isUploads ? undefined : list.playlistId);
    run.refreshedCount += videos.length;
    run.goneCount += batch.length - videos.length;
    done += batch.length;
    report({ done, total: ids.length, unit: 'videos' });
    await writeProgress(records, { ...list, refresh: { startedAt, after: batch.at(-1)! } });
  }
  const { refresh: _refresh, mustRefresh: _mustRefresh, ...whole } = list;
  // What was read longest ago was read now: lists and videos that everybody may see expire together, and are read anew together.
  await writeProgress(records, { ...whole, fetched: { ...whole.fetched, at: startedAt } });
}

/** The known videos of a list, by id. */
async function* listVideos(
  records: Records,
  { channelId, playlistId, isUploads }: SyncProgress,
  from: string | undefined,
  signal: AbortSignal,
) {
  let after = from;
  do {
    signal.throwIfAborted();
    const page = await records.list(platformCollections.videos, { after, limit: 500 });
    for (const { value } of page.records) {
      const video = platformVideoSchema.safeParse(value).data;
      if (video === undefined) continue;
      if (isUploads ? video.channelId === channelId : video.playlistIds.includes(playlistId)) yield video;
    }
    after = page.next;
  } while (after !== undefined);
}

function inBatches(ids: readonly string[]): string[][] {
  return Array.from({ length: Math.ceil(ids.length / batchSize) }, (_, at) =>
    ids.slice(at * batchSize, (at + 1) * batchSize),
  );
}
