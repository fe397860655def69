import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSilero } from '../src/adapters/speech-detector/silero.ts';
import { createMoonshine } from '../src/adapters/transcriber/moonshine.ts';
import { durationMs } from '../src/domain/time.ts';
import { probeMedia } from '../src/media/probe.ts';
import { hear } from '../src/stages/hear/hear.ts';
import type { StageCache } from '../src/stages/stage.ts';
import { joinRecordings, listRecordings, readKnownSet } from './recording-sets.ts';

/**
 * Speed of the whole hear stage: source duration ÷ wall time, dense talk and slow reading apart. Argument: minutes each (5).
 *
 * Dense talk is the talk-show excerpt over and over, slow reading the LibriSpeech recordings with half a second between them,
 * each joined into one WAV in a temporary folder. Nothing is cached and the processes start cold: that time counts.
 */
export async function run(args: string[]): Promise<void> {
  const minutes = Number(args[0] ?? 5);
  if (!(minutes > 0)) throw new RangeError(`"${args[0]}" is no number of minutes.`);
  const talk = await listRecordings('interview-3-speakers');
  const reading = (await readKnownSet('librispeech-test-other'))?.map((recording) => recording.path);
  const mixed = await listRecordings('many-speakers-no-text');
  const folder = await mkdtemp(join(tmpdir(), 'patternpivot-bench-'));
  try {
    console.log(`${availableParallelism()} cores; load before: ${loadavg()[0]?.toFixed(1)}`);
    await measure('dense talk', talk, 0, minutes, folder);
    await measure('slow reading', reading, 500, minutes, folder);
    await measure('many speakers', mixed, 500, minutes, folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A cache that forgets. */
const noCache: StageCache = {
  remember: (work) => work.run(),
  async rememberFile(work, path) {
    await work.run(path);
    return { fresh: true };
  },
};

async function measure(
  name: string,
  paths: readonly string[] | undefined,
  gapMs: number,
  minutes: number,
  folder: string,
): Promise<void> {
  if (paths === undefined) {
    console.log(`${name.padEnd(14)} skipped: the recordings are not here`);
    return;
  }
  const path = join(folder, `${name}.wav`);
  await joinRecordings(paths, path, { gapMs, minDurationMs: minutes * 60_000 });
  const info = await probeMedia(path);
  const startedMs = performance.now();
  const transcriber = createMoonshine();
  try {
    const outcome = await hear(
      { path, contentHash: `sha256:${'0'.repeat(64)}`, info },
      { glossary: [] },
      { transcriber, openSpeechDetector: openSilero, cache: noCache },
      { signal: new AbortController().signal, report: () => {} },
    );
    const seconds = (performance.now() - startedMs) / 1000;
    if (outcome.status === 'skipped') {
      console.log(`${name.padEnd(14)} skipped: ${outcome.reason}`);
      return;
    }
    const { transcript } = outcome.value;
    const speechMs = transcript.speech.reduce((sum, range) => sum + durationMs(range), 0);
    console.log(
      `${name.padEnd(14)} ${(info.durationMs / 1000).toFixed(0)} s in ${seconds.toFixed(1)} s: ${(info.durationMs / 1000 / seconds).toFixed(1)} times real time` +
        ` (${transcript.words.length} words, ${Math.round((100 * speechMs) / info.durationMs)} % speech)`,
    );
  } finally {
    await transcriber.close();
  }
}
