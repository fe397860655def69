import { afterEach, expect, test } from 'vitest';
import { makePng, startImageServer, type ImageAnswer } from '../../../test/fixtures/image-server.ts';
import { PatternPivotError } from '../../domain/errors.ts';
import type { Meter, Use } from '../../ports/meter.ts';
import { chooseImageSize } from './image-sizes.ts';
import { createOpenAiImages, type OpenAiImagesOptions } from './openai.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function open(
  answer: Parameters<typeof startImageServer>[0],
  options: Partial<OpenAiImagesOptions> = {},
) {
  const server = await startImageServer(answer);
  closing.push(server.close);
  const images = createOpenAiImages({
    baseUrl: server.baseUrl,
    model: 'gpt-image-1',
    apiKey: 'sk-test-secret',
    terms: { licence: 'OpenAI terms', mayEarnMoney: true },
    countsBy: 'tokens',
    timeoutMs: 5000,
    firstDelayMs: 5,
    ...options,
  });
  return { images, requests: server.requests };
}

const upright = { width: 1080, height: 1920 };
const png = makePng(128, 192);

async function errorOf(promise: Promise<unknown>): Promise<PatternPivotError> {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(PatternPivotError);
  return error as PatternPivotError;
}

test('a picture of words: the request as documented, the picture as it came', async () => {
  const { images, requests } = await open(() => ({ png }), { quality: 'medium' });
  const made = await images.make({ prompt: 'A lighthouse', ...upright });
  expect(Buffer.from(made.bytes).equals(png)).toBe(true);
  expect(made.mediaType).toBe('image/png');
  expect(requests).toMatchObject([
    {
      path: '/v1/images/generations',
      headers: { authorization: 'Bearer sk-test-secret' },
      json: { model: 'gpt-image-1', prompt: 'A lighthouse', size: '1024x1536', n: 1, quality: 'medium' },
    },
  ]);
  expect(Object.keys(requests[0]?.json ?? {}).toSorted()).toEqual([
    'model',
    'n',
    'prompt',
    'quality',
    'size',
  ]);
});

test('a picture of a picture goes as a form, and DALL·E 3 makes its own', async () => {
  const { images, requests } = await open(() => ({ png }));
  const from = [{ bytes: png, mediaType: 'image/png' as const }];
  await images.make({ prompt: 'As an illustration', ...upright, from });
  const form = requests[0]?.form;
  expect(requests[0]?.path).toBe('/v1/images/edits');
  const file = (form?.get('image[]') ?? form?.get('image')) as File;
  expect([file.type, file.size]).toEqual(['image/png', png.length]);
  expect([form?.get('prompt'), form?.get('size')]).toEqual(['As an illustration', '1024x1536']);
  const old = await open(() => ({ png }), { model: 'dall-e-3' });
  expect(old.images.canEdit).toBe(false);
  await old.images.make({ prompt: 'A lion', ...upright, from });
  expect(old.requests[0]?.json).toMatchObject({ size: '1024x1792', response_format: 'b64_json' });
});

test('only sizes that the model takes are asked for', () => {
  const ask = (model: string, width: number, height: number) => {
    const size = chooseImageSize(model, { width, height });
    return `${size.width}x${size.height}`;
  };
  expect(ask('gpt-image-1', 1080, 1920)).toBe('1024x1536');
  expect(ask('gpt-image-1.5', 1920, 1080)).toBe('1536x1024');
  expect(ask('gpt-image-1-mini', 1080, 1080)).toBe('1024x1024');
  expect(ask('dall-e-2', 1080, 1920)).toBe('1024x1024');
  expect(ask('dall-e-3', 1920, 1080)).toBe('1792x1024');
  expect(ask('gpt-image-2', 1080, 1920)).toBe('1088x1920');
  for (const [width, height] of [
    [1350, 2400],
    [4000, 100],
    [3840, 2160],
    [50, 50],
  ] as const) {
    const size = chooseImageSize('gpt-image-2', { width, height });
    expect([size.width % 16, size.height % 16]).toEqual([0, 0]);
    expect(size.width * size.height).toBeLessThanOrEqual(2560 * 1440);
    expect(Math.max(size.width / size.height, size.height / size.width)).toBeLessThanOrEqual(3.1);
  }
  const wrong = () =>
    createOpenAiImages({
      baseUrl: 'http://127.0.0.1:1/v1',
      model: 'gpt-image-1',
      size: '1080x1920',
      terms: { licence: '', mayEarnMoney: true },
      countsBy: 'images',
      timeoutMs: 1,
    });
  expect(wrong).toThrow(
    'gpt-image-1 makes no pictures of 1080x1920: it takes 1024x1024, 1536x1024, 1024x1536.',
  );
});

