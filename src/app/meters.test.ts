import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { createChat } from '../adapters/chat/langchain.ts';
import { PatternPivotError } from '../domain/errors.ts';
import type { SpendingSum } from '../ports/ledger.ts';
import { composeEmbedder } from './compose-embedder.ts';
import { openLedger } from './compose-ledger.ts';
import { configSchema, type Config } from './config.ts';
import { openMeters, priceOf, serviceAt } from './meters.ts';

let folder: string;
let server: Server;
let baseUrl: string;
let host: string;
let bodies: Record<string, unknown>[];
/** How the requests are answered, in turn; the last one stays. */
let answers: ({ readonly status: number; readonly body: unknown } | 'cut')[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot-meters-'));
  bodies = [];
  server = createServer(async (request, response) => {
    let text = '';
    for await (const block of request) text += String(block);
    bodies.push(JSON.parse(text) as Record<string, unknown>);
    const answer = answers.length > 1 ? answers.shift()! : answers[0]!;
    if (answer === 'cut') return void request.socket.destroy();
    response
      .writeHead(answer.status, { 'content-type': 'application/json' })
      .end(JSON.stringify(answer.body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  baseUrl = `http://${host}/v1`;
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true, force: true });
});

const schema = z.object({ animal: z.string() });
const question = { system: 'You name animals.', user: 'One that barks?', schema };

function says(content: string, usage?: object) {
  const message = { role: 'assistant', content };
  return {
    status: 200,
    body: {
      id: 'a',
      object: 'chat.completion',
      choices: [{ index: 0, message }],
      ...(usage === undefined ? {} : { usage }),
    },
  };
}
const dog = says('{"animal":"dog, and \\"prompt_tokens\\": 9"}', {
  prompt_tokens: 80,
  completion_tokens: 7,
  total_tokens: 87,
  prompt_tokens_details: { cached_tokens: 0 },
});

function configure(extra: object): Config {
  return configSchema.parse({ costs: { folder }, ...extra });
}
const priced = (budgets: object = {}) =>
  configure({
    prices: { [`${host}/m`]: { perMillionInputTokens: 1000, perMillionOutputTokens: 10_000 } },
    budgets,
  });

/** Runs something with a chat model that is metered, and tells what was booked. */
async function withChat(
  config: Config,
  run: (ask: () => Promise<unknown>) => Promise<void>,
): Promise<readonly SpendingSum[]> {
  const meters = openMeters({ config, env: {} });
  const meter = meters.meterAt(baseUrl, 'chat', 'm');
  const chat = createChat({ baseUrl, model: 'm', ...(meter === undefined ? {} : { meter }) });
  await run(() => chat.ask(question));
  await meters.close();
  return readBook(config);
}

async function readBook(config: Config): Promise<readonly SpendingSum[]> {
  const ledger = openLedger({ config, env: {} });
  const sums = await ledger.sum({ since: '2020-01-01T00:00:00Z' });
  await ledger.close();
  return sums;
}

async function errorOf(promise: Promise<unknown>): Promise<PatternPivotError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof PatternPivotError) return error;
  throw new Error(`expected an error of ours, got ${String(error)}`);
}

test('what a chat model says that it used is booked, with its price', async () => {
  answers = [dog];
  const book = await withChat(priced(), async (ask) => {
    await ask();
    await ask();
  });
  const common = { service: host, operation: 'chat m', calls: 2, unpricedCalls: 0, estimatedCalls: 0 };
  expect(book).toEqual([
    { ...common, unit: 'input-tokens', amount: 160, usd: 0.16 },
    { ...common, unit: 'output-tokens', amount: 14, usd: 0.14 },
  ]);
  expect(bodies[0]).not.toHaveProperty('max_tokens');
});

test('a budget stops before the call that could pass it, and limits how long an answer may be', async () => {
  answers = [dog];
  // An answer of 100 tokens is a dollar at most; what is asked has some 500 bytes, which are 50 cents at most.
  const config = priced({ services: { [host]: { usdPerMonth: 2 } }, answerTokens: 100 });
  const book = await withChat(config, async (ask) => {
    let asked = 0;
    const stopped = await errorOf(
      (async () => {
        for (;;) {
          await ask();
          asked++;
        }
      })(),
    );
    expect(stopped.code).toBe('conflict.budget_reached');
    expect(stopped.context).toMatchObject({ setting: `budgets.services.${host}.usdPerMonth`, unit: 'USD' });
    expect(asked).toBeGreaterThan(1);
    expect(bodies).toHaveLength(asked);
  });
  expect(book[0]!.usd + book[1]!.usd).toBeLessThanOrEqual(2);
  expect(bodies[0]!['max_tokens'] ?? bodies[0]!['max_completion_tokens']).toBe(100);
});

