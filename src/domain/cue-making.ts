import { countColumns, joinsTightly, leansBack } from './caption-join.ts';
import type { TimeRange } from './time.ts';

/** Words become cues here: what is shown together, from when, and until when. Pure; times are ms, half-open. */

/** What cue making needs to know of a word. */
export type TimedWord = {
  readonly text: string;
  readonly startMs: number;
  readonly endMs: number;
  /** Who says it, where that is known; a cue holds the words of one speaker. */
  readonly speaker?: string | undefined;
};

/** How words are gathered into cues. */
export type CueLimits = {
  readonly maxWords: number;
  /** Letters of a cue, spaces counted; an ideograph counts as two. */
  readonly maxChars: number;
  /** From the start of a cue's first word to the end of its last. */
  readonly maxMs: number;
  /** A cue is shown at least this long where its neighbours leave room. */
  readonly minMs: number;
  /** A pause this long always ends a cue. */
  readonly pauseMs: number;
  /** A gap to the next cue up to this long is closed: captions that blink are hard to read. */
  readonly closeGapMs: number;
  /** How long a cue stays after its last word when nothing follows soon. */
  readonly lingerMs: number;
};

/** What may be asked of words beside {@link CueLimits}. */
export type GatherOptions = {
  /** Where the last cue ends at the latest, in ms. */
  readonly endMs: number;
  /** Whether words `from` to `to` (half-open) can be shown together; a word alone always can. */
  readonly fits?: (from: number, to: number) => boolean;
};

/** Cues closer than this are one: no eye tells them apart. In ms. */
const minStepMs = 100;

