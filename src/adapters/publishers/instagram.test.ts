import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  instagramAccount,
  instagramToken,
  startInstagram,
  type InstagramFault,
  type InstagramRequest,
} from '../../../test/fixtures/instagram-server.ts';
import { PatternPivotError } from '../../domain/errors.ts';
import type { Publication } from '../../ports/publisher.ts';
import { openSqliteRecords } from '../records/sqlite.ts';
import { createInstagramPublisher, type InstagramPublisherOptions } from './instagram.ts';

let folder: string;
let server: Awaited<ReturnType<typeof startInstagram>>;
let records: ReturnType<typeof openSqliteRecords>['records'];
/** The clock: waiting moves it. */
let nowMs: number;

const recordsPath = () => join(folder, 'records.sqlite');

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot instagram "é" '));
  server = await startInstagram();
  nowMs = Date.parse('2026-12-01T17:00:00Z');
  server.state.now = () => nowMs;
  ({ records } = openSqliteRecords(recordsPath()));
});
afterEach(async () => {
  await server.close();
  await records.close();
  await rm(folder, { recursive: true, force: true });
});

async function makePublication(itemId: string, sizeBytes = 3_000_000): Promise<Publication> {
  const path = join(folder, `clip #1 ${itemId}.mp4`);
  const bytes = Buffer.alloc(sizeBytes, `${itemId} `);
  await writeFile(path, bytes);
  const contentHash = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  return {
    itemId,
    film: { path, contentHash, sizeBytes },
    title: `Why I was late ${itemId} – again 😀`,
    description: 'Every morning.',
    tags: ['time'],
    privacy: 'public',
    isSynthetic: true,
    isMadeForKids: false,
    isShort: true,
    playlistIds: [],
  };
}

function open(options: Partial<InstagramPublisherOptions> = {}) {
  return createInstagramPublisher({
    accountId: instagramAccount,
    token: instagramToken,
    records,
    apiUrl: server.url,
    uploadUrl: server.url,
    version: 'v25.0',
    isShownInFeed: true,
    sleep: async (ms, signal) => {
      signal.throwIfAborted();
      nowMs += ms;
    },
    now: () => nowMs,
    ...options,
  });
}

const quiet = { signal: new AbortController().signal, report: () => {} };

const publish = (what: Publication, options?: Partial<InstagramPublisherOptions>) =>
  open(options).publish(what, quiet);

async function errorOf(promise: Promise<unknown>): Promise<PatternPivotError> {
  const error = await promise.then(
    () => new Error('it worked'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof PatternPivotError)) throw error;
  expect(JSON.stringify([error.message, error.hint, error.context])).not.toContain(instagramToken);
  return error;
}

/** One fault, at the first request of a kind. */
function failOnce(kind: InstagramRequest['kind'], fault: InstagramFault): void {
  let isDone = false;
  server.state.fault = (request) => {
    if (isDone || request.kind !== kind) return undefined;
    isDone = true;
    return fault;
  };
}

function expectOnce(...publications: readonly Publication[]): void {
  expect(server.trouble).toEqual([]);
  const wanted = publications.map(({ film }) => film.contentHash.slice(7));
  expect(server.reels.map(({ hash }) => hash).toSorted()).toEqual(wanted.toSorted());
}

