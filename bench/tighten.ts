import { readFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { wavHeader } from '../scripts/wav-file.ts';
import { openSilero } from '../src/adapters/speech-detector/silero.ts';
import { createMoonshine } from '../src/adapters/transcriber/moonshine.ts';
import { tightenModes, type RemovedStretch, type TightenMode } from '../src/domain/tightening.ts';
import { durationMs, invertRanges, mergeRanges, overlapMs, type TimeRange } from '../src/domain/time.ts';
import type { Transcript } from '../src/domain/transcript.ts';
import { alignWords } from '../src/domain/word-errors.ts';
import { normaliseWordList } from '../src/domain/word-normaliser.ts';
import { openAudio } from '../src/media/open-audio.ts';
import { probeMedia } from '../src/media/probe.ts';
import { hear, type Heard } from '../src/stages/hear/hear.ts';
import type { StageCache } from '../src/stages/stage.ts';
import { tighten } from '../src/stages/tighten/tighten.ts';
import { recordingPath } from '../test/recordings.ts';
import { readKnownSet } from './recording-sets.ts';
import { createRandom } from '../test/fixtures/seeded-random.ts';

/** Share of the time cut by tightening that was speech by the words' true times, and the tightened sound heard back. */

const sampleRateHz = 16_000;
const perMs = sampleRateHz / 1000;

/** A sound whose words and their times are known, in ms. */
type Known = {
  readonly name: string;
  readonly samples: Float32Array;
  /** Empty where no times are known. */
  readonly words: readonly (TimeRange & { readonly text: string })[];
  /** What is said, where that is known for certain. */
  readonly text?: string;
};

/**
 * Hears recordings with known times or words, tightens them in each mode, and prints what went. Arguments: beginnings of
 * their names (all), `--list` (names every cut).
 */
export async function run(args: string[]): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'patternpivot-tighten-'));
  const transcriber = createMoonshine();
  const hearFile = async (name: string, samples: Float32Array): Promise<Heard | undefined> => {
    const path = join(folder, `${name}.wav`);
    await writeWav(path, samples);
    const info = await probeMedia(path);
    const source = { path, contentHash: `sha256:${'0'.repeat(64)}`, info };
    const ports = { transcriber, openSpeechDetector: openSilero, cache: noCache };
    const context = { signal: new AbortController().signal, report() {} };
    const heard = await hear(source, { glossary: [], language: 'en' }, ports, context);
    return heard.status === 'done' ? heard.value : undefined;
  };
  try {
    const totals = new Map<string, Counted>();
    const wanted = args.filter((arg) => !arg.startsWith('--'));
    const all = await readAll();
    for (const known of all) {
      if (wanted.length > 0 && !wanted.some((start) => known.name.startsWith(start))) continue;
      const heard = await hearFile(known.name, known.samples);
      if (heard === undefined) continue;
      for (const mode of tightenModes.filter((one) => one !== 'off')) {
        const range = { startMs: 0, endMs: Math.floor(known.samples.length / perMs) };
        const { kept, removed } = tighten({ transcript: heard.transcript, sound: heard.sound, range, mode });
        const counted = count(known, heard.transcript, removed, mode);
        const back = await hearFile(`${known.name}-${mode}`, joinKept(known.samples, kept));
        const errors = compareHeard(known, heard.transcript, removed, back?.transcript);
        print(known.name, counted, errors);
        if (args.includes('--list')) for (const cut of removed) console.log(describeCut(cut, known));
        const key = `${known.name.replace(/-\d+$/u, '')} ${mode}`;
        totals.set(key, add(totals.get(key), counted));
      }
    }
    console.log('\ntogether');
    for (const [name, counted] of totals) print(name.replace(/ \w+$/u, ''), counted, undefined);
  } finally {
    await transcriber.close();
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

/** What one tightening took away, in ms. `speechMs` is what was cut as silence though a word was being said. */
type Counted = {
  readonly mode: TightenMode;
  readonly lengthMs: number;
  readonly removedMs: number;
  /** Of `removedMs`: spoken by the true times, hesitations aside. */
  readonly speechMs: number;
  /** Of `removedMs`: true hesitations ("um"), which are meant to go. */
  readonly hesitationMs: number;
  /** Air between true words that could have gone: what pauses over 0.6 s have beyond 0.3 s (fast: 0.3 and 0.12). */
  readonly possibleMs: number;
  readonly cuts: number;
};

const hesitations = new Set(['um', 'uh', 'uhm', 'er', 'erm', 'hm', 'hmm']);

function count(
  known: Known,
  transcript: Transcript,
  removed: readonly RemovedStretch[],
  mode: TightenMode,
): Counted {
  const spoken = known.words.filter((word) => !hesitations.has(word.text));
  const shared = (words: readonly TimeRange[]) => {
    const merged = mergeRanges(words);
    return removed.reduce((sum, cut) => sum + merged.reduce((all, word) => all + overlapMs(word, cut), 0), 0);
  };
  const [limitMs, breathMs] = mode === 'natural' ? [600, 300] : [300, 120];
  const first = spoken[0]?.startMs ?? 0;
  const last = spoken.at(-1)?.endMs ?? 0;
  const pauses = invertRanges([{ startMs: 0, endMs: first }, ...mergeRanges(spoken)], last);
  return {
    mode,
    lengthMs: transcript.durationMs,
    removedMs: removed.reduce((sum, cut) => sum + durationMs(cut), 0),
    speechMs: shared(spoken),
    hesitationMs: shared(known.words.filter((word) => hesitations.has(word.text))),
    possibleMs: pauses.reduce(
      (sum, pause) => sum + (durationMs(pause) > limitMs ? durationMs(pause) - breathMs : 0),
      0,
    ),
    cuts: removed.length,
  };
}

function add(one: Counted | undefined, other: Counted): Counted {
  if (one === undefined) return other;
  return {
    mode: other.mode,
    lengthMs: one.lengthMs + other.lengthMs,
    removedMs: one.removedMs + other.removedMs,
    speechMs: one.speechMs + other.speechMs,
    hesitationMs: one.hesitationMs + other.hesitationMs,
    possibleMs: one.possibleMs + other.possibleMs,
    cuts: one.cuts + other.cuts,
  };
}

/** Words of the tightened sound against those that were to be said in it. Where these are known, before and after. */
function compareHeard(
  known: Known,
  before: Transcript,
  removed: readonly RemovedStretch[],
  after: Transcript | undefined,
): string {
  const isLeft = (word: TimeRange) => {
    const middleMs = (word.startMs + word.endMs) / 2;
    return !removed.some((cut) => middleMs >= cut.startMs && middleMs < cut.endMs);
  };
  const textsOf = (words: readonly { readonly text: string }[]) =>
    normaliseWordList(
      words.map((word) => word.text),
      'plain',
    )
      .map((word) => word.text)
      .filter((text) => !hesitations.has(text));
  const wrong = (said: readonly string[], heard: readonly string[]) =>
    alignWords(said, heard).filter((pair) => pair.kind !== 'match').length;
  const heardAfter = textsOf(after?.words ?? []);
  if (known.text !== undefined) {
    const said = textsOf(known.text.split(/\s+/u).map((text) => ({ text })));
    return `of ${said.length} words said, ${wrong(said, textsOf(before.words))} heard otherwise before and ${wrong(said, heardAfter)} after`;
  }
  const expected = textsOf(before.words.filter(isLeft));
  return `heard back ${expected.length} words, ${wrong(expected, heardAfter)} otherwise`;
}

function print(name: string, counted: Counted, heardBack: string | undefined): void {
  const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`;
  const share = counted.removedMs === 0 ? 0 : (100 * counted.speechMs) / counted.removedMs;
  const truth =
    counted.possibleMs === 0
      ? ''
      : ` (pauses could give ${seconds(counted.possibleMs)}); of it speech ${seconds(counted.speechMs)} = ${share.toFixed(2)} %, ` +
        `hesitation ${seconds(counted.hesitationMs)}`;
  console.log(
    `${name.padEnd(22)} ${counted.mode.padEnd(8)} ${seconds(counted.lengthMs)}: ${counted.cuts} cuts take ${seconds(counted.removedMs)}${truth}` +
      (heardBack === undefined ? '' : `; ${heardBack}`),
  );
}

function describeCut(cut: RemovedStretch, known: Known): string {
  const hit = known.words.filter((word) => overlapMs(word, cut) > 0);
  const words = hit.map((word) => `${word.text} (${Math.round(overlapMs(word, cut))} ms)`).join(' ');
  return `    ${cut.startMs}–${cut.endMs} ${cut.kind} "${cut.text}" ${words}`;
}

/** The kept ranges joined, each joint faded over 5 ms as a render does. */
function joinKept(samples: Float32Array, kept: readonly TimeRange[]): Float32Array {
  const parts = kept.map((range) => samples.slice(range.startMs * perMs, range.endMs * perMs));
  const fade = 5 * perMs;
  for (const part of parts) {
    for (let index = 0; index < Math.min(fade, part.length); index++) {
      part[index] = (part[index] ?? 0) * (index / fade);
      part[part.length - 1 - index] = (part[part.length - 1 - index] ?? 0) * (index / fade);
    }
  }
  return concat(parts);
}

function concat(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

async function readAll(): Promise<Known[]> {
  const byHand = [...(await readTimed('word-timing/emu-ae')), ...(await readTimed('word-timing/praatio'))];
  const joined = byHand.length === 0 ? [] : [1, 2, 3, 4].map((seed) => joinWithPauses(byHand, seed));
  return [
    ...joined,
    ...(await readReadings()),
    ...(await readTimed('word-timing/mfa-tests')).map(({ samples, words }, index) => {
      return { name: `timed-by-machine-${index + 1}`, samples, words };
    }),
  ];
}

/** A minute or so of each reader whose text is known, sentence after sentence, and speech with hesitations. */
async function readReadings(): Promise<Known[]> {
  const bySpeaker = new Map<string, { name: string; samples: Float32Array; text: string }[]>();
  for (const set of ['librispeech-test-other', 'mfa-misc'] as const) {
    for (const recording of (await readKnownSet(set)) ?? []) {
      const name = set === 'mfa-misc' ? recording.path : recording.speaker;
      const said = bySpeaker.get(name) ?? [];
      bySpeaker.set(name, said);
      if (said.reduce((sum, one) => sum + one.samples.length, 0) > 60_000 * perMs) continue;
      const samples = await readSamples(recording.path);
      said.push({ name: set, samples, text: recording.text.replaceAll(/<\w+>|[[\]]/gu, '') });
    }
  }
  return [...bySpeaker.values()].map((said, index) => ({
    name: `${said[0]?.name}-${index + 1}`,
    samples: concat(said.map((one) => one.samples)),
    words: [],
    text: said.map((one) => one.text).join(' '),
  }));
}

async function readSamples(path: string): Promise<Float32Array> {
  const blocks: Float32Array[] = [];
  for await (const block of openAudio(path, { sampleRateHz })) blocks.push(block);
  return concat(blocks);
}

async function readTimed(folder: string): Promise<Known[]> {
  const path = recordingPath(folder);
  if (path === undefined) {
    console.log(`${folder} is not on this machine (set PATTERNPIVOT_RECORDINGS).`);
    return [];
  }
  type Timed = { audio: string; words: { word: string; start: number; end: number }[] };
  const recordings = JSON.parse(await readFile(join(path, 'words.json'), 'utf8')) as Timed[];
  const known: Known[] = [];
  for (const { audio, words } of recordings) {
    known.push({
      name: audio,
      samples: await readSamples(join(path, audio)),
      words: words.map(({ word, start, end }) => ({
        text: word.toLowerCase(),
        startMs: Math.round(start * 1000),
        endMs: Math.round(end * 1000),
      })),
    });
  }
  return known;
}

/**
 * The hand-timed sentences in another order each time, with 0.15 to 1.8 s between them, over a room's noise that is louder
 * with each seed (−72, −60, −50, −42 dBFS).
 */
function joinWithPauses(recordings: readonly Known[], seed: number): Known {
  const random = createRandom(seed);
  const order = [...recordings, ...recordings].map((known) => ({ known, at: random() }));
  const parts: Float32Array[] = [];
  const words: Known['words'][number][] = [];
  let samples = 0;
  const push = (part: Float32Array) => {
    parts.push(part);
    samples += part.length;
  };
  for (const { known } of order.toSorted((a, b) => a.at - b.at)) {
    const offsetMs = samples / perMs;
    words.push(
      ...known.words.map((word) => ({
        text: word.text,
        startMs: word.startMs + offsetMs,
        endMs: word.endMs + offsetMs,
      })),
    );
    push(known.samples);
    push(new Float32Array(Math.round((150 + random() * 1650) * perMs)));
  }
  const all = concat(parts);
  const level = 10 ** ([-72, -60, -50, -42][(seed - 1) % 4]! / 20) * Math.sqrt(3);
  for (let index = 0; index < all.length; index++)
    all[index] = (all[index] ?? 0) + level * (2 * random() - 1);
  return { name: `timed-by-hand-${seed}`, samples: all, words };
}

async function writeWav(path: string, samples: Float32Array): Promise<void> {
  const pcm = Int16Array.from(samples, (sample) => Math.round(Math.max(-1, Math.min(1, sample)) * 32767));
  await writeFile(path, Buffer.concat([wavHeader(pcm.length, sampleRateHz), Buffer.from(pcm.buffer)]));
}
