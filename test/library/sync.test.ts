import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSqliteLedger } from '../../src/adapters/ledger/sqlite.ts';
import { readChannel, readVideo } from '../../src/adapters/platform/youtube/read-resources.ts';
import { createYouTube } from '../../src/adapters/platform/youtube/youtube.ts';
import { openSqliteRecords } from '../../src/adapters/records/sqlite.ts';
import { platformCollections, type PlatformVideo, type Snapshot } from '../../src/domain/platform.ts';
import { readPlatformReference, type PlatformReference } from '../../src/domain/platform-reference.ts';
import { youtubeQuotaDay } from '../../src/domain/spending-period.ts';
import type { Ledger } from '../../src/ports/ledger.ts';
import type { Records } from '../../src/ports/records.ts';
import { sync } from '../../src/recipes/youtube/sync.ts';
import {
  startYouTubeServer,
  youtubeKey,
  type YouTubeFault,
  type YouTubeServer,
} from '../fixtures/youtube-server.ts';
import { makeChannel, makeVideo, type MadeChannel } from '../fixtures/youtube-world.ts';
import { recordingPath } from '../recordings.ts';

let folder: string;
let server: YouTubeServer;
let channel: MadeChannel;
let records: Records;
let ledgers: Ledger[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot-sync-'));
  channel = makeChannel('standin', 130);
  server = await startYouTubeServer({ channels: [channel] });
  ({ records } = openSqliteRecords(join(folder, 'records.sqlite')));
});
afterEach(async () => {
  for (const ledger of ledgers) await ledger.close();
  ledgers = [];
  await records.close();
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

const spentOf = async (ledger: Ledger) =>
  (await ledger.sum({ since: '2020-01-01T00:00:00Z' })).reduce((total, { amount }) => total + amount, 0);

/** A ledger of its own for each run, so that each tells what it spent. */
function openRun(dailyUnits = 10_000) {
  const budget = {
    setting: 'youtube.dailyUnits',
    service: 'youtube',
    units: ['units'],
    amount: dailyUnits,
    period: youtubeQuotaDay,
  };
  const ledger = openSqliteLedger({
    path: join(folder, `costs-${ledgers.length}.sqlite`),
    budgets: [budget],
  });
  ledgers.push(ledger);
  const platform = createYouTube({
    access: { under: 'public', auth: youtubeKey },
    ledger,
    apiUrl: server.url,
    sleep: async () => {},
  });
  return { ledger, platform };
}

async function run(options: { isNewOnly?: boolean; units?: number; what?: string } = {}) {
  const { isNewOnly = false, units, what = '@standin' } = options;
  const { ledger, platform } = openRun(units);
  const reference: PlatformReference = readPlatformReference(what);
  const context = { signal: new AbortController().signal, emit: () => {} };
  const result = await sync(reference, { isNewOnly, withCaptions: false }, { records, platform }, context);
  return { result, spent: await spentOf(ledger) };
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

/** Gives the channel so many videos instead. */
const fill = (count: number) => channel.videos.splice(0, Infinity, ...makeChannel('standin', count).videos);

const videos = () => all<PlatformVideo>(platformCollections.videos);
const snapshots = () => all<Snapshot>(platformCollections.snapshots);

describe('what a channel costs', () => {
  // The same with 10,000: `npm run bench -- sync`.
  it('2,000 videos: a page and a batch for each 50, a batch each to refresh, 1 or 2 to look for new ones', async () => {
    fill(2000);
    const first = await run();
    expect(first.result).toMatchObject({
      title: 'The standin channel',
      newCount: 2000,
      refreshedCount: 0,
    });
    expect(first.spent).toBeLessThanOrEqual(40 + 40 + 1);
    const again = await run();
    expect(again.result).toMatchObject({ newCount: 0, refreshedCount: 2000 });
    expect(again.spent).toBeLessThanOrEqual(40 + 2);
    const nothing = await run({ isNewOnly: true, what: channel.id });
    expect(nothing).toMatchObject({ spent: 1, result: { newCount: 0, refreshedCount: 0 } });
    channel.videos.unshift(...[10_002, 10_001, 10_000].map((number) => makeVideo(channel.id, number)));
    expect(await run({ isNewOnly: true, what: channel.id })).toMatchObject({
      spent: 2,
      result: { newCount: 3, refreshedCount: 0 },
    });
    expect((await videos()).length).toBe(2003);
  });
});

describe('what is written', () => {
  it('a snapshot of each video at each sync, the JSON as it came, and nothing that is hidden', async () => {
    channel.videos[0]!.description = 'No chapters';
    channel.videos[1]!.likes = undefined;
    channel.videos[2]!.duration = 'P0D';
    channel.videos[3]!.title = 'Hostile \u202e\u0007 <b>title</b>';
    channel.videos[3]!.description = '0:00 One\n1:00 Two\n2:30 Three';
    await run();
    channel.videos[0]!.views += 500;
    await run();
    const byId = new Map((await videos()).map((video) => [video.id, video]));
    const [first, second, third, fourth] = channel.videos.map(({ id }) => byId.get(id)!);
    expect(first).toMatchObject({
      durationMs: 253_000,
      privacy: 'public',
      tags: ['talk', 'made up'],
      chapters: [],
    });
    expect(third?.durationMs).toBeUndefined();
    expect(fourth?.title).toBe('Hostile <b>title</b>');
    expect(fourth?.chapters.map(({ startMs }) => startMs)).toEqual([0, 60_000, 150_000]);
    const of = (await snapshots()).filter(({ subjectId }) => subjectId === first!.id);
    expect(of.map(({ views }) => views)).toEqual([1129, 1629]);
    expect((await snapshots()).find(({ subjectId }) => subjectId === second!.id)?.likes).toBeUndefined();
    expect((await snapshots()).filter((each) => each.of === 'channel')).toHaveLength(2);
    const raw = await records.get(platformCollections.raw, `video/${first!.id}`);
    expect(raw?.value).toMatchObject({ raw: { kind: 'youtube#video', statistics: { viewCount: '1629' } } });
    // Public data expire: 30 days after they were fetched.
    const { expiresAt } = (await records.get(platformCollections.videos, first!.id))!;
    const days = (Date.parse(expiresAt!) - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(29.9);
    expect(days).toBeLessThanOrEqual(30);
  });

  it('keeps what only we know of a video, and tells what is gone', async () => {
    await run();
    const { id } = channel.videos[5]!;
    const stored = (await records.get(platformCollections.videos, id))!;
    await records.put(platformCollections.videos, id, {
      ...(stored.value as object),
      assetId: '0123456789abcdef',
    });
    channel.videos[6]!.privacy = 'private';
    expect((await run()).result).toMatchObject({ refreshedCount: 129, goneCount: 1 });
    expect((await records.get(platformCollections.videos, id))?.value).toMatchObject({
      assetId: '0123456789abcdef',
    });
  });

  it('playlists and single videos too', async () => {
    const videoIds = channel.videos.map(({ id }) => id);
    const title = 'A list';
    server.playlists.push({
      id: 'PLstandinstandin',
      channelId: channel.id,
      title,
      isPrivate: false,
      videoIds,
    });
    await run({ what: 'PLstandinstandin' });
    expect((await videos()).every(({ playlistIds }) => playlistIds.includes('PLstandinstandin'))).toBe(true);
    const { id } = channel.videos[0]!;
    expect(await run({ what: `https://youtu.be/${id}` })).toMatchObject({
      result: { refreshedCount: 1 },
      spent: 1,
    });
    await expect(run({ what: '@nobody' })).rejects.toMatchObject({ code: 'not_found.youtube' });
    await expect(run({ what: 'PLnobodynobody' })).rejects.toMatchObject({ code: 'not_found.youtube' });
  });
});

describe('what goes wrong', () => {
  it("stops at its own budget and at YouTube's, keeps what was read, and goes on there", async () => {
    fill(430);
    const first = await run({ units: 8 });
    expect(first.result.stopped).toMatchObject({ code: 'conflict.budget_reached' });
    const known = (await videos()).length;
    expect(known).toBeGreaterThanOrEqual(150);
    server.state.unitsLeft = 8;
    const second = await run();
    expect(second.result.stopped).toMatchObject({
      code: 'conflict.quota_exceeded',
      message: expect.not.stringContaining('<') as string,
    });
    server.state.unitsLeft = Infinity;
    const asked = server.seen.length;
    const third = await run();
    expect(third.result.stopped).toBeUndefined();
    expect((await videos()).length).toBe(430);
    // Nothing that was read before the stop is read twice: each of the 9 pages but the one it stopped in, and the head.
    expect(
      server.seen.slice(asked).filter(({ operation }) => operation === 'playlistItems.list').length,
    ).toBeLessThan(9);
    expect((await run()).result).toMatchObject({ newCount: 0, refreshedCount: 430 });
  });

  it('a refresh that is stopped goes on with the videos that it did not read', async () => {
    fill(430);
    await run();
    const stopped = await run({ units: 5 });
    expect(stopped.result).toMatchObject({
      refreshedCount: 150,
      stopped: { code: 'conflict.budget_reached' },
    });
    expect((await run()).result).toMatchObject({ refreshedCount: 280 });
    expect((await run()).result).toMatchObject({ refreshedCount: 430 });
  });

  it.each<[string, YouTubeFault['answer']]>([
    ['cut', 'cut-midway'],
    ['busy', { status: 503 }],
    ['put-off', { status: 429, reason: 'rateLimitExceeded' }],
    ['broken', { status: 500 }],
  ])('%s answers are asked for again, and counted', async (_, answer) => {
    server.state.onRequest = () => {
      if (server.seen.length % 3 === 2) server.state.faults.push({ answer });
    };
    const { result, spent } = await run();
    expect(result.newCount).toBe(130);
    expect((await videos()).length).toBe(130);
    expect(spent).toBe(server.seen.length);
    expect(spent).toBeGreaterThan(7);
  });

  it('a server that is not there: an error, without the key', async () => {
    await server.close();
    const error: unknown = await run().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'provider.youtube_unreachable', retryable: true });
    expect(JSON.stringify(error) + String((error as Error).cause)).not.toContain(youtubeKey);
  }, 60_000);

  it('killed in the middle: what was read is there, once, and the next run reads the rest', async () => {
    fill(700);
    const child = fork(
      fileURLToPath(new URL('../fixtures/sync.child.ts', import.meta.url)),
      [server.url, join(folder, 'records.sqlite'), join(folder, 'costs-child.sqlite')],
      { stdio: 'inherit' },
    );
    server.state.onRequest = ({ operation }) => {
      if (operation === 'videos.list' && server.seen.length > 12) child.kill('SIGKILL');
    };
    const [, signal] = (await once(child, 'exit')) as [number | null, string | null];
    expect(signal).toBe('SIGKILL');
    server.state.onRequest = undefined;
    const known = (await videos()).length;
    expect(known).toBeGreaterThan(0);
    expect(known).toBeLessThan(700);
    await run();
    expect((await videos()).length).toBe(700);
    const ofVideos = (await snapshots()).filter((each) => each.of === 'video');
    expect(new Set(ofVideos.map(({ subjectId }) => subjectId)).size).toBe(700);
    const keys = ofVideos.map(({ subjectId, fetched }) => `${subjectId} ${fetched.at}`);
    expect(new Set(keys).size).toBe(keys.length);
  }, 60_000);
});

const recorded = recordingPath('api/youtube_data_v3');
describe.skipIf(recorded === undefined)('recorded replies of the real API', () => {
  const fetched = { at: '2026-11-01T00:00:00.000Z', under: 'public' as const };
  const read = async (kind: string) => {
    const root = join(recorded!, 'testdata', 'apidata');
    const names = (await readdir(root, { recursive: true })).filter((name) => name.endsWith('.json'));
    const replies = await Promise.all(
      names.map(async (name) => JSON.parse(await readFile(join(root, name), 'utf8')) as unknown),
    );
    return replies
      .flatMap((reply) => (reply as { items?: { kind?: string }[] }).items ?? [])
      .filter((item) => item.kind === kind);
  };

  it('videos are understood wherever they have what every video has', async () => {
    const items = (await read('youtube#video')) as Parameters<typeof readVideo>[0][];
    const whole = items.filter(({ snippet }) => typeof snippet?.channelId === 'string');
    expect(whole.length).toBeGreaterThan(2);
    for (const item of whole) {
      const video = readVideo(item, fetched);
      expect(video?.about.id).toBe(item.id);
      if (item.statistics?.viewCount !== undefined)
        expect(video?.snapshot.views).toBe(Number(item.statistics.viewCount));
      if (item.contentDetails?.duration !== undefined) expect(video?.about.durationMs).toBeGreaterThan(0);
    }
  });

  it('channels are understood wherever they have uploads', async () => {
    const items = (await read('youtube#channel')) as Parameters<typeof readChannel>[0][];
    const whole = items.filter(
      ({ contentDetails }) => contentDetails?.relatedPlaylists?.uploads !== undefined,
    );
    expect(whole.length).toBeGreaterThan(0);
    for (const item of whole) expect(readChannel(item, fetched)?.about.id).toBe(item.id);
  });
});

it.each([
  ['@someone', { kind: 'handle', handle: '@someone' }],
  ['https://www.youtube.com/@someone/videos', { kind: 'handle', handle: '@someone' }],
  ['youtube.com/channel/UCabcdefghijklmnopqrstuv', { kind: 'channel', id: 'UCabcdefghijklmnopqrstuv' }],
  ['https://youtu.be/dQw4w9WgXcQ?t=4', { kind: 'video', id: 'dQw4w9WgXcQ' }],
  ['https://www.youtube.com/watch?v=dQw4w9WgXcQ&list=PL123456789', { kind: 'video', id: 'dQw4w9WgXcQ' }],
  ['https://m.youtube.com/shorts/dQw4w9WgXcQ', { kind: 'video', id: 'dQw4w9WgXcQ' }],
  [
    'https://www.youtube.com/playlist?list=PL1234567890abcdef',
    { kind: 'playlist', id: 'PL1234567890abcdef' },
  ],
  ['https://www.youtube.com/user/someone', { kind: 'user', name: 'someone' }],
])('%s is meant', (text, reference) => expect(readPlatformReference(text)).toEqual(reference));

it.each([
  '',
  'https://example.com/@someone',
  'someone',
  'https://youtube.com.evil.org/watch?v=dQw4w9WgXcQ',
  '../x',
])('%j is nothing of YouTube’s', (text) => expect(() => readPlatformReference(text)).toThrow(/YouTube/u));
