import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fetchMedia, type FetchOptions } from './fetch-media.ts';
import { isPublicAddress } from '../domain/public-address.ts';
import { requestRules } from './fetch-media-request.ts';

type Handler = (request: IncomingMessage, response: ServerResponse, count: number) => void;

let folder: string;
let server: Server;
let base: string;
let handle: Handler;
let requests: IncomingMessage[];
const content = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 7) % 251));

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot-fetch-'));
  requests = [];
  server = createServer((request, response) => {
    requests.push(request);
    handle(request, response, requests.length);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true, force: true });
});

const fetchFrom = (address: string, options: Partial<FetchOptions> = {}, signal?: AbortSignal) =>
  fetchMedia(
    address,
    {
      downloadsFolder: folder,
      maxBytes: 1e9,
      retryAfterMs: [],
      rules: { ...requestRules, idleMs: 1000 },
      ...options,
    },
    { signal: signal ?? new AbortController().signal, report: () => {} },
  );

/** A good server: ranges, conditions, one strong tag. */
const serveWell =
  (etag = '"one"', bytes = content): Handler =>
  (request, response) => {
    if (request.headers['if-none-match'] === etag) return void response.writeHead(304).end();
    const start = /^bytes=(\d+)-$/u.exec(request.headers.range ?? '')?.[1];
    const head = { etag, 'content-type': 'video/mp4' };
    if (start === undefined || request.headers['if-range'] !== etag) {
      return void response.writeHead(200, { ...head, 'content-length': bytes.length }).end(bytes);
    }
    const from = Number(start);
    response.writeHead(206, {
      ...head,
      'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}`,
      'content-length': bytes.length - from,
    });
    response.end(bytes.subarray(from));
  };

async function expectFailure(fetched: Promise<unknown>): Promise<{ code: string; text: string }> {
  const error = (await fetched.then(
    () => expect.fail('it was fetched'),
    (reason: unknown) => reason,
  )) as { code: string; message: string; hint?: string; context: unknown };
  return { code: error.code, text: `${error.message} ${error.hint} ${JSON.stringify(error.context)}` };
}

const listAll = async () => (await readdir(folder, { recursive: true })).map((path) => basename(path));

