import { z } from 'zod';
import { PatternPivotError, type ErrorCode, type ErrorDetails } from '../../domain/errors.ts';
import { limitFetch } from '../http/limited-fetch.ts';

/** One call of Instagram's Graph API: https://developers.facebook.com/docs/instagram-platform/content-publishing */

/** How Instagram is spoken to. */
export type InstagramCaller = {
  /** `https://graph.facebook.com`, or what stands in its place. */
  readonly apiUrl: string;
  /** `v25.0`. */
  readonly version: string;
  /** The owner's, which is secret: it goes into headers only. */
  readonly token: string;
  readonly signal: AbortSignal;
  readonly timeouts: InstagramTimeouts;
  /** Waits so many ms. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<unknown>;
  /** Ms since 1970. */
  readonly now: () => number;
};

/** How long Instagram may take, in ms. */
export type InstagramTimeouts = {
  /** Over one call. */
  readonly callMs: number;
  /** With nothing moving on the line of an upload. Well below half of the time that a record is held. */
  readonly idleMs: number;
};

/** What is usual. */
export const usualTimeouts: InstagramTimeouts = { callMs: 60_000, idleMs: 120_000 };

/** Answers are a few kB. */
const maxAnswerBytes = 1_000_000;

const maxSaidChars = 200;

/** Where nothing says how long a limit lasts, it is looked at again after so long, in ms. */
const limitMs = 3_600_000;

const request = limitFetch(maxAnswerBytes, 'Check publish.instagram.apiUrl.');

/** What Meta says went wrong: https://developers.facebook.com/docs/graph-api/guides/error-handling */
const failureSchema = z.object({
  error: z.object({
    message: z.string().default(''),
    code: z.number(),
    error_subcode: z.number().optional(),
    is_transient: z.boolean().optional(),
    error_user_msg: z.string().optional(),
    fbtrace_id: z.string().optional(),
  }),
});

/** How much of what an app may do is used: https://developers.facebook.com/docs/graph-api/overview/rate-limiting */
const usageSchema = z.record(
  z.string(),
  z.array(z.object({ estimated_time_to_regain_access: z.number().optional() })),
);

/** So often something is asked that changes nothing, where the line or the server fails for a moment. */
const maxAsks = 4;

/**
 * Calls the Graph API. `fields` go into the address of a GET, which is sent again when it fails for a moment, and into the body of a POST, which never is.
 * @throws provider.instagram_unreachable, provider.instagram_failed, provider.instagram_refused, input.instagram_token, input.instagram_scope,
 * conflict.instagram_limit, an AbortError
 */
export async function callGraph<Answer>(
  caller: InstagramCaller,
  schema: z.ZodType<Answer>,
  call: GraphCall,
): Promise<Answer> {
  for (let tries = 1; ; tries++) {
    try {
      return await callOnce(caller, schema, call);
    } catch (error) {
      const mayPass =
        error instanceof PatternPivotError &&
        error.kind === 'provider' &&
        error.retryable &&
        call.method === 'GET';
      if (!mayPass || tries === maxAsks) throw error;
      await caller.sleep(1000 * 2 ** tries, caller.signal);
    }
  }
}

type GraphCall = {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly fields: Readonly<Record<string, string>>;
};

async function callOnce<Answer>(
  caller: InstagramCaller,
  schema: z.ZodType<Answer>,
  call: GraphCall,
): Promise<Answer> {
  const { apiUrl, version, token, signal } = caller;
  const { method, path, fields } = call;
  const address = new URL(`${apiUrl.replace(/\/+$/u, '')}/${version}/${path}`);
  if (method === 'GET')
    for (const [name, value] of Object.entries(fields)) address.searchParams.set(name, value);
  const timeout = AbortSignal.timeout(caller.timeouts.callMs);
  let response: Response;
  let text: string;
  try {
    response = await request(address, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(method === 'POST' ? { 'content-type': 'application/json' } : {}),
      },
      ...(method === 'POST' ? { body: JSON.stringify(fields) } : {}),
      redirect: 'error',
      signal: AbortSignal.any([signal, timeout]),
    });
    text = await response.text();
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof PatternPivotError ? error : unreachable(address, timeout.aborted, error);
  }
  const answer = parseJson(text);
  const failure = failureSchema.safeParse(answer);
  if (failure.success) throw tellFailure(failure.data.error, response, caller);
  const parsed = schema.safeParse(answer);
  if (response.ok && parsed.success) return parsed.data;
  throw new PatternPivotError(
    'provider.instagram_failed',
    response.ok
      ? `${address.host} answers otherwise than Instagram does.`
      : `Instagram fails just now (${response.status}).`,
    {
      retryable: true,
      hint: 'Run it again in a few minutes: it goes on where it was.',
      context: { host: address.host, status: response.status },
    },
  );
}

