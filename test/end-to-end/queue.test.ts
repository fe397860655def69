import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openSqliteRecords } from '../../src/adapters/records/sqlite.ts';
import { queueItemSchema, type QueueItem } from '../../src/domain/queue.ts';
import { hashFile } from '../../src/media/hash-file.ts';
import { queueFilm } from '../../src/recipes/queue-film.ts';
import { listItems } from '../../src/recipes/queue/queue-records.ts';
import { makeMedia } from '../fixtures/make-media.ts';
import { runPivot, type PivotRun } from './run-pivot.ts';

let folder: string;
const pivot = (...args: string[]) =>
  runPivot(['queue', ...args], {
    cwd: folder,
    env: {
      PATTERNPIVOT_LIBRARY_FOLDER: join(folder, 'library'),
      PATTERNPIVOT_PUBLISH_ZONE: 'America/New_York',
    },
  });
/** The document that a command printed, where it ended well. */
const read = ({ exitCode, stdout, stderr }: PivotRun) => {
  expect(exitCode, stderr).toBe(0);
  return JSON.parse(stdout);
};
const stored = async (): Promise<QueueItem[]> => {
  const { records } = openSqliteRecords(join(folder, 'library', 'records.sqlite'));
  try {
    return await listItems(records);
  } finally {
    await records.close();
  }
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot queue "é" '));
  await mkdir(join(folder, 'clips'));
  const film = (name: string, pattern: string, hertz: number, soundFilters?: string) =>
    makeMedia({
      path: join(folder, name),
      width: 216,
      height: 384,
      durationMs: 3000,
      pattern,
      tone: `0.28*sin(2*PI*${hertz}*t)`,
      ...(soundFilters === undefined ? {} : { soundFilters }),
    });
  const level = 'loudnorm=I=-14:TP=-1.5,aresample=48000';
  await Promise.all([
    film('clips/first.mp4', 'testsrc2', 440, level),
    film('clips/second.mp4', 'testsrc', 520, level),
    film('quiet.mp4', 'gradients=speed=0.1:n=2:seed=5', 330, 'volume=-25dB'),
    film('made.mp4', 'gradients=speed=0.1:n=8:seed=7', 600, level),
  ]);
  // As `pivot batch` leaves it: a draft that no gate has seen, and that goes nowhere yet.
  await mkdir(join(folder, 'library'));
  const { records } = openSqliteRecords(join(folder, 'library', 'records.sqlite'));
  const { signal } = new AbortController();
  const clip = {
    name: 'made',
    title: 'Made of recordings',
    status: 'made',
    isFresh: true,
    files: { video: join(folder, 'made.mp4') },
  } as const;
  await queueFilm(
    records,
    { clip: { ...clip, failedFindings: [] } as never, note: 'Made by pivot batch.' },
    { hashFile: (path) => hashFile(path, { signal }) },
    { signal, now: new Date() },
  );
  await records.close();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('takes films through the gate, approves, plans, moves, holds and removes them, by ids that are cut short', async () => {
  const draft = (await stored())[0]!;
  expect(draft).toMatchObject({ state: 'drafted', title: 'Made of recordings' });
  expect(draft).not.toHaveProperty('target');

  // Dry: the gate judges, and nothing is written.
  const [tried, stopped] = await Promise.all([
    pivot('add', 'clips', '--to', 'youtube', '--dry-run', '--json'),
    pivot('add', 'quiet.mp4', '--to', 'kits'),
  ]);
  const dry = read(tried);
  expect(dry.results.map(({ status }: { status: string }) => status)).toEqual(['added', 'added']);
  expect(await stored()).toHaveLength(1);

  const added = read(
    await pivot('add', 'clips', draft.id.slice(0, 6), '--to', 'youtube', '--privacy', 'unlisted', '--json'),
  );
  expect(added.results).toHaveLength(3);
  const items = await stored();
  expect(items.map(({ state, target, settings }) => [state, target, settings?.privacy])).toEqual(
    Array.from({ length: 3 }, () => ['checked', 'youtube', 'unlisted']),
  );
  expect(items.find(({ id }) => id === draft.id)?.history.map(({ to }) => to)).toEqual([
    'drafted',
    'checked',
  ]);

  // What the gate stops is not in the queue; with a reason it is, and the reason with it.
  expect(stopped.exitCode).toBe(5);
  expect(stopped.stderr).toContain('loudness');
  expect(stopped.stderr).toMatch(/does not pass the gate/u);
  const overruled = read(
    await pivot(
      'add',
      'quiet.mp4',
      '--to',
      'kits',
      '--overrule',
      'loudness',
      '--why',
      'A whisper.',
      '--json',
    ),
  );
  expect(overruled.results[0].item.checked.overruled).toMatchObject([
    { rule: 'loudness', why: 'A whisper.' },
  ]);

  const short = Object.fromEntries(items.map(({ title, id }) => [title, id.slice(0, 7)]));
  const first = short['first']!;
  const [early, nobody] = await Promise.all([
    pivot('move', first, '--at', 'tomorrow 09:00'),
    pivot('hold', 'ffff0000', '--why', 'No such thing.'),
  ]);
  expect([early.exitCode, nobody.exitCode]).toEqual([4, 3]);
  expect(early.stderr).toContain('pivot queue approve');
  expect(early.stderr).not.toContain('    at ');

  expect(read(await pivot('approve', '--all', '--json')).items).toHaveLength(4);
  const plan = read(
    await pivot(
      'plan',
      '--to',
      'youtube',
      '--from',
      '2035-03-10',
      '--hours',
      '2:30',
      '--per-day',
      '1',
      '--json',
    ),
  );
  expect(
    plan.plans[0].planned.map(({ item, change }: { item: QueueItem; change?: string }) => [
      item.plan!.at,
      change,
    ]),
  ).toEqual([
    ['2035-03-10T07:30:00.000Z', undefined],
    // Clocks there leave 2:30 out on the 11th: it is an hour later.
    ['2035-03-11T07:30:00.000Z', 'skipped'],
    ['2035-03-12T06:30:00.000Z', undefined],
  ]);

  const moved = read(
    await pivot('move', first, '--at', '2035-10-28 02:30', '--zone', 'Europe/Berlin', '--json'),
  );
  expect(moved).toMatchObject({
    change: 'twice',
    item: { plan: { at: '2035-10-28T00:30:00.000Z', zone: 'Europe/Berlin', isFixed: true } },
  });
  const [held, gone] = await Promise.all([
    pivot('hold', first, '--why', 'The guest\u001b[31m asked.', '--json'),
    pivot('remove', short['second']!, '--json'),
  ]);
  expect(read(held).items[0]).toMatchObject({
    state: 'scheduled',
    hold: { why: 'The guest\u001b[31m asked.' },
  });
  expect(read(gone).items[0]).toMatchObject({ title: 'second' });

  const [list, shown, failed, helped] = await Promise.all([
    pivot('list', '--state', 'scheduled', '--json'),
    pivot('show', first),
    pivot('retry', first),
    pivot('--help'),
  ]);
  const listed: QueueItem[] = read(list);
  expect(listed.map(({ title }) => title).toSorted()).toEqual(['Made of recordings', 'first']);
  expect(shown.stdout).not.toContain('\u001b');
  expect(shown.stdout).toContain('Sun 28 Oct 2035');
  expect(shown.stdout).toMatch(/Held: The guest/u);
  expect(failed.exitCode).toBe(4);
  expect(helped.stdout).toMatch(/^ {2}show +everything about one thing/mu);
  const all = await stored();
  expect(all.every((item) => queueItemSchema.safeParse(item).success)).toBe(true);
  expect(all.find(({ title }) => title === 'first')?.history.map(({ to, by }) => `${to} ${by}`)).toEqual([
    'drafted person',
    'checked program',
    'approved person',
    'scheduled program',
    'scheduled person',
    'scheduled person',
  ]);
}, 60_000);

it('says in three lines what is wrong with what it is given', async () => {
  await writeFile(join(folder, 'notes.txt'), 'no film');
  const runs = await Promise.all([
    pivot('add', 'notes.txt', '--to', 'kits'),
    pivot('add', 'clips'),
    pivot('add', 'clips', '--to', 'youtube', '--overrule', 'loudness'),
    pivot('list', '--zone', 'Mars/Olympus'),
    pivot('plan', '--hours', '25:00'),
  ]);
  const codes = [
    'input.no_film',
    'input.no_target',
    'input.why_missing',
    'input.config_invalid',
    'input.config_invalid',
  ];
  for (const [index, run] of runs.entries()) {
    expect(run.exitCode).toBe(2);
    expect(run.stderr).toContain(codes[index]);
    expect(run.stderr.trimEnd().split('\n')).toHaveLength(3);
  }
});
