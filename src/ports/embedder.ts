/** Turns sentences into vectors whose cosine says how alike their meanings are. */
export interface Embedder {
  /** Names the model and its version: part of the cache key of every result. */
  readonly model: string;
  /**
   * How long its vectors are. Of some models it is only known once {@link Embedder.prepare} has ended.
   * @throws conflict.dimensions_unknown before that
   */
  readonly dimensions: number;
  /** Present and true when texts are sent to another machine: then nothing is embedded that nobody asked for. */
  readonly isHosted?: true;
  /**
   * Does beforehand what would make the first call slow: fetches a model's files, learns how long vectors are. Left out where there
   * is nothing to do; done once, however often it is called.
   */
  prepare?(context: PrepareContext): Promise<void>;
  /** One unit-length vector of `dimensions` a text, in order. */
  embed(texts: readonly string[], options: { signal?: AbortSignal }): Promise<readonly Float32Array[]>;
  /** The same for what is searched with: some models want a prompt before a query. Left out where they do not. */
  embedQuery?(text: string, options: { signal?: AbortSignal }): Promise<Float32Array>;
  close(): Promise<void>;
}

/** How preparing is stopped and watched. `total` is left undefined where it is not known. */
export type PrepareContext = {
  readonly signal: AbortSignal;
  report(progress: {
    readonly done: number;
    readonly total: number | undefined;
    readonly unit: string;
  }): void;
};
