import { invertRanges, type TimeRange } from '../../domain/time.ts';
import type { Transcript, Word } from '../../domain/transcript.ts';

/** Most that may be kept of the pause before the first word, in ms (editing practice, see docs/finding-moments.md). */
export const maxLeadMs = 350;

/** Most that may be kept of the pause after the last word, in ms. */
export const maxTailMs = 450;

/** What one likes to keep of it, where there is room. */
const likedLeadMs = 200;
const likedTailMs = 300;

/** A stretch without speech at least this long is worth cutting in, in ms. */
const shortestPauseMs = 80;

/** How far inside a pause a cut stays from its edges, where the pause is long enough: detectors are a little late. In ms. */
const edgeMs = 40;

/** A place to cut, and how long the pause is that it lies in: 0 when it lies in none, undefined when nothing was heard. */
export type Cut = { readonly atMs: number; readonly pauseMs: number | undefined };

/** Finds the places where a source may be cut before and after any of its words. */
export interface CutFinder {
  /** The cut before a word: never inside a word, in a pause where there is one, at most 350 ms ahead. */
  before(wordIndex: number): Cut;
  /** The cut after a word: the same, at most 450 ms behind. */
  after(wordIndex: number): Cut;
}

/**
 * Prepares the search. Pauses are where the detector heard no speech for 80 ms; without a detector, the gaps between
 * the words. `range` limits what may be kept.
 */
export function createCutFinder(
  transcript: Pick<Transcript, 'words' | 'durationMs'>,
  speech: readonly TimeRange[],
  range: TimeRange = { startMs: 0, endMs: transcript.durationMs },
): CutFinder {
  const { words } = transcript;
  const sourceEndMs = Math.max(transcript.durationMs, words.at(-1)?.endMs ?? 0);
  const pauses =
    speech.length === 0
      ? undefined
      : invertRanges(speech, sourceEndMs).filter((pause) => pause.endMs - pause.startMs >= shortestPauseMs);
  const floorMs = Math.max(0, range.startMs);
  const ceilingMs = Math.min(sourceEndMs, Math.max(range.endMs, floorMs));
  // Word ends are not sorted where words overlap: the latest end so far is what a cut must not precede.
  const latestEnds: number[] = [];
  for (const word of words) latestEnds.push(Math.max(latestEnds.at(-1) ?? 0, word.endMs));

  return {
    before(wordIndex) {
      const nearMs = words[wordIndex]!.startMs;
      const previous = words[wordIndex - 1];
      const farMs = Math.min(nearMs, Math.max(floorMs, latestEnds[wordIndex - 1] ?? floorMs));
      const lowestMs = Math.max(floorMs, nearMs - maxLeadMs);
      if (pauses === undefined) return cutInGap(nearMs, farMs, likedLeadMs);
      const likedMs = nearMs - likedLeadMs;
      const gap = { startMs: Math.max(farMs, lowestMs), endMs: nearMs };
      const stretched = { startMs: Math.max(lowestMs, middleOf(previous) ?? floorMs), endMs: nearMs };
      return (
        nearestIn(pauses, gap, likedMs) ??
        nearestIn(pauses, stretched, likedMs) ?? { atMs: Math.max(gap.startMs, likedMs), pauseMs: 0 }
      );
    },
    after(wordIndex) {
      const nearMs = latestEnds[wordIndex]!;
      const farMs = Math.max(nearMs, Math.min(ceilingMs, words[wordIndex + 1]?.startMs ?? ceilingMs));
      if (pauses === undefined) return cutInGap(nearMs, farMs, likedTailMs);
      const likedMs = nearMs + likedTailMs;
      const gap = { startMs: nearMs, endMs: Math.min(farMs, nearMs + maxTailMs) };
      const stretched = { startMs: middleOf(words[wordIndex]) ?? nearMs, endMs: gap.endMs };
      return (
        nearestIn(pauses, gap, likedMs) ??
        nearestIn(pauses, stretched, likedMs) ?? { atMs: Math.min(gap.endMs, likedMs), pauseMs: 0 }
      );
    },
  };
}

/** Recognisers stretch a word up to the next one: in its second half it may be silent already. */
function middleOf(word: Word | undefined): number | undefined {
  return word === undefined ? undefined : Math.ceil((word.startMs + word.endMs) / 2);
}

/** Only the words are known: half the gap at most, so that a neighbour whose time is a little off is not heard. */
function cutInGap(nearMs: number, farMs: number, likedMs: number): Cut {
  const gapMs = Math.abs(farMs - nearMs);
  const keptMs = Math.min(likedMs, Math.floor(gapMs / 2));
  return { atMs: farMs < nearMs ? nearMs - keptMs : nearMs + keptMs, pauseMs: undefined };
}

/** The place in one of the pauses and in the area that is nearest to the liked one. */
function nearestIn(pauses: readonly TimeRange[], area: TimeRange, likedMs: number): Cut | undefined {
  let best: Cut | undefined;
  for (let index = firstEndingAfter(pauses, area.startMs); index < pauses.length; index++) {
    const pause = pauses[index]!;
    if (pause.startMs > area.endMs) break;
    const inset = Math.min(edgeMs, Math.floor((pause.endMs - pause.startMs) / 2));
    const low = Math.max(area.startMs, pause.startMs + inset);
    const high = Math.min(area.endMs, pause.endMs - inset);
    if (low > high) continue;
    const atMs = Math.max(low, Math.min(high, likedMs));
    if (best === undefined || Math.abs(atMs - likedMs) < Math.abs(best.atMs - likedMs)) {
      best = { atMs, pauseMs: pause.endMs - pause.startMs };
    }
  }
  return best;
}

/** Index of the first of the sorted ranges that ends after a time. */
function firstEndingAfter(ranges: readonly TimeRange[], ms: number): number {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const mid = (low + high) >> 1;
    if (ranges[mid]!.endMs > ms) high = mid;
    else low = mid + 1;
  }
  return low;
}
