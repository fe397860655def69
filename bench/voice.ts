import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSilero } from '../src/adapters/speech-detector/silero.ts';
import { createMoonshine } from '../src/adapters/transcriber/moonshine.ts';
import { createFlite, fliteVoices, type FliteVoice } from '../src/adapters/voice/flite.ts';
import { alignWords, scoreWords, sumWordErrors, type WordErrors } from '../src/domain/word-errors.ts';
import { normaliseWordList } from '../src/domain/word-normaliser.ts';
import type { SpokenWord } from '../src/ports/voice.ts';
import { splitSentences } from '../src/recipes/speak.ts';
import { hear } from '../src/stages/hear/hear.ts';
import { speakLines } from '../src/stages/speak/speak-lines.ts';

/** How well the carried voice is understood: paragraphs that it speaks, transcribed back. Arguments: voices (default: slt), `--misses`. */

/** What is spoken: talk as shorts have it, and one paragraph of what is hard to read out. */
export const paragraphs: Readonly<Record<string, string>> = {
  mornings: `Every morning I was three minutes late, and I did not know why. I was not slow. I was just bad at leaving. So I tried one
    thing: I put my shoes on before breakfast. It sounds silly, but it changed the whole day. Why? Because the hardest part of going
    somewhere is to begin.`,
  memory: `Memory is not a recording. Each time you remember something, you build it again, and you build it a little differently. That is
    why two honest people can tell you two stories about the same evening. If you want to keep a memory, write it down on the same day.`,
  bread: `Good bread needs time more than it needs work. Mix flour, water, salt and yeast in the evening, and leave it alone. While you sleep,
    the dough does the kneading for you. In the morning you only shape it, and let it rest once more before it goes into a very hot oven.`,
  hook: `Most people decide in three seconds whether they will stay. So do not begin with your name. Begin with what they came for. Show the end
    of the story first, and then tell them how you got there. What would you cut, if you had only twenty seconds?`,
  hard: `In 1969, Dr. Margaret Hamilton and 400 engineers at M.I.T. wrote the code for Apollo 11. It fit into 72 kilobytes, less than 1 % of one
    photo on your phone. Mr. Armstrong landed at 8:17 p.m., with about 25 seconds of fuel left. NASA paid $28 billion for it, and the U.S. got
    382 kg of rocks. Was it worth it, Prof. Smith?`,
};

/** Paragraphs that a person reads out otherwise than they are written: what was said is what must be heard. */
const readings: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  hard: [
    ['M.I.T.', 'MIT'],
    ['p.m.', 'pm'],
    ['U.S.', 'US'],
    ['kg', 'kilograms'],
    ['Prof.', 'Professor'],
  ],
};

/** How one paragraph was understood. */
export type Understood = {
  readonly name: string;
  readonly errors: WordErrors;
  readonly heard: string;
  readonly spokenMs: number;
  readonly speakMs: number;
  readonly integratedLufs: number;
  /** Starts of words as the voice has them less those that are heard, of words that were heard right. In ms. */
  readonly startErrorsMs: readonly number[];
};

