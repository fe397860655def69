import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  makePublication,
  openUploader,
  publishAnew,
  startUploads,
} from '../../../test/fixtures/youtube-upload-setup.ts';
import { createRandom } from '../../../test/fixtures/seeded-random.ts';
import type { UploadFault, UploadRequest } from '../../../test/fixtures/youtube-upload-server.ts';
import { PatternPivotError } from '../../domain/errors.ts';
import type { Publication } from '../../ports/publisher.ts';
import { markOf } from './youtube-metadata.ts';

let at: Awaited<ReturnType<typeof startUploads>>;
const unit = 262_144;

beforeEach(async () => {
  at = await startUploads();
});
afterEach(() => at.close());

/** What may happen to a request, by chance; `stop`: the one who sends is stopped, and another goes on. */
function chooseFault(random: () => number, { kind, length }: UploadRequest): UploadFault | 'stop' {
  const pick = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)] as T;
  const status = (code: number, reason: string, afterSeconds?: string): UploadFault => ({
    kind: 'status',
    status: code,
    reason,
    afterwards: random() < 0.5,
    ...(afterSeconds === undefined ? {} : { afterSeconds }),
  });
  const faults: (() => UploadFault | 'stop')[] = [
    () => ({ kind: 'cut', afterBytes: kind === 'piece' ? Math.floor(random() * (length + 1)) : 0 }),
    () => ({ kind: 'cut-answer' }),
    () => ({ kind: 'half-answer' }),
    () => status(pick([500, 502, 503, 504]), 'backendError'),
    () => status(429, 'rateLimitExceeded', pick(['3', '0', 'soon'])),
    () => status(403, 'quotaExceeded'),
    () => ({ kind: 'garbage' }),
    () => 'stop',
  ];
  if (kind === 'piece' || kind === 'ask') {
    const lie = Math.floor(random() * 8) * unit;
    faults.push(() => ({ kind: 'lie', receivedBytes: lie }));
  }
  if (kind === 'piece' && random() < 0.3) faults.push(() => ({ kind: 'forget', afterwards: random() < 0.5 }));
  return pick(faults)();
}

/** A film is published by whoever comes next, as workers do, until it is. @returns how many came */
async function publishAtLast(publication: Publication, stopped: Map<string, AbortController>) {
  for (let round = 1; round <= 40; round++) {
    const stopping = new AbortController();
    stopped.set(markOf(publication), stopping);
    try {
      await publishAnew(at.places, publication, { signal: stopping.signal });
      return round;
    } catch (error) {
      const isAwaited =
        stopping.signal.aborted ||
        (error instanceof PatternPivotError && (error.retryable || error.code === 'conflict.quota_exceeded'));
      if (!isAwaited) throw error;
    }
  }
  throw new Error(`${publication.title} was never published`);
}

function expectAllOnce(publications: readonly Publication[]): void {
  const { completed, trouble, world } = at.server;
  const wanted = publications.map(({ film }) => film.contentHash.slice(7));
  expect(trouble).toEqual([]);
  expect(completed.map(({ hash }) => hash).toSorted()).toEqual(wanted.toSorted());
  expect(world.videos).toHaveLength(publications.length);
}

test('200 films are each published once and whole, whatever goes wrong', async () => {
  const random = createRandom(20_261_123);
  const publications: Publication[] = [];
  for (let number = 0; number < 200; number++) {
    const size = 1 + Math.floor(random() ** 2 * 6 * unit);
    publications.push(await makePublication(at.folder, `n${number}`, size));
  }
  const stopped = new Map<string, AbortController>();
  const faultsLeft = new Map<string, number>();
  const counts: Record<string, number> = {};
  at.server.state.fault = (request) => {
    if (request.kind === 'other' || request.mark === '') return undefined;
    const left = faultsLeft.get(request.mark) ?? 5;
    if (left === 0 || random() > 0.4) return undefined;
    faultsLeft.set(request.mark, left - 1);
    const fault = chooseFault(random, request);
    const name = fault === 'stop' ? fault : fault.kind === 'status' ? `status ${fault.status}` : fault.kind;
    counts[name] = (counts[name] ?? 0) + 1;
    if (random() < 0.05) at.oauth.expireAccessTokens();
    if (fault !== 'stop') return fault;
    stopped.get(request.mark)?.abort();
    return random() < 0.5 ? { kind: 'cut-answer' } : undefined;
  };
  const waiting = [...publications];
  const rounds: number[] = [];
  const work = async () => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      rounds.push(await publishAtLast(next, stopped));
    }
  };
  await Promise.all([work(), work(), work()]);
  expectAllOnce(publications);
  // As many went wrong as to mean something, and in every way.
  expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(300);
  for (const count of Object.values(counts)) expect(count).toBeGreaterThan(3);
  expect(Object.keys(counts)).toHaveLength(13);
  expect(at.oauth.counts.refreshes).toBeGreaterThan(5);
  // Every one of them is known to whoever asks again, and nothing is asked of YouTube for it.
  const uploader = await openUploader(at.places, { isQuick: true });
  const before = { ...at.server.counts };
  for (const publication of publications) {
    const { id } = await uploader.publisher.publish(publication, {
      signal: new AbortController().signal,
      report: () => {},
    });
    expect(at.server.world.videos.find((video) => video.id === id)?.mark).toBe(markOf(publication));
  }
  await uploader.close();
  expect(at.server.counts).toEqual(before);
});

const childPath = fileURLToPath(new URL('../../../test/fixtures/upload.child.ts', import.meta.url));

test('a process that is killed leaves what the next one goes on with, at any byte', async () => {
  const publications: Publication[] = [];
  // Before anything was sent, within, when all was sent and nothing answered, and after.
  const moments: ((request: UploadRequest) => UploadFault | undefined | 'not yet')[] = [
    ({ kind }) => (kind === 'start' ? { kind: 'cut-answer' } : 'not yet'),
    ({ kind, length }) => (kind === 'piece' && length > 0 ? { kind: 'cut', afterBytes: 99_999 } : 'not yet'),
    ({ isLast }) => (isLast ? { kind: 'cut-answer' } : 'not yet'),
    ({ isLast }) => (isLast ? { kind: 'cut', afterBytes: 1000 } : 'not yet'),
    ({ operation }) => (operation === 'videos.list' ? { kind: 'cut-answer' } : 'not yet'),
  ];
  for (const [number, moment] of moments.entries()) {
    const publication = await makePublication(at.folder, `killed ${number}`, 3 * unit + 5);
    publications.push(publication);
    const child = spawn(
      process.execPath,
      [childPath, JSON.stringify(at.places), JSON.stringify(publication)],
      { stdio: 'ignore' },
    );
    const ended = once(child, 'exit');
    let isKilled = false;
    at.server.state.fault = (request) => {
      const isIts = request.mark === markOf(publication) || number === 4;
      const fault = isKilled || !isIts ? 'not yet' : moment(request);
      if (fault === 'not yet') return undefined;
      isKilled = true;
      child.kill('SIGKILL');
      return fault;
    };
    const [, signal] = (await ended) as [number | null, string | null];
    expect(signal).toBe('SIGKILL');
    await publishAnew(at.places, publication);
  }
  expectAllOnce(publications);
});
