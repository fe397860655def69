/** What sentence embeddings tell of each unit of a source. All values are cosines, or one minus a cosine. */
export type Semantics = {
  /** Likeness to the source as a whole: is this what it is about? */
  readonly central: Float64Array;
  /** Unlikeness to what was said just before: does something new begin? */
  readonly novel: Float64Array;
  /** Sums of the vectors up to each unit, `dimensions` numbers a unit and one row more: for the coherence of any stretch. */
  readonly prefixSums: Float64Array;
  readonly dimensions: number;
};

/** How many units before a unit are "just before": about half a minute of talk. */
const lookBackUnits = 6;

/** Measures the embedded units of a source. One pass: time grows with the number of units, whatever the source's length. */
export function measureSemantics(vectors: readonly Float32Array[]): Semantics {
  const dimensions = vectors[0]?.length ?? 0;
  const prefixSums = new Float64Array((vectors.length + 1) * dimensions);
  for (const [index, vector] of vectors.entries()) {
    for (let d = 0; d < dimensions; d++) {
      prefixSums[(index + 1) * dimensions + d] = prefixSums[index * dimensions + d]! + vector[d]!;
    }
  }
  const central = new Float64Array(vectors.length);
  const novel = new Float64Array(vectors.length);
  for (const [index, vector] of vectors.entries()) {
    central[index] = cosineToMean(vector, prefixSums, dimensions, 0, vectors.length, index);
    const from = Math.max(0, index - lookBackUnits);
    // The first has nothing before it: all of it is new.
    novel[index] = index === 0 ? 1 : 1 - cosineToMean(vector, prefixSums, dimensions, from, index);
  }
  return { central, novel, prefixSums, dimensions };
}

/** How much the units `from` to `to` (half-open) speak of one thing: the length of their mean vector, 0 to 1. */
export function coherenceOf({ prefixSums, dimensions }: Semantics, from: number, to: number): number {
  if (to <= from) return 0;
  let squares = 0;
  for (let d = 0; d < dimensions; d++) {
    const sum = prefixSums[to * dimensions + d]! - prefixSums[from * dimensions + d]!;
    squares += sum * sum;
  }
  const count = to - from;
  // The mean of n unlike unit vectors has the length 1/√n: what goes beyond that is likeness between them.
  const meanCosine = count === 1 ? 1 : (squares - count) / (count * (count - 1));
  return Math.max(0, Math.min(1, meanCosine));
}

/** Likeness of two stretches of units, half-open: the cosine of their mean vectors. */
export function cosineOfStretches(
  { prefixSums, dimensions }: Semantics,
  fromA: number,
  toA: number,
  fromB: number,
  toB: number,
): number {
  let dot = 0;
  let squaresA = 0;
  let squaresB = 0;
  for (let d = 0; d < dimensions; d++) {
    const a = prefixSums[toA * dimensions + d]! - prefixSums[fromA * dimensions + d]!;
    const b = prefixSums[toB * dimensions + d]! - prefixSums[fromB * dimensions + d]!;
    dot += a * b;
    squaresA += a * a;
    squaresB += b * b;
  }
  return dot / Math.max(1e-9, Math.sqrt(squaresA * squaresB));
}

/** Cosine of a vector and the sum of the vectors `from` to `to`, without the one at `except`. */
function cosineToMean(
  vector: Float32Array,
  prefixSums: Float64Array,
  dimensions: number,
  from: number,
  to: number,
  except?: number,
): number {
  let dot = 0;
  let squares = 0;
  for (let d = 0; d < dimensions; d++) {
    const own = except === undefined ? 0 : vector[d]!;
    const sum = prefixSums[to * dimensions + d]! - prefixSums[from * dimensions + d]! - own;
    dot += vector[d]! * sum;
    squares += sum * sum;
  }
  return squares < 1e-12 ? 0 : dot / Math.sqrt(squares);
}
