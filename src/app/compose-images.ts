import { PatternPivotError } from '../domain/errors.ts';
import type { Images } from '../ports/images.ts';
import type { Config } from './config.ts';
import { serviceAt, type MeterAt } from './meters.ts';

/** What the maker of pictures is put together from. */
export type ImagesParts = {
  readonly config: Pick<Config, 'images' | 'prices'>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Counts what a model at an address uses; left out, nothing is counted. */
  readonly meterAt?: MeterAt | undefined;
};

const openAiOrigin = 'https://api.openai.com';

/**
 * The image model that is configured; undefined where the sources' own pictures are wanted. Nothing is asked yet.
 * @throws input.image_size, input.no_images_key
 */
export async function composeImages({ config, env, meterAt }: ImagesParts): Promise<Images | undefined> {
  const { images, prices } = config;
  if (images.kind === 'screenshots') return undefined;
  const { baseUrl, model } = images;
  const apiKey = readImagesKey(baseUrl, env);
  const isOpenAi = new URL(baseUrl).origin === openAiOrigin;
  if (isOpenAi && apiKey === undefined) {
    throw new PatternPivotError('input.no_images_key', 'OpenAI makes no pictures without a key.', {
      hint: 'Set PATTERNPIVOT_IMAGES_API_KEY or OPENAI_API_KEY, or take --images screenshots.',
    });
  }
  const { createOpenAiImages } = await import('../adapters/images/openai.ts');
  const { service } = serviceAt(baseUrl);
  const price = prices[`${service}/${model}`] ?? prices[service];
  return createOpenAiImages({
    baseUrl,
    model,
    apiKey,
    size: images.size === 'auto' ? undefined : images.size,
    quality: images.quality === 'auto' ? undefined : images.quality,
    terms: { licence: images.licence, mayEarnMoney: images.mayEarnMoney },
    meter: meterAt?.(baseUrl, 'images', model),
    // OpenAI bills its newer models by tokens; whoever tells a price of a picture wants pictures counted.
    countsBy: price?.perImage !== undefined || !/^(?:gpt|chatgpt)-image/u.test(model) ? 'images' : 'tokens',
    timeoutMs: images.timeoutSeconds * 1000,
  });
}

/** The key for the configured server. `OPENAI_API_KEY` is OpenAI's: another server only gets the key that was meant for it. */
export function readImagesKey(baseUrl: string, env: ImagesParts['env']): string | undefined {
  const own = env['PATTERNPIVOT_IMAGES_API_KEY'];
  if (own !== undefined && own !== '') return own;
  const openAi = env['OPENAI_API_KEY'];
  return new URL(baseUrl).origin === openAiOrigin && openAi !== '' ? openAi : undefined;
}
