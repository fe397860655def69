import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createYtDlp } from '../../src/adapters/media-fetcher/yt-dlp.ts';
import type { PatternPivotError } from '../../src/domain/errors.ts';
import { makeMedia } from '../fixtures/make-media.ts';
import { runPivot } from '../end-to-end/run-pivot.ts';
import { openSqliteRecords } from '../../src/adapters/records/sqlite.ts';
import { preparePython } from './python.ts';

/** The real yt-dlp against a server of our own that gives out a video under the address of a page. */

let folder: string;
let program: string;
let server: Server;
let watchUrl: string;
let video: Buffer;
const ranges: (string | undefined)[] = [];
let bytesPerTick = Infinity;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot yt-dlp '));
  // Its own starter names the Python of the folder in which it was installed, before that got its last name.
  program = join(folder, 'yt-dlp');
  await writeFile(program, `#!/bin/sh\nexec "${await preparePython()}" -m yt_dlp "$@"\n`, { mode: 0o755 });
  video = await readFile(
    await makeMedia({ path: join(folder, 'video.mp4'), durationMs: 20_000, width: 640, height: 360 }),
  );
  server = createServer((request, response) => {
    const id = new URL(request.url ?? '/', 'http://x').searchParams.get('v');
    if (id === 'aaaaaaaaaaX') {
      response.writeHead(403).end();
      return;
    }
    const range = /^bytes=(\d+)-/u.exec(request.headers.range ?? '')?.[1];
    if (request.method === 'GET') ranges.push(range);
    const from = Number(range ?? 0);
    response.writeHead(range === undefined ? 200 : 206, {
      'content-type': 'video/mp4',
      'accept-ranges': 'bytes',
      'content-length': video.length - from,
      ...(range === undefined
        ? {}
        : { 'content-range': `bytes ${from}-${video.length - 1}/${video.length}` }),
    });
    if (request.method === 'HEAD') {
      response.end();
      return;
    }
    let at = from;
    const send = () => {
      const to = Math.min(video.length, at + bytesPerTick);
      response.write(video.subarray(at, to));
      at = to;
      if (at >= video.length) response.end();
      else setTimeout(send, 50);
    };
    send();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  watchUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/watch?v=`;
});
afterAll(async () => {
  server.close();
  await rm(folder, { recursive: true, force: true });
});

const fetcher = () => createYtDlp({ path: program, watchUrl, env: process.env });

it('fetches a video under its id, and tells how far it is', async () => {
  const to = join(folder, 'to here "é"');
  const seen: number[] = [];
  const { mediaPath } = await fetcher().fetch('aaaaaaaaaa1', to, {
    signal: new AbortController().signal,
    onBytes: (done) => seen.push(done),
  });
  expect(mediaPath).toBe(join(to, 'aaaaaaaaaa1.mp4'));
  expect((await readFile(mediaPath)).equals(video)).toBe(true);
  expect(seen.at(-1)).toBe(video.length);
});

it('stops when it is told to, and goes on where it was', async () => {
  const to = join(folder, 'resumed');
  const stop = new AbortController();
  bytesPerTick = Math.ceil(video.length / 60);
  const stopped = fetcher().fetch('-aaaaaaaaa2', to, {
    signal: stop.signal,
    onBytes: (done) => done > video.length / 5 && stop.abort(),
  });
  await expect(stopped).rejects.toThrow(/abort/iu);
  expect((await readdir(to)).some((name) => name.endsWith('.part'))).toBe(true);
  bytesPerTick = Infinity;
  ranges.length = 0;
  const { mediaPath } = await fetcher().fetch('-aaaaaaaaa2', to, { signal: new AbortController().signal });
  expect((await readFile(mediaPath)).equals(video)).toBe(true);
  expect(ranges.some((range) => Number(range ?? 0) > 0)).toBe(true);
});

it('says what yt-dlp says when it fails, and nothing of cookies', async () => {
  const cookiesFile = join(folder, 'cookies.txt');
  await writeFile(
    cookiesFile,
    '# Netscape HTTP Cookie File\n127.0.0.1\tFALSE\t/\tFALSE\t0\tSID\tverysecret\n',
  );
  const failing = createYtDlp({ path: program, watchUrl, env: process.env, cookiesFile });
  const error: PatternPivotError = await failing
    .fetch('aaaaaaaaaaX', folder, { signal: new AbortController().signal })
    .then(
      () => expect.fail('it did not fail'),
      (thrown: PatternPivotError) => thrown,
    );
  expect(error).toMatchObject({ code: 'provider.fetch_failed', retryable: true });
  expect(error.message).toMatch(/403|Forbidden/u);
  expect(JSON.stringify([error.message, error.hint, error.context])).not.toContain('verysecret');
});

it('is off until it is switched on, and gets only videos of the user', async () => {
  const library = join(folder, 'library');
  const { records } = openSqliteRecords(join(library, 'records.sqlite'));
  const fetched = { at: new Date().toISOString(), under: 'owner:UC1' };
  const shared = {
    version: 1,
    playlistIds: [],
    title: 'A',
    description: '',
    tags: [],
    publishedAt: fetched.at,
    privacy: 'public',
    hasCaptions: false,
    chapters: [],
  };
  await records.put('videos', 'aaaaaaaaaa1', { ...shared, id: 'aaaaaaaaaa1', channelId: 'UC1', fetched });
  await records.put('videos', 'bbbbbbbbbb1', {
    ...shared,
    id: 'bbbbbbbbbb1',
    channelId: 'UC2',
    fetched: { ...fetched, under: 'public' },
  });
  await records.close();
  const run = (id: string, env: Record<string, string>) =>
    runPivot(['fetch', id, '--to', 'own', '--library', library], { cwd: folder, env });
  const on = { PATTERNPIVOT_YT_DLP_PATH: program, PATTERNPIVOT_YT_DLP_WATCH_URL: watchUrl };
  const off = await run('aaaaaaaaaa1', {});
  expect(off).toMatchObject({ exitCode: 2 });
  expect(off.stderr).toContain('ytDlp.path');
  const other = await run('bbbbbbbbbb1', on);
  expect(other.exitCode).toBe(2);
  expect(other.stderr).toContain('only your own');
  const own = await run('aaaaaaaaaa1', on);
  expect(own).toMatchObject({ exitCode: 0 });
  expect(own.stderr).toContain("YouTube's terms");
  expect((await readFile(join(folder, 'own', 'aaaaaaaaaa1.mp4'))).equals(video)).toBe(true);
});
