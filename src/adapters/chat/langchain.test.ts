import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { z } from 'zod';
import { PatternPivotError } from '../../domain/errors.ts';
import { createChat } from './langchain.ts';

const secret = 'sk-this-must-never-show';
const schema = z.object({ animal: z.string(), legs: z.number() });
const question = { system: 'You count legs.', user: 'A dog?', schema };

type Seen = { path: string | undefined; authorization: string | undefined; body: Record<string, unknown> };
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A server that speaks the protocol: each request gets the next of the answers, the last one again and again. */
async function serve(
  ...answers: ((response: ServerResponse) => void)[]
): Promise<{ baseUrl: string; seen: Seen[] }> {
  const seen: Seen[] = [];
  const server = createServer((request: IncomingMessage, response) => {
    let text = '';
    request.on('data', (piece: Buffer) => (text += piece.toString()));
    request.on('end', () => {
      seen.push({
        path: request.url,
        authorization: request.headers.authorization,
        body: JSON.parse(text) as Record<string, unknown>,
      });
      (answers[seen.length - 1] ?? answers.at(-1))?.(response);
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, seen };
}

/** An answer in the form that OpenAI documents and Ollama repeats. */
function says(content: string) {
  return (response: ServerResponse) => {
    response.setHeader('Content-Type', 'application/json');
    response.end(
      JSON.stringify({
        id: 'chatcmpl-106',
        object: 'chat.completion',
        created: 1714309117,
        model: 'llama3',
        system_fingerprint: 'fp_ollama',
        choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
        usage: { prompt_tokens: 12, completion_tokens: 26, total_tokens: 38 },
      }),
    );
  };
}

function fails(status: number, headers: Record<string, string> = {}) {
  return (response: ServerResponse) => {
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
    response.end(
      JSON.stringify({ error: { message: `Refused the key ${secret}`, type: 'error', code: null } }),
    );
  };
}

async function errorOf(promise: Promise<unknown>): Promise<PatternPivotError> {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof PatternPivotError)) throw new Error(`Not one of ours: ${String(error)}`);
  expect(JSON.stringify([error.message, error.context, error.hint, String(error.cause)])).not.toContain(
    secret,
  );
  return error;
}

test('an answer in the shape comes back, and the request carries the schema, both messages and the key', async () => {
  const { baseUrl, seen } = await serve(says('{"animal":"dog","legs":4}'));
  const chat = createChat({ baseUrl, model: 'llama3', apiKey: secret });
  expect(chat.model).toBe(`${new URL(baseUrl).host}:llama3`);
  expect(await chat.ask(question)).toEqual({ animal: 'dog', legs: 4 });
  expect(seen).toHaveLength(1);
  expect(seen[0]).toMatchObject({ path: '/v1/chat/completions', authorization: `Bearer ${secret}` });
  expect(seen[0]?.body).toMatchObject({
    model: 'llama3',
    messages: [
      { role: 'system', content: 'You count legs.' },
      { role: 'user', content: 'A dog?' },
    ],
    response_format: {
      type: 'json_schema',
      json_schema: {
        name: 'answer',
        schema: { properties: { animal: { type: 'string' }, legs: { type: 'number' } } },
      },
    },
  });
  expect(process.env['LANGSMITH_TRACING']).toBe('false');
});

test('a key in the environment is not sent to a server that was given none', async () => {
  const { baseUrl, seen } = await serve(says('{"animal":"dog","legs":4}'));
  process.env['OPENAI_API_KEY'] = secret;
  try {
    await createChat({ baseUrl, model: 'llama3' }).ask(question);
  } finally {
    delete process.env['OPENAI_API_KEY'];
  }
  expect(seen[0]?.authorization).not.toContain(secret);
});

test('prose and code fences around the answer are left out', async () => {
  const { baseUrl } = await serve(
    says('Sure! Here it is:\n```json\n{"animal":"dog","legs":4}\n```\nAnything else?'),
  );
  expect(await createChat({ baseUrl, model: 'm' }).ask(question)).toEqual({ animal: 'dog', legs: 4 });
});

test('prose instead of an answer, and an answer of another shape, are unusable', async () => {
  for (const content of [
    "Hello! It's nice to meet you.",
    '{"animal":"dog"}',
    '',
    '{"animal":"dog","legs":',
  ]) {
    const { baseUrl } = await serve(says(content));
    const error = await errorOf(createChat({ baseUrl, model: 'm' }).ask(question));
    expect(error.code, content).toBe('provider.answer_unusable');
  }
});

test('a refused key is told at once, without the key', async () => {
  const { baseUrl, seen } = await serve(fails(401));
  const error = await errorOf(createChat({ baseUrl, model: 'm', apiKey: secret }).ask(question));
  expect(error).toMatchObject({ code: 'provider.unauthorized', retryable: false });
  expect(seen).toHaveLength(1);
});

test('too many requests: waits as long as the server says, then succeeds', async () => {
  const { baseUrl, seen } = await serve(
    fails(429, { 'Retry-After': '1' }),
    says('{"animal":"dog","legs":4}'),
  );
  const startedMs = Date.now();
  expect(await createChat({ baseUrl, model: 'm' }).ask(question)).toEqual({ animal: 'dog', legs: 4 });
  expect(Date.now() - startedMs).toBeGreaterThanOrEqual(950);
  expect(seen).toHaveLength(2);
});

test('a wait longer than the time allowed is not begun', async () => {
  const { baseUrl, seen } = await serve(fails(429, { 'Retry-After': '3600' }));
  const error = await errorOf(createChat({ baseUrl, model: 'm', timeoutMs: 2000 }).ask(question));
  expect(error).toMatchObject({ code: 'provider.too_many_requests', retryable: true });
  expect(seen).toHaveLength(1);
});

test("a server's fault is tried three times in all", async () => {
  const { baseUrl, seen } = await serve(fails(500));
  const error = await errorOf(createChat({ baseUrl, model: 'm' }).ask(question));
  expect(error).toMatchObject({ code: 'provider.server_error', context: { status: 500 } });
  expect(seen).toHaveLength(3);
});

test('a server without structured output is asked in words', async () => {
  const { baseUrl, seen } = await serve(fails(400), says('{"animal":"dog","legs":4}'));
  expect(await createChat({ baseUrl, model: 'm' }).ask(question)).toEqual({ animal: 'dog', legs: 4 });
  expect(seen[1]?.body).not.toHaveProperty('response_format');
  expect(JSON.stringify(seen[1]?.body['messages'])).toContain('legs');
});

test('a body that is no JSON, a broken connection and a server that is not there are provider errors', async () => {
  const garbage = await serve((response) => {
    response.setHeader('Content-Type', 'application/json');
    response.end('{"id": "chatcmpl-1", "choices": [');
  });
  expect((await errorOf(createChat({ baseUrl: garbage.baseUrl, model: 'm' }).ask(question))).kind).toBe(
    'provider',
  );
  const broken = await serve((response) => response.destroy());
  const error = await errorOf(createChat({ baseUrl: broken.baseUrl, model: 'm' }).ask(question));
  expect(error).toMatchObject({ code: 'provider.unreachable', retryable: true });
  const odd = await serve((response) => {
    response.setHeader('Content-Type', 'application/json');
    response.end('{"hello":"world"}');
  });
  expect((await errorOf(createChat({ baseUrl: odd.baseUrl, model: 'm' }).ask(question))).kind).toBe(
    'provider',
  );
});

test('a server that never answers ends in a timeout, and a user who stops is told so at once', async () => {
  const { baseUrl } = await serve(() => {});
  const error = await errorOf(createChat({ baseUrl, model: 'm', timeoutMs: 300 }).ask(question));
  expect(error).toMatchObject({ code: 'provider.timeout', retryable: true });

  const controller = new AbortController();
  const asking = createChat({ baseUrl, model: 'm' }).ask({ ...question, signal: controller.signal });
  setTimeout(() => controller.abort(), 100);
  await expect(asking).rejects.toMatchObject({ name: 'AbortError' });
});

test('an address that is none is refused', () => {
  for (const baseUrl of ['localhost:11434', 'file:///etc/passwd', ''])
    expect(() => createChat({ baseUrl, model: 'm' })).toThrow(/address/u);
});
