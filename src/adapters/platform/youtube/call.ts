import { PatternPivotError } from '../../../domain/errors.ts';
import { boundsOfPeriod, youtubeQuotaDay } from '../../../domain/spending-period.ts';
import type { Ledger } from '../../../ports/ledger.ts';

/** So many times a request is sent at most, and so long one may take, in ms. */
const maxTries = 6;
const requestMs = 60_000;

/** The first wait before another try, and the longest, in ms: exponential, with full jitter. */
const firstWaitMs = 500;
const longestWaitMs = 30_000;

/** An answer, or what an unchanged list is answered with. */
export type Answer<T> = { readonly status: number; readonly data: T };

/** What a request is told beside its parameters. */
export type RequestOptions = {
  readonly signal: AbortSignal;
  readonly timeout: number;
  readonly retry: false;
  readonly headers: Record<string, string>;
  readonly validateStatus: (status: number) => boolean;
  readonly rootUrl: string;
};

/** What requests to YouTube have in common. */
export type Caller = {
  readonly ledger: Pick<Ledger, 'spend'>;
  readonly rootUrl: string;
  /** Waits so many ms. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<unknown>;
};

/**
 * Sends one request of Google's client, counted before each try: busy, broken and cut-off answers are tried again, as YouTube asks for.
 * https://developers.google.com/youtube/v3/docs/errors
 * @throws conflict.budget_reached, conflict.quota_exceeded, provider.youtube_*, not_found.youtube, input.youtube_*
 */
export async function call<T>(
  { ledger, rootUrl, sleep }: Caller,
  what: {
    readonly operation: string;
    readonly units: number;
    readonly signal: AbortSignal;
    readonly etag?: string | undefined;
    /** Default: six. One where a second may do it twice. */
    readonly tries?: number;
  },
  send: (options: RequestOptions) => Promise<{ readonly status: number; readonly data: T }>,
): Promise<Answer<T>> {
  const { operation, units, signal, etag, tries = maxTries } = what;
  for (let tried = 1; ; tried++) {
    signal.throwIfAborted();
    await ledger.spend({ service: 'youtube', operation, amount: units, unit: 'units', usd: 0 });
    try {
      const answer = await send({
        signal,
        timeout: requestMs,
        // Repetitions cost units: they are counted here, and not hidden in the client.
        retry: false,
        headers: etag === undefined ? {} : { 'If-None-Match': etag },
        validateStatus: (status) => (status >= 200 && status < 300) || status === 304,
        rootUrl,
      });
      if (answer.status !== 304 && !isYouTubes(answer.data)) throw unreadable(operation, rootUrl);
      return answer;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof PatternPivotError) throw error;
      const trouble = describeFailure(error);
      if (!trouble.isPassing || tried === tries) throw tell(trouble, operation, error);
      await sleep(waitMs(tried, trouble.retryAfterMs), signal).catch((reason: unknown) => {
        signal.throwIfAborted();
        throw reason;
      });
    }
  }
}

/** Every answer says what it is; a page of a hotel's or a proxy's does not. */
function isYouTubes(data: unknown): boolean {
  const kind = (data as { kind?: unknown } | null | undefined)?.kind;
  return typeof kind === 'string' && kind.startsWith('youtube#');
}

function unreadable(operation: string, rootUrl: string): PatternPivotError {
  const { host } = new URL(rootUrl);
  return new PatternPivotError('provider.youtube_unreadable', `${host} answers, but not as YouTube does.`, {
    hint: 'A network that wants a sign-in may be in between; check youtube.apiUrl, and try again.',
    context: { operation, host },
  });
}

/** How long is waited before another try, in ms: the longer the more there were, and what the server asked for on top. */
export function waitMs(tried: number, retryAfterMs: number | undefined): number {
  const most = Math.min(longestWaitMs, firstWaitMs * 2 ** (tried - 1));
  return Math.min(longestWaitMs, (retryAfterMs ?? 0) + Math.random() * most);
}

/** What went wrong, as far as YouTube said. */
export type Failure = {
  /** Undefined where no answer came. */
  readonly status: number | undefined;
  /** YouTube's own word: `quotaExceeded`. */
  readonly reason: string;
  readonly message: string;
  readonly isPassing: boolean;
  readonly retryAfterMs?: number | undefined;
};

/** Google's error form: `{error: {code, message, errors: [{reason}]}}`. */
type ErrorBody = {
  readonly error?: {
    readonly message?: unknown;
    readonly errors?: readonly { readonly reason?: unknown }[];
    readonly details?: readonly { readonly reason?: unknown }[];
  };
};

const busyReasons = new Set(['rateLimitExceeded', 'userRateLimitExceeded', 'backendError', 'internalError']);

