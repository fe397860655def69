import { existsSync } from 'node:fs';
import { mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { planTalkPicture } from '../scripts/talk-picture.ts';
import { wavHeader } from '../scripts/wav-file.ts';
import type { Passage } from '../scripts/talk.ts';
import { openAudio } from '../src/media/open-audio.ts';
import { runRender } from '../src/media/run-render.ts';
import { knownSets, readKnownSet, type KnownRecording } from './recording-sets.ts';

/** A long video of real speech: the recordings with known text joined under moving pictures, 1080p30, and its manifest. */

const sampleRateHz = 16_000;

/** Silence between two recordings, in ms: longer than within one, as between two thoughts. */
const gapMs = 600;

/** About how long one scene of the picture is, in ms. */
const sceneMs = 40_000;

/** What the joined video says, and when. */
export type LongRecording = {
  readonly path: string;
  readonly manifestPath: string;
  readonly durationMs: number;
};

type Part = { audio: string; speaker: string; text: string; startMs: number; endMs: number };

/** Where long recordings are kept between benches. */
const keptFolder = join(tmpdir(), 'patternpivot-bench');

/** Makes `long-<minutes>.mp4` and its manifest in a folder, unless they are there. @returns undefined without the recordings */
export async function makeLongRecording(
  minutes: number,
  folder = keptFolder,
): Promise<LongRecording | undefined> {
  const recordings: KnownRecording[] = [];
  for (const set of knownSets) recordings.push(...((await readKnownSet(set)) ?? []));
  if (recordings.length === 0) return undefined;
  const path = join(folder, `long-${minutes}.mp4`);
  const manifestPath = join(folder, `long-${minutes}.json`);
  const wavPath = `${path}.wav`;
  const durationMs = minutes * 60_000;
  if (existsSync(path) && existsSync(manifestPath)) return { path, manifestPath, durationMs };

  await mkdir(folder, { recursive: true });
  const parts = await joinSound(recordings, wavPath, durationMs);
  await writeFile(manifestPath, JSON.stringify({ durationMs, parts }, undefined, 1));
  const graph = planTalkPicture({
    passages: groupScenes(parts, durationMs),
    voicePath: wavPath,
    outputPath: `${path}.part`,
    width: 1920,
    height: 1080,
    framesPerSecond: 30,
  });
  let shownPercent = -10;
  await runRender(graph, {
    onProgress: (seconds) => {
      const percent = Math.floor((seconds / graph.durationSeconds) * 100);
      if (percent < shownPercent + 10) return;
      shownPercent = percent;
      console.error(`Drawing ${minutes} minutes of picture: ${percent} %`);
    },
  });
  await rename(`${path}.part`, path);
  await rm(wavPath);
  return { path, manifestPath, durationMs };
}

/** Joins recordings, over and over, into a WAV of exactly `durationMs`. A block at a time: nothing is held whole. */
async function joinSound(
  recordings: readonly KnownRecording[],
  path: string,
  durationMs: number,
): Promise<Part[]> {
  const wanted = Math.round((durationMs / 1000) * sampleRateHz);
  const gap = Math.round((gapMs / 1000) * sampleRateHz);
  const toMs = (samples: number) => Math.round((samples * 1000) / sampleRateHz);
  const parts: Part[] = [];
  const file = await open(path, 'w');
  try {
    await file.write(wavHeader(wanted, sampleRateHz));
    let at = 0;
    for (let index = 0; at < wanted; index++) {
      const recording = recordings[index % recordings.length];
      if (recording === undefined) break;
      const start = at;
      let isWhole = true;
      for await (const block of openAudio(recording.path, { sampleRateHz })) {
        const kept = block.subarray(0, wanted - at);
        isWhole &&= kept.length === block.length;
        const pcm = Int16Array.from(kept, (sample) => Math.round(Math.max(-1, Math.min(1, sample)) * 32767));
        await file.write(new Uint8Array(pcm.buffer));
        at += kept.length;
        if (at >= wanted) break;
      }
      // What the end cuts off is not in the manifest: its text would not be true.
      if (isWhole) {
        const { speaker, text, path: audio } = recording;
        parts.push({ audio, speaker, text, startMs: toMs(start), endMs: toMs(at) });
      }
      const silence = Math.min(gap, wanted - at);
      await file.write(new Uint8Array(silence * 2));
      at += silence;
    }
  } finally {
    await file.close();
  }
  return parts;
}

/** Scenes of about 40 s that end where a recording does. */
function groupScenes(parts: readonly Part[], durationMs: number): Passage[] {
  const scenes: Passage[] = [];
  let startMs = 0;
  for (const part of parts) {
    if (part.endMs - startMs < sceneMs) continue;
    scenes.push({ title: `Part ${scenes.length + 1}`, text: '', startMs, endMs: part.endMs });
    startMs = part.endMs;
  }
  if (startMs < durationMs) {
    scenes.push({ title: `Part ${scenes.length + 1}`, text: '', startMs, endMs: durationMs });
  }
  return scenes;
}

/** Makes the recording and says where it is. `--minutes` (60), `--out <folder>`. */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { minutes: { type: 'string', default: '60' }, out: { type: 'string', default: keptFolder } },
  });
  const startedAt = performance.now();
  const made = await makeLongRecording(Number(values.minutes), values.out);
  if (made === undefined) {
    console.log('Skipped: the recordings are not on this machine (set PATTERNPIVOT_RECORDINGS).');
    return;
  }
  console.log(`${made.path}: ${made.durationMs / 60_000} minutes, truth in ${made.manifestPath}`);
  console.log(`made in ${Math.round((performance.now() - startedAt) / 1000)} s`);
}
