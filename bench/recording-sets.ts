import { open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { wavHeader } from '../scripts/wav-file.ts';
import { openAudio } from '../src/media/open-audio.ts';
import { recordingPath } from '../test/recordings.ts';

/** A recording whose words are known. */
export type KnownRecording = { readonly path: string; readonly text: string; readonly speaker: string };

/** The sets of recordings with text, by their folder's name. */
export const knownSets = [
  'librispeech-test-other',
  'accented',
  'studio-prompts',
  'misc',
  'mfa-misc',
  'pocketsphinx-librivox',
] as const;

/** The recordings of a set, or undefined when it is not on this machine. */
export async function readKnownSet(name: string): Promise<KnownRecording[] | undefined> {
  const folder = recordingPath(`speech/${name}`);
  if (folder === undefined) return undefined;
  type Entry = { audio: string; text: string; speaker?: string };
  const entries: Entry[] = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'));
  return entries.map((entry) => ({
    path: join(folder, entry.audio),
    text: entry.text,
    speaker: entry.speaker ?? 'unknown',
  }));
}

/** The sound files of a set without text. */
export async function listRecordings(name: string): Promise<string[] | undefined> {
  const folder = recordingPath(`speech/${name}`);
  if (folder === undefined) return undefined;
  const names = await readdir(folder);
  return names
    .filter((file) => /\.(?:flac|wav|mp3)$/u.test(file))
    .sort()
    .map((file) => join(folder, file));
}

const sampleRateHz = 16_000;

/**
 * Joins recordings into one mono 16 kHz WAV file with `gapMs` of silence between them, the list over and over until it
 * lasts at least `minDurationMs`. @returns how long it is, in ms
 */
export async function joinRecordings(
  paths: readonly string[],
  outputPath: string,
  options: { gapMs: number; minDurationMs?: number },
): Promise<number> {
  const gap = Buffer.alloc(Math.round((options.gapMs * sampleRateHz) / 1000) * 2);
  const minBytes = ((options.minDurationMs ?? 0) * sampleRateHz * 2) / 1000;
  const file = await open(outputPath, 'w');
  try {
    let bytes = 0;
    await file.write(Buffer.alloc(44));
    do {
      for (const path of paths) {
        for await (const samples of openAudio(path, { sampleRateHz })) {
          const pcm = Int16Array.from(samples, (sample) =>
            Math.round(Math.max(-1, Math.min(1, sample)) * 32767),
          );
          await file.write(Buffer.from(pcm.buffer));
          bytes += pcm.byteLength;
        }
        await file.write(gap);
        bytes += gap.byteLength;
        if (bytes >= minBytes && minBytes > 0) break;
      }
    } while (bytes < minBytes);
    await file.write(wavHeader(bytes / 2, sampleRateHz), 0, 44, 0);
    return (bytes / 2 / sampleRateHz) * 1000;
  } finally {
    await file.close();
  }
}
