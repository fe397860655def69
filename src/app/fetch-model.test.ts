import { createServer, type Server, type ServerResponse } from 'node:http';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { tinyModelFiles } from '../../test/fixtures/tiny-sentence-model.ts';
import type { PrepareContext } from '../ports/embedder.ts';
import { requestRules } from './fetch-media-request.ts';
import { fetchModel, modelFolderOf, type ModelSource } from './fetch-model.ts';

const files = tinyModelFiles();
const graph = 'onnx/model_quantized.onnx';
const model = 'Somebody/Tiny-Model';

type Answer = (response: ServerResponse, path: string, range: string | undefined) => void;

let folder: string;
let server: Server;
let asked: string[];
let answers: Map<string, Answer[]>;

/** A file as a hub gives it out, or what of it is asked for. */
const give: Answer = (response, path, range) => {
  const whole = files.get(path);
  if (whole === undefined) return response.writeHead(404).end('Entry not found');
  const from = Number(/^bytes=(\d+)-$/u.exec(range ?? '')?.[1] ?? 0);
  const headers = { etag: `"${path}-1"`, 'content-length': whole.length - from };
  if (from === 0) return response.writeHead(200, headers).end(whole);
  response.writeHead(206, {
    ...headers,
    'content-range': `bytes ${from}-${whole.length - 1}/${whole.length}`,
  });
  response.end(whole.subarray(from));
};

/** The same, cut off in the middle. */
const cut: Answer = (response, path) => {
  const whole = files.get(path)!;
  response.writeHead(200, { etag: `"${path}-1"`, 'content-length': whole.length });
  response.write(whole.subarray(0, Math.floor(whole.length / 2)), () =>
    setTimeout(() => response.destroy(), 50),
  );
};

const refuse =
  (status: number): Answer =>
  (response) =>
    response.writeHead(status).end('no');

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot-hub-'));
  asked = [];
  answers = new Map();
  server = createServer((request, response) => {
    const path = /^\/mirror\/Somebody\/Tiny-Model\/resolve\/main\/(.*)$/u.exec(request.url ?? '')?.[1] ?? '';
    asked.push(`${path}${request.headers.range === undefined ? '' : ` ${request.headers.range}`}`);
    // As hubs do: large files lie elsewhere.
    if (path === graph && !request.headers.host?.startsWith('localhost')) {
      const { port } = server.address() as AddressInfo;
      return response.writeHead(302, { location: `http://localhost:${port}${request.url}` }).end();
    }
    (answers.get(path)?.shift() ?? give)(response, path, request.headers.range);
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true, force: true });
});

