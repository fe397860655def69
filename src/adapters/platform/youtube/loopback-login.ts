import { randomBytes, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CodeChallengeMethod, type Credentials as Tokens } from 'google-auth-library';
import { PatternPivotError } from '../../../domain/errors.ts';
import { answerPage } from './answer-page.ts';
import { createOAuthClient, readFailure, toOAuthError, type OAuthParty } from './oauth.ts';

/** How a browser is sent to the page of consent, and how long its answer is waited for. */
export type LoopbackOptions = {
  readonly party: OAuthParty;
  readonly scopes: readonly string[];
  /** Shows the address of the page of consent, or opens it. */
  readonly show: (address: string) => void;
  /** Default: five minutes. */
  readonly timeoutMs?: number;
  readonly signal: AbortSignal;
};

const defaultTimeoutMs = 300_000;

type Answer = { readonly code: string } | { readonly error: string };

/**
 * Signs in by a browser on this machine: OAuth 2 for installed programs, with PKCE, and an answer that comes to 127.0.0.1 on a port that
 * was free. https://www.rfc-editor.org/rfc/rfc8252, https://www.rfc-editor.org/rfc/rfc7636
 * @throws input.sign_in_refused, input.sign_in_timeout, provider.*, cancelled.by_user
 */
export async function signInByLoopback(options: LoopbackOptions): Promise<Tokens> {
  const { party, scopes, show, signal, timeoutMs = defaultTimeoutMs } = options;
  const state = randomBytes(32).toString('base64url');
  const answered = Promise.withResolvers<Answer>();
  const finished = Promise.withResolvers<boolean>();
  // Nobody may be waiting for them when they fail.
  finished.promise.catch(() => {});
  let port = 0;

  const server = createServer((request, response) => {
    void handle(request, response).catch(() => response.destroy());
  });
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const address = readRequest(request, port);
    if (address === undefined) return answerPage(response, 404, 'There is nothing here.');
    const isOurs = isSame(address.searchParams.get('state') ?? '', state);
    const error = address.searchParams.get('error');
    const code = address.searchParams.get('code');
    // Any page that is open in the browser may send something here: it must not end the wait.
    if (!isOurs || (error === null && code === null)) {
      return answerPage(
        response,
        400,
        'This answer was not asked for. Go on in the window that pivot opened.',
      );
    }
    answered.resolve(code === null || error !== null ? { error: error ?? '' } : { code });
    const worked = await finished.promise;
    if (worked)
      answerPage(response, 200, 'You are signed in. You can close this page and go back to the terminal.');
    else
      answerPage(response, 400, 'Signing in did not work. The terminal says why; you can close this page.');
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
  const redirectUri = `http://127.0.0.1:${port}`;

  const timer = setTimeout(() => answered.reject(timeout(timeoutMs)), timeoutMs);
  const stop = () => answered.reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  try {
    signal.throwIfAborted();
    const client = createOAuthClient(party, redirectUri);
    const { codeVerifier, codeChallenge } = await client.generateCodeVerifierAsync();
    show(
      client.generateAuthUrl({
        access_type: 'offline',
        // Else a second sign-in gives no refresh token.
        prompt: 'consent',
        scope: [...scopes],
        state,
        code_challenge_method: CodeChallengeMethod.S256,
        code_challenge: codeChallenge!,
      }),
    );
    const answer = await answered.promise;
    if ('error' in answer) throw refused(answer.error);
    const { tokens } = await client.getToken({ code: answer.code, codeVerifier }).catch((error: unknown) => {
      throw toOAuthError(readFailure(error), party);
    });
    finished.resolve(true);
    return tokens;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
    finished.resolve(false);
    await close(server);
  }
}

/** The address that was asked for, where it is ours to answer: this machine's, under no other name (that would be another site's page). */
function readRequest({ method, url = '', headers }: IncomingMessage, port: number): URL | undefined {
  if (method !== 'GET' || headers.host !== `127.0.0.1:${port}` || url.length > 8192) return undefined;
  const base = `http://127.0.0.1:${port}`;
  if (!url.startsWith('/') || !URL.canParse(url, base)) return undefined;
  const address = new URL(url, base);
  return address.origin === base && address.pathname === '/' ? address : undefined;
}

function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Ends a server once what it is answering has gone out. */
async function close(server: ReturnType<typeof createServer>): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  // A browser opens connections beforehand, and keeps them.
  const timer = setTimeout(() => server.closeAllConnections(), 500);
  await closed;
  clearTimeout(timer);
}

function refused(error: string): PatternPivotError {
  if (error === 'access_denied') {
    return new PatternPivotError('input.sign_in_refused', 'Access was not allowed on the page of consent.', {
      hint: 'Run pivot auth login again when you want to allow it.',
    });
  }
  const word = /^[a-z_]{1,50}$/u.test(error) ? error : 'something else';
  return new PatternPivotError('provider.oauth_failed', `The page of consent answered ${word}.`, {
    hint: 'Check youtube.clientId: its kind must be "Desktop app" (docs/youtube.md).',
    context: { word },
  });
}

function timeout(timeoutMs: number): PatternPivotError {
  const minutes = Math.round(timeoutMs / 60_000);
  return new PatternPivotError(
    'input.sign_in_timeout',
    `Nobody answered on the page of consent for ${minutes} min.`,
    {
      retryable: true,
      hint: 'Run pivot auth login again; where this machine has no browser, with --device.',
    },
  );
}
