import { scoreWords, sumWordErrors, type WordErrors } from '../src/domain/word-errors.ts';
import type { NormaliserName } from '../src/domain/word-normaliser.ts';
import { createMoonshine } from '../src/adapters/transcriber/moonshine.ts';
import { openAudio } from '../src/media/open-audio.ts';
import { recordingsFolder } from '../test/recordings.ts';
import { knownSets, readKnownSet } from './recording-sets.ts';

/**
 * Word errors of the embedded recogniser on every set of recordings with text. Arguments: the sets (default: all), `--misses`.
 *
 * Each recording is recognised on its own and whole. The rate is that of the named normaliser (`src/domain/word-normaliser.ts`);
 * `plain` beside it shows what digits, contractions and hesitations in the texts make of it.
 */
export async function run(args: string[]): Promise<void> {
  const showsMisses = args.includes('--misses');
  const asked = args.filter((arg) => !arg.startsWith('--'));
  const transcriber = createMoonshine();
  const all: WordErrors[] = [];
  try {
    console.log(`Normaliser: spoken-english (rate by "plain" at the end). Model: ${transcriber.model}`);
    console.log('set                      files  words  rate   subst.  insert.  delet.   plain');
    for (const name of asked.length > 0 ? asked : knownSets) {
      const set = await readKnownSet(name);
      if (set === undefined) {
        console.log(`${name.padEnd(24)} skipped: not in ${recordingsFolder}`);
        continue;
      }
      const heard: string[] = [];
      for (let from = 0; from < set.length; from += transcriber.batchSize) {
        const batch = set.slice(from, from + transcriber.batchSize);
        const pieces = await Promise.all(
          batch.map(async ({ path }) => ({ startMs: 0, samples: await readSound(path) })),
        );
        const transcripts = await transcriber.transcribe(pieces, {});
        heard.push(...transcripts.map(({ words }) => words.map((word) => word.text).join(' ')));
      }
      const score = (normaliser: NormaliserName) =>
        set.map(({ text }, index) => scoreWords(text, heard[index] ?? '', normaliser));
      const scores = score('spoken-english');
      const errors = sumWordErrors(scores);
      all.push(errors);
      printRow(name, set.length, errors, sumWordErrors(score('plain')));
      for (const [index, one] of scores.entries()) {
        if (showsMisses && one.rate > 0) console.log(`    ${set[index]?.text}\n  > ${heard[index]}`);
      }
    }
    if (all.length > 0) printRow('all', undefined, sumWordErrors(all));
  } finally {
    await transcriber.close();
  }
}

function printRow(name: string, files: number | undefined, errors: WordErrors, plain?: WordErrors): void {
  const percent = (rate: number) => `${(rate * 100).toFixed(1)} %`;
  console.log(
    [
      name.padEnd(24),
      String(files ?? '').padStart(5),
      String(errors.referenceWords).padStart(6),
      percent(errors.rate).padStart(7),
      String(errors.substitutions).padStart(6),
      String(errors.insertions).padStart(8),
      String(errors.deletions).padStart(8),
      (plain === undefined ? '' : percent(plain.rate)).padStart(9),
    ].join(' '),
  );
}

async function readSound(path: string): Promise<Float32Array> {
  const blocks: Float32Array[] = [];
  for await (const block of openAudio(path, { sampleRateHz: 16_000 })) blocks.push(block);
  const samples = new Float32Array(blocks.reduce((sum, block) => sum + block.length, 0));
  let at = 0;
  for (const block of blocks) {
    samples.set(block, at);
    at += block.length;
  }
  return samples;
}
