import { z } from 'zod';
import { mainAudio } from '../../domain/media.ts';
import { toMemberMs, type SourceMember } from '../../domain/source.ts';
import { openAudio } from '../../media/open-audio.ts';
import type { StageCache, StageContext } from '../stage.ts';
import { createLevelMeter, silenceDbfs } from './level-meter.ts';

/** How finely the levels of a recording's files are kept, in ms. */
export const memberWindowMs = 50;

/** Counted up when the same file would give other levels. */
const levelsVersion = 1;

const rateHz = 8000;

/** One file of a recording, in its own time. */
type SoundFile = Pick<SourceMember, 'path' | 'contentHash' | 'info'>;

/** The level of a file: one value each 50 ms of its own time, in dB relative to full scale. Empty where it has no sound. */
export async function readLevels(
  member: SoundFile,
  ports: { readonly cache: StageCache },
  { signal }: StageContext,
): Promise<number[]> {
  const stream = mainAudio(member.info);
  if (stream === undefined) return [];
  return ports.cache.remember({
    name: 'hear-levels',
    version: levelsVersion,
    inputs: { contentHash: member.contentHash, streamIndex: stream.index },
    schema: z.array(z.number()),
    run: async () => {
      const meter = createLevelMeter((rateHz * memberWindowMs) / 1000);
      const levels: number[] = [];
      const options = { streamIndex: stream.index, sampleRateHz: rateHz, isMeasured: false, signal };
      for await (const block of openAudio(member.path, options)) {
        for (const level of meter.push(block)) levels.push(level);
      }
      return [...levels, ...meter.finish()];
    },
  });
}

/** Levels of a member in the recording's time, silence where it did not run. */
export function placeLevels(member: SourceMember, levels: readonly number[], durationMs: number): number[] {
  return Array.from({ length: Math.ceil(durationMs / memberWindowMs) }, (_zero, window) => {
    const atMs = toMemberMs(member, (window + 0.5) * memberWindowMs);
    return atMs < 0 ? silenceDbfs : (levels[Math.floor(atMs / memberWindowMs)] ?? silenceDbfs);
  });
}

/** How loud the loudest words in a file are: what only three windows in a hundred pass. Undefined where there is no sound. */
export function speechLevel(levels: readonly number[]): number | undefined {
  const audible = levels.filter((level) => level > silenceDbfs).toSorted((a, b) => a - b);
  return audible[Math.floor((audible.length - 1) * 0.97)];
}
