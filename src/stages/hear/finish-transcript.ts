import { PatternPivotError } from '../../domain/errors.ts';
import { correctNames } from '../../domain/glossary.ts';
import type { GlossaryTerm } from '../../domain/glossary-terms.ts';
import { snapWordsToSpeech } from '../../domain/snap-words.ts';
import type { TimeRange } from '../../domain/time.ts';
import { groupSentences, type Transcript, type Word } from '../../domain/transcript.ts';
import { findFillers } from './find-fillers.ts';

/** What was recognised, as it came. */
type Recognised = { readonly words: readonly Word[]; readonly speech: readonly TimeRange[] };

type TellSpeakers = (words: readonly Word[]) => Word[];

/** Makes a transcript of recognised words: times put in order, names put right, sentences, fillers. */
export function finishHeard(
  heard: Recognised,
  about: {
    glossary: readonly GlossaryTerm[];
    language: string;
    source: string;
    durationMs: number;
    /** Says of every word who speaks it. */
    tell?: TellSpeakers | undefined;
  },
): Transcript {
  const corrected = correctNames(
    snapWordsToSpeech(putInOrder(heard.words, about.durationMs), heard.speech),
    about.glossary,
  );
  const words = about.tell?.(corrected) ?? corrected;
  return {
    version: 1,
    language: about.language,
    source: about.source,
    durationMs: about.durationMs,
    words,
    sentences: groupSentences(words),
    speech: [...heard.speech],
    fillers: findFillers(heard.speech, words),
  };
}

/**
 * A transcript that the user gave, without what lies behind the source's end: a recording may have been cut shorter.
 * @throws input.transcript_mismatch when most of it lies there, for then it is another recording's
 */
export function keepInside(given: Transcript, source: { path: string; durationMs: number }): Transcript {
  const { durationMs, path } = source;
  const words = given.words
    .filter((word) => word.startMs < durationMs)
    .map((word) => Object.assign({}, word, { endMs: Math.min(word.endMs, durationMs) }));
  if (words.length * 2 < given.words.length) {
    const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
    const lastMs = given.words.at(-1)?.endMs ?? 0;
    throw new PatternPivotError(
      'input.transcript_mismatch',
      `The transcript goes on to ${seconds(lastMs)}, and ${path} ends at ${seconds(durationMs)}: it belongs to another recording.`,
      { hint: 'Give the transcript of this file.', context: { path, durationMs, lastMs } },
    );
  }
  if (words.length === given.words.length) return { ...given, words };
  return { ...given, durationMs, words, sentences: groupSentences(words) };
}

/** A transcript that the user gave, with the speech and the fillers that were heard. Its words keep their times. */
export function finishGiven(
  given: Transcript,
  speech: readonly TimeRange[],
  about: { glossary: readonly GlossaryTerm[]; language: string; tell?: TellSpeakers | undefined },
): Transcript {
  // What a person wrote is changed by no guess, only by terms that a person gave.
  const corrected = correctNames(
    given.words,
    about.glossary.filter((term) => term.origin === 'given'),
  );
  // A file that names its speakers knows better.
  const isTold = given.words.some((word) => word.speaker !== undefined);
  const words = isTold ? corrected : (about.tell?.(corrected) ?? corrected);
  const isChanged =
    words.length !== given.words.length ||
    words.some((word) => word.heardAs !== undefined || (!isTold && word.speaker !== undefined));
  return {
    ...given,
    language: about.language,
    words,
    sentences: isChanged || given.sentences.length === 0 ? groupSentences(words) : [...given.sentences],
    speech: [...speech],
    fillers: findFillers(speech, words),
  };
}

/** Words start in order and overlap nobody; pieces meet in silence, so there is little to mend. */
export function putInOrder(words: readonly Word[], durationMs: number): Word[] {
  const ordered: Word[] = [];
  for (const [index, word] of words.entries()) {
    const startMs = Math.min(durationMs, Math.max(word.startMs, ordered.at(-1)?.startMs ?? 0));
    const nextMs = Math.max(startMs, words[index + 1]?.startMs ?? durationMs);
    const endMs = Math.max(startMs, Math.min(word.endMs, nextMs, durationMs));
    ordered.push({ ...word, startMs, endMs });
  }
  return ordered;
}
