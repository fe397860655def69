import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { openSqliteRecords } from '../../src/adapters/records/sqlite.ts';
import { compose, type App } from '../../src/app/compose.ts';
import { configSchema } from '../../src/app/config.ts';
import { formatSrt } from '../../src/domain/caption-files.ts';
import { platformNames } from '../../src/domain/platforms.ts';
import type { Post } from '../../src/domain/post.ts';
import { probeMedia } from '../../src/media/probe.ts';
import { runRender } from '../../src/media/run-render.ts';
import type { Records } from '../../src/ports/records.ts';
import { checkFilms, type CheckedFilm, type CheckFilmsOptions } from '../../src/recipes/gate/check-films.ts';
import { findFilms } from '../../src/recipes/queue/films.ts';
import { runPivot } from '../end-to-end/run-pivot.ts';
import { makeFilmOf } from '../fixtures/film-of-sound.ts';
import { makeMedia, type MediaRecipe } from '../fixtures/make-media.ts';
import { makeSpokenWav } from '../fixtures/spoken-wav.ts';

let folder: string;
let work: string;
let app: App;
let records: Records;
let count = 0;
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
const word = (rule: string) => ({ rule, why: 'It is meant.', at: '2026-06-01T00:00:00.000Z' });

it('lets a good film pass everywhere', async () => {
  await make('good.mp4');
  expect(
    await rulesOf('good.mp4', { platforms: platformNames.filter((name) => name !== 'linkedin') }),
  ).toEqual([]);
});

it.each<[fault: string, found: readonly string[], recipe: Partial<MediaRecipe>]>([
  ['too quiet', ['loudness'], { tone: '0.02*sin(2*PI*440*t)' }],
  ['clipping', ['loudness', 'true_peak'], { tone: '1.2*sin(2*PI*440*t)' }],
  ['no sound', ['!no_sound'], { tone: 'none' }],
  ['a black opening', ['black_opening'], { pictureFilters: 'fade=in:st=1:d=0.2' }],
  [
    'black in its middle',
    ['!black'],
    { pictureFilters: "drawbox=t=fill:color=black:enable='between(t,2,3)'" },
  ],
  ['a still opening', ['frozen_opening'], { pictureFilters: 'loop=loop=70:size=1:start=0,trim=end=4' }],
  ['a still picture all through', ['!frozen'], { pattern: 'color=c=teal' }],
  ['long silence', ['loudness', 'silent'], { durationMs: 7000, tone: '0.4*sin(2*PI*440*t)*lt(t,1)' }],
])('finds what is %s', async (_, found, recipe) => {
  const name = `${(count += 1)}.mp4`;
  await make(name, recipe);
  expect(await rulesOf(name, { platforms: ['shorts'] })).toEqual(found);
});

it('finds colours and lines that phones do not show, and another codec', async () => {
  const encode = (path: string, filters: string, encoder: string, options: Record<string, string>) =>
    runRender({
      inputs: [],
      filters: `testsrc2=s=180x320:r=30:d=4,${filters}[v];aevalsrc='${tone}':s=48000:d=4,aformat=sample_fmts=fltp,asetnsamples=n=1024:p=0[a]`,
      outputs: [
        {
          kind: 'file',
          path,
          format: 'mp4',
          formatOptions: {},
          streams: [
            { kind: 'video', label: 'v', encoder, options },
            { kind: 'audio', label: 'a', encoder: 'aac', options: {} },
          ],
        },
      ],
      durationSeconds: 4,
      files: [],
    });
  await encode(join(work, 'colours.mp4'), 'format=yuv444p', 'libx264', { preset: 'ultrafast' });
  await encode(join(work, 'codec.mp4'), 'format=yuv420p', 'mpeg4', {});
  await encode(join(work, 'lines.mp4'), 'format=yuv420p,interlace,setfield=tff', 'libx264', {
    preset: 'ultrafast',
    'x264-params': 'tff=1',
  });
  expect(await rulesOf('colours.mp4')).toEqual(['pixel_format']);
  expect(await rulesOf('codec.mp4', { platforms: ['reels'] })).toEqual(['codec']);
  expect(await rulesOf('lines.mp4')).toEqual(['interlaced']);
});

it('of a folder, one film that is none stops no other', async () => {
  await writeFile(join(work, 'a.mp4'), 'no film');
  await make('b.mp4');
  await make('c.mp4');
  await writeFile(join(work, 'c.post.json'), '{"version": 1, "title":');
  const results = await check(['.']);
  expect(results.map(({ status }) => status)).toEqual(['failed', 'passed', 'failed']);
  expect(results).toMatchObject([
    { error: { code: 'input.not_media' } },
    {},
    { error: { code: 'input.post_invalid' } },
  ]);
});

it('mends the sound with the picture left as it is, and the texts, and keeps what was there', async () => {
  await make('quiet.mp4', { tone: '0.02*sin(2*PI*440*t)' });
  await writePost('quiet', {
    title: `Faster < slower, said ${'again and '.repeat(12)}again`,
    description: 'b'.repeat(6000),
    tags: Array.from({ length: 30 }, (_, index) => `tag ${index}`),
  });
  const before = await readFile(join(work, 'quiet.mp4'));
  const platforms = ['shorts', 'tiktok'] as const;
  expect(await rulesOf('quiet.mp4', { platforms, isFixing: true, isDryRun: true })).toContain('loudness');
  expect(await readFile(join(work, 'quiet.mp4'))).toEqual(before);
  expect(await rulesOf('quiet.mp4', { platforms, isFixing: true })).toEqual([]);
  expect(await readFile(join(work, 'quiet.before.mp4'))).toEqual(before);
  expect(JSON.parse(await readFile(join(work, 'quiet.before.post.json'), 'utf8')).tags).toHaveLength(30);
  const { title, tags } = JSON.parse(await readFile(join(work, 'quiet.post.json'), 'utf8')) as Post;
  expect(title).toMatch(/^Faster ‹ slower, said again and .*(?:again|and)…$/u);
  expect(title.length).toBeLessThanOrEqual(100);
  expect(tags).toHaveLength(15);
  const pictures = await Promise.all(
    ['quiet', 'quiet.before'].map((name) => packetsOf(join(work, `${name}.mp4`))),
  );
  expect(pictures[0]).toEqual(pictures[1]);
  // Neither what was kept nor anything half done is taken for a film.
  expect((await findFilms([work], signal)).films).toHaveLength(1);
  expect((await readdir(work)).filter((name) => name.startsWith('.'))).toEqual([]);
});

