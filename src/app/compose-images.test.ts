import { expect, test } from 'vitest';
import { composeImages, readImagesKey } from './compose-images.ts';
import { configSchema } from './config.ts';

const configOf = (images: Record<string, unknown>) => configSchema.parse({ images });

test('nothing is sent anywhere by default', async () => {
  expect(await composeImages({ config: configOf({}), env: { OPENAI_API_KEY: 'sk-a' } })).toBeUndefined();
});

test('OpenAI’s key goes to OpenAI, and a server of another address gets its own', () => {
  const openAi = 'https://api.openai.com/v1';
  const own = 'http://127.0.0.1:8080/v1';
  const env = { OPENAI_API_KEY: 'sk-openai' };
  expect(readImagesKey(openAi, env)).toBe('sk-openai');
  expect(readImagesKey(own, env)).toBeUndefined();
  expect(readImagesKey(own, { ...env, PATTERNPIVOT_IMAGES_API_KEY: 'sk-own' })).toBe('sk-own');
});

test('without a key, with a size that the model lacks, or with a key in the address, it says so before anything is made', async () => {
  const openai = { kind: 'openai' };
  await expect(composeImages({ config: configOf(openai), env: {} })).rejects.toMatchObject({
    code: 'input.no_images_key',
  });
  const wrongSize = configOf({ ...openai, model: 'gpt-image-1', size: '1080x1920' });
  await expect(composeImages({ config: wrongSize, env: { OPENAI_API_KEY: 'k' } })).rejects.toMatchObject({
    code: 'input.image_size',
  });
  expect(() => configOf({ baseUrl: 'https://me:secret@images.example/v1' })).toThrow('API_KEY');
});
