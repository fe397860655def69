import { z } from 'zod';
import { captionsInvalid } from './caption-files-error.ts';
import { cleanSpeakerName } from './caption-files-speakers.ts';
import { spreadWords } from './caption-files-words.ts';
import { joinWords, splitUnspaced } from './caption-join.ts';
import { PatternPivotError } from './errors.ts';
import {
  assertWordsInOrder,
  groupSentences,
  transcriptSchema,
  type Sentence,
  type Transcript,
  type Word,
} from './transcript.ts';

const textSchema = z.string().trim().min(1).max(200);
const confidenceSchema = z.number().min(0).max(1).optional();
const speakerSchema = z.string().optional().catch(undefined);

/** Words as other programs write them: in ms, or in seconds as Whisper has it. Further fields are left aside. */
const looseWordSchema = z.union([
  z.object({
    text: textSchema,
    startMs: z.number().nonnegative(),
    endMs: z.number().nonnegative(),
    confidence: confidenceSchema,
    speaker: speakerSchema,
  }),
  z.object({
    text: textSchema,
    start: z.number().nonnegative(),
    end: z.number().nonnegative(),
    confidence: confidenceSchema,
    speaker: speakerSchema,
  }),
  z.object({
    word: textSchema,
    start: z.number().nonnegative(),
    end: z.number().nonnegative(),
    confidence: confidenceSchema,
    speaker: speakerSchema,
  }),
]);

const looseSchema = z.object({
  language: z.string().min(2).max(35).optional(),
  words: z.array(looseWordSchema).max(1_000_000),
});

const jsonHint =
  'Wanted: {"words": [{"text": "Hello", "startMs": 0, "endMs": 300}, …]}, or what `pivot transcribe --out` writes.';

/** Reads a transcript document, or JSON that holds words with times. @throws input.captions_invalid */
export function readCaptionJson(
  text: string,
  name: string,
  { source, language }: { source: string; language?: string },
): Transcript {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    throw captionsInvalid(name, undefined, `is not valid JSON: ${what}`, jsonHint);
  }
  const own = transcriptSchema.safeParse(json);
  if (own.success) {
    assertOrder(own.data.words, name);
    const { words, sentences } = own.data;
    return {
      ...own.data,
      // Whoever mends a word in the file need not mend the sentences.
      sentences: areSentencesOf(sentences, words) ? sentences : groupSentences(words),
      ...(language === undefined ? {} : { language }),
    };
  }
  const loose = looseSchema.safeParse(Array.isArray(json) ? { words: json } : json);
  if (!loose.success) {
    const issue = loose.error.issues[0];
    const path = (issue?.path ?? []).join('.');
    const what = `${path === '' ? 'the document' : path} is not as it should be`;
    throw captionsInvalid(name, undefined, what, jsonHint);
  }
  const words = loose.data.words.map(toWord).flatMap(splitWord);
  assertOrder(words, name);
  return {
    version: 1,
    language: language ?? loose.data.language ?? 'en',
    source,
    durationMs: words.reduce((end, word) => Math.max(end, word.endMs), 0),
    words,
    sentences: groupSentences(words),
    speech: [],
    fillers: [],
  };
}

function toWord(word: z.infer<typeof looseWordSchema>): Word {
  const text = 'text' in word ? word.text : word.word;
  const [startMs, endMs] =
    'startMs' in word ? [word.startMs, word.endMs] : [word.start * 1000, word.end * 1000];
  const speaker = word.speaker === undefined ? undefined : cleanSpeakerName(word.speaker);
  return {
    text,
    startMs: Math.round(startMs),
    endMs: Math.round(endMs),
    confidence: word.confidence ?? 1,
    ...(speaker === undefined ? {} : { speaker }),
  };
}

/** A line of Chinese or Japanese that stands as one word in words, its time spread over them. */
function splitWord(word: Word): Word[] {
  const parts = splitUnspaced(word.text);
  if (parts.length < 2) return [word];
  const { startMs, endMs, confidence, speaker } = word;
  const words = spreadWords(parts, startMs, endMs, confidence);
  return speaker === undefined ? words : words.map((part) => Object.assign(part, { speaker }));
}

/** Whether the sentences hold every word once, in order, as it is written. */
function areSentencesOf(sentences: readonly Sentence[], words: readonly Word[]): boolean {
  let next = 0;
  for (const { wordStart, wordEnd, text, startMs, endMs } of sentences) {
    if (wordStart !== next || wordEnd <= wordStart || wordEnd > words.length) return false;
    const members = words.slice(wordStart, wordEnd);
    if (members[0]?.startMs !== startMs || endMs < startMs) return false;
    const texts = members.map((word) => word.text);
    if (joinWords(texts) !== text && texts.join(' ') !== text) return false;
    next = wordEnd;
  }
  return next === words.length;
}

function assertOrder(words: readonly Word[], name: string): void {
  try {
    assertWordsInOrder(words);
  } catch (error) {
    if (!(error instanceof PatternPivotError)) throw error;
    throw captionsInvalid(
      name,
      undefined,
      error.message.replace(/\.$/, ''),
      'Sort the words by their times.',
    );
  }
}
