import { PatternPivotError } from '../domain/errors.ts';
import type { Score } from '../domain/score.ts';
import { childModulePath, startChild, type Child } from '../process/child.ts';
import { locateWeights } from './weights.ts';

/** What the child is asked: to play a score into a file. */
export type SynthesiserRequest = {
  readonly score: Score;
  readonly soundFontPath: string;
  /** Absolute. It gets a WAV of 32-bit floats: what is too loud for whole numbers is not cut yet. */
  readonly path: string;
};

/** Of what is played, in hertz. */
export const synthesiserSampleRateHz = 48_000;

/** Plays scores on the sound font that comes with the program, in a child process that starts with the first. */
export interface Synthesiser {
  /**
   * Writes a score as stereo of 48 kHz, exactly as long as it says. `report` hears which share is done.
   * @throws tool.weights_missing, tool.disk_full, input.not_writable, tool.child_died
   */
  play(
    score: Score,
    path: string,
    options: { readonly signal: AbortSignal; readonly report: (doneShare: number) => void },
  ): Promise<void>;
  /** Ends the child process. A later call starts another. */
  close(): Promise<void>;
}

/** Opens the synthesiser; nothing is loaded before the first score. */
export function openSynthesiser(): Synthesiser {
  let child: Child | undefined;
  const stop = async () => {
    const running = child;
    child = undefined;
    await running?.close();
  };
  return {
    async play(score, path, { signal, report }) {
      signal.throwIfAborted();
      const soundFontPath = locateWeights('sound-font')['general-midi.sf3'] ?? '';
      child ??= startChild(childModulePath(import.meta.url, './synthesiser.child'), {
        title: 'The synthesiser',
      });
      const request: SynthesiserRequest = { score, soundFontPath, path };
      try {
        await child.call('play', request, { signal, onEvent: (share) => report(share as number) });
      } catch (error) {
        if (error instanceof PatternPivotError && error.code === 'tool.child_died') await stop();
        signal.throwIfAborted();
        throw error;
      }
    },
    close: stop,
  };
}
