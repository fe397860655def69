import type { OAuth2Client } from 'google-auth-library';
import { PatternPivotError } from '../../../domain/errors.ts';
import type { Credential, Credentials } from '../../credentials/folder.ts';
import { createOAuthClient, readFailure, toOAuthError, type OAuthParty } from './oauth.ts';
import { signedOut, signInEnded } from './sign-in-errors.ts';

/** A token that is good for less than this is taken for one that ran out, in ms: a call and its tries take their time. */
const marginMs = 60_000;

/** The first may give what another process was given, which may have run out since; a third refusal is final. */
const maxRenewals = 2;

/** What an owner's client is made of. */
export type OwnerClientOptions = {
  readonly party: OAuthParty;
  readonly credentials: Credentials;
  readonly credential: Credential;
  /** Ms since 1970. Default: the clock. */
  readonly now?: () => number;
};

/**
 * Google's own client, with the tokens of an owner. It asks for a new access token when the one it has runs out, or when the API says
 * that it did. Of several processes one asks; the others take what it was given. A refresh token that was replaced is stored before it is used.
 * @throws input.sign_in_ended by its requests, when the owner took the access back or it ran out
 */
export function createOwnerClient(options: OwnerClientOptions): OAuth2Client {
  const { party, credential } = options;
  const client = createOAuthClient(party);
  client.setCredentials(tokensOf(credential));
  // Without a refresh token of its own the client asks this: it would drop the new refresh token that a server may give.
  client.refreshHandler = async () => {
    const renewed = await renewCredential(options, client.credentials.access_token ?? undefined);
    return tokensOf(renewed) as { access_token: string; expiry_date: number };
  };
  client.transporter.interceptors.response.add({
    // The client itself would do so after a 403 too, which is no word about the token, and costs quota again.
    rejected: async (error) => {
      let refusal = error;
      for (let renewals = 0; refusal.response?.status === 401 && renewals < maxRenewals; renewals++) {
        const renewed = await renewCredential(options, client.credentials.access_token ?? undefined);
        client.setCredentials(tokensOf(renewed));
        // The parameters stand in the address already.
        const { params: _params, ...config } = error.config;
        const headers = new Headers(config.headers);
        headers.set('authorization', `Bearer ${renewed.accessToken}`);
        try {
          // By another client, which does not renew.
          return await createOAuthClient(party).transporter.request({ ...config, headers });
        } catch (again) {
          refusal = again as typeof error;
        }
      }
      throw refusal;
    },
  });
  return client;
}

/**
 * A credential whose access token is good: the stored one where another process renewed it, else a new one. `usedToken` is the access
 * token that ran out. @throws input.sign_in_ended, not_found.credential, provider.*
 */
export async function renewCredential(
  { party, credentials, credential, now = Date.now }: OwnerClientOptions,
  usedToken: string | undefined,
): Promise<Credential> {
  return credentials.locked(async () => {
    const stored = await credentials.get(credential.channelId);
    if (stored === undefined) throw signedOut(credential);
    if (stored.refusedAt !== undefined) throw signInEnded(stored);
    const isGood = stored.accessToken !== undefined && (stored.expiresAtMs ?? 0) > now() + marginMs;
    if (isGood && stored.accessToken !== usedToken) return stored;
    return refresh(party, credentials, stored, now);
  });
}

async function refresh(
  party: OAuthParty,
  credentials: Credentials,
  stored: Credential,
  now: () => number,
): Promise<Credential> {
  const client = createOAuthClient(party);
  client.setCredentials({ refresh_token: stored.refreshToken });
  // The client overwrites a new refresh token with the old one once it has told of it.
  let refreshToken = stored.refreshToken;
  client.on('tokens', (tokens) => {
    if (typeof tokens.refresh_token === 'string' && tokens.refresh_token !== '')
      refreshToken = tokens.refresh_token;
  });
  try {
    const { credentials: tokens } = await client.refreshAccessToken();
    if (typeof tokens.access_token !== 'string') throw toOAuthError({ status: 200, word: undefined }, party);
    const renewed: Credential = {
      ...stored,
      refreshToken,
      accessToken: tokens.access_token,
      // Without a word on it: https://www.rfc-editor.org/rfc/rfc6749#section-5.1
      expiresAtMs: tokens.expiry_date ?? now() + 3_600_000,
      checkedAt: new Date(now()).toISOString(),
    };
    await credentials.put(renewed);
    return renewed;
  } catch (error) {
    if (error instanceof PatternPivotError) throw error;
    const failure = readFailure(error);
    if (failure.word !== 'invalid_grant') throw toOAuthError(failure, party);
    const { accessToken: _token, expiresAtMs: _expiry, ...rest } = stored;
    const refused: Credential = { ...rest, refusedAt: new Date(now()).toISOString() };
    await credentials.put(refused);
    throw signInEnded(refused);
  }
}

function tokensOf({ accessToken, expiresAtMs }: Credential) {
  return {
    ...(accessToken === undefined ? {} : { access_token: accessToken }),
    // Without a moment the client takes a token for good for ever.
    expiry_date: expiresAtMs ?? 1,
  };
}
