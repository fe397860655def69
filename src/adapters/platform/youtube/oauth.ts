import { OAuth2Client } from 'google-auth-library';
import { PatternPivotError } from '../../../domain/errors.ts';

/** Where an OAuth server is, and who asks it. */
export type OAuthParty = {
  readonly clientId: string;
  /** Installed programs cannot keep it secret, and yet Google's server wants it. Never in a file, a message or a record. */
  readonly clientSecret?: string | undefined;
  /** The page where the owner allows access. */
  readonly consentUrl: string;
  /** Up to and without `/token`, `/revoke` and `/device/code`. */
  readonly oauthUrl: string;
};

/** One request may take this long. */
export const requestTimeoutMs = 30_000;

/** Google's own client for a server. @throws nothing */
export function createOAuthClient(party: OAuthParty, redirectUri?: string): OAuth2Client {
  return new OAuth2Client({
    clientId: party.clientId,
    ...(party.clientSecret === undefined ? {} : { clientSecret: party.clientSecret }),
    ...(redirectUri === undefined ? {} : { redirectUri }),
    endpoints: {
      oauth2AuthBaseUrl: party.consentUrl,
      oauth2TokenUrl: addressAt(party, 'token'),
      oauth2RevokeUrl: addressAt(party, 'revoke'),
    },
    transporterOptions: { timeout: requestTimeoutMs },
  });
}

/** An address of the OAuth server. */
export function addressAt({ oauthUrl }: Pick<OAuthParty, 'oauthUrl'>, path: string): string {
  return `${oauthUrl.replace(/\/+$/u, '')}/${path}`;
}

/** What a server answered to a request that failed. */
export type OAuthAnswer = {
  /** Undefined where there was no answer at all. */
  readonly status: number | undefined;
  /** OAuth's own word: `invalid_grant`. */
  readonly word: string | undefined;
};

/** What is told of a failure. The error itself holds what was sent, tokens and all, and goes no further. */
export function readFailure(error: unknown): OAuthAnswer {
  const { response } = error as { response?: { status?: unknown; data?: unknown } };
  const status = typeof response?.status === 'number' ? response.status : undefined;
  return { status, word: readWord(response?.data) };
}

/** OAuth's own word of an answer: https://www.rfc-editor.org/rfc/rfc6749#section-5.2 */
export function readWord(body: unknown): string | undefined {
  const word = (body as { error?: unknown } | undefined)?.error;
  return typeof word === 'string' && /^[a-z_]{1,50}$/u.test(word) ? word : undefined;
}

/** A failure of the OAuth server in our words, without what was sent. */
export function toOAuthError(
  answer: OAuthAnswer,
  { oauthUrl }: Pick<OAuthParty, 'oauthUrl'>,
): PatternPivotError {
  const { status, word } = answer;
  const { host } = new URL(oauthUrl);
  const context = {
    address: host,
    ...(status === undefined ? {} : { status }),
    ...(word === undefined ? {} : { word }),
  };
  if (word === 'invalid_client' || word === 'unauthorized_client') {
    return new PatternPivotError(
      'input.oauth_client_invalid',
      `${host} does not know this OAuth client, or its secret is wrong.`,
      {
        hint: 'Check youtube.clientId and the variable PATTERNPIVOT_YOUTUBE_CLIENT_SECRET (docs/youtube.md says how to get them).',
        context,
      },
    );
  }
  if (word === 'invalid_scope') {
    return new PatternPivotError(
      'input.oauth_scope_refused',
      `${host} does not give this OAuth client what was asked for.`,
      {
        hint: 'Leave out --allow, or sign in without --device: devices are given less.',
        context,
      },
    );
  }
  if (status === undefined) {
    return new PatternPivotError('provider.unreachable', `${host} could not be reached.`, {
      retryable: true,
      hint: 'Check the connection, and run it again.',
      context,
    });
  }
  return new PatternPivotError('provider.oauth_failed', `${host} refused: ${word ?? `HTTP ${status}`}.`, {
    retryable: status >= 500 || status === 429,
    hint: status >= 500 || status === 429 ? 'Run it again in a minute.' : 'Sign in again: pivot auth login',
    context,
  });
}

/**
 * Takes back what was given. What the server does not know any more is taken back already.
 * @returns whether the server knew it. @throws provider.unreachable, provider.oauth_failed
 */
export async function revokeToken(party: OAuthParty, token: string): Promise<boolean> {
  try {
    await createOAuthClient(party).revokeToken(token);
    return true;
  } catch (error) {
    const failure = readFailure(error);
    if (failure.word === 'invalid_token' || failure.word === 'invalid_grant') return false;
    throw toOAuthError(failure, party);
  }
}
