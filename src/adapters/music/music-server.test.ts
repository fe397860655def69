import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { MusicBrief } from '../../domain/music.ts';
import type { Meter, Use } from '../../ports/meter.ts';
import { createMusicServer, type MusicServerOptions } from './music-server.ts';
import { monoWav } from '../../domain/mono-wav.ts';

const brief: MusicBrief = {
  durationMs: 1000,
  seed: 9,
  mood: 'sad',
  tempoBpm: 70.4,
  key: { tonic: 'F#', mode: 'minor' },
  energy: [0.5],
};
const tone = Float32Array.from(
  { length: 32_000 },
  (_, index) => 0.2 * Math.sin((index * 440 * 2 * Math.PI) / 32_000),
);
const wav = monoWav(tone, 32_000);
const quiet = { signal: new AbortController().signal, report: () => {} };

type Request = {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
};
let folder = '';
let requests: Request[] = [];
let answer: (response: ServerResponse, count: number) => void = () => {};
let server: Server;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'music-server-'));
  server = createServer((request, response) => {
    const blocks: Buffer[] = [];
    request.on('data', (block: Buffer) => blocks.push(block));
    request.on('end', () => {
      const body: unknown = JSON.parse(Buffer.concat(blocks).toString());
      requests.push({ path: request.url ?? '', headers: request.headers, body });
      answer(response, requests.length);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(() => {
  requests = [];
});

afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true });
});

const sound = (response: ServerResponse) => response.writeHead(200, { 'content-type': 'audio/wav' }).end(wav);
const json = (value: unknown) => (response: ServerResponse) =>
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
const status =
  (code: number, headers: Record<string, string> = {}) =>
  (response: ServerResponse) =>
    response.writeHead(code, headers).end('no');

function open(change: Partial<MusicServerOptions> = {}) {
  const { port } = server.address() as AddressInfo;
  return createMusicServer({
    baseUrl: `http://127.0.0.1:${port}/v1`,
    protocol: 'sound-generation',
    terms: { licence: 'CC-BY-NC-4.0', mayEarnMoney: false },
    timeoutMs: 5000,
    firstDelayMs: 5,
    ...change,
  });
}

async function make(
  change: Partial<MusicServerOptions> = {},
  wanted: Partial<MusicBrief> = {},
): Promise<Buffer> {
  const path = join(folder, 'made.wav');
  await open(change).make({ ...brief, ...wanted }, path, quiet);
  const bytes = await readFile(path);
  await rm(path);
  return bytes;
}

const bytesOf = (ms: number) => 44 + (ms / 1000) * 48_000 * 4;

