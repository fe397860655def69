import { setTimeout as sleep } from 'node:timers/promises';
import { PatternPivotError } from '../../domain/errors.ts';
import type { Meter } from '../../ports/meter.ts';
import type { Speech, Voice } from '../../ports/voice.ts';
import { toProviderError } from '../chat/provider-errors.ts';
import { unusable } from './voice-sound.ts';

/** A voice behind an address, whatever it speaks. */
export type VoiceServerOptions = {
  readonly baseUrl: string;
  readonly terms: Voice['terms'];
  /** Never taken from the environment by an adapter: the caller gives it. */
  readonly apiKey?: string | undefined;
  /** Counts what every request uses. */
  readonly meter?: Meter | undefined;
  /** How long one answer may take, in ms. */
  readonly timeoutMs: number;
  /** Wait before the second try, in ms; doubled before the third, unless the server says how long. Default: 1000. */
  readonly firstDelayMs?: number;
};

/** How one kind of server is asked. */
export type VoiceProtocol = {
  /** As its speech is marked: what speaks, and with which of its voices. */
  readonly model: string;
  /** For messages. */
  readonly title: string;
  /** The longest text of one request, in characters. */
  readonly mostChars: number;
  /** Sends one text. A status that is no success is returned, or thrown with a `status`. */
  send(text: string, address: URL, signal: AbortSignal): Promise<Response>;
  /** Makes speech of an answer. @throws provider.answer_unusable */
  read(answer: Buffer, host: string, signal: AbortSignal | undefined): Promise<Speech>;
};

/** Tries in all, where an error is of the kind that passes. */
const maxTries = 3;

/** Ten minutes of 48 kHz are 58 MB, in base64 77. */
const mostAnswerBytes = 100_000_000;

/** So much of what a server says of its fault is repeated, in characters. */
const mostTold = 200;

/**
 * A voice over http: tries again what passes, waits as long as it is told to, gives up on who never answers, and believes no sound before it
 * was looked at.
 */
export function createVoiceServer(options: VoiceServerOptions, protocol: VoiceProtocol): Voice {
  const address = readVoiceAddress(options.baseUrl);
  return {
    model: protocol.model.slice(0, 200),
    terms: options.terms,
    /** @throws input.nothing_to_say, input.text_too_long, provider.*, conflict.budget_reached, input.price_unknown */
    async speak(given, { signal }) {
      const text = cleanText(given);
      assertSpeakable(text, protocol);
      for (let attempt = 1; ; attempt++) {
        try {
          const answer = await askOnce(text, signal);
          return await protocol.read(answer, address.host, signal);
        } catch (error) {
          signal?.throwIfAborted();
          if (!(error instanceof PatternPivotError) || !error.retryable || attempt >= maxTries) throw error;
          const asked = error.context['retryAfterMs'];
          const delayMs =
            typeof asked === 'number' ? asked : (options.firstDelayMs ?? 1000) * 2 ** (attempt - 1);
          await sleep(delayMs, undefined, signal === undefined ? {} : { signal }).catch(() =>
            signal?.throwIfAborted(),
          );
        }
      }
    },
    close: async () => {},
  };

  async function askOnce(text: string, signal: AbortSignal | undefined): Promise<Buffer> {
    signal?.throwIfAborted();
    const timeout = AbortSignal.timeout(options.timeoutMs);
    const use = { requests: 1, characters: text.length };
    const call = await options.meter?.begin(use);
    try {
      const within = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
      const response = await protocol.send(text, address, within);
      if (!response.ok) throw await describeRefusal(response);
      const answer = await readAnswer(response);
      await call?.end(use).catch(() => {});
      return answer;
    } catch (error) {
      // A refusal costs nothing; what was sent and not answered may have been worked on, and stays booked.
      if (typeof (error as { status?: unknown }).status === 'number') await call?.end({}).catch(() => {});
      signal?.throwIfAborted();
      throw toVoiceError(error, timeout.aborted);
    }
  }

  async function readAnswer(response: Response): Promise<Buffer> {
    const blocks: Uint8Array[] = [];
    let bytes = 0;
    for await (const block of response.body ?? []) {
      bytes += block.byteLength;
      if (bytes > mostAnswerBytes) {
        throw new PatternPivotError(
          'provider.answer_too_large',
          `${address.host} sent an answer of more than ${mostAnswerBytes / 1e6} MB.`,
          { hint: 'Check voice.baseUrl: this is no server of voices.' },
        );
      }
      blocks.push(block);
    }
    return Buffer.concat(blocks);
  }

  function toVoiceError(error: unknown, timedOut: boolean): PatternPivotError {
    const where = { address, model: protocol.title, timedOut, timeoutMs: options.timeoutMs };
    const failure = toProviderError(error, where);
    const { code, context, retryable } = failure;
    if (code === 'provider.timeout') {
      return new PatternPivotError(code, failure.message, {
        retryable,
        context,
        hint: 'Is it busy, or still loading? Allow it more with voice.timeoutSeconds, or take --voice carried.',
      });
    }
    if (code === 'provider.unreachable') {
      return new PatternPivotError(code, failure.message, {
        retryable,
        context,
        hint: 'Start the server, check voice.baseUrl, or take the carried voice: --voice carried.',
      });
    }
    // What a server with a key says may repeat it.
    const told = options.apiKey === undefined ? toldBy(error) : undefined;
    if (code === 'provider.not_found' || told !== undefined) {
      const message = told === undefined ? failure.message : `${failure.message} It says: ${told}`;
      return new PatternPivotError(code, message, {
        retryable,
        context,
        hint: 'Check voice.baseUrl, voice.model, voice.name and voice.language.',
      });
    }
    return failure;
  }
}

