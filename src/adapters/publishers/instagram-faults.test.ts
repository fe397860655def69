import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { InstagramFault, InstagramRequest } from '../../../test/fixtures/instagram-server.ts';
import { quiet, setUpInstagram } from '../../../test/fixtures/instagram-setup.ts';
import { createRandom } from '../../../test/fixtures/seeded-random.ts';
import { PatternPivotError } from '../../domain/errors.ts';
import type { Publication } from '../../ports/publisher.ts';

let at: Awaited<ReturnType<typeof setUpInstagram>>;
beforeEach(async () => {
  at = await setUpInstagram();
});
afterEach(() => at.close());

function expectOnce(...publications: readonly Publication[]): void {
  expect(at.server.trouble).toEqual([]);
  const wanted = publications.map(({ film }) => film.contentHash.slice(7));
  expect(at.server.reels.map(({ hash }) => hash).toSorted()).toEqual(wanted.toSorted());
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

test('80 films are each published once and whole, whatever goes wrong', { timeout: 120_000 }, async () => {
  const random = createRandom(20_261_123);
  at.server.state.postsADay = 1000;
  const publications: Publication[] = [];
  for (let number = 0; number < 80; number++)
    publications.push(await at.makePublication(`n${number}`, 1 + Math.floor(random() ** 2 * 3_000_000)));
  const faultsLeft = new Map<string, number>();
  const counts: Record<string, number> = {};
  let stop = new AbortController();
  at.server.state.fault = (request) => {
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
        await at.open().publish(publication, { ...quiet, signal: stop.signal });
        break;
      } catch (error) {
        const mayPass = stop.signal.aborted || (error instanceof PatternPivotError && error.retryable);
        if (!mayPass) throw error;
        at.clock.nowMs += 5000;
      }
    }
  }
  expectOnce(...publications);
  expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(100);
  for (const count of Object.values(counts)) expect(count).toBeGreaterThan(3);
  expect(Object.keys(counts)).toHaveLength(8);
});

test('two processes: one has it, the other waits or finds it done', async () => {
  const publication = await at.makePublication('d0');
  const outcomes = await Promise.allSettled([at.publish(publication), at.publish(publication)]);
  const failed = outcomes.filter(({ status }) => status === 'rejected');
  for (const { reason } of failed as PromiseRejectedResult[])
    expect(['conflict.upload_busy', 'conflict.upload_taken']).toContain((reason as PatternPivotError).code);
  expect(failed.length).toBeLessThan(2);
  expect((await at.publish(publication)).url).toContain('https://');
  expectOnce(publication);
});

test('a process that is killed at any step leaves what the next one goes on with', async () => {
  at.server.state.now = () => Date.now();
  const childPath = fileURLToPath(new URL('../../../test/fixtures/instagram.child.ts', import.meta.url));
  const kinds = ['create', 'send', 'look', 'publish', 'media'] as const;
  const publications: Publication[] = [];
  for (const kind of kinds) {
    const publication = await at.makePublication(`killed ${kind}`);
    publications.push(publication);
    const child = spawn(
      process.execPath,
      [childPath, at.server.url, at.recordsPath, JSON.stringify(publication)],
      { stdio: 'ignore' },
    );
    const ended = once(child, 'exit');
    let isKilled = false;
    at.server.state.fault = (request) => {
      if (isKilled || request.kind !== kind) return undefined;
      isKilled = true;
      child.kill('SIGKILL');
      return kind === 'send' ? { kind: 'cut', afterBytes: 999_999 } : { kind: 'cut-answer' };
    };
    expect((await ended)[1]).toBe('SIGKILL');
    at.clock.nowMs = Date.now();
    await at.publish(publication);
  }
  expectOnce(...publications);
});
