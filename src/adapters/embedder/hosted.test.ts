import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { Embedder } from '../../ports/embedder.ts';
import { PatternPivotError } from '../../domain/errors.ts';
import type { HostedOptions } from './hosted.ts';
import { createOpenAiEmbedder } from './openai.ts';
import { createTeiEmbedder } from './tei.ts';

const secret = 'sk-this-must-never-show';

type Seen = { path: string; authorization: string | undefined; body: Record<string, unknown> };
type Answer = (response: ServerResponse, body: Record<string, unknown>) => void;

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A server: each request that sends texts gets the next of the answers, the last one again and again. `/info` has its own. */
async function serve(
  answers: readonly Answer[],
  info: Answer = (response) => response.writeHead(404).end(),
): Promise<{ baseUrl: string; seen: Seen[] }> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (piece: Buffer) => (text += piece.toString()));
    request.on('end', () => {
      if (request.method === 'GET') return info(response, {});
      const body = JSON.parse(text) as Record<string, unknown>;
      seen.push({ path: request.url ?? '', authorization: request.headers.authorization, body });
      (answers[seen.length - 1] ?? answers.at(-1))?.(response, body);
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

const json = (response: ServerResponse, value: unknown, status = 200) => {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(typeof value === 'string' ? value : JSON.stringify(value));
};

/** Vectors that tell which text they are of. */
const vectorOf = (text: string, dimensions: number) =>
  Array.from({ length: dimensions }, (_, index) => (index === 0 ? text.length : 1));

/** The two kinds of servers, in the forms that they document. */
const kinds = {
  tei: {
    path: '/embed',
    create: (options: HostedOptions) => createTeiEmbedder(options),
    base: (origin: string) => origin,
    textsOf: (body: Record<string, unknown>) => body['inputs'] as string[],
    form: (vectors: readonly unknown[]): unknown => vectors,
    fails: (status: number, headers: Record<string, string> = {}): Answer => {
      return (response) => {
        for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
        json(response, { error: `no ${secret}`, error_type: 'overloaded' }, status);
      };
    },
  },
  openai: {
    path: '/v1/embeddings',
    create: (options: HostedOptions) => createOpenAiEmbedder(options),
    base: (origin: string) => `${origin}/v1`,
    textsOf: (body: Record<string, unknown>) => body['input'] as string[],
    form: (vectors: readonly unknown[]): unknown => ({
      object: 'list',
      data: vectors.map((embedding, index) => ({ object: 'embedding', index, embedding })),
      model: 'text-embedding-3-small',
      usage: { prompt_tokens: 8, total_tokens: 8 },
    }),
    fails: (status: number, headers: Record<string, string> = {}): Answer => {
      return (response) => {
        for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
        json(response, { error: { message: `no ${secret}`, type: 'error', code: null } }, status);
      };
    },
  },
} as const;

async function errorOf(promise: Promise<unknown>): Promise<PatternPivotError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(PatternPivotError);
  const found = error as PatternPivotError;
  expect(JSON.stringify([found.message, found.hint, found.context, String(found.cause)])).not.toContain(
    secret,
  );
  return found;
}

describe.each(Object.entries(kinds))('an embedder of the kind %s', (name, kind) => {
  const answers = (dimensions = 4): Answer => {
    return (response, body) =>
      json(response, kind.form(kind.textsOf(body).map((text) => vectorOf(text, dimensions))));
  };
  const open = (origin: string, change: Partial<HostedOptions> = {}): Embedder =>
    kind.create({
      baseUrl: kind.base(origin),
      model: 'some-model',
      dimensions: 4,
      apiKey: secret,
      ...change,
    });

  it('sends texts in batches and gives a vector of unit length for each, in order', async () => {
    const { baseUrl, seen } = await serve([answers()]);
    const texts = Array.from({ length: 150 }, (_, index) => 'x'.repeat(index + 1));
    const vectors = await open(baseUrl).embed(texts, {});
    expect(vectors.length).toBe(150);
    for (const [index, vector] of vectors.entries()) {
      const expected = vectorOf(texts[index]!, 4);
      const length = Math.hypot(...expected);
      for (const [at, value] of expected.entries()) expect(vector[at]).toBeCloseTo(value / length, 6);
    }
    expect(seen.flatMap(({ body }) => kind.textsOf(body))).toEqual(texts);
    expect(seen.every(({ path }) => path === kind.path)).toBe(true);
    expect(seen.every(({ authorization }) => authorization === `Bearer ${secret}`)).toBe(true);
    expect(seen.length).toBe(name === 'tei' ? 5 : 3);
  });

  it('puts the prompt before a query, and before nothing else', async () => {
    const { baseUrl, seen } = await serve([answers()]);
    const embedder = open(baseUrl, { queryPrompt: 'Find: ' });
    await embedder.embed(['the sea'], {});
    await embedder.embedQuery?.('the sea', {});
    expect(seen.map(({ body }) => kind.textsOf(body))).toEqual([['the sea'], ['Find: the sea']]);
  });

  it('sends nothing that servers refuse: no empty text, no half character', async () => {
    const { baseUrl, seen } = await serve([answers()]);
    await open(baseUrl).embed(['', ' \n', 'a\uD800b'], {});
    expect(kind.textsOf(seen[0]!.body)).toEqual(['.', '.', 'a\uFFFDb']);
  });

  it('waits as long as a busy server asks for', async () => {
    const { baseUrl, seen } = await serve([kind.fails(429, { 'retry-after': '1' }), answers()]);
    const startedMs = performance.now();
    await open(baseUrl).embed(['the sea'], {});
    expect(performance.now() - startedMs).toBeGreaterThan(950);
    expect(seen.length).toBe(2);
  });

  it('tries again after a fault of the server, and gives up in the end', async () => {
    const mended = await serve([kind.fails(503), kind.fails(500), answers()]);
    expect((await open(mended.baseUrl, { firstDelayMs: 10 }).embed(['the sea'], {})).length).toBe(1);
    expect(mended.seen.length).toBe(3);
    const broken = await serve([kind.fails(503, { 'retry-after': '0' })]);
    expect((await errorOf(open(broken.baseUrl).embed(['the sea'], {}))).code).toBe('provider.server_error');
    expect(broken.seen.length).toBe(4);
  });

  it('does not try again what would fail again', async () => {
    for (const [status, code] of [
      [401, 'provider.unauthorized'],
      [404, 'provider.not_found'],
      [422, 'provider.bad_request'],
    ] as const) {
      const { baseUrl, seen } = await serve([kind.fails(status)]);
      expect((await errorOf(open(baseUrl).embed(['the sea'], {}))).code).toBe(code);
      expect(seen.length).toBe(1);
    }
  });

  it('sends less at once where a server takes less', async () => {
    const { baseUrl, seen } = await serve([
      (response, body) => (kind.textsOf(body).length > 8 ? kind.fails(413) : answers())(response, body),
    ]);
    const texts = Array.from({ length: 40 }, (_, index) => 'x'.repeat(index + 1));
    const vectors = await open(baseUrl).embed(texts, {});
    expect(vectors.length).toBe(40);
    const taken = seen.map(({ body }) => kind.textsOf(body)).filter((sent) => sent.length <= 8);
    expect(taken.flat()).toEqual(texts);
    const stubborn = await serve([kind.fails(413)]);
    expect((await errorOf(open(stubborn.baseUrl).embed(['the sea'], {}))).context['status']).toBe(413);
  });

  it('believes no answer with fewer vectors, other lengths, holes, zeros or no vectors at all', async () => {
    const cases: [unknown, string][] = [
      [kind.form([[1, 0, 0, 0]]), 'provider.'],
      [
        kind.form([
          [1, 0, 0],
          [0, 1, 0],
        ]),
        'provider.embeddings_mismatched',
      ],
      [
        kind.form([
          [1, 0, 0, 0],
          [0, 1, 0],
        ]),
        'provider.embeddings_mismatched',
      ],
      [
        kind.form([
          [1, 0, 0, 0],
          [0, null, 0, 0],
        ]),
        'provider.answer_unusable',
      ],
      [
        kind.form([
          [1, 0, 0, 0],
          ['NaN', 0, 0, 0],
        ]),
        'provider.answer_unusable',
      ],
      [
        kind.form([
          [1, 0, 0, 0],
          [0, 0, 0, 0],
        ]),
        'provider.answer_unusable',
      ],
      [
        kind.form([
          [1, 0, 0, 0],
          [1e308, 1e308, 1e308, 1e308],
        ]),
        'provider.answer_unusable',
      ],
      [
        JSON.stringify(
          kind.form([
            [1, 0, 0, 0],
            [7, 0, 0, 0],
          ]),
        ).replace('7', 'NaN'),
        'provider.answer_unusable',
      ],
      [{ message: 'hello' }, 'provider.answer_unusable'],
      ['<html>Sign in</html>', 'provider.answer_unusable'],
      ['null', 'provider.answer_unusable'],
    ];
    for (const [answer, code] of cases) {
      const { baseUrl } = await serve([(response) => json(response, answer)]);
      const error = await errorOf(open(baseUrl).embed(['the sea', 'a boat'], {}));
      expect(error.code, JSON.stringify(answer)).toContain(code);
    }
  });

  it('gives up an answer that never ends', async () => {
    const block = Buffer.alloc(1 << 20, '1,');
    const { baseUrl, seen } = await serve([
      (response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.write('[[');
        const pour = () => {
          while (!response.destroyed && response.write(block));
          if (!response.destroyed) response.once('drain', pour);
        };
        pour();
      },
    ]);
    expect((await errorOf(open(baseUrl).embed(['the sea'], {}))).code).toBe('provider.answer_too_large');
    expect(seen.length).toBe(1);
  });

  it('does not wait for a silent server for ever', async () => {
    const { baseUrl } = await serve([() => {}]);
    const error = await errorOf(open(baseUrl, { timeoutMs: 150, firstDelayMs: 10 }).embed(['the sea'], {}));
    expect(error.code).toBe('provider.timeout');
  });

  it('stops at once when it is told to, while it waits too', async () => {
    for (const answer of [(() => {}) as Answer, kind.fails(429, { 'retry-after': '30' })]) {
      const { baseUrl } = await serve([answer]);
      const stop = new AbortController();
      setTimeout(() => stop.abort(new Error('enough')), 200);
      await expect(open(baseUrl).embed(['the sea'], { signal: stop.signal })).rejects.toThrow('enough');
    }
  });

  it('says where nobody answers', async () => {
    const error = await errorOf(open('http://127.0.0.1:9', { firstDelayMs: 10 }).embed(['the sea'], {}));
    expect(error).toMatchObject({ code: 'provider.unreachable', context: { address: '127.0.0.1:9' } });
  });

  it('learns how long vectors are, and holds the server to it', async () => {
    const { baseUrl } = await serve([answers(6), answers(6), answers(5)]);
    const embedder = open(baseUrl, { dimensions: undefined });
    expect(() => embedder.dimensions).toThrow(/not known/u);
    await embedder.prepare?.({ signal: new AbortController().signal, report: () => {} });
    expect(embedder.dimensions).toBe(6);
    await embedder.embed(['the sea'], {});
    expect((await errorOf(embedder.embed(['a boat'], {}))).message).toContain('5 numbers, not of 6');
  });

  it('is hosted elsewhere unless it runs on this machine', () => {
    for (const [origin, isHosted] of [
      ['http://localhost:8080', undefined],
      ['http://127.0.0.1:8080', undefined],
      ['http://[::1]:8080', undefined],
      ['http://127.0.0.1.example.com', true],
      ['http://192.168.1.5:8080', true],
      ['https://api.openai.com', true],
    ] as const) {
      expect(open(origin).isHosted, origin).toBe(isHosted);
    }
  });

  it('refuses an address that is none, or that holds a password', () => {
    for (const origin of ['ftp://example.com', 'http://me:secret@localhost:8080']) {
      expect(() => open(origin)).toThrow(PatternPivotError);
    }
  });
});

describe('a text-embeddings server', () => {
  const context = { signal: new AbortController().signal, report: () => {} };
  const answer: Answer = (response, body) =>
    json(
      response,
      (body['inputs'] as string[]).map((text) => vectorOf(text, 4)),
    );
  const info = (value: unknown, status = 200): Answer => {
    return (response) => json(response, value, status);
  };

  it('is asked for vectors of unit length, and to cut what is too long', async () => {
    const { baseUrl, seen } = await serve([answer]);
    await createTeiEmbedder({ baseUrl: `${baseUrl}/behind/`, model: 'm' }).embed(['the sea'], {});
    expect(seen[0]).toMatchObject({
      path: '/behind/embed',
      body: { inputs: ['the sea'], normalize: true, truncate: true },
    });
  });

  it('must run the model that it should', async () => {
    const runs = async (answered: Answer, model = 'llmrails/ember-v1') => {
      const { baseUrl } = await serve([answer], answered);
      return createTeiEmbedder({ baseUrl, model }).prepare?.(context);
    };
    await runs(info({ model_id: 'llmrails/ember-v1', max_client_batch_size: 32 }));
    await runs(info({ model_id: '/data/Ember-v1/' }));
    await runs(info({ error: 'what?' }, 404));
    await runs(info({ version: '1' }));
    const error = await errorOf(runs(info({ model_id: 'BAAI/bge-large-en-v1.5' })) as Promise<unknown>);
    expect(error).toMatchObject({ code: 'conflict.embedder_other_model' });
    expect(error.message).toContain('BAAI/bge-large-en-v1.5');
  });
});

describe('an OpenAI-compatible server', () => {
  it('is asked for plain numbers, and for a length only where one is wanted', async () => {
    const { baseUrl, seen } = await serve([
      (response, body) =>
        json(response, kinds.openai.form((body['input'] as string[]).map((text) => vectorOf(text, 4)))),
    ]);
    const options = { baseUrl: `${baseUrl}/v1`, model: 'text-embedding-3-small', dimensions: 4 };
    await createOpenAiEmbedder(options).embed(['the sea'], {});
    await createOpenAiEmbedder({ ...options, isLengthAsked: true }).embed(['the sea'], {});
    expect(seen.map(({ body }) => body)).toEqual([
      { model: 'text-embedding-3-small', input: ['the sea'], encoding_format: 'float' },
      { model: 'text-embedding-3-small', input: ['the sea'], encoding_format: 'float', dimensions: 4 },
    ]);
  });

  it('gets no key that was not meant for it', async () => {
    const before = process.env['OPENAI_API_KEY'];
    process.env['OPENAI_API_KEY'] = secret;
    try {
      const { baseUrl, seen } = await serve([
        (response, body) => json(response, kinds.openai.form((body['input'] as string[]).map(() => [1, 0]))),
      ]);
      await createOpenAiEmbedder({ baseUrl: `${baseUrl}/v1`, model: 'nomic' }).embed(['the sea'], {});
      expect(seen[0]?.authorization).not.toContain(secret);
    } finally {
      if (before === undefined) delete process.env['OPENAI_API_KEY'];
      else process.env['OPENAI_API_KEY'] = before;
    }
  });
});
