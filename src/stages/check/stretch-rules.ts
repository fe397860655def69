import type { Finding } from '../../domain/rendition.ts';
import { overlapMs, type TimeRange } from '../../domain/time.ts';
import type { Cue, Timeline } from '../../domain/timeline.ts';
import { inSeconds } from './file-rules.ts';
import { clipRange, ownShare } from './trace-range.ts';

/** Rules on stretches of a file: black, frozen, silent. What the source itself shows there is no fault of the clip. */

/** Whether nothing that moves was planned there: a gap, a colour, a picture, or sound alone, drawn or not. */
export function isPlannedStill(timeline: Timeline, range: TimeRange): boolean {
  const films = new Set(
    timeline.assets.flatMap((asset) => (asset.kind === 'file' && asset.hasVideo ? [asset.id] : [])),
  );
  const filmedMs = timeline.tracks
    .filter((track) => track.kind === 'video')
    .map((track) =>
      track.clips
        .filter((clip) => films.has(clip.assetId))
        .reduce((sum, clip) => sum + overlapMs(clipRange(clip, timeline), range), 0),
    );
  // Measured times are a frame or two off: the edge of an intro does not make a drawn waveform a film.
  return Math.max(0, ...filmedMs) <= (1 - ownShare) * (range.endMs - range.startMs);
}

/** How much of a stretch is black or still in the source, too; both in ms of the source. */
export type OwnShare = { readonly ownMs: number; readonly lengthMs: number };

/** How much of what a clip shows is black or still in the source. `found`: what was measured there, in ms of the source. */
export function shareOwn(pieces: readonly TimeRange[], found: readonly TimeRange[]): OwnShare {
  const sum = (lengths: readonly number[]) => lengths.reduce((total, length) => total + length, 0);
  return {
    ownMs: sum(pieces.flatMap((piece) => found.map((own) => overlapMs(own, piece)))),
    lengthMs: sum(pieces.map((piece) => piece.endMs - piece.startMs)),
  };
}

/** Says of one black or frozen stretch whether it is a fault. */
export function judgeStretch(
  rule: 'black' | 'frozen',
  range: TimeRange,
  origin: 'planned' | 'unknown' | OwnShare,
): Finding {
  const what = rule === 'black' ? 'black' : 'still';
  const where = `from ${inSeconds(range.startMs)} to ${inSeconds(range.endMs)}`;
  const place = { startMs: range.startMs, endMs: range.endMs };
  if (origin === 'planned') {
    return { rule, status: 'passed', text: `The picture is ${what} ${where}, as planned.`, ...place };
  }
  if (origin === 'unknown') {
    const text = `The picture is ${what} ${where}; whether the source is so too is not known.`;
    return { rule, status: 'skipped', text, ...place };
  }
  if (origin.ownMs >= ownShare * origin.lengthMs) {
    return {
      rule,
      status: 'passed',
      text: `The picture is ${what} ${where}: so is the source there.`,
      ...place,
    };
  }
  const text = `The picture is ${what} ${where}, and the source is not. Render it again.`;
  return { rule, status: 'failed', text, ...place };
}

/** A silent stretch that covers this much of a word has lost it, in ms. */
const lostWordMs = 200;

/** Without a timeline, silence this long is worth a warning, in ms. */
const longSilenceMs = 5000;

/** Silent stretches: a fault where words should be heard. */
export function checkSilences(silent: readonly TimeRange[], expected: Timeline | undefined): Finding[] {
  const faults = silent.flatMap((range) => {
    const lost = expected === undefined ? [] : wordsIn(range, expected.captions.cues);
    const isFault = expected === undefined ? range.endMs - range.startMs >= longSilenceMs : lost.length > 0;
    if (!isFault) return [];
    const where = `from ${inSeconds(range.startMs)} to ${inSeconds(range.endMs)}`;
    const text =
      lost.length > 0
        ? `It is silent ${where}, where "${lost.slice(0, 6).join(' ')}" should be heard. Render it again.`
        : `It is silent ${where}.`;
    return [{ rule: 'silent', status: 'failed' as const, text, startMs: range.startMs, endMs: range.endMs }];
  });
  if (faults.length > 0) return faults;
  const text =
    silent.length === 0
      ? 'No silent stretch.'
      : `${silent.length === 1 ? 'One pause' : `${silent.length} pauses`} of at most ${inSeconds(Math.max(...silent.map((range) => range.endMs - range.startMs)))}, where nobody speaks.`;
  return [{ rule: 'silent', status: 'passed', text }];
}

function wordsIn(range: TimeRange, cues: readonly Cue[]): string[] {
  return cues
    .flatMap((cue) => cue.words)
    .filter((word) => overlapMs(word, range) > Math.min(lostWordMs, (word.endMs - word.startMs) / 2))
    .map((word) => word.text);
}
