import type { ServerResponse } from 'node:http';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { encodeSound } from '../../../test/fixtures/encode-sound.ts';
import { answerWell, startVoiceServer, toneFor } from '../../../test/fixtures/voice-server.ts';
import { monoWav } from '../../domain/mono-wav.ts';
import type { Meter, Use } from '../../ports/meter.ts';
import type { Voice } from '../../ports/voice.ts';
import { createCoqui } from './coqui.ts';
import { createKokoro } from './kokoro.ts';
import { createOpenAiSpeech } from './openai-speech.ts';
import { createPiper } from './piper.ts';
import { readWav } from './read-wav.ts';

const text = 'Most people decide in three seconds.';
const terms = { licence: 'MIT', mayEarnMoney: true };
const wav = toneFor(text);

let server: Awaited<ReturnType<typeof startVoiceServer>> | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function start(answer: Parameters<typeof startVoiceServer>[0] = answerWell) {
  server = await startVoiceServer(answer);
  return {
    requests: server.requests,
    options: { baseUrl: server.origin, terms, timeoutMs: 5000, firstDelayMs: 5, speed: 1 },
  };
}

async function expectTone(voice: Voice) {
  const speech = await voice.speak(text, {});
  expect(speech.sampleRateHz).toBe(24_000);
  expect(speech.samples.length).toBe(text.length * 480);
  return speech;
}

test('a Coqui server is asked for a speaker and a language, in a form', async () => {
  const { requests, options } = await start();
  const voice = createCoqui({
    ...options,
    model: 'xtts_v2',
    speaker: 'Ana Florence',
    language: 'pt',
    apiKey: 'k',
  });
  expect(voice.model).toBe('coqui:xtts_v2:Ana Florence:pt');
  await expectTone(voice);
  expect(requests[0]).toMatchObject({
    path: '/api/tts',
    form: { text, speaker_id: 'Ana Florence', language_id: 'pt' },
    headers: { authorization: 'Bearer k' },
  });
});

test('a Coqui server clones a recording by its place there, and takes a manner', async () => {
  const { requests, options } = await start();
  await expectTone(createCoqui({ ...options, speakerWav: '/srv/me.wav', styleWav: '{"0": 0.1}' }));
  expect(requests[0]?.form).toEqual({
    text,
    speaker_wav: '/srv/me.wav',
    speaker_id: '',
    style_wav: '{"0": 0.1}',
  });
});

test('a Piper server is asked in JSON, the older one where the newer route is not', async () => {
  const { requests, options } = await start((request, response) => {
    if (request.path === '/synthesize') response.writeHead(405).end('no');
    else answerWell(request, response);
  });
  const voice = createPiper({ ...options, model: 'en_US-libritts-high', speaker: '17', speed: 2 });
  await expectTone(voice);
  await expectTone(voice);
  expect(requests.map(({ path }) => path)).toEqual(['/synthesize', '/', '/']);
  expect(requests[2]?.json).toEqual({
    text,
    voice: 'en_US-libritts-high',
    speaker_id: 17,
    length_scale: 0.5,
  });
});

test("OpenAI's protocol is spoken by its own client", async () => {
  const { requests, options } = await start();
  const voice = createOpenAiSpeech({
    ...options,
    baseUrl: `${options.baseUrl}/v1`,
    model: 'gpt-4o-mini-tts',
    voice: 'coral',
    apiKey: 'hush',
    instructions: 'calm',
    speed: 1.25,
  });
  await expectTone(voice);
  expect(requests[0]).toMatchObject({
    path: '/v1/audio/speech',
    headers: { authorization: 'Bearer hush' },
    json: {
      model: 'gpt-4o-mini-tts',
      voice: 'coral',
      input: text,
      response_format: 'wav',
      instructions: 'calm',
      speed: 1.25,
    },
  });
});

