import { readFile } from 'node:fs/promises';
import llamaTokenizer from 'llama-tokenizer-js';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Word } from '../domain/transcript.ts';
import { decodeBatch, type DecodedRow, type EncodedPiece } from './moonshine-decoder.ts';
import { makeDecoderModels, type AttentionHead } from './moonshine-graphs.ts';
import { groupTokens } from './token-words.ts';
import { locateWeights } from './weights.ts';
import { mergeHeads, warpRowStarts } from './word-alignment.ts';

/**
 * The heads whose attention follows the sound best, measured on the word-timing recordings: each alone, these had the
 * least mean error of word starts among those of layers 3 to 6. From 4 to 10 heads the result hardly changes:
 * see docs/decisions/0006-speech-recognition.md.
 */
const timingHeads: readonly AttentionHead[] = [
  { layer: 3, head: 7 },
  { layer: 4, head: 7 },
  { layer: 5, head: 4 },
  { layer: 5, head: 6 },
  { layer: 5, head: 7 },
];

/** Width of the median that smooths attention along time, in frames: Whisper's. */
const medianFrames = 7;

const sampleRateHz = 16_000;

/** One frame of attention: the encoder's strides are 64, 3 and 2 samples, so 384 samples at 16 kHz. */
const frameMs = 24;

/** Where a frame's own stretch begins: frame 0 sees samples 0 to 894, its middle is at 28 ms, half a frame before it 16 ms. */
const frameOffsetMs = 16;

/** Tokens below it are "unknown", start and end, and those past the end of the vocabulary are unused: none has text. */
const firstTextToken = 3;

/** Shorter sounds give the encoder no frame to speak of. */
const minSamples = 0.1 * sampleRateHz;

/** Rows times frames that are decoded together: about 80 MB of keys and values, which keeps the process below 500 MB. */
const maxBatchFrames = 6000;

/** A piece that was recognised as a loop is cut in two and tried again, while it is longer than this. */
const minSplitSamples = 4 * sampleRateHz;

/** Turns pieces of speech into words, times counted from each piece's start. */
export type Recogniser = {
  recognise(pieces: readonly Float32Array[], signal: AbortSignal): Promise<Word[][]>;
};

/** Loads Moonshine tiny. To be called in a child process only: the runtime is native code. */
export async function openRecogniser(threads: number): Promise<Recogniser> {
  const paths = locateWeights('moonshine-tiny');
  const options: InferenceSession.SessionOptions = {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    // Measured: without the arena the process needs a fifth less memory and no more time.
    enableCpuMemArena: false,
    // Two sessions and other processes share the cores: waiting threads must not spin.
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  };
  const models = makeDecoderModels(await readFile(paths['decoder.onnx'] ?? ''), timingHeads);
  const encoder = await InferenceSession.create(paths['encoder.onnx'] ?? '', options);
  const sessions = {
    start: await InferenceSession.create(models.start, options),
    step: await InferenceSession.create(models.step, options),
  };

  const encode = async (samples: Float32Array): Promise<EncodedPiece> => {
    const input = { input_values: new Tensor('float32', samples, [1, samples.length]) };
    const hidden = (await encoder.run(input))['last_hidden_state'];
    if (hidden === undefined) throw new RangeError('The speech encoder gave no result.');
    return {
      frames: hidden.dims[1] ?? 0,
      hidden: hidden.data as Float32Array,
      durationMs: samples.length / (sampleRateHz / 1000),
    };
  };

  const recognise = async (pieces: readonly Float32Array[], signal: AbortSignal): Promise<Word[][]> => {
    const words: Word[][] = pieces.map(() => []);
    const retries: number[] = [];
    for (const batch of planBatches(pieces.map((samples) => samples.length))) {
      const encoded: EncodedPiece[] = [];
      for (const index of batch) {
        signal.throwIfAborted();
        encoded.push(await encode(pieces[index]!));
      }
      const rows = await decodeBatch(sessions, encoded, timingHeads.length, signal);
      for (const [position, row] of rows.entries()) {
        const index = batch[position]!;
        words[index] = timeWords(row, encoded[position]!);
        if (row.looped && pieces[index]!.length > minSplitSamples) retries.push(index);
      }
    }
    for (const index of retries) {
      const samples = pieces[index]!;
      const cut = findQuietestCut(samples);
      const halves = await recognise([samples.subarray(0, cut), samples.subarray(cut)], signal);
      words[index] = [...(halves[0] ?? []), ...shiftWords(halves[1] ?? [], cut / (sampleRateHz / 1000))];
    }
    return words;
  };

  return { recognise };
}

/** Which pieces are decoded together: of like lengths, so that little is wasted on padding. Too short ones are left out. */
export function planBatches(lengths: readonly number[]): number[][] {
  const order = [...lengths.keys()]
    .filter((index) => lengths[index]! >= minSamples)
    .toSorted((a, b) => lengths[b]! - lengths[a]!);
  const batches: number[][] = [];
  let most = 0;
  for (const index of order) {
    const last = batches.at(-1);
    if (last !== undefined && last.length < most) {
      last.push(index);
      continue;
    }
    // The first of a batch is its longest.
    most = Math.max(1, Math.floor(maxBatchFrames / (lengths[index]! / ((sampleRateHz / 1000) * frameMs))));
    batches.push([index]);
  }
  return batches;
}

function timeWords(row: DecodedRow, piece: EncodedPiece): Word[] {
  if (row.tokens.length === 0) return [];
  const merged = mergeHeads(row.attention, medianFrames);
  const starts = warpRowStarts({ ...merged, data: merged.data.map((value) => -value) });
  const toMs = (frame: number) => Math.min(frame * frameMs + frameOffsetMs, piece.durationMs);
  const timed = row.tokens.map((token, index) => ({
    piece: token.id < firstTextToken ? '' : (llamaTokenizer.vocabById[token.id] ?? ''),
    startMs: toMs(starts[index] ?? 0),
    logLikelihood: token.logLikelihood,
  }));
  // The row after the last token is the one that ended the sentence.
  const end = starts[row.tokens.length];
  return groupTokens(timed, end === undefined ? piece.durationMs : toMs(end));
}

function shiftWords(words: readonly Word[], byMs: number): Word[] {
  const offsetMs = Math.round(byMs);
  return words.map((word) => ({
    ...word,
    startMs: word.startMs + offsetMs,
    endMs: word.endMs + offsetMs,
  }));
}

/** Where a piece is best cut in two: in the middle of the quietest 40 ms of its middle third, in samples. */
export function findQuietestCut(samples: Float32Array): number {
  const window = 0.04 * sampleRateHz;
  let quietest = Infinity;
  let cut = Math.floor(samples.length / 2);
  for (
    let start = Math.floor(samples.length / 3);
    start + window < (samples.length * 2) / 3;
    start += window / 2
  ) {
    let energy = 0;
    for (let at = start; at < start + window; at++) energy += samples[at]! ** 2;
    if (energy < quietest) {
      quietest = energy;
      cut = start + window / 2;
    }
  }
  return cut;
}
