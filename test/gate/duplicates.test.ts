import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { openSqliteRecords } from '../../src/adapters/records/sqlite.ts';
import { compose, type App } from '../../src/app/compose.ts';
import { configSchema } from '../../src/app/config.ts';
import type { Post } from '../../src/domain/post.ts';
import { queueIdOf } from '../../src/domain/queue.ts';
import type { Records } from '../../src/ports/records.ts';
import { checkFilms, type CheckedFilm, type CheckFilmsOptions } from '../../src/recipes/gate/check-films.ts';
import { addFilms } from '../../src/recipes/queue/add.ts';
import { findDuplicates, keepPrints, takePrints } from '../../src/recipes/gate/prints.ts';
import { findFilms } from '../../src/recipes/queue/films.ts';
import { createGate } from '../../src/recipes/queue/gate.ts';
import { findItem } from '../../src/recipes/queue/queue-records.ts';
import { makeFilmOf } from '../fixtures/film-of-sound.ts';
import { makeMedia, type MediaRecipe } from '../fixtures/make-media.ts';
import { makeSpokenWav } from '../fixtures/spoken-wav.ts';

let folder: string;
let work: string;
let app: App;
let records: Records;
const { signal } = new AbortController();
const context = { signal, emit: () => {} };
const rules = { bannedWords: ['damn*'], isCommercial: true };
const targets = ['youtube', 'instagram', 'kits', 'webhook'];
/** As loud as a short is wanted, in one channel. */
const tone = '0.4*sin(2*PI*440*t)*(0.7+0.3*sin(3*t))';
const upright = { durationMs: 4000, width: 360, height: 640, frameRate: '30', tone };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot gate '));
  const config = configSchema.parse({ workspace: join(folder, 'workspace') });
  app = await compose({ config, env: {}, isForced: false });
});
afterAll(async () => {
  await app.close();
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  work = await mkdtemp(join(folder, 'films '));
  ({ records } = openSqliteRecords(join(work, 'records.sqlite')));
  return () => records.close();
});

const make = (name: string, more: Partial<MediaRecipe> = {}) =>
  makeMedia({ ...upright, ...more, path: join(work, name) });
async function check(
  names: readonly string[],
  more: Partial<CheckFilmsOptions> = {},
): Promise<CheckedFilm[]> {
  const { films } = await findFilms(
    names.map((name) => join(work, name)),
    signal,
  );
  const options = { platforms: [], rules, overruled: [], isFixing: false, isDryRun: false, ...more };
  return checkFilms(films, options, { ...app.ports, queue: { records, targets } }, context);
}
/** The rules that stop one film, and with `!` those that warn. */
async function rulesOf(name: string, more: Partial<CheckFilmsOptions> = {}): Promise<string[]> {
  const [checked] = await check([name], more);
  if (checked === undefined || checked.status === 'failed') throw new Error(JSON.stringify(checked));
  return checked.report.findings
    .map(({ rule, severity }) => (severity === 'stops' ? rule : `!${rule}`))
    .toSorted();
}
const postOf = (more: Partial<Post>): Post => ({
  version: 1,
  title: 'A title',
  description: '',
  tags: [],
  source: { name: 'a', contentHash: 'b', range: { startMs: 0, endMs: 1 }, before: '', words: '', after: '' },
  score: 1,
  why: '',
  reasons: [],
  chosenBy: 'test',
  ...more,
});
const writePost = (name: string, more: Partial<Post>) =>
  writeFile(join(work, `${name}.post.json`), JSON.stringify(postOf(more)));
const sha = (digit: string) => `sha256:${digit.repeat(64)}`;

