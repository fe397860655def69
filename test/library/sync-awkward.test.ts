import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openSqliteLedger } from '../../src/adapters/ledger/sqlite.ts';
import { createYouTube } from '../../src/adapters/platform/youtube/youtube.ts';
import { openSqliteRecords } from '../../src/adapters/records/sqlite.ts';
import { platformCollections, type PlatformVideo, type Snapshot } from '../../src/domain/platform.ts';
import { readPlatformReference } from '../../src/domain/platform-reference.ts';
import { youtubeQuotaDay } from '../../src/domain/spending-period.ts';
import type { Records } from '../../src/ports/records.ts';
import { sync } from '../../src/recipes/youtube/sync.ts';
import { startYouTubeServer, youtubeKey, type YouTubeServer } from '../fixtures/youtube-server.ts';
import { makeChannel, makeVideo, type MadeChannel } from '../fixtures/youtube-world.ts';

let folder: string;
let server: YouTubeServer;
let records: Records;
let channel: MadeChannel;
let runs = 0;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot sync '));
  channel = makeChannel('talks', 430);
  server = await startYouTubeServer({ channels: [channel] });
  ({ records } = openSqliteRecords(join(folder, 'records.sqlite')));
});

afterEach(async () => {
  await records.close();
  await server.close();
  await rm(folder, { recursive: true });
});

/** One run, with so many units for it alone. */
async function run(
  what: string,
  options: { readonly units?: number; readonly isNewOnly?: boolean; readonly at?: string } = {},
) {
  const { units = 10_000, isNewOnly = false, at } = options;
  const budget = { setting: 'youtube.dailyUnits', service: 'youtube', units: ['units'], amount: units };
  const ledger = openSqliteLedger({
    path: join(folder, `costs-${runs++}.sqlite`),
    budgets: [{ ...budget, period: youtubeQuotaDay }],
  });
  const platform = createYouTube({
    access: { under: 'public', auth: youtubeKey },
    ledger,
    apiUrl: server.url,
    sleep: async () => {},
  });
  const seenBefore = server.seen.length;
  try {
    const result = await sync(
      readPlatformReference(what),
      { isNewOnly, withCaptions: false, ...(at === undefined ? {} : { at }) },
      { records, platform },
      { signal: new AbortController().signal, emit: () => {} },
    );
    const asked = server.seen.slice(seenBefore).map(({ operation }) => operation);
    return { result, spent: server.countUnits(seenBefore), asked };
  } finally {
    await ledger.close();
  }
}

async function all<T>(collection: string): Promise<T[]> {
  const found: T[] = [];
  let after: string | undefined = '';
  while (after !== undefined) {
    const page: Awaited<ReturnType<Records['list']>> = await records.list(collection, { after, limit: 1000 });
    found.push(...page.records.map(({ value }) => value as T));
    after = page.next;
  }
  return found;
}

const knownIds = async () =>
  (await all<PlatformVideo>(platformCollections.videos)).map(({ id }) => id).toSorted();
const idsOf = ({ videos }: MadeChannel) =>
  videos
    .filter(({ isDeleted }) => !isDeleted)
    .map(({ id }) => id)
    .toSorted();

function upload(count: number): void {
  const { videos, id } = channel;
  for (let number = 0; number < count; number++) videos.unshift(makeVideo(id, videos.length));
}

describe('new videos', () => {
  test('of several pages are all found, wherever the quota stops a run that looks for them', async () => {
    await run('@talks');
    upload(220);
    let stops = 0;
    for (let round = 0; round < 20; round++) {
      const { result } = await run(channel.id, { isNewOnly: true, units: 4 + round });
      if (result.stopped === undefined) break;
      stops++;
    }
    expect(stops).toBeGreaterThan(2);
    expect(await knownIds()).toEqual(idsOf(channel));
  });

  test('are found behind one that was read by itself', async () => {
    await run('@talks');
    upload(130);
    await run(channel.videos[20]!.id);
    await run(channel.id, { isNewOnly: true });
    expect(await knownIds()).toEqual(idsOf(channel));
  });

  test('are found where those that were newest are gone', async () => {
    await run('@talks');
    upload(3);
    for (const video of channel.videos.slice(3, 60)) video.isDeleted = true;
    const { result } = await run(channel.id, { isNewOnly: true });
    expect(result.newCount).toBe(3);
    for (const { id } of channel.videos.slice(0, 3)) expect(await knownIds()).toContain(id);
  });

  test('of a channel that had none are found; having none is no error', async () => {
    const empty = makeChannel('empty', 0);
    server.channels.push(empty);
    expect((await run('@empty')).result).toMatchObject({ newCount: 0 });
    expect((await run('@empty')).result).toMatchObject({ newCount: 0 });
    empty.videos.unshift(makeVideo(empty.id, 0));
    expect((await run(empty.id, { isNewOnly: true })).result).toMatchObject({ newCount: 1 });
    empty.videos[0]!.isDeleted = true;
    expect((await run('@empty')).result).toMatchObject({ newCount: 0, goneCount: 1 });
  });
});

