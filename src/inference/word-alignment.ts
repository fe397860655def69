/**
 * Word times from attention: how strongly each token looked at each frame of sound, made into the one monotone path that
 * explains it best. The method of OpenAI's Whisper (https://github.com/openai/whisper/blob/main/whisper/timing.py).
 */

/** Rows of tokens, columns of frames, row by row. */
export type Matrix = { readonly rows: number; readonly columns: number; readonly data: Float32Array };

/**
 * Puts the attention of several heads into one matrix: each head is normalised over the tokens (so that a frame which
 * every token looks at says nothing), then smoothed along time by a median, then the heads are averaged.
 */
export function mergeHeads(heads: readonly Matrix[], medianFrames: number): Matrix {
  const [first] = heads;
  if (first === undefined) throw new RangeError('There is no head to merge.');
  const { rows, columns } = first;
  const merged = new Float32Array(rows * columns);
  for (const head of heads) {
    const normal = normaliseOverRows(head);
    for (let at = 0; at < merged.length; at++) merged[at]! += normal[at]! / heads.length;
  }
  return { rows, columns, data: medianFilterRows({ rows, columns, data: merged }, medianFrames) };
}

function normaliseOverRows({ rows, columns, data }: Matrix): Float32Array {
  const result = new Float32Array(data.length);
  for (let column = 0; column < columns; column++) {
    let sum = 0;
    let squares = 0;
    for (let row = 0; row < rows; row++) {
      const value = data[row * columns + column]!;
      sum += value;
      squares += value * value;
    }
    const mean = sum / rows;
    const deviation = Math.sqrt(Math.max(0, squares / rows - mean * mean)) + 1e-9;
    for (let row = 0; row < rows; row++) {
      const at = row * columns + column;
      result[at] = (data[at]! - mean) / deviation;
    }
  }
  return result;
}

/** The median of `width` (odd) neighbours along each row; beyond the ends, the row is mirrored. */
export function medianFilterRows({ rows, columns, data }: Matrix, width: number): Float32Array {
  if (width <= 1 || columns < 2) return data;
  const half = (width - 1) / 2;
  const result = new Float32Array(data.length);
  const window = new Float32Array(width);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      for (let offset = -half; offset <= half; offset++) {
        let at = Math.abs(column + offset);
        if (at >= columns) at = Math.max(0, 2 * columns - 2 - at);
        window[offset + half] = data[row * columns + at]!;
      }
      window.sort();
      result[row * columns + column] = window[half]!;
    }
  }
  return result;
}

/**
 * The frame at which each row begins on the path of least cost from the first cell to the last, by dynamic time warping:
 * a step goes on in time, to the next row, or both.
 */
export function warpRowStarts({ rows, columns, data: cost }: Matrix): Int32Array {
  const width = columns + 1;
  const total = new Float64Array((rows + 1) * width).fill(Infinity);
  const cameFrom = new Uint8Array((rows + 1) * width);
  total[0] = 0;
  for (let row = 1; row <= rows; row++) {
    for (let column = 1; column <= columns; column++) {
      const at = row * width + column;
      const diagonal = total[at - width - 1]!;
      const up = total[at - width]!;
      const left = total[at - 1]!;
      let best = left;
      let from = 2;
      if (diagonal < up && diagonal < left) {
        best = diagonal;
        from = 0;
      } else if (up < diagonal && up < left) {
        best = up;
        from = 1;
      }
      total[at] = best + cost[(row - 1) * columns + column - 1]!;
      cameFrom[at] = from;
    }
  }
  const starts = new Int32Array(rows);
  let row = rows;
  let column = columns;
  while (row > 0 && column > 0) {
    starts[row - 1] = column - 1;
    const from = cameFrom[row * width + column];
    if (from !== 2) row--;
    if (from !== 1) column--;
  }
  return starts;
}