/** What is wrong by the server's status, and in its own words as far as they can be shown. */
async function describeRefusal(response: Response): Promise<Error> {
  const text = await readBeginning(response).catch(() => '');
  const said = /^\s*\{/u.test(text) ? readReason(text) : undefined;
  const { status, headers } = response;
  return Object.assign(new Error('refused'), { status, headers, error: { message: said } });
}

/** A server's own words, as far as they can be shown. OpenAI's client keeps them in the same place. */
function toldBy(error: unknown): string | undefined {
  const said = (error as { error?: { message?: unknown } }).error?.message;
  if (typeof said !== 'string') return undefined;
  const told = said.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim();
  return told === '' ? undefined : told.slice(0, mostTold).toWellFormed();
}

async function readBeginning(response: Response): Promise<string> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const block of response.body ?? []) {
    text += decoder.decode(block, { stream: true });
    if (text.length > 4000) break;
  }
  return text;
}

/** `{"error": "…"}`, `{"error": {"message": "…"}}`, `{"detail": {"message": "…"}}`. */
function readReason(text: string): string | undefined {
  try {
    const { error, detail } = JSON.parse(text) as { error?: unknown; detail?: unknown };
    const reason = error ?? detail;
    if (typeof reason === 'string') return reason;
    const message = (reason as { message?: unknown } | undefined)?.message;
    return typeof message === 'string' ? message : undefined;
  } catch {
    return undefined;
  }
}

/** `fetch` of a request that a key and a text may be in: they go where they were meant to go. */
export function postJson(
  address: URL,
  body: unknown,
  { apiKey, signal }: { readonly apiKey?: string | undefined; readonly signal: AbortSignal },
): Promise<Response> {
  return fetch(address, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'audio/wav, audio/*;q=0.9, application/json;q=0.8',
      ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
    },
    body: JSON.stringify(body),
    redirect: 'error',
    signal,
  });
}

/** An address below the server's. */
export function routeOf(base: URL, route: string): URL {
  const address = new URL(base);
  address.pathname = `${base.pathname.replace(/\/+$/u, '')}/${route}`;
  address.search = '';
  return address;
}

/** Reads a sound as the only thing in an answer, or what the server says instead. */
export function refuseText(answer: Buffer, host: string): void {
  const head = answer.toString('latin1', 0, 64).trimStart();
  if (head.startsWith('<') || head.startsWith('{')) throw unusable(host, 'a text', false);
}

/** Control characters and the like have no sound, and a line is one line. */
function cleanText(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim();
}

function assertSpeakable(text: string, { mostChars, title }: VoiceProtocol): void {
  if (!/[\p{L}\p{N}]/u.test(text)) {
    throw new PatternPivotError('input.nothing_to_say', 'There is no word in the text to speak.', {
      hint: 'Write a sentence.',
    });
  }
  if (text.length > mostChars) {
    throw new PatternPivotError(
      'input.text_too_long',
      `The text has ${text.length} characters; ${title} takes ${mostChars} at a time.`,
      { hint: 'Speak it in parts.' },
    );
  }
}

/** The address of a voice, as the configuration names it. @throws input.voice_address_invalid */
export function readVoiceAddress(baseUrl: string): URL {
  const address = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  if (
    address !== undefined &&
    /^https?:$/u.test(address.protocol) &&
    `${address.username}${address.password}` === ''
  ) {
    return address;
  }
  throw new PatternPivotError('input.voice_address_invalid', 'The address of the voice cannot be used.', {
    hint: 'Set voice.baseUrl to one such as http://localhost:5002; a key goes into the variable PATTERNPIVOT_VOICE_API_KEY.',
  });
}
