import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSqliteRecords } from '../src/adapters/records/sqlite.ts';
import { openLedger } from '../src/app/compose-ledger.ts';
import { configSchema } from '../src/app/config.ts';
import { signIn } from '../src/app/youtube-sign-in.ts';
import { platformCollections } from '../src/domain/platform.ts';
import { runPivot, startPivot } from './end-to-end/run-pivot.ts';
import { startOAuthServer, type OAuthServer } from './fixtures/oauth-server.ts';

let folder: string;
let server: OAuthServer;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot-auth-'));
  server = await startOAuthServer();
});

afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

const env = () => ({
  PATTERNPIVOT_YOUTUBE_CLIENT_ID: server.clientId,
  PATTERNPIVOT_YOUTUBE_CLIENT_SECRET: server.clientSecret,
  PATTERNPIVOT_YOUTUBE_CONSENT_URL: server.settings.consentUrl,
  PATTERNPIVOT_YOUTUBE_OAUTH_URL: server.url,
  PATTERNPIVOT_YOUTUBE_API_URL: server.url,
  PATTERNPIVOT_YOUTUBE_AUTH_FOLDER: join(folder, 'auth'),
  PATTERNPIVOT_COSTS_FOLDER: folder,
  PATTERNPIVOT_LIBRARY_FOLDER: join(folder, 'library'),
});
const run = (...args: string[]) => runPivot(args, { cwd: folder, env: env() });

/** Signs in as somebody at a terminal does who copies the address into a browser. */
async function login(): Promise<{ exitCode: unknown; stdout: string; stderr: string }> {
  const child = startPivot(['auth', 'login', '--no-open', '--json'], { cwd: folder, env: env() });
  let [stdout, stderr] = ['', ''];
  let isAsked = false;
  child.stdout?.on('data', (data) => (stdout += String(data)));
  child.stderr?.on('data', (data) => {
    stderr += String(data);
    const address = /(http:\S+)\n/u.exec(stderr)?.[1];
    if (address === undefined || isAsked) return;
    isAsked = true;
    void fetch(address);
  });
  const [exitCode] = await once(child, 'close');
  return { exitCode, stdout, stderr };
}

/** The same without a process of its own. */
async function signInHere(): Promise<void> {
  const config = configSchema.parse({
    youtube: { ...server.settings, authFolder: join(folder, 'auth') },
    costs: { folder },
  });
  const env = { PATTERNPIVOT_YOUTUBE_CLIENT_SECRET: server.clientSecret };
  const ledger = openLedger({ config, env });
  await signIn({
    config,
    env,
    ledger,
    allow: [],
    ask: { by: 'browser', show: (address) => void fetch(address) },
    signal: new AbortController().signal,
  });
  await ledger.close();
}

const channelId = 'UCX6OQ3DkcsbYNE6H8uQQuVA';
const secrets = /ya29|1\/\/|GOCSPX|code_verifier/u;

async function fillLibrary(): Promise<void> {
  const { records } = openSqliteRecords(join(folder, 'library', 'records.sqlite'));
  const at = '2026-11-04T00:00:00Z';
  await records.append(
    platformCollections.snapshots,
    Array.from({ length: 30 }, (_, video) => ({
      id: `video/v${video}/${at}`,
      value: { fetched: { at, under: video % 2 === 0 ? `owner:${channelId}` : 'public' } },
    })),
  );
  await records.close();
}

