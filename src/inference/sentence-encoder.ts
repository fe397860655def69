import { PatternPivotError } from '../domain/errors.ts';
import { childModulePath, startChild, type Child } from '../process/child.ts';

/** Names the carried encoder and the version of its weights. */
export const sentenceEncoderModel = 'universal-sentence-encoder-lite@energetic-ai-0.2.0';

/** Length of its vectors. */
export const sentenceEncoderDimensions = 512;

/** Texts a call to the child: a message of half a megabyte comes back. */
const textsPerCall = 256;

/** The sentence encoder that npm carries, in a child process that starts with the first call. English. */
export interface SentenceEncoder {
  /** One unit-length vector a text, in order. @throws tool.child_died, cancelled.* */
  embed(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array[]>;
  /** Ends the child process. A later call starts another. */
  close(): Promise<void>;
}

/** Opens the encoder; nothing is loaded before the first call. */
export function openSentenceEncoder(): SentenceEncoder {
  let child: Child | undefined;
  return {
    async embed(texts, signal) {
      const vectors: Float32Array[] = [];
      for (let start = 0; start < texts.length; start += textsPerCall) {
        signal?.throwIfAborted();
        child ??= startChild(childModulePath(import.meta.url, './sentence-encoder.child'), {
          title: 'The sentence encoder',
        });
        try {
          const batch = texts.slice(start, start + textsPerCall);
          const options = signal === undefined ? {} : { signal };
          vectors.push(...(await child.call<Float32Array[]>('embed', batch, options)));
        } catch (error) {
          if (error instanceof PatternPivotError && error.code === 'tool.child_died') child = undefined;
          throw error;
        }
      }
      return vectors;
    },
    async close() {
      await child?.close();
      child = undefined;
    },
  };
}
