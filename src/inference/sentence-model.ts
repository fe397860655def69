import { PatternPivotError } from '../domain/errors.ts';
import { childModulePath, startChild, type Child } from '../process/child.ts';

/** A sentence model in a folder, in the form in which transformers.js and optimum write it. */
export type SentenceModelFiles = {
  /** Absolute: config.json, tokenizer.json and tokenizer_config.json lie in it. */
  readonly folder: string;
  /** The folder's own subfolder that holds the graph: `onnx`, or `` for itself. */
  readonly subfolder: string;
  /** The graph's name without `.onnx`: `model_quantized`. */
  readonly graph: string;
  /** Whether the graph keeps its weights in a file beside it (`….onnx_data`). */
  readonly hasExternalData: boolean;
  /** How the vectors of a sentence's tokens become one: the first token's, or the mean of all. */
  readonly pooling: 'cls' | 'mean';
  /** What is longer is cut, in tokens. */
  readonly maxTokens: number;
};

/** Texts a call to the child: a call can be stopped, and a gigabyte of model lets a text take a second. */
const textsPerCall = 32;

/** A sentence model in a child process that starts with the first call. */
export interface SentenceModel {
  /**
   * One unit-length vector a text, in order.
   * @throws input.model_unreadable, tool.embedder_failed, tool.child_died, cancelled.*
   */
  embed(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array[]>;
  /** Ends the child process. A later call starts another. */
  close(): Promise<void>;
}

/** Opens a model; nothing is loaded before the first call. */
export function openSentenceModel(files: SentenceModelFiles): SentenceModel {
  let child: Child | undefined;
  return {
    async embed(texts, signal) {
      const vectors: Float32Array[] = [];
      for (let start = 0; start < texts.length; start += textsPerCall) {
        signal?.throwIfAborted();
        child ??= startChild(childModulePath(import.meta.url, './sentence-model.child'), {
          title: 'The sentence model',
        });
        const input = { files, texts: texts.slice(start, start + textsPerCall) };
        try {
          vectors.push(
            ...(await child.call<Float32Array[]>('embed', input, signal === undefined ? {} : { signal })),
          );
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
