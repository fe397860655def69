/** Synthetic speech: mono, −1 to 1. */
export type Speech = {
  readonly sampleRateHz: number;
  readonly samples: Float32Array;
};

/** Speaks a text. What it makes is synthetic and must be labelled so. */
export interface Voice {
  readonly model: string;
  speak(text: string, options: { signal?: AbortSignal }): Promise<Speech>;
  close(): Promise<void>;
}
