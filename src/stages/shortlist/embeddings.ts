import { createHash } from 'node:crypto';
import { z } from 'zod';
import { PatternPivotError } from '../../domain/errors.ts';
import type { Embedder } from '../../ports/embedder.ts';
import type { StageCache, StageContext } from '../stage.ts';

/** Texts a cached document: less than a second of work, so that a kill loses no more. */
const textsPerDocument = 64;

const vectorsSchema = z.strictObject({
  /** One vector after the other, 32-bit floats, little-endian, in Base64. */
  vectors: z.string(),
});

/** Embeds texts, a cached document a batch, under the hash of the batch's texts and the model. */
export async function embedTexts(
  texts: readonly string[],
  ports: { embedder: Embedder; cache: StageCache },
  context: StageContext,
): Promise<Float32Array[]> {
  const { embedder, cache } = ports;
  const vectors: Float32Array[] = [];
  for (let start = 0; start < texts.length; start += textsPerDocument) {
    context.signal.throwIfAborted();
    const batch = texts.slice(start, start + textsPerDocument);
    const document = await cache.remember({
      name: 'shortlist-embeddings',
      version: 1,
      inputs: { texts: hashTexts(batch), model: embedder.model },
      schema: vectorsSchema,
      run: async () => ({ vectors: packVectors(await embedder.embed(batch, { signal: context.signal })) }),
    });
    const unpacked = unpackVectors(document.vectors, embedder.dimensions);
    if (unpacked.length !== batch.length) {
      throw new PatternPivotError(
        'provider.embeddings_mismatched',
        `${embedder.model} gave ${unpacked.length} vectors of ${embedder.dimensions} numbers for ${batch.length} sentences.`,
        { context: { model: embedder.model } },
      );
    }
    vectors.push(...unpacked);
    context.report({ done: vectors.length, total: texts.length, unit: 'sentences' });
  }
  return vectors;
}

function hashTexts(texts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(texts)).digest('hex');
}

function packVectors(vectors: readonly Float32Array[]): string {
  const bytes = Buffer.concat(
    vectors.map((vector) => {
      const buffer = Buffer.alloc(vector.length * 4);
      for (const [index, value] of vector.entries()) buffer.writeFloatLE(value, index * 4);
      return buffer;
    }),
  );
  return bytes.toString('base64');
}

function unpackVectors(base64: string, dimensions: number): Float32Array[] {
  const bytes = Buffer.from(base64, 'base64');
  const rowBytes = dimensions * 4;
  return Array.from({ length: Math.floor(bytes.length / rowBytes) }, (_, row) =>
    Float32Array.from({ length: dimensions }, (_unused, index) =>
      bytes.readFloatLE(row * rowBytes + index * 4),
    ),
  );
}
