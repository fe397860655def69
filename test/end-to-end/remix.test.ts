import { copyFile, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { postSchema, type Post } from '../../src/domain/post.ts';
import { frameToMs } from '../../src/domain/time.ts';
import type { Timeline } from '../../src/domain/timeline.ts';
import { parseTimelineText } from '../../src/domain/timeline-parse.ts';
import { probeMedia } from '../../src/media/probe.ts';
import type { FoundWords, MadeClip, PlannedRemix } from '../../src/recipes/events.ts';
import { measureLoudness } from '../../src/stages/remix/measure-loudness.ts';
import { makeLibraryTalks, type LibraryTalk } from '../fixtures/library-talks.ts';
import { forgetfulCache, makeContext } from '../fixtures/make-timeline.ts';
import { readEvents, runPivot, smallClips, type PivotRun } from './run-pivot.ts';

let root: string;
let folder: string;
let talks: readonly LibraryTalk[];
let remixed: PivotRun;
let film: MadeClip;
let timeline: Timeline;
let post: Post;

const pivot = (...args: string[]) =>
  runPivot([...args, '--library', 'library'], { cwd: folder, env: smallClips });
const remixesOf = (run: PivotRun) =>
  readEvents(run)
    .filter(({ event }) => event === 'remix')
    .map(({ remix }): PlannedRemix => remix as never);
const notesOf = (run: PivotRun) =>
  readEvents(run)
    .filter(({ event }) => event === 'note')
    .map(({ text }) => String(text));

beforeAll(async () => {
  // Two levels down: a moved file is also looked for in the folders beside.
  root = await mkdtemp(join(tmpdir(), 'pivot remix '));
  folder = join(root, 'my', 'videos');
  await mkdir(folder, { recursive: true });
  talks = await makeLibraryTalks();
  for (const { path } of talks) await copyFile(path, join(folder, basename(path)));
  const added = await pivot('add', ...talks.map(({ path }) => basename(path)));
  expect(added.exitCode).toBe(0);
  remixed = await pivot('remix', 'being late', '--length', '30', '--json', '--out', 'films');
  film = readEvents(remixed).find(({ event }) => event === 'clip')?.['clip'] as never;
  timeline = parseTimelineText(await readFile(film.files['timeline']!, 'utf8'));
  post = postSchema.parse(JSON.parse(await readFile(film.files['post']!, 'utf8')));
});
afterAll(() => rm(root, { recursive: true, force: true }));

it('makes one film of several sources that passes its check, its words heard back, as long as was asked for', async () => {
  expect(remixed.stderr).toContain('✓ films');
  expect(remixed.exitCode).toBe(0);
  expect(film.status).toBe('made');
  const { durationMs } = await probeMedia(film.files['video']!, {});
  expect(Math.abs(durationMs - 30_000)).toBeLessThanOrEqual(3100);
  const [plan] = remixesOf(remixed);
  const roles = plan!.parts.map(({ role }) => role);
  expect([roles[0], roles.at(-1)]).toEqual(['hook', 'payoff']);
  expect(new Set(plan!.parts.map(({ assetId }) => assetId)).size).toBeGreaterThanOrEqual(2);
  // None of the sentences about coffee, gardens and platforms is on the topic.
  expect(plan!.parts.map(({ text }) => text).join(' ')).not.toMatch(/coffee|garden|platform/u);
  for (const { why } of plan!.parts) expect(remixed.stderr).toContain(why.slice(0, 30));
});

it('holds only what was said in the sources, each word with its source and its time there', () => {
  expect(timeline.assets.length).toBeGreaterThanOrEqual(2);
  const words = timeline.captions.cues.flatMap((cue) => cue.words);
  expect(words.length).toBeGreaterThan(40);
  const said = new Map<string, string>();
  for (const word of words) {
    const key = `${word.assetId} ${word.sourceStartMs}`;
    // Never the same words twice.
    expect(said.has(key)).toBe(false);
    said.set(key, word.text);
    const asset = timeline.assets.find(({ id }) => id === word.assetId);
    const talk = talks.find(({ path }) => asset?.kind === 'file' && basename(asset.path) === basename(path));
    const passage = talk?.passages.find(({ endMs }) => endMs > (word.sourceStartMs + word.sourceEndMs) / 2);
    expect(passage).toBeDefined();
  }
});

it('brings all voices to one loudness: recorded 12 dB apart, they are heard within 3', async () => {
  const source = {
    path: film.files['video']!,
    contentHash: '',
    info: await probeMedia(film.files['video']!, {}),
  };
  const { parts } = timeline.metadata['pivot'] as {
    parts: {
      startFrame: number;
      endFrame: number;
      gainDb: number;
      role: string;
      source: { assetId: string };
    }[];
  };
  expect(
    Math.max(...parts.map(({ gainDb }) => gainDb)) - Math.min(...parts.map(({ gainDb }) => gainDb)),
  ).toBeGreaterThan(6);
  const heard: number[] = [];
  for (const { startFrame, endFrame } of parts) {
    const [startMs, endMs] = [startFrame, endFrame].map((frame) => frameToMs(frame, timeline.frameRate));
    const range = { startMs: startMs!, endMs: endMs! };
    heard.push((await measureLoudness(source, range, { cache: forgetfulCache }, makeContext())) ?? -70);
  }
  expect(Math.max(...heard) - Math.min(...heard)).toBeLessThan(3);
});

it('credits every source with its time, and tells why each part is there', () => {
  const sources = post.sources ?? [];
  expect(sources.map(({ at }) => at.startMs)).toEqual(
    sources.map(({ at }) => at.startMs).toSorted((a, b) => a - b),
  );
  for (const { title, range, at, why } of sources) {
    const clock = (ms: number) =>
      `${Math.floor(ms / 60_000)}:${String(Math.floor(ms / 1000) % 60).padStart(2, '0')}`;
    expect(post.description).toContain(
      `${clock(at.startMs)} “${title}”, ${clock(range.startMs)} to ${clock(range.endMs)}`,
    );
    expect(why).toMatch(/^(?:Opens|Goes on|Closes): /u);
  }
  expect(timeline.metadata).toMatchObject({ pivot: { remix: { topic: 'being late', seed: 0 } } });
});

it('is the same again by the same seed, and another by another', async () => {
  const runs = await Promise.all([
    pivot('remix', 'being late', '--length', '30', '--dry-run', '--json', '--variants', '2'),
    pivot('remix', 'being late', '--length', '30', '--dry-run', '--json', '--variants', '2'),
  ]);
  const [one, other] = runs.map(remixesOf);
  expect(one).toHaveLength(2);
  expect(other).toEqual(one);
  expect(one![0]!.parts).toEqual(remixesOf(remixed)[0]!.parts);
  expect(one![1]!.parts).not.toEqual(one![0]!.parts);
  expect(one![1]!.sharedShare).toBeLessThan(0.8);
});

it('finds words by a pattern with their times, and cuts them all into one film', async () => {
  const found = await pivot('grep', '--word', 'late', '--json');
  const occurrences = JSON.parse(found.stdout) as FoundWords[];
  expect(occurrences.map(({ text }) => text.toLowerCase().replaceAll(/\W/gu, ''))).toEqual(
    Array.from({ length: 7 }, () => 'late'),
  );
  for (const { title, startMs, endMs } of occurrences) {
    const talk = talks.find(({ name }) => name === title);
    const passage = talk?.passages.find((own) => own.startMs <= startMs && own.endMs >= endMs);
    expect(passage?.text).toMatch(/\blate\b/u);
  }
  const cut = await pivot(
    'grep',
    '--word',
    'late',
    '--supercut',
    '--json',
    '--layout',
    'fit',
    '--out',
    'films',
  );
  expect(cut.exitCode).toBe(0);
  const clip = readEvents(cut).find(({ event }) => event === 'clip')?.['clip'] as MadeClip;
  const cutTimeline = parseTimelineText(await readFile(clip.files['timeline']!, 'utf8'));
  expect(cutTimeline.tracks[0]?.clips).toHaveLength(7);
  expect(cutTimeline.captions.cues.flatMap((cue) => cue.words)).toHaveLength(7);
  const { durationMs } = await probeMedia(clip.files['video']!, {});
  expect(durationMs).toBeLessThan(7 * 1100);
});

it('leaves a source out whose media is gone, with a note, and makes nothing of nothing', async () => {
  await rm(join(folder, 'The meeting clock.mp4'));
  const run = await pivot('remix', 'being late', '--length', '20', '--dry-run', '--json');
  expect(run.exitCode).toBe(0);
  expect(notesOf(run).join('\n')).toContain('"The meeting clock" is left out');
  expect(remixesOf(run)[0]!.parts.every(({ title }) => title !== 'The meeting clock')).toBe(true);
  const off = await pivot('remix', 'quantum chromodynamics', '--out', 'nothing');
  expect(off.exitCode).toBe(3);
  expect(off.stderr).toContain('Nothing in the library is about "quantum chromodynamics"');
  expect(off.stderr).not.toMatch(/\n\s+at /u);
  expect(await readdir(folder)).not.toContain('nothing');
});

it.each([
  [['remix', ''], 'input.topic'],
  [['remix', 'late', '--length', '1'], '8 seconds to 3 minutes'],
  [['grep', '(late'], 'input.pattern'],
  [['refine', 'Three minutes late'], 'input.no_chat'],
  [['refine', 'Three minutes late', '--undo'], 'not_found.heard_transcript'],
])('%j is refused in three lines', async (args, why) => {
  const run = await pivot(...args);
  expect(run.exitCode).toBeGreaterThanOrEqual(2);
  expect(run.stderr).toContain(why);
  expect(run.stderr.trim().split('\n').length).toBeLessThanOrEqual(3);
});
