import type { OAuth2Client, Credentials as Tokens } from 'google-auth-library';
import { z } from 'zod';
import type { Credential } from '../adapters/credentials/folder.ts';
import { signInByDevice, type DevicePrompt } from '../adapters/platform/youtube/device-login.ts';
import { signInByLoopback } from '../adapters/platform/youtube/loopback-login.ts';
import {
  createOAuthClient,
  readFailure,
  revokeToken,
  type OAuthParty,
} from '../adapters/platform/youtube/oauth.ts';
import { renewCredential } from '../adapters/platform/youtube/owner-client.ts';
import {
  deviceScopes,
  nameOfScope,
  youtubeScopes,
  type YouTubeScopeName,
} from '../adapters/platform/youtube/scopes.ts';
import { PatternPivotError } from '../domain/errors.ts';
import type { Ledger } from '../ports/ledger.ts';
import {
  openCredentials,
  partyOfClient,
  toSignedIn,
  type SignedIn,
  type SignInParts,
} from './youtube-credentials.ts';

/** How an owner is asked. */
export type SignInOptions = SignInParts & {
  readonly ledger: Ledger;
  readonly allow: readonly YouTubeScopeName[];
  /** Shows the page of consent, or opens it; or tells what to type on another device. Which of them is given decides how it is done. */
  readonly ask:
    | { readonly by: 'browser'; readonly show: (address: string) => void; readonly timeoutMs?: number }
    | { readonly by: 'device'; readonly show: (prompt: DevicePrompt) => void };
  readonly signal: AbortSignal;
};

/** Which OAuth client asks, and where. @throws input.oauth_client_missing */
export function oauthPartyOf(parts: SignInParts): OAuthParty {
  const { clientId } = parts.config.youtube;
  if (clientId !== undefined) return partyOfClient(parts, clientId);
  throw new PatternPivotError(
    'input.oauth_client_missing',
    'There is no OAuth client to sign in to YouTube with.',
    {
      hint: 'Set youtube.clientId, and the variable PATTERNPIVOT_YOUTUBE_CLIENT_SECRET (docs/youtube.md says how to get both).',
    },
  );
}

/**
 * Signs the owner of a channel in: the least that is needed is asked for, and what was given is stored. Asking which channel it is costs
 * one unit of quota.
 * @throws input.oauth_client_missing, input.device_scope, input.sign_in_refused, input.sign_in_timeout, input.scope_refused,
 * not_found.channel, provider.*
 */
export async function signIn(options: SignInOptions): Promise<SignedIn> {
  const { allow, ask, signal, ledger } = options;
  const party = oauthPartyOf(options);
  const scopes = [youtubeScopes.read, ...new Set(allow.map((name) => youtubeScopes[name]))];
  if (ask.by === 'device') assertDeviceScopes(scopes);
  // Before anybody is asked for anything: it may be a place that cannot be used.
  const credentials = await openCredentials(options);
  // And before a quota that is used up makes it useless.
  const call = { service: 'youtube', operation: 'channels.list', amount: 1, unit: 'units', usd: 0 };
  const reservation = await ledger.reserve([call]);
  const given = await askOwner(party, scopes, options).catch(async (error: unknown) => {
    await reservation.settle([]);
    throw error;
  });
  await reservation.settle([call]);
  const client = createOAuthClient(party);
  client.setCredentials({ access_token: given.accessToken });
  const channel = await findOwnChannel(client, options.config.youtube.apiUrl, signal);
  const at = new Date().toISOString();
  const credential: Credential = {
    version: 1,
    ...channel,
    clientId: party.clientId,
    ...given,
    signedInAt: at,
    checkedAt: at,
  };
  await credentials.locked(() => credentials.put(credential), signal);
  return toSignedIn(credential);
}

/**
 * Asks the server whether what an owner gave is still good. @returns undefined where nobody signed in for that channel
 * @throws provider.unreachable and the like, when the server does not say
 */
export async function checkSignIn(parts: SignInParts, channelId: string): Promise<SignedIn | undefined> {
  const credentials = await openCredentials(parts);
  const credential = await credentials.get(channelId);
  if (credential === undefined) return undefined;
  try {
    const party = partyOfClient(parts, credential.clientId);
    return toSignedIn(await renewCredential({ party, credentials, credential }, credential.accessToken));
  } catch (error) {
    const isEnded = error instanceof PatternPivotError && error.code === 'input.sign_in_ended';
    const left = isEnded ? await credentials.get(channelId) : undefined;
    if (left === undefined) throw error;
    return toSignedIn(left);
  }
}

/**
 * Takes back at the server what an owner gave. What is stored stays, marked as taken back, until {@link forgetSignIn}: if this is
 * interrupted, it can be done again. @returns whether the server knew it still. @throws provider.*
 */