test('a Kokoro server tells when each word is heard', async () => {
  const { requests, options } = await start();
  const voice = createKokoro({
    ...options,
    baseUrl: `${options.baseUrl}/v1`,
    model: 'kokoro',
    voice: 'af_bella+af_sky',
    language: 'a',
  });
  const { words = [] } = await expectTone(voice);
  expect(words.map((word) => word.text)).toEqual(text.replace('.', '').split(' '));
  expect(words[1]!.startMs).toBe(words[0]!.endMs);
  expect(requests[0]).toMatchObject({
    path: '/dev/captioned_speech',
    json: { voice: 'af_bella+af_sky', response_format: 'wav', stream: false, lang_code: 'a' },
  });
});

test('a name that is a place of a file is never sent: it could be anybody’s voice', async () => {
  const { options, requests } = await start();
  for (const voice of ['/home/me/boss.wav', '..\\boss', 'boss.mp3', 'file:x/y', 'https://example.org/a']) {
    expect(() => createOpenAiSpeech({ ...options, model: 'tts-1', voice })).toThrow(/no name of a voice/u);
    expect(() => createKokoro({ ...options, model: 'kokoro', voice })).toThrow(/no name of a voice/u);
  }
  expect(requests).toEqual([]);
});

test('sound of another format is played all the same', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'voice-'));
  const tone = Float32Array.from({ length: 36_000 }, (_, index) => 0.3 * Math.sin(index / 8));
  try {
    await writeFile(join(folder, 'a.wav'), monoWav(tone, 24_000));
    const path = await encodeSound(join(folder, 'a.wav'), join(folder, 'a.mp3'), {
      encoder: 'libmp3lame',
      format: 'mp3',
    });
    const mp3 = await readFile(path);
    const { options } = await start((_, response) => response.writeHead(200).end(mp3));
    const { samples, sampleRateHz } = await createCoqui(options).speak(text, {});
    expect(samples.length / sampleRateHz).toBeCloseTo(1.5, 1);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('a WAV whose length was not known when it was begun is whole', () => {
  const streamed = Buffer.from(wav);
  streamed.writeUInt32LE(0xffffffff, 40);
  const read = readWav(streamed);
  expect(typeof read === 'object' && read.samples.length).toBe(text.length * 480);
});

test('WAV files of every usual kind hold the same sound', () => {
  const plain = readWav(monoWav(Float32Array.of(0.5, -0.25), 8000));
  expect(plain).toEqual({ sampleRateHz: 8000, samples: Float32Array.of(0.5, -0.25) });
  const stereo24 = Buffer.alloc(44 + 12);
  monoWav(new Float32Array(3), 8000).copy(stereo24);
  stereo24.writeUInt16LE(1, 20);
  stereo24.writeUInt16LE(2, 22);
  stereo24.writeUInt16LE(24, 34);
  for (const [at, value] of [0.5, 0.5, -0.5, 0].entries())
    stereo24.writeIntLE(value * 2 ** 23, 44 + at * 3, 3);
  expect(readWav(stereo24)).toEqual({ sampleRateHz: 8000, samples: Float32Array.of(0.5, -0.25) });
  expect(readWav(Buffer.from('RIFF'))).toBeUndefined();
  expect(readWav(stereo24.subarray(0, 50))).toBe('cut off');
});

const reply =
  (status: number, body: string | Buffer, headers: Record<string, string> = {}) =>
  (_: unknown, response: ServerResponse) =>
    void response.writeHead(status, headers).end(body);

test('what is no speech is told of in words', async () => {
  const silence = monoWav(new Float32Array(24_000), 24_000);
  const cases: [Parameters<typeof startVoiceServer>[0], string, RegExp, number][] = [
    [reply(200, ''), 'provider.answer_unusable', /empty answer/u, 3],
    [reply(200, monoWav(new Float32Array(0), 24_000)), 'provider.answer_unusable', /without length/u, 3],
    [reply(200, silence), 'provider.answer_unusable', /silence/u, 3],
    [reply(200, wav.subarray(0, 9000)), 'provider.answer_unusable', /breaks off/u, 3],
    [reply(200, '<html>Sign in</html>'), 'provider.answer_unusable', /a text/u, 1],
    [reply(200, Buffer.alloc(9000, 7)), 'provider.answer_unusable', /cannot be played/u, 1],
    [reply(401, 'no'), 'provider.unauthorized', /key/u, 1],
    [reply(302, '', { location: 'http://127.0.0.1:9/' }), 'provider.unreachable', /127/u, 3],
    [
      reply(500, '{"error": "TTS synthesis failed: no speaker \\u001b[31mBob"}'),
      'provider.server_error',
      /It says: TTS synthesis failed: no speaker \[31mBob$/u,
      3,
    ],
  ];
  for (const [answer, code, message, tries] of cases) {
    const { options, requests } = await start(answer);
    await expect(createCoqui(options).speak(text, {}), code).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message) as string,
      hint: expect.any(String) as string,
    });
    expect(requests.length).toBe(tries);
    await server?.close();
  }
});

