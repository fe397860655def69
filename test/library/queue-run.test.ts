import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { appendFile, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createKits } from '../../src/adapters/publishers/kits.ts';
import { openSqliteRecords } from '../../src/adapters/records/sqlite.ts';
import { PatternPivotError } from '../../src/domain/errors.ts';
import { makeGateReport, type GateFinding } from '../../src/domain/gate.ts';
import type { QueueItem } from '../../src/domain/queue.ts';
import { hashFile } from '../../src/media/hash-file.ts';
import type { Publisher } from '../../src/ports/publisher.ts';
import type { Records } from '../../src/ports/records.ts';
import { readItem } from '../../src/recipes/queue/queue-records.ts';
import { findNextDue, runDue, type WorkOptions, type WorkPorts } from '../../src/recipes/queue/run-due.ts';
import { queueFilms } from '../fixtures/waiting-films.ts';

let folder: string;
let records: Records;
let gateFindings: GateFinding[];
const startedAt = Date.parse('2026-06-01T12:00:00Z');
let nowMs: number;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot worker '));
  ({ records } = openSqliteRecords(join(folder, 'records.sqlite')));
  gateFindings = [];
  nowMs = startedAt;
});
afterEach(async () => {
  await records.close();
  await rm(folder, { recursive: true });
});

const at = (minutes: number) => new Date(startedAt + minutes * 60_000).toISOString();
const work = (more: Partial<WorkOptions> = {}): WorkOptions => ({
  holder: randomUUID(),
  pacing: { zone: 'Europe/Berlin', hours: ['18:00', '12:00'], perDay: 2, spacingMs: 0, variationDays: 3 },
  aheadMs: 0,
  ...more,
});

/** Kits, whose making a test may break. */
function makePorts(
  onPublish: (signal: AbortSignal) => Promise<void> = async () => {},
  own = records,
): WorkPorts {
  const kits = createKits({ folder: join(folder, 'kits'), platforms: ['shorts'] });
  const publisher: Publisher = {
    ...kits,
    async publish(publication, options) {
      await onPublish(options.signal);
      return kits.publish(publication, options);
    },
  };
  return {
    records: own,
    gate: async ({ contentHash, overruled }) => makeGateReport(contentHash, [], gateFindings, overruled),
    hashFile: (path, { signal }) => hashFile(path, { signal }),
    now: () => new Date(nowMs),
    publisherFor: async () => publisher,
  };
}

async function run(ports: WorkPorts, options = work(), signal = new AbortController().signal) {
  const outcomes: (readonly [string, string])[] = [];
  for await (const { status, item } of runDue(options, ports, { signal, emit: () => {} }))
    outcomes.push([status, item.title]);
  return outcomes;
}
const read = async ({ id }: QueueItem) => (await readItem(records, id))!.item;
const kits = async () =>
  (await readdir(join(folder, 'kits')).catch(() => [])).filter((name) => !name.startsWith('.'));

it('publishes what is due, and nothing else, each with its history', async () => {
  const [due, later, held] = await queueFilms(records, folder, [
    { at: at(-5) },
    { at: at(90) },
    { at: at(-5), hold: { at: at(-10), why: 'not yet' } },
  ]);
  expect(await run(makePorts())).toEqual([['published', 'Film 1']]);
  expect(await kits()).toHaveLength(1);
  const done = await read(due!);
  expect(done).toMatchObject({ state: 'published', published: { differences: [] } });
  expect(done.claim).toBeUndefined();
  expect(done.history.map(({ to, by }) => [to, by])).toEqual([
    ['scheduled', 'person'],
    ['uploading', 'program'],
    ['published', 'program'],
  ]);
  expect([(await read(later!)).state, (await read(held!)).state]).toEqual(['scheduled', 'scheduled']);
  expect(await findNextDue(work(), makePorts())).toBe(startedAt + 90 * 60_000);
});

it('gives a target that waits by itself the film ahead of its time', async () => {
  await queueFilms(records, folder, [{ at: at(90), target: 'youtube' }, { at: at(90) }]);
  expect(await run(makePorts(), work({ aheadMs: 2 * 3_600_000 }))).toEqual([['published', 'Film 1']]);
});

it('publishes each of 40 films once, though eight work at the same time', async () => {
  await queueFilms(
    records,
    folder,
    Array.from({ length: 40 }, (_, index) => ({ at: at(-60 + index) })),
  );
  const opened = Array.from({ length: 8 }, () => openSqliteRecords(join(folder, 'records.sqlite')).records);
  let begun = 0;
  const outcomes = await Promise.all(opened.map((own) => run(makePorts(async () => void (begun += 1), own))));
  await Promise.all(opened.map((own) => own.close()));
  expect(outcomes.flat().filter(([status]) => status === 'published')).toHaveLength(40);
  expect(begun).toBe(40);
  expect(await kits()).toHaveLength(40);
});