export async function revokeSignIn(parts: SignInParts, channelId: string): Promise<boolean> {
  const credentials = await openCredentials(parts);
  return credentials.locked(async () => {
    const credential = await credentials.get(channelId);
    if (credential === undefined) return false;
    const wasKnown = await revokeToken(partyOfClient(parts, credential.clientId), credential.refreshToken);
    const { accessToken: _token, expiresAtMs: _expiry, ...rest } = credential;
    await credentials.put({ refusedAt: new Date().toISOString(), ...rest });
    return wasKnown;
  });
}

function assertDeviceScopes(scopes: readonly string[]): void {
  const refused = scopes.filter((scope) => !deviceScopes.includes(scope)).map(nameOfScope);
  if (refused.length === 0) return;
  throw new PatternPivotError(
    'input.device_scope',
    `YouTube does not allow a device to have ${refused.join(', ')}.`,
    {
      hint: 'Sign in without --device, on a machine that has a browser.',
      context: { refused },
    },
  );
}

type Given = Pick<Credential, 'refreshToken' | 'expiresAtMs' | 'scopes'> & { readonly accessToken: string };

async function askOwner(
  party: OAuthParty,
  scopes: readonly string[],
  { ask, signal }: Pick<SignInOptions, 'ask' | 'signal'>,
): Promise<Given> {
  if (ask.by === 'device') {
    return readTokens(await signInByDevice({ party, scopes, signal, show: ask.show }), scopes);
  }
  const { show, timeoutMs } = ask;
  const patience = timeoutMs === undefined ? {} : { timeoutMs };
  return readTokens(await signInByLoopback({ party, scopes, signal, show, ...patience }), scopes);
}

/** @throws provider.sign_in_incomplete, input.scope_refused */
function readTokens(tokens: Tokens, asked: readonly string[]): Given {
  const { access_token: accessToken, refresh_token: refreshToken, expiry_date: expiresAtMs, scope } = tokens;
  if (!accessToken || !refreshToken) {
    throw new PatternPivotError('provider.sign_in_incomplete', 'The server gave no lasting access.', {
      hint: 'Remove PatternPivot at https://myaccount.google.com/permissions, and sign in again.',
    });
  }
  // Left out, it is all that was asked for: https://www.rfc-editor.org/rfc/rfc6749#section-5.1
  const scopes =
    scope === undefined
      ? [...asked]
      : scope
          .split(' ')
          .filter((part) => part !== '')
          .slice(0, 50);
  const missing = asked.filter((each) => !scopes.includes(each)).map(nameOfScope);
  if (missing.length > 0) {
    throw new PatternPivotError(
      'input.scope_refused',
      `This was not allowed on the page of consent: ${missing.join(', ')}.`,
      {
        hint: 'Sign in again with every box ticked, or leave out --allow.',
        context: { missing },
      },
    );
  }
  return { accessToken, refreshToken, scopes, ...(expiresAtMs ? { expiresAtMs } : {}) };
}

const channelsSchema = z.looseObject({
  items: z
    .array(
      z.looseObject({
        id: z.string().regex(/^[\w-]{1,64}$/u),
        snippet: z.looseObject({ title: z.string().transform((title) => title.slice(0, 500)) }).optional(),
      }),
    )
    .default([]),
});

/** Which channel has just signed in. https://developers.google.com/youtube/v3/docs/channels/list */
async function findOwnChannel(
  client: OAuth2Client,
  apiUrl: string,
  signal: AbortSignal,
): Promise<{ channelId: string; channelTitle: string }> {
  const { host } = new URL(apiUrl);
  let body: unknown;
  try {
    const url = `${apiUrl.replace(/\/+$/u, '')}/youtube/v3/channels?part=snippet&mine=true`;
    ({ data: body } = await client.request({ url, signal, retry: true }));
  } catch (error) {
    signal.throwIfAborted();
    const { status } = readFailure(error);
    throw new PatternPivotError(
      'provider.youtube_failed',
      `You signed in, but ${host} did not say which channel is yours${status === undefined ? '' : ` (HTTP ${status})`}.`,
      {
        hint:
          status === 403
            ? 'Enable the YouTube Data API v3 in the project of your OAuth client, and sign in again (docs/youtube.md).'
            : 'Sign in again in a minute.',
        context: { address: host, status },
      },
    );
  }
  const channel = channelsSchema.safeParse(body).data?.items[0];
  if (channel !== undefined)
    return { channelId: channel.id, channelTitle: channel.snippet?.title ?? channel.id };
  throw new PatternPivotError('not_found.channel', 'Whoever signed in has no YouTube channel.', {
    hint: 'Sign in again, and choose the account or brand that the channel belongs to.',
  });
}
