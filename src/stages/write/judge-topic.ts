import { contentWords } from '../shortlist/signals.ts';
import { splitTopic, stemOf } from '../shortlist/topic.ts';
import type { GatheredSentences } from './gather-sentences.ts';

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
 * The sources that are about the topic; none where nobody speaks of it. `isOneSource`: the one that is nearest alone, as a story wants it.
 * Pure.
 */
export function findSourcesAbout(
  { nearness, said }: Pick<GatheredSentences, 'nearness' | 'said'>,
  topic: string,
  { isOneSource }: { readonly isOneSource: boolean },
): ReadonlySet<string> {
  const best = Math.max(0, ...nearness.values());
  const least = saidShare(said, topic) < 0.5 ? leastUnsaidStrength : leastStrength;
  if (best < least) return new Set();
  const share = isOneSource ? 1 : sourceShare;
  return new Set([...nearness].filter(([, own]) => own >= best * share).map(([assetId]) => assetId));
}

/** The share of the topic's words that are said in some form. */
function saidShare(said: readonly string[], topic: string): number {
  const wanted = new Set(splitTopic(topic).flatMap((wish) => contentWords(wish).map(stemOf)));
  if (wanted.size === 0) return 1;
  const stems = new Set(said.flatMap((text) => contentWords(text).map(stemOf)));
  return [...wanted].filter((stem) => stems.has(stem)).length / wanted.size;
}
