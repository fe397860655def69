import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSqliteRecords } from '../../src/adapters/records/sqlite.ts';
import { openLedger } from '../../src/app/compose-ledger.ts';
import { openPlatform } from '../../src/app/compose-platform.ts';
import { configSchema } from '../../src/app/config.ts';
import { signIn } from '../../src/app/youtube-sign-in.ts';
import { signOut } from '../../src/app/youtube-sign-out.ts';
import { platformCollections, type PlatformVideo } from '../../src/domain/platform.ts';
import type { Records } from '../../src/ports/records.ts';
import { sync } from '../../src/recipes/youtube/sync.ts';
import { startOAuthServer, type OAuthServer } from '../fixtures/oauth-server.ts';
import { startYouTubeServer, youtubeKey, type YouTubeServer } from '../fixtures/youtube-server.ts';
import { makeChannel } from '../fixtures/youtube-world.ts';

let folder: string;
let oauth: OAuthServer;
let server: YouTubeServer;
let records: Records;
const channel = makeChannel('talks', 120);
const signal = new AbortController().signal;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot owner '));
  oauth = await startOAuthServer({ channel: { id: channel.id, title: channel.title } });
  server = await startYouTubeServer({ channels: [channel] });
  server.state.ownerOf = (token) => (oauth.isGood(token) ? channel.id : undefined);
  ({ records } = openSqliteRecords(join(folder, 'records.sqlite')));
  for (const video of channel.videos) video.privacy = 'public';
  channel.videos[70]!.privacy = 'private';
  channel.videos[71]!.privacy = 'unlisted';
});

afterEach(async () => {
  await records.close();
  await server.close();
  await oauth.close();
  await rm(folder, { recursive: true });
});

function parts(apiUrl = server.url) {
  const config = configSchema.parse({
    youtube: { ...oauth.settings, apiUrl, authFolder: join(folder, 'auth') },
    costs: { folder },
  });
  const env = {
    PATTERNPIVOT_YOUTUBE_CLIENT_SECRET: oauth.clientSecret,
    PATTERNPIVOT_YOUTUBE_API_KEY: youtubeKey,
  };
  return { config, env };
}

async function signInHere(): Promise<void> {
  const ledger = openLedger(parts());
  const show = (address: string) => void fetch(address).then((answer) => answer.text());
  // The stand-in for sign-ins tells whose channel it is.
  const ask = { by: 'browser' as const, show, timeoutMs: 5000 };
  await signIn({ ...parts(oauth.url), ledger, allow: ['captions'], ask, signal });
  await ledger.close();
}

async function run(options: { readonly isNewOnly?: boolean; readonly withCaptions?: boolean } = {}) {
  const { isNewOnly = false, withCaptions = false } = options;
  const ledger = openLedger(parts());
  try {
    const reference = { kind: 'channel', id: channel.id } as const;
    const access = { ...parts(), ledger, needsCaptions: withCaptions };
    const platform = await openPlatform(reference, records, access);
    return await sync(
      reference,
      { isNewOnly, withCaptions },
      { records, platform },
      { signal, emit: () => {} },
    );
  } finally {
    await ledger.close();
  }
}

async function videos(): Promise<(PlatformVideo & { readonly isKept: boolean })[]> {
  const { records: found } = await records.list(platformCollections.videos, { limit: 1000 });
  return found.map(({ value, expiresAt }) =>
    Object.assign(value as PlatformVideo, { isKept: expiresAt === undefined }),
  );
}

test('who signs in after the channel was read finds what only they may see, and all of it is kept from then on', async () => {
  await run();
  expect(await videos()).toHaveLength(118);
  expect((await videos()).some(({ isKept }) => isKept)).toBe(false);
  await signInHere();
  expect(await run({ isNewOnly: true })).toMatchObject({ newCount: 2, refreshedCount: 118 });
  const own = await videos();
  expect(own).toHaveLength(120);
  expect(own.every(({ isKept, fetched }) => isKept && fetched.under === `owner:${channel.id}`)).toBe(true);
  expect(own.filter(({ privacy }) => privacy !== 'public')).toHaveLength(2);
  expect(await run({ isNewOnly: true })).toMatchObject({ newCount: 0, refreshedCount: 0 });
});

test('tokens that run out in the middle are renewed once, and nobody is told', async () => {
  await signInHere();
  server.state.onRequest = () => {
    if (server.seen.length === 4) oauth.expireAccessTokens();
  };
  expect(await run()).toMatchObject({ newCount: 120 });
  expect(oauth.counts.refreshes).toBe(1);
  expect(server.seen.filter(({ status }) => status === 401)).toHaveLength(1);
});

test('access that was taken back in the middle is told, and what was read stays until it is purged', async () => {
  await signInHere();
  server.state.onRequest = () => {
    if (server.seen.length === 4) oauth.revokeAll();
  };
  const error: unknown = await run().catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'input.sign_in_ended' });
  expect(String((error as Error).stack)).not.toMatch(/ya29|1\/\//u);
  expect(await videos()).toHaveLength(50);
});

test('signing out deletes what was read as the owner; what is read after it is what everybody sees', async () => {
  await signInHere();
  await run();
  await signOut({ ...parts(), records, signal }, channel.id, { isLocal: false });
  for (const collection of await records.listCollections()) {
    expect((await records.list(collection)).records, collection).toEqual([]);
  }
  expect(await run({ isNewOnly: true })).toMatchObject({ newCount: 118 });
  expect((await videos()).every(({ fetched }) => fetched.under === 'public')).toBe(true);
});

test('captions are listed, 50 units each, and kept as they came', async () => {
  channel.videos.length = 3;
  await signInHere();
  const { captions } = await run({ withCaptions: true });
  expect(Object.keys(captions)).toHaveLength(3);
  expect(Object.values(captions).flat()).toContain('en (automatic)');
  const raw = await records.get(platformCollections.raw, `captions/${channel.videos[0]!.id}`);
  expect(raw?.value).toMatchObject({
    fetched: { under: `owner:${channel.id}` },
    raw: { kind: 'youtube#captionListResponse' },
  });
  const ledger = openLedger(parts());
  const sums = await ledger.sum({ since: '2020-01-01T00:00:00.000Z' });
  expect(sums.find(({ operation }) => operation === 'captions.list')?.amount).toBe(150);
  await ledger.close();
  expect(await readFile(join(folder, 'records.sqlite'), 'latin1')).not.toMatch(/ya29\./u);
});
