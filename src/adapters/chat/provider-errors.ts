import { PatternPivotError, type ErrorCode } from '../../domain/errors.ts';

/** With whom one talked, for the message. No key, no path. */
type Where = { address: URL; model: string; timedOut: boolean; timeoutMs: number };

/** Longest wait that a server may ask for and get, in ms. */
const longestWaitMs = 60_000;

const byStatus: Readonly<
  Record<number, { code: ErrorCode; what: string; hint: string; retryable: boolean }>
> = {
  400: {
    code: 'provider.bad_request',
    what: 'does not understand the request',
    hint: 'Check the name of the model.',
    retryable: false,
  },
  401: {
    code: 'provider.unauthorized',
    what: 'does not accept the key',
    hint: 'Check the key.',
    retryable: false,
  },
  403: {
    code: 'provider.forbidden',
    what: 'does not allow this',
    hint: 'Check what the key may do.',
    retryable: false,
  },
  404: {
    code: 'provider.not_found',
    what: 'does not know the model, or the address is not up to and with /v1',
    hint: 'Check the model and the address.',
    retryable: false,
  },
  408: { code: 'provider.slow', what: 'took too long', hint: 'Try again later.', retryable: true },
  422: {
    code: 'provider.bad_request',
    what: 'does not understand the request',
    hint: 'Check the name of the model.',
    retryable: false,
  },
  429: {
    code: 'provider.too_many_requests',
    what: 'has had too many requests, or the account is used up',
    hint: 'Wait, or check the account.',
    retryable: true,
  },
};

/**
 * Turns what the client library throws into one of ours, by its status alone. The library's own message and its cause are
 * left out: they may repeat a key or the request's headers.
 */
export function toProviderError(
  error: unknown,
  { address, model, timedOut, timeoutMs }: Where,
): PatternPivotError {
  // Clients wrap what their requests throw.
  for (let inner = error; inner instanceof Error; inner = inner.cause) {
    if (inner instanceof PatternPivotError) return inner;
  }
  const context = { address: address.host, model };
  if (timedOut) {
    return new PatternPivotError(
      'provider.timeout',
      `${model} at ${address.host} did not answer within ${Math.round(timeoutMs / 100) / 10} s.`,
      { retryable: true, hint: 'Try again, allow more time, or take a faster model.', context },
    );
  }
  const status = numberAt(error, 'status');
  if (status === undefined) {
    // An answer that is no JSON ends here too, as a SyntaxError.
    const isBroken = error instanceof SyntaxError;
    return new PatternPivotError(
      isBroken ? 'provider.answer_unusable' : 'provider.unreachable',
      isBroken
        ? `${address.host} sent an answer that cannot be read.`
        : `${address.host} cannot be reached, or broke the connection.`,
      { retryable: !isBroken, hint: 'Check that the server runs and the address is right.', context },
    );
  }
  const known = byStatus[status] ?? {
    code: status >= 500 ? ('provider.server_error' as const) : ('provider.refused' as const),
    what: status >= 500 ? 'has a fault' : 'refuses the request',
    hint: 'Try again later.',
    retryable: status >= 500,
  };
  const retryAfterMs = status === 429 || status >= 500 ? readRetryAfter(error) : undefined;
  return new PatternPivotError(known.code, `${address.host} ${known.what} (status ${status}).`, {
    retryable: known.retryable,
    hint: known.hint,
    context: { ...context, status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) },
  });
}

/** `Retry-After` in ms: seconds, or a date (RFC 9110, 10.2.3). */
function readRetryAfter(error: unknown): number | undefined {
  const headers =
    typeof error === 'object' && error !== null && 'headers' in error ? error.headers : undefined;
  const value = headers instanceof Headers ? headers.get('retry-after') : null;
  if (value === null) return undefined;
  const seconds = Number(value);
  const waitMs = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(waitMs) ? Math.max(0, Math.min(longestWaitMs, waitMs)) : undefined;
}

function numberAt(value: unknown, name: string): number | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const found: unknown = (value as Record<string, unknown>)[name];
  return typeof found === 'number' ? found : undefined;
}
