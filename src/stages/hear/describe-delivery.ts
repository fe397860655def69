import type { Sound } from '../../domain/sound.ts';
import { durationMs, mergeRanges, overlapMs, type TimeRange } from '../../domain/time.ts';
import type { Delivery, Word } from '../../domain/transcript.ts';

/** A source is silent where it is this much softer than it is loud on the whole: about the noise of a quiet room. In dB. */
const silenceBelowLoudnessDb = 30;

/** A shorter silence is a pause for breath, in ms. */
const minSilenceMs = 500;

/** How a source is spoken: its loudness, its silences, its rate of speech. Silences are sorted, in ms, half-open. */
export function describeDelivery(sound: Sound, words: readonly Word[]): Delivery {
  return {
    loudness: sound.loudness,
    silences: findSilences(sound),
    wordsPerMinute: measureRate(sound.speech, words),
  };
}

/** Where the level stays low for half a second, and nobody was heard to speak. */
function findSilences({ envelopeDbfs, envelopeWindowMs, loudness, speech }: Sound): TimeRange[] {
  const limitDbfs = loudness.integratedLufs - silenceBelowLoudnessDb;
  const quiet = mergeRanges(
    envelopeDbfs.flatMap((levelDbfs, window) =>
      levelDbfs < limitDbfs
        ? [{ startMs: window * envelopeWindowMs, endMs: (window + 1) * envelopeWindowMs }]
        : [],
    ),
  );
  let next = 0;
  return quiet.filter((range) => {
    if (durationMs(range) < minSilenceMs) return false;
    // Both lists are sorted: what ended before this silence cannot touch a later one.
    while ((speech[next]?.endMs ?? Infinity) <= range.startMs) next++;
    const spoken = speech[next];
    return spoken === undefined || overlapMs(range, spoken) < durationMs(range) / 2;
  });
}

/** Words a minute of speech, pauses not counted, to a tenth; 0 where nobody speaks. */
function measureRate(speech: readonly TimeRange[], words: readonly Word[]): number {
  const spokenMs = speech.reduce((sum, range) => sum + durationMs(range), 0);
  return spokenMs === 0 ? 0 : Math.round((words.length / spokenMs) * 600_000) / 10;
}
