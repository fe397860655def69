import { sileroWindowSamples, startSilero } from '../../inference/silero.ts';
import type { OpenSpeechDetector } from '../../ports/speech-detector.ts';

/** Silero VAD 5, in a process of its own: as its memory belongs to one stream, so does the process. */
export const openSilero: OpenSpeechDetector = async () => {
  const detector = startSilero();
  let rest = new Float32Array(0);
  // Windows must be judged in order, also when a caller does not wait.
  let last: Promise<unknown> = Promise.resolve();
  return {
    model: 'silero-vad-5',
    windowSamples: sileroWindowSamples,
    push(samples) {
      const joined = new Float32Array(rest.length + samples.length);
      joined.set(rest);
      joined.set(samples, rest.length);
      const whole = joined.length - (joined.length % sileroWindowSamples);
      rest = joined.slice(whole);
      if (whole === 0) return Promise.resolve(new Float32Array(0));
      const judged = last.then(() => detector.judge(joined.subarray(0, whole)));
      // Whoever waits for this call hears of its failure; the next call must not be stopped by it here.
      last = judged.catch(() => undefined);
      return judged;
    },
    close: () => detector.close(),
  };
};