it('the queue keeps prints of what passed: copies are stopped, variations told apart, what was taken out again forgotten', async () => {
  await make('first.mp4');
  await make('copy.mp4', { width: 400, height: 720, pictureFilters: 'eq=brightness=0.05' });
  await make('other.mp4', { pattern: 'testsrc' });
  const add = async (name: string, isDryRun = false) => {
    const { films } = await findFilms([join(work, name)], signal);
    const ports = { ...app.ports, records, targets, readRules: async () => rules, now: () => new Date() };
    const [added] = await addFilms(
      films,
      {
        target: 'youtube',
        settings: {},
        defaults: { privacy: 'public', isMadeForKids: false, playlistIds: [] },
        overruled: [],
        isApproved: false,
        isDryRun,
      },
      { ...ports, gate: createGate(ports) },
      context,
    );
    return added;
  };
  expect(await add('first.mp4', true)).toMatchObject({ status: 'added' });
  expect((await records.list('prints')).records).toEqual([]);
  await writePost('first', { variation: { of: sha('a'), factors: { opening: 'cold' } } });
  const first = await add('first.mp4');
  expect(first).toMatchObject({ status: 'added' });
  expect(await add('copy.mp4')).toMatchObject({
    status: 'stopped',
    report: { findings: [{ rule: 'near_duplicate', severity: 'stops' }] },
  });
  expect(await rulesOf('copy.mp4')).toEqual(['near_duplicate']);
  expect(await add('other.mp4')).toMatchObject({ status: 'added', report: { findings: [] } });
  await writePost('copy', { variation: { of: sha('a'), factors: { opening: 'warm' } } });
  expect(await rulesOf('copy.mp4')).toEqual(['!variation']);
  await rm(join(work, 'copy.post.json'));
  if (first?.status !== 'added') throw new Error('not added');
  const { item, version } = await findItem(records, first.item.id);
  await records.delete('queue', item.id, { ifVersion: version });
  expect(await rulesOf('copy.mp4')).toEqual([]);
  // Taken out after it was published, it has been seen.
  await records.append('queue-removed', [
    {
      id: `${item.id}/2026-06-01`,
      value: {
        ...item,
        state: 'published',
        published: { id: 'x', at: '2026-05-01T00:00:00.000Z', differences: [] },
      },
    },
  ]);
  expect(await rulesOf('copy.mp4')).toEqual(['near_duplicate']);
});

it('knows a talk by its sound under other pictures, and other words of one voice in one room as others', async () => {
  const talks = [
    [
      'Nobody believed that a compiler could work, and they told me so, again and again.',
      'Computers could only do arithmetic, they said, and they could not write programs.',
      'So I went home, and I wrote one that did, and it took me half a year to be believed.',
      'After that, everybody wanted to know how it had been done, and when they could have it.',
    ],
    [
      'An audience leaves when the story stops moving, however beautiful the pictures may be.',
      'Nine out of ten viewers were gone after a minute, since nothing had happened until then.',
      'Begin with what is at stake, then, and tell the others what they are waiting for.',
      'The rest is patience, and the courage to throw away what took you the longest to make.',
    ],
  ] as const;
  for (const [index, sentences] of talks.entries())
    await makeSpokenWav(join(work, `${index}.wav`), sentences);
  await makeFilmOf(join(work, '0.wav'), 20_000, join(work, 'talk.mp4'));
  await makeFilmOf(join(work, '0.wav'), 18_000, join(work, 'again.mp4'), 'testsrc');
  await makeFilmOf(join(work, '1.wav'), 20_000, join(work, 'other.mp4'));
  const printed = async (name: string) => {
    const path = join(work, name);
    const source = await app.ports.openSource(path, { signal, report: () => {} });
    const prints = await takePrints(source, app.ports, { signal, report: () => {} });
    return { ...prints, contentHash: source.contentHash, title: name };
  };
  const talk = await printed('talk.mp4');
  await keepPrints(talk, records, new Date());
  await records.put('queue', queueIdOf(talk.contentHash), {
    version: 1,
    id: queueIdOf(talk.contentHash),
    state: 'published',
    contentHash: talk.contentHash,
    folder: work,
    files: { film: 'talk.mp4' },
    title: 'The talk',
    addedAt: '2026-05-01T00:00:00.000Z',
    published: { id: 'x', at: '2026-05-02T00:00:00.000Z', differences: [] },
    history: [{ at: '2026-05-01T00:00:00.000Z', to: 'published', by: 'person', note: '' }],
  });
  const find = async (name: string) => findDuplicates(await printed(name), records, targets, signal);
  const again = await find('again.mp4');
  expect(again).toMatchObject([{ rule: 'near_duplicate', severity: 'warns' }]);
  expect(again[0]?.text).toMatch(/of the sound are those of "The talk", which was published on 2026-05-02/u);
  expect(await find('other.mp4')).toEqual([]);
  expect(await find('talk.mp4')).toEqual([]);
});
