import { randomUUID } from 'node:crypto';
import { readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  errorOf,
  makePublication,
  openUploader,
  publishAnew,
  startUploads,
} from '../../../test/fixtures/youtube-upload-setup.ts';
import type { PatternPivotError } from '../../domain/errors.ts';
import type { Publication } from '../../ports/publisher.ts';
import type { UploadFault, UploadRequest } from '../../../test/fixtures/youtube-upload-server.ts';
import { markOf } from './youtube-metadata.ts';

let at: Awaited<ReturnType<typeof startUploads>>;
const unit = 262_144;

beforeEach(async () => {
  at = await startUploads();
});
afterEach(() => at.close());

type Options = NonNullable<Parameters<typeof publishAnew>[2]>;
const publish = (publication: Publication, options: Options = {}) =>
  publishAnew(at.places, publication, options);

/** What goes wrong with the nth request of a kind, once each. */
function breakAt(kind: UploadRequest['kind'], faults: Readonly<Record<number, UploadFault>>): void {
  at.server.state.fault = (request) => (request.kind === kind ? faults[request.number] : undefined);
}

function expectOnce({ film }: Publication): void {
  expect(at.server.completed.map(({ hash }) => `sha256:${hash}`)).toEqual([film.contentHash]);
  expect(at.server.trouble).toEqual([]);
}

