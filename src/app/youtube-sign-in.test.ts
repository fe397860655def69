import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OAuth2Client } from 'google-auth-library';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  startOAuthServer,
  type OAuthServer,
  type OAuthServerOptions,
} from '../../test/fixtures/oauth-server.ts';
import { signInByDevice } from '../adapters/platform/youtube/device-login.ts';
import { youtubeScopes } from '../adapters/platform/youtube/scopes.ts';
import { PatternPivotError } from '../domain/errors.ts';
import { openLedger } from './compose-ledger.ts';
import { configSchema } from './config.ts';
import { openYouTubeAccess } from './youtube-access.ts';
import { forgetSignIn, listSignedIn } from './youtube-credentials.ts';
import { checkSignIn, oauthPartyOf, revokeSignIn, signIn, type SignInOptions } from './youtube-sign-in.ts';

let folder: string;
let server: OAuthServer;
const closing: (() => Promise<void>)[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot-auth-'));
  await begin();
});

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  await rm(folder, { recursive: true, force: true });
});

async function begin(options: OAuthServerOptions = {}) {
  server = await startOAuthServer(options);
  closing.push(server.close);
}

const authFolder = () => join(folder, 'auth');

function parts() {
  const config = configSchema.parse({
    youtube: { ...server.settings, authFolder: authFolder() },
    costs: { folder },
  });
  return { config, env: { PATTERNPIVOT_YOUTUBE_CLIENT_SECRET: server.clientSecret } };
}

/** What somebody sees who is sent to an address: pages are followed as a browser does. */
async function browse(address: string): Promise<{ status: number; text: string }> {
  const response = await fetch(address);
  return { status: response.status, text: await response.text() };
}

const pages: Promise<{ status: number; text: string }>[] = [];

async function signInHere(changes: Partial<SignInOptions> = {}) {
  const { config, env } = parts();
  const ledger = openLedger({ config, env });
  try {
    return await signIn({
      config,
      env,
      ledger,
      allow: [],
      ask: { by: 'browser', show: (address) => void pages.push(browse(address)), timeoutMs: 5000 },
      signal: new AbortController().signal,
      ...changes,
    });
  } finally {
    await ledger.close();
  }
}

async function errorOf(promise: Promise<unknown>): Promise<PatternPivotError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof PatternPivotError) return error;
  throw new Error(`expected an error of ours, got ${String(error)}`);
}

const channelsUrl = () => `${server.url}/youtube/v3/channels?part=snippet&mine=true`;
const credentialPath = () => join(authFolder(), 'youtube-UCX6OQ3DkcsbYNE6H8uQQuVA.json');
const readCredential = async () =>
  JSON.parse(await readFile(credentialPath(), 'utf8')) as Record<string, unknown>;

async function ownerClient(): Promise<OAuth2Client> {
  const { auth, under } = await openYouTubeAccess({ ...parts(), needs: 'owner' });
  expect(under).toBe('owner:UCX6OQ3DkcsbYNE6H8uQQuVA');
  return auth as OAuth2Client;
}

