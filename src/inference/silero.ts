import { childModulePath, startChild } from '../process/child.ts';

/** Silero's detector of version 5 knows 8 and 16 kHz; this is the one that is used. */
export const sileroSampleRateHz = 16_000;

/** Samples that are judged together, 32 ms: the only size that version 5 takes at 16 kHz. */
export const sileroWindowSamples = 512;

/** A process that judges one stream of sound. */
export interface DetectorProcess {
  /** Takes whole windows of mono 16 kHz sound, in order, one call at a time; a probability of speech for each. */
  judge(samples: Float32Array): Promise<Float32Array>;
  close(): Promise<void>;
}

/** Starts a process with Silero's voice activity detector in it. */
export function startSilero(): DetectorProcess {
  const child = startChild(childModulePath(import.meta.url, './silero.child'), {
    title: 'The speech detector',
  });
  return {
    judge: (samples) => child.call<Float32Array>('judge', { samples }),
    close: () => child.close(),
  };
}