describe('fetching media', () => {
  test('keeps the name of the file, and asks the server before it takes the file again', async () => {
    handle = serveWell();
    const first = await fetchFrom(`${base}/talks/My%20Talk.mp4?token=secret`);
    expect(basename(first.path)).toBe('My Talk.mp4');
    expect(await readFile(first.path)).toEqual(content);
    const second = await fetchFrom(`${base}/talks/My%20Talk.mp4?token=secret`);
    expect(second).toEqual({ path: first.path, isFresh: false, isUnasked: false });
    expect(requests[1]?.headers['if-none-match']).toBe('"one"');
    handle = serveWell('"two"', content.subarray(0, 1000));
    const third = await fetchFrom(`${base}/talks/My%20Talk.mp4?token=secret`);
    expect(third.isFresh).toBe(true);
    expect(await readFile(third.path)).toHaveLength(1000);
    const record = await readFile(join(third.path, '..', 'fetched.json'), 'utf8');
    expect(record).not.toContain('secret');
  });

  test('takes the file of an earlier run when the server is not to be reached', async () => {
    handle = serveWell();
    const first = await fetchFrom(`${base}/a.mp4`);
    handle = (_request, response) => void response.destroy();
    expect(await fetchFrom(`${base}/a.mp4`)).toEqual({ path: first.path, isFresh: false, isUnasked: true });
    expect((await expectFailure(fetchFrom(`${base}/b.mp4`))).code).toBe('provider.unreachable');
  });

  test('goes on where an interruption stopped it, and keeps what came when the user stops it', async () => {
    handle = (request, response, count) => {
      if (count > 1) return serveWell()(request, response, count);
      response.writeHead(200, { etag: '"one"', 'content-length': content.length });
      response.write(content.subarray(0, 100_000), () => setTimeout(() => response.destroy(), 50));
    };
    const fetched = await fetchFrom(`${base}/a.mp4`, { retryAfterMs: [10] });
    expect(await readFile(fetched.path)).toEqual(content);
    expect(requests[1]?.headers).toMatchObject({ range: 'bytes=100000-', 'if-range': '"one"' });
    expect((await listAll()).filter((name) => name.includes('unfinished'))).toEqual([]);

    const stop = new AbortController();
    handle = (_request, response) => {
      response.writeHead(200, { etag: '"one"', 'content-length': content.length });
      response.write(content.subarray(0, 50_000), () => setTimeout(() => stop.abort(), 100));
    };
    await expect(fetchFrom(`${base}/b.mp4`, {}, stop.signal)).rejects.toMatchObject({ name: 'AbortError' });
    expect((await listAll()).filter((name) => name.endsWith('.unfinished'))).toHaveLength(1);
    handle = serveWell();
    expect(await readFile((await fetchFrom(`${base}/b.mp4`)).path)).toEqual(content);
    expect(requests.at(-1)?.headers.range).toBe('bytes=50000-');
  });

  test('begins anew when the file changed in between, or the server knows no ranges', async () => {
    for (const later of ['"two"', undefined]) {
      const address = `${base}/${later === undefined ? 'c' : 'd'}.mp4`;
      const from = requests.length;
      handle = (_request, response) => {
        if (requests.length > from + 1) {
          const head = later === undefined ? {} : { etag: later };
          return void response.writeHead(200, head).end(Buffer.alloc(500, 3));
        }
        response.writeHead(200, { etag: '"one"', 'content-length': content.length });
        response.write(content.subarray(0, 1000), () => setTimeout(() => response.destroy(), 20));
      };
      const fetched = await fetchFrom(address, { retryAfterMs: [10] });
      expect(await readFile(fetched.path)).toEqual(Buffer.alloc(500, 3));
    }
  });

  test('notices bodies that are too short, too long or never come', async () => {
    handle = (_request, response) => {
      response.writeHead(200, { 'content-length': content.length });
      response.write(content.subarray(0, 10), () => setTimeout(() => response.socket?.end(), 20));
    };
    expect((await expectFailure(fetchFrom(`${base}/short.mp4`))).code).toMatch(
      /^provider\.(?:unreachable|truncated)$/u,
    );
    handle = serveWell();
    expect((await expectFailure(fetchFrom(`${base}/big.mp4`, { maxBytes: 1000 }))).code).toBe(
      'input.too_large',
    );
    // Without a length, it shows on the way.
    handle = (_request, response) => {
      response.writeHead(200, {});
      response.end(content);
    };
    expect((await expectFailure(fetchFrom(`${base}/big2.mp4`, { maxBytes: 1000 }))).code).toBe(
      'input.too_large',
    );
    handle = () => {};
    const rules = { ...requestRules, idleMs: 200 };
    const silent = await expectFailure(fetchFrom(`${base}/never.mp4`, { rules }));
    expect(silent.text).toContain('it does not answer');
    handle = (_request, response) => {
      response.writeHead(200, { 'content-length': 1000 });
      response.write('a few bytes');
    };
    expect((await expectFailure(fetchFrom(`${base}/stops.mp4`, { rules }))).code).toBe(
      'provider.unreachable',
    );
    handle = (_request, response) => void response.writeHead(200, { 'content-length': 0 }).end();
    expect((await expectFailure(fetchFrom(`${base}/empty.mp4`))).code).toBe('input.empty');
  });

  test('tells pages, playlists and errors from media, whatever they say of themselves', async () => {
    const answers: [status: number, type: string, body: string, code: string][] = [
      [200, 'text/html; charset=utf-8', '<p>Hi', 'input.address_not_media'],
      [200, 'video/mp4', '\n<!DOCTYPE html><title>Watch</title>', 'input.address_not_media'],
      [200, 'application/vnd.apple.mpegurl', '#EXTM3U', 'input.address_not_media'],
      [200, 'application/octet-stream', '#EXTM3U\nhttp://x/', 'input.address_not_media'],
      [200, 'application/json', '{}', 'input.address_not_media'],
      [404, 'text/html', 'no', 'not_found.address'],
      [403, 'text/html', 'no', 'input.no_permission'],
      [500, 'text/html', 'no', 'provider.refused'],
    ];
    for (const [status, type, body, code] of answers) {
      handle = (_request, response) => void response.writeHead(status, { 'content-type': type }).end(body);
      const failure = await expectFailure(fetchFrom(`${base}/x${status}.mp4?key=secret`));
      expect(failure.code, `${type} ${body}`).toBe(code);
      expect(failure.text).not.toContain('secret');
    }
    expect((await listAll()).filter((name) => /unfinished|mp4/u.test(name))).toEqual([]);
  });

  test('follows five redirects and no more, none to another protocol, and tells a password only to its own host', async () => {
    handle = (request, response) => {
      const left = Number(/\d+/u.exec(request.url ?? '')?.[0] ?? 0);
      if (left === 0) return serveWell()(request, response, 1);
      response.writeHead(302, { location: `/${left - 1}` }).end();
    };
    expect((await fetchFrom(`${base}/5`)).isFresh).toBe(true);
    expect((await expectFailure(fetchFrom(`${base}/6`))).code).toBe('provider.too_many_redirects');
    for (const location of ['file:///etc/passwd', 'ftp://127.0.0.1/x.mp4', 'http://']) {
      handle = (_request, response) => void response.writeHead(302, { location }).end();
      expect((await expectFailure(fetchFrom(`${base}/away`))).code, location).toBe('input.address_invalid');
    }
    requests.length = 0;
    handle = (request, response) => {
      if (request.url !== '/private.mp4') return serveWell()(request, response, 1);
      response.writeHead(302, { location: `${base.replace('127.0.0.1', 'localhost')}/elsewhere.mp4` }).end();
    };
    const fetched = await fetchFrom(`${base.replace('http://', 'http://ann:pass%20word@')}/private.mp4`);
    expect(requests[0]?.headers.authorization).toBe(
      `Basic ${Buffer.from('ann:pass word').toString('base64')}`,
    );
    expect(requests[1]?.headers.authorization).toBeUndefined();
    expect(await readFile(join(fetched.path, '..', 'fetched.json'), 'utf8')).not.toContain('pass');
  });

  test('lets no public host send us to a private one, by number or by name', async () => {
    const rules = { ...requestRules, isPublic: (address: string) => address === '127.0.0.1' };
    for (const host of ['127.0.0.2', '[::1]', '[::ffff:127.0.0.3]']) {
      handle = (_request, response) =>
        void response.writeHead(307, { location: `http://${host}/x.mp4` }).end();
      expect((await expectFailure(fetchFrom(`${base}/go`, { rules }))).code).toBe('input.redirect_refused');
    }
    const none = { ...requestRules, isPublic: () => false };
    handle = (request, response) => {
      if (request.url === '/x.mp4') return serveWell()(request, response, 1);
      response.writeHead(307, { location: `${base}/x.mp4` }).end();
    };
    // A user's own server may send us on in their own network.
    expect((await fetchFrom(`${base}/go`, { rules: none })).isFresh).toBe(true);
    let asked = 0;
    const turning = { ...requestRules, isPublic: () => asked++ === 0 };
    handle = (_request, response) =>
      void response.writeHead(307, { location: `${base.replace('127.0.0.1', 'localhost')}/x.mp4` }).end();
    expect((await expectFailure(fetchFrom(`${base}/name`, { rules: turning }))).code).toBe(
      'input.redirect_refused',
    );
  });

  test('takes its name from the server, and makes a plain one of whatever it says', async () => {
    const names: [disposition: string, path: string, expected: string][] = [
      [`attachment; filename="../../etc/pass wd.mp4"`, 'x', 'pass wd.mp4'],
      [`attachment; filename*=UTF-8''caf%C3%A9%0A1.mp4`, 'x', 'café 1.mp4'],
      ['', '..%2f..%2f.bashrc', 'bashrc.mp4'],
      ['', 'con.mp4', '_con.mp4'],
      ['', '', '127.0.0.1.mp4'],
      [`attachment; filename="fetched.json"`, 'y', '_fetched.json'],
      ['', `${'é'.repeat(300)}.mp4`, `${'é'.repeat(88)}.mp4`],
    ];
    for (const [disposition, path, expected] of names) {
      handle = (_request, response) => {
        const head = disposition === '' ? {} : { 'content-disposition': disposition };
        response.writeHead(200, { 'content-type': 'video/mp4', ...head }).end(content);
      };
      const fetched = await fetchFrom(`${base}/${path}?${names.findIndex((entry) => entry[2] === expected)}`);
      expect(basename(fetched.path)).toBe(expected);
      expect(await readFile(fetched.path)).toHaveLength(content.length);
    }
  });

  test('two runs that fetch the same address do not disturb each other', async () => {
    handle = serveWell();
    const fetched = await Promise.all([1, 2, 3].map(() => fetchFrom(`${base}/same.mp4`)));
    for (const { path } of fetched) expect(await readFile(path)).toEqual(content);
    expect((await listAll()).toSorted()).toEqual([expect.any(String), 'fetched.json', 'same.mp4'].toSorted());
  });

  test('takes up what a killed run left, even under its temporary name', async () => {
    handle = (_request, response) => {
      response.writeHead(200, { etag: '"one"', 'content-length': content.length });
      response.write(content.subarray(0, 2000), () => setTimeout(() => response.destroy(), 20));
    };
    await expectFailure(fetchFrom(`${base}/k.mp4`));
    const [key = ''] = await readdir(folder);
    const [part = ''] = await readdir(join(folder, key));
    // As it would look while a process writes that is no more: ids end below this one.
    const name = `.pivot-${(await import('../domain/temporary-name.ts')).temporaryFileName().slice(7, 15)}-4194999-x.part~${part}`;
    await writeFile(join(folder, key, name), await readFile(join(folder, key, part)));
    await rm(join(folder, key, part));
    handle = serveWell();
    expect(await readFile((await fetchFrom(`${base}/k.mp4`)).path)).toEqual(content);
    expect(requests.at(-1)?.headers.range).toBe('bytes=2000-');
  });
});

test('private addresses are known in every way of writing them', () => {
  const four = '127.0.0.1 10.1.2.3 172.31.0.1 192.168.0.1 169.254.169.254 100.64.0.1 0.0.0.0';
  const six = '::1 :: fe80::1 fd00::1 ::ffff:127.0.0.1 ::ffff:a9fe:a9fe 64:ff9b::7f00:1 2002:7f00:1::';
  for (const address of `${four} ${six}`.split(' ')) expect(isPublicAddress(address), address).toBe(false);
  for (const address of ['8.8.8.8', '172.32.0.1', '2606:4700::1111', '::ffff:8.8.8.8']) {
    expect(isPublicAddress(address), address).toBe(true);
  }
});
