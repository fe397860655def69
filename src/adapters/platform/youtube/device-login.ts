import { setTimeout as sleepFor } from 'node:timers/promises';
import type { Credentials as Tokens } from 'google-auth-library';
import { z } from 'zod';
import { PatternPivotError } from '../../../domain/errors.ts';
import { addressAt, readWord, requestTimeoutMs, toOAuthError, type OAuthParty } from './oauth.ts';

/** What somebody types on another device, and where. */
export type DevicePrompt = {
  readonly address: string;
  readonly userCode: string;
  readonly expiresInSeconds: number;
};

/** How a device is signed in. */
export type DeviceOptions = {
  readonly party: OAuthParty;
  readonly scopes: readonly string[];
  readonly show: (prompt: DevicePrompt) => void;
  readonly signal: AbortSignal;
  /** Waits so many ms. Default: the clock. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<unknown>;
};

const grantType = 'urn:ietf:params:oauth:grant-type:device_code';

/** Where a server names none: https://www.rfc-editor.org/rfc/rfc8628#section-3.5, as is what it adds when asked too often. */
const defaultIntervalSeconds = 5;
const slowDownSeconds = 5;

/** A connection that fails so often in a row will not come back. */
const maxFailures = 5;

const codeSchema = z
  .looseObject({
    device_code: z.string().min(1).max(4096),
    user_code: z.string().min(1).max(100),
    /** RFC 8628's name, and Google's. */
    verification_uri: z
      .url({ protocol: /^https?$/u })
      .max(500)
      .optional(),
    verification_url: z
      .url({ protocol: /^https?$/u })
      .max(500)
      .optional(),
    expires_in: z.number().positive().max(86_400),
    interval: z.number().nonnegative().max(600).default(defaultIntervalSeconds),
  })
  .refine((code) => (code.verification_uri ?? code.verification_url) !== undefined);

const tokensSchema = z.looseObject({
  access_token: z.string().min(1).max(4096),
  refresh_token: z.string().min(1).max(4096).optional(),
  expires_in: z.number().positive().optional(),
  scope: z.string().max(4096).optional(),
});

/**
 * Signs in where there is no browser: a code is typed on another device, and the server is asked until that is done.
 * https://www.rfc-editor.org/rfc/rfc8628
 * @throws input.sign_in_refused, input.sign_in_timeout, provider.*, cancelled.by_user
 */
export async function signInByDevice(options: DeviceOptions): Promise<Tokens> {
  const { party, scopes, show, signal } = options;
  const sleep = options.sleep ?? ((ms, within) => sleepFor(ms, undefined, { signal: within }));
  const asked = await post(
    addressAt(party, 'device/code'),
    { client_id: party.clientId, scope: scopes.join(' ') },
    signal,
  );
  if (asked === undefined || asked.status !== 200) {
    throw toOAuthError({ status: asked?.status, word: readWord(asked?.body) }, party);
  }
  const parsed = codeSchema.safeParse(asked.body);
  if (!parsed.success) throw toOAuthError({ status: asked.status, word: undefined }, party);
  const code = parsed.data;
  show({
    address: code.verification_uri ?? code.verification_url ?? '',
    userCode: code.user_code,
    expiresInSeconds: code.expires_in,
  });

  let intervalMs = code.interval * 1000;
  let waitedMs = 0;
  let failures = 0;
  const startedAtMs = Date.now();
  for (;;) {
    // A clock that was put back must not make it endless.
    const elapsedMs = Math.max(waitedMs, Date.now() - startedAtMs);
    if (elapsedMs >= code.expires_in * 1000) throw expired();
    await sleep(intervalMs, signal);
    waitedMs += intervalMs;
    const answer = await post(
      addressAt(party, 'token'),
      {
        client_id: party.clientId,
        ...(party.clientSecret === undefined ? {} : { client_secret: party.clientSecret }),
        device_code: code.device_code,
        grant_type: grantType,
      },
      signal,
    );
    if (answer === undefined || answer.status >= 500) {
      failures++;
      if (failures >= maxFailures) throw toOAuthError({ status: answer?.status, word: undefined }, party);
      // Longer and longer, as the standard asks: https://www.rfc-editor.org/rfc/rfc8628#section-3.5
      intervalMs = Math.max(1000, intervalMs) * 2;
      continue;
    }
    failures = 0;
    if (answer.status === 200) {
      const tokens = tokensSchema.safeParse(answer.body);
      if (!tokens.success) throw toOAuthError({ status: 200, word: undefined }, party);
      return toTokens(tokens.data);
    }
    const word = readWord(answer.body);
    if (word === 'authorization_pending') continue;
    if (word === 'slow_down') intervalMs += slowDownSeconds * 1000;
    else if (word === 'expired_token') throw expired();
    else if (word === 'access_denied') throw refused();
    else throw toOAuthError({ status: answer.status, word }, party);
  }
}

function toTokens({ access_token, refresh_token, expires_in, scope }: z.infer<typeof tokensSchema>): Tokens {
  return {
    access_token,
    ...(refresh_token === undefined ? {} : { refresh_token }),
    ...(expires_in === undefined ? {} : { expiry_date: Date.now() + expires_in * 1000 }),
    ...(scope === undefined ? {} : { scope }),
  };
}

/** An answer's status and JSON; undefined where there was none. Only being stopped is thrown. */
async function post(
  address: string,
  values: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<{ readonly status: number; readonly body: unknown } | undefined> {
  try {
    const response = await fetch(address, {
      method: 'POST',
      body: new URLSearchParams(values),
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(requestTimeoutMs)]),
    });
    const text = await response.text();
    return { status: response.status, body: parseJson(text) };
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function expired(): PatternPivotError {
  return new PatternPivotError('input.sign_in_timeout', 'The code ran out before anybody allowed access.', {
    retryable: true,
    hint: 'Run pivot auth login --device again, and type the new code.',
  });
}

function refused(): PatternPivotError {
  return new PatternPivotError('input.sign_in_refused', 'Access was not allowed on the other device.', {
    hint: 'Run pivot auth login --device again when you want to allow it.',
  });
}
