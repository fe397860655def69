import { mergeRanges, overlapMs, type TimeRange } from './time.ts';
import type { Word } from './transcript.ts';

/** A shorter silence is part of speaking: a stop consonant, a breath between syllables. In ms. */
const pauseMs = 100;

/** A word that begins at most this long after speech sets in is what set in, in ms. */
const onsetMs = 250;

/** A word keeps at least this length, in ms. */
const minWordMs = 20;

/**
 * Moves the starts and ends of words that were put into a pause to where speech was heard. Attention tells well where one
 * word passes into the next, but a pause falls to any word beside it. `speech` is sorted, in the words' time. Words keep
 * their order, also where no speech was heard around them: such a word stays as it is.
 */
export function snapWordsToSpeech(words: readonly Word[], speech: readonly TimeRange[]): Word[] {
  const stretches = mergeRanges(speech, pauseMs);
  const snapped: Word[] = [];
  let firstStretch = 0;
  for (const word of words) {
    while (firstStretch < stretches.length && stretches[firstStretch]!.endMs <= word.startMs) firstStretch++;
    const spoken = findMostSpoken(word, stretches, firstStretch);
    const previous = snapped.at(-1);
    let { startMs, endMs } = word;
    if (spoken !== undefined) {
      const isFirst = previous === undefined || previous.startMs < spoken.startMs;
      if (startMs < spoken.startMs || (isFirst && startMs - spoken.startMs <= onsetMs))
        startMs = spoken.startMs;
      endMs = Math.min(endMs, spoken.endMs);
    }
    startMs = Math.max(startMs, previous?.startMs ?? 0);
    endMs = Math.max(endMs, startMs + minWordMs);
    if (previous !== undefined && previous.endMs > startMs) {
      snapped[snapped.length - 1] = { ...previous, endMs: Math.max(startMs, previous.startMs) };
    }
    snapped.push({ ...word, startMs, endMs });
  }
  return snapped;
}

/** The stretch of speech that a word shares the most time with. */
function findMostSpoken(
  word: TimeRange,
  stretches: readonly TimeRange[],
  from: number,
): TimeRange | undefined {
  let best: TimeRange | undefined;
  let bestMs = 0;
  for (let index = from; index < stretches.length; index++) {
    const stretch = stretches[index]!;
    if (stretch.startMs >= word.endMs) break;
    const sharedMs = overlapMs(word, stretch);
    if (sharedMs > bestMs) {
      best = stretch;
      bestMs = sharedMs;
    }
  }
  return best;
}
