import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { PatternPivotError } from '../../domain/errors.ts';
import type { Chat } from '../../ports/chat.ts';
import type { Meter } from '../../ports/meter.ts';
import { meterFetch, tokenUse } from '../http/metered-fetch.ts';
import { findJson } from './find-json.ts';
import { toProviderError } from './provider-errors.ts';

/** Which chat model, and where. */
export type ChatOptions = {
  /** Up to and with `/v1`. Default: OpenAI's. A local server's (Ollama, LM Studio, vLLM …) works as well. */
  baseUrl?: string;
  model: string;
  /** Left out for servers that want none. Never taken from the environment by the library: the caller gives it. */
  apiKey?: string;
  /** Counts what every request uses. */
  meter?: Meter;
  /** Everything together may take this long, retries included. Default: 60 s. */
  timeoutMs?: number;
};

const openAiBaseUrl = 'https://api.openai.com/v1';
const defaultTimeoutMs = 60_000;

/** Tries in all, where an error is of the kind that passes: too many requests, a server's fault, a broken connection. */
const maxTries = 3;

/** What an answer is booked with until it is there, where no budget limits it, in tokens. */
const usualAnswerTokens = 8192;

/** Wait before the second try, in ms; doubled before the third, unless the server says how long. */
const firstDelayMs = 500;

type Ask = { system: string; user: string; schema: z.ZodType };

/**
 * A chat model by LangChain, over the protocol that OpenAI and most local servers speak. Answers are asked for as structured
 * output by JSON schema, and read leniently: prose around the JSON is left out. Nothing is traced to anywhere.
 */
export function createChat(options: ChatOptions): Chat {
  const baseUrl = options.baseUrl ?? openAiBaseUrl;
  const address = readAddress(baseUrl);
  const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
  return {
    model: `${baseUrl === openAiBaseUrl ? 'openai' : address.host}:${options.model}`,
    async ask<T>(request: Ask & { schema: z.ZodType<T>; signal?: AbortSignal }): Promise<T> {
      const timeout = AbortSignal.timeout(timeoutMs);
      const signal = request.signal === undefined ? timeout : AbortSignal.any([request.signal, timeout]);
      let isPlain = false;
      for (let attempt = 1; ; attempt++) {
        try {
          const text = await invoke(options, baseUrl, request, isPlain, signal);
          return readAnswer(text, request.schema, options.model);
        } catch (error) {
          request.signal?.throwIfAborted();
          const failure = toProviderError(error, {
            address,
            model: options.model,
            timedOut: timeout.aborted,
            timeoutMs,
          });
          // Some servers know no JSON schema: they get it in words.
          // Others take it and answer in prose, at which the library stumbles: in words, prose is read leniently.
          const isAboutForm = failure.code === 'provider.bad_request' || error instanceof SyntaxError;
          if (isAboutForm && !isPlain) {
            isPlain = true;
            continue;
          }
          if (!failure.retryable || timeout.aborted || attempt >= maxTries) throw failure;
          const asked = failure.context['retryAfterMs'];
          const delayMs = typeof asked === 'number' ? asked : firstDelayMs * 2 ** (attempt - 1);
          if (delayMs >= timeoutMs) throw failure;
          await sleep(delayMs, undefined, { signal }).catch(() => {
            request.signal?.throwIfAborted();
            throw failure;
          });
        }
      }
    },
  };
}

/** One request; the text of the answer. The library is loaded with the first one: it is large. */
async function invoke(
  options: ChatOptions,
  baseUrl: string,
  request: Ask,
  isPlain: boolean,
  signal: AbortSignal,
): Promise<string> {
  // A set variable would send the talk's words to a tracing service.
  process.env['LANGSMITH_TRACING'] = 'false';
  process.env['LANGCHAIN_TRACING_V2'] = 'false';
  const { ChatOpenAI } = await import('@langchain/openai');
  const { meter } = options;
  const model = new ChatOpenAI({
    model: options.model,
    // Without one the library would take OPENAI_API_KEY and send it to whatever server is configured.
    apiKey: options.apiKey ?? 'none',
    configuration: {
      baseURL: baseUrl,
      ...(meter === undefined
        ? {}
        : { fetch: meterFetch(fetch, meter, tokenUse(meter.maxAnswerTokens ?? usualAnswerTokens)) }),
    },
    // Without one an answer may be of any length, and pass a budget.
    ...(meter?.maxAnswerTokens === undefined ? {} : { maxTokens: meter.maxAnswerTokens }),
    maxRetries: 0,
    useResponsesApi: false,
  });
  const jsonSchema = z.toJSONSchema(request.schema, { io: 'input' });
  const ask = (system: string): [string, string][] => [
    ['system', system],
    ['human', request.user],
  ];
  if (isPlain) {
    const system = `${request.system}\nAnswer with JSON alone that fits this schema: ${JSON.stringify(jsonSchema)}`;
    return textOf(await model.invoke(ask(system), { signal }));
  }
  const structured = model.withStructuredOutput(jsonSchema, {
    name: 'answer',
    method: 'jsonSchema',
    includeRaw: true,
  });
  const { raw } = await structured.invoke(ask(request.system), { signal });
  return textOf(raw);
}

function textOf(message: { content: unknown }): string {
  const { content } = message;
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content
    .map((part: unknown) =>
      typeof part === 'object' && part !== null && 'text' in part ? String(part.text) : '',
    )
    .join('');
}

function readAnswer<T>(text: string, schema: z.ZodType<T>, model: string): T {
  for (const found of findJson(text)) {
    const parsed = schema.safeParse(found);
    if (parsed.success) return parsed.data;
  }
  throw new PatternPivotError(
    'provider.answer_unusable',
    `${model} answered something else than what was asked for.`,
    {
      hint: 'Another model may follow the form better.',
      context: { model, answered: text.slice(0, 200) },
    },
  );
}

function readAddress(baseUrl: string): URL {
  const address = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  if (address === undefined || !/^https?:$/u.test(address.protocol)) {
    throw new PatternPivotError(
      'input.chat_address_invalid',
      'The address of the chat model is no http address.',
      {
        hint: 'Give it up to and with /v1, such as http://localhost:11434/v1.',
      },
    );
  }
  return address;
}