function source(change: Partial<ModelSource> = {}): ModelSource {
  return {
    model,
    hub: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mirror/`,
    isQuantised: true,
    modelsFolder: join(folder, 'models'),
    web: { rules: { ...requestRules, idleMs: 300 }, retryAfterMs: [20, 20, 20] },
    ...change,
  };
}

function watched(signal = new AbortController().signal): PrepareContext & { readonly seen: unknown[] } {
  const seen: unknown[] = [];
  return { signal, seen, report: (progress) => seen.push(progress) };
}

async function expectWhole(path: string): Promise<void> {
  for (const [name, bytes] of files) expect(await readFile(join(path, name))).toEqual(Buffer.from(bytes));
}

it('fetches what a model is made of, tells how far it is, and asks nothing the next time', async () => {
  const context = watched();
  const path = await fetchModel(source(), context);
  expect(path).toBe(modelFolderOf(source()));
  await expectWhole(path);
  expect(context.seen).toContainEqual({
    done: files.get(graph)!.length,
    total: files.get(graph)!.length,
    unit: 'bytes',
  });
  const before = asked.length;
  server.closeAllConnections();
  expect(await fetchModel(source({ hub: 'http://127.0.0.1:9' }), watched())).toBe(path);
  expect(asked.length).toBe(before);
  for (const left of await readdir(join(folder, 'models', '.downloads'))) {
    expect(await readdir(join(folder, 'models', '.downloads', left))).toEqual([]);
  }
});

it('goes on where it was cut off', async () => {
  answers.set(graph, [cut, give]);
  await expectWhole(await fetchModel(source(), watched()));
  const half = Math.floor(files.get(graph)!.length / 2);
  expect(asked.filter((item) => item.startsWith(graph) && item.includes('bytes='))).toContain(
    `${graph} bytes=${half}-`,
  );
});

it('goes on in a later run where it was stopped', async () => {
  const stop = new AbortController();
  answers.set(graph, [
    (response, path) => {
      cut(response, path, undefined);
      setTimeout(() => stop.abort(new Error('enough')), 20);
    },
  ]);
  await expect(fetchModel(source(), watched(stop.signal))).rejects.toThrow();
  const before = asked.length;
  await expectWhole(await fetchModel(source(), watched()));
  const later = asked.slice(before).filter((item) => !item.startsWith(graph));
  // What is whole is not fetched twice.
  expect(later.filter((item) => /^(?:config|tokenizer)/u.test(item))).toEqual([]);
});

it('waits for a busy hub, and gives up one that stays so, with the ways out', async () => {
  answers.set(graph, [refuse(503), refuse(503), give]);
  await expectWhole(await fetchModel(source(), watched()));
  await rm(folder, { recursive: true });
  answers.set(
    graph,
    Array.from({ length: 4 }, () => refuse(503)),
  );
  await expect(fetchModel(source(), watched())).rejects.toMatchObject({
    code: 'provider.hub_unreachable',
    hint: expect.stringMatching(/embedder\.folder .*embedder\.hub .*embedder\.kind/u),
  });
});

it('gives up a hub that falls silent', async () => {
  answers.set(
    'config.json',
    Array.from({ length: 4 }, (): Answer => () => {}),
  );
  await expect(fetchModel(source(), watched())).rejects.toMatchObject({
    code: 'provider.hub_unreachable',
    message: expect.stringContaining('does not answer'),
  });
});

it('takes a slow hub as it is', async () => {
  answers.set('tokenizer.json', [
    (response, path) => {
      const whole = files.get(path)!;
      response.writeHead(200, { 'content-length': whole.length });
      let at = 0;
      const drip = setInterval(() => {
        response.write(whole.subarray(at, (at += Math.ceil(whole.length / 6))));
        if (at < whole.length) return;
        clearInterval(drip);
        response.end();
      }, 100);
    },
  ]);
  await expectWhole(await fetchModel(source(), watched()));
});

it('says where there is no such model, or where it is not given to everybody', async () => {
  for (const status of [404, 401, 403]) {
    answers.set('config.json', [refuse(status)]);
    await expect(fetchModel(source(), watched())).rejects.toMatchObject({
      code: 'not_found.model',
      message: expect.stringContaining('config.json of Somebody/Tiny-Model'),
    });
  }
});

it('says where no hub is, without a stack of addresses', async () => {
  await expect(fetchModel(source({ hub: 'http://127.0.0.1:9' }), watched())).rejects.toMatchObject({
    code: 'provider.hub_unreachable',
    message: expect.stringMatching(
      /^The model Somebody\/Tiny-Model cannot be fetched from 127\.0\.0\.1:9: /u,
    ),
  });
});

it('takes no page for a model, and leaves nothing behind that looks like one', async () => {
  answers.set('config.json', [
    (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Sign in</html>'),
  ]);
  await expect(fetchModel(source(), watched())).rejects.toMatchObject({
    code: 'provider.hub_unreachable',
    message: expect.stringContaining('a page'),
  });
  answers.set('config.json', [(response) => response.writeHead(200).end('<!doctype html><html></html>')]);
  await expect(fetchModel(source(), watched())).rejects.toMatchObject({ code: 'provider.hub_unreachable' });
  await expectWhole(await fetchModel(source(), watched()));
});

it('lets two runs fetch the same model at once', async () => {
  const runs = await Promise.all(Array.from({ length: 4 }, () => fetchModel(source(), watched())));
  expect(new Set(runs).size).toBe(1);
  await expectWhole(runs[0]!);
});

it('fetches again what was removed while its record was not there yet', async () => {
  const path = modelFolderOf(source());
  await fetchModel(source(), watched());
  await rm(join(path, 'fetched-model.json'));
  await rm(join(path, graph));
  await writeFile(join(path, 'config.json'), Buffer.from(files.get('config.json')!));
  await expectWhole(await fetchModel(source(), watched()));
});
