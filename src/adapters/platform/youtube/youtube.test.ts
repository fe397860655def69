import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OAuth2Client } from 'google-auth-library';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeChannel } from '../../../../test/fixtures/youtube-world.ts';
import {
  startYouTubeServer,
  youtubeKey,
  type YouTubeFault,
  type YouTubeServer,
} from '../../../../test/fixtures/youtube-server.ts';
import { needRecording } from '../../../../test/recordings.ts';
import { PatternPivotError } from '../../../domain/errors.ts';
import { youtubeQuotaDay } from '../../../domain/spending-period.ts';
import type { Ledger } from '../../../ports/ledger.ts';
import { openSqliteLedger } from '../../ledger/sqlite.ts';
import type { YouTubeAccess } from './access.ts';
import { createYouTube } from './youtube.ts';

let folder: string;
let server: YouTubeServer;
let ledger: Ledger;
const channel = makeChannel('talks', 120);
const asked = { signal: new AbortController().signal, at: '2026-11-23T12:00:00.000Z' };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot youtube '));
  server = await startYouTubeServer({ channels: [channel] });
  ledger = openLedgerOf(10_000);
});

afterEach(async () => {
  await ledger.close();
  await server.close();
  await rm(folder, { recursive: true });
});

function openLedgerOf(amount: number): Ledger {
  const budget = { setting: 'youtube.dailyUnits', service: 'youtube', units: ['units'], amount };
  return openSqliteLedger({
    path: join(folder, `${amount}.sqlite`),
    budgets: [{ ...budget, period: youtubeQuotaDay }],
  });
}

function open(access: YouTubeAccess = { under: 'public', auth: youtubeKey }, own: Ledger = ledger) {
  return createYouTube({ access, ledger: own, apiUrl: server.url });
}

/** One that hardly waits. */
function openQuick(own: Ledger = ledger) {
  const access: YouTubeAccess = { under: 'public', auth: youtubeKey };
  return createYouTube({ access, ledger: own, apiUrl: server.url, sleep: async () => {} });
}

async function unitsBooked(own: Ledger = ledger): Promise<number> {
  const sums = await own.sum({ since: '2020-01-01T00:00:00.000Z' });
  return sums.reduce((total, { amount }) => total + amount, 0);
}

async function errorOf(work: Promise<unknown>): Promise<PatternPivotError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof PatternPivotError) return error;
  throw new Error(`expected an error of ours, not ${String(error)}`);
}

type Figures = { viewCount?: string; likeCount?: string; commentCount?: string };

