import { createHash } from 'node:crypto';
import { z } from 'zod';
import { PatternPivotError } from '../../domain/errors.ts';
import type { Embedder } from '../../ports/embedder.ts';
import type { StageCache, StageContext } from '../stage.ts';

/** Texts a cached document: less than a second of work of the carried model, so that a kill loses no more. */
const textsPerDocument = 64;

const vectorsSchema = z.strictObject({
  /** One vector after the other, 32-bit floats, little-endian, in Base64. */
  vectors: z.string(),
});

/** Whose vectors these are: the stage's name in the cache, and what its units are called. */
export type EmbedPurpose = { readonly stage: string; readonly unit: string };

/** Texts `start` and on, as vectors. */
export type EmbeddedBatch = { readonly start: number; readonly vectors: readonly Float32Array[] };

/**
 * Embeds texts batch by batch, each a cached document under the hash of its texts and the model. Nothing is asked of the embedder
 * for what is in the cache.
 * @throws provider.embeddings_mismatched, and what the embedder throws
 */
export async function* embedBatches(
  texts: readonly string[],
  purpose: EmbedPurpose,
  ports: { embedder: Embedder; cache: StageCache },
  context: StageContext,
): AsyncGenerator<EmbeddedBatch> {
  const { embedder, cache } = ports;
  for (let start = 0; start < texts.length; start += textsPerDocument) {
    context.signal.throwIfAborted();
    const batch = texts.slice(start, start + textsPerDocument);
    const document = await cache.remember({
      name: purpose.stage,
      version: 1,
      inputs: { texts: hashTexts(batch), model: embedder.model },
      schema: vectorsSchema,
      run: async () => {
        await embedder.prepare?.(context);
        const vectors = await embedder.embed(batch, { signal: context.signal });
        assertFitting(vectors, batch.length, embedder);
        return { vectors: packVectors(vectors) };
      },
    });
    yield { start, vectors: unpackVectors(document.vectors, batch.length, embedder) };
    context.report({ done: start + batch.length, total: texts.length, unit: purpose.unit });
  }
}

function hashTexts(texts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(texts)).digest('hex');
}

function assertFitting(vectors: readonly Float32Array[], count: number, embedder: Embedder): void {
  const { model, dimensions } = embedder;
  const fits = vectors.length === count && vectors.every((vector) => vector.length === dimensions);
  if (!fits) throw mismatched(model, vectors.length, count);
}

function mismatched(model: string, given: number, asked: number): PatternPivotError {
  return new PatternPivotError(
    'provider.embeddings_mismatched',
    `${model} gave ${given} vectors for ${asked} texts, or vectors of another length than it said.`,
    { context: { model } },
  );
}

function packVectors(vectors: readonly Float32Array[]): string {
  const bytes = vectors.map((vector) => Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength));
  return Buffer.concat(bytes).toString('base64');
}

function unpackVectors(base64: string, count: number, { model }: Embedder): Float32Array[] {
  const bytes = Buffer.from(base64, 'base64');
  const dimensions = bytes.length / 4 / count;
  if (!Number.isInteger(dimensions) || dimensions === 0) throw mismatched(model, 0, count);
  // A copy: what Buffer gives may begin at any byte, and floats may not.
  const floats = new Float32Array(new Uint8Array(bytes).buffer);
  return Array.from({ length: count }, (_, row) => floats.slice(row * dimensions, (row + 1) * dimensions));
}
