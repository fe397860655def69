import type { Sound } from '../../domain/sound.ts';
import { mergeRanges, type TimeRange } from '../../domain/time.ts';

/** How loud a stretch of a source is, by the envelope that hearing left; all times are ms of the source. */

/** The part of {@link Sound} that is asked here. */
export type Envelope = Pick<Sound, 'envelopeDbfs' | 'envelopeWindowMs'>;

/** The loudest level that touches `[startMs, endMs)`, in dB relative to full scale; −100 where nothing was measured. */
export function loudestDbfs(envelope: Envelope, startMs: number, endMs: number): number {
  return Math.max(-100, ...levelsIn(envelope, { startMs, endMs }));
}

/** The level below which `share` of the windows of some ranges lie; undefined where they hold no window. */
export function levelAt(envelope: Envelope, ranges: readonly TimeRange[], share: number): number | undefined {
  const levels = ranges.flatMap((range) => levelsIn(envelope, range)).toSorted((a, b) => a - b);
  return levels[Math.min(levels.length - 1, Math.floor(levels.length * share))];
}

/** Where a range is at least as loud as a limit; sorted and merged. */
export function loudParts(envelope: Envelope, range: TimeRange, limitDbfs: number): TimeRange[] {
  const { envelopeWindowMs: windowMs } = envelope;
  const first = Math.floor(range.startMs / windowMs);
  return mergeRanges(
    levelsIn(envelope, range).flatMap((level, offset) =>
      level < limitDbfs
        ? []
        : [
            {
              startMs: Math.max(range.startMs, (first + offset) * windowMs),
              endMs: Math.min(range.endMs, (first + offset + 1) * windowMs),
            },
          ],
    ),
  );
}

/** The quietest window between two times: its middle in ms and its level; undefined where there is none. */
export function quietestWindow(
  envelope: Envelope,
  range: TimeRange,
): { readonly atMs: number; readonly levelDbfs: number } | undefined {
  const { envelopeWindowMs: windowMs } = envelope;
  const first = Math.ceil(range.startMs / windowMs);
  let best: { atMs: number; levelDbfs: number } | undefined;
  for (let window = first; (window + 1) * windowMs <= range.endMs; window++) {
    const levelDbfs = envelope.envelopeDbfs[window];
    if (levelDbfs === undefined) break;
    if (best === undefined || levelDbfs < best.levelDbfs)
      best = { atMs: Math.round((window + 0.5) * windowMs), levelDbfs };
  }
  return best;
}

function levelsIn({ envelopeDbfs, envelopeWindowMs }: Envelope, range: TimeRange): number[] {
  return envelopeDbfs.slice(
    Math.floor(range.startMs / envelopeWindowMs),
    Math.ceil(range.endMs / envelopeWindowMs),
  );
}