describe('what YouTube has', () => {
  test('is found by id, handle and the name of an old channel, and its figures are numbers', async () => {
    channel.user = 'oldtalks';
    const youtube = open();
    const found = await youtube.findChannel({ kind: 'handle', handle: '@TALKS' }, asked);
    expect(found?.about).toMatchObject({
      id: channel.id,
      handle: '@talks',
      uploadsPlaylistId: channel.uploads,
      publishedAt: '2009-12-31T23:00:00.123Z',
      fetched: { at: asked.at, under: 'public' },
    });
    expect(found?.snapshot).toMatchObject({ of: 'channel', subscribers: 12_300, videos: 120 });
    expect(found?.raw).toMatchObject({ kind: 'youtube#channel', statistics: { subscriberCount: '12300' } });
    expect((await youtube.findChannel({ kind: 'user', name: 'oldtalks' }, asked))?.about.id).toBe(channel.id);
    expect((await youtube.findChannel({ kind: 'channel', id: channel.id }, asked))?.about.id).toBe(
      channel.id,
    );
    expect(await youtube.findChannel({ kind: 'handle', handle: '@nobody' }, asked)).toBeUndefined();
    expect(await unitsBooked()).toBe(4);
  });

  test('is listed page by page, and read 50 at a time, a unit each', async () => {
    const youtube = open();
    const ids: string[] = [];
    let after: string | undefined;
    do {
      const page = await youtube.listPlaylist(channel.uploads, { ...asked, after });
      if (page === 'unchanged') throw new Error('nothing was known before');
      ids.push(...page.items);
      after = page.next;
    } while (after !== undefined);
    expect(ids).toEqual(channel.videos.map(({ id }) => id));
    const videos = await youtube.readVideos(ids.slice(0, 50), asked);
    expect(videos.map(({ about }) => about.id)).toEqual(ids.slice(0, 50));
    expect(videos[0]?.about).toMatchObject({
      durationMs: 253_000,
      privacy: 'public',
      chapters: [{ startMs: 0 }, { startMs: 60_000 }, { startMs: 180_000, title: 'The end' }],
    });
    expect(server.countUnits()).toBe(4);
    expect(await unitsBooked()).toBe(4);
    expect(server.seen.at(-1)?.query.get('id')?.split(',')).toHaveLength(50);
  });

  test('that is unchanged is not sent again', async () => {
    const youtube = open();
    const page = await youtube.listPlaylist(channel.uploads, asked);
    if (page === 'unchanged') throw new Error('nothing was known before');
    expect(await youtube.listPlaylist(channel.uploads, { ...asked, etag: page.etag })).toBe('unchanged');
    expect(server.seen.at(-1)?.status).toBe(304);
    channel.videos[0]!.title = 'A better title';
    channel.videos[1]!.isDeleted = true;
    expect(await youtube.listPlaylist(channel.uploads, { ...asked, etag: page.etag })).not.toBe('unchanged');
    channel.videos[1]!.isDeleted = false;
    expect(await unitsBooked()).toBe(3);
  });

  test('but is deleted or private is left out; what is hidden, live or to come has no figures and no length', async () => {
    const [gone, secret, shy, live, coming] = channel.videos;
    const before = [gone, secret, shy, live, coming].map((video) => structuredClone(video));
    gone!.isDeleted = true;
    secret!.privacy = 'private';
    shy!.likes = undefined;
    shy!.comments = undefined;
    Object.assign(live!, { broadcast: 'live', duration: 'P0D' });
    Object.assign(coming!, { broadcast: 'upcoming', duration: 'P0D', likes: 0, comments: undefined });
    const ids = channel.videos.slice(0, 5).map(({ id }) => id);
    const read = await open().readVideos(ids, asked);
    expect(read.map(({ about }) => about.id)).toEqual(ids.slice(2));
    expect(read[0]?.snapshot).not.toHaveProperty('likes', expect.anything());
    expect(read[0]?.snapshot).toMatchObject({ views: shy!.views });
    expect(read[1]?.about.durationMs).toBeUndefined();
    expect(read[2]?.snapshot.views).toBeUndefined();
    expect(read[2]?.snapshot.likes).toBe(0);
    for (const [at, video] of before.entries()) Object.assign(channel.videos[at]!, video);
  });

  test('is what the replies say that were recorded', async (context) => {
    const path = needRecording(context, 'api/youtube_data_v3/testdata/apidata');
    const recorded = async (operation: string, name: string) => {
      const reply = JSON.parse(await readFile(join(path, name), 'utf8')) as { items: { id: string }[] };
      server.state.recorded.set(operation, reply);
      return reply.items;
    };
    const youtube = open();
    for (const name of ['videos_info_multi', 'videos_chart_paged_1', 'videos_chart_paged_2']) {
      const items = await recorded('videos.list', `videos/${name}.json`);
      const read = await youtube.readVideos(
        items.map(({ id }) => id),
        asked,
      );
      expect(read.map(({ raw }) => raw)).toEqual(items);
      for (const { about, snapshot, raw } of read) {
        const { snippet, statistics } = raw as { snippet: { title: string }; statistics?: Figures };
        expect(about.title).toBe(snippet.title);
        const count = (text?: string) => (text === undefined ? undefined : Number(text));
        expect(snapshot.views).toBe(count(statistics?.viewCount));
        expect(snapshot.likes).toBe(count(statistics?.likeCount));
        expect(snapshot.comments).toBe(count(statistics?.commentCount));
      }
    }
    const [item] = await recorded('channels.list', 'channels/info_multiple.json');
    const found = await youtube.findChannel({ kind: 'channel', id: item!.id }, asked);
    expect(found?.about.uploadsPlaylistId).toMatch(/^UU/u);
    expect(found?.raw).toEqual(item);
    await recorded('playlistItems.list', 'playlist_items/playlist_items_paged_1.json');
    const page = await youtube.listPlaylist('PLOU2XLYxmsIJXsH2htG1g0NUjHGq62Q7i', asked);
    expect(page).toMatchObject({ next: 'CAoQAA' });
    await recorded('captions.list', 'captions/captions_by_video.json');
    expect((await youtube.listCaptions('oHR3wURdJ94', asked)).tracks).toMatchObject([{ language: 'en' }, {}]);
  });
});

