import type { InterestPoint } from '../../domain/moment.ts';
import type { SignalName, Signals } from './signals.ts';
import type { Unit } from './units.ts';
import { closingDrop, closingShare, interestSmoothingMs, interestWeights } from './weights.ts';

/** A silence longer than this gets a point of its own, in ms. */
const longSilenceMs = 8000;

/**
 * How interesting each unit is against the rest of its source, 0 to 1 (0.5: as the average): the signals standardised,
 * weighed, smoothed over some seconds, lowered at the very end.
 */
export function rateUnits(units: readonly Unit[], signals: Signals, durationMs: number): Float64Array {
  const raw = new Float64Array(units.length);
  for (const [name, { weight }] of Object.entries(interestWeights)) {
    const values = signals[name as SignalName];
    if (values === undefined) continue;
    for (const [index, value] of standardise(values).entries()) raw[index]! += weight * value;
  }
  const smooth = standardise(smoothOverTime(units, raw));
  const closingStartMs = durationMs * (1 - closingShare);
  return smooth.map((value, index) => {
    const { startMs, endMs } = units[index]!;
    const intoClosing = (startMs + endMs) / 2 - closingStartMs;
    const drop =
      intoClosing <= 0 ? 0 : closingDrop * Math.min(1, intoClosing / (durationMs - closingStartMs));
    return 1 / (1 + Math.exp(-1.5 * (value - drop)));
  });
}

/**
 * The whole source as contiguous points, a value a unit: a unit's point lasts until the next begins; a long silence
 * gets half the lower of its neighbours, since nothing is said there.
 */
export function layOutInterest(
  units: readonly Unit[],
  ratings: ArrayLike<number>,
  durationMs: number,
): InterestPoint[] {
  const points: { startMs: number; endMs: number; score: number }[] = [];
  const add = (endMs: number, score: number) => {
    const startMs = points.at(-1)?.endMs ?? 0;
    if (endMs > startMs) points.push({ startMs, endMs, score: Math.round(score * 10_000) / 10_000 });
  };
  for (const [index, unit] of units.entries()) {
    const score = ratings[index] ?? 0;
    const reachedMs = points.at(-1)?.endMs ?? 0;
    if (unit.startMs - reachedMs > longSilenceMs)
      add(unit.startMs, Math.min(score, points.at(-1)?.score ?? score) / 2);
    const nextMs = units[index + 1]?.startMs ?? durationMs;
    add(Math.min(durationMs, nextMs - unit.endMs > longSilenceMs ? unit.endMs : nextMs), score);
  }
  if (durationMs > 0) add(durationMs, (points.at(-1)?.score ?? 0) / 2);
  return points;
}

/** Values with mean 0 and standard deviation 1; all 0 when they do not differ. */
export function standardise(values: Float64Array): Float64Array {
  const mean = values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, values.length);
  const deviation = Math.sqrt(variance);
  return values.map((value) => (deviation < 1e-9 ? 0 : (value - mean) / deviation));
}

/** Each value replaced by the mean of its neighbours in time, long units counting more. */
function smoothOverTime(units: readonly Unit[], values: Float64Array): Float64Array {
  const reachMs = 3 * interestSmoothingMs;
  const centers = units.map((unit) => (unit.startMs + unit.endMs) / 2);
  let from = 0;
  return values.map((_, index) => {
    const center = centers[index]!;
    while (centers[from]! < center - reachMs) from++;
    let sum = 0;
    let weights = 0;
    for (let other = from; other < units.length && centers[other]! <= center + reachMs; other++) {
      const { startMs, endMs } = units[other]!;
      const distance = (centers[other]! - center) / interestSmoothingMs;
      const weight = Math.exp(-0.5 * distance * distance) * Math.max(1, endMs - startMs);
      sum += weight * values[other]!;
      weights += weight;
    }
    return sum / weights;
  });
}
