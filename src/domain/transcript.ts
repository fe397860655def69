import { z } from 'zod';
import { joinWords } from './caption-join.ts';
import { PatternPivotError } from './errors.ts';
import { loudnessSchema } from './sound.ts';
import { timeRangeSchema } from './time.ts';

/** A spoken word with its time in the source, in ms, half-open. */
export const wordSchema = z.strictObject({
  /** The word as written, punctuation attached: `Hello,`. */
  text: z.string().min(1).max(200),
  startMs: z.int().nonnegative(),
  endMs: z.int().nonnegative(),
  /** 0 (a guess) to 1 (sure). Of words read from captions: 1, or 0.5 where the file has no time for each word. */
  confidence: z.number().min(0).max(1),
  /** Present and true when the confidence is too low to trust the spelling. */
  uncertain: z.literal(true).optional(),
  /** What was heard, when the glossary put another spelling in its place. */
  heardAs: z.string().optional(),
  /** Who says it, where that is known: a recording with a file a speaker, or captions that name them. */
  speaker: z.string().min(1).max(100).optional(),
});
export type Word = Readonly<z.infer<typeof wordSchema>>;

/** A sentence: words `wordStart` to `wordEnd` (half-open), its text, and its time from first word to last. */
export const sentenceSchema = z.strictObject({
  text: z.string(),
  startMs: z.int().nonnegative(),
  endMs: z.int().nonnegative(),
  wordStart: z.int().nonnegative(),
  wordEnd: z.int().nonnegative(),
});
export type Sentence = Readonly<z.infer<typeof sentenceSchema>>;

/** How a source is spoken, measured on its sound. */
export const deliverySchema = z.strictObject({
  loudness: loudnessSchema,
  /** Half a second or more that is 30 dB softer than the whole, sorted. */
  silences: z.array(timeRangeSchema),
  /** Words a minute of speech, pauses not counted. */
  wordsPerMinute: z.number().nonnegative(),
});
export type Delivery = Readonly<z.infer<typeof deliverySchema>>;

/** What was said in a source: the document that `pivot transcribe` writes. */
export const transcriptSchema = z.strictObject({
  version: z.literal(1),
  /** BCP 47 tag. */
  language: z.string(),
  /** Which model or file the words came from: `moonshine-tiny`, `captions:talk.srt`. */
  source: z.string(),
  durationMs: z.int().nonnegative(),
  words: z.array(wordSchema),
  sentences: z.array(sentenceSchema),
  /** Where the voice activity detector heard speech. Empty when there was no sound to listen to. */
  speech: z.array(timeRangeSchema),
  /** Speech that no word covers: a likely "um", a laugh, a word that was missed. */
  fillers: z.array(timeRangeSchema),
  /** Left out when there was no sound to listen to. */
  delivery: deliverySchema.optional(),
});
export type Transcript = Readonly<z.infer<typeof transcriptSchema>>;

/** Checks the order that everything later relies on. @throws input.words_unsorted */
export function assertWordsInOrder(words: readonly Word[]): void {
  for (const [index, word] of words.entries()) {
    const previous = words[index - 1];
    if (word.endMs < word.startMs || (previous !== undefined && word.startMs < previous.startMs)) {
      throw new PatternPivotError(
        'input.words_unsorted',
        `Word ${index} ("${word.text}") is out of order at ${word.startMs} ms.`,
        {
          context: { index, startMs: word.startMs },
        },
      );
    }
  }
}

const sentenceEnd = /[.!?…。！？｡؟۔।॥]["'”’)\]」』）】]*$/u;
const abbreviation = /^(?:mr|mrs|ms|dr|prof|sr|jr|st|vs|etc|e\.g|i\.e|[a-z])\.$/iu;

/** A pause this long ends a sentence even without a full stop: recognisers drop them. In ms. */
const sentencePauseMs = 1200;

/** Groups words into sentences by punctuation, or by a pause of 1.2 s where there is none. Another speaker begins another. */
export function groupSentences(words: readonly Word[]): Sentence[] {
  const sentences: Sentence[] = [];
  let wordStart = 0;
  for (const [index, word] of words.entries()) {
    const next = words[index + 1];
    const ends =
      next === undefined ||
      (sentenceEnd.test(word.text) && !abbreviation.test(word.text)) ||
      next.startMs - word.endMs >= sentencePauseMs ||
      next.speaker !== word.speaker;
    if (!ends) continue;
    const members = words.slice(wordStart, index + 1);
    sentences.push({
      text: joinWords(members.map((member) => member.text)),
      startMs: members[0]?.startMs ?? word.startMs,
      endMs: members.reduce((latest, member) => Math.max(latest, member.endMs), word.startMs),
      wordStart,
      wordEnd: index + 1,
    });
    wordStart = index + 1;
  }
  return sentences;
}
