import { rm, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  instagramToken,
  type InstagramFault,
  type InstagramRequest,
} from '../../../test/fixtures/instagram-server.ts';
import { quiet, setUpInstagram } from '../../../test/fixtures/instagram-setup.ts';
import { PatternPivotError } from '../../domain/errors.ts';
import type { Publication } from '../../ports/publisher.ts';

let at: Awaited<ReturnType<typeof setUpInstagram>>;
beforeEach(async () => {
  at = await setUpInstagram();
});
afterEach(() => at.close());

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
  at.server.state.fault = (request) => {
    if (isDone || request.kind !== kind) return undefined;
    isDone = true;
    return fault;
  };
}

function expectOnce(...publications: readonly Publication[]): void {
  expect(at.server.trouble).toEqual([]);
  const wanted = publications.map(({ film }) => film.contentHash.slice(7));
  expect(at.server.reels.map(({ hash }) => hash).toSorted()).toEqual(wanted.toSorted());
}

describe('a reel', () => {
  test('is sent, looked at, published and read back; whoever asks again gets the same', async () => {
    const publication = await at.makePublication('a0');
    const told: string[] = [];
    const published = await at.open().publish(publication, {
      ...quiet,
      report: ({ share, what }) => told.push(`${share.toFixed(2)} ${what}`),
    });
    expectOnce(publication);
    const [reel] = at.server.reels;
    expect(published).toEqual({
      target: 'instagram',
      id: reel?.id,
      url: `https://www.instagram.com/reel/${reel?.id}/`,
      at: new Date(at.clock.nowMs).toISOString(),
      found: { kind: 'REELS', synthetic: 'yes' },
      differences: [],
    });
    const [container] = at.server.containers.values();
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
    const before = { ...at.server.counts };
    await rm(publication.film.path);
    expect(await at.publish(publication)).toEqual(published);
    expect(at.server.counts).toEqual(before);
    expect(JSON.stringify(await at.records.get('uploads', 'instagram/a0'))).not.toContain(instagramToken);
  });

  test('that came out otherwise than asked says so', async () => {
    at.server.state.changes = { caption: 'cut', is_ai_generated: false, media_product_type: 'FEED' };
    const publication = { ...(await at.makePublication('a1')), coverPath: '/covers/one.jpg' };
    const { differences, found } = await at.publish(publication);
    expect(found).toEqual({ kind: 'FEED', synthetic: 'no' });
    expect(differences.map(({ what, got }) => `${what}: ${got}`)).toEqual([
      'caption: cut',
      'AI label: no',
      'kind: FEED',
      'cover: the first picture of the film',
    ]);
  });

  test('is previewed without a call, and what Instagram cannot do is refused before one', async () => {
    const publication = await at.makePublication('a2');
    const lines = await at.open().preview({ ...publication, captionsPath: '/a.srt', isMadeForKids: true });
    expect(lines.join('\n')).toContain('clip #1 a2.mp4 (3.0 MB) as a reel of the account 17841400000000001');
    expect(lines.join('\n')).toContain('with the AI label');
    expect(lines.join('\n')).toContain('its captions file, "made for kids"');
    expect((await errorOf(at.publish({ ...publication, privacy: 'unlisted' }))).code).toBe(
      'input.instagram_metadata',
    );
    const large = { ...publication, film: { ...publication.film, sizeBytes: 300_000_001 } };
    expect((await errorOf(at.open().preview(large))).message).toContain('300 MB');
    await writeFile(publication.film.path, 'another');
    expect((await errorOf(at.publish(publication))).code).toBe('input.film_changed');
    await rm(publication.film.path);
    expect((await errorOf(at.publish(publication))).kind).toBe('not_found');
    expect(at.server.counts).toEqual({});
  });

  test('goes to no host but the one that is set', async () => {
    at.server.state.uri = 'http://127.0.0.2:9/steal';
    const publication = await at.makePublication('a3');
    await at.publish(publication);
    expectOnce(publication);
  });

  test('is not sent when the account has no posts left, and says when to come back', async () => {
    at.server.state.postsADay = 0;
    const publication = await at.makePublication('a4');
    const error = await errorOf(at.publish(publication));
    expect(error.code).toBe('conflict.instagram_limit');
    expect(error.context['endsAt']).toBe('2026-12-01T18:00:00.000Z');
    expect(at.server.containers.size).toBe(0);
  });

  test('is published on versions that lack the newest fields', async () => {
    at.server.state.tellsBytes = false;
    at.server.state.tellsMark = false;
    const publication = await at.makePublication('a5');
    failOnce('send', { kind: 'cut', afterBytes: 1_000_000 });
    expect((await at.publish(publication)).found).toEqual({ kind: 'REELS' });
    expectOnce(publication);
  });
});