/** Speaks paragraphs into files, and hears each as any recording is heard. */
export async function* speakAndHear(
  names: readonly string[],
  voiceName: FliteVoice = 'slt',
): AsyncGenerator<Understood> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-voice-'));
  const voice = createFlite({ voice: voiceName });
  const transcriber = createMoonshine();
  const cache = {
    remember: <T>({ run }: { run(): Promise<T> }) => run(),
    rememberFile: () => Promise.reject(new Error('No file is kept here.')),
  };
  const ports = { voice, transcriber, openSpeechDetector: openSilero, cache };
  const context = { signal: new AbortController().signal, report() {} };
  try {
    for (const name of names) {
      const text = (paragraphs[name] ?? '').replace(/\s+/gu, ' ');
      const beganAt = performance.now();
      const spoken = await speakLines(splitSentences(text), join(folder, `${name}.wav`), ports, context);
      const speakMs = performance.now() - beganAt;
      const outcome = await hear(spoken.source, { glossary: [] }, ports, context);
      if (outcome.status === 'skipped') throw new Error(outcome.reason);
      const { transcript, sound } = outcome.value;
      const heard = transcript.words.map((word) => word.text).join(' ');
      yield {
        name,
        errors: scoreWords(readOut(name, text), heard, 'spoken-english'),
        heard,
        spokenMs: spoken.source.info.durationMs,
        speakMs,
        integratedLufs: sound.loudness.integratedLufs,
        startErrorsMs: compareStarts(
          spoken.lines.flatMap(({ words }) => words),
          transcript.words,
        ),
      };
    }
  } finally {
    await voice.close();
    await transcriber.close();
    await rm(folder, { recursive: true, force: true });
  }
}

function readOut(name: string, text: string): string {
  return (readings[name] ?? []).reduce((read, [written, said]) => read.replaceAll(written, said), text);
}

/** Only of words that are one word both as they are written and as they are said. */
function compareStarts(spoken: readonly SpokenWord[], heard: readonly SpokenWord[]): number[] {
  const [ours, theirs] = [spoken, heard].map((words) =>
    normaliseWordList(
      words.map(({ text }) => text),
      'spoken-english',
    ),
  );
  const isFirst = (list: typeof ours, index: number) =>
    list?.[index - 1]?.wordIndex !== list?.[index]?.wordIndex;
  const pairs = alignWords(
    ours!.map(({ text }) => text),
    theirs!.map(({ text }) => text),
  );
  return pairs.flatMap((pair) => {
    if (pair.kind !== 'match' || !isFirst(ours, pair.reference) || !isFirst(theirs, pair.hypothesis))
      return [];
    const own = spoken[ours![pair.reference]!.wordIndex]!;
    return [own.startMs - heard[theirs![pair.hypothesis]!.wordIndex]!.startMs];
  });
}

/** Measures and prints. */
export async function run(args: string[]): Promise<void> {
  const showsMisses = args.includes('--misses');
  const asked = fliteVoices.filter((name) => args.includes(name));
  console.log('Normaliser: spoken-english. Heard by the embedded recogniser.');
  for (const voice of asked.length > 0 ? asked : (['slt'] as const)) {
    console.log(
      `\n${voice.padEnd(10)} words  errors  rate    loudness     speed     starts (median of distances from what is heard, 90 %)`,
    );
    const all: WordErrors[] = [];
    for await (const one of speakAndHear(Object.keys(paragraphs), voice)) {
      all.push(one.errors);
      const { referenceWords, substitutions, insertions, deletions, rate } = one.errors;
      const errors = substitutions + insertions + deletions;
      const sizes = one.startErrorsMs.map(Math.abs).toSorted((a, b) => a - b);
      const at = (share: number) => `${sizes[Math.floor((sizes.length - 1) * share)] ?? 0} ms`;
      console.log(
        `${one.name.padEnd(10)} ${String(referenceWords).padStart(5)} ${String(errors).padStart(7)} ${percent(rate).padStart(7)} ` +
          `${one.integratedLufs.toFixed(1).padStart(6)} LUFS ${(one.spokenMs / one.speakMs).toFixed(1).padStart(6)} times ${at(0.5)}, ${at(0.9)}`,
      );
      if (showsMisses && rate > 0)
        console.log(`  ${paragraphs[one.name]?.replace(/\s+/gu, ' ')}\n  > ${one.heard}`);
    }
    const sum = sumWordErrors(all);
    console.log(
      `${'all'.padEnd(10)} ${String(sum.referenceWords).padStart(5)} ${percent(sum.rate).padStart(15)}`,
    );
  }
}

function percent(rate: number): string {
  return `${(rate * 100).toFixed(1)} %`;
}
