import { isIP } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { PatternPivotError } from '../../domain/errors.ts';
import type { Embedder } from '../../ports/embedder.ts';
import type { Meter } from '../../ports/meter.ts';
import { toProviderError } from '../chat/provider-errors.ts';

/** An embedder behind an address. */
export type HostedOptions = {
  /** Where it is. */
  readonly baseUrl: string;
  /** What the server calls the model. */
  readonly model: string;
  /** How long its vectors are, where that is known; else the first answer tells. */
  readonly dimensions?: number | undefined;
  /** Put before what is searched with, and before nothing else. */
  readonly queryPrompt?: string | undefined;
  /** Never taken from the environment by an adapter: the caller gives it. */
  readonly apiKey?: string | undefined;
  /** Counts what every request uses. */
  readonly meter?: Meter | undefined;
  /** One request may take this long. Default: 60 s. */
  readonly timeoutMs?: number;
  /** Wait before the second try, in ms; doubled before each further one, unless the server says how long. Default: 500. */
  readonly firstDelayMs?: number;
};

/** How one kind of server is asked. */
export type HostedProtocol = {
  /** For the embedder's name: `openai`, `tei`. */
  readonly name: string;
  /** Texts a request. */
  readonly textsPerRequest: number;
  /** Sends texts, and gives the vectors as they came: they are looked at here. */
  request(texts: readonly string[], signal: AbortSignal): Promise<unknown>;
  /** Looks at the server before it is first used: whether it runs the model that it should. */
  check?(signal: AbortSignal): Promise<void>;
};

const defaultTimeoutMs = 60_000;

/** Tries in all, where an error is of the kind that passes: too many requests, a server's fault, a broken connection. */
const maxTries = 4;

const defaultFirstDelayMs = 500;

const vectorsSchema = z.array(z.array(z.number()));

/** The address of a server of embeddings, as the configuration names it. @throws input.embedder_address_invalid */
export function readEmbedderAddress(baseUrl: string): URL {
  const address = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  const invalid = (message: string, hint: string) =>
    new PatternPivotError('input.embedder_address_invalid', message, { hint });
  if (address === undefined || !/^https?:$/u.test(address.protocol)) {
    throw invalid(
      'The address of the embedder is no http address.',
      'Set embedder.baseUrl to one such as http://localhost:8080.',
    );
  }
  if (address.username !== '' || address.password !== '') {
    throw invalid(
      'The address of the embedder holds a name or a password.',
      'Take it out of embedder.baseUrl; a key goes into the variable PATTERNPIVOT_EMBEDDER_API_KEY.',
    );
  }
  return address;
}

/** Whether an address is this machine's own: what is sent there leaves nothing. */
function isOwnMachine({ hostname }: URL): boolean {
  const host = hostname.replace(/^\[|\]$/gu, '');
  return (
    host === 'localhost' ||
    host.endsWith('.localhost') ||
    host === '::1' ||
    (isIP(host) === 4 && host.startsWith('127.'))
  );
}

/**
 * An embedder over http: batches, tries again what passes, waits as long as it is told to, asks for less at once where a server
 * takes less, and believes no answer before it was looked at: as many vectors as texts, all of one length, of finite numbers.
 */