test('who hangs is given up, in the middle of an answer too', async () => {
  for (const answer of [
    () => {},
    (_: unknown, response: ServerResponse) => void response.writeHead(200).write(wav.subarray(0, 100)),
  ]) {
    const { options } = await start(answer);
    const voice = createOpenAiSpeech({ ...options, timeoutMs: 100, model: 'tts-1', voice: 'alloy' });
    await expect(voice.speak(text, {})).rejects.toMatchObject({
      code: 'provider.timeout',
      hint: expect.stringContaining('voice.timeoutSeconds') as string,
    });
    await server?.close();
  }
});

test('who has had too many requests is asked again when it says', async () => {
  const { options, requests } = await start((request, response, count) => {
    if (count === 1) response.writeHead(429, { 'retry-after': '0' }).end('{"error":{"message":"slow down"}}');
    else answerWell(request, response);
  });
  await expectTone(createOpenAiSpeech({ ...options, model: 'tts-1', voice: 'alloy' }));
  expect(requests.length).toBe(2);
});

test('a key is not repeated, whatever the server says', async () => {
  const { options } = await start(reply(400, '{"error":{"message":"bad key hush"}}'));
  const voice = createOpenAiSpeech({ ...options, model: 'tts-1', voice: 'alloy', apiKey: 'hush' });
  await expect(voice.speak(text, {})).rejects.toMatchObject({
    message: expect.not.stringContaining('hush') as string,
  });
  expect(() => createCoqui({ ...options, baseUrl: 'http://me:hush@localhost/' })).toThrow(
    expect.objectContaining({
      code: 'input.voice_address_invalid',
      message: expect.not.stringContaining('hush') as string,
    }) as Error,
  );
});

test('every request is booked by its letters, and a refusal costs nothing', async () => {
  const book: string[] = [];
  const show = (use: Use) => JSON.stringify(use);
  const meter: Meter = {
    async begin(most) {
      book.push(`booked ${show(most)}`);
      return { end: async (used) => void book.push(`used ${show(used)}`) };
    },
  };
  const { options } = await start((request, response, count) => {
    if (count === 1) response.writeHead(503).end();
    else answerWell(request, response);
  });
  await expectTone(createOpenAiSpeech({ ...options, model: 'tts-1', voice: 'alloy', meter }));
  const use = `{"requests":1,"characters":${text.length}}`;
  expect(book).toEqual([`booked ${use}`, 'used {}', `booked ${use}`, `used ${use}`]);
});

test('who stops is not asked twice, and a text without a word not once', async () => {
  const controller = new AbortController();
  const { options, requests } = await start(() => controller.abort());
  const voice = createPiper(options);
  await expect(voice.speak(text, { signal: controller.signal })).rejects.toMatchObject({
    name: 'AbortError',
  });
  expect(requests.length).toBe(1);
  await expect(voice.speak('… 🎬', {})).rejects.toMatchObject({ code: 'input.nothing_to_say' });
  await expect(voice.speak('a'.repeat(6000), {})).rejects.toMatchObject({ code: 'input.text_too_long' });
  expect(requests.length).toBe(1);
});
