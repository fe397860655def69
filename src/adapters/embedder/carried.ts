import {
  openSentenceEncoder,
  sentenceEncoderDimensions,
  sentenceEncoderModel,
} from '../../inference/sentence-encoder.ts';
import type { Embedder } from '../../ports/embedder.ts';

/** The sentence encoder whose weights npm carries (Universal Sentence Encoder lite, English, 512-d): no key, no network. */
export function createCarriedEncoder(): Embedder {
  const encoder = openSentenceEncoder();
  return {
    model: sentenceEncoderModel,
    dimensions: sentenceEncoderDimensions,
    embed: (texts, { signal }) => encoder.embed(texts, signal),
    close: () => encoder.close(),
  };
}