it('tries again later what may pass, and gives up what does not', async () => {
  const [item] = await queueFilms(records, folder, [{ at: at(-5) }]);
  const busy = () =>
    Promise.reject(new PatternPivotError('provider.unavailable', 'It is busy.', { retryable: true }));
  expect(await run(makePorts(busy))).toEqual([['waits', 'Film 1']]);
  const waiting = await read(item!);
  expect(waiting).toMatchObject({
    state: 'scheduled',
    attempts: { count: 1 },
    problem: { message: 'It is busy.' },
  });
  expect(await run(makePorts())).toEqual([]);
  nowMs = Date.parse(waiting.attempts!.notBefore!);
  expect(await run(makePorts())).toEqual([['published', 'Film 1']]);
  expect((await read(item!)).problem).toBeUndefined();

  const [bad] = await queueFilms(records, folder, [{ at: at(-5) }]);
  const refuse = () =>
    Promise.reject(new PatternPivotError('provider.youtube_rejected', 'No.', { hint: 'Make another.' }));
  expect(await run(makePorts(refuse))).toEqual([['failed', 'Film 1']]);
  expect(await read(bad!)).toMatchObject({
    state: 'failed',
    problem: { message: 'No.', hint: 'Make another.' },
  });
  expect(await run(makePorts())).toEqual([]);
});

it('gives back what it has when it is stopped, and the next goes on', async () => {
  const [item] = await queueFilms(records, folder, [{ at: at(-5) }]);
  const controller = new AbortController();
  const hang = (signal: AbortSignal) =>
    new Promise<void>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error));
      controller.abort();
    });
  await expect(run(makePorts(hang), work(), controller.signal)).rejects.toThrow();
  const back = await read(item!);
  expect(back).toMatchObject({ state: 'scheduled' });
  expect([back.claim, back.attempts, back.problem]).toEqual([undefined, undefined, undefined]);
  expect(await run(makePorts())).toEqual([['published', 'Film 1']]);
});

it('takes over from a process that died, and not from one that lives', async () => {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'close');
  const machine = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);
  const claim = (processId: number, other = machine) => ({
    holder: randomUUID(),
    machine: other,
    processId,
    until: at(2),
  });
  await queueFilms(records, folder, [
    { at: at(-5), state: 'uploading', claim: claim(child.pid!) },
    { at: at(-5), state: 'uploading', claim: claim(process.pid) },
    { at: at(-5), state: 'uploading', claim: claim(1, 'another') },
  ]);
  expect(await run(makePorts())).toEqual([['published', 'Film 1']]);
  nowMs += 3 * 60_000;
  expect((await run(makePorts())).map(([, title]) => title).toSorted()).toEqual(['Film 2', 'Film 3']);
});

it('looks again at what changed since the gate saw it', async () => {
  const [papers, film, gone, bad] = await queueFilms(
    records,
    folder,
    Array.from({ length: 4 }, () => ({ at: at(-5) })),
  );
  await appendFile(join(folder, papers!.files.captions!), '\n2\n00:00:01,000 --> 00:00:02,000\nMore\n');
  await appendFile(join(folder, film!.files.film), 'x');
  await rm(join(folder, gone!.files.film));
  const first = await run(makePorts(), work({ ids: [papers!.id, film!.id, gone!.id] }));
  expect(new Map(first.map(([status, title]) => [title, status]))).toEqual(
    new Map([
      ['Film 1', 'published'],
      ['Film 2', 'failed'],
      ['Film 3', 'failed'],
    ]),
  );
  expect((await read(film!)).problem?.code).toBe('input.film_changed');
  expect((await read(gone!)).problem?.code).toBe('not_found.file');
  expect((await read(papers!)).history.map(({ note }) => note).join(' ')).toContain('Passed the gate');

  await writeFile(join(folder, bad!.files.captions!), '1\n00:00:00,000 --> 00:00:01,000\nOther\n');
  gateFindings = [
    { rule: 'captions', severity: 'stops', text: 'They are of another film.', mend: 'Make them anew.' },
  ];
  expect(await run(makePorts())).toEqual([['failed', 'Film 4']]);
  expect((await read(bad!)).problem).toMatchObject({ code: 'input.gate', hint: 'Make them anew.' });
});

it('does not make up at once for all that was missed: the first goes out, the rest get other times', async () => {
  const [, , chosen] = await queueFilms(records, folder, [
    { at: at(-3000) },
    { at: at(-2000) },
    {
      at: at(-1000),
      plan: { at: at(-1000), zone: 'Europe/Berlin', isFixed: true, why: 'Chosen by a person.' },
    },
    { at: at(-500) },
  ]);
  const outcomes = await run(makePorts());
  expect(outcomes.filter(([status]) => status === 'published').map(([, title]) => title)).toEqual([
    'Film 1',
    'Film 3',
  ]);
  expect(
    outcomes
      .filter(([status]) => status === 'moved')
      .map(([, title]) => title)
      .toSorted(),
  ).toEqual(['Film 2', 'Film 4']);
  expect((await read(chosen!)).state).toBe('published');
  expect((await findNextDue(work(), makePorts()))!).toBeGreaterThan(nowMs);
});
