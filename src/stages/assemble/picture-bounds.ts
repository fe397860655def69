import { msToNearestFrame, type Rational, type TimeRange } from '../../domain/time.ts';

/** When pictures change: between sentences, a moment before the next one is heard, as editors cut. Pure. */

/** A picture is there so long before its first word, where the pause allows it, in ms. */
const aheadMs = 90;

/** The first frame of each sentence's picture: the first is there from the beginning on. `lines`: when sentences are heard, in order. */
export function pictureBounds(lines: readonly TimeRange[], rate: Rational): number[] {
  return lines.map(({ startMs }, index) => {
    const before = lines[index - 1];
    if (before === undefined) return 0;
    const pauseMs = Math.max(0, startMs - before.endMs);
    return msToNearestFrame(startMs - Math.min(aheadMs, pauseMs / 2), rate);
  });
}
