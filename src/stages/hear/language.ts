import { isEnglishWord } from '../../domain/english-words.ts';
import { PatternPivotError } from '../../domain/errors.ts';
import type { TimeRange } from '../../domain/time.ts';
import type { Word } from '../../domain/transcript.ts';
import type { Transcriber } from '../../ports/transcriber.ts';

/** What was recognised of a stretch of `lengthMs`. */
type Recognised = {
  readonly words: readonly Word[];
  readonly speech: readonly TimeRange[];
  readonly lengthMs: number;
};

/** What containers write when they know no language: undetermined, several, none, uncoded. */
const noLanguage = new Set(['und', 'mul', 'zxx', 'mis', '']);

/** The primary subtag of a BCP 47 tag or an ISO 639 code (`en-GB`, `eng`, `ger`), or undefined when it is none. */
export function primaryLanguage(tag: string | undefined): string | undefined {
  const trimmed = tag?.trim().replaceAll('_', '-').toLowerCase() ?? '';
  if (noLanguage.has(trimmed)) return undefined;
  try {
    return new Intl.Locale(trimmed).language;
  } catch {
    return undefined;
  }
}

/**
 * The language to hear, checked against what the transcriber understands: what the user says counts before what the file says;
 * with neither it is undefined. @throws input.language_unsupported, input.language_unknown
 */
export function chooseLanguage(
  said: { option: string | undefined; streamTag: string | undefined },
  transcriber: Pick<Transcriber, 'languages' | 'model'>,
): string | undefined {
  const chosen = primaryLanguage(said.option);
  if (said.option !== undefined && chosen === undefined) {
    throw new PatternPivotError('input.language_unknown', `"${said.option}" is no language.`, {
      hint: 'Give a code such as "en" or "de".',
    });
  }
  const language = chosen ?? primaryLanguage(said.streamTag);
  if (language === undefined || transcriber.languages === 'any' || transcriber.languages.includes(language)) {
    return language;
  }
  const origin = chosen === undefined ? 'The file says that its sound is' : 'The sound is said to be';
  throw unsupported(`${origin} ${nameOf(language)}, and ${transcriber.model} understands`, transcriber, {
    language,
    origin: chosen === undefined ? 'stream' : 'option',
  });
}

/** The error for sound whose words are not in a language that the transcriber understands. */
export function unsupported(
  beginning: string,
  transcriber: Pick<Transcriber, 'languages'>,
  context: Readonly<Record<string, unknown>>,
): PatternPivotError {
  const understood =
    transcriber.languages === 'any' ? 'any language' : transcriber.languages.map(nameOf).join(', ');
  return new PatternPivotError('input.language_unsupported', `${beginning} only ${understood}.`, {
    hint: 'Give a transcript (--transcript captions.srt), or configure a transcriber that understands the language. If it is understood after all, say so with --language.',
    context,
  });
}

function nameOf(language: string): string {
  return new Intl.DisplayNames('en', { type: 'language' }).of(language) ?? language;
}

/**
 * When words show that the language was another one. Measured with the embedded recogniser on synthetic speech of eleven
 * languages: it says nothing (fewer than 1.1 words a second of speech), the same again and again (0.3 to 0.8 of all triples
 * of words), or guesses: the mean confidence less the share of words that are not English is 0.16 to 0.48. On English with a
 * strong accent, by radio or among laughter it had at least 2.4 words a second, 0.05 of triples repeated, and 0.53.
 */
const foreignSigns = {
  /** With less speech than this there is too little to go by, in seconds. */
  minSpeechSeconds: 5,
  wordsPerSecond: 1.25,
  /** Few words or repeated ones count only where recognition was not sure of them: a song may have both. */
  sureConfidence: 0.8,
  repeatedTriples: 0.3,
  /** Confidence less unknown words below this, which must be lower where there is little to go by. */
  plausibility: 0.5,
  plausibilityOfLittle: 0.35,
  littleSeconds: 12,
  /** Without any words: a talk is mostly speech, music with singing is not. */
  speechShare: 0.5,
} as const;

/** Whether what was recognised as English looks like another language. Pure. */
export function looksForeign(heard: Recognised): boolean {
  const speechSeconds = heard.speech.reduce((sum, range) => sum + range.endMs - range.startMs, 0) / 1000;
  if (speechSeconds < foreignSigns.minSpeechSeconds) return false;
  const { words } = heard;
  if (words.length === 0) return speechSeconds * 1000 >= foreignSigns.speechShare * heard.lengthMs;
  const confidence = words.reduce((sum, word) => sum + word.confidence, 0) / words.length;
  const isLittle = speechSeconds < foreignSigns.littleSeconds;
  const limit = isLittle ? foreignSigns.plausibilityOfLittle : foreignSigns.plausibility;
  if (confidence - unknownShare(words) < limit) return true;
  if (confidence >= foreignSigns.sureConfidence) return false;
  return (
    words.length / speechSeconds < foreignSigns.wordsPerSecond ||
    repeatedTriples(words) > foreignSigns.repeatedTriples
  );
}

/** What share of the words are no English words, numbers aside: 0 to 1. */
function unknownShare(words: readonly Word[]): number {
  const unknown = words.filter((word) => {
    const plain = word.text.replaceAll(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, '');
    return plain !== '' && !/^\p{N}/u.test(plain) && !isEnglishWord(plain);
  });
  return unknown.length / words.length;
}

/** What share of all runs of three words had been there before: 0 to 1. */
function repeatedTriples(words: readonly Word[]): number {
  const plain = words.map((word) => word.text.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, ''));
  const triples = plain.slice(2).map((word, index) => `${plain[index]} ${plain[index + 1]} ${word}`);
  return triples.length === 0 ? 0 : 1 - new Set(triples).size / triples.length;
}

/**
 * Refuses sound that {@link looksForeign} to a transcriber of English only. To be asked when nobody said which language it is.
 * @throws input.language_unsupported
 */
export function assertUnderstood(
  heard: Recognised,
  transcriber: Pick<Transcriber, 'languages' | 'model'>,
): void {
  const isEnglishOnly = transcriber.languages !== 'any' && transcriber.languages.every((tag) => tag === 'en');
  if (!isEnglishOnly || !looksForeign(heard)) return;
  const words = heard.words.slice(0, 20).map((word) => word.text);
  throw unsupported(
    `Its words make no sense to ${transcriber.model}, as if they were in another language: it understands`,
    transcriber,
    { words: words.join(' ') },
  );
}