describe('a reel', () => {
  test('is sent, looked at, published and read back; whoever asks again gets the same', async () => {
    const publication = await makePublication('a0');
    const told: string[] = [];
    const published = await open().publish(publication, {
      ...quiet,
      report: ({ share, what }) => told.push(`${share.toFixed(2)} ${what}`),
    });
    expectOnce(publication);
    const [reel] = server.reels;
    expect(published).toEqual({
      target: 'instagram',
      id: reel?.id,
      url: `https://www.instagram.com/reel/${reel?.id}/`,
      at: new Date(nowMs).toISOString(),
      found: { kind: 'REELS', synthetic: 'yes' },
      differences: [],
    });
    const [container] = server.containers.values();
    expect(container?.fields).toEqual({
      media_type: 'REELS',
      upload_type: 'resumable',
      caption: `${publication.title}\n\nEvery morning.\n\n#time`,
      share_to_feed: 'true',
      is_ai_generated: 'true',
    });
    expect(told[0]).toBe('0.00 reading the film');
    expect(told.some((line) => line.endsWith('uploading'))).toBe(true);
    expect(told.at(-1)).toBe('1.00 published');
    const before = { ...server.counts };
    await rm(publication.film.path);
    expect(await publish(publication)).toEqual(published);
    expect(server.counts).toEqual(before);
    expect(JSON.stringify(await records.get('uploads', 'instagram/a0'))).not.toContain(instagramToken);
  });

  test('that came out otherwise than asked says so', async () => {
    server.state.changes = { caption: 'cut', is_ai_generated: false, media_product_type: 'FEED' };
    const publication = { ...(await makePublication('a1')), coverPath: '/covers/one.jpg' };
    const { differences, found } = await publish(publication);
    expect(found).toEqual({ kind: 'FEED', synthetic: 'no' });
    expect(differences.map(({ what, got }) => `${what}: ${got}`)).toEqual([
      'caption: cut',
      'AI label: no',
      'kind: FEED',
      'cover: the first picture of the film',
    ]);
  });

  test('is previewed without a call, and what Instagram cannot do is refused before one', async () => {
    const publication = await makePublication('a2');
    const lines = await open().preview({ ...publication, captionsPath: '/a.srt', isMadeForKids: true });
    expect(lines.join('\n')).toContain('clip #1 a2.mp4 (3.0 MB) as a reel of the account 17841400000000001');
    expect(lines.join('\n')).toContain('with the AI label');
    expect(lines.join('\n')).toContain('its captions file, "made for kids"');
    expect((await errorOf(publish({ ...publication, privacy: 'unlisted' }))).code).toBe(
      'input.instagram_metadata',
    );
    const large = { ...publication, film: { ...publication.film, sizeBytes: 300_000_001 } };
    expect((await errorOf(open().preview(large))).message).toContain('300 MB');
    await writeFile(publication.film.path, 'another');
    expect((await errorOf(publish(publication))).code).toBe('input.film_changed');
    await rm(publication.film.path);
    expect((await errorOf(publish(publication))).kind).toBe('not_found');
    expect(server.counts).toEqual({});
  });

  test('goes to no host but the one that is set', async () => {
    server.state.uri = 'http://127.0.0.2:9/steal';
    const publication = await makePublication('a3');
    await publish(publication);
    expectOnce(publication);
  });

  test('is not sent when the account has no posts left, and says when to come back', async () => {
    server.state.postsADay = 0;
    const publication = await makePublication('a4');
    const error = await errorOf(publish(publication));
    expect(error.code).toBe('conflict.instagram_limit');
    expect(error.context['endsAt']).toBe('2026-12-01T18:00:00.000Z');
    expect(server.containers.size).toBe(0);
  });

  test('is published on versions that lack the newest fields', async () => {
    server.state.tellsBytes = false;
    server.state.tellsMark = false;
    const publication = await makePublication('a5');
    failOnce('send', { kind: 'cut', afterBytes: 1_000_000 });
    expect((await publish(publication)).found).toEqual({ kind: 'REELS' });
    expectOnce(publication);
  });
});

