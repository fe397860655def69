import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openFolderBlobs } from '../../src/adapters/blobs/folder.ts';
import { openSqliteRecords } from '../../src/adapters/records/sqlite.ts';
import { batchCollection, batchSchema } from '../../src/domain/batch.ts';
import { parseCaptionFile } from '../../src/domain/caption-files.ts';
import { assetIdOf } from '../../src/domain/library.ts';
import { queueCollection, queueItemSchema } from '../../src/domain/queue.ts';
import { parseTimelineText } from '../../src/domain/timeline-parse.ts';
import { hashFile } from '../../src/media/hash-file.ts';
import { openAudio } from '../../src/media/open-audio.ts';
import { probeMedia } from '../../src/media/probe.ts';
import { changeAsset, writeTranscript } from '../../src/recipes/library/assets.ts';
import type { BatchResult } from '../../src/recipes/tracks/make-batch.ts';
import { listen } from '../../src/stages/listen/listen.ts';
import { makeMedia } from '../fixtures/make-media.ts';
import { runPivot, smallClips, type PivotRun } from './run-pivot.ts';

let folder: string;
const pivot = (...args: string[]) => runPivot(args, { cwd: folder, env: smallClips });
const { signal } = new AbortController();

/** A beat with a chord, as an FFmpeg expression: there is something to hear tempo and key of. */
const beat = (bpm: number, ...hertz: number[]) =>
  `0.2*(${hertz.map((pitch) => `sin(2*PI*${pitch}*t)`).join('+')})*exp(-6*mod(t,${60 / bpm}))+0.4*sin(2*PI*60*t)*exp(-30*mod(t,${60 / bpm}))`;

/** Changes the library as `pivot add` would, without hearing anything: nobody speaks in these. */
async function addSounds(names: readonly string[], tags: readonly string[]): Promise<void> {
  const { records } = openSqliteRecords(join(folder, 'library', 'records.sqlite'));
  const transcripts = await openFolderBlobs(join(folder, 'library', 'blobs'));
  const words = 'WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nla\n';
  const transcriptKey = await writeTranscript({ transcripts }, parseCaptionFile(words, 'words.vtt'));
  for (const title of names) {
    const path = join(folder, `${title}.mp4`);
    const contentHash = await hashFile(path, { signal });
    const { size: sizeBytes } = await stat(path);
    await changeAsset({ records }, assetIdOf(contentHash), () => ({
      version: 1,
      id: assetIdOf(contentHash),
      contentHash,
      kind: 'video',
      path,
      sizeBytes,
      title,
      durationMs: 12_000,
      language: 'en',
      addedAt: '2026-05-01T00:00:00.000Z',
      tags: [...tags],
      speakers: [],
      wordCount: 1,
      transcriptKey,
    }));
  }
  await records.close();
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot batch '));
  await mkdir(join(folder, 'library'));
  const sounds = {
    one: beat(120, 220, 261.6, 329.6),
    two: beat(100, 261.6, 329.6, 392),
    three: beat(110, 293.7, 349.2, 440),
  };
  for (const [name, tone] of Object.entries(sounds))
    await makeMedia({
      path: join(folder, `${name}.mp4`),
      durationMs: 12_000,
      width: 160,
      height: 90,
      frameRate: '5',
      tone,
    });
  await addSounds(Object.keys(sounds), []);
});
afterAll(() => rm(folder, { recursive: true }));

const resultsOf = (run: PivotRun) => JSON.parse(run.stdout) as BatchResult[];

async function measure(path: string) {
  const sound = openAudio(path, { sampleRateHz: 16_000, signal });
  for await (const _ of sound) signal.throwIfAborted();
  return sound.loudness();
}