describe('a server of music', () => {
  test('as LocalAI has it is asked for words, length, tempo and key, and its file is finished', async () => {
    answer = sound;
    const bytes = await make({ model: 'musicgen-medium', apiKey: 'k' });
    expect(bytes.length).toBe(bytesOf(1000));
    expect(requests).toMatchObject([
      {
        path: '/v1/sound-generation',
        headers: { authorization: 'Bearer k' },
        body: {
          model_id: 'musicgen-medium',
          text: 'sad, tender, slow piano and strings, 70 bpm, in F# minor, instrumental',
          duration_seconds: 1,
          bpm: 70,
          keyscale: 'F# minor',
        },
      },
    ]);
  });

  test('as Hugging Face has it may answer with a file or with numbers', async () => {
    answer = json([{ generated_audio: [Array.from(tone)], sampling_rate: 32_000 }]);
    const fromNumbers = await make({ protocol: 'inference' }, { prompt: 'lo-fi\u0007\n piano' });
    answer = sound;
    const fromFile = await make({ protocol: 'inference' });
    expect(fromNumbers.length).toBe(bytesOf(1000));
    expect(fromFile.equals(fromNumbers)).toBe(true);
    expect(requests[0]).toMatchObject({
      path: '/v1',
      body: {
        inputs: 'lo-fi piano, 70 bpm, in F# minor, instrumental',
        parameters: { max_new_tokens: 50, seed: 9 },
      },
    });
  });

  test('as Cog has it gets the melody that is to be followed', async () => {
    answer = json({ status: 'succeeded', output: `data:audio/wav;base64,${wav.toString('base64')}` });
    const melodyPath = join(folder, 'melody.wav');
    await writeFile(melodyPath, wav);
    const bytes = await make({ protocol: 'cog', model: 'stereo-melody-large' }, { melodyPath });
    expect(bytes.length).toBe(bytesOf(1000));
    const { input } = requests[0]!.body as { input: Record<string, string> };
    expect(input).toMatchObject({
      duration: 1,
      seed: 9,
      model_version: 'stereo-melody-large',
      continuation: false,
    });
    const melody = Buffer.from(input['input_audio']!.replace('data:audio/wav;base64,', ''), 'base64');
    expect(melody.length).toBe(bytesOf(1000));
    await rm(melodyPath);
  });

  test('that gives less than was asked is heard again, bar after bar', async () => {
    answer = sound;
    const bytes = await make({}, { durationMs: 5000, tempoBpm: 180 });
    expect(bytes.length).toBe(bytesOf(5000));
    const middle = new Int16Array(
      bytes.buffer.slice(bytes.byteOffset + 44 + 2 * 192_000, bytes.byteOffset + 44 + 3 * 192_000),
    );
    expect(middle.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0)).toBeGreaterThan(2000);
  });

  test('that is busy is asked again, and not for ever', async () => {
    answer = (response, count) =>
      count < 3 ? status(503, { 'retry-after': '0' })(response) : sound(response);
    expect((await make()).length).toBe(bytesOf(1000));
    requests = [];
    answer = status(429, { 'retry-after': '0' });
    await expect(make()).rejects.toMatchObject({ code: 'provider.too_many_requests' });
    expect(requests.length).toBe(3);
  });

  test('that refuses, hangs, breaks off or lies is told of in words, and leaves no file', async () => {
    const cases: [typeof answer, Partial<MusicServerOptions>, string][] = [
      [status(401), {}, 'provider.unauthorized'],
      [status(404), {}, 'provider.not_found'],
      [status(302, { location: 'http://127.0.0.1:9/' }), {}, 'provider.unreachable'],
      [() => {}, { timeoutMs: 150 }, 'provider.timeout'],
      [(response) => response.writeHead(200).end(), {}, 'provider.answer_unusable'],
      [(response) => response.writeHead(200).end(wav.subarray(0, 44)), {}, 'provider.answer_unusable'],
      [json({ error: 'out of memory' }), {}, 'provider.answer_unusable'],
      [json({ error: 'out of memory' }), { protocol: 'inference' }, 'provider.answer_unusable'],
      [json({ status: 'failed', output: null }), { protocol: 'cog' }, 'provider.answer_unusable'],
      [
        json({ status: 'succeeded', output: 'file:///etc/passwd' }),
        { protocol: 'cog' },
        'provider.answer_unusable',
      ],
    ];
    for (const [reply, change, code] of cases) {
      answer = reply;
      await expect(make(change), code).rejects.toMatchObject({ code, hint: expect.any(String) });
    }
    answer = (response) => {
      response.writeHead(200, { 'content-length': String(wav.length) });
      response.write(wav.subarray(0, 5000), () => response.destroy());
    };
    await expect(make()).rejects.toMatchObject({ code: 'provider.unreachable' });
    expect(await readdir(folder)).toEqual([]);
  });

  test('is paid for by the call and the second, and by nothing where it refused', async () => {
    const book: string[] = [];
    const show = (use: Use) => JSON.stringify(use);
    const meter: Meter = {
      async begin(most) {
        book.push(`booked ${show(most)}`);
        return { end: async (used) => void book.push(`used ${show(used)}`) };
      },
    };
    answer = (response, count) => (count === 1 ? status(500)(response) : sound(response));
    await make({ meter });
    const use = '{"requests":1,"seconds":1}';
    expect(book).toEqual([`booked ${use}`, 'used {}', `booked ${use}`, `used ${use}`]);
  });

  test('is not asked twice by who stops', async () => {
    const controller = new AbortController();
    answer = () => controller.abort();
    const making = open().make(brief, join(folder, 'x.wav'), { signal: controller.signal, report() {} });
    await expect(making).rejects.toThrow();
    expect(requests.length).toBe(1);
  });
});

test('an address that holds a password is refused without being repeated', () => {
  expect(() => open({ baseUrl: 'http://me:hush@localhost/' })).toThrow(
    expect.objectContaining({
      code: 'input.music_address_invalid',
      message: expect.not.stringContaining('hush'),
    }),
  );
});