describe('what breaks', () => {
  test('a cut line goes on after what is there', async () => {
    const publication = await at.makePublication('b0');
    const lengths: number[] = [];
    at.server.state.fault = ({ kind, length, number }) => {
      if (kind !== 'send') return undefined;
      lengths.push(length);
      return number < 2 ? { kind: 'cut', afterBytes: 1_000_000 } : undefined;
    };
    await at.publish(publication);
    expectOnce(publication);
    expect(lengths[0]).toBe(3_000_000);
    expect(lengths[1]).toBeLessThanOrEqual(2_000_000);
    expect(lengths[2]).toBeLessThanOrEqual(1_000_000);
  });

  test('a lost answer to "publish" is asked after, also when it comes out a moment later', async () => {
    for (const [number, lateMs] of [0, 30_000].entries()) {
      const publication = await at.makePublication(`b1${number}`);
      failOnce('publish', { kind: 'cut-answer', lateMs });
      const { url } = await at.publish(publication);
      expect(url).toBe(`https://www.instagram.com/reel/${at.server.reels.at(-1)?.id}/`);
    }
    expect(at.server.trouble).toEqual([]);
    expect(at.server.reels).toHaveLength(2);
  });

  test('an error after it was carried out publishes nothing twice', async () => {
    const publication = await at.makePublication('b2');
    const error = { code: -1, error_subcode: 2_207_001, message: 'Instagram server error' };
    failOnce('publish', { kind: 'error', status: 400, error, afterwards: true });
    await at.publish(publication);
    expectOnce(publication);
  });

  test('a server that takes a request and says nothing is left after a while', async () => {
    const timeouts = { callMs: 300, idleMs: 300 };
    for (const kind of ['create', 'send', 'look', 'publish'] as const) {
      const publication = await at.makePublication(`hangs ${kind}`);
      failOnce(kind, { kind: 'hang' });
      const publisher = at.open({ timeouts });
      // Whether a container was begun nobody knows, and nothing hangs on it: the next run begins another.
      if (kind === 'create') {
        const error = await errorOf(publisher.publish(publication, quiet));
        expect(error).toMatchObject({ code: 'provider.instagram_unreachable', retryable: true });
        expect(error.message).toContain('ETIMEDOUT');
      }
      expect((await publisher.publish(publication, quiet)).url).toContain('https://');
    }
    expect(at.server.trouble).toEqual([]);
    expect(at.server.reels).toHaveLength(4);
  });

  test('a container that expired or broke is left for another, three times at most', async () => {
    const publication = await at.makePublication('b3');
    let broken = 0;
    at.server.state.fault = ({ kind }) => {
      if (kind !== 'look' || broken++ > 0) return undefined;
      const [container] = at.server.containers.values();
      if (container !== undefined) container.isExpired = true;
      return undefined;
    };
    await at.publish(publication);
    expectOnce(publication);
    at.server.state.fault = ({ kind }) =>
      kind === 'look' ? { kind: 'break', said: 'Error: failed with error code 2207053' } : undefined;
    const before = at.server.containers.size;
    const error = await errorOf(at.publish(await at.makePublication('b4')));
    expect(error).toMatchObject({ code: 'provider.instagram_failed', retryable: true });
    expect(at.server.containers.size - before).toBe(3);
  });

  test('a film that Instagram does not take is not sent again', async () => {
    failOnce('look', { kind: 'break', said: 'Error: Media upload has failed with error code 2207026' });
    const error = await errorOf(at.publish(await at.makePublication('b5')));
    expect(error.code).toBe('provider.instagram_rejected');
    expect(error.message).toContain('2207026');
    expect(at.server.containers.size).toBe(1);
    expect(at.server.reels).toEqual([]);
  });

  test('an upload that the server will not have goes into another container', async () => {
    const publication = await at.makePublication('b6');
    failOnce('send', { kind: 'debug', retriable: false, message: 'Request processing failed' });
    await at.publish(publication);
    expectOnce(publication);
    expect(at.server.containers.size).toBe(2);
  });

  test('a token that ended, a right that is missing and a limit each say what to do', async () => {
    const publication = await at.makePublication('b7');
    const cases: [Record<string, unknown>, Record<string, string>, string][] = [
      [{ code: 190, message: `Error validating ${instagramToken}` }, {}, 'input.instagram_token'],
      [{ code: 10, message: 'no permission' }, {}, 'input.instagram_scope'],
      [{ code: 4, message: 'Application request limit reached' }, {}, 'conflict.instagram_limit'],
      [{ code: 100, message: 'bad\u001B[31m caption' }, {}, 'provider.instagram_refused'],
    ];
    for (const [error, headers, code] of cases) {
      failOnce('create', { kind: 'error', status: 400, error, headers });
      const thrown = await errorOf(at.publish(publication));
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
    const { context } = await errorOf(at.publish(publication));
    expect(context['endsAt']).toBe(new Date(at.clock.nowMs + 420_000).toISOString());
    await at.publish(publication);
    expectOnce(publication);
  });

  test('what takes Instagram too long goes on in the next run, with nothing sent again', async () => {
    const publication = await at.makePublication('b8');
    at.server.state.looksBeforeFinished = 1000;
    expect((await errorOf(at.publish(publication))).code).toBe('provider.instagram_slow');
    at.server.state.looksBeforeFinished = 0;
    await at.publish(publication);
    expectOnce(publication);
    expect(at.server.counts['send']).toBe(1);
  });

  test('words that changed before it was out go out; a film that changed does not', async () => {
    const publication = await at.makePublication('b9');
    at.server.state.looksBeforeFinished = 1000;
    await errorOf(at.publish(publication));
    at.server.state.looksBeforeFinished = 0;
    await at.publish({ ...publication, title: 'Better' });
    expect(at.server.reels.map(({ caption }) => caption.split('\n')[0])).toEqual(['Better']);
    const other = await at.makePublication('c0');
    expect((await errorOf(at.publish({ ...other, itemId: 'b9' }))).code).toBe('input.film_changed');
  });

  test('a post that nobody can name is told as such', async () => {
    const publication = await at.makePublication('c1');
    failOnce('publish', { kind: 'cut-answer' });
    at.server.state.changes = { caption: 'quite another' };
    const published = await at.publish(publication);
    expectOnce(publication);
    expect(published.url).toBeUndefined();
    expect(published.found).toEqual({ post: 'out; Instagram does not say where' });
  });
});