describe('trouble', () => {
  const find = (youtube = open()) => youtube.findChannel({ kind: 'channel', id: channel.id }, asked);

  test.each<[string, YouTubeFault['answer'], number]>([
    ['a broken server', { status: 503 }, 1],
    ['a server that is asked too often', { status: 429, reason: 'rateLimitExceeded' }, 1],
    ['a limit a minute', { status: 403, reason: 'rateLimitExceeded' }, 1],
    ['a cut connection', 'cut', 1],
    ['an answer that is cut off', 'cut-midway', 1],
    ['three in a row', { status: 500 }, 3],
  ])('that passes, %s, is tried again, and each try is counted', async (_, answer, times) => {
    server.state.faults.push({ answer, times });
    expect((await find(openQuick()))?.about.id).toBe(channel.id);
    expect(server.seen).toHaveLength(times + 1);
    expect(await unitsBooked()).toBe(times + 1);
    expect(server.countUnits()).toBe(times + 1);
  });

  test('is waited out for as long as YouTube asks', async () => {
    server.state.faults.push({ answer: { status: 503, afterSeconds: 1 } });
    const startedAtMs = Date.now();
    expect((await find())?.about.id).toBe(channel.id);
    expect(Date.now() - startedAtMs).toBeGreaterThanOrEqual(990);
  });

  test('that stays is told after a few tries', async () => {
    server.state.faults.push({ answer: { status: 503 }, times: 1000 });
    const waits: number[] = [];
    const youtube = createYouTube({
      access: { under: 'public', auth: youtubeKey },
      ledger,
      apiUrl: server.url,
      sleep: async (ms) => void waits.push(ms),
    });
    const error = await errorOf(find(youtube));
    expect(error).toMatchObject({ code: 'provider.youtube_failed', retryable: true });
    expect(server.seen).toHaveLength(6);
    expect(waits).toHaveLength(5);
    for (const [at, ms] of waits.entries()) expect(ms).toBeLessThanOrEqual(500 * 2 ** at);
  });

  test.each<[string, Exclude<YouTubeFault['answer'], string>, string]>([
    ['a used-up quota', { status: 403, reason: 'quotaExceeded' }, 'conflict.quota_exceeded'],
    ['a used-up quota', { status: 429, reason: 'quotaExceeded' }, 'conflict.quota_exceeded'],
    ['an API that is off', { status: 403, reason: 'accessNotConfigured' }, 'input.youtube_not_enabled'],
    ['what is not allowed', { status: 403, reason: 'forbidden' }, 'input.youtube_forbidden'],
    ['a key of old', { status: 400, reason: 'keyInvalid' }, 'input.youtube_key_invalid'],
    ['a sign-in that ended', { status: 401, reason: 'authError' }, 'input.youtube_sign_in'],
    ['a wrong request', { status: 400, reason: 'badRequest' }, 'provider.youtube_refused'],
  ])('that stays, %s (%o), is told at once, with what to do next', async (_, answer, code) => {
    server.state.faults.push({ answer: { ...answer, message: 'No <b>way</b>\u001b[31m!' } });
    const error = await errorOf(find());
    expect(error.code).toBe(code);
    expect(error.hint).toBeTruthy();
    expect(error.message).not.toMatch(/[<>\p{Cc}]/u);
    expect(server.seen).toHaveLength(1);
  });

  test('with the key tells nobody the key', async () => {
    const wrong = 'AIzaSy-somebody-elses';
    const youtube = open({ under: 'public', auth: wrong });
    const error = await errorOf(find(youtube));
    expect(error.code).toBe('input.youtube_key_invalid');
    server.state.faults.push({ answer: { status: 404, message: `No such ${wrong}` } });
    const other = await errorOf(youtube.listPlaylist('PL12345678901', asked));
    for (const each of [error, other]) {
      const said = `${String(each.stack)} ${String(each.cause)} ${JSON.stringify(each)} ${JSON.stringify(each.cause)}`;
      expect(said).not.toContain(wrong);
    }
  });

  test('with a list says that there is none', async () => {
    const error = await errorOf(open().listPlaylist('PL12345678901', asked));
    expect(error).toMatchObject({ code: 'not_found.youtube' });
    expect(error.message).not.toContain('<');
  });

  test('of a proxy that answers with a page of its own is told as that', async () => {
    server.state.faults.push({ answer: 'garbage', times: 1000 });
    const error = await errorOf(find());
    expect(error.code).toBe('provider.youtube_unreadable');
  });

  test('ends when it is stopped, in the middle of an answer or of a wait', async () => {
    for (const prepare of [
      () => void (server.state.delayMs = 20_000),
      () => void server.state.faults.push({ answer: { status: 503, afterSeconds: 20 } }),
    ]) {
      server.state.delayMs = 0;
      prepare();
      const controller = new AbortController();
      setTimeout(() => controller.abort(), 150);
      const startedAtMs = Date.now();
      const call = { ...asked, signal: controller.signal };
      await expect(open().findChannel({ kind: 'channel', id: channel.id }, call)).rejects.toMatchObject({
        name: 'AbortError',
      });
      expect(Date.now() - startedAtMs).toBeLessThan(5000);
    }
  });
});

