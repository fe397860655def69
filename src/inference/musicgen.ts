import { PatternPivotError } from '../domain/errors.ts';
import { childModulePath, startChild, type Child } from '../process/child.ts';

/** A MusicGen model in a folder, in the form in which transformers.js and optimum write it. */
export type MusicgenFiles = {
  /** Absolute: config.json and the tokenizer's files lie in it, and its graphs in the folder `onnx`. */
  readonly folder: string;
  /** Whether the graphs are those that end in `_quantized`. */
  readonly isQuantised: boolean;
};

/** What the child is asked. */
export type MusicgenRequest = {
  readonly files: MusicgenFiles;
  readonly prompt: string;
  readonly seconds: number;
  readonly seed: number;
};

/** What a model played: mono, −1 to 1. */
export type MusicgenSound = { readonly sampleRateHz: number; readonly samples: Float32Array };

/** A MusicGen model in a child process that starts with the first prompt. */
export interface Musicgen {
  /**
   * Plays what a prompt says. `report` hears which share is done. A stop ends the process: the model cannot be interrupted.
   * @throws input.model_unreadable, tool.music_failed, tool.child_died, cancelled.*
   */
  play(
    request: Omit<MusicgenRequest, 'files'>,
    options: { readonly signal: AbortSignal; readonly report: (doneShare: number) => void },
  ): Promise<MusicgenSound>;
  close(): Promise<void>;
}

/** Opens a model; nothing is loaded before the first prompt. */
export function openMusicgen(files: MusicgenFiles): Musicgen {
  let child: Child | undefined;
  const stop = async () => {
    const running = child;
    child = undefined;
    await running?.close();
  };
  return {
    async play(request, { signal, report }) {
      signal.throwIfAborted();
      child ??= startChild(childModulePath(import.meta.url, './musicgen.child'), {
        title: 'The music model',
      });
      const onAbort = () => void stop();
      signal.addEventListener('abort', onAbort, { once: true });
      try {
        return await child.call<MusicgenSound>('play', { files, ...request } satisfies MusicgenRequest, {
          onEvent: (share) => report(share as number),
        });
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof PatternPivotError && error.code === 'tool.child_died') await stop();
        throw error;
      } finally {
        signal.removeEventListener('abort', onAbort);
      }
    },
    close: stop,
  };
}