describe('what breaks', () => {
  test('a cut line goes on after what is there', async () => {
    const publication = await makePublication('b0');
    const lengths: number[] = [];
    server.state.fault = ({ kind, length, number }) => {
      if (kind !== 'send') return undefined;
      lengths.push(length);
      return number < 2 ? { kind: 'cut', afterBytes: 1_000_000 } : undefined;
    };
    await publish(publication);
    expectOnce(publication);
    expect(lengths[0]).toBe(3_000_000);
    expect(lengths[1]).toBeLessThanOrEqual(2_000_000);
    expect(lengths[2]).toBeLessThanOrEqual(1_000_000);
  });

  test('a lost answer to "publish" is asked after, also when it comes out a moment later', async () => {
    for (const [number, lateMs] of [0, 30_000].entries()) {
      const publication = await makePublication(`b1${number}`);
      failOnce('publish', { kind: 'cut-answer', lateMs });
      const { url } = await publish(publication);
      expect(url).toBe(`https://www.instagram.com/reel/${server.reels.at(-1)?.id}/`);
    }
    expect(server.trouble).toEqual([]);
    expect(server.reels).toHaveLength(2);
  });

  test('an error after it was carried out publishes nothing twice', async () => {
    const publication = await makePublication('b2');
    const error = { code: -1, error_subcode: 2_207_001, message: 'Instagram server error' };
    failOnce('publish', { kind: 'error', status: 400, error, afterwards: true });
    await publish(publication);
    expectOnce(publication);
  });

  test('a container that expired or broke is left for another, three times at most', async () => {
    const publication = await makePublication('b3');
    let broken = 0;
    server.state.fault = ({ kind }) => {
      if (kind !== 'look' || broken++ > 0) return undefined;
      const [container] = server.containers.values();
      if (container !== undefined) container.isExpired = true;
      return undefined;
    };
    await publish(publication);
    expectOnce(publication);
    server.state.fault = ({ kind }) =>
      kind === 'look' ? { kind: 'break', said: 'Error: failed with error code 2207053' } : undefined;
    const before = server.containers.size;
    const error = await errorOf(publish(await makePublication('b4')));
    expect(error).toMatchObject({ code: 'provider.instagram_failed', retryable: true });
    expect(server.containers.size - before).toBe(3);
  });

  test('a film that Instagram does not take is not sent again', async () => {
    failOnce('look', { kind: 'break', said: 'Error: Media upload has failed with error code 2207026' });
    const error = await errorOf(publish(await makePublication('b5')));
    expect(error.code).toBe('provider.instagram_rejected');
    expect(error.message).toContain('2207026');
    expect(server.containers.size).toBe(1);
    expect(server.reels).toEqual([]);
  });

  test('an upload that the server will not have goes into another container', async () => {
    const publication = await makePublication('b6');
    failOnce('send', { kind: 'debug', retriable: false, message: 'Request processing failed' });
    await publish(publication);
    expectOnce(publication);
    expect(server.containers.size).toBe(2);
  });

  test('a token that ended, a right that is missing and a limit each say what to do', async () => {
    const publication = await makePublication('b7');
    const cases: [Record<string, unknown>, Record<string, string>, string][] = [
      [{ code: 190, message: `Error validating ${instagramToken}` }, {}, 'input.instagram_token'],
      [{ code: 10, message: 'no permission' }, {}, 'input.instagram_scope'],
      [{ code: 4, message: 'Application request limit reached' }, {}, 'conflict.instagram_limit'],
      [{ code: 100, message: 'bad\u001B[31m caption' }, {}, 'provider.instagram_refused'],
    ];
    for (const [error, headers, code] of cases) {
      failOnce('create', { kind: 'error', status: 400, error, headers });
      const thrown = await errorOf(publish(publication));
      expect(thrown.code).toBe(code);
      expect(thrown.message).not.toContain('\u001B');
    }
    const usage = { '1': [{ type: 'instagram', estimated_time_to_regain_access: 7 }] };
    failOnce('create', {
      kind: 'error',
      status: 400,
      error: { code: 80_002, message: 'too many' },
      headers: { 'x-business-use-case-usage': JSON.stringify(usage) },
    });
    const { context } = await errorOf(publish(publication));
    expect(context['endsAt']).toBe(new Date(nowMs + 420_000).toISOString());
    await publish(publication);
    expectOnce(publication);
  });

  test('what takes Instagram too long goes on in the next run, with nothing sent again', async () => {
    const publication = await makePublication('b8');
    server.state.looksBeforeFinished = 1000;
    expect((await errorOf(publish(publication))).code).toBe('provider.instagram_slow');
    server.state.looksBeforeFinished = 0;
    await publish(publication);
    expectOnce(publication);
    expect(server.counts['send']).toBe(1);
  });

  test('words that changed before it was out go out; a film that changed does not', async () => {
    const publication = await makePublication('b9');
    server.state.looksBeforeFinished = 1000;
    await errorOf(publish(publication));
    server.state.looksBeforeFinished = 0;
    await publish({ ...publication, title: 'Better' });
    expect(server.reels.map(({ caption }) => caption.split('\n')[0])).toEqual(['Better']);
    const other = await makePublication('c0');
    expect((await errorOf(publish({ ...other, itemId: 'b9' }))).code).toBe('input.film_changed');
  });

  test('a post that nobody can name is told as such', async () => {
    const publication = await makePublication('c1');
    failOnce('publish', { kind: 'cut-answer' });
    server.state.changes = { caption: 'quite another' };
    const published = await publish(publication);
    expectOnce(publication);
    expect(published.url).toBeUndefined();
    expect(published.found).toEqual({ post: 'out; Instagram does not say where' });
  });
});

