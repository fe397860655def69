import type { Embedder } from '../../ports/embedder.ts';
import { embedBatches } from '../embed/embed-batches.ts';
import type { StageCache, StageContext } from '../stage.ts';

/** Embeds sentences, a cached document a batch, under the hash of the batch's texts and the model. */
export async function embedTexts(
  texts: readonly string[],
  ports: { embedder: Embedder; cache: StageCache },
  context: StageContext,
): Promise<Float32Array[]> {
  const purpose = { stage: 'shortlist-embeddings', unit: 'sentences' };
  const vectors: Float32Array[] = [];
  for await (const batch of embedBatches(texts, purpose, ports, context)) vectors.push(...batch.vectors);
  return vectors;
}
