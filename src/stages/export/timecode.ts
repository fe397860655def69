import { PatternPivotError } from '../../domain/errors.ts';
import { rationalToNumber, type Rational } from '../../domain/time.ts';

/** Timecode (SMPTE ST 12-1): frames counted in hours, minutes, seconds and frames of a whole rate. */

/** A rate as programs that know whole rates write it: 29.97 is 30, slowed by 1000/1001. */
export type WholeRate = {
  readonly timebase: number;
  readonly isNtsc: boolean;
  readonly isDropFrame: boolean;
};

/**
 * The whole rate of a frame rate. Drop-frame counts real time at 29.97 and 59.94, the only rates that have it.
 * @throws input.export_rate where there is none, e.g. at 12.5
 */
export function toWholeRate(rate: Rational, format: string): WholeRate {
  const timebase = Math.round(rationalToNumber(rate));
  if (rate.num === timebase * rate.den) return { timebase, isNtsc: false, isDropFrame: false };
  if (rate.num * 1001 === timebase * 1000 * rate.den) {
    return { timebase, isNtsc: true, isDropFrame: timebase === 30 || timebase === 60 };
  }
  throw new PatternPivotError(
    'input.export_rate',
    `${format} has no ${Number(rationalToNumber(rate).toFixed(4))} frames a second (${rate.num}/${rate.den}).`,
    { hint: 'Export it to otio or fcpxml, which have any rate.', context: { frameRate: rate } },
  );
}

/** `01:02:03:04`, or with `;` before the frames where numbers are dropped. */
export function toTimecode(frame: number, { timebase, isDropFrame }: WholeRate): string {
  let number = frame;
  if (isDropFrame) {
    // Two numbers (four at 60) are left out each minute but every tenth.
    const dropped = timebase / 15;
    const perMinute = timebase * 60 - dropped;
    const perTen = timebase * 600 - dropped * 9;
    const [tens, rest] = [Math.floor(frame / perTen), frame % perTen];
    number += dropped * 9 * tens;
    if (rest >= timebase * 60) number += dropped * (Math.floor((rest - timebase * 60) / perMinute) + 1);
  }
  const pad = (value: number) => String(value).padStart(2, '0');
  const seconds = Math.floor(number / timebase);
  const clock = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map(pad);
  return `${clock.join(':')}${isDropFrame ? ';' : ':'}${pad(number % timebase)}`;
}
