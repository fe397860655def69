import type { Word } from '../domain/transcript.ts';

/** A piece of audio to transcribe: mono, 16,000 Hz, −1 to 1, at most about 30 s; `startMs` places it in its source. */
export type AudioPiece = {
  readonly startMs: number;
  readonly samples: Float32Array;
};

/** What was heard in one piece; word times count from the start of the source, in ms. */
export type PieceTranscript = {
  readonly words: readonly Word[];
};

/** Turns speech into words with times. */
export interface Transcriber {
  /** Names the model and its version: part of the cache key of every result. */
  readonly model: string;
  /** Primary subtags of BCP 47 that it understands, or 'any'. */
  readonly languages: readonly string[] | 'any';
  /** How many pieces it likes to get at once. */
  readonly batchSize: number;
  /** How many batches it can work on at the same time. */
  readonly concurrency: number;
  /**
   * Transcribes a batch; the result has one entry a piece, in order.
   * @throws provider.* when a server or a model process fails
   */
  transcribe(
    batch: readonly AudioPiece[],
    options: { signal?: AbortSignal },
  ): Promise<readonly PieceTranscript[]>;
  close(): Promise<void>;
}
