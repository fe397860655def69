import { correctNames } from '../../domain/glossary.ts';
import type { GlossaryTerm } from '../../domain/glossary-terms.ts';
import { snapWordsToSpeech } from '../../domain/snap-words.ts';
import type { TimeRange } from '../../domain/time.ts';
import { groupSentences, type Transcript, type Word } from '../../domain/transcript.ts';
import { findFillers } from './find-fillers.ts';

/** What was recognised, as it came. */
type Recognised = { readonly words: readonly Word[]; readonly speech: readonly TimeRange[] };

/** Makes a transcript of recognised words: times put in order, names put right, sentences, fillers. */
export function finishHeard(
  heard: Recognised,
  about: { glossary: readonly GlossaryTerm[]; language: string; source: string; durationMs: number },
): Transcript {
  const words = correctNames(
    snapWordsToSpeech(putInOrder(heard.words, about.durationMs), heard.speech),
    about.glossary,
  );
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

/** A transcript that the user gave, with the speech and the fillers that were heard. Its words keep their times. */
export function finishGiven(
  given: Transcript,
  speech: readonly TimeRange[],
  about: { glossary: readonly GlossaryTerm[]; language: string },
): Transcript {
  // What a person wrote is changed by no guess, only by terms that a person gave.
  const words = correctNames(
    given.words,
    about.glossary.filter((term) => term.origin === 'given'),
  );
  const isChanged = words.length !== given.words.length || words.some((word) => word.heardAs !== undefined);
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
