import type { VideoStream } from '../../domain/media.ts';
import { rationalToNumber, type Rational } from '../../domain/time.ts';

/** The rates that cameras, editors and players agree on, in frames a second. */
const standardRates: readonly Rational[] = [
  { num: 24000, den: 1001 },
  { num: 24, den: 1 },
  { num: 25, den: 1 },
  { num: 30000, den: 1001 },
  { num: 30, den: 1 },
  { num: 48, den: 1 },
  { num: 50, den: 1 },
  { num: 60000, den: 1001 },
  { num: 60, den: 1 },
];

const rateOfSoundAlone: Rational = { num: 30, den: 1 };

/** Rates this much alike are the same: 29.97 written as 2997/100. A thousandth tells 23.976 from 24, so stay below it. */
const tolerance = 0.0004;

/**
 * The constant rate that a source is conformed to: its own when that is a standard one, a standard multiple of it where
 * there is one (15 becomes 30, 120 becomes 60: every frame lasts equally long), else the nearest. Without a picture: 30.
 */
export function chooseFrameRate(video: VideoStream | undefined): Rational {
  if (video === undefined) return rateOfSoundAlone;
  const rate = rationalToNumber(video.frameRate);
  if (!Number.isFinite(rate) || rate <= 0) return rateOfSoundAlone;
  if (!video.isVariableFrameRate) {
    const own = findStandard(rate);
    if (own !== undefined) return own;
    for (const factor of [1 / 2, 1 / 4, 2, 3, 4, 5]) {
      const multiple = findStandard(rate * factor);
      if (multiple !== undefined) return multiple;
    }
  }
  // Ratios, not differences: 20 is nearer to 24 than 12 is.
  const distance = (standard: Rational) => Math.abs(Math.log(rationalToNumber(standard) / rate));
  return standardRates.reduce((best, standard) => (distance(standard) < distance(best) ? standard : best));
}

function findStandard(rate: number): Rational | undefined {
  return standardRates.find((standard) => Math.abs(rationalToNumber(standard) / rate - 1) < tolerance);
}