describe('signing in by a browser', () => {
  test('asks for the least, says that it worked, and stores what was given where nobody else can read it', async () => {
    pages.length = 0;
    const signedIn = await signInHere();
    expect(signedIn).toMatchObject({ channelTitle: 'Talks & <b>Tea</b>', allowed: ['read'] });
    expect(JSON.stringify(signedIn)).not.toMatch(/ya29|1\/\//u);
    const page = await pages[0];
    expect(page?.status).toBe(200);
    expect(page?.text).toContain('You are signed in.');
    expect((await stat(authFolder())).mode & 0o777).toBe(0o700);
    for (const name of await readdir(authFolder()))
      expect((await stat(join(authFolder(), name))).mode & 0o777, name).toBe(0o600);
    const ledger = openLedger(parts());
    expect(await ledger.sum({ since: '2020-01-01T00:00:00Z' })).toMatchObject([
      { service: 'youtube', operation: 'channels.list', amount: 1, unit: 'units' },
    ]);
    await ledger.close();
    const client = await ownerClient();
    const { data } = await client.request<{ items: unknown[] }>({ url: channelsUrl() });
    expect(data.items).toHaveLength(1);
    expect(server.counts.refreshes).toBe(0);
  });

  test('sends a proof key and a state, to a loopback address, and asks for more only when told to', async () => {
    let shown = '';
    await signInHere({
      allow: ['captions'],
      ask: {
        by: 'browser',
        show: (address) => {
          shown = address;
          void browse(address);
        },
      },
    });
    const { searchParams } = new URL(shown);
    expect(searchParams.get('scope')).toBe(`${youtubeScopes.read} ${youtubeScopes.captions}`);
    expect(searchParams.get('code_challenge_method')).toBe('S256');
    expect(searchParams.get('state')?.length).toBeGreaterThan(40);
    expect(searchParams.get('redirect_uri')).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/u);
    expect(searchParams.get('access_type')).toBe('offline');
    const missing = await errorOf(
      openYouTubeAccess({ ...parts(), needs: 'owner', scopes: [youtubeScopes.analytics] }),
    );
    expect(missing.hint).toBe('Sign in again: pivot auth login --allow captions --allow analytics');
    await openYouTubeAccess({ ...parts(), needs: 'owner', scopes: [youtubeScopes.captions] });
  });

  test('takes no answer with another state, from another name, or by another method, and goes on waiting', async () => {
    const answers: number[] = [];
    await signInHere({
      ask: {
        by: 'browser',
        show: (address) => {
          void (async () => {
            const back = new URL(new URL(address).searchParams.get('redirect_uri')!);
            const ask = async (query: string, init: RequestInit = {}) =>
              answers.push((await fetch(`${back.origin}/${query}`, init)).status);
            await ask('?code=stolen&state=guessed');
            await ask('?error=access_denied&state=guessed');
            await ask('?code=stolen');
            await ask('favicon.ico');
            await ask(`?code=x&state=${new URL(address).searchParams.get('state')}`, { method: 'POST' });
            answers.push(await statusUnderName(Number(back.port), 'evil.example'));
            await browse(address);
          })();
        },
      },
    });
    expect(answers).toEqual([400, 400, 400, 404, 404, 404]);
  });

  test('says what happened when access is denied, allowed in part, or nobody answers', async () => {
    server.state.consent = 'deny';
    pages.length = 0;
    expect((await errorOf(signInHere())).code).toBe('input.sign_in_refused');
    expect((await pages[0])?.text).toContain('did not work');
    server.state.consent = 'allow-less';
    expect((await errorOf(signInHere())).message).toContain('not allowed on the page of consent: read');
    const slow = await errorOf(signInHere({ ask: { by: 'browser', show: () => {}, timeoutMs: 50 } }));
    expect(slow.code).toBe('input.sign_in_timeout');
    const stopping = new AbortController();
    const stopped = signInHere({
      ask: { by: 'browser', show: () => stopping.abort() },
      signal: stopping.signal,
    });
    await expect(stopped).rejects.toMatchObject({ name: 'AbortError' });
    expect(await listSignedIn(parts())).toEqual([]);
  });

  test('tells a wrong client, a server that fails, and an account without a channel', async () => {
    const { config } = parts();
    const wrong = await errorOf(signInHere({ env: { PATTERNPIVOT_YOUTUBE_CLIENT_SECRET: 'another' } }));
    expect(wrong.code).toBe('input.oauth_client_invalid');
    expect(JSON.stringify(wrong) + String(wrong.stack)).not.toContain('another"');
    const none = await errorOf(
      signInHere({ config: { ...config, youtube: { ...config.youtube, clientId: undefined } } }),
    );
    expect(none.code).toBe('input.oauth_client_missing');
    server.state.faults = Array.from({ length: 4 }, () => ({ status: 503 }));
    expect((await errorOf(signInHere())).code).toBe('provider.oauth_failed');
    server.state.faults = ['garbage'];
    expect((await errorOf(signInHere())).code).toBe('provider.sign_in_incomplete');
    await begin({ channel: undefined });
    expect((await errorOf(signInHere())).code).toBe('not_found.channel');
  });
});

/** What the loopback server answers to a request for another name: a page elsewhere whose name was made to mean this machine. */
function statusUnderName(port: number, name: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () =>
      socket.write(`GET /?code=a HTTP/1.1\r\nHost: ${name}\r\nConnection: close\r\n\r\n`),
    );
    let text = '';
    socket.on('data', (data) => (text += String(data)));
    socket.on('end', () => resolve(Number(text.split(' ')[1])));
    socket.on('error', reject);
  });
}