/** What Meta's number of a failure means. */
function tellFailure(
  error: z.infer<typeof failureSchema>['error'],
  { status, headers }: Response,
  { token, now }: InstagramCaller,
): PatternPivotError {
  const { code, error_subcode: subcode, fbtrace_id: trace } = error;
  const said = toLine(error.error_user_msg ?? error.message, token);
  const make = (name: ErrorCode, text: string, details: ErrorDetails) =>
    new PatternPivotError(name, `${text}${said === '' ? '.' : `: "${said}"`}`, {
      ...details,
      context: {
        status,
        code,
        ...(subcode === undefined ? {} : { subcode }),
        ...(trace === undefined ? {} : { trace: toLine(trace, token) }),
        ...details.context,
      },
    });
  if (code === 190 || code === 102 || code === 467) {
    return make('input.instagram_token', 'Instagram does not take the token', {
      hint: 'They end after 60 days, and with a changed password: get another, and set PATTERNPIVOT_INSTAGRAM_TOKEN (docs/publishing.md#instagram).',
    });
  }
  if (code === 3 || code === 10 || (code >= 200 && code < 300)) {
    return make('input.instagram_scope', 'The token does not allow this', {
      hint: 'It needs instagram_basic, instagram_content_publish and pages_read_engagement, of an account that its app may use.',
    });
  }
  // Calls of an app, calls of a user, posts of an account in 24 hours, containers in 24 hours.
  if (isLimit(code, subcode) || status === 429) {
    const endsAt = new Date(now() + readRegainMs(headers)).toISOString();
    return make('conflict.instagram_limit', 'Instagram takes no more for now', {
      retryable: true,
      hint: 'Run it again later: what was sent is kept for 24 hours.',
      context: { endsAt },
    });
  }
  if (error.is_transient === true || code < 0 || code === 1 || code === 2 || status >= 500) {
    return make('provider.instagram_failed', 'Instagram fails just now', {
      retryable: true,
      hint: 'Run it again in a few minutes: it goes on where it was.',
    });
  }
  return make('provider.instagram_refused', 'Instagram refuses this', {
    hint: 'Mend what it says, and put the film in the queue again: pivot queue retry',
  });
}

/** https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/error-codes */
function isLimit(code: number, subcode: number | undefined): boolean {
  const ofApps =
    code === 4 || code === 17 || code === 32 || code === 613 || (code >= 80_000 && code < 80_015);
  return ofApps || subcode === 2_207_042;
}

/** How long until an app may call again, in ms. */
function readRegainMs(headers: Headers): number {
  const usage = usageSchema.safeParse(parseJson(headers.get('x-business-use-case-usage') ?? ''));
  const minutes = usage.success
    ? Object.values(usage.data)
        .flat()
        .map((each) => each.estimated_time_to_regain_access ?? 0)
    : [];
  const longest = Math.max(0, ...minutes) * 60_000;
  return longest > 0 ? Math.min(longest, 86_400_000) : limitMs;
}

/** What a server says, fit to be shown: one line, and never the token. */
export function toLine(text: string, token: string): string {
  return text
    .replaceAll(token, '…')
    .replaceAll(/[\p{C}\p{Z}\s]+/gu, ' ')
    .trim()
    .slice(0, maxSaidChars);
}

/** That nothing answered. */
export function unreachable(address: URL, isTimeout: boolean, error: unknown): PatternPivotError {
  const { code, cause } = error as { code?: unknown; cause?: { code?: unknown } };
  const systemCode = isTimeout ? 'ETIMEDOUT' : String(cause?.code ?? code ?? '');
  return new PatternPivotError(
    'provider.instagram_unreachable',
    `Instagram (${address.host}) cannot be reached${systemCode === '' ? '' : ` (${systemCode})`}.`,
    {
      retryable: true,
      hint: 'Check the network and run it again: it goes on where it was.',
      context: { host: address.host, systemCode },
    },
  );
}

/** Undefined where it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
