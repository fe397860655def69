import { overlapMs, type TimeRange } from '../../domain/time.ts';
import { snapWordsToSpeech } from '../../domain/snap-words.ts';
import type { Sentence, Transcript, Word } from '../../domain/transcript.ts';
import { likenessOf, spokenLetters } from '../refine/align-words.ts';

/** What was heard in the recording that captions belong to. */
export type HeardWords = { readonly words: readonly Word[]; readonly speech: readonly TimeRange[] };

/** Captions are shown so long before or after their words are said at most, in ms. */
const reachMs = 4000;

/** Words that are less alike are others: 1 is the same letters. */
const minLikeness = 0.6;

/** What a word costs that has no partner, beside a pair of words that are nothing alike: 1. */
const unpairedCost = 0.55;

/** How sure the time is of a word that was heard, and of one that lies between such words. As sure as words of the file's own time: 1. */
const [alignedConfidence, guessedConfidence] = [0.9, 0.5];

/** Whether the times of most words are guesses: the file has times for lines only. */
export function hasGuessedTimes({ words }: Transcript): boolean {
  const guessed = words.filter(({ confidence }) => confidence <= guessedConfidence).length;
  return words.length > 0 && guessed > words.length / 2;
}

/** Captions with word times of the sound, and how many words were heard as they are written, 0 to 1. */
export type AlignedCaptions = { readonly transcript: Transcript; readonly heardShare: number };

/**
 * Gives the words of captions the times at which they were heard. Words are paired in order, by how alike their letters are, within 4 s of
 * where the captions have them; those that nobody heard are spread between their neighbours, over the speech there. The text stays as it is.
 */
export function alignCaptions(given: Transcript, heard: HeardWords): AlignedCaptions {
  const partners = pairWords(given.words, heard.words);
  const timed = given.words.map((word, index): Word | undefined => {
    const partner = partners[index];
    if (partner === undefined) return undefined;
    const { startMs, endMs } = heard.words[partner]!;
    return Object.assign({}, word, { startMs, endMs, confidence: alignedConfidence });
  });
  const pairedCount = timed.filter((word) => word !== undefined).length;
  const words = fillGaps(given.words, timed, heard.speech);
  const snapped = heard.speech.length === 0 ? words : snapGuesses(words, heard.speech);
  return {
    transcript: { ...given, words: snapped, sentences: moveSentences(given.sentences, snapped) },
    heardShare: given.words.length === 0 ? 0 : pairedCount / given.words.length,
  };
}

/** The same sentences, with the times of their words: a pause that a speaker makes in one divides nothing that a person wrote as one. */
function moveSentences(sentences: readonly Sentence[], words: readonly Word[]): Sentence[] {
  return sentences.map((sentence) => {
    const own = words.slice(sentence.wordStart, sentence.wordEnd);
    const startMs = own[0]?.startMs ?? sentence.startMs;
    const endMs = own.reduce((latest, word) => Math.max(latest, word.endMs), startMs);
    return Object.assign({}, sentence, { startMs, endMs });
  });
}

/** For each written word the number of the heard one, where there is one: least cost of all ways to pair them in order. */
function pairWords(written: readonly Word[], heard: readonly Word[]): (number | undefined)[] {
  const letters = {
    written: written.map(({ text }) => spokenLetters(text)),
    heard: heard.map(({ text }) => spokenLetters(text)),
  };
  const bands = findBands(written, heard);
  const rows: { from: number; costs: Float64Array; steps: Uint8Array }[] = [];
  for (let row = 0; row <= written.length; row++) {
    const band = bands[Math.max(0, row - 1)] ?? { from: 0, to: 0 };
    const before = rows.at(-1);
    // A band begins nowhere before the one above it, so that a way through leads from row to row.
    const from = Math.max(before?.from ?? 0, band.from);
    const to = Math.max(before === undefined ? 0 : before.from + before.costs.length - 1, band.to);
    const costs = new Float64Array(to - from + 1).fill(Infinity);
    const steps = new Uint8Array(to - from + 1);
    for (let column = from; column <= to; column++) {
      const at = column - from;
      const reach = (cost: number, step: number) => {
        if (cost >= costs[at]!) return;
        costs[at] = cost;
        steps[at] = step;
      };
      if (before === undefined) {
        // Whatever is heard before the first word belongs to nobody.
        reach(column * unpairedCost, skipHeard);
        continue;
      }
      // Behind the end of the row above, whatever was heard since belongs to nobody.
      const above = (place: number) => {
        const beyond = place - before.from - (before.costs.length - 1);
        return beyond <= 0
          ? (before.costs[place - before.from] ?? Infinity)
          : before.costs.at(-1)! + beyond * unpairedCost;
      };
      reach(above(column) + unpairedCost, skipWritten);
      if (column > from) reach(costs[at - 1]! + unpairedCost, skipHeard);
      if (column > 0) {
        const likeness = likenessOf(letters.written[row - 1]!, letters.heard[column - 1]!);
        if (likeness >= minLikeness) reach(above(column - 1) + 1 - likeness, pair);
      }
    }
    rows.push({ from, costs, steps });
  }
  return trace(rows, written.length, heard.length);
}