describe('signing in by another device', () => {
  const waits: number[] = [];
  const sleep = async (ms: number, signal: AbortSignal) => {
    signal.throwIfAborted();
    waits.push(ms);
  };
  const signInThere = (
    signal = new AbortController().signal,
    scopes: readonly string[] = [youtubeScopes.read],
  ) => {
    waits.length = 0;
    return signInByDevice({ party: oauthPartyOf(parts()), scopes, show: () => {}, signal, sleep });
  };

  test('polls as often as it is told to, and less often when it is told to slow down', async () => {
    server.state.deviceAnswers = ['authorization_pending', 'slow_down', 'authorization_pending', 'slow_down'];
    const tokens = await signInThere();
    expect(tokens.refresh_token).toMatch(/^1\/\//u);
    expect(waits).toEqual([5000, 5000, 10_000, 10_000, 15_000]);
  });

  test('survives a cut connection and a failing server, by waiting longer', async () => {
    server.state.faults = ['cut', { status: 500 }];
    expect((await signInThere()).access_token).toMatch(/^ya29/u);
    expect(waits).toEqual([5000, 10_000, 20_000]);
    server.state.faults = Array.from({ length: 9 }, () => ({ status: 500 }));
    expect((await errorOf(signInThere())).code).toBe('provider.oauth_failed');
  });

  test('ends when access is denied or the code runs out, on either clock', async () => {
    server.state.deviceAnswers = ['access_denied'];
    expect((await errorOf(signInThere())).code).toBe('input.sign_in_refused');
    server.state.deviceAnswers = ['expired_token'];
    expect((await errorOf(signInThere())).code).toBe('input.sign_in_timeout');
    server.state.deviceAnswers = Array.from({ length: 1000 }, () => 'authorization_pending');
    expect((await errorOf(signInThere())).code).toBe('input.sign_in_timeout');
    // 1,800 s at 5 s each.
    expect(waits).toHaveLength(360);
    await expect(signInThere(AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
  });

  test('is not tried for what a device is not given', async () => {
    const refused = await errorOf(signInHere({ allow: ['captions'], ask: { by: 'device', show: () => {} } }));
    expect(refused.code).toBe('input.device_scope');
    expect(server.seen).toEqual([]);
  });
});

describe('what was given', () => {
  test('is refreshed when it runs out, and a refresh token that was replaced is kept', async () => {
    await begin({ isRotating: true, tokenSeconds: 1 });
    await signInHere();
    const before = await readCredential();
    for (let call = 0; call < 3; call++) await (await ownerClient()).request({ url: channelsUrl() });
    expect(server.counts.refreshes).toBe(3);
    expect((await readCredential())['refreshToken']).not.toBe(before['refreshToken']);
  });

  test('is refreshed once by processes that find at the same moment that it ran out', async () => {
    await begin({ isRotating: true });
    await signInHere();
    await writeFile(credentialPath(), JSON.stringify({ ...(await readCredential()), expiresAtMs: 1 }));
    server.state.tokenDelayMs = 200;
    const module = join(folder, 'asker.ts');
    await writeFile(
      module,
      `import { openYouTubeAccess } from ${JSON.stringify(join(import.meta.dirname, 'youtube-access.ts'))};
       const access = await openYouTubeAccess({ ...${JSON.stringify(parts())}, needs: 'owner' });
       const { data } = await access.auth.request({ url: ${JSON.stringify(channelsUrl())} });
       process.stdout.write(data.items[0].id);`,
    );
    const said = await Promise.all(
      Array.from({ length: 3 }, async () => {
        const child = spawn(process.execPath, [module], { stdio: ['ignore', 'pipe', 'inherit'] });
        let text = '';
        child.stdout.on('data', (data) => (text += String(data)));
        await once(child, 'close');
        return text;
      }),
    );
    expect(said).toEqual(Array.from({ length: 3 }, () => 'UCX6OQ3DkcsbYNE6H8uQQuVA'));
    expect(server.counts.refreshes).toBe(1);
  });

  test('is refreshed when the API says that it ran out before its time, and then the call is made again, once', async () => {
    await signInHere();
    const client = await ownerClient();
    server.expireAccessTokens();
    await client.request({ url: channelsUrl() });
    expect(server.counts).toMatchObject({ refreshes: 1, channels: 3 });
    // Several calls at once still refresh once.
    server.expireAccessTokens();
    await Promise.all(Array.from({ length: 4 }, () => client.request({ url: channelsUrl() })));
    expect(server.counts.refreshes).toBe(2);
  });

  test('is marked when the owner took it back, and says how to go on', async () => {
    await signInHere();
    const client = await ownerClient();
    server.revokeAll();
    const error = await errorOf(client.request({ url: channelsUrl() }));
    expect(error.code).toBe('input.sign_in_ended');
    expect(error.hint).toContain('pivot auth login');
    expect((await errorOf(openYouTubeAccess({ ...parts(), needs: 'owner' }))).code).toBe(
      'input.sign_in_ended',
    );
    const [refused] = await listSignedIn(parts());
    expect(refused?.refusedAt).toBeDefined();
    expect(await readCredential()).not.toHaveProperty('accessToken');
    const refreshes = server.counts.refreshes;
    await errorOf(client.request({ url: channelsUrl() }));
    expect(server.counts.refreshes).toBe(refreshes);
    // The first word on it counts, whoever asks again.
    expect((await checkSignIn(parts(), refused!.channelId))?.refusedAt).toBe(refused?.refusedAt);
    await signInHere();
    expect((await listSignedIn(parts()))[0]).not.toHaveProperty('refusedAt');
  });

  test('stays as it was when the server cannot be reached or fails', async () => {
    await signInHere();
    const before = await readFile(credentialPath(), 'utf8');
    server.expireAccessTokens();
    server.state.faults = Array.from({ length: 4 }, () => ({ status: 500 }));
    const client = await ownerClient();
    const failed = await errorOf(client.request({ url: channelsUrl() }));
    expect(failed).toMatchObject({ code: 'provider.oauth_failed', retryable: true });
    expect(await readFile(credentialPath(), 'utf8')).toBe(before);
    await server.close();
    closing.length = 0;
    expect((await errorOf(checkSignIn(parts(), 'UCX6OQ3DkcsbYNE6H8uQQuVA'))).code).toBe(
      'provider.unreachable',
    );
    expect(await readFile(credentialPath(), 'utf8')).toBe(before);
  });

  test('is taken back and forgotten; a second time does no harm', async () => {
    await signInHere();
    const { accessToken } = await readCredential();
    expect(await revokeSignIn(parts(), 'UCX6OQ3DkcsbYNE6H8uQQuVA')).toBe(true);
    expect(server.isGood(String(accessToken))).toBe(false);
    expect(await revokeSignIn(parts(), 'UCX6OQ3DkcsbYNE6H8uQQuVA')).toBe(false);
    await forgetSignIn(parts(), 'UCX6OQ3DkcsbYNE6H8uQQuVA');
    await forgetSignIn(parts(), 'UCX6OQ3DkcsbYNE6H8uQQuVA');
    expect(await listSignedIn(parts())).toEqual([]);
    expect((await errorOf(openYouTubeAccess({ ...parts(), needs: 'owner' }))).code).toBe(
      'input.not_signed_in',
    );
  });

  test('is mended where its file was widened, and refused where its folder was, or where it is none of ours', async () => {
    await signInHere();
    await chmod(credentialPath(), 0o644);
    await listSignedIn(parts());
    expect((await stat(credentialPath())).mode & 0o777).toBe(0o600);
    await chmod(authFolder(), 0o755);
    const wide = await errorOf(listSignedIn(parts()));
    expect(wide.code).toBe('input.credentials_exposed');
    expect(wide.hint).toContain(`chmod 700 "${authFolder()}"`);
    await chmod(authFolder(), 0o700);
    await rm(credentialPath());
    await writeFile(join(folder, 'elsewhere.json'), '{}');
    await symlink(join(folder, 'elsewhere.json'), credentialPath());
    expect((await errorOf(listSignedIn(parts()))).code).toBe('input.credentials_exposed');
    await rm(credentialPath());
    await writeFile(credentialPath(), '{"refreshToken": "1//secret"}', { mode: 0o600 });
    const damaged = await errorOf(listSignedIn(parts()));
    expect(damaged.code).toBe('tool.credentials_damaged');
    expect(JSON.stringify(damaged) + String(damaged.stack) + String(damaged.cause)).not.toContain(
      '1//secret',
    );
  });
});

describe('the right to ask YouTube', () => {
  test('is an API key for what everybody may see, and an owner where there is none', async () => {
    const key = { PATTERNPIVOT_YOUTUBE_API_KEY: ' AIza-key ' };
    expect(await openYouTubeAccess({ ...parts(), env: key, needs: 'public' })).toEqual({
      under: 'public',
      auth: 'AIza-key',
    });
    expect((await errorOf(openYouTubeAccess({ ...parts(), needs: 'public' }))).code).toBe(
      'input.youtube_key_missing',
    );
    await signInHere();
    const access = await openYouTubeAccess({ ...parts(), needs: 'public' });
    expect(access.under).toBe('public');
    expect(typeof access.auth).toBe('object');
  });

  test('is of the channel that is named, where several owners signed in', async () => {
    await signInHere();
    await begin({ channel: { id: 'UCother', title: 'Other' } });
    await signInHere();
    expect((await errorOf(openYouTubeAccess({ ...parts(), needs: 'owner' }))).code).toBe(
      'input.which_channel',
    );
    const { under } = await openYouTubeAccess({ ...parts(), needs: 'owner', channelId: 'UCother' });
    expect(under).toBe('owner:UCother');
    const none = await errorOf(openYouTubeAccess({ ...parts(), needs: 'owner', channelId: 'UCnobody' }));
    expect(none.code).toBe('input.not_signed_in');
  });
});