export function createHostedEmbedder(options: HostedOptions, protocol: HostedProtocol): Embedder {
  const address = readEmbedderAddress(options.baseUrl);
  const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
  const firstDelayMs = options.firstDelayMs ?? defaultFirstDelayMs;
  let dimensions = options.dimensions;
  let textsPerRequest = protocol.textsPerRequest;
  let checking: Promise<void> | undefined;

  const tryOnce = async <T>(send: (signal: AbortSignal) => Promise<T>, signal: AbortSignal | undefined) => {
    const timeout = AbortSignal.timeout(timeoutMs);
    try {
      return await send(signal === undefined ? timeout : AbortSignal.any([signal, timeout]));
    } catch (error) {
      signal?.throwIfAborted();
      throw toProviderError(error, { address, model: options.model, timedOut: timeout.aborted, timeoutMs });
    }
  };
  const retrying = async <T>(send: (signal: AbortSignal) => Promise<T>, signal: AbortSignal | undefined) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await tryOnce(send, signal);
      } catch (error) {
        signal?.throwIfAborted();
        if (!(error instanceof PatternPivotError) || !error.retryable || attempt >= maxTries) throw error;
        const asked = error.context['retryAfterMs'];
        const delayMs = typeof asked === 'number' ? asked : firstDelayMs * 2 ** (attempt - 1);
        await sleep(delayMs, undefined, signal === undefined ? {} : { signal }).catch(() => {
          signal?.throwIfAborted();
        });
      }
    }
  };
  const read = (answer: unknown, count: number): Float32Array[] => {
    const parsed = vectorsSchema.safeParse(answer);
    if (!parsed.success) {
      throw new PatternPivotError(
        'provider.answer_unusable',
        `${options.model} at ${address.host} answered something else than vectors of numbers.`,
        { hint: 'Check embedder.kind and embedder.baseUrl.', context: { address: address.host } },
      );
    }
    if (parsed.data.length !== count) {
      throw new PatternPivotError(
        'provider.embeddings_mismatched',
        `${options.model} at ${address.host} gave ${parsed.data.length} vectors for ${count} texts.`,
        { context: { address: address.host, model: options.model } },
      );
    }
    return parsed.data.map((values) => {
      const expected = (dimensions ??= values.length);
      if (values.length !== expected) throw otherLength(values.length, expected);
      return unitLength(values);
    });
  };
  const otherLength = (given: number, expected: number) =>
    new PatternPivotError(
      'provider.embeddings_mismatched',
      `${options.model} at ${address.host} gave vectors of ${given} numbers, not of ${expected}.`,
      {
        hint: 'Check which model the server runs, and embedder.dimensions.',
        context: { address: address.host, model: options.model, given, expected },
      },
    );
  const unitLength = (values: readonly number[]): Float32Array => {
    const length = Math.hypot(...values);
    if (length > 0 && Number.isFinite(length)) return Float32Array.from(values, (value) => value / length);
    throw new PatternPivotError(
      'provider.answer_unusable',
      `${options.model} at ${address.host} gave a vector without direction.`,
      { context: { address: address.host, model: options.model } },
    );
  };
  const embed = async (texts: readonly string[], signal: AbortSignal | undefined) => {
    const vectors: Float32Array[] = [];
    while (vectors.length < texts.length) {
      signal?.throwIfAborted();
      const batch = texts.slice(vectors.length, vectors.length + textsPerRequest).map(sendable);
      try {
        const answer = await retrying((within) => protocol.request(batch, within), signal);
        vectors.push(...read(answer, batch.length));
      } catch (error) {
        const isTooMuch = error instanceof PatternPivotError && error.context['status'] === 413;
        if (!isTooMuch || batch.length === 1) throw error;
        textsPerRequest = Math.ceil(batch.length / 2);
      }
    }
    return vectors;
  };
  const check = (signal: AbortSignal): Promise<void> => {
    checking ??= (async () => {
      if (protocol.check !== undefined) await retrying((within) => protocol.check!(within), signal);
      if (dimensions === undefined) await embed(['How long is a vector?'], signal);
    })().catch((error: unknown) => {
      checking = undefined;
      throw error;
    });
    return checking;
  };

  return {
    model: `${protocol.name}:${options.model}${options.dimensions === undefined ? '' : `@${options.dimensions}`}`,
    get dimensions() {
      if (dimensions !== undefined) return dimensions;
      throw new PatternPivotError(
        'conflict.dimensions_unknown',
        `How long the vectors of ${options.model} are is not known before it was asked.`,
      );
    },
    ...(isOwnMachine(address) ? {} : { isHosted: true as const }),
    prepare: ({ signal }) => check(signal),
    embed: (texts, { signal }) => embed(texts, signal),
    async embedQuery(text, { signal }) {
      const [vector] = await embed([`${options.queryPrompt ?? ''}${text}`], signal);
      return vector!;
    },
    close: async () => {},
  };
}

/** Servers refuse an empty text, and half a character cannot be sent. */
function sendable(text: string): string {
  const clean = text.toWellFormed();
  return clean.trim() === '' ? '.' : clean;
}