const [skipWritten, skipHeard, pair] = [1, 2, 3];

/** Which heard words a written one may be, by their number plus one: those that lie within reach of its own time. */
function findBands(written: readonly Word[], heard: readonly Word[]): { from: number; to: number }[] {
  let [from, to] = [0, 0];
  return written.map(({ startMs }) => {
    while (from < heard.length && heard[from]!.startMs < startMs - reachMs) from += 1;
    to = Math.max(to, from);
    while (to < heard.length && heard[to]!.startMs <= startMs + reachMs) to += 1;
    return { from, to };
  });
}

function trace(
  rows: readonly { from: number; costs: Float64Array; steps: Uint8Array }[],
  writtenCount: number,
  heardCount: number,
): (number | undefined)[] {
  const partners: (number | undefined)[] = Array.from({ length: writtenCount }, () => undefined);
  const last = rows[writtenCount];
  let column = Math.min(heardCount, (last?.from ?? 0) + (last?.costs.length ?? 1) - 1);
  for (let row = writtenCount; row > 0;) {
    const { from, steps } = rows[row]!;
    const step = steps[column - from];
    if (step === skipHeard && column > from) column -= 1;
    else {
      if (step === pair) {
        partners[row - 1] = column - 1;
        column -= 1;
      }
      row -= 1;
      // The row above may end before this place.
      column = Math.min(column, rows[row]!.from + rows[row]!.costs.length - 1);
    }
  }
  return partners;
}

/** Puts words that nobody heard between those that were: in their own place if there is room, by their letters where there is little. */
function fillGaps(
  given: readonly Word[],
  timed: readonly (Word | undefined)[],
  speech: readonly TimeRange[],
): Word[] {
  const words: Word[] = [];
  for (let index = 0; index < given.length;) {
    const own = timed[index];
    if (own !== undefined) {
      const startMs = Math.max(own.startMs, words.at(-1)?.startMs ?? 0);
      words.push(Object.assign({}, own, { startMs, endMs: Math.max(startMs, own.endMs) }));
      index += 1;
      continue;
    }
    let end = index;
    while (end < given.length && timed[end] === undefined) end += 1;
    const afterMs = words.at(-1)?.endMs ?? 0;
    const nextMs = timed[end]?.startMs ?? Number.MAX_SAFE_INTEGER;
    for (const word of spread(given.slice(index, end), afterMs, Math.max(afterMs, nextMs), speech))
      words.push(word);
    index = end;
  }
  return words;
}

/** Words within a time: over the speech in it that is nearest to where the captions have them. */
function spread(
  words: readonly Word[],
  afterMs: number,
  nextMs: number,
  speech: readonly TimeRange[],
): Word[] {
  const wantedMs = words[0]?.startMs ?? 0;
  const lengthMs = (words.at(-1)?.endMs ?? 0) - wantedMs;
  const own = { startMs: Math.min(Math.max(wantedMs, afterMs), nextMs), endMs: 0 };
  own.endMs = Math.min(nextMs, Math.max(own.startMs, own.startMs + lengthMs));
  // With neighbours on both sides, and no more room than for themselves, they are what is said between them.
  const isTight = nextMs - afterMs <= lengthMs * 1.5;
  const place = isTight ? { startMs: afterMs, endMs: nextMs } : own;
  const heard = speech.filter((stretch) => overlapMs(stretch, place) > 0);
  const startMs = Math.max(place.startMs, heard[0]?.startMs ?? 0);
  const endMs = Math.max(startMs, Math.min(place.endMs, heard.at(-1)?.endMs ?? place.endMs));
  const weights = words.map(({ text }) => 2 + [...text].length);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let before = 0;
  return words.map((word, index) => {
    const at = (weight: number) => Math.round(startMs + ((endMs - startMs) * weight) / total);
    const from = at(before);
    before += weights[index]!;
    return Object.assign({}, word, { startMs: from, endMs: at(before), confidence: guessedConfidence });
  });
}

/** What was heard has been snapped to speech already. */
function snapGuesses(words: readonly Word[], speech: readonly TimeRange[]): Word[] {
  const snapped = snapWordsToSpeech(words, speech);
  return snapped.map((word, index) => {
    const { confidence, startMs } = words[index]!;
    const isKept = confidence > guessedConfidence && startMs >= (snapped[index - 1]?.startMs ?? 0);
    return isKept ? words[index]! : word;
  });
}