test('tokens of both kinds count together, and a budget in money needs a price', async () => {
  answers = [dog];
  const tokens = configure({
    budgets: { services: { [host]: { perDay: { tokens: 1500 } } }, answerTokens: 200 },
  });
  const book = await withChat(tokens, async (ask) => {
    const stopped = await errorOf(
      (async () => {
        for (;;) await ask();
      })(),
    );
    expect(stopped.context).toMatchObject({ unit: 'tokens', amount: 1500 });
  });
  expect(bodies.length).toBeGreaterThan(5);
  expect(book[0]!.amount + book[1]!.amount).toBe(bodies.length * 87);
  const money = configure({
    prices: { [host]: { perMillionOutputTokens: 1 } },
    budgets: { services: { [host]: { usdPerDay: 5 } } },
  });
  bodies = [];
  await withChat(money, async (ask) => {
    const error = await errorOf(ask());
    expect(error.code).toBe('input.price_unknown');
    expect(error.message).toContain('chat m');
  });
  expect(bodies).toEqual([]);
});

test('every try is counted: what is refused costs nothing, what was cut off may have cost what it could', async () => {
  answers = [{ status: 429, body: {} }, 'cut', dog];
  const book = await withChat(priced(), async (ask) => void (await ask()));
  expect(bodies).toHaveLength(3);
  const [input, output] = book;
  expect(input).toMatchObject({ calls: 2, estimatedCalls: 1 });
  expect(output).toMatchObject({ calls: 2, estimatedCalls: 1, amount: 8192 + 7 });
});

test('what does not say what it used is estimated, and said to be', async () => {
  answers = [says('{"animal":"dog"}')];
  const [input, output] = await withChat(priced(), async (ask) => void (await ask()));
  expect(input?.estimatedCalls).toBe(1);
  expect(input?.amount).toBeGreaterThan(30);
  expect(output?.amount).toBeLessThan(100);
});

test('a server that cannot be reached costs nothing', async () => {
  const config = priced();
  server.close();
  server.closeAllConnections();
  const book = await withChat(config, async (ask) => {
    expect((await errorOf(ask())).code).toBe('provider.unreachable');
  });
  expect(book).toEqual([]);
});

test('what runs on this machine is not counted, unless it has a price or a budget', async () => {
  answers = [dog];
  const config = configure({});
  const meters = openMeters({ config, env: {} });
  expect(meters.meterAt(baseUrl, 'chat', 'm')).toBeUndefined();
  expect(meters.meterAt('http://localhost:11434/v1', 'chat', 'm')).toBeUndefined();
  expect(meters.meterAt('http://gpu.example:8000/v1', 'chat', 'm')).toBeDefined();
  expect(serviceAt('https://api.openai.com/v1')).toEqual({ service: 'openai', isOwn: false });
  await meters.close();
});

test('embeddings are counted by their tokens, or by letters where a server counts none', async () => {
  const vectors = (body: Record<string, unknown>) =>
    (body['input'] as string[]).map((_, index) => ({ object: 'embedding', index, embedding: [3, 4] }));
  answers = [
    {
      status: 200,
      body: {
        object: 'list',
        data: vectors({ input: ['a', 'b'] }),
        usage: { prompt_tokens: 21, total_tokens: 21 },
      },
    },
  ];
  const config = priced();
  const openAi = {
    ...config,
    embedder: { ...config.embedder, kind: 'openai' as const, model: 'm', baseUrl, dimensions: 2 },
  };
  const meters = openMeters({ config: openAi, env: {} });
  const parts = { config: openAi, env: {}, workspaceFolder: folder, meterAt: meters.meterAt };
  const embedder = await composeEmbedder(parts);
  expect(await embedder.embed(['a', 'b'], {})).toHaveLength(2);
  answers = [{ status: 200, body: [[3, 4]] }];
  const tei = {
    ...openAi,
    embedder: { ...openAi.embedder, kind: 'tei' as const, baseUrl: `http://${host}` },
  };
  const other = await composeEmbedder({ ...parts, config: tei });
  await other.embed(['one text'], {});
  await meters.close();
  const book = await readBook(openAi);
  expect(book.map(({ unit, amount, operation }) => `${operation}: ${amount} ${unit}`)).toEqual([
    expect.stringMatching(/^embeddings m: \d+ characters$/u),
    'embeddings m: 21 input-tokens',
    'embeddings m: 1 requests',
  ]);
});

test('a price for a model comes before that of its service, and what has none is not known', () => {
  const config = configure({
    prices: { openai: { perImage: 0.04 }, 'openai/gpt-5-mini': { perMillionInputTokens: 0.25 } },
  });
  expect(priceOf(config, { service: 'openai', model: 'gpt-image-2' }, 'images', 3)).toBeCloseTo(0.12);
  expect(priceOf(config, { service: 'openai', model: 'gpt-5-mini' }, 'input-tokens', 4_000_000)).toBe(1);
  expect(priceOf(config, { service: 'openai', model: 'gpt-5-mini' }, 'output-tokens', 1)).toBeUndefined();
  expect(priceOf(config, { service: 'other', model: 'x' }, 'images', 1)).toBeUndefined();
});
