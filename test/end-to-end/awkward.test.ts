import { execFileSync } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { MadeClip, SourceResult } from '../../src/recipes/events.ts';
import { makeMedia } from '../fixtures/make-media.ts';
import { makeTalk, type TalkFixture } from '../fixtures/talk.ts';
import { readEvents, runPivot, smallClips, type PivotRun } from './run-pivot.ts';

/** Input as the world has it: damaged, odd, hostile, or with nothing in it. */

const small = ['--preview', '--count', '1', '--min', '5', '--max', '12'];

let folder: string;
let talk: TalkFixture;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot awkward '));
  talk = await makeTalk();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const pivot = (...args: string[]) => runPivot(args, { cwd: folder, env: smallClips });
const resultsOf = (run: PivotRun) =>
  (readEvents(run).find((event) => event['event'] === 'finished')?.['results'] ?? []) as SourceResult[];
const clipsOf = (run: PivotRun) =>
  readEvents(run)
    .filter((event) => event['event'] === 'clip')
    .map((event): MadeClip => event['clip'] as never);

/** Subtitles with a sentence every three seconds. */
function subtitles(sentences: readonly string[]): string {
  const clock = (ms: number) => new Date(ms).toISOString().slice(11, 23).replace('.', ',');
  return sentences
    .map((text, index) => `${index + 1}\n${clock(index * 3000)} --> ${clock(index * 3000 + 2800)}\n${text}\n`)
    .join('\n');
}

it('refuses what points elsewhere or cannot be decoded, whatever its name, and makes no folder for it', async () => {
  const bad = join(folder, 'bad');
  await mkdir(bad);
  const film = await readFile(await makeMedia({ path: join(folder, 'film.mp4') }));
  const noise = Buffer.from(Array.from({ length: film.length }, (_, index) => (index * index * 31) % 253));
  const undecodable = Buffer.from(film);
  noise.copy(undecodable, film.indexOf('mdat') + 4, 0, film.indexOf('moov') - film.indexOf('mdat') - 8);
  const files: Record<string, [content: Buffer | string, code: string]> = {
    'a playlist.mp4': ['#EXTM3U\n#EXTINF:9,\nhttp://localhost:9/x.ts\n', 'input.refused_container'],
    'b %d list.mp4': [`ffconcat version 1.0\nfile '${talk.path}'\n`, 'input.refused_container'],
    'c cut off.mp4': [film.subarray(0, film.length / 3), 'input.truncated'],
    'd undecodable.mp4': [undecodable, 'input.unreadable'],
    'e random.mp4': [noise, 'input.not_media'],
  };
  for (const [name, [content]] of Object.entries(files)) await writeFile(join(bad, name), content);
  const run = await pivot('make', 'bad', '--json', '--out', 'from bad');
  expect(run.exitCode).toBe(2);
  const codes = resultsOf(run).map((result) => result.status === 'failed' && result.error.code);
  expect(codes).toEqual(Object.values(files).map(([, code]) => code));
  expect(run.stderr).not.toMatch(/\n\s+at /u);
  await expect(stat(join(folder, 'from bad'))).rejects.toThrow();
});

it('never waits for a pipe or a device that is named as a text', async (context) => {
  if (process.platform === 'win32') return context.skip('Windows has no pipes and devices among its files');
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  for (const args of [
    ['make', talk.path, '--transcript', 'pipe'],
    ['render', '/dev/zero'],
    ['moments', '--transcript', '/dev/zero'],
  ]) {
    const run = await pivot(...args);
    expect(run.stderr).toContain('This is no file');
    expect(run.exitCode).toBe(2);
  }
});

