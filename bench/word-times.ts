import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createMoonshine } from '../src/adapters/transcriber/moonshine.ts';
import { openSilero } from '../src/adapters/speech-detector/silero.ts';
import { snapWordsToSpeech } from '../src/domain/snap-words.ts';
import type { Word } from '../src/domain/transcript.ts';
import { alignWords } from '../src/domain/word-errors.ts';
import { normaliseWordList } from '../src/domain/word-normaliser.ts';
import { openAudio } from '../src/media/open-audio.ts';
import { findSpeech } from '../src/stages/hear/speech-segments.ts';
import { recordingPath } from '../test/recordings.ts';

/** How far the starts of recognised words are from the truth, for words timed by hand and by machine apart. */

const sampleRateHz = 16_000;

const sets = [
  { title: 'timed by hand', folders: ['word-timing/emu-ae', 'word-timing/praatio'] },
  { title: 'timed by machine', folders: ['word-timing/mfa-tests'] },
] as const;

/** A recording's words with their true times, in seconds. */
type TimedRecording = { audio: string; words: { word: string; start: number; end: number }[] };

/** Measures and prints the error of word starts, as the transcriber gives them and snapped to speech. */
export async function run(): Promise<void> {
  const transcriber = createMoonshine({ processes: 1 });
  for (const { title, folders } of sets) {
    const raw: number[] = [];
    const snapped: number[] = [];
    let words = 0;
    for (const folder of folders) {
      const path = recordingPath(folder);
      if (path === undefined) {
        console.log(`${folder} is not on this machine (set PATTERNPIVOT_RECORDINGS).`);
        continue;
      }
      const recordings = JSON.parse(await readFile(join(path, 'words.json'), 'utf8')) as TimedRecording[];
      for (const recording of recordings) {
        const samples = await readSamples(join(path, recording.audio));
        const [piece] = await transcriber.transcribe([{ startMs: 0, samples }], {});
        const heard = piece?.words ?? [];
        words += recording.words.length;
        raw.push(...startErrorsMs(recording, heard));
        snapped.push(...startErrorsMs(recording, snapWordsToSpeech(heard, await findSpeechIn(samples))));
      }
    }
    const unmatched = `${words - raw.length} of ${words} words heard otherwise or not at all, and not counted`;
    console.log(`${title} (${unmatched})`);
    console.log(`  as recognised      ${describe(raw)}`);
    console.log(`  snapped to speech  ${describe(snapped)}`);
  }
  await transcriber.close();
}

async function readSamples(path: string): Promise<Float32Array> {
  const blocks: Float32Array[] = [];
  for await (const block of openAudio(path, { sampleRateHz })) blocks.push(block);
  const samples = new Float32Array(blocks.reduce((sum, block) => sum + block.length, 0));
  let at = 0;
  for (const block of blocks) {
    samples.set(block, at);
    at += block.length;
  }
  return samples;
}

async function findSpeechIn(samples: Float32Array) {
  const detector = await openSilero();
  const probabilities = await detector.push(samples);
  await detector.close();
  return findSpeech(probabilities, detector.windowSamples / (sampleRateHz / 1000));
}

/** Heard start minus true start of each word that was recognised right, in ms. */
function startErrorsMs(recording: TimedRecording, heard: readonly Word[]): number[] {
  const truth = normaliseWordList(
    recording.words.map(({ word }) => word),
    'plain',
  );
  const found = normaliseWordList(
    heard.map(({ text }) => text),
    'plain',
  );
  const pairs = alignWords(
    truth.map(({ text }) => text),
    found.map(({ text }) => text),
  );
  return pairs.flatMap((pair) => {
    if (pair.kind !== 'match') return [];
    const said = recording.words[truth[pair.reference]!.wordIndex]!;
    return [heard[found[pair.hypothesis]!.wordIndex]!.startMs - said.start * 1000];
  });
}

function describe(errorsMs: readonly number[]): string {
  if (errorsMs.length === 0) return 'no words';
  const sizes = errorsMs.map(Math.abs).toSorted((a, b) => a - b);
  const at = (share: number) =>
    Math.round(sizes[Math.min(sizes.length - 1, Math.floor(sizes.length * share))]!);
  const mean = Math.round(sizes.reduce((sum, size) => sum + size, 0) / sizes.length);
  const bias = Math.round(errorsMs.reduce((sum, error) => sum + error, 0) / errorsMs.length);
  return `median ${at(0.5)} ms, mean ${mean} ms, 90 % within ${at(0.9)} ms, mean shift ${bias} ms, ${sizes.length} words`;
}
