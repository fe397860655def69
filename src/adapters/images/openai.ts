import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { PatternPivotError } from '../../domain/errors.ts';
import type { ImageFile, Images } from '../../ports/images.ts';
import type { Meter, Use } from '../../ports/meter.ts';
import { toProviderError } from '../chat/provider-errors.ts';
import { limitFetch } from '../http/limited-fetch.ts';
import { readPicture } from './check-picture.ts';
import { assertImageSize, chooseImageSize, readSize } from './image-sizes.ts';

/** How OpenAI's image models, or a server that speaks their protocol, are asked. */
export type OpenAiImagesOptions = {
  /** Up to and with `/v1`. */
  readonly baseUrl: string;
  readonly model: string;
  readonly apiKey?: string | undefined;
  /** `1024x1536`; left out: the one nearest to what is wanted. */
  readonly size?: string | undefined;
  /** As the model names it: `low`, `medium`, `high`, of DALL·E 3 `standard`, `hd`; left out: the model's own. */
  readonly quality?: string | undefined;
  readonly terms: Images['terms'];
  readonly meter?: Meter | undefined;
  /** What is paid for: pictures, or the tokens that they take. */
  readonly countsBy: 'images' | 'tokens';
  /** One picture may take this long. */
  readonly timeoutMs: number;
  /** Wait before the second try, in ms; doubled before each further one, unless the server says how long. Default: 1000. */
  readonly firstDelayMs?: number;
};

/** Tries in all, where an error is of the kind that passes. */
const maxTries = 4;

/** No answer is larger: a PNG of 2560 × 1440 px in base64, three times over. */
const maxAnswerBytes = 48_000_000;

/** Longest prompts, in characters, by the API's reference; they are ours, and their end matters least. */
const longestPrompts = [
  { name: /^dall-e-2\b/u, characters: 1000 },
  { name: /^dall-e-3\b/u, characters: 4000 },
] as const;
const longestPrompt = 32_000;

/** Pictures at most that one edit begins from. */
const mostPictures = 16;

/**
 * Tokens of a picture of 1024 × 1024 by its quality, and of a picture that is edited, in high fidelity:
 * https://platform.openai.com/docs/guides/image-generation (cost and latency). What is booked; the answer tells what it was.
 */
const outputTokens: Readonly<Record<string, number>> = { low: 272, medium: 1056, high: 4160 };
const inputTokensOfPicture = 6500;

/** How the service says that it will not make a picture, whoever asks. */
const refusalCodes = new Set<unknown>([
  'moderation_blocked',
  'content_policy_violation',
  'image_generation_user_error',
]);
const emptyAccountCodes = new Set<unknown>(['insufficient_quota', 'billing_hard_limit_reached']);

/** Only what is used; servers send more. */
const answerSchema = z.object({
  data: z.array(z.object({ b64_json: z.string().nullish(), url: z.string().nullish() })).nullish(),
  usage: z
    .object({ input_tokens: z.number().nonnegative(), output_tokens: z.number().nonnegative() })
    .nullish()
    .catch(undefined),
});

/**
 * Pictures by OpenAI's image models: generated from words, or edited from pictures, one a call. Tried again what passes; believed is only
 * a whole PNG or JPEG. @throws input.image_size at once, where the model makes no such size
 */
export function createOpenAiImages(options: OpenAiImagesOptions): Images {
  const { model, baseUrl } = options;
  const address = new URL(baseUrl);
  const fixedSize = options.size === undefined ? undefined : readSize(options.size);
  if (fixedSize !== undefined) assertImageSize(model, fixedSize);
  const send = limitFetch(maxAnswerBytes, 'Check images.baseUrl: this is no server of pictures.');

  const request = async (wanted: Wanted, signal: AbortSignal): Promise<unknown> => {
    const { default: OpenAI, toFile } = await import('openai');
    const client = new OpenAI({
      // Without one the library would take OPENAI_API_KEY and send it to whatever server is configured.
      apiKey: options.apiKey ?? 'none',
      organization: null,
      project: null,
      baseURL: baseUrl,
      maxRetries: 0,
      timeout: options.timeoutMs,
      fetch: send,
      logLevel: 'off',
    });
    const { width, height, prompt, from } = wanted;
    const common = {
      model,
      prompt,
      size: `${width}x${height}`,
      n: 1,
      ...(options.quality === undefined ? {} : { quality: options.quality as 'high' }),
      // The others give nothing else, and refuse to be asked for it.
      ...(isDallE(model) ? { response_format: 'b64_json' as const } : {}),
    };
    if (from.length === 0) return client.images.generate(common, { signal });
    const image = await Promise.all(
      from.map(({ bytes, mediaType }, index) =>
        toFile(bytes, `picture-${index + 1}.${mediaType.slice('image/'.length)}`, { type: mediaType }),
      ),
    );
    return client.images.edit({ ...common, image }, { signal });
  };

  const tryOnce = async (wanted: Wanted, signal: AbortSignal | undefined): Promise<ImageFile> => {
    const call = await options.meter?.begin(mostOf(wanted, options));
    /** What was booked is more than what was used: where the book cannot be written now, it may stay. */
    const end = (used: Use, isEstimated = false) => call?.end(used, { isEstimated }).catch(() => {});
    const timeout = AbortSignal.timeout(options.timeoutMs);
    const within = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
    let answer: unknown;
    try {
      answer = await request(wanted, within);
    } catch (error) {
      // A refusal costs nothing; what was sent and never answered may have been made, and stays booked.
      if (typeof (error as { status?: unknown }).status === 'number') await end({});
      signal?.throwIfAborted();
      throw describeFailure(error, wanted, {
        address,
        model,
        timedOut: timeout.aborted,
        timeoutMs: options.timeoutMs,
      });
    }
    const parsed = answerSchema.safeParse(answer);
    await end(...usedOf(parsed.data?.usage, wanted, options));
    const given = parsed.data?.data?.[0];
    if (given === undefined) throw unusable(`${model} at ${address.host} gave no picture.`);
    const bytes = await readBytes(given, address, { send, signal: within });
    if (bytes === undefined) {
      throw unusable(`${model} at ${address.host} gave an address instead of a picture.`);
    }
    const checked = readPicture(bytes);
    if ('picture' in checked) return checked.picture;
    throw unusable(`${model} at ${address.host} gave ${checked.problem}.`, true);
  };

  return {
    model: `openai:${model}`,
    terms: options.terms,
    canEdit: !isDallE(model),
    async make({ prompt, width, height, from = [], signal }) {
      const longest = longestPrompts.find(({ name }) => name.test(model))?.characters ?? longestPrompt;
      const size = fixedSize ?? chooseImageSize(model, { width, height });
      const wanted: Wanted = {
        prompt: [...prompt.toWellFormed()].slice(0, longest).join(''),
        from: isDallE(model) ? [] : from.slice(0, mostPictures),
        ...size,
      };
      for (let attempt = 1; ; attempt++) {
        try {
          return await tryOnce(wanted, signal);
        } catch (error) {
          signal?.throwIfAborted();
          if (!(error instanceof PatternPivotError) || !error.retryable || attempt >= maxTries) throw error;
          const asked = error.context['retryAfterMs'];
          const waitMs =
            typeof asked === 'number' ? asked : (options.firstDelayMs ?? 1000) * 2 ** (attempt - 1);
          await sleep(waitMs, undefined, signal === undefined ? {} : { signal }).catch(() => {
            signal?.throwIfAborted();
          });
        }
      }
    },
  };
}