it('refuses the transcript of another recording, and one faster than anyone speaks', async () => {
  const late = subtitles(Array.from({ length: 90 }, (_, index) => `This is sentence number ${index}.`));
  await writeFile(join(folder, 'other.srt'), late);
  const short = await makeMedia({
    path: join(folder, 'short.mp4'),
    durationMs: 20_000,
    width: 64,
    height: 64,
  });
  const other = await pivot('make', short, '--transcript', 'other.srt', ...small);
  expect(other.exitCode).toBe(2);
  expect(other.stderr).toMatch(/goes on to 269\.8 s, and .*short\.mp4 ends at 20\.0 s/u);
  await writeFile(join(folder, 'fast.srt'), subtitles(['word '.repeat(100_000)]));
  const fast = await pivot('moments', '--transcript', 'fast.srt');
  expect(fast.exitCode).toBe(2);
  expect(fast.stderr).toContain('nobody speaks that fast');
});

it('makes a clip of a damaged film, and keeps hostile words and names out of page, captions and terminal', async () => {
  const name = `<img src=x onerror=alert(1)>\u001b[31m\u202e'"%d.mp4`;
  await copyFile(talk.path, join(folder, name));
  const file = await open(join(folder, name), 'r+');
  const { size } = await file.stat();
  // Three places of three per cent each.
  for (const share of [0.25, 0.5, 0.7]) {
    await file.write(
      Buffer.alloc(Math.round(size * 0.03)),
      0,
      Math.round(size * 0.03),
      Math.round(size * share),
    );
  }
  await file.close();
  const lines = Array.from(
    { length: 12 },
    (_, index) =>
      String.raw`{\an8}{\p1}Why did <script>alert(1)</script> {train} ${index} \N &lt;script&gt;alert(2)&lt;/script&gt;` +
      '\u202e\u001b leave?',
  );
  await writeFile(join(folder, 'hostile.srt'), subtitles(lines));
  const run = await pivot(
    'make',
    '--json',
    '--transcript',
    'hostile.srt',
    ...small,
    '--out',
    'hostile',
    '--',
    name,
  );
  expect(run.exitCode).toBe(0);
  const [clip] = clipsOf(run);
  expect(clip?.status).toBe('made');
  // eslint-disable-next-line no-control-regex -- the escape character is what is looked for
  expect(run.stderr).not.toMatch(/[\u001b\u202e]/u);
  expect(run.stdout).not.toContain('\u001b');
  const made = resultsOf(run)[0];
  const page = made?.status === 'done' ? await readFile(made.pagePath ?? '', 'utf8') : '';
  expect(page).toContain('&lt;script&gt;alert(2)&lt;/script&gt;');
  expect(page).not.toMatch(/<script>alert|<img src=x/u);
  const there = made?.status === 'done' ? await readdir(made.folder) : [];
  expect(there.filter((entry) => entry.endsWith('.vtt'))).toHaveLength(1);
  const ours = ['.pivot-make.json', '.pivot-manifest.json', '.pivot-rendered.json'];
  expect(there.filter((entry) => entry.startsWith('.')).toSorted()).toEqual(ours);
  const vtt = await readFile(clip?.files['vtt'] ?? '', 'utf8');
  expect(vtt).not.toContain('<script>');
  expect(vtt).not.toContain('{\\an8');
});

it('skips what holds nothing to cut, and goes on', async () => {
  const empty = join(folder, 'empty');
  await mkdir(empty);
  const size = { width: 64, height: 64, durationMs: 12_000 };
  await makeMedia({ path: join(empty, 'a silent picture.mp4'), ...size, tone: 'none' });
  await makeMedia({ path: join(empty, 'b nothing to hear.mp4'), ...size, tone: '0' });
  await makeMedia({
    path: join(empty, 'c music.wav'),
    pattern: 'none',
    durationMs: 12_000,
    sampleRateHz: 8000,
  });
  await makeMedia({ path: join(empty, 'd two seconds.mkv'), ...size, durationMs: 2000 });
  const run = await pivot('make', 'empty', '--json', ...small);
  expect(run.exitCode).toBe(0);
  const reasons = resultsOf(run).map((result) =>
    result.status === 'skipped' ? result.reason : result.status,
  );
  expect(reasons).toEqual([
    'It has no audio track.',
    'Its audio track is silent.',
    expect.stringMatching(/^Nobody speaks in it/u),
    expect.stringMatching(/^it lasts 2\.0 s/u),
  ]);
});
