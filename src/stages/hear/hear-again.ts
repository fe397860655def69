import { overlapMs, type TimeRange } from '../../domain/time.ts';
import type { Word } from '../../domain/transcript.ts';
import { pieceRules } from './cut-pieces.ts';

/**
 * When part of a piece is heard again: recognisers sometimes stop early, or say nothing at all where a long silence lies
 * among the speech. In ms, by judgement.
 */
export const hearAgainRules = {
  /** This much speech without a word is more than a filler or a laugh. */
  missedSpeechMs: 2000,
  /** The same for a piece in which nothing was heard. */
  emptySpeechMs: 1000,
  /** Words of a second hearing count from this mean confidence on: what was passed over is often no speech at all. */
  minConfidence: 0.6,
} as const;

/** The parts of a piece to hear again: with much speech and no word; a piece without words, cut at its longest silence. */
export function findMissed(
  piece: TimeRange,
  speech: readonly TimeRange[],
  words: readonly Word[],
): TimeRange[] {
  const inside = speech.filter((segment) => overlapMs(segment, piece) > 0);
  const spokenMs = (range: TimeRange) => inside.reduce((sum, segment) => sum + overlapMs(segment, range), 0);
  if (words.length === 0) {
    if (inside.length < 2 || spokenMs(piece) < hearAgainRules.emptySpeechMs) return [];
    return cutAtLongestSilence(piece, inside);
  }
  const bounds = [
    { startMs: piece.startMs, endMs: piece.startMs },
    ...words,
    { startMs: piece.endMs, endMs: piece.endMs },
  ];
  const missed: TimeRange[] = [];
  for (const [index, word] of bounds.entries()) {
    const before = bounds[index - 1];
    if (before === undefined) continue;
    const hole = { startMs: before.endMs, endMs: Math.max(before.endMs, word.startMs) };
    if (spokenMs(hole) >= hearAgainRules.missedSpeechMs) missed.push(hole);
  }
  return missed;
}

function cutAtLongestSilence(piece: TimeRange, inside: readonly TimeRange[]): TimeRange[] {
  let longest = { startMs: piece.startMs, endMs: piece.startMs };
  for (const [index, segment] of inside.entries()) {
    const previous = inside[index - 1];
    if (previous === undefined || segment.startMs - previous.endMs <= longest.endMs - longest.startMs)
      continue;
    longest = { startMs: previous.endMs, endMs: segment.startMs };
  }
  const marginMs = Math.min(pieceRules.marginMs, Math.floor((longest.endMs - longest.startMs) / 2));
  return [
    { startMs: piece.startMs, endMs: longest.startMs + marginMs },
    { startMs: longest.endMs - marginMs, endMs: piece.endMs },
  ];
}

/** The words of a piece with those of second hearings among them, where these were sure enough. */
export function addWords(words: readonly Word[], again: readonly (readonly Word[])[]): Word[] {
  const sure = again.filter((part) => {
    const confidence = part.reduce((sum, word) => sum + word.confidence, 0) / part.length;
    return confidence >= hearAgainRules.minConfidence;
  });
  return [...words, ...sure.flat()].toSorted((a, b) => a.startMs - b.startMs);
}
