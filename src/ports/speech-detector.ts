/** Tells speech from everything else, a window at a time, over one stream of sound. */
export interface SpeechDetector {
  readonly model: string;
  /** Mono samples a window, at 16,000 Hz. */
  readonly windowSamples: number;
  /**
   * Feeds mono 16 kHz samples of any length; whole windows are judged, the rest waits for the next call.
   * @returns one probability of speech (0 to 1) a judged window
   */
  push(samples: Float32Array): Promise<Float32Array>;
  close(): Promise<void>;
}

/** Opens a detector with a fresh memory: one a stream. */
export type OpenSpeechDetector = () => Promise<SpeechDetector>;
