import { open, type FileHandle } from 'node:fs/promises';
import { withFileErrors } from '../../domain/file-error.ts';
import { openAudio } from '../../media/open-audio.ts';
import type { Listenable } from './measure-place.ts';
import { createRhythmMeter } from './rhythm.ts';

/** What recordings are compared at, in hertz: speech tells all it has below 4 kHz. */
export const compareRateHz = 8000;

const bytesPerSample = 2;

/** One file whose sound is to be gathered. */
export type SoundFile = { readonly path: string; readonly streamIndex: number };

/**
 * Reads the sound of a file once, into a file of plain samples (58 MB an hour) that can be listened to anywhere, so that
 * memory stays flat over hours. The caller closes it and removes the file. @throws what reading throws, tool.disk_full
 */
export async function gatherSound(
  file: SoundFile,
  path: string,
  { signal, onProgress }: { signal: AbortSignal; onProgress: (doneMs: number) => void },
): Promise<Listenable & { close(): Promise<void> }> {
  const meter = createRhythmMeter(compareRateHz);
  const samplesFile = await withFileErrors(path, () => open(path, 'w+'));
  let count = 0;
  try {
    const blocks = openAudio(file.path, {
      streamIndex: file.streamIndex,
      sampleRateHz: compareRateHz,
      isMeasured: false,
      signal,
    });
    for await (const block of blocks) {
      meter.push(block);
      const plain = Int16Array.from(block, (value) => Math.round(Math.max(-1, Math.min(1, value)) * 32_767));
      await withFileErrors(path, () => samplesFile.appendFile(new Uint8Array(plain.buffer)));
      count += block.length;
      onProgress((count / compareRateHz) * 1000);
    }
  } catch (error) {
    await samplesFile.close();
    throw error;
  }
  return {
    durationMs: (count / compareRateHz) * 1000,
    rhythm: meter.finish(),
    sampleRateHz: compareRateHz,
    read: (fromMs, samples) => readSamples(samplesFile, Math.round((fromMs * compareRateHz) / 1000), samples),
    close: () => samplesFile.close(),
  };
}

/** Samples from a position on, silence where the recording has none. */
async function readSamples(file: FileHandle, from: number, count: number): Promise<Float32Array> {
  const samples = new Float32Array(count);
  const skipped = Math.min(count, Math.max(0, -from));
  const bytes = Buffer.alloc((count - skipped) * bytesPerSample);
  const { bytesRead } = await file.read(bytes, 0, bytes.length, (from + skipped) * bytesPerSample);
  for (let at = 0; at * bytesPerSample + 1 < bytesRead; at++) {
    samples[skipped + at] = bytes.readInt16LE(at * bytesPerSample) / 32_768;
  }
  return samples;
}
