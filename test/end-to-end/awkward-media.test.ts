import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mainAudio, mainVideo, type MediaInfo } from '../../src/domain/media.ts';
import { rationalToNumber } from '../../src/domain/time.ts';
import { probeMedia } from '../../src/media/probe.ts';
import type { SourceResult } from '../../src/recipes/events.ts';
import type { SourceFacts } from '../fixtures/awkward-film.ts';
import { awkwardMedia, makeAwkwardMedia } from '../fixtures/awkward-media.ts';
import { readEvents, runPivot, smallClips, type PivotRun } from './run-pivot.ts';

/** Every awkward file goes through the whole program; what must become of each stands beside how it is made. */

/** What is asked of every file: its first four seconds. */
const clipMs = 4000;

let folder: string;
let paths: ReadonlyMap<string, string>;
let runs: readonly PivotRun[];
let results: ReadonlyMap<string, SourceResult>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot-awkward-media-'));
  const placed = await makeAwkwardMedia(folder);
  paths = new Map(placed.map(({ media, path }) => [media.name, path]));
  const common = ['--at', '0:00-0:04', '--preview', '--json', '--out', join(folder, 'clips')];
  const isPlanned = ({ media }: (typeof placed)[number]) => 'planned' in media.outcome;
  const rest = placed.filter((one) => !isPlanned(one)).map(({ path }) => path);
  const planned = placed.filter(isPlanned).map(({ path }) => path);
  const where = { cwd: folder, env: smallClips };
  runs = await Promise.all([
    runPivot(['make', ...rest, ...common], where),
    runPivot(['make', ...planned, ...common, '--dry-run'], where),
  ]);
  const all = runs.flatMap((run) => {
    const finished = readEvents(run).find((event) => event['event'] === 'finished');
    return (finished?.['results'] ?? []) as SourceResult[];
  });
  results = new Map(all.map((result) => [basename(result.path), result]));
}, 900_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('awkward media', () => {
  test('every one gets an answer, none a stack trace, and the worst of them is one that is not there', () => {
    expect(awkwardMedia.length).toBeGreaterThanOrEqual(45);
    expect(results.size).toBe(paths.size);
    for (const run of runs) expect(run.stderr).not.toMatch(/\n\s+at |tool\.unexpected/u);
    expect(runs[0]?.exitCode).toBe(3);
    expect(runs[1]?.exitCode).toBe(0);
  });

  for (const { name, outcome, untried } of awkwardMedia) {
    test.skipIf(untried !== undefined)(`${name.slice(0, 40)}: ${describeOutcome(outcome)}`, async () => {
      const result = results.get(name);
      if ('refused' in outcome) {
        expect(result).toMatchObject({ status: 'failed', error: { code: outcome.refused } });
        const message = result?.status === 'failed' ? result.error.message : '';
        expect(message).not.toBe('');
        expect(message).not.toContain('\n');
        return;
      }
      if ('skipped' in outcome) {
        expect(result).toMatchObject({
          status: 'skipped',
          reason: expect.stringMatching(outcome.skipped) as string,
        });
        return;
      }
      if (result?.status !== 'done') throw new Error(JSON.stringify(result));
      const facts = 'made' in outcome ? outcome.made : outcome.planned;
      expect(describeFacts(await probeMedia(paths.get(name) ?? ''), facts)).toEqual(facts);
      if ('planned' in outcome) return;
      const [clip] = result.clips;
      expect(clip).toMatchObject({ status: 'made' });
      const made = await probeMedia(clip?.files['video'] ?? '');
      // The end moves to a word's, and breathes a little.
      expect(made.durationMs).toBeGreaterThan(clipMs - 120);
      expect(made.durationMs).toBeLessThan(clipMs + 600);
      // One shape, square pixels, upright, both streams, whatever came in.
      expect(mainVideo(made)).toMatchObject({
        rotationDegrees: 0,
        isInterlaced: false,
        isVariableFrameRate: false,
      });
      expect(mainVideo(made)?.displayHeight).toBeGreaterThan(mainVideo(made)?.displayWidth ?? 0);
      expect(mainVideo(made)?.pixelFormat).toBe('yuv420p');
      expect(mainAudio(made)).toMatchObject({ sampleRateHz: 48_000 });
    });
  }
});

function describeOutcome(outcome: (typeof awkwardMedia)[number]['outcome']): string {
  if ('refused' in outcome) return `refused as ${outcome.refused}`;
  if ('planned' in outcome) return 'a clip is planned';
  return 'skipped' in outcome ? 'skipped with the reason' : 'a clip is made';
}

/** What a probe says, as far as it was asked for. */
function describeFacts(info: MediaInfo, asked: SourceFacts): SourceFacts {
  const video = mainVideo(info);
  const audio = mainAudio(info);
  const all: SourceFacts = {
    size: [video?.displayWidth ?? 0, video?.displayHeight ?? 0],
    rotationDegrees: video?.rotationDegrees ?? 0,
    fps: Math.round(rationalToNumber(video?.frameRate ?? { num: 1, den: 1 }) * 100) / 100,
    isVariable: video?.isVariableFrameRate ?? false,
    isInterlaced: video?.isInterlaced ?? false,
    transfer: video?.colorTransfer ?? '',
    pixelFormat: video?.pixelFormat ?? '',
    videoStreams: info.video.length,
    audioStreams: info.audio.length,
    hasCover: info.video.some((stream) => stream.isAttachedPicture),
    channels: audio?.channels ?? 0,
    sampleRateHz: audio?.sampleRateHz ?? 0,
  };
  return Object.fromEntries(Object.entries(all).filter(([key]) => key in asked));
}
