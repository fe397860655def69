import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { FliteVoice } from '../src/adapters/voice/flite.ts';
import { runRender } from '../src/media/run-render.ts';
import { planTalkPicture } from './talk-picture.ts';
import { speakTalk, type Passage, type Talk } from './talk.ts';
import { wavBytes } from './wav-file.ts';

/** What a made talk holds: the ground truth of what is said, and when. */
export type TalkTruth = { readonly durationMs: number; readonly passages: readonly Passage[] };

/**
 * Makes a talk from nothing: spoken by the embedded voice, over generated scenes with a cut at each paragraph. The file
 * appears under its name only when it is whole.
 */
export async function makeTalkVideo(
  path: string,
  talk: Talk,
  options: {
    width?: number;
    height?: number;
    framesPerSecond?: number;
    voice?: FliteVoice;
    signal?: AbortSignal;
    /** The share of a step that is done, 0 to 1. */
    onProgress?: (step: 'speak' | 'draw', share: number) => void;
  } = {},
): Promise<TalkTruth> {
  const { width = 1280, height = 720, framesPerSecond = 30, voice, signal, onProgress } = options;
  const voicePath = `${path}.${process.pid}.wav`;
  const partPath = `${path}.${process.pid}.part`;
  const stop = signal === undefined ? {} : { signal };
  await mkdir(dirname(path), { recursive: true });
  try {
    const { samples, sampleRateHz, passages } = await speakTalk(talk, {
      ...stop,
      ...(voice === undefined ? {} : { voice }),
      onProgress: (share) => onProgress?.('speak', share),
    });
    await writeFile(voicePath, wavBytes(samples, sampleRateHz));
    const graph = planTalkPicture({
      passages,
      voicePath,
      outputPath: partPath,
      width,
      height,
      framesPerSecond,
    });
    await runRender(graph, {
      ...stop,
      onProgress: (doneSeconds) => onProgress?.('draw', Math.min(1, doneSeconds / graph.durationSeconds)),
    });
    await rename(partPath, path);
    return { durationMs: passages.at(-1)?.endMs ?? 0, passages };
  } finally {
    await rm(voicePath, { force: true });
    await rm(partPath, { force: true });
  }
}
