import type { Provenance } from '../domain/provenance.ts';

/** When a word is heard, in ms of the speech, half-open. */
export type SpokenWord = { readonly text: string; readonly startMs: number; readonly endMs: number };

/** Synthetic speech: mono, −1 to 1. */
export type Speech = {
  readonly sampleRateHz: number;
  readonly samples: Float32Array;
  /** Where the engine says when each word is heard; left out, they are found by listening. */
  readonly words?: readonly SpokenWord[];
};

/** Speaks a text. What it makes is synthetic and must be labelled so. */
export interface Voice {
  readonly model: string;
  /** Said before use, and kept with everything that it spoke. */
  readonly terms: Pick<Provenance, 'licence' | 'mayEarnMoney'>;
  /** @throws input.nothing_to_say, input.text_too_long, provider.* */
  speak(text: string, options: { signal?: AbortSignal }): Promise<Speech>;
  close(): Promise<void>;
}
