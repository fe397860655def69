import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PatternPivotError } from '../../domain/errors.ts';
import { openAudio } from '../../media/open-audio.ts';
import { probeMedia } from '../../media/probe.ts';
import { withTemporaryFolder } from '../../media/temporary-folder.ts';
import type { Speech } from '../../ports/voice.ts';
import { readWav } from './read-wav.ts';

/** Less than this is nobody's sentence, in ms. */
const leastMs = 50;

/** Speech that is louder than this nowhere is silence, as a share of full scale. */
const silence = 0.001;

/** No sentence lasts longer, in ms: a server that sends hours has gone wrong. */
const mostMs = 600_000;

/**
 * The sound in a server's answer: a WAV, or whatever else can be played, since many servers send MP3 whatever they are asked for.
 * @throws provider.answer_unusable for what is no sound, is empty, silent, broken off or endless
 */
export async function readVoiceSound(
  bytes: Buffer,
  host: string,
  signal: AbortSignal | undefined,
): Promise<Speech> {
  if (bytes.length === 0) throw unusable(host, 'an empty answer', true);
  const wav = readWav(bytes);
  if (wav === 'cut off') throw unusable(host, 'a WAV that breaks off', true);
  const speech = wav ?? (await decode(bytes, host, signal));
  const lengthMs = (speech.samples.length / speech.sampleRateHz) * 1000;
  if (lengthMs < leastMs) throw unusable(host, 'a sound without length', true);
  if (lengthMs > mostMs) throw unusable(host, 'more than ten minutes of sound for one text', false);
  if (!speech.samples.some((sample) => Math.abs(sample) > silence)) throw unusable(host, 'silence', true);
  return speech;
}

function decode(bytes: Buffer, host: string, signal: AbortSignal | undefined): Promise<Speech> {
  return withTemporaryFolder('voice', async (folder) => {
    const path = join(folder, 'answer');
    await writeFile(path, bytes);
    try {
      const info = await probeMedia(path, signal === undefined ? {} : { signal });
      const sampleRateHz = info.audio[0]?.sampleRateHz ?? 0;
      if (sampleRateHz < 4000 || info.durationMs > mostMs) throw new Error('not a voice');
      const blocks: Float32Array[] = [];
      const reader = openAudio(path, {
        sampleRateHz,
        isMeasured: false,
        toMs: mostMs,
        ...(signal === undefined ? {} : { signal }),
      });
      for await (const block of reader) blocks.push(block);
      const samples = new Float32Array(blocks.reduce((sum, block) => sum + block.length, 0));
      let at = 0;
      for (const block of blocks) {
        samples.set(block, at);
        at += block.length;
      }
      return { sampleRateHz, samples };
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof PatternPivotError && error.code === 'tool.disk_full') throw error;
      throw unusable(host, 'something that cannot be played', false);
    }
  });
}

/** An answer that was there and is no use. */
export function unusable(host: string, what: string, retryable: boolean): PatternPivotError {
  return new PatternPivotError('provider.answer_unusable', `${host} sent ${what} instead of speech.`, {
    retryable,
    hint: 'Check voice.kind, voice.model and voice.name, and what the server wrote into its log.',
    context: { address: host },
  });
}
