import { joinWords } from '../../domain/caption-join.ts';
import type { Transcript, Word } from '../../domain/transcript.ts';

/**
 * The smallest stretch that a moment may start or end with: a sentence, or a phrase of one that runs on without
 * punctuation. Times are ms, half-open; words `wordStart` to `wordEnd` (half-open).
 */
export type Unit = {
  readonly text: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly wordStart: number;
  readonly wordEnd: number;
  /** Index of the transcript's sentence that it is, or is part of. */
  readonly sentence: number;
  /** Whether it ends where its sentence ends. */
  readonly closesSentence: boolean;
  /** Whether it begins where its sentence begins. */
  readonly opensSentence: boolean;
};

/** More words than this in one sentence, and it is not a sentence: recogniser or captions left the full stops out. */
const longestSentenceWords = 60;

/** Words a phrase of a sentence that had to be divided, about: twelve seconds of talk at 150 words a minute. */
const phraseWords = 30;

/** Words after which a phrase may end, at least. */
const shortestPhraseWords = 8;

/** A thought often begins with these. */
const clauseOpener =
  /^(?:so|and|but|now|because|then|however|i|we|you|if|when|what|why|how|the|this|okay|well|there)\b/iu;

/**
 * Divides a transcript into units. A sentence stays whole unless it runs over 60 words or `longestMs`; then it is divided
 * at its longest pauses, commas and clause openings, so that captions without punctuation give candidates too.
 */
export function divideIntoUnits(transcript: Transcript, longestMs: number): Unit[] {
  const units: Unit[] = [];
  for (const [index, sentence] of transcript.sentences.entries()) {
    const words = transcript.words.slice(sentence.wordStart, sentence.wordEnd);
    if (words.length === 0) continue;
    const runsOn = words.length > longestSentenceWords || sentence.endMs - sentence.startMs > longestMs;
    const starts = runsOn ? phraseStarts(words) : [0];
    for (const [position, start] of starts.entries()) {
      const end = starts[position + 1] ?? words.length;
      const members = words.slice(start, end);
      units.push({
        text: joinWords(members.map((word) => word.text)),
        startMs: members[0]!.startMs,
        endMs: members.reduce((latest, word) => Math.max(latest, word.endMs), 0),
        wordStart: sentence.wordStart + start,
        wordEnd: sentence.wordStart + end,
        sentence: index,
        opensSentence: position === 0,
        closesSentence: end === words.length,
      });
    }
  }
  return units;
}

/** Where the phrases of a run-on sentence begin: the best joint within reach, again and again. */
function phraseStarts(words: readonly Word[]): number[] {
  const starts = [0];
  let start = 0;
  while (words.length - start > phraseWords + shortestPhraseWords) {
    let best = start + phraseWords;
    let bestJoint = 0;
    for (let index = start + shortestPhraseWords; index <= start + phraseWords; index++) {
      const joint = jointStrength(words[index - 1]!, words[index]!);
      if (joint >= bestJoint) {
        bestJoint = joint;
        best = index;
      }
    }
    starts.push(best);
    start = best;
  }
  return starts;
}

/** How clearly one word ends something and the next begins something: seconds of pause, and marks of the text. */
function jointStrength(before: Word, after: Word): number {
  const pauseSeconds = Math.min(2, Math.max(0, after.startMs - before.endMs) / 1000);
  const mark = /[.!?…]["'”’)\]]*$/u.test(before.text) ? 1 : /[,;:—–]$/u.test(before.text) ? 0.3 : 0;
  return pauseSeconds + mark + (clauseOpener.test(after.text) ? 0.15 : 0);
}

/** A text as lower-case words without punctuation; apostrophes are straightened. */
export function plainWords(text: string): string[] {
  return (
    text
      .toLowerCase()
      .replaceAll('’', "'")
      .match(/[\p{L}\p{N}][\p{L}\p{N}'.-]*/gu)
      ?.map((word) => word.replace(/['.-]+$/u, '')) ?? []
  );
}