describe('exactly once', () => {
  test('120 films are each published once and whole, whatever goes wrong', { timeout: 120_000 }, async () => {
    const random = createRandom(20_261_123);
    server.state.postsADay = 1000;
    const publications: Publication[] = [];
    for (let number = 0; number < 120; number++)
      publications.push(await makePublication(`n${number}`, 1 + Math.floor(random() ** 2 * 3_000_000)));
    const faultsLeft = new Map<string, number>();
    const counts: Record<string, number> = {};
    let stop = new AbortController();
    server.state.fault = (request) => {
      const left = faultsLeft.get(request.caption) ?? 5;
      if (request.caption === '' || left === 0 || random() > 0.35) return undefined;
      faultsLeft.set(request.caption, left - 1);
      const fault = chooseFault(random, request);
      const name = fault === 'stop' ? fault : fault.kind === 'error' ? `error ${fault.status}` : fault.kind;
      counts[name] = (counts[name] ?? 0) + 1;
      if (fault !== 'stop') return fault;
      stop.abort();
      return random() < 0.5 ? { kind: 'cut-answer' } : undefined;
    };
    for (const publication of publications) {
      for (let round = 1; ; round++) {
        expect(round).toBeLessThan(30);
        stop = new AbortController();
        try {
          await open().publish(publication, { ...quiet, signal: stop.signal });
          break;
        } catch (error) {
          const mayPass = stop.signal.aborted || (error instanceof PatternPivotError && error.retryable);
          if (!mayPass) throw error;
          nowMs += 5000;
        }
      }
    }
    expectOnce(...publications);
    expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(150);
    for (const count of Object.values(counts)) expect(count).toBeGreaterThan(3);
    expect(Object.keys(counts)).toHaveLength(8);
  });

  test('two processes: one has it, the other waits or finds it done', async () => {
    const publication = await makePublication('d0');
    const outcomes = await Promise.allSettled([publish(publication), publish(publication)]);
    const failed = outcomes.filter(({ status }) => status === 'rejected');
    for (const { reason } of failed as PromiseRejectedResult[])
      expect(['conflict.upload_busy', 'conflict.upload_taken']).toContain((reason as PatternPivotError).code);
    expect(failed.length).toBeLessThan(2);
    expect((await publish(publication)).url).toContain('https://');
    expectOnce(publication);
  });

  test('a process that is killed at any step leaves what the next one goes on with', async () => {
    server.state.now = () => Date.now();
    const childPath = fileURLToPath(new URL('../../../test/fixtures/instagram.child.ts', import.meta.url));
    const kinds = ['create', 'send', 'look', 'publish', 'media'] as const;
    const publications: Publication[] = [];
    for (const kind of kinds) {
      const publication = await makePublication(`killed ${kind}`);
      publications.push(publication);
      const child = spawn(
        process.execPath,
        [childPath, server.url, recordsPath(), JSON.stringify(publication)],
        { stdio: 'ignore' },
      );
      const ended = once(child, 'exit');
      let isKilled = false;
      server.state.fault = (request) => {
        if (isKilled || request.kind !== kind) return undefined;
        isKilled = true;
        child.kill('SIGKILL');
        return kind === 'send' ? { kind: 'cut', afterBytes: 999_999 } : { kind: 'cut-answer' };
      };
      expect((await ended)[1]).toBe('SIGKILL');
      nowMs = Date.now();
      await publish(publication);
    }
    expectOnce(...publications);
  });
});

/** Mulberry32: the same numbers from the same seed, so that what fails can be run again. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** What may happen to a request, by chance; `stop`: the one who sends is stopped, and another goes on. */
function chooseFault(random: () => number, { kind, length }: InstagramRequest): InstagramFault | 'stop' {
  const pick = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)] as T;
  const transient = { code: 2, is_transient: true, message: 'Please retry your request later.' };
  return pick<() => InstagramFault | 'stop'>([
    () => ({ kind: 'cut', afterBytes: kind === 'send' ? Math.floor(random() * (length + 1)) : 0 }),
    () => ({ kind: 'cut-answer', lateMs: kind === 'publish' ? Math.floor(random() * 40_000) : 0 }),
    () => ({ kind: 'error', status: pick([500, 503]), error: transient, afterwards: random() < 0.5 }),
    () => ({ kind: 'garbage' }),
    () => ({ kind: 'debug', retriable: random() < 0.8, message: 'Request processing failed' }),
    () => (kind === 'look' ? { kind: 'break', said: 'Error: code 2207053' } : { kind: 'garbage' }),
    () => 'stop',
  ])();
}
