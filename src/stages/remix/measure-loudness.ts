import { mainAudio } from '../../domain/media.ts';
import { loudnessSchema } from '../../domain/sound.ts';
import type { Source } from '../../domain/source.ts';
import type { TimeRange } from '../../domain/time.ts';
import { openAudio } from '../../media/open-audio.ts';
import type { StageCache, StageContext } from '../stage.ts';

/** Counted up when the same sound would be measured otherwise. */
const version = 1;

/** What is measured is at least this long: gating by EBU R128 wants several blocks of 400 ms. In ms. */
const minMeasuredMs = 1600;

/** Sound is decoded for its loudness alone; of the samples nobody needs more. */
const sampleRateHz = 16_000;

/** Softer than this nobody speaks, in LUFS: nothing is made equal to it. */
const silentLufs = -60;

/**
 * How loud a stretch of one file is heard (integrated, gated, EBU R128), in LUFS; its pauses do not count. A short one is
 * measured with what lies around it. Undefined for silence, and for a source without sound. Cached.
 * @throws input.unreadable, tool.child_died
 */
export async function measureLoudness(
  source: Source,
  range: TimeRange,
  ports: { readonly cache: StageCache },
  context: StageContext,
): Promise<number | undefined> {
  const stream = mainAudio(source.info);
  if (stream === undefined) return undefined;
  const measured = widen(range, source.info.durationMs);
  const loudness = await ports.cache.remember({
    name: 'loudness-of-range',
    version,
    inputs: { contentHash: source.contentHash, streamIndex: stream.index, ...measured },
    schema: loudnessSchema,
    async run() {
      const reader = openAudio(source.path, {
        streamIndex: stream.index,
        sampleRateHz,
        fromMs: measured.startMs,
        toMs: measured.endMs,
        signal: context.signal,
      });
      for await (const _ of reader) context.signal.throwIfAborted();
      return reader.loudness();
    },
  });
  return loudness.integratedLufs <= silentLufs ? undefined : loudness.integratedLufs;
}

function widen({ startMs, endMs }: TimeRange, durationMs: number): TimeRange {
  const missingMs = Math.max(0, minMeasuredMs - (endMs - startMs));
  return {
    startMs: Math.max(0, startMs - Math.ceil(missingMs / 2)),
    endMs: Math.min(durationMs, endMs + Math.ceil(missingMs / 2)),
  };
}

/** A part that is this much louder or softer than the others is meant to be so, or is no speech, in dB. */
const maxGainDb = 20;

/**
 * What each part is raised by so that all are heard equally loud: to the middle one, so that most change least. Parts whose
 * loudness is not known stay as they are. In dB, to a tenth.
 */
export function matchLoudness(lufs: readonly (number | undefined)[]): number[] {
  const known = lufs.filter((value) => value !== undefined).toSorted((one, other) => one - other);
  const middle = known[Math.floor((known.length - 1) / 2)];
  return lufs.map((value) => {
    if (value === undefined || middle === undefined) return 0;
    const gainDb = Math.max(-maxGainDb, Math.min(maxGainDb, middle - value));
    // −0 would be written into the document.
    return Math.round(gainDb * 10) / 10 + 0;
  });
}
