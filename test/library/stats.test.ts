import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSqliteRecords } from '../../src/adapters/records/sqlite.ts';
import { platformCollections } from '../../src/domain/platform.ts';
import type { Records } from '../../src/ports/records.ts';
import { readStats } from '../../src/recipes/youtube/stats.ts';
import { readAddress } from '../../src/recipes/youtube/stats-subject.ts';
import { runPivot } from '../end-to-end/run-pivot.ts';
import { channelId, putPlatform } from '../fixtures/platform-snapshots.ts';

/** Statistics of real records. */

let folder: string;
let records: Records;
const { signal } = new AbortController();
const read = (named?: string, since?: string, videoCount = 0) =>
  readStats(records, { named, since, videoCount }, signal);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot stats '));
  ({ records } = openSqliteRecords(join(folder, 'records.sqlite')));
  await putPlatform(records, { days: 120, videoCount: 30 });
});
afterAll(async () => {
  await records.close();
  await rm(folder, { recursive: true, force: true });
});

test('a channel is found by nothing, its id, its handle, its title and its addresses', async () => {
  const names = [
    undefined,
    channelId,
    '@patterntalks',
    'talks on <patterns> & "practice"',
    `https://www.youtube.com/channel/${channelId}`,
    'https://youtube.com/@PatternTalks/videos',
  ];
  for (const named of names) expect((await read(named)).subject.id, named).toBe(channelId);
  expect((await read('https://youtu.be/video-3?t=4')).subject).toMatchObject({ of: 'video', id: 'video-3' });
  expect((await read('talk 5: how small things become large ones')).subject.id).toBe('video-4');
  expect(readAddress('https://www.youtube.com/watch?v=abc_-1&list=x')).toBe('abc_-1');
  expect(readAddress('https://youtube.com.evil.example/watch?v=abc')).toBe(
    'https://youtube.com.evil.example/watch?v=abc',
  );
  await expect(read('@nobody')).rejects.toMatchObject({ code: 'not_found.subject' });
});

test('what must be known before believing a figure is said', async () => {
  const channel = await read();
  expect(channel.series.snapshotCount).toBe(108);
  expect(channel.notes.join(' ')).toMatch(
    /set views back 1 time, by 6,935.*2026-09-01 to 2026-09-14.*rounds subscribers/u,
  );
  const video = await read('video-3');
  expect(video.notes.join(' ')).toContain(
    'Likes were hidden in 20 of 108 snapshots. They were last told on 2026-10-31.',
  );
});

test('a range of time is read and no more, and the videos that grew most are listed', async () => {
  const late = await read(undefined, '2026-11-01T00:00:00.000Z', 3);
  expect(late.series.snapshotCount).toBe(20);
  expect(late.videos).toHaveLength(3);
  const growths = late.videos?.map(({ change }) => change) ?? [];
  expect(growths).toEqual(growths.toSorted((a, b) => b - a));
  expect(late.videos?.[0]?.title).toMatch(/^Talk (?:13|26): /u);
  await expect(read(undefined, '2027-01-01T00:00:00.000Z')).rejects.toMatchObject({
    code: 'not_found.snapshots',
  });
});

test('damaged records are left out, and snapshots outlive what their video was called', async () => {
  await records.put(platformCollections.snapshots, `channel/${channelId}/2026-11-10T00:00:00.000Z`, {
    views: -1,
  });
  await records.append(platformCollections.snapshots, [
    {
      id: 'video/gone/2026-11-01T00:00:00.000Z',
      value: {
        version: 1,
        of: 'video',
        subjectId: 'gone',
        views: 3,
        fetched: { at: '2026-11-01T00:00:00.000Z', under: 'public' },
      },
    },
  ]);
  expect((await read()).series.snapshotCount).toBe(108);
  const gone = await read('gone');
  expect(gone.subject).toEqual({ of: 'video', id: 'gone', title: 'gone' });
  expect(gone.notes.join(' ')).toMatch(/one snapshot so far.*kept for 30 days/u);
});

test('pivot stats shows figures and a plot in 80 columns, and writes SVG, page and JSON', async () => {
  const run = (...args: string[]) => runPivot(['stats', ...args, '--library', folder], { cwd: folder });
  const shown = await run('--videos', '2');
  expect(shown.stderr).toBe('');
  expect(shown.exitCode).toBe(0);
  const lines = shown.stdout.split('\n');
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(shown.stdout).toMatch(/Views {2,}1,786,876 {2}\+579,366 {2}\+4,869/u);
  expect(shown.stdout).toMatch(/[\u2800-\u28ff]{3}/u);
  expect(shown.stdout).toMatch(/computed by\s+PatternPivot/u);
  const written = await run(
    'video-3',
    '--svg',
    'chart.svg',
    '--html',
    'page.html',
    '--metric',
    'likes',
    '--json',
  );
  expect(written.exitCode).toBe(0);
  expect(JSON.parse(written.stdout)).toMatchObject({
    version: 1,
    subject: { id: 'video-3' },
    metrics: [{ name: 'views' }, { name: 'likes', hiddenCount: 20 }, { name: 'comments' }],
  });
  expect(await readFile(join(folder, 'chart.svg'), 'utf8')).toContain('Likes of Talk 4');
  expect(await readFile(join(folder, 'page.html'), 'utf8')).toContain('<h1 dir="auto">Talk 4');
  const none = await run('--metric', 'comments');
  expect(none.stderr).toMatch(
    /^Error: No comments of .*\n.*not_found\.metric.*\n {2}There are: views, subscribers, videos\.\n$/u,
  );
});