describe('an upload that is broken off', () => {
  test('goes on after what YouTube says that it has, at any byte', async () => {
    for (const afterBytes of [0, 1, 100_000, unit - 1, unit]) {
      const publication = await makePublication(at.folder, `cut ${afterBytes}`, 3 * unit);
      const sentBefore = at.server.countSentBytes();
      at.server.state.fault = ({ kind, mark, number }) =>
        kind === 'piece' && mark === markOf(publication) && number % 3 === 1
          ? { kind: 'cut', afterBytes }
          : undefined;
      await publish(publication);
      expect(at.server.completed.at(-1)?.hash).toBe(publication.film.contentHash.slice(7));
      expect(at.server.countSentBytes() - sentBefore).toBe(3 * unit);
      at.server.state.fault = () => undefined;
    }
    expect(at.server.trouble).toEqual([]);
  });

  test('is asked for when the last answer is lost, and not sent again', async () => {
    breakAt('piece', { 2: { kind: 'cut-answer' } });
    const publication = await makePublication(at.folder, 'a', 3 * unit);
    await publish(publication);
    expectOnce(publication);
    expect(at.server.counts).toMatchObject({ start: 1, piece: 3, ask: 1 });
  });

  test('is found on the channel when its session is gone too, by the name of its file or by its size', async () => {
    for (const keepsNames of [true, false]) {
      at.server.world.keepsNames = keepsNames;
      at.server.world.looksBeforeDetails = 3;
      const publication = await makePublication(at.folder, `kept ${keepsNames}`, 2 * unit);
      at.server.state.fault = ({ kind, mark, isLast }) =>
        kind === 'piece' && isLast && mark === markOf(publication)
          ? { kind: 'forget', afterwards: true }
          : undefined;
      const before = at.server.completed.length;
      await publish(publication);
      expect(at.server.completed.length).toBe(before + 1);
    }
    expect(at.server.trouble).toEqual([]);
    expect(at.server.counts).toMatchObject({ start: 2 });
  });

  test('is not sent again while nobody can say whether the channel has it', async () => {
    at.server.world.looksBeforeDetails = Infinity;
    const publication = await makePublication(at.folder, 'a', unit);
    breakAt('piece', { 0: { kind: 'forget', afterwards: true } });
    expect((await errorOf(publish(publication))).code).toBe('provider.youtube_undecided');
    at.server.world.looksBeforeDetails = 0;
    await publish(publication);
    expectOnce(publication);
  });

  test('begins anew when its session is gone and the channel does not have it, ten minutes after a last byte', async () => {
    breakAt('piece', { 1: { kind: 'forget' } });
    const publication = await makePublication(at.folder, 'a', 2 * unit);
    const uploader = await openUploader(at.places, { isQuick: true });
    await uploader.publisher.publish(publication, { signal: new AbortController().signal, report: () => {} });
    await uploader.close();
    expect(uploader.clock.aheadMs).toBeGreaterThan(600_000);
    expectOnce(publication);
    expect(at.server.counts['start']).toBe(2);
  });

  test('renews a token that ran out, and goes on in the same session', async () => {
    const publication = await makePublication(at.folder, 'a', 4 * unit);
    at.server.state.fault = ({ kind, number }) => {
      if ((kind === 'piece' && number === 2) || (kind === 'start' && number === 0))
        at.oauth.expireAccessTokens();
      return undefined;
    };
    await publish(publication);
    expectOnce(publication);
    expect(at.oauth.counts.refreshes).toBeGreaterThan(1);
    expect(at.server.sessions.size).toBe(1);
  });

  test('stops where the sign-in ended, and goes on after another', async () => {
    const publication = await makePublication(at.folder, 'a', 4 * unit);
    at.server.state.fault = ({ kind, number }) => {
      if (kind === 'piece' && number === 2) at.oauth.revokeAll();
      return undefined;
    };
    expect((await errorOf(publish(publication))).code).toBe('input.sign_in_ended');
    expect(at.server.completed).toEqual([]);
  });

  test('waits as long as YouTube asks for, and comes back another day when the quota is used up', async () => {
    const publication = await makePublication(at.folder, 'a', 3 * unit);
    breakAt('piece', {
      0: { kind: 'status', status: 429, reason: 'rateLimitExceeded', afterSeconds: '77' },
      2: { kind: 'status', status: 403, reason: 'quotaExceeded' },
    });
    const uploader = await openUploader(at.places, { isQuick: true });
    const work = uploader.publisher.publish(publication, {
      signal: new AbortController().signal,
      report: () => {},
    });
    const error = await errorOf(work);
    await uploader.close();
    expect(error.code).toBe('conflict.quota_exceeded');
    expect(Date.parse(String(error.context['endsAt']))).toBeGreaterThan(Date.now());
    expect(uploader.clock.aheadMs).toBeGreaterThanOrEqual(77_000);
    await publish(publication);
    expectOnce(publication);
  });

  test('does not believe a range that cannot be', async () => {
    const lies: [UploadRequest['kind'], number, number][] = [
      ['piece', 0, 0],
      ['piece', 1, 10],
      ['piece', 1, 4 * unit],
      ['piece', 2, 5 * unit],
      ['piece', 3, unit],
    ];
    for (const [kind, number, receivedBytes] of lies) {
      const publication = await makePublication(
        at.folder,
        `lie ${kind} ${number} ${receivedBytes}`,
        5 * unit,
      );
      let seen = 0;
      at.server.state.fault = (request) =>
        request.kind === kind && seen++ === number ? { kind: 'lie', receivedBytes } : undefined;
      const before = at.server.countSentBytes();
      await publish(publication);
      expect(at.server.countSentBytes() - before).toBe(5 * unit);
      expect(at.server.completed.at(-1)?.hash).toBe(publication.film.contentHash.slice(7));
    }
    // Also not when it is asked: after a cut, it is told of bytes that never came, and of fewer than there were.
    for (const receivedBytes of [0, 5 * unit]) {
      const publication = await makePublication(at.folder, `lie ${receivedBytes}`, 5 * unit);
      let [pieces, asks] = [0, 0];
      at.server.state.fault = ({ kind }) => {
        if (kind === 'piece' && pieces++ === 2) return { kind: 'cut', afterBytes: 5 };
        return kind === 'ask' && asks++ < 2 ? { kind: 'lie', receivedBytes } : undefined;
      };
      await publish(publication);
      expect(at.server.completed.at(-1)?.hash).toBe(publication.film.contentHash.slice(7));
    }
    expect(at.server.trouble).toEqual([]);
    expect(at.server.sessions.size).toBe(7);
  });

  test('goes on where YouTube lost what it had, and leaves a session that has what was never sent', async () => {
    const lost = await makePublication(at.folder, 'lost', 5 * unit);
    const first = [...(await readFile(lost.film.path))];
    let pieces = 0;
    at.server.state.fault = ({ kind }) => {
      if (kind === 'piece' && pieces++ === 3) {
        const [session] = at.server.sessions.values();
        if (session !== undefined) at.server.rewind(session, Buffer.from(first.slice(0, unit)));
      }
      return undefined;
    };
    await publish(lost);
    expect(at.server.completed.map(({ hash }) => hash)).toEqual([lost.film.contentHash.slice(7)]);

    const ahead = await makePublication(at.folder, 'ahead', 5 * unit);
    pieces = 0;
    at.server.state.fault = ({ kind, mark }) => {
      if (mark !== markOf(ahead) || at.server.sessions.size > 2) return undefined;
      if (kind === 'piece' && pieces++ === 1) return { kind: 'cut', afterBytes: 5 };
      return kind === 'ask' ? { kind: 'lie', receivedBytes: 4 * unit } : undefined;
    };
    await publish(ahead);
    expect(at.server.sessions.size).toBe(3);
    expect(at.server.completed.length).toBe(2);
  });

  test('is not begun while another process has it, and is never sent by two', async () => {
    const publication = await makePublication(at.folder, 'a', 40 * unit);
    const works = await Promise.allSettled(Array.from({ length: 4 }, () => publish(publication)));
    const codes = works.map((work) =>
      work.status === 'fulfilled' ? 'done' : String((work.reason as PatternPivotError).code),
    );
    expect(codes.toSorted()).toEqual([
      'conflict.upload_busy',
      'conflict.upload_busy',
      'conflict.upload_busy',
      'done',
    ]);
    expectOnce(publication);
  });

  test('stops when another machine took over meanwhile', async () => {
    const publication = await makePublication(at.folder, 'a', 4 * unit);
    const other = await openUploader(at.places, { isQuick: true });
    at.server.state.onPiece = (_mark, receivedBytes) => {
      if (receivedBytes !== 2 * unit) return;
      // Not awaited: it is written before the next piece is begun, or that piece is refused a version later.
      void (async () => {
        const id = `youtube/${publication.itemId}`;
        const stored = await other.records.get('uploads', id);
        await other.records.put('uploads', id, stored?.value);
      })();
    };
    expect((await errorOf(publish(publication))).code).toMatch(/conflict\.upload_taken/u);
    await other.close();
    expect(at.server.completed).toEqual([]);
  });

  test('is taken over by another machine once its time is over, which asks the channel', async () => {
    for (const isThere of [true, false]) {
      const publication = await makePublication(at.folder, `moved ${isThere}`, 3 * unit);
      at.server.state.fault = ({ kind, mark, isLast }) => {
        if (mark !== markOf(publication) || kind === 'start') return undefined;
        if (kind === 'ask') return { kind: 'status', status: 403, reason: 'quotaExceeded' };
        return isLast ? { kind: isThere ? 'cut-answer' : 'garbage' } : undefined;
      };
      if (!isThere) {
        at.server.state.fault = ({ kind, number }) =>
          kind === 'piece' && number > 3
            ? { kind: 'status', status: 403, reason: 'quotaExceeded' }
            : undefined;
      }
      await errorOf(publish(publication));
      at.server.state.fault = () => undefined;
      // As the other machine left it: its address is not here, and it may be at it still.
      const auth = join(at.folder, 'auth');
      for (const name of await readdir(auth)) if (name.startsWith('upload-')) await rm(join(auth, name));
      const id = `youtube/${publication.itemId}`;
      const uploader = await openUploader(at.places, { isQuick: true });
      const stored = await uploader.records.get('uploads', id);
      const lease = { holder: randomUUID(), machine: 'another', processId: 1 };
      const put = (untilMs: number) =>
        uploader.records.put('uploads', id, {
          ...(stored?.value as object),
          lease: { ...lease, until: new Date(Date.now() + untilMs).toISOString() },
        });
      await put(60_000);
      expect((await errorOf(publish(publication))).code).toBe('conflict.upload_busy');
      await put(-60_000);
      expect((await errorOf(publish(publication))).code).toBe('conflict.upload_busy');
      await put(-180_000);
      const { id: videoId } = await publish(publication);
      expect(at.server.world.videos[0]).toMatchObject({ id: videoId, mark: markOf(publication) });
      await uploader.close();
    }
    expect(at.server.completed).toHaveLength(2);
    expect(at.server.counts['start']).toBe(3);
  });

  test('is stopped by Ctrl-C, and the next run goes on at once', async () => {
    const publication = await makePublication(at.folder, 'a', 6 * unit);
    const stopping = new AbortController();
    at.server.state.onPiece = (_mark, receivedBytes) => {
      if (receivedBytes === 3 * unit) stopping.abort();
    };
    await expect(publish(publication, { signal: stopping.signal })).rejects.toThrow(/abort/iu);
    await publish(publication);
    expectOnce(publication);
    expect(at.server.countSentBytes()).toBe(6 * unit);
  });
});