/** What a decoder makes of the picture, frame by frame. */
async function packetsOf(path: string) {
  const { marks, counts } = await runRender({
    inputs: [
      {
        path,
        fromSeconds: 0,
        toSeconds: 100,
        neededAtSeconds: 0,
        speed: 1,
        streams: [{ index: (await probeMedia(path)).video[0]?.index ?? 0, label: 'in' }],
      },
    ],
    filters: '[in]signalstats[out]',
    outputs: [
      {
        kind: 'measure',
        media: 'video',
        label: 'out',
        keys: ['lavfi.signalstats.YAVG', 'lavfi.signalstats.UAVG'],
      },
    ],
    durationSeconds: 4,
    files: [],
  });
  return { marks, counts };
}

it('writes down what a person overrules, for this film and no other of its name', async () => {
  await make('a.mp4', { tone: '0.02*sin(2*PI*440*t)' });
  const [first] = await check(['a.mp4'], { overruled: [word('loudness'), word('black')] });
  expect(first).toMatchObject({
    status: 'passed',
    report: { overruled: [{ rule: 'loudness', why: 'It is meant.' }] },
    notes: expect.arrayContaining([expect.stringContaining('Nothing was found by black')]) as string[],
  });
  expect(await check(['a.mp4'])).toMatchObject([{ status: 'passed' }]);
  // What was overruled is not mended.
  expect(await check(['a.mp4'], { isFixing: true })).toMatchObject([{ mended: [] }]);
  await make('a.mp4', { tone: '0.03*sin(2*PI*440*t)' });
  expect(await check(['a.mp4'])).toMatchObject([{ status: 'stopped' }]);
});

it('holds captions beside a film against what is heard, and texts against the list of words', async () => {
  const said = 'An audience leaves when the story stops moving, however beautiful the pictures may be.';
  const { sentences } = await makeSpokenWav(join(work, 'said.wav'), [said]);
  const durationMs = Math.round((sentences[0]?.endMs ?? 0) + 500);
  await makeFilmOf(join(work, 'said.wav'), durationMs, join(work, 'talk.mp4'));
  const captions = (text: string, endMs: number) =>
    writeFile(
      join(work, 'talk.srt'),
      formatSrt([{ words: text.split(' ').map((part) => ({ text: part, startMs: 0, endMs })) }]),
    );
  await captions(said, durationMs);
  await writePost('talk', { title: 'Damned audiences' });
  expect(await rulesOf('talk.mp4')).toEqual(['banned_word']);
  await writePost('talk', {});
  expect(await rulesOf('talk.mp4')).toEqual([]);
  await captions('Quite another thing was said in here by somebody else entirely.', 60_000);
  expect(await rulesOf('talk.mp4')).toEqual(['caption_file_long', 'caption_file_words']);
  await writeFile(join(work, 'talk.srt'), 'nothing in here');
  expect(await rulesOf('talk.mp4')).toEqual(['caption_file_unreadable']);
  await rm(join(work, 'talk.srt'));
  await writeFile(join(work, 'talk.jpg'), 'no picture');
  expect(await rulesOf('talk.mp4')).toEqual(['cover_unreadable']);
}, 60_000);

it('as a command says all of it, of every film of a folder, and ends as the worst of them', async () => {
  await writeFile(join(work, 'a.mp4'), 'no film');
  await make('b.mp4', { width: 640, height: 360, tone: '0.02*sin(2*PI*440*t)' });
  const env = { XDG_DATA_HOME: join(work, 'data'), HOME: work };
  const run = await runPivot(['check', '.', '--for', 'shorts', '--json'], { cwd: work, env });
  expect(run.exitCode).toBe(5);
  const { films } = JSON.parse(run.stdout) as { films: CheckedFilm[] };
  expect(films).toMatchObject([
    { status: 'failed', error: { code: 'input.not_media' } },
    {
      status: 'stopped',
      report: {
        findings: [
          { rule: 'loudness', fix: 'loudness' },
          { rule: 'shape', platform: 'shorts' },
        ],
      },
      notes: [expect.stringContaining('there is no library'), expect.stringContaining('no timeline')],
    },
  ]);
  const overruling = ['--overrule', 'shape', '--overrule', 'loudness', '--why', 'It is meant.'];
  const told = await runPivot(['check', 'b.mp4', '--for', 'shorts', ...overruling], { cwd: work, env });
  expect(told.stdout).toMatch(/✓ .*b\.mp4 passes\n {2}! loudness \(overruled: It is meant\.\)/u);
  expect(told.exitCode).toBe(0);
  expect(JSON.parse(await readFile(join(work, 'b.gate.json'), 'utf8'))).toMatchObject({
    overruled: [{ rule: 'shape' }, { rule: 'loudness' }],
  });
}, 60_000);