describe('the limit of a day', () => {
  test('is never passed, and nothing is asked at it', async () => {
    const small = openLedgerOf(3);
    const youtube = open(undefined, small);
    for (let count = 0; count < 3; count++) await youtube.readVideos([channel.videos[0]!.id], asked);
    const error = await errorOf(youtube.readVideos([channel.videos[0]!.id], asked));
    expect(error.code).toBe('conflict.budget_reached');
    expect(server.seen).toHaveLength(3);
    const captions = await errorOf(open(undefined, small).listCaptions(channel.videos[0]!.id, asked));
    expect(captions.code).toBe('conflict.budget_reached');
    await small.close();
  });

  test('holds for repetitions too', async () => {
    const small = openLedgerOf(2);
    server.state.faults.push({ answer: { status: 503 }, times: 5 });
    const error = await errorOf(openQuick(small).readVideos(['abc'], asked));
    expect(error.code).toBe('conflict.budget_reached');
    expect(server.seen).toHaveLength(2);
    await small.close();
  });
});

describe('an owner', () => {
  const ownerOf = (channelId: string, token: string): YouTubeAccess => {
    const client = new OAuth2Client();
    client.setCredentials({ access_token: token });
    return { under: `owner:${channelId}`, auth: client };
  };

  test('sees what is private, and only their own counts as theirs', async () => {
    const other = makeChannel('others', 3);
    server.channels.push(other);
    server.state.ownerOf = (token) => (token === 'ya29.good' ? channel.id : undefined);
    const youtube = open(ownerOf(channel.id, 'ya29.good'));
    channel.videos[0]!.privacy = 'private';
    const ids = [channel.videos[0]!.id, other.videos[0]!.id];
    const [own, foreign] = await youtube.readVideos(ids, asked);
    expect(own?.about).toMatchObject({ privacy: 'private', fetched: { under: `owner:${channel.id}` } });
    expect(foreign?.about.fetched.under).toBe('public');
    expect(await open().readVideos([ids[0]!], asked)).toEqual([]);
    channel.videos[0]!.privacy = 'public';
    channel.videos[0]!.hasCaptions = true;
    expect((await youtube.listCaptions(ids[0]!, asked)).tracks).toMatchObject([
      { isAutomatic: false },
      { isAutomatic: true },
    ]);
    expect(await unitsBooked()).toBe(52);
    expect(server.seen.filter(({ query }) => query.has('key'))).toHaveLength(1);
  });

  test('whose token ran out is told to sign in', async () => {
    const error = await errorOf(open(ownerOf(channel.id, 'ya29.old')).readVideos(['a'], asked));
    expect(error).toMatchObject({ code: 'input.youtube_sign_in' });
    expect(String(error.stack)).not.toContain('ya29');
  });
});