/** Latin marks, and those of Chinese, Japanese, Arabic, Hindi and other scripts. */
const sentenceEnd = /[.!?…。！？｡؟۔।॥]["'”’)\]」』）】]*$/u;
const clauseEnd = /[,;:–—、，；：､،؛]["'”’)\]」』）】]*$/u;

/** Words that belong to what follows: a cue or a line that ends with one reads badly. */
const leaningWord =
  /^(?:a|an|the|of|to|in|on|at|by|for|from|with|and|or|but|if|as|my|your|his|her|its|our|their|is|are|was|i|we|you|he|she|they|mr|mrs|dr)\.?$/iu;

/** Whether a cue or a line should rather not end with this word. */
export function isLeaning(text: string): boolean {
  return leaningWord.test(text);
}

/** Whether a clause or a sentence ends with this word. */
export function endsClause(text: string): boolean {
  return clauseEnd.test(text) || sentenceEnd.test(text);
}

/**
 * Gathers words into cues: every word once and in order, no cues overlapping, all inside `[0, endMs)`. Cues end with
 * sentences and at pauses; within those, the division is chosen that leaves cues evenly full and ends them at commas
 * rather than after an article. Words out of order in time are pulled into line. A word's end is cut to its cue's.
 */
export function gatherCues<W extends TimedWord>(
  input: readonly W[],
  limits: CueLimits,
  options: GatherOptions,
): (TimeRange & { readonly words: W[] })[] {
  const words = straighten(input, options.endMs);
  const cues = mergeTooClose(divide(words, limits, options).map(([from, to]) => words.slice(from, to)));
  return cues.map((members, index) => {
    const startMs = members[0]?.startMs ?? 0;
    const spokenEndMs = members.reduce((latest, word) => Math.max(latest, word.endMs), startMs);
    const roomEndMs = cues[index + 1]?.[0]?.startMs ?? options.endMs;
    const isGapClosed = cues[index + 1] !== undefined && roomEndMs - spokenEndMs <= limits.closeGapMs;
    const wantedMs = Math.max(spokenEndMs + limits.lingerMs, startMs + limits.minMs);
    const endMs = isGapClosed ? roomEndMs : Math.min(roomEndMs, wantedMs);
    return {
      startMs,
      endMs,
      words: members.map((word) => ({ ...word, endMs: Math.min(word.endMs, endMs) })),
    };
  });
}

/** Starts that never go back and lie before the end, ends that never lie before starts. */
function straighten<W extends TimedWord>(words: readonly W[], endMs: number): W[] {
  let previousMs = 0;
  return words.map((word) => {
    const startMs = Math.min(Math.max(word.startMs, previousMs), Math.max(0, endMs - 1));
    previousMs = startMs;
    return { ...word, startMs, endMs: Math.min(Math.max(word.endMs, startMs), endMs) };
  });
}

/** Ends of cues that must be, where a sentence or a pause ends after word `index`. */
function mustBreak(words: readonly TimedWord[], index: number, limits: CueLimits): boolean {
  const word = words[index];
  const next = words[index + 1];
  if (word === undefined || next === undefined) return true;
  if (next.startMs - word.endMs >= limits.pauseMs || next.speaker !== word.speaker) return true;
  return sentenceEnd.test(word.text) && !isLeaning(word.text);
}

/** What it costs to end a cue after a word, beside how full it is. */
function breakCost(word: TimedWord, next: TimedWord | undefined, isForced: boolean): number {
  if (isForced) return 0;
  if (endsClause(word.text)) return 0.2;
  return isLeaning(word.text) || (next !== undefined && leansBack(next.text)) ? 2.5 : 1;
}

/** What it costs to run on past a comma within a cue. */
const runOnCost = 0.7;

/** The cheapest division into cues, by dynamic programming over where each cue ends. Half-open index ranges. */
function divide(
  words: readonly TimedWord[],
  limits: CueLimits,
  { fits }: GatherOptions,
): [from: number, to: number][] {
  // Whether no space stands before a word.
  const tight = words.map((word, index) => joinsTightly(words[index - 1]?.text ?? '', word.text));
  const costs: number[] = [0];
  const froms: number[] = [0];
  for (let to = 1; to <= words.length; to++) {
    const last = words[to - 1];
    if (last === undefined) break;
    const isForced = mustBreak(words, to - 1, limits);
    const nextStartMs = words[to]?.startMs ?? Infinity;
    let chars = -1;
    let runOn = 0;
    let best = { cost: Infinity, from: to - 1 };
    for (let from = to - 1; from >= 0; from--) {
      const first = words[from];
      if (first === undefined) break;
      chars += countColumns(first.text) + (tight[from + 1] === true ? 0 : 1);
      const isAlone = from === to - 1;
      if (!isAlone) {
        if (mustBreak(words, from, limits)) break;
        if (to - from > limits.maxWords || chars > limits.maxChars) break;
        if (endsClause(first.text)) runOn += runOnCost;
        if (last.endMs - first.startMs > limits.maxMs || fits?.(from, to) === false) break;
      }
      const emptiness = Math.max(0, 1 - chars / limits.maxChars);
      const isBrief = nextStartMs - first.startMs < limits.minMs;
      const cost =
        (costs[from] ?? Infinity) +
        4 * emptiness ** 2 +
        runOn +
        breakCost(last, words[to], isForced) +
        (isBrief ? 3 : 0);
      if (cost < best.cost) best = { cost, from };
    }
    costs.push(best.cost);
    froms.push(best.from);
  }
  const ranges: [number, number][] = [];
  for (let to = words.length; to > 0; to = froms[to] ?? 0) ranges.push([froms[to] ?? 0, to]);
  return ranges.reverse();
}

/** Words that start together cannot be shown one after the other. */
function mergeTooClose<W extends TimedWord>(cues: readonly W[][]): W[][] {
  const merged: W[][] = [];
  for (const cue of cues) {
    const last = merged.at(-1);
    const lastStartMs = last?.[0]?.startMs;
    if (last !== undefined && lastStartMs !== undefined && (cue[0]?.startMs ?? 0) - lastStartMs < minStepMs) {
      last.push(...cue);
    } else {
      merged.push([...cue]);
    }
  }
  return merged;
}