test('an owner signs in, is told how it stands, and signs out; what was fetched is deleted, and nothing secret is shown', async () => {
  const signedIn = await login();
  expect(signedIn, signedIn.stderr).toMatchObject({ exitCode: 0 });
  expect(JSON.parse(signedIn.stdout)).toMatchObject({ channelId, allowed: ['read'] });
  expect(signedIn.stderr).toContain('Talks & <b>Tea</b> (UCX6OQ3DkcsbYNE6H8uQQuVA) is signed in');
  const status = await run('auth', 'status');
  expect(status.stdout).toContain('✓ Talks & <b>Tea</b> (UCX6OQ3DkcsbYNE6H8uQQuVA): signed in since');

  await fillLibrary();
  const unasked = await run('auth', 'logout');
  expect(unasked.exitCode).toBe(2);
  expect(unasked.stderr).toContain('15 records fetched with it will be deleted');
  expect(unasked.stderr).toContain('add --yes');
  expect(server.counts.revocations).toBe(0);
  const out = await run('auth', 'logout', '--yes', '--json');
  expect(JSON.parse(out.stdout)).toEqual([{ channelId, deletedRecords: 15, isRevoked: true }]);
  expect(server.counts.revocations).toBe(1);
  const again = await run('auth', 'logout', '--yes');
  expect(again.stderr).toContain('Nobody is signed in');
  const after = await run('auth', 'status', '--json');
  expect(JSON.parse(after.stdout)).toMatchObject({ signedIn: [] });
  for (const { stdout, stderr } of [signedIn, status, unasked, out, again, after])
    expect(stdout + stderr).not.toMatch(secrets);
});

test('nothing is deleted where access could not be taken back, unless that is not wanted', async () => {
  await signInHere();
  await fillLibrary();
  const { oauthUrl } = { oauthUrl: 'http://127.0.0.1:9' };
  const cut = { ...env(), PATTERNPIVOT_YOUTUBE_OAUTH_URL: oauthUrl };
  const failed = await runPivot(['auth', 'logout', '--yes'], { cwd: folder, env: cut });
  expect(failed.exitCode).toBe(6);
  expect(failed.stderr).toContain('127.0.0.1:9 could not be reached');
  expect(failed.stderr).not.toMatch(secrets);
  const { stdout } = await run('auth', 'status', '--json', '--offline');
  expect(JSON.parse(stdout)).toMatchObject({ signedIn: [{ channelId }] });
  const local = await runPivot(['auth', 'logout', '--yes', '--local'], { cwd: folder, env: cut });
  expect(local.exitCode, local.stderr).toBe(0);
  expect(local.stderr).toContain('15 records deleted');
});

test('a week after the owner took access back, what was fetched is deleted by whatever opens the library, and that is said', async () => {
  await signInHere();
  await fillLibrary();
  server.revokeAll();
  const status = await run('auth', 'status');
  expect(status.stdout).toMatch(/✗ .* not accepted any more since 20/u);
  expect(status.stdout).toMatch(/deleted after 20/u);
  const path = join(folder, 'auth', `youtube-${channelId}.json`);
  const credential = JSON.parse(await readFile(path, 'utf8')) as object;
  const refusedAt = new Date(Date.now() - 8 * 86_400_000).toISOString();
  await writeFile(path, JSON.stringify({ ...credential, refusedAt }));
  const late = await run('corpus', 'list');
  expect(late.stderr).toContain('15 records that were fetched with it were deleted');
  expect((await run('corpus', 'list')).stderr).not.toContain('deleted');
});

test('mistakes are told in three lines: no client, a word that is none, an open folder', async () => {
  const { PATTERNPIVOT_YOUTUBE_CLIENT_ID: _id, ...without } = env();
  const none = await runPivot(['auth', 'login'], { cwd: folder, env: without });
  expect(none.stderr.trim().split('\n')).toHaveLength(3);
  expect(none.stderr).toContain('youtube.clientId');
  const word = await run('auth', 'login', '--allow', 'everything');
  expect(word.stderr).toContain('Write one of analytics, captions, upload.');
  await signInHere();
  await fillLibrary();
  await chmod(join(folder, 'auth'), 0o755);
  const open = await run('auth', 'status');
  expect(open.exitCode).toBe(2);
  expect(open.stderr).toContain('chmod 700');
  await chmod(join(folder, 'auth'), 0o700);
  const elsewhere = { ...env(), PATTERNPIVOT_LIBRARY_FOLDER: join(folder, 'nowhere') };
  const out = await runPivot(['auth', 'logout', '--yes'], { cwd: folder, env: elsewhere });
  expect(out.exitCode, out.stderr).toBe(0);
  expect(out.stderr).toContain('there is no library here');
  await signInHere();
  await chmod(join(folder, 'auth'), 0o755);
  // What does not need it goes on.
  expect((await run('corpus', 'list')).exitCode).toBe(0);
});
