import { readFile } from 'node:fs/promises';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { beforeAll, expect, it } from 'vitest';
import { decodeBatch, type EncodedPiece } from './moonshine-decoder.ts';
import { makeDecoderModels, moonshineTiny } from './moonshine-graphs.ts';
import { locateWeights } from './weights.ts';

const { layers, heads, headSize, hiddenSize, vocabulary } = moonshineTiny;
const options = { intraOpNumThreads: 1, interOpNumThreads: 1 };

/** Numbers like noise, the same in every run. */
function makeNoise(length: number, seed: number): Float32Array {
  let state = seed;
  return Float32Array.from({ length }, () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 1_073_741_824 - 1;
  });
}

const piece = (frames: number, seed: number): EncodedPiece => ({
  frames,
  hidden: makeNoise(frames * hiddenSize, seed),
  durationMs: 1000,
});

let published: InferenceSession;
let edited: { start: InferenceSession; step: InferenceSession };

beforeAll(async () => {
  const bytes = await readFile(locateWeights('moonshine-tiny')['decoder.onnx']!);
  const models = makeDecoderModels(bytes, [
    { layer: 5, head: 0 },
    { layer: 3, head: 7 },
    { layer: 3, head: 1 },
  ]);
  published = await InferenceSession.create(bytes, options);
  edited = {
    start: await InferenceSession.create(models.start, options),
    step: await InferenceSession.create(models.step, options),
  };
});

/** Scores of the vocabulary after each of the given tokens, by the published model as its makers run it. */
async function scoreAsPublished(
  { hidden, frames }: EncodedPiece,
  tokens: readonly number[],
): Promise<Float32Array[]> {
  const sound = new Tensor('float32', hidden, [1, frames, hiddenSize]);
  const scores: Float32Array[] = [];
  let past: Record<string, Tensor> = {};
  for (let layer = 0; layer < layers; layer++) {
    for (const kind of ['decoder.key', 'decoder.value', 'encoder.key', 'encoder.value']) {
      past[`past_key_values.${layer}.${kind}`] = new Tensor('float32', [], [0, heads, 1, headSize]);
    }
  }
  for (const [index, token] of tokens.entries()) {
    const made = await published.run({
      ...past,
      encoder_hidden_states: sound,
      input_ids: new Tensor('int64', BigInt64Array.of(BigInt(token)), [1, 1]),
      use_cache_branch: new Tensor('bool', [index > 0]),
    });
    scores.push(made['logits']!.data as Float32Array);
    past = Object.fromEntries(
      Object.keys(past).map((name) => [
        name,
        index > 0 && name.includes('.encoder.')
          ? past[name]!
          : made[name.replace('past_key_values', 'present')]!,
      ]),
    );
  }
  return scores;
}

it('chooses the tokens that the published model scores best, with their likelihoods', async () => {
  const noise = piece(60, 7);
  const [row] = await decodeBatch(edited, [noise], 3, new AbortController().signal);
  expect(row!.tokens.length).toBeGreaterThan(3);
  const scores = await scoreAsPublished(noise, [1, ...row!.tokens.map((token) => token.id)]);
  for (const [index, token] of row!.tokens.entries()) {
    const all = scores[index]!;
    expect(all.length).toBe(vocabulary);
    let best = -Infinity;
    for (const score of all) best = Math.max(best, score);
    // The last product is in 8 bits here: scores may differ a little.
    expect(best - all[token.id]!).toBeLessThan(0.5);
    let sum = 0;
    for (const score of all) sum += Math.exp(score - best);
    expect(Math.abs(token.logLikelihood - (all[token.id]! - best - Math.log(sum)))).toBeLessThan(0.5);
  }
});

it('gives attention that sums to one over the frames of each piece, padding left out', async () => {
  const rows = await decodeBatch(edited, [piece(60, 7), piece(35, 8)], 3, new AbortController().signal);
  for (const [index, row] of rows.entries()) {
    expect(row.attention.length).toBe(3);
    for (const matrix of row.attention) {
      expect(matrix.columns).toBe([60, 35][index]);
      expect(matrix.rows).toBeGreaterThanOrEqual(row.tokens.length);
      for (let at = 0; at < matrix.rows; at++) {
        const looks = matrix.data.subarray(at * matrix.columns, (at + 1) * matrix.columns);
        expect(looks.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 4);
      }
    }
  }
});

it('stops between steps when it is told to', async () => {
  const stopped = AbortSignal.abort();
  await expect(decodeBatch(edited, [piece(60, 7)], 3, stopped)).rejects.toThrow(/abort/iu);
});
