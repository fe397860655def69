import { rm, writeFile } from 'node:fs/promises';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { computeTinyVector, tinyMaxTokens, writeTinyModel } from '../../test/fixtures/tiny-sentence-model.ts';
import { openSentenceModel, type SentenceModel, type SentenceModelFiles } from './sentence-model.ts';

let folder: string;
let model: SentenceModel;
const opened: SentenceModel[] = [];

function filesIn(path: string, change: Partial<SentenceModelFiles> = {}): SentenceModelFiles {
  return {
    folder: path,
    subfolder: 'onnx',
    graph: 'model_quantized',
    hasExternalData: false,
    pooling: 'cls',
    maxTokens: tinyMaxTokens,
    ...change,
  };
}

function open(files: SentenceModelFiles): SentenceModel {
  const sentenceModel = openSentenceModel(files);
  opened.push(sentenceModel);
  return sentenceModel;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot-model ü-'));
  await writeTinyModel(folder);
  model = open(filesIn(folder));
});

afterAll(async () => {
  await Promise.all(opened.map((each) => each.close()));
  await rm(folder, { recursive: true, force: true });
});

const texts = [
  'The sea was calm.',
  'Why do audiences leave?',
  'Taxes rose again, and the wind was cold, and the boat went out to fish.',
  'boat',
];

function expectClose(vector: Float32Array | undefined, expected: readonly number[]): void {
  expect(vector?.length).toBe(expected.length);
  for (const [index, value] of expected.entries()) expect(vector?.[index]).toBeCloseTo(value, 5);
}

describe('a sentence model run by transformers.js', () => {
  it('gives the vector of the first token, at unit length, as computed by hand', async () => {
    const vectors = await model.embed(texts);
    for (const [index, text] of texts.entries()) {
      expectClose(vectors[index], computeTinyVector(text));
      expect(Math.hypot(...(vectors[index] ?? []))).toBeCloseTo(1, 6);
    }
  });

  it('gives the mean of all tokens where the model wants that, and what fills a batch up does not count', async () => {
    const vectors = await open(filesIn(folder, { pooling: 'mean' })).embed(texts);
    for (const [index, text] of texts.entries()) {
      expectClose(vectors[index], computeTinyVector(text, 'mean'));
    }
  });

  it('gives a text the same vector alone and among many others', async () => {
    const many = Array.from({ length: 40 }, (_, index) => texts[index % texts.length]!);
    const [alone] = await model.embed(['boat']);
    const vectors = await model.embed(many);
    expectClose(vectors[3], [...(alone ?? [])]);
    expectClose(vectors[39], [...(alone ?? [])]);
  });

  it('cuts what is longer than the model reads, and takes nothing, noise and half characters', async () => {
    const long = Array.from({ length: 200 }, (_, index) => (index % 2 === 0 ? 'sea' : 'boat')).join(' ');
    const [cut] = await model.embed([long]);
    expectClose(cut, computeTinyVector(long));
    const odd = await model.embed(['', '   ', '\u{1F600}\uD800', 'x'.repeat(100_000)]);
    for (const vector of odd) expect(Math.hypot(...vector)).toBeCloseTo(1, 6);
  });

  it('reads a graph that lies in the folder itself', async () => {
    const flat = join(folder, 'flat');
    await writeTinyModel(flat, { graphPath: 'model.onnx' });
    const vectors = await open(filesIn(flat, { subfolder: '', graph: 'model' })).embed(['boat']);
    expectClose(vectors[0], computeTinyVector('boat'));
  });

  it('says which folder holds a model that cannot be read, and reads it once it is mended', async () => {
    const broken = join(folder, 'broken');
    await writeTinyModel(broken);
    await writeFile(join(broken, 'onnx/model_quantized.onnx'), 'no graph');
    const damaged = open(filesIn(broken));
    await expect(damaged.embed(['boat'])).rejects.toMatchObject({
      code: 'input.model_unreadable',
      message: expect.stringContaining(broken),
    });
    await writeTinyModel(broken);
    expectClose((await damaged.embed(['boat']))[0], computeTinyVector('boat'));
  });

  it('never asks a network: a missing file is missing', async () => {
    const partial = join(folder, 'partial');
    await writeTinyModel(partial);
    await rm(join(partial, 'tokenizer.json'));
    await expect(open(filesIn(partial)).embed(['boat'])).rejects.toMatchObject({
      code: 'input.model_unreadable',
    });
  });

  it('stops when it is told to', async () => {
    const stop = new AbortController();
    const embedding = model.embed(
      Array.from({ length: 5000 }, () => 'The sea was calm.'),
      stop.signal,
    );
    stop.abort(new Error('enough'));
    await expect(embedding).rejects.toThrow();
    expectClose((await model.embed(['boat']))[0], computeTinyVector('boat'));
  });
});
