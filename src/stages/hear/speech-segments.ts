import type { TimeRange } from '../../domain/time.ts';

/**
 * How probabilities become speech. Thresholds and lengths are those of Silero's `get_speech_timestamps`
 * (https://github.com/snakers4/silero-vad), but that shorter speech counts ("no", "yes"): 100 ms instead of 250.
 */
export const segmentRules = {
  /** Speech begins at this probability … */
  startProbability: 0.5,
  /** … and goes on while it stays at or above this one. */
  keepProbability: 0.35,
  /** A shorter silence parts nothing, in ms. */
  minSilenceMs: 100,
  /** Shorter speech is none, in ms. */
  minSpeechMs: 100,
  /** Added on both sides, in ms; never so much that two segments touch. */
  padMs: 30,
} as const;

/** Turns the probabilities of one stream into segments of speech, as they come. */
export interface SpeechSegmenter {
  /** Takes the next window's probability; gives a segment when it has just been found to be over. */
  push(probability: number): TimeRange | undefined;
  /** Ends the stream; gives the segment that was still open. */
  finish(): TimeRange | undefined;
  /** Where the speech that is going on began, in ms; undefined in silence. */
  readonly openStartMs: number | undefined;
}

/** A segmenter for windows of `windowMs`, the first of which starts at `startMs`. Segments are whole ms, padded. */
export function createSegmenter(windowMs: number, startMs = 0): SpeechSegmenter {
  let windows = 0;
  let speechStart: number | undefined;
  /** The first window of the silence that may end the speech. */
  let silenceStart: number | undefined;
  const timeOf = (window: number) => startMs + window * windowMs;

  const close = (start: number, end: number): TimeRange | undefined => {
    if ((end - start) * windowMs < segmentRules.minSpeechMs) return undefined;
    return {
      startMs: Math.max(startMs, Math.round(timeOf(start) - segmentRules.padMs)),
      endMs: Math.round(timeOf(end) + segmentRules.padMs),
    };
  };

  return {
    push(probability) {
      const window = windows++;
      if (speechStart === undefined) {
        if (probability >= segmentRules.startProbability) speechStart = window;
        return undefined;
      }
      if (probability >= segmentRules.keepProbability) {
        silenceStart = undefined;
        return undefined;
      }
      silenceStart ??= window;
      if ((window + 1 - silenceStart) * windowMs < segmentRules.minSilenceMs) return undefined;
      const segment = close(speechStart, silenceStart);
      speechStart = undefined;
      silenceStart = undefined;
      return segment;
    },
    finish() {
      if (speechStart === undefined) return undefined;
      const segment = close(speechStart, silenceStart ?? windows);
      speechStart = undefined;
      return segment;
    },
    get openStartMs() {
      return speechStart === undefined ? undefined : timeOf(speechStart);
    },
  };
}

/** All segments of a stream whose probabilities are known. */
export function findSpeech(probabilities: Iterable<number>, windowMs: number, startMs = 0): TimeRange[] {
  const segmenter = createSegmenter(windowMs, startMs);
  const segments: TimeRange[] = [];
  for (const probability of probabilities) {
    const segment = segmenter.push(probability);
    if (segment !== undefined) segments.push(segment);
  }
  const last = segmenter.finish();
  return last === undefined ? segments : [...segments, last];
}
