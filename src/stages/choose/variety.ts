import type { Moment } from '../../domain/moment.ts';
import { overlapMs } from '../../domain/time.ts';

/** Two chosen clips may share at most this part of the shorter one: the pause between two neighbours, not a sentence. */
const tolerableOverlapShare = 0.1;

/** What being wholly alike to a chosen moment costs, in score: a repetition must be far better than the rest to come in. */
const likenessPenalty = 0.35;

/** Whether two moments share more of the source than two clips should. */
export function overlapsTooMuch(a: Moment, b: Moment): boolean {
  const shorterMs = Math.min(a.endMs - a.startMs, b.endMs - b.startMs);
  return overlapMs(a, b) > tolerableOverlapShare * shorterMs;
}

/** Which words a text is made of and how often, long ones only: enough to tell whether two say the same. */
export function countTerms(text: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const word of text.toLowerCase().match(/[\p{L}\p{N}]{4,}/gu) ?? []) {
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return counts;
}

/** Weighs each term by how few of the texts have it, so that what all moments of a talk share does not make them alike. */
export function weighTerms(texts: readonly string[]): Map<string, number>[] {
  const counted = texts.map(countTerms);
  const textsWith = new Map<string, number>();
  for (const terms of counted)
    for (const term of terms.keys()) textsWith.set(term, (textsWith.get(term) ?? 0) + 1);
  return counted.map((terms) => {
    const weighed = new Map<string, number>();
    for (const [term, count] of terms) {
      weighed.set(term, (1 + Math.log(count)) * Math.log(1 + texts.length / (textsWith.get(term) ?? 1)));
    }
    const length = Math.hypot(...weighed.values());
    if (length > 0) for (const [term, weight] of weighed) weighed.set(term, weight / length);
    return weighed;
  });
}

/** How alike two texts are by their weighed terms: a cosine, 0 to 1. */
export function likenessOf(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): number {
  const [small, large] = a.size <= b.size ? [a, b] : [b, a];
  let dot = 0;
  for (const [term, weight] of small) dot += weight * (large.get(term) ?? 0);
  return Math.min(1, dot);
}

/**
 * Picks up to `count` moments that do not overlap, by maximal marginal relevance: each time the one whose score, less its
 * likeness to what was picked already, is highest (Carbonell & Goldstein 1998). Best first.
 */
export function pickVaried(candidates: readonly Moment[], count: number): Moment[] {
  const terms = weighTerms(candidates.map((moment) => moment.text));
  const likeness = candidates.map(() => 0);
  const open = new Set(candidates.keys());
  const picked: Moment[] = [];
  while (picked.length < count && open.size > 0) {
    let best: number | undefined;
    let bestValue = Number.NEGATIVE_INFINITY;
    for (const index of open) {
      const value = candidates[index]!.score - likenessPenalty * likeness[index]!;
      if (value > bestValue) {
        bestValue = value;
        best = index;
      }
    }
    const chosen = candidates[best!]!;
    picked.push(chosen);
    open.delete(best!);
    for (const index of open) {
      if (overlapsTooMuch(chosen, candidates[index]!)) open.delete(index);
      else likeness[index] = Math.max(likeness[index]!, likenessOf(terms[best!]!, terms[index]!));
    }
  }
  return picked;
}