function bookedMeter() {
  const booked: Use[] = [];
  const settled: Use[] = [];
  const meter: Meter = {
    async begin(most) {
      booked.push(most);
      return { end: async (used) => void settled.push(used) };
    },
  };
  return { meter, booked, settled };
}

test('what a picture may take is booked, and what it took is settled; a refusal takes nothing', async () => {
  const refusal = {
    status: 400,
    body: {
      error: {
        message: 'Your request was rejected by the safety system. sk-test-secret',
        type: 'image_generation_user_error',
        param: null,
        code: 'moderation_blocked',
      },
    },
  };
  const { meter, booked, settled } = bookedMeter();
  const { images, requests } = await open((_, count) => (count === 1 ? { png } : refusal), { meter });
  await images.make({ prompt: 'A lighthouse', ...upright });
  expect(booked[0]).toEqual({ 'input-tokens': 12, 'output-tokens': 6240 });
  expect(settled[0]).toEqual({ 'input-tokens': 50, 'output-tokens': 1584 });
  const refused = await errorOf(images.make({ prompt: 'Something dreadful', ...upright }));
  expect(refused.code).toBe('provider.refused');
  expect(refused.message).toBe('gpt-image-1 will not make a picture of "Something dreadful…".');
  expect(JSON.stringify(refused)).not.toContain('sk-test');
  expect(settled[1]).toEqual({});
  // Nobody asks again for what was refused.
  expect(requests).toHaveLength(2);
});

test('a rate limit is waited for; an empty account is not', async () => {
  const limit = (code: string): ImageAnswer => ({
    status: 429,
    headers: { 'retry-after': '0' },
    body: { error: { message: 'limit', type: 'requests', param: null, code } },
  });
  const { images, requests } = await open((_, count) => (count < 3 ? limit('rate_limit_exceeded') : { png }));
  expect((await images.make({ prompt: 'x', ...upright })).bytes.length).toBe(png.length);
  expect(requests).toHaveLength(3);
  const empty = await open(() => limit('insufficient_quota'));
  const error = await errorOf(empty.images.make({ prompt: 'x', ...upright }));
  expect([error.code, empty.requests.length]).toEqual(['provider.account_empty', 1]);
});

test.each([
  ['half a picture', { png: png.subarray(0, png.length - 40) }, 'gave half a picture'],
  ['no picture', { png: Buffer.from('<html>not found</html>') }, 'gave something else than a PNG'],
  ['nothing', { status: 200, body: { created: 1, data: [] } }, 'gave no picture'],
  ['a tiny picture', { png: makePng(2, 2) }, 'gave a picture of 2×2 px'],
  [
    'an address elsewhere',
    { status: 200, body: { data: [{ url: 'http://169.254.169.254/latest' }] } },
    'gave an address instead of a picture',
  ],
] as const)('%s is not believed', async (_, answer, says) => {
  const { images } = await open(() => answer as ImageAnswer);
  const error = await errorOf(images.make({ prompt: 'x', ...upright }));
  expect(error.code).toBe('provider.answer_unusable');
  expect(error.message).toContain(says);
  expect(error.hint).toContain('--images screenshots');
});

test('an answer that breaks off, a server that hangs, and one that is not there', async () => {
  const broken = await open((_, count) => {
    if (count > 1) return { png };
    return (response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100000' });
      response.write('{"created":1,"data":[{"b64_json":"iVBORw0');
      setTimeout(() => response.destroy(), 20);
    };
  });
  // Broken off once: asked again.
  expect((await broken.images.make({ prompt: 'x', ...upright })).bytes.length).toBe(png.length);
  const hanging = await open(() => () => {}, { timeoutMs: 80 });
  expect((await errorOf(hanging.images.make({ prompt: 'x', ...upright }))).code).toBe('provider.timeout');
  const gone = await open(() => ({ png }), { baseUrl: 'http://127.0.0.1:9/v1' });
  expect((await errorOf(gone.images.make({ prompt: 'x', ...upright }))).code).toBe('provider.unreachable');
  const stopped = new AbortController();
  const waiting = hanging.images.make({ prompt: 'x', ...upright, signal: stopped.signal });
  stopped.abort();
  await expect(waiting).rejects.toThrow();
});
