import { rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { withFileErrors } from '../../domain/file-error.ts';
import { monoWav } from '../../domain/mono-wav.ts';
import type { Source } from '../../domain/source.ts';
import { temporaryFileName } from '../../domain/temporary-name.ts';
import type { TimeRange } from '../../domain/time.ts';
import type { Transcript, Word } from '../../domain/transcript.ts';
import { hashFile } from '../../media/hash-file.ts';
import { probeMedia } from '../../media/probe.ts';
import type { Speech, SpokenWord, Voice } from '../../ports/voice.ts';
import { hear, type HearPorts } from '../hear/hear.ts';
import { alignCaptions, type HeardWords } from '../match/align-captions.ts';
import type { StageContext } from '../stage.ts';
import { joinSpeech, type JoinedLine } from './join-speech.ts';

/** A line as it is heard: its time and that of each of its words, in ms of the whole, half-open. */
export type SpokenLine = TimeRange & { readonly text: string; readonly words: readonly SpokenWord[] };

/** A script that was spoken. */
export type SpokenScript = {
  /** The file that holds it: a mono WAV. */
  readonly source: Source;
  readonly lines: readonly SpokenLine[];
  /** Whether the engine told when each word is heard, or it was found by listening, or, of less than 3 s, by its letters. */
  readonly timedBy: 'engine' | 'listening' | 'letters';
};

/** What speaking takes from the world. */
export type SpeakPorts = HearPorts & { readonly voice: Voice };

/** Counted up when the same line would be spoken otherwise. */
const lineVersion = 1;

/** One written word is heard as so many at most: “one million two hundred thousand dollars”. */
const mostHeardPerWord = 8;

/** Of 16 bits: engines give no more. */
const fullScale = 32_767;

const keptSpeechSchema = z.strictObject({
  sampleRateHz: z.int().positive(),
  /** 16-bit samples, little-endian. */
  base64: z.string(),
  words: z
    .array(z.strictObject({ text: z.string(), startMs: z.int().nonnegative(), endMs: z.int().nonnegative() }))
    .optional(),
});

/** Of words whose times are not known yet: they are spread over their line by their letters. */
const guessedConfidence = 0.5;

/**
 * Speaks lines one after another into a WAV at `path`, with the time of every word: as the engine tells it, else as it is heard.
 * Memory grows with the length: a minute of speech is about 10 MB.
 * @throws provider.voice_silent, provider.voice_changed, and what the voice throws
 */
export async function speakLines(
  lines: readonly string[],
  path: string,
  ports: SpeakPorts,
  context: StageContext,
): Promise<SpokenScript> {
  const { signal } = context;
  const spoken: { text: string; speech: Speech }[] = [];
  for (const [index, text] of lines.entries()) {
    context.report({ done: index, total: lines.length, unit: 'lines' });
    spoken.push({ text, speech: await rememberSpeech(text, ports, signal) });
  }
  const joined = joinSpeech(spoken);
  const temporary = join(dirname(path), temporaryFileName('.wav'));
  await withFileErrors(path, async () => {
    try {
      await writeFile(temporary, monoWav(joined.samples, joined.sampleRateHz));
      await rename(temporary, path);
    } finally {
      await rm(temporary, { force: true });
    }
  });
  const source: Source = {
    path,
    contentHash: await hashFile(path, { signal }),
    info: await probeMedia(path, { signal }),
  };
  context.report({ done: lines.length, total: lines.length, unit: 'lines' });
  const told = spoken.map(({ speech }, index) => readTold(speech, joined.lines[index]));
  const isTold = told.every((words) => words !== undefined);
  const heard = isTold
    ? { words: told.flat(), speech: joined.lines.map(({ startMs, endMs }) => ({ startMs, endMs })) }
    : await listen(source, ports, context);
  return {
    source,
    lines: placeLines(lines, joined.lines, timeWords(lines, joined.lines, heard)),
    timedBy: isTold ? 'engine' : heard === undefined ? 'letters' : 'listening',
  };
}

/** A line as the voice gave it: what was paid or waited for is not asked for twice, whatever fails later. */
async function rememberSpeech(
  text: string,
  { voice, cache }: SpeakPorts,
  signal: AbortSignal,
): Promise<Speech> {
  const kept = await cache.remember({
    name: 'speak-line',
    version: lineVersion,
    inputs: { model: voice.model, text },
    schema: keptSpeechSchema,
    async run() {
      const { sampleRateHz, samples, words } = await voice.speak(text, { signal });
      const whole = Int16Array.from(samples, (sample) => Math.round(sample * fullScale));
      const base64 = Buffer.from(whole.buffer).toString('base64');
      return { sampleRateHz, base64, ...(words === undefined ? {} : { words: [...words] }) };
    },
  });
  const { sampleRateHz, base64, words } = kept;
  const bytes = Buffer.from(base64, 'base64');
  const samples = new Float32Array(Math.floor(bytes.length / 2));
  for (let at = 0; at < samples.length; at++) samples[at] = bytes.readInt16LE(at * 2) / fullScale;
  return { sampleRateHz, samples, ...(words === undefined ? {} : { words }) };
}

/** The engine's own times; undefined where it gives none. */
function readTold({ words }: Speech, line: JoinedLine | undefined): Word[] | undefined {
  if (words === undefined || words.length === 0 || line === undefined) return undefined;
  return words.map(({ text, startMs, endMs }) => ({
    text,
    startMs: startMs + line.offsetMs,
    endMs: endMs + line.offsetMs,
    confidence: 1,
  }));
}

/** What is heard in what was spoken; undefined where it is too short to be listened to. */
async function listen(
  source: Source,
  ports: HearPorts,
  context: StageContext,
): Promise<HeardWords | undefined> {
  const outcome = await hear(source, { glossary: [] }, ports, { signal: context.signal, report: () => {} });
  return outcome.status === 'done' ? outcome.value.transcript : undefined;
}

/** The words as they are written, each at the time of what was heard like it: engines and ears write numbers and names in other ways. */
function timeWords(
  lines: readonly string[],
  places: readonly JoinedLine[],
  heard: HeardWords | undefined,
): SpokenWord[][] {
  const guesses = lines.map((text, index) => spread(text, places[index] ?? { startMs: 0, endMs: 0 }));
  if (heard === undefined) return guesses;
  const words = guesses.flat();
  const given: Transcript = {
    version: 1,
    language: 'und',
    source: 'script',
    durationMs: words.at(-1)?.endMs ?? 0,
    words,
    sentences: [],
    speech: [],
    fillers: [],
  };
  const aligned = fillFromHeard(alignCaptions(given, heard).transcript.words, heard.words);
  let next = 0;
  return guesses.map((own) => aligned.slice(next, (next += own.length)));
}

/** What is written otherwise than it is heard (`$5`, “five dollars”) takes the time of what is heard between its neighbours. */
function fillFromHeard(words: readonly Word[], heard: readonly SpokenWord[]): Word[] {
  const filled: Word[] = [];
  // A number may be paired with one of the words that it is said in: the others are its own, too.
  const isOpen = ({ text, confidence }: Word) => confidence <= guessedConfidence || /\p{N}/u.test(text);
  for (let from = 0; from < words.length;) {
    let to = from;
    while (to < words.length && isOpen(words[to]!)) to += 1;
    if (to === from) {
      filled.push(words[from]!);
      from += 1;
      continue;
    }
    const afterMs = words[from - 1]?.endMs ?? 0;
    const beforeMs = words[to]?.startMs ?? Infinity;
    const between = heard.filter(({ startMs, endMs }) => startMs >= afterMs && endMs <= beforeMs);
    const run = words.slice(from, to);
    const [first, last] = [between[0], between.at(-1)];
    const place = { startMs: first?.startMs ?? 0, endMs: last?.endMs ?? 0 };
    // Of several words nobody knows which was heard where: they stay where they are.
    const isOneRun = run.length === 1 && first !== undefined && between.length <= mostHeardPerWord;
    filled.push(...(isOneRun ? spread(run.map(({ text }) => text).join(' '), place) : run));
    from = to;
  }
  return filled;
}

/** The words of a line over its time, by how long each is to say. */
function spread(text: string, { startMs, endMs }: TimeRange): Word[] {
  const words = text.split(/\s+/u).filter((word) => word !== '');
  const weights = words.map((word) => 2 + word.length);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let before = 0;
  return words.map((word, index) => {
    const from = startMs + ((endMs - startMs) * before) / total;
    before += weights[index] ?? 0;
    const to = startMs + ((endMs - startMs) * before) / total;
    return { text: word, startMs: Math.round(from), endMs: Math.round(to), confidence: guessedConfidence };
  });
}

/** Words stay inside their line and in order, whatever was told or heard. */
function placeLines(
  lines: readonly string[],
  places: readonly JoinedLine[],
  words: readonly (readonly SpokenWord[])[],
): SpokenLine[] {
  return lines.map((text, index) => {
    const { startMs, endMs } = places[index] ?? { startMs: 0, endMs: 0 };
    let earliest = startMs;
    const own = (words[index] ?? []).map((word) => {
      const from = Math.min(Math.max(word.startMs, earliest), endMs);
      earliest = from;
      return { text: word.text, startMs: from, endMs: Math.max(from, Math.min(word.endMs, endMs)) };
    });
    return { text, startMs, endMs, words: own };
  });
}
