import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openSqliteRecords } from '../../src/adapters/records/sqlite.ts';
import { makeGateReport, type GateFinding } from '../../src/domain/gate.ts';
import type { Post } from '../../src/domain/post.ts';
import { hashFile } from '../../src/media/hash-file.ts';
import type { Records } from '../../src/ports/records.ts';
import { addFilms, type AddedFilm, type AddOptions, type AddPorts } from '../../src/recipes/queue/add.ts';
import { hold } from '../../src/recipes/queue/change.ts';
import { findFilms } from '../../src/recipes/queue/films.ts';
import { planQueue } from '../../src/recipes/queue/plan.ts';
import { listItems, removeItem, findItem, updateItem } from '../../src/recipes/queue/queue-records.ts';

let folder: string;
let records: Records;
let findings: GateFinding[];
let ports: AddPorts;
const { signal } = new AbortController();
const context = { signal, emit: () => {} };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot queue add '));
  ({ records } = openSqliteRecords(join(folder, 'records.sqlite')));
  findings = [];
  ports = {
    records,
    // What a gate finds is tried where gates are; here, what becomes of its word.
    gate: async ({ contentHash, overruled }) => makeGateReport(contentHash, [], findings, overruled),
    hashFile: (path) => hashFile(path, { signal }),
    now: () => new Date('2026-06-01T00:00:00Z'),
  };
});
afterEach(async () => {
  await records.close();
  await rm(folder, { recursive: true });
});

const said = (more: Partial<AddOptions> = {}): AddOptions => ({
  target: 'youtube',
  settings: {},
  defaults: { privacy: 'public', isMadeForKids: false, playlistIds: [] },
  overruled: [],
  isApproved: false,
  isDryRun: false,
  ...more,
});
const writePost = (name: string, more: Partial<Post>) =>
  writeFile(
    join(folder, `${name}.post.json`),
    JSON.stringify({
      version: 1,
      title: 'A title',
      description: '',
      tags: [],
      source: {
        name: 'a',
        contentHash: 'b',
        range: { startMs: 0, endMs: 1 },
        before: '',
        words: '',
        after: '',
      },
      score: 1,
      why: '',
      reasons: [],
      chosenBy: 'test',
      ...more,
    }),
  );
async function add(names: readonly string[], options: Partial<AddOptions> = {}): Promise<AddedFilm[]> {
  const { films } = await findFilms(
    names.map((name) => join(folder, `${name}.mp4`)),
    signal,
  );
  return addFilms(films, said(options), ports, context);
}
const film = (name: string) => writeFile(join(folder, `${name}.mp4`), `film ${name}`);

it('knows a film by its content, whatever it is called, and once for each target', async () => {
  await film('a');
  expect(await add(['a'])).toMatchObject([{ status: 'added', item: { state: 'checked', title: 'a' } }]);
  expect(await add(['a'])).toMatchObject([{ status: 'known' }]);
  await writeFile(join(folder, 'copy.mp4'), 'film a');
  expect(await add(['copy'])).toMatchObject([{ status: 'changed', item: { files: { film: 'copy.mp4' } } }]);
  expect(await add(['a'], { target: 'kits' })).toMatchObject([{ status: 'added', item: { target: 'kits' } }]);
  expect(await add(['a'], { target: 'kits' })).toMatchObject([{ status: 'known' }]);
  expect((await listItems(records)).map(({ target }) => target).toSorted()).toEqual(['kits', 'youtube']);
});

it('of several who add the same film at once one adds it, and nobody fails', async () => {
  await film('a');
  const results = await Promise.all(Array.from({ length: 6 }, () => add(['a'])));
  const statuses = results.flat().map(({ status }) => status);
  expect(statuses.filter((status) => status === 'added')).toHaveLength(1);
  expect(statuses.filter((status) => status === 'known')).toHaveLength(5);
  expect(await listItems(records)).toHaveLength(1);
});

it('remembers what a person said, and takes new words of its papers with its time kept', async () => {
  await film('a');
  await writePost('a', { title: 'First title' });
  await add(['a'], { settings: { privacy: 'unlisted', isMadeForKids: true }, isApproved: true });
  const pacing = { zone: 'UTC', hours: ['12:00'], perDay: 1, spacingMs: 0, variationDays: 1 };
  await planQueue(pacing, { isAnew: false, isDryRun: false }, ports, context);
  await updateItem(records, (await listItems(records))[0]!.id, (item) =>
    hold(item, 'Wait.', { at: '2026-06-01T00:00:00.000Z' }),
  );
  await writePost('a', { title: 'Second title', containsSyntheticMedia: true });
  const [changed] = await add(['a'], { settings: { privacy: 'private' } });
  expect(changed).toMatchObject({
    status: 'changed',
    item: {
      state: 'scheduled',
      title: 'Second title',
      settings: { privacy: 'private', isMadeForKids: true, isSynthetic: true },
      plan: { at: '2026-06-01T12:00:00.000Z' },
      hold: { why: 'Wait.' },
    },
  });
  const last = (await listItems(records))[0]?.history.at(-1)?.note;
  expect(last).toContain('privacy unlisted → private');
  expect(last).toContain('isSynthetic false → true');
  // What says nothing of it changes nothing.
  expect(await add(['a'])).toMatchObject([{ status: 'known' }]);
});

it('reads of its post what a film is a variation of', async () => {
  await film('a');
  const variation = { of: `sha256:${'e'.repeat(64)}`, factors: { opening: 'cold' } };
  await writePost('a', { variation });
  expect(await add(['a'])).toMatchObject([{ item: { variation } }]);
});

it('lets in what a person overrules, remembers why, and says it each time', async () => {
  await film('a');
  findings = [{ rule: 'loudness', severity: 'stops', text: 'Too quiet.', mend: 'Level it.' }];
  expect(await add(['a'])).toMatchObject([{ status: 'stopped', report: { findings } }]);
  expect(await listItems(records)).toEqual([]);
  const overruled = [{ rule: 'loudness', why: 'A whisper.', at: '2026-06-01T00:00:00.000Z' }];
  expect(await add(['a'], { overruled, isDryRun: true })).toMatchObject([{ status: 'added' }]);
  expect(await listItems(records)).toEqual([]);
  await add(['a'], { overruled });
  await writePost('a', { title: 'Another' });
  expect(await add(['a'])).toMatchObject([{ status: 'changed', item: { checked: { overruled } } }]);
  expect((await listItems(records))[0]?.history.at(-1)?.note).toContain('loudness overruled: A whisper.');
});

it('what is wrong with one film stops no other, and what was taken out can come again', async () => {
  await film('a');
  await film('b');
  await writeFile(join(folder, 'empty.mp4'), '');
  await writeFile(join(folder, 'b.post.json'), '{"version": 1');
  expect(await add(['empty', 'b', 'a'])).toMatchObject([
    { status: 'failed', error: { code: 'input.empty_file' } },
    { status: 'failed', error: { code: 'input.post_invalid' } },
    { status: 'added' },
  ]);
  const stored = await findItem(records, 'a');
  await removeItem(records, stored, stored.item);
  expect(await listItems(records)).toEqual([]);
  expect((await records.list('queue-removed')).records).toHaveLength(1);
  expect(await add(['a'])).toMatchObject([{ status: 'added' }]);
});