/** What went wrong, of an error that has the answer as its `response`, or of such an answer in an object. */
export function describeFailure(error: unknown): Failure {
  const { response, message } = error as {
    response?: { status?: unknown; data?: unknown; headers?: { get?: (name: string) => string | null } };
    message?: unknown;
  };
  const status = typeof response?.status === 'number' ? response.status : undefined;
  const body = (typeof response?.data === 'object' ? response.data : undefined) as ErrorBody | undefined;
  const reasons = [...(body?.error?.details ?? []), ...(body?.error?.errors ?? [])].flatMap(({ reason }) =>
    typeof reason === 'string' ? [reason] : [],
  );
  const reason = reasons[0] ?? '';
  const said = body?.error?.message ?? message;
  const isPassing =
    status === undefined || status >= 500 || (status === 429 && !isQuota(reason)) || busyReasons.has(reason);
  const after = Number(response?.headers?.get?.('retry-after') ?? Number.NaN);
  return {
    status,
    reason,
    message: plain(typeof said === 'string' ? said : 'no reason was given'),
    isPassing,
    ...(after > 0 && after < 3600 ? { retryAfterMs: after * 1000 } : {}),
  };
}

/** Messages of YouTube's hold mark-up, and those of a broken line may hold the address with the key. */
function plain(text: string): string {
  return text
    .replaceAll(/<[^>]*>/gu, '')
    .replaceAll(/([?&](?:key|access_token|upload_id)=)[^&\s]+/gu, '$1…')
    .replaceAll(/[\p{Cc}\s]+/gu, ' ')
    .slice(0, 300);
}

function isQuota(reason: string): boolean {
  return ['quotaExceeded', 'dailyLimitExceeded'].includes(reason);
}

/** When there is a new quota, ISO 8601. */
function quotaEndsAt(): string {
  return new Date(boundsOfPeriod(youtubeQuotaDay, Date.now()).endMs).toISOString();
}

/** A failure in our words, with what to do next. */
export function tell(
  { status, reason, message, isPassing }: Failure,
  operation: string,
  cause: unknown,
): PatternPivotError {
  // Google's own error holds the whole request, the key in it: only what was said of it goes on.
  const details = (hint: string) => ({
    hint,
    retryable: isPassing,
    context: { operation, status, reason },
    cause: new Error(plain(cause instanceof Error ? cause.message : String(cause))),
  });
  if (isQuota(reason)) {
    return new PatternPivotError('conflict.quota_exceeded', "YouTube says that today's quota is used up.", {
      ...details(
        'It begins anew at midnight Pacific time; what is saved stays, and the same command goes on then.',
      ),
      context: { operation, status, reason, endsAt: quotaEndsAt() },
    });
  }
  if (status === undefined) {
    return new PatternPivotError(
      'provider.youtube_unreachable',
      `YouTube cannot be reached: ${message}`,
      details('Check the network; the same command goes on where it stopped.'),
    );
  }
  if (['API_KEY_INVALID', 'keyInvalid', 'keyExpired', 'ipRefererBlocked'].includes(reason)) {
    return new PatternPivotError(
      'input.youtube_key_invalid',
      `YouTube does not take the API key: ${message}`,
      details('Check PATTERNPIVOT_YOUTUBE_API_KEY, and what the key is restricted to.'),
    );
  }
  if (['accessNotConfigured', 'SERVICE_DISABLED'].includes(reason)) {
    return new PatternPivotError(
      'input.youtube_not_enabled',
      `The YouTube Data API is not enabled in this project: ${message}`,
      details('Enable it at console.cloud.google.com under APIs & Services, and wait a few minutes.'),
    );
  }
  if (status === 401) {
    return new PatternPivotError(
      'input.youtube_sign_in',
      `YouTube wants a sign-in that counts: ${message}`,
      details('Sign in again: pivot auth login'),
    );
  }
  if (reason === 'invalidPageToken') {
    return new PatternPivotError(
      'conflict.page_token',
      'YouTube does not know any more where reading the list stopped.',
      details('The same command begins the list anew.'),
    );
  }
  if (status === 404) {
    return new PatternPivotError(
      'not_found.youtube',
      `YouTube knows no such thing: ${message}`,
      details('Check the address; a private list can only be read by its owner (pivot auth login).'),
    );
  }
  if (status === 403) {
    return new PatternPivotError(
      'input.youtube_forbidden',
      `YouTube refuses this: ${message}`,
      details('It may be private: sign in as its owner with pivot auth login.'),
    );
  }
  return new PatternPivotError(
    isPassing ? 'provider.youtube_failed' : 'provider.youtube_refused',
    `YouTube ${isPassing ? 'is busy or broken' : 'refused'} (${status}): ${message}`,
    details(
      isPassing
        ? 'Try again later: what is saved stays, and the same command goes on.'
        : 'Check what was asked for.',
    ),
  );
}
