import { contentWords } from '../shortlist/signals.ts';
import { splitTopic, stemOf } from '../shortlist/topic.ts';
import type { SaidSentence } from './gather-sentences.ts';

/** Whether a library knows anything of a topic, and which of its sources do. */

/**
 * A topic is known where its best source is this near, 0 to 1. Chosen on 32 topics of a library of 65 talks: those that nobody speaks of
 * had at most 0.27, those that somebody does at least 0.30.
 */
const leastStrength = 0.29;

/** And so near where fewer than half of its words are said at all: meaning alone takes any science for any other. */
const leastUnsaidStrength = 0.75;

/** A source that is this much weaker than the best one is about something else. */
const sourceShare = 0.6;

/**
 * The sentences of the sources that are about the topic; none where no source is. `isOneSource`: of the one that is nearest alone, as a
 * story wants it. Pure.
 */
export function keepAboutTopic(
  sentences: readonly SaidSentence[],
  topic: string,
  { isOneSource }: { readonly isOneSource: boolean },
): SaidSentence[] {
  const best = Math.max(0, ...sentences.map(({ sourceNearness }) => sourceNearness));
  const least = saidShare(sentences, topic) < 0.5 ? leastUnsaidStrength : leastStrength;
  if (best < least) return [];
  const share = isOneSource ? 1 : sourceShare;
  return sentences.filter(({ sourceNearness }) => sourceNearness >= best * share);
}

/** The share of the topic's words that are said in some form. */
function saidShare(sentences: readonly SaidSentence[], topic: string): number {
  const wanted = new Set(splitTopic(topic).flatMap((wish) => contentWords(wish).map(stemOf)));
  if (wanted.size === 0) return 1;
  const said = new Set(sentences.flatMap(({ text }) => contentWords(text).map(stemOf)));
  return [...wanted].filter((stem) => said.has(stem)).length / wanted.size;
}
