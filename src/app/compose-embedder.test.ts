import { createServer, type Server } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  computeTinyVector,
  tinyDimensions,
  tinyModelFiles,
  writeTinyModel,
} from '../../test/fixtures/tiny-sentence-model.ts';
import type { Embedder } from '../ports/embedder.ts';
import { composeEmbedder, readEmbedderKey } from './compose-embedder.ts';
import { configSchema } from './config.ts';

let folder: string;
let opened: Embedder[];
let server: Server | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot-embedder-'));
  opened = [];
});

afterEach(async () => {
  await Promise.all(opened.map((embedder) => embedder.close()));
  server?.closeAllConnections();
  server?.close();
  server = undefined;
  await rm(folder, { recursive: true, force: true });
});

async function compose(embedder: Record<string, unknown>): Promise<Embedder> {
  const config = configSchema.parse({ embedder });
  const composed = await composeEmbedder({ config, env: {}, workspaceFolder: join(folder, 'workspace') });
  opened.push(composed);
  return composed;
}

/** A hub with the tiny model under whatever name it is asked for. */
async function startHub(): Promise<{ hub: string; asked: string[] }> {
  const asked: string[] = [];
  const files = tinyModelFiles({ graphPath: 'onnx/model_quantized.onnx', pooling: 'cls' });
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    const bytes = files.get(/\/resolve\/main\/(.*)$/u.exec(request.url ?? '')?.[1] ?? '');
    if (bytes === undefined) return response.writeHead(404).end();
    response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
  });
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  return { hub: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

function expectClose(vector: Float32Array | undefined, expected: readonly number[]): void {
  expect(vector?.length).toBe(expected.length);
  for (const [index, value] of expected.entries()) expect(vector?.[index]).toBeCloseTo(value, 5);
}

const prompt = 'Represent this sentence for searching relevant passages: ';

it('takes the carried model where nothing is set', async () => {
  const embedder = await compose({});
  expect(embedder).toMatchObject({ dimensions: 512 });
  expect(embedder.isHosted).toBeUndefined();
});

it('runs a model in a folder: by its first token, with its prompt before queries and before nothing else', async () => {
  const path = join(folder, 'UAE-Large-V1');
  await writeTinyModel(path);
  const embedder = await compose({ kind: 'local', folder: path });
  expect(embedder.dimensions).toBe(tinyDimensions);
  expectClose(
    (await embedder.embed(['why do audiences leave'], {}))[0],
    computeTinyVector('why do audiences leave'),
  );
  expectClose(
    await embedder.embedQuery?.('why do audiences leave', {}),
    computeTinyVector(`${prompt}why do audiences leave`),
  );
});

it('puts no prompt before queries of a model that wants none, and the one that is set before all', async () => {
  const path = join(folder, 'ember-v1');
  await writeTinyModel(path, { graphPath: 'model.onnx' });
  const plain = await compose({ kind: 'local', folder: path, quantised: false });
  expectClose(await plain.embedQuery?.('the sea', {}), computeTinyVector('the sea'));
  const own = await compose({ kind: 'local', folder: path, quantised: false, queryPrompt: 'passages : ' });
  expectClose(await own.embedQuery?.('the sea', {}), computeTinyVector('passages : the sea'));
});

it('pools as the folder says', async () => {
  const path = join(folder, 'some-model');
  await writeTinyModel(path, { pooling: 'mean' });
  const embedder = await compose({ kind: 'local', folder: path });
  expectClose((await embedder.embed(['the sea'], {}))[0], computeTinyVector('the sea', 'mean'));
});

it('names a model in a folder by what it is, so that another export has another index', async () => {
  const [one, two] = [join(folder, 'a', 'ember-v1'), join(folder, 'b', 'ember-v1')];
  await writeTinyModel(one);
  await writeTinyModel(two);
  const first = await compose({ kind: 'local', folder: one });
  expect(first.model).toMatch(/^ember-v1:q8:[0-9a-f]{8}$/u);
  expect((await compose({ kind: 'local', folder: two })).model).toBe(first.model);
  await writeTinyModel(two, { pooling: 'cls' });
  const files = tinyModelFiles();
  const { writeFile } = await import('node:fs/promises');
  await writeFile(
    join(two, 'tokenizer.json'),
    Buffer.concat([files.get('tokenizer.json')!, Buffer.from('\n')]),
  );
  expect((await compose({ kind: 'local', folder: two })).model).not.toBe(first.model);
});

it('fetches a model from the hub that is set when it is first needed, and never again', async () => {
  const { hub, asked } = await startHub();
  const settings = { kind: 'local', model: 'Somebody/Tiny', hub };
  const embedder = await compose(settings);
  expect(asked).toEqual([]);
  expect(() => embedder.dimensions).toThrow(/not known/u);
  const seen: string[] = [];
  await embedder.prepare?.({
    signal: new AbortController().signal,
    report: ({ unit }) => seen.push(unit),
  });
  expect(seen).toContain('bytes');
  expect(embedder.dimensions).toBe(tinyDimensions);
  expectClose((await embedder.embed(['the sea'], {}))[0], computeTinyVector('the sea'));
  const before = asked.length;
  const again = await compose(settings);
  expectClose((await again.embed(['the sea'], {}))[0], computeTinyVector('the sea'));
  expect(asked.length).toBe(before);
  expect(again.model).toBe('Somebody/Tiny:q8');
});

it('says so where a model has other vectors than its name promises', async () => {
  const { hub } = await startHub();
  const embedder = await compose({ kind: 'local', hub });
  expect(embedder).toMatchObject({ model: 'WhereIsAI/UAE-Large-V1:q8', dimensions: 1024 });
  await expect(embedder.embed(['the sea'], {})).rejects.toMatchObject({ code: 'conflict.dimensions' });
});

it('says what is missing in a folder', async () => {
  const missing = join(folder, 'nowhere');
  await expect(compose({ kind: 'local', folder: missing })).rejects.toMatchObject({
    code: 'not_found.model_folder',
  });
  const path = join(folder, 'model');
  await writeTinyModel(path);
  await expect(compose({ kind: 'local', folder: path, quantised: false })).rejects.toMatchObject({
    code: 'input.model_incomplete',
    hint: expect.stringContaining('embedder.quantised'),
  });
  for (const name of ['tokenizer.json', 'config.json', 'onnx/model_quantized.onnx']) {
    await writeTinyModel(path);
    await rm(join(path, name));
    await expect(compose({ kind: 'local', folder: path })).rejects.toMatchObject({
      code: 'input.model_incomplete',
      message: expect.stringContaining(basename(name)),
    });
  }
});

it('takes no name for a model that would lead out of its folder', async () => {
  for (const model of ['../../etc', 'a/../b', 'plain', 'a/b/c']) {
    await expect(compose({ kind: 'local', model })).rejects.toThrow();
  }
});

it('refuses settings that mean nothing together', () => {
  for (const embedder of [
    { kind: 'tei', model: 'm' },
    { kind: 'tei', baseUrl: 'http://localhost:1' },
    { kind: 'openai' },
    { kind: 'local', baseUrl: 'http://localhost:1' },
    { kind: 'openai', model: 'm', folder: 'x' },
    { kind: 'carried', model: 'm' },
    { kind: 'else' },
    { kind: 'local', model: 'a b' },
  ]) {
    expect(configSchema.safeParse({ embedder }).success, JSON.stringify(embedder)).toBe(false);
  }
});

it('knows how long the vectors of well-known models are, whoever serves them', async () => {
  expect(await compose({ kind: 'openai', model: 'text-embedding-3-large' })).toMatchObject({
    dimensions: 3072,
    isHosted: true,
  });
  const tei = await compose({ kind: 'tei', model: 'llmrails/ember-v1', baseUrl: 'http://localhost:8080' });
  expect(tei.dimensions).toBe(1024);
  expect(tei.isHosted).toBeUndefined();
});

it('keeps the key of OpenAI for OpenAI', () => {
  const env = { OPENAI_API_KEY: 'theirs' };
  expect(readEmbedderKey('openai', 'https://api.openai.com/v1', env)).toBe('theirs');
  for (const baseUrl of [
    'http://api.openai.com/v1',
    'https://api.openai.com.example.com/v1',
    'http://localhost:1',
  ]) {
    expect(readEmbedderKey('openai', baseUrl, env)).toBeUndefined();
    expect(readEmbedderKey('openai', baseUrl, { ...env, PATTERNPIVOT_EMBEDDER_API_KEY: 'ours' })).toBe(
      'ours',
    );
  }
  expect(readEmbedderKey('tei', 'https://api.openai.com/v1', env)).toBeUndefined();
});
