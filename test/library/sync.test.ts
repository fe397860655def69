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
import { makeVideos, startYouTube, type StandInYouTube } from '../fixtures/youtube-server.ts';
import { recordingPath } from '../recordings.ts';

let folder: string;
let server: StandInYouTube;
let records: Records;
let ledgers: Ledger[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot-sync-'));
  server = await startYouTube(makeVideos(130));
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
    access: { under: 'public', auth: 'a-key' },
    ledger,
    apiUrl: server.url,
  });
  return { ledger, platform };
}

async function run(
  options: { isNewOnly?: boolean; withCaptions?: boolean; units?: number; what?: string } = {},
) {
  const { isNewOnly = false, withCaptions = false, units, what = '@standin' } = options;
  const { ledger, platform } = openRun(units);
  const reference: PlatformReference = readPlatformReference(what);
  const context = { signal: new AbortController().signal, emit: () => {} };
  const result = await sync(reference, { isNewOnly, withCaptions }, { records, platform }, context);
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
const videos = () => all<PlatformVideo>(platformCollections.videos);
const snapshots = () => all<Snapshot>(platformCollections.snapshots);

describe('what a channel costs', () => {
  it('10,000 videos: at most 450 units first, 210 to refresh, 1 or 2 to look for new ones', async () => {
    server.videos.splice(0, Infinity, ...makeVideos(10_000));
    const first = await run();
    expect(first.result).toMatchObject({ title: 'Stand-in', newCount: 10_000, refreshedCount: 0 });
    expect(first.spent).toBeLessThanOrEqual(450);
    const again = await run();
    expect(again.result).toMatchObject({ newCount: 0, refreshedCount: 10_000 });
    expect(again.spent).toBeLessThanOrEqual(210);
    const nothing = await run({ isNewOnly: true, what: server.channelId });
    expect(nothing).toMatchObject({ spent: 1, result: { newCount: 0, refreshedCount: 0 } });
    server.videos.unshift(...makeVideos(3, 20_000));
    expect(await run({ isNewOnly: true, what: server.channelId })).toMatchObject({
      spent: 2,
      result: { newCount: 3, refreshedCount: 0 },
    });
    expect((await videos()).length).toBe(10_003);
  }, 120_000);
});

describe('what is written', () => {
  it('a snapshot of each video at each sync, the JSON as it came, and nothing that is hidden', async () => {
    server.videos[1]!.hidesFigures = true;
    server.videos[2]!.duration = 'P0D';
    server.videos[3]!.title = 'Hostile \u202e\u0007 <b>title</b>';
    server.videos[3]!.description = '0:00 One\n1:00 Two\n2:30 Three';
    await run();
    server.videos[0]!.views += 500;
    await run();
    const byId = new Map((await videos()).map((video) => [video.id, video]));
    const [first, second, third, fourth] = server.videos.map(({ id }) => byId.get(id)!);
    expect(first).toMatchObject({
      durationMs: 723_000,
      privacy: 'public',
      tags: ['one', 'two'],
      chapters: [],
    });
    expect(third?.durationMs).toBeUndefined();
    expect(fourth?.title).toBe('Hostile <b>title</b>');
    expect(fourth?.chapters.map(({ startMs }) => startMs)).toEqual([0, 60_000, 150_000]);
    const of = (await snapshots()).filter(({ subjectId }) => subjectId === first!.id);
    expect(of.map(({ views }) => views)).toEqual([1000, 1500]);
    expect((await snapshots()).find(({ subjectId }) => subjectId === second!.id)?.likes).toBeUndefined();
    expect((await snapshots()).filter((each) => each.of === 'channel')).toHaveLength(2);
    const raw = await records.get(platformCollections.raw, `video/${first!.id}`);
    expect(raw?.value).toMatchObject({ raw: { kind: 'youtube#video', statistics: { viewCount: '1500' } } });
    // Public data expire: 30 days after they were fetched.
    const { expiresAt } = (await records.get(platformCollections.videos, first!.id))!;
    const days = (Date.parse(expiresAt!) - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(29.9);
    expect(days).toBeLessThanOrEqual(30);
  });

  it('keeps what only we know of a video, and tells what is gone', async () => {
    await run();
    const { id } = server.videos[5]!;
    const stored = (await records.get(platformCollections.videos, id))!;
    await records.put(platformCollections.videos, id, {
      ...(stored.value as object),
      assetId: '0123456789abcdef',
    });
    server.videos[6]!.isPrivate = true;
    expect((await run()).result).toMatchObject({ refreshedCount: 129, goneCount: 1 });
    expect((await records.get(platformCollections.videos, id))?.value).toMatchObject({
      assetId: '0123456789abcdef',
    });
  });

  it('playlists and single videos too, captions when they are asked for', async () => {
    await run({ what: 'PLstandinstandin' });
    expect((await videos()).every(({ playlistIds }) => playlistIds.includes('PLstandinstandin'))).toBe(true);
    const { id } = server.videos[0]!;
    const { result, spent } = await run({ what: `https://youtu.be/${id}`, withCaptions: true });
    expect(result.captions).toEqual({ [id]: ['en', 'en (automatic)'] });
    expect(spent).toBe(51);
    await expect(run({ what: '@nobody' })).rejects.toMatchObject({ code: 'not_found.youtube' });
    await expect(run({ what: 'PLnobodynobody' })).rejects.toMatchObject({ code: 'not_found.youtube' });
  });
});

describe('what goes wrong', () => {
  it("stops at its own budget and at YouTube's, keeps what was read, and goes on there", async () => {
    server.videos.splice(0, Infinity, ...makeVideos(430));
    const first = await run({ units: 8 });
    expect(first.result.stopped).toMatchObject({ code: 'conflict.budget_reached' });
    const known = (await videos()).length;
    expect(known).toBeGreaterThanOrEqual(150);
    server.fault = (_, number) => (number > 16 ? 'quota' : undefined);
    const second = await run();
    expect(second.result.stopped).toMatchObject({
      code: 'conflict.quota_exceeded',
      message: expect.not.stringContaining('<') as string,
    });
    server.fault = () => undefined;
    const asked = server.requests.length;
    const third = await run();
    expect(third.result.stopped).toBeUndefined();
    expect((await videos()).length).toBe(430);
    // Nothing that was read before the stop is read twice: each of the 9 pages but the one it stopped in, and the head.
    expect(server.requests.slice(asked).filter((what) => what === 'playlistItems.list').length).toBeLessThan(
      9,
    );
    expect((await run()).result).toMatchObject({ newCount: 0, refreshedCount: 430 });
  });

  it('a refresh that is stopped goes on with the videos that it did not read', async () => {
    server.videos.splice(0, Infinity, ...makeVideos(430));
    await run();
    const stopped = await run({ units: 5 });
    expect(stopped.result).toMatchObject({
      refreshedCount: 150,
      stopped: { code: 'conflict.budget_reached' },
    });
    expect((await run()).result).toMatchObject({ refreshedCount: 280 });
    expect((await run()).result).toMatchObject({ refreshedCount: 430 });
  });

  it.each(['cut', 'busy', 'slow-down', 'broken'] as const)(
    '%s answers are asked for again, and counted',
    async (fault) => {
      server.fault = (_, number) => (number % 3 === 2 ? fault : undefined);
      const { result, spent } = await run();
      expect(result.newCount).toBe(130);
      expect((await videos()).length).toBe(130);
      expect(spent).toBe(server.requests.length);
      expect(spent).toBeGreaterThan(7);
    },
  );

  it.each([
    ['expired', 'input.youtube_sign_in', 'pivot auth login'],
    ['key', 'input.youtube_key_invalid', 'PATTERNPIVOT_YOUTUBE_API_KEY'],
    ['disabled', 'input.youtube_not_enabled', 'Enable it'],
  ] as const)('%s is told at once, with what to do, and never with the key', async (fault, code, hint) => {
    server.fault = () => fault;
    const error: unknown = await run().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code, hint: expect.stringContaining(hint) as string });
    expect(server.requests).toHaveLength(1);
    expect(JSON.stringify(error) + String((error as Error).cause)).not.toContain('a-key');
  });

  it('a server that is not there: an error, without the key', async () => {
    await server.close();
    const error: unknown = await run().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'provider.youtube_unreachable', retryable: true });
    expect(JSON.stringify(error) + String((error as Error).cause)).not.toContain('a-key');
  }, 60_000);

  it('killed in the middle: what was read is there, once, and the next run reads the rest', async () => {
    server.videos.splice(0, Infinity, ...makeVideos(700));
    const child = fork(
      fileURLToPath(new URL('../fixtures/sync.child.ts', import.meta.url)),
      [server.url, join(folder, 'records.sqlite'), join(folder, 'costs-child.sqlite')],
      { stdio: 'inherit' },
    );
    server.fault = (what, number) => {
      if (what === 'videos.list' && number > 12) child.kill('SIGKILL');
      return undefined;
    };
    const [, signal] = (await once(child, 'exit')) as [number | null, string | null];
    expect(signal).toBe('SIGKILL');
    server.fault = () => undefined;
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
