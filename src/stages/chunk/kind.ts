import type { ChunkKind } from '../../domain/library.ts';
import { numberWords, openingStory, questionOpening, story } from '../shortlist/lexicon.ts';

const questionMark = /[?？؟\u037E]["'”’)\]」』）】]*$/u;
const digits = /\p{Nd}/u;

/** Asks something: ends with a question mark, or opens like a question where a recogniser gave no mark. */
function asks(sentence: string): boolean {
  return questionMark.test(sentence) || questionOpening.test(sentence);
}

/** Names a quantity. */
function counts(sentence: string): boolean {
  return digits.test(sentence) || numberWords.test(sentence);
}

/**
 * What sentences are, as one: a quarter of them asks, half of them count, one opens a story or half of them carry one. A question
 * weighs most, since what surrounds it is its set-up or its answer.
 */
export function kindOf(sentences: readonly string[]): ChunkKind {
  const share = (test: (sentence: string) => boolean) => sentences.filter(test).length / sentences.length;
  if (share(asks) >= 1 / 4) return 'question';
  if (share(counts) >= 1 / 2) return 'number';
  if (sentences.some((sentence) => openingStory.test(sentence))) return 'story';
  if (share((sentence) => story.test(sentence)) >= 1 / 2) return 'story';
  return 'statement';
}