type Wanted = {
  readonly prompt: string;
  readonly width: number;
  readonly height: number;
  readonly from: readonly ImageFile[];
};

function isDallE(model: string): boolean {
  return model.startsWith('dall-e-');
}

function mostOf(
  { prompt, width, height, from }: Wanted,
  { countsBy, quality }: Pick<OpenAiImagesOptions, 'countsBy' | 'quality'>,
): Use {
  if (countsBy === 'images') return { images: 1 };
  const area = (width * height) / 1024 ** 2;
  return {
    // A token has one byte at least.
    'input-tokens': Buffer.byteLength(prompt) + from.length * inputTokensOfPicture,
    'output-tokens': Math.ceil(
      (outputTokens[quality ?? 'high'] ?? outputTokens['high']!) * Math.max(1, area),
    ),
  };
}

function usedOf(
  usage: z.infer<typeof answerSchema>['usage'],
  wanted: Wanted,
  options: Pick<OpenAiImagesOptions, 'countsBy' | 'quality'>,
): [Use, boolean] {
  if (options.countsBy === 'images') return [{ images: 1 }, false];
  if (usage === undefined || usage === null) return [mostOf(wanted, options), true];
  return [{ 'input-tokens': usage.input_tokens, 'output-tokens': usage.output_tokens }, false];
}

/** The bytes in the answer, or, of a server that gives addresses, from its own address: from no other. */
async function readBytes(
  {
    b64_json: text,
    url,
  }: { readonly b64_json?: string | null | undefined; readonly url?: string | null | undefined },
  address: URL,
  { send, signal }: { readonly send: typeof fetch; readonly signal: AbortSignal },
): Promise<Buffer | undefined> {
  if (text !== undefined && text !== null) return Buffer.from(text, 'base64');
  const place = url === undefined || url === null || !URL.canParse(url) ? undefined : new URL(url);
  if (place?.origin !== address.origin) return undefined;
  const response = await send(place, { signal, redirect: 'error' });
  return response.ok ? Buffer.from(await response.arrayBuffer()) : undefined;
}

function unusable(message: string, retryable = false): PatternPivotError {
  return new PatternPivotError('provider.answer_unusable', message, {
    retryable,
    hint: 'Run it again: what was made is kept. Or take the sources’ own pictures: --images screenshots',
  });
}

/** Refusals by their codes, everything else by its status. The service's own words are left out: they may repeat a key. */
function describeFailure(
  error: unknown,
  { prompt }: Wanted,
  where: Parameters<typeof toProviderError>[1],
): PatternPivotError {
  const { code, type } = error as { code?: unknown; type?: unknown };
  const context = { address: where.address.host, model: where.model };
  if (refusalCodes.has(code) || refusalCodes.has(type)) {
    const about = [...prompt.replaceAll(/\s+/gu, ' ')].slice(0, 60).join('');
    return new PatternPivotError(
      'provider.refused',
      `${where.model} will not make a picture of "${about}…".`,
      {
        hint: 'The source’s own picture takes its place; say it otherwise, or use --images screenshots.',
        context,
      },
    );
  }
  if (emptyAccountCodes.has(code)) {
    return new PatternPivotError(
      'provider.account_empty',
      `The account at ${where.address.host} has nothing left to pay with.`,
      { hint: 'Top it up, or take the sources’ own pictures: --images screenshots', context },
    );
  }
  return toProviderError(error, where);
}
