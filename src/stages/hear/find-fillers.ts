import { invertRanges, mergeRanges, type TimeRange } from '../../domain/time.ts';
import type { Word } from '../../domain/transcript.ts';

/** When speech without a word is a filler, in ms. By judgement, on spontaneous speech whose "um" and "uh" are known. */
export const fillerRules = {
  /** A word covers this much on both sides, too: recognisers end words early. */
  wordMarginMs: 80,
  /** What is left must be this long: an "uh" takes 150 to 500 ms. */
  minMs: 150,
} as const;

/** Speech that no word covers: a likely "um", a laugh, a missed word. Sorted, in ms. */
export function findFillers(speech: readonly TimeRange[], words: readonly Word[]): TimeRange[] {
  const covered = mergeRanges(
    words.map((word) => ({
      startMs: Math.max(0, word.startMs - fillerRules.wordMarginMs),
      endMs: word.endMs + fillerRules.wordMarginMs,
    })),
  );
  const endMs = Math.max(0, ...speech.slice(-1).map((range) => range.endMs));
  const uncovered = invertRanges(covered, endMs);
  const fillers: TimeRange[] = [];
  let next = 0;
  for (const range of speech) {
    while (next < uncovered.length && uncovered[next]!.endMs <= range.startMs) next++;
    for (let index = next; index < uncovered.length && uncovered[index]!.startMs < range.endMs; index++) {
      const startMs = Math.max(range.startMs, uncovered[index]!.startMs);
      const filler = { startMs, endMs: Math.min(range.endMs, uncovered[index]!.endMs) };
      if (filler.endMs - filler.startMs >= fillerRules.minMs) fillers.push(filler);
    }
  }
  return fillers;
}
