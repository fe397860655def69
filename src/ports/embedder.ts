/** Turns sentences into vectors whose cosine says how alike their meanings are. */
export interface Embedder {
  /** Names the model and its version: part of the cache key of every result. */
  readonly model: string;
  readonly dimensions: number;
  /** One unit-length vector of `dimensions` a text, in order. */
  embed(texts: readonly string[], options: { signal?: AbortSignal }): Promise<readonly Float32Array[]>;
  /** The same for what is searched with: some models want a prompt before a query. Left out where they do not. */
  embedQuery?(text: string, options: { signal?: AbortSignal }): Promise<Float32Array>;
  close(): Promise<void>;
}