it('makes new music of three recordings, a checked film of it, and a draft in the publish queue', async () => {
  const run = await pivot('batch', '--library', 'library', '--length', '6', '--out', 'out', '--json');
  expect(run.exitCode, run.stderr).toBe(0);
  const [result] = resultsOf(run);
  expect(result!.sources.map(({ title }) => title).toSorted()).toEqual(['one', 'three', 'two']);
  expect(result!.clip.status).toBe('made');
  const film = result!.clip.files['video']!;
  const { integratedLufs, truePeakDbtp } = await measure(film);
  expect(Math.abs(integratedLufs + 14)).toBeLessThan(0.6);
  expect(truePeakDbtp).toBeLessThanOrEqual(-1);
  expect(Math.abs((await probeMedia(film)).durationMs - 6000)).toBeLessThan(60);

  const timeline = parseTimelineText(await readFile(result!.clip.files['timeline']!, 'utf8'));
  const sound = timeline.assets.find(({ id }) => id === 'sound');
  expect(sound).toMatchObject({ provenance: { kind: 'music', madeBy: 'composer-1', mayEarnMoney: true } });
  expect(sound?.kind === 'file' ? sound.provenance?.from : []).toBeUndefined();
  // Nobody said that these are the user's own: their pictures are not shown.
  expect(timeline.assets.map(({ kind }) => kind)).toEqual(['file', 'color', 'waveform']);

  const { records } = openSqliteRecords(join(folder, 'library', 'records.sqlite'));
  const [queued] = (await records.list(queueCollection)).records;
  expect(queueItemSchema.parse(queued?.value)).toMatchObject({
    state: 'drafted',
    batchId: result!.batch.id,
    files: { film: `batch-${result!.batch.id}.mp4` },
  });
  const [used] = (await records.list(batchCollection)).records;
  expect(batchSchema.parse(used?.value)).toMatchObject({ state: 'finished', queueItemId: queued?.id });
  await records.close();

  // Nothing unfinished is left.
  const left = await readdir(join(folder, 'out', `batch-${result!.batch.id}`));
  expect(left.filter((name) => name.includes('.part'))).toEqual([]);

  const again = await pivot('batch', '--library', 'library', '--length', '6', '--out', 'out');
  expect(again.exitCode).toBe(4);
  expect(again.stderr).toContain('Every set of 3 of these 3 recordings was used before.');
});

it('puts together what is the own of a user alone, in one tempo, and keeps its WAVs when asked', async () => {
  const combining = ['batch', '--size', '2', '--by', 'combining', '--library', 'library', '--out', 'own'];
  const refused = await pivot(...combining);
  expect(refused.exitCode).toBe(3);
  expect(refused.stderr).toContain('--tag owned');
  await addSounds(['one', 'two'], ['owned']);
  const run = await pivot(
    ...combining,
    '--length',
    '9',
    '--preview',
    '--keep-audio',
    '--visualise',
    'none',
    '--json',
  );
  expect(run.exitCode, run.stderr).toBe(0);
  const [result] = resultsOf(run);
  expect(result!.sources.map(({ title }) => title).toSorted()).toEqual(['one', 'two']);
  expect(result!.track.provenance.from?.length).toBeGreaterThanOrEqual(3);
  expect((await readdir(join(result!.folder, 'sounds'))).toSorted()).toHaveLength(2);
  const heard = await listen(result!.clip.files['video']!, { signal });
  expect(heard.tempoConfidence).toBeGreaterThan(0.3);
  expect(
    Math.min(...[0.5, 1, 2].map((times) => Math.abs(heard.tempoBpm * times - result!.track.tempoBpm))),
  ).toBeLessThan(2);
});

it('combines a sound with a video that it loops, and refuses what has no sound or no picture', async () => {
  await makeMedia({ path: join(folder, 'track.wav'), durationMs: 5000, pattern: 'none' });
  await makeMedia({ path: join(folder, 'silent.mp4'), durationMs: 2000, tone: 'none' });
  const run = await pivot(
    'combine',
    'track.wav',
    '--with',
    'silent.mp4',
    '--visualise',
    'spectrum',
    '--length',
    '7',
    '--out',
    'out',
    '--queue',
    '--library',
    'library',
  );
  expect(run.exitCode, run.stderr).toBe(0);
  expect(run.stderr).toContain('in the publish queue');
  const film = join(folder, 'out', 'track', 'track.mp4');
  expect(Math.abs((await probeMedia(film)).durationMs - 7000)).toBeLessThan(60);

  await writeFile(join(folder, 'empty.wav'), '');
  await writeFile(join(folder, 'half.png'), Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'));
  for (const [args, code, words] of [
    [['empty.wav'], 2, 'empty (0 bytes)'],
    [['track.wav', '--with', 'track.wav'], 2, 'There is no picture in'],
    [['track.wav', '--with', 'half.png'], 2, 'half.png'],
    [['track.wav', '--length', '0.2'], 2, 'A film plays'],
  ] as const) {
    const refused = await pivot('combine', ...args, '--out', 'out', '--library', 'library');
    expect([refused.exitCode, refused.stderr]).toEqual([code, expect.stringContaining(words)]);
    expect(refused.stderr).not.toContain('    at ');
  }
});
