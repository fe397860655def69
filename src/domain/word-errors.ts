import { normaliseWords, type NormaliserName } from './word-normaliser.ts';

/** One step of the cheapest way from what was said (the reference) to what was heard (the hypothesis). */
export type AlignedPair =
  | { readonly kind: 'match' | 'substitution'; readonly reference: number; readonly hypothesis: number }
  | { readonly kind: 'deletion'; readonly reference: number; readonly hypothesis: undefined }
  | { readonly kind: 'insertion'; readonly reference: undefined; readonly hypothesis: number };

/** How many words were heard wrong. */
export type WordErrors = {
  readonly referenceWords: number;
  readonly substitutions: number;
  readonly insertions: number;
  readonly deletions: number;
  /** Errors a reference word: 0 is perfect, 1 is as bad as silence. With no reference words: 0 or 1. */
  readonly rate: number;
};

/**
 * Errors are counted in this unit, and each substitution costs 1 more: so of alignments with equally many errors the one
 * that pairs the most equal words wins.
 */
const errorCost = 2 ** 20;

/** Above this many table cells the alignment is found by halves, in linear memory. */
const directCells = 4_000_000;

/**
 * Pairs the words of two texts by least edit distance (Levenshtein, each error costs the same). Indexes count into the inputs,
 * whose words are compared as they are: normalise them first. Memory stays flat for texts of any length (Hirschberg 1975).
 */
export function alignWords(reference: readonly string[], hypothesis: readonly string[]): AlignedPair[] {
  const numbers = new Map<string, number>();
  const toNumbers = (words: readonly string[]) =>
    Int32Array.from(words, (word) => {
      const known = numbers.get(word) ?? numbers.size;
      numbers.set(word, known);
      return known;
    });
  const pairs: AlignedPair[] = [];
  alignRange(toNumbers(reference), toNumbers(hypothesis), 0, 0, pairs);
  return pairs;
}

function alignRange(
  reference: Int32Array,
  hypothesis: Int32Array,
  referenceOffset: number,
  hypothesisOffset: number,
  pairs: AlignedPair[],
): void {
  if (reference.length < 2 || (reference.length + 1) * (hypothesis.length + 1) <= directCells) {
    alignDirectly(reference, hypothesis, referenceOffset, hypothesisOffset, pairs);
    return;
  }
  const middle = reference.length >> 1;
  const before = lastRowCosts(reference.subarray(0, middle), hypothesis);
  const after = lastRowCosts(reference.slice(middle).toReversed(), hypothesis.toReversed()).toReversed();
  let split = 0;
  for (let column = 1; column <= hypothesis.length; column++) {
    if (costAt(before, column) + costAt(after, column) < costAt(before, split) + costAt(after, split)) {
      split = column;
    }
  }
  alignRange(
    reference.subarray(0, middle),
    hypothesis.subarray(0, split),
    referenceOffset,
    hypothesisOffset,
    pairs,
  );
  alignRange(
    reference.subarray(middle),
    hypothesis.subarray(split),
    referenceOffset + middle,
    hypothesisOffset + split,
    pairs,
  );
}

function costAt(costs: Float64Array, index: number): number {
  return costs[index] ?? 0;
}

/** The cost of turning all of the reference into each prefix of the hypothesis. */
function lastRowCosts(reference: Int32Array, hypothesis: Int32Array): Float64Array {
  const row = firstRowCosts(hypothesis.length);
  for (const word of reference) fillRow(row, word, hypothesis);
  return row;
}

function firstRowCosts(hypothesisLength: number): Float64Array {
  return Float64Array.from({ length: hypothesisLength + 1 }, (_, column) => column * errorCost);
}

function fillRow(row: Float64Array, word: number, hypothesis: Int32Array, steps?: Uint8Array): void {
  let diagonal = costAt(row, 0);
  row[0] = diagonal + errorCost;
  for (let column = 1; column <= hypothesis.length; column++) {
    const above = costAt(row, column);
    const paired = diagonal + (hypothesis[column - 1] === word ? 0 : errorCost + 1);
    const deleted = above + errorCost;
    const inserted = costAt(row, column - 1) + errorCost;
    const best = Math.min(paired, deleted, inserted);
    if (steps !== undefined) {
      steps[column] = best === paired ? stepPaired : best === deleted ? stepDeleted : stepInserted;
    }
    row[column] = best;
    diagonal = above;
  }
}

const stepInserted = 0;
const stepDeleted = 1;
const stepPaired = 2;

function alignDirectly(
  reference: Int32Array,
  hypothesis: Int32Array,
  referenceOffset: number,
  hypothesisOffset: number,
  pairs: AlignedPair[],
): void {
  const width = hypothesis.length + 1;
  const steps = new Uint8Array((reference.length + 1) * width);
  const row = firstRowCosts(hypothesis.length);
  for (let index = 1; index <= reference.length; index++) {
    steps[index * width] = stepDeleted;
    fillRow(row, reference[index - 1] ?? -1, hypothesis, steps.subarray(index * width, (index + 1) * width));
  }
  const backwards: AlignedPair[] = [];
  let i = reference.length;
  let j = hypothesis.length;
  while (i > 0 || j > 0) {
    const step = steps[i * width + j];
    if (i > 0 && j > 0 && step === stepPaired) {
      i--;
      j--;
      backwards.push({
        kind: reference[i] === hypothesis[j] ? 'match' : 'substitution',
        reference: referenceOffset + i,
        hypothesis: hypothesisOffset + j,
      });
    } else if (i > 0 && step === stepDeleted) {
      i--;
      backwards.push({ kind: 'deletion', reference: referenceOffset + i, hypothesis: undefined });
    } else {
      j--;
      backwards.push({ kind: 'insertion', reference: undefined, hypothesis: hypothesisOffset + j });
    }
  }
  for (let index = backwards.length - 1; index >= 0; index--) {
    const pair = backwards[index];
    if (pair !== undefined) pairs.push(pair);
  }
}

/** Counts the errors of an alignment. */
export function countWordErrors(pairs: readonly AlignedPair[]): WordErrors {
  const counts = { match: 0, substitution: 0, insertion: 0, deletion: 0 };
  for (const pair of pairs) counts[pair.kind]++;
  return withRate({
    referenceWords: counts.match + counts.substitution + counts.deletion,
    substitutions: counts.substitution,
    insertions: counts.insertion,
    deletions: counts.deletion,
  });
}

/** Adds up the errors of several texts: a set's rate is that of its sum, not the mean of its rates. */
export function sumWordErrors(parts: Iterable<WordErrors>): WordErrors {
  const sum = { referenceWords: 0, substitutions: 0, insertions: 0, deletions: 0 };
  for (const part of parts) {
    sum.referenceWords += part.referenceWords;
    sum.substitutions += part.substitutions;
    sum.insertions += part.insertions;
    sum.deletions += part.deletions;
  }
  return withRate(sum);
}

function withRate(counts: Omit<WordErrors, 'rate'>): WordErrors {
  const errors = counts.substitutions + counts.insertions + counts.deletions;
  return {
    ...counts,
    rate: counts.referenceWords > 0 ? errors / counts.referenceWords : errors > 0 ? 1 : 0,
  };
}

/** The word errors of a heard text against what was said, both brought into one form by the named normaliser. */
export function scoreWords(reference: string, hypothesis: string, normaliser: NormaliserName): WordErrors {
  return countWordErrors(
    alignWords(normaliseWords(reference, normaliser), normaliseWords(hypothesis, normaliser)),
  );
}
