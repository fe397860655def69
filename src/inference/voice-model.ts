import { PatternPivotError } from '../domain/errors.ts';
import { childModulePath, startChild, type Child } from '../process/child.ts';

/** A model that speaks, in a folder, in the form in which transformers.js and optimum write it. */
export type VoiceModelFiles = {
  /** Absolute: config.json and the tokenizer's files lie in it, and its graphs in the folder `onnx`. */
  readonly folder: string;
  /** Whether the graphs are those that end in `_quantized`. */
  readonly isQuantised: boolean;
  /** The file of the voice, of a model that has several (Supertonic): 32-bit floats. */
  readonly stylePath: string | undefined;
};

/** What the child is asked. */
export type VoiceModelRequest = {
  readonly files: VoiceModelFiles;
  readonly text: string;
  /** 1 is the voice's own pace. A model without a pace of its own takes none. */
  readonly speed: number;
};

/** What a model said: mono, −1 to 1. */
export type VoiceModelSound = { readonly sampleRateHz: number; readonly samples: Float32Array };

/** A model that speaks, in a child process that starts with the first text. */
export interface VoiceModel {
  /**
   * Speaks a text. A stop ends the process: the model cannot be interrupted.
   * @throws input.model_unreadable, tool.voice_failed, tool.child_died, cancelled.*
   */
  speak(
    request: Omit<VoiceModelRequest, 'files'>,
    options: { readonly signal?: AbortSignal },
  ): Promise<VoiceModelSound>;
  close(): Promise<void>;
}

/** Opens a model; nothing is loaded before the first text. */
export function openVoiceModel(files: VoiceModelFiles): VoiceModel {
  let child: Child | undefined;
  const stop = async () => {
    const running = child;
    child = undefined;
    await running?.close();
  };
  return {
    async speak(request, { signal }) {
      signal?.throwIfAborted();
      child ??= startChild(childModulePath(import.meta.url, './voice-model.child'), {
        title: 'The voice model',
      });
      const onAbort = () => void stop();
      signal?.addEventListener('abort', onAbort, { once: true });
      try {
        return await child.call<VoiceModelSound>('speak', { files, ...request } satisfies VoiceModelRequest);
      } catch (error) {
        signal?.throwIfAborted();
        if (error instanceof PatternPivotError && error.code === 'tool.child_died') await stop();
        throw error;
      } finally {
        signal?.removeEventListener('abort', onAbort);
      }
    },
    close: stop,
  };
}
