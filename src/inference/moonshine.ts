import { PatternPivotError } from '../domain/errors.ts';
import type { Word } from '../domain/transcript.ts';
import { childModulePath, startChild } from '../process/child.ts';

const sampleRateHz = 16_000;

/** Attention over a piece costs the square of its length: what is longer is a caller's mistake. */
const maxPieceSeconds = 45;

/** A process that recognises speech. */
export interface SpeechProcess {
  /**
   * Recognises pieces of mono 16 kHz sound of at most 45 s; word times count from each piece's start, in ms.
   * @throws input.piece_too_long, tool.weights_missing, tool.child_died
   */
  recognise(pieces: readonly Float32Array[], signal?: AbortSignal): Promise<Word[][]>;
  close(): Promise<void>;
}

/** Starts a process with Moonshine tiny in it; the model is loaded at the first piece. */
export function startMoonshine(threads: number): SpeechProcess {
  const child = startChild(childModulePath(import.meta.url, './moonshine.child'), {
    title: 'The speech recogniser',
  });
  return {
    async recognise(pieces, signal) {
      const tooLong = pieces.find((samples) => samples.length > maxPieceSeconds * sampleRateHz);
      if (tooLong !== undefined) {
        throw new PatternPivotError(
          'input.piece_too_long',
          `A piece of ${Math.round(tooLong.length / sampleRateHz)} s is too long to recognise at once.`,
          { hint: `Cut it into pieces of at most ${maxPieceSeconds} s.` },
        );
      }
      return child.call<Word[][]>('recognise', { pieces, threads }, signal === undefined ? {} : { signal });
    },
    close: () => child.close(),
  };
}
