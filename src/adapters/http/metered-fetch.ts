import type { Meter, Use } from '../../ports/meter.ts';

/** How the use of one kind of call is read. */
export type MeteredKind = {
  /** The most that a request may use, by its body. */
  most(body: string): Use;
  /** What it did use, by its answer; undefined where the answer does not say. */
  used(answer: string): Use | undefined;
  /** What it may have used, where the answer does not say. */
  guess(body: string, answer: string): Use;
};

/** Codes of a connection that never was: nothing was sent. */
const unreached = new Set<unknown>(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

/** Letters of a token, roughly: https://help.openai.com/en/articles/4936856 */
const lettersPerToken = 4;

/**
 * `fetch`, but every request is booked before it is sent, by the most that it may use, and settled when its answer is there: so a client's
 * own tries are counted too. What was sent and never answered stays booked: it may have been worked on.
 * @throws conflict.budget_reached, input.price_unknown, and then nothing was sent
 */
export function meterFetch(send: typeof fetch, meter: Meter, kind: MeteredKind): typeof fetch {
  return async (input, init) => {
    const body = await readBody(input, init);
    const call = await meter.begin(kind.most(body));
    /** What was booked is more than what was used: where the book cannot be written now, it may stay. */
    const end = (used: Use, isEstimated = false) => call.end(used, { isEstimated }).catch(() => {});
    let response: Response;
    try {
      response = await send(input, init);
    } catch (error) {
      const { code, cause } = error as { code?: unknown; cause?: { code?: unknown } };
      if (unreached.has(cause?.code ?? code)) await end({});
      throw error;
    }
    if (!response.ok) {
      await end({});
      return response;
    }
    const answer = await response.text();
    const used = kind.used(answer);
    await end(used ?? kind.guess(body, answer), used === undefined);
    const { status, statusText, headers } = response;
    return new Response(answer, { status, statusText, headers: withoutCoding(headers) });
  };
}

/** Of the protocol that OpenAI and most servers speak. `maxAnswerTokens`: the longest answer that is reckoned with. */
export function tokenUse(maxAnswerTokens: number): MeteredKind {
  return {
    most: (body) => ({
      // A token has one byte at least.
      'input-tokens': Buffer.byteLength(body),
      ...(maxAnswerTokens === 0 ? {} : { 'output-tokens': maxAnswerTokens }),
    }),
    used(answer) {
      const input = readCount(answer, 'prompt_tokens');
      if (input === undefined) return undefined;
      return { 'input-tokens': input, ...both(maxAnswerTokens, readCount(answer, 'completion_tokens') ?? 0) };
    },
    guess: (body, answer) => ({
      'input-tokens': Math.ceil(body.length / lettersPerToken),
      ...both(maxAnswerTokens, Math.ceil(answer.length / lettersPerToken)),
    }),
  };
}

/** Of servers that count no tokens: requests, and the letters that were sent. */
export const letterUse: MeteredKind = {
  most: (body) => ({ requests: 1, characters: body.length }),
  used: () => undefined,
  guess: (body) => ({ requests: 1, characters: body.length }),
};

function both(maxAnswerTokens: number, output: number): Use {
  return maxAnswerTokens === 0 ? {} : { 'output-tokens': output };
}

/**
 * A count of an answer's `usage`, which stands near its beginning or its end; the millions of digits between them are not looked at.
 * Within a text of the answer the quotation marks are escaped.
 */
function readCount(answer: string, name: string): number | undefined {
  const ends = answer.length <= 16_000 ? answer : `${answer.slice(0, 8000)}\n${answer.slice(-8000)}`;
  const found = [...ends.matchAll(new RegExp(`(?<!\\\\)"${name}"\\s*:\\s*(\\d{1,12})(?!\\d)`, 'gu'))];
  const last = found.at(-1)?.[1];
  return last === undefined ? undefined : Number(last);
}

async function readBody(input: Parameters<typeof fetch>[0], init: RequestInit | undefined): Promise<string> {
  if (typeof init?.body === 'string') return init.body;
  if (input instanceof Request) return input.clone().text();
  return new Response(init?.body ?? null).text();
}

/** The text is as long as it is, and not packed any more. */
function withoutCoding(headers: Headers): Headers {
  const plain = new Headers(headers);
  plain.delete('content-encoding');
  plain.delete('content-length');
  return plain;
}