describe('a first reading that was stopped', () => {
  test.each([1, 7, 30, 49, 50, 51, 120])(
    'misses nothing where %i of the videos before its place were deleted meanwhile',
    async (count) => {
      expect((await run('@talks', { units: 8 })).result.stopped).toBeDefined();
      for (const video of channel.videos.slice(0, count)) video.isDeleted = true;
      await run('@talks');
      const known = await knownIds();
      for (const id of idsOf(channel)) expect(known).toContain(id);
    },
  );

  test('misses nothing where many were uploaded meanwhile, and reads none twice', async () => {
    expect((await run('@talks', { units: 8 })).result.stopped).toBeDefined();
    upload(90);
    const { spent } = await run('@talks');
    expect(await knownIds()).toEqual(idsOf(channel));
    expect(spent).toBeLessThan(30);
    const snapshots = (await all<Snapshot>(platformCollections.snapshots)).filter(({ of }) => of === 'video');
    expect(snapshots).toHaveLength(520);
  });

  test('begins anew where YouTube has forgotten the place', async () => {
    expect((await run('@talks', { units: 8 })).result.stopped).toBeDefined();
    const fault = { status: 400, reason: 'invalidPageToken' };
    server.state.onRequest = ({ operation, query }) => {
      if (operation !== 'playlistItems.list' || !query.has('pageToken')) return;
      server.state.faults.push({ operation, answer: fault });
      server.state.onRequest = undefined;
    };
    await run('@talks');
    expect(server.state.onRequest).toBeUndefined();
    expect(await knownIds()).toEqual(idsOf(channel));
  });
});

describe('a playlist', () => {
  const id = 'PLabcdefghijklmnopqrstuvwxyz012345';
  const inList = async () =>
    (await all<PlatformVideo>(platformCollections.videos))
      .filter(({ playlistIds }) => playlistIds.includes(id))
      .map((video) => video.id)
      .toSorted();

  test('of videos that are known is known too, and costs only its pages', async () => {
    await run('@talks');
    const videoIds = channel.videos.slice(100, 230).map((video) => video.id);
    server.playlists.push({ id, channelId: channel.id, title: 'A list', isPrivate: false, videoIds });
    const { asked } = await run(id);
    expect(await inList()).toEqual(videoIds.toSorted());
    expect(asked.filter((operation) => operation === 'videos.list')).toEqual([]);
  });

  test('gains at its end what was added there, and loses what was taken out', async () => {
    const videoIds = channel.videos.slice(0, 130).map((video) => video.id);
    server.playlists.push({ id, channelId: channel.id, title: 'A list', isPrivate: false, videoIds });
    expect((await run(id)).result).toMatchObject({ title: 'A list', newCount: 130 });
    videoIds.push(channel.videos[300]!.id);
    const [lost] = videoIds.splice(10, 1);
    const { result } = await run(id, { isNewOnly: true });
    expect(result.newCount).toBe(1);
    expect(await inList()).toEqual(videoIds.toSorted());
    expect(await knownIds()).toContain(lost);
  });

  test('may hold a video twice, others that are gone, and those of other channels', async () => {
    const other = makeChannel('other', 3);
    server.channels.push(other);
    const [one, two] = channel.videos;
    const videoIds = [one!.id, two!.id, one!.id, other.videos[0]!.id, 'gonegonegon'];
    two!.isDeleted = true;
    server.playlists.push({ id, channelId: channel.id, title: 'A list', isPrivate: false, videoIds });
    expect((await run(id)).result).toMatchObject({ newCount: 2, refreshedCount: 0 });
    expect((await run(id)).result).toMatchObject({ newCount: 0, refreshedCount: 2 });
    expect(await inList()).toEqual([one!.id, other.videos[0]!.id].toSorted());
  });
});

test('the same videos in several lists are read once by runs of one moment', async () => {
  const id = 'PLabcdefghijklmnopqrstuvwxyz012345';
  const videoIds = channel.videos.slice(0, 200).map((video) => video.id);
  server.playlists.push({ id, channelId: channel.id, title: 'A list', isPrivate: false, videoIds });
  await run(id);
  await run('@talks');
  const at = new Date(Date.now() + 1000).toISOString();
  expect((await run(id, { at })).result.refreshedCount).toBe(200);
  expect((await run(channel.id, { at })).result.refreshedCount).toBe(230);
});

test('a channel that is not there any more, or whose name is taken by another, is told', async () => {
  await run('@talks');
  server.channels.length = 0;
  await expect(run(channel.id)).rejects.toMatchObject({ code: 'not_found.youtube' });
  await expect(run('@talks')).rejects.toMatchObject({ code: 'not_found.youtube' });
});
