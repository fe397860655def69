import {
  appendFile,
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { wavBytes } from '../../scripts/wav-file.ts';
import { parseTimelineText } from '../../src/domain/timeline-parse.ts';
import { postSchema } from '../../src/domain/post.ts';
import type { MadeClip, PlannedClip, SourceResult } from '../../src/recipes/events.ts';
import { makeTalk } from '../fixtures/talk.ts';
import { readEvents, runPivot, smallClips, startPivot, type PivotRun } from './run-pivot.ts';

/** A name that breaks whatever does not quote. */
const name = `It's a "talk"\n& more; $HOME 🎬.mp4`;
const lengths = ['--min', '8', '--max', '30', '--count', '2'];

let folder: string;
let clipsFolder: string;
let first: PivotRun;

const pivot = (...args: string[]) => runPivot(args, { cwd: folder, env: smallClips });
const clipsOf = (run: PivotRun) =>
  readEvents(run)
    .filter((event) => event['event'] === 'clip')
    .map((event): MadeClip => event['clip'] as never);
const resultsOf = (run: PivotRun) =>
  (readEvents(run).find((event) => event['event'] === 'finished')?.['results'] ?? []) as SourceResult[];
const cacheOf = (run: PivotRun): Record<'found' | 'made', Record<string, number>> =>
  readEvents(run).find((event) => event['event'] === 'cache') as never;
const visible = async (path: string) =>
  (await readdir(path)).filter((entry) => !entry.startsWith('.')).toSorted();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot make '));
  await copyFile((await makeTalk()).path, join(folder, name));
  first = await pivot('make', name, '--json', ...lengths);
  clipsFolder = join(folder, 'clips', `It's a talk & more; $HOME 🎬`);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('makes two clips with all their papers, which pass their checks', async () => {
  expect(first.stderr).toContain('✓ 2 clips');
  expect(first.exitCode).toBe(0);
  const clips = clipsOf(first);
  expect(clips.map((clip) => clip.status)).toEqual(['made', 'made']);
  const endings = ['.jpg', '.mp4', '.post.json', '.srt', '.timeline.json', '.vtt'];
  const expected = clips.flatMap((clip) => endings.map((ending) => clip.name + ending));
  expect(await visible(clipsFolder)).toEqual([...expected, 'index.html', 'transcript.json'].toSorted());
  for (const clip of clips) {
    parseTimelineText(await readFile(join(clipsFolder, `${clip.name}.timeline.json`), 'utf8'));
    const post = postSchema.parse(
      JSON.parse(await readFile(join(clipsFolder, `${clip.name}.post.json`), 'utf8')),
    );
    expect(post.source.words.length).toBeGreaterThan(20);
    expect((await readFile(join(clipsFolder, `${clip.name}.jpg`))).subarray(0, 2)).toEqual(
      Buffer.from([0xff, 0xd8]),
    );
  }
});

it('has finished the first clip, papers and all, before it begins the second', () => {
  const events = readEvents(first);
  const isClip = (event: Record<string, unknown>) => event['event'] === 'clip';
  const [one, two] = clipsOf(first).map((clip) => clip.name);
  const firstDone = events.findIndex(isClip);
  const secondBegun = events.findIndex((event) => event['step'] === 'render' && event['clip'] === two);
  expect(one).not.toBe(two);
  expect(firstDone).toBeGreaterThan(0);
  expect(secondBegun).toBeGreaterThan(firstDone);
});

it('does nothing twice: a second run finds everything, and another caption style hears nothing again', async () => {
  const second = await pivot('make', name, '--json', ...lengths);
  expect(second.exitCode).toBe(0);
  expect(clipsOf(second).map((clip) => clip.isFresh)).toEqual([false, false]);
  expect(cacheOf(second).made).toEqual({});
  const restyled = await pivot(
    'make',
    name,
    '--json',
    ...lengths,
    '--count',
    '1',
    '--captions',
    'karaoke',
    '--out',
    'other',
  );
  expect(restyled.exitCode).toBe(0);
  expect(clipsOf(restyled).map((clip) => clip.isFresh)).toEqual([true]);
  // The check hears the new clip; the source is not heard again.
  expect(cacheOf(restyled).made['hear']).toBe(1);
  expect(cacheOf(restyled).found['hear']).toBe(1);
});

it('never overwrites what a person edited: it says so and keeps both', async () => {
  const clip = clipsOf(first)[0]?.name ?? '';
  const edited = ['.timeline.json', '.post.json', '.jpg', '.srt', '.vtt', '.mp4'].map(
    (ending) => clip + ending,
  );
  const before = new Map<string, Buffer>();
  for (const file of edited) {
    await appendFile(join(clipsFolder, file), '\n');
    before.set(file, await readFile(join(clipsFolder, file)));
  }
  await writeFile(join(clipsFolder, '02-my-own.mp4'), 'mine');
  const again = await pivot('make', name, ...lengths);
  expect(again.exitCode).toBe(0);
  for (const file of edited) {
    expect(await readFile(join(clipsFolder, file))).toEqual(before.get(file));
    expect(again.stderr).toContain(
      `You edited ${join(clipsFolder, file).replace('\n', '\\n')}: it stays as it is`,
    );
  }
  const there = await visible(clipsFolder);
  expect(there).toEqual(
    expect.arrayContaining(
      ['.timeline.json', '.post.json', '.jpg', '.srt', '.vtt', '.mp4'].map(
        (ending) => `${clip}.new${ending}`,
      ),
    ),
  );
  expect(await readFile(join(clipsFolder, '02-my-own.mp4'), 'utf8')).toBe('mine');
  for (const file of there.filter((entry) => entry.includes('.new.'))) await rm(join(clipsFolder, file));
});

it('renders an edited timeline, also after its source moved, and make leaves the result alone', async () => {
  const clip = clipsOf(first)[1]?.name ?? '';
  const path = join(clipsFolder, `${clip}.timeline.json`);
  const timeline = JSON.parse(await readFile(path, 'utf8'));
  timeline.captions.style = 'none';
  await writeFile(path, JSON.stringify(timeline));
  const before = await readFile(join(clipsFolder, `${clip}.mp4`));
  const rendered = await pivot('render', path);
  expect(rendered.exitCode).toBe(0);
  const edited = await readFile(join(clipsFolder, `${clip}.mp4`));
  expect(edited.equals(before)).toBe(false);

  const again = await pivot('make', name, ...lengths);
  expect(again.exitCode).toBe(0);
  expect((await readFile(join(clipsFolder, `${clip}.mp4`))).equals(edited)).toBe(true);

  // Found beside the timeline, where it was not before; then nowhere.
  timeline.assets.find((asset: { kind: string }) => asset.kind === 'file').path = '/nowhere/moved.mp4';
  await mkdir(join(folder, 'elsewhere'));
  await writeFile(join(folder, 'elsewhere', 'x.timeline.json'), JSON.stringify(timeline));
  const found = await pivot('render', join('elsewhere', 'x.timeline.json'), '--preview');
  expect(found.exitCode).toBe(0);
  expect((await stat(join(folder, 'elsewhere', 'x.preview.mp4'))).size).toBeGreaterThan(10_000);
  timeline.assets.find((asset: { kind: string }) => asset.kind === 'file').contentHash =
    `sha256:${'0'.repeat(64)}`;
  await writeFile(join(folder, 'elsewhere', 'y.timeline.json'), JSON.stringify(timeline));
  const lost = await pivot('render', join('elsewhere', 'y.timeline.json'));
  expect(lost.exitCode).toBe(3);
  expect(lost.stderr).toMatch(/The file of asset .* is not there: \/nowhere\/moved\.mp4/u);
});

it('cuts exactly what was asked for, snapped to words, as a quick preview', async () => {
  const run = await pivot(
    'make',
    name,
    '--json',
    '--at',
    '0:02-0:12',
    '--preview',
    '--captions',
    'none',
    '--out',
    'at',
  );
  expect(run.exitCode).toBe(0);
  const planned = readEvents(run).find((event) => event['event'] === 'planned')?.['clips'] as
    PlannedClip[] | undefined;
  expect(planned).toHaveLength(1);
  expect(Math.abs((planned?.[0]?.startMs ?? 0) - 2000)).toBeLessThan(1000);
  expect(Math.abs((planned?.[0]?.endMs ?? 0) - 12_000)).toBeLessThan(1000);
  expect(clipsOf(run)[0]?.files['video']).toMatch(/\.preview\.mp4$/u);
});

it('says what it would do and makes nothing', async () => {
  const run = await pivot('make', name, '--dry-run', '--out', 'dry', ...lengths);
  expect(run.exitCode).toBe(0);
  expect(run.stderr).toMatch(/about .* and .* of disk to make them/u);
  expect(run.stderr).toContain('Nothing was made');
  await expect(stat(join(folder, 'dry'))).rejects.toThrow();
});

it('goes on with the others of a batch: what holds nothing is skipped, what is bad is said', async () => {
  const batch = join(folder, 'batch');
  await mkdir(batch);
  const silence = new Float32Array(16_000 * 20);
  await writeFile(join(batch, 'a silent.wav'), wavBytes(silence, 16_000));
  await writeFile(join(batch, 'b short.wav'), wavBytes(silence.subarray(0, 32_000), 16_000));
  await writeFile(join(batch, 'notes.txt'), 'not media');
  const skipped = await pivot('make', 'batch', '--json', ...lengths);
  expect(resultsOf(skipped).map((result) => result.status)).toEqual(['skipped', 'skipped']);
  expect(skipped.exitCode).toBe(0);
  expect(skipped.stderr).toContain('it lasts 2.0 s');

  await writeFile(join(batch, 'c broken.mp4'), 'no film');
  await copyFile(join(folder, name), join(batch, 'd talk.mp4'));
  const mixed = await pivot('make', 'batch', '--json', ...lengths);
  expect(resultsOf(mixed).map((result) => result.status)).toEqual(['skipped', 'skipped', 'failed', 'done']);
  expect(mixed.exitCode).toBe(2);
});

it('writes transcripts and moments in their own documents', async () => {
  const transcript = await pivot('transcribe', name, '--quiet');
  expect(JSON.parse(transcript.stdout)).toMatchObject({ version: 1, language: 'en' });
  expect(transcript.stderr).toBe('');
  const written = await pivot(
    'transcribe',
    name,
    '--srt',
    'talk.srt',
    '--vtt',
    'talk.vtt',
    '--out',
    'talk.json',
  );
  expect(written.exitCode).toBe(0);
  expect(await readFile(join(folder, 'talk.vtt'), 'utf8')).toMatch(/^WEBVTT/u);
  for (const words of ['talk.srt', 'talk.vtt', 'talk.json']) {
    const moments = await pivot('moments', '--transcript', words, '--quiet', ...lengths);
    const document = JSON.parse(moments.stdout);
    expect(document.moments.length).toBeGreaterThan(0);
    expect(document.interest.length).toBeGreaterThan(3);
  }
});

it.skipIf(process.platform === 'win32')(
  'stops at Ctrl-C with 130, leaves nothing half done, and goes on the next time',
  async () => {
    const out = join(folder, 'stopped');
    const child = startPivot(['make', name, '--out', 'stopped', '--json', ...lengths, '--captions', 'none'], {
      cwd: folder,
      env: smallClips,
    });
    let stdout = '';
    child.stdout?.on('data', (text) => {
      stdout += text;
      if (stdout.includes('"step":"render"')) child.kill('SIGINT');
    });
    let stderr = '';
    child.stderr?.on('data', (text) => (stderr += text));
    expect(await new Promise((resolve) => child.on('close', resolve))).toBe(130);
    expect(stderr).toContain('Run the same command again to go on');
    const stopped = join(out, (await readdir(out))[0] ?? '');
    expect((await readdir(stopped)).toSorted()).toEqual([
      '.pivot-make.json',
      '.pivot-manifest.json',
      'index.html',
      'transcript.json',
    ]);
    expect(await readdir(join(folder, 'workspace', 'blobs', 'tmp'))).toEqual([]);
  },
);
