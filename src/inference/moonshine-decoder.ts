import { Tensor, type InferenceSession } from 'onnxruntime-node';
import { decoderTensors, moonshineTiny } from './moonshine-graphs.ts';
import { findLoop, maxTokens } from './repetition.ts';
import type { Matrix } from './word-alignment.ts';

/** What the encoder made of one piece: `hidden` is [frames, hidden size]. */
export type EncodedPiece = {
  readonly frames: number;
  readonly hidden: Float32Array;
  readonly durationMs: number;
};

/** What the decoder made of one piece. */
export type DecodedRow = {
  readonly tokens: readonly { readonly id: number; readonly logLikelihood: number }[];
  /** For each chosen head, a row for each token and, when the sentence was ended by the model, one for its end. */
  readonly attention: readonly Matrix[];
  /** Whether the model repeated itself or found no end; the tokens of the loop are cut off. */
  readonly looped: boolean;
};

const startToken = 1;
const endToken = 2;

/** Added to attention scores of frames that are padding: far below any score, yet finite. */
const maskedScore = -1e9;

/** A row of the batch while it is being decoded. */
type OpenRow = {
  readonly index: number;
  readonly frames: number;
  readonly maxTokens: number;
  readonly tokens: { id: number; logLikelihood: number }[];
  readonly attention: Float32Array[];
  ended: 'not' | 'by_model' | 'by_guard';
};

/**
 * Decodes pieces together, always taking the likeliest token. Shorter pieces are padded and the padding is masked, so
 * that a piece's words do not depend on its company but for the rounding of the 8-bit layers, which share a scale.
 */
export async function decodeBatch(
  sessions: { readonly start: InferenceSession; readonly step: InferenceSession },
  pieces: readonly EncodedPiece[],
  headCount: number,
  signal: AbortSignal,
): Promise<DecodedRow[]> {
  const rows: OpenRow[] = pieces.map((piece, index) => ({
    index,
    frames: piece.frames,
    maxTokens: maxTokens(piece.durationMs),
    tokens: [],
    attention: [],
    ended: 'not',
  }));
  let open = rows;
  const frames = Math.max(...pieces.map((piece) => piece.frames));
  let made = await sessions.start.run(startFeeds(pieces, frames));
  let fixed = fixedFeeds(made, frameMask(pieces, frames));
  for (;;) {
    const tokenIds = made['token']!.data as BigInt64Array;
    takeTokens(open, made, frames, headCount);
    const going = open.filter((row) => row.ended === 'not');
    if (going.length === 0) break;
    signal.throwIfAborted();
    let self = made;
    let nextIds = tokenIds;
    // A finished row costs as much as any other: rows are moved together once half of them are finished.
    if (going.length * 2 <= open.length) {
      const kept = open.flatMap((row, position) => (row.ended === 'not' ? [position] : []));
      fixed = pickRows(fixed, kept);
      self = pickRows(made, kept);
      nextIds = BigInt64Array.from(kept, (position) => tokenIds[position]!);
      open = going;
    }
    made = await sessions.step.run({
      ...fixed,
      ...selfFeeds(self),
      input_ids: new Tensor('int64', nextIds, [open.length, 1]),
    });
  }
  return rows.map((row) => closeRow(row, headCount));
}

function startFeeds(pieces: readonly EncodedPiece[], frames: number): Record<string, Tensor> {
  const { hiddenSize } = moonshineTiny;
  const hidden = new Float32Array(pieces.length * frames * hiddenSize);
  for (const [index, piece] of pieces.entries()) hidden.set(piece.hidden, index * frames * hiddenSize);
  return {
    input_ids: new Tensor('int64', new BigInt64Array(pieces.length).fill(BigInt(startToken)), [
      pieces.length,
      1,
    ]),
    encoder_hidden_states: new Tensor('float32', hidden, [pieces.length, frames, hiddenSize]),
    frame_mask: frameMask(pieces, frames),
  };
}

function frameMask(pieces: readonly EncodedPiece[], frames: number): Tensor {
  const mask = new Float32Array(pieces.length * frames);
  for (const [index, piece] of pieces.entries()) {
    mask.fill(maskedScore, index * frames + piece.frames, (index + 1) * frames);
  }
  return new Tensor('float32', mask, [pieces.length, 1, 1, frames]);
}

/** What stays the same in every step: the keys and values of the sound, and the mask. */
function fixedFeeds(made: InferenceSession.ReturnType, mask: Tensor): Record<string, Tensor> {
  const feeds: Record<string, Tensor> = { frame_mask: mask };
  for (let layer = 0; layer < moonshineTiny.layers; layer++) {
    const value = decoderTensors.crossValue(layer);
    feeds[decoderTensors.crossKey(layer)] = made[decoderTensors.crossKey(layer)]!;
    feeds[value.read] = made[value.made]!;
  }
  return feeds;
}

/** What each step adds to: the keys and values of the tokens so far. */
function selfFeeds(made: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  const feeds: Record<string, Tensor> = {};
  for (let layer = 0; layer < moonshineTiny.layers; layer++) {
    for (const name of [decoderTensors.selfKey(layer), decoderTensors.selfValue(layer)]) {
      feeds[name.read] = made[name.made]!;
    }
  }
  return feeds;
}

/** Gives each open row its next token, or its end. */
function takeTokens(
  open: readonly OpenRow[],
  made: InferenceSession.ReturnType,
  frames: number,
  headCount: number,
): void {
  const ids = made['token']!.data as BigInt64Array;
  const likelihoods = made['log_likelihood']!.data as Float32Array;
  const attention = made['attention']!.data as Float32Array;
  for (const [position, row] of open.entries()) {
    if (row.ended !== 'not') continue;
    const looks = new Float32Array(headCount * row.frames);
    for (let head = 0; head < headCount; head++) {
      const from = (position * headCount + head) * frames;
      looks.set(attention.subarray(from, from + row.frames), head * row.frames);
    }
    row.attention.push(looks);
    const id = Number(ids[position]);
    if (id === endToken) {
      row.ended = 'by_model';
      continue;
    }
    row.tokens.push({ id, logLikelihood: likelihoods[position]! });
    const keep = findLoop(row.tokens.map((token) => token.id));
    if (keep !== undefined) {
      row.tokens.length = keep;
      row.attention.length = keep;
    }
    if (keep !== undefined || row.tokens.length >= row.maxTokens) row.ended = 'by_guard';
  }
}

/** The chosen rows of every tensor whose first axis is the batch. */
function pickRows(
  tensors: Readonly<Record<string, Tensor>>,
  positions: readonly number[],
): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(tensors).flatMap(([name, tensor]) => {
      if (!(tensor.data instanceof Float32Array)) return [];
      const size = tensor.data.length / (tensor.dims[0] ?? 1);
      const picked = new Float32Array(size * positions.length);
      for (const [to, from] of positions.entries()) {
        picked.set(tensor.data.subarray(from * size, (from + 1) * size), to * size);
      }
      return [[name, new Tensor('float32', picked, [positions.length, ...tensor.dims.slice(1)])]];
    }),
  );
}

function closeRow(row: OpenRow, headCount: number): DecodedRow {
  const columns = row.frames;
  const attention = Array.from({ length: headCount }, (_, head) => {
    const data = new Float32Array(row.attention.length * columns);
    for (const [at, looks] of row.attention.entries()) {
      data.set(looks.subarray(head * columns, (head + 1) * columns), at * columns);
    }
    return { rows: row.attention.length, columns, data };
  });
  return { tokens: row.tokens, attention, looped: row.ended === 'by_guard' };
}
