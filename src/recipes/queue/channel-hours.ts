import { setImmediate as yieldToEvents } from 'node:timers/promises';
import { platformCollections, snapshotSchema } from '../../domain/platform.ts';
import type { Records } from '../../ports/records.ts';
import type { PastVideo } from '../../stages/plan-days/best-hours.ts';
import { listChannels, listVideos } from '../youtube/stats-subject.ts';

/** What is known of how a channel's videos fared in their first week, from what was synced. */

const dayMs = 86_400_000;
const weekMs = 7 * dayMs;

/** Views are only taken for those of the first week where somebody looked at about that age, in ms. */
const earliestMs = 4 * dayMs;
const latestMs = 21 * dayMs;

/** Older videos say little about today's audience, in ms. */
const memoryMs = 730 * dayMs;

const pageSize = 500;

type Look = { readonly ageMs: number; readonly views: number };
type Looks = { readonly publishedMs: number; before?: Look; after?: Look };

/**
 * The videos of a channel, or of the only one that was synced. One pass over all snapshots of videos; two looks a video are kept.
 * @returns undefined where no channel is known, or several are and none is named
 */
export async function readPastVideos(
  records: Records,
  channelId: string | undefined,
  { now, signal }: { readonly now: Date; readonly signal: AbortSignal },
): Promise<{ readonly title: string; readonly videos: readonly PastVideo[] } | undefined> {
  const channels = [];
  for await (const channel of listChannels(records)) {
    if (channelId === undefined || channel.id === channelId) channels.push(channel);
  }
  const [channel, another] = channels;
  if (channel === undefined || another !== undefined) return undefined;
  const byId = new Map<string, Looks>();
  for await (const video of listVideos(records)) {
    signal.throwIfAborted();
    const publishedMs = Date.parse(video.publishedAt);
    const isRecent = now.getTime() - publishedMs < memoryMs;
    if (video.channelId === channel.id && isRecent && video.privacy === 'public')
      byId.set(video.id, { publishedMs });
  }
  if (byId.size > 0) await readLooks(records, byId, signal);
  return { title: channel.title, videos: [...byId.values()].map(toPastVideo) };
}

async function readLooks(records: Records, byId: Map<string, Looks>, signal: AbortSignal): Promise<void> {
  let after: string | undefined;
  do {
    signal.throwIfAborted();
    const page = await records.list(platformCollections.snapshots, {
      prefix: 'video/',
      after,
      limit: pageSize,
    });
    for (const { value } of page.records) {
      const snapshot = snapshotSchema.safeParse(value).data;
      const looks = snapshot === undefined ? undefined : byId.get(snapshot.subjectId);
      if (snapshot?.views === undefined || looks === undefined) continue;
      const look = { ageMs: Date.parse(snapshot.fetched.at) - looks.publishedMs, views: snapshot.views };
      if (look.ageMs <= weekMs && look.ageMs > (looks.before?.ageMs ?? 0)) looks.before = look;
      if (look.ageMs > weekMs && look.ageMs < (looks.after?.ageMs ?? Infinity)) looks.after = look;
    }
    after = page.next;
    await yieldToEvents();
  } while (after !== undefined);
}

/** Views at the age of a week: between two looks by a straight line, of one look where it was near enough. */
function toPastVideo({ publishedMs, before, after }: Looks): PastVideo {
  const isNear = (look: Look | undefined) =>
    look !== undefined && look.ageMs >= earliestMs && look.ageMs <= latestMs;
  if (!isNear(before) && !isNear(after)) return { publishedMs };
  if (before === undefined || after === undefined) {
    return { publishedMs, weekViews: (before ?? after)!.views };
  }
  const share = (weekMs - before.ageMs) / (after.ageMs - before.ageMs);
  return { publishedMs, weekViews: before.views + share * (after.views - before.views) };
}
