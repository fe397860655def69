import type { TranscriptChunk } from '../../domain/library.ts';
import type { Embedder } from '../../ports/embedder.ts';
import type { StageCache, StageContext } from '../stage.ts';
import { embedBatches } from './embed-batches.ts';

/** A chunk and what it means: a vector of unit length. */
export type EmbeddedChunk = { readonly chunk: TranscriptChunk; readonly vector: Float32Array };

/**
 * Embeds chunks, some tens at a time, each batch in the cache under the hash of its texts and the model: the same chunks in another
 * corpus, or in an index that is built anew, cost nothing. Progress is told in chunks.
 * @throws provider.embeddings_mismatched, and what the embedder throws
 */
export async function* embedChunks(
  chunks: readonly TranscriptChunk[],
  ports: { embedder: Embedder; cache: StageCache },
  context: StageContext,
): AsyncGenerator<EmbeddedChunk[]> {
  const texts = chunks.map((chunk) => chunk.text);
  const purpose = { stage: 'chunk-embeddings', unit: 'chunks' };
  for await (const { start, vectors } of embedBatches(texts, purpose, ports, context)) {
    yield vectors.map((vector, index) => ({ chunk: chunks[start + index]!, vector }));
  }
}
