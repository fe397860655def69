import { createCorrelator } from './correlate.ts';
import { rhythmStepMs } from './rhythm.ts';

/** Where one recording may lie in another, by their rhythms alone. */

/** A place to look at closely. `lagMs`: when the second recording's beginning falls in the first one's time. */
export type Place = { readonly lagMs: number; readonly score: number };

/** So much of the shorter one is laid over the longer: over ten minutes even a bad clock drifts by a few steps only. In steps. */
const partSteps = 600_000 / rhythmStepMs;

/** How many such parts are tried: two recordings may share no more than a stretch. */
const maxParts = 4;

/** Less in common says nothing, in steps. */
const minCommonSteps = 4000 / rhythmStepMs;

/** How many places are worth a close look. */
const maxPlaces = 6;

/** Places nearer than this are one, in ms. */
const samePlaceMs = 200;

/** The likeliest places of `second` in the time of `first`, the best first. */
export function findPlaces(first: Float32Array, second: Float32Array): Place[] {
  // The longer is transformed once; parts of the shorter are laid over it.
  const isSwapped = second.length > first.length;
  const [long, short] = isSwapped ? [second, first] : [first, second];
  const length = Math.min(partSteps, short.length);
  const count = Math.min(maxParts, Math.ceil(short.length / length));
  const correlator = createCorrelator(long, length, { kind: 'plain' });
  const found: Place[] = [];
  for (let index = 0; index < count; index++) {
    const from = count === 1 ? 0 : Math.round(((short.length - length) * index) / (count - 1));
    const { values, minLag } = correlator.correlate(short.subarray(from, from + length));
    const scores = values.map((value, at) => {
      const lag = at + minLag;
      const common = Math.min(long.length, lag + length) - Math.max(0, lag);
      // The sum over n values without anything in common spreads like the root of n.
      return common < minCommonSteps ? 0 : value / Math.sqrt(common);
    });
    for (const { at, score } of findPeaks(scores)) {
      const lagSteps = at + minLag - from;
      found.push({ lagMs: (isSwapped ? -lagSteps : lagSteps) * rhythmStepMs, score });
    }
  }
  const places: Place[] = [];
  for (const place of found.toSorted((a, b) => b.score - a.score)) {
    if (places.length >= maxPlaces) break;
    if (places.every((other) => Math.abs(other.lagMs - place.lagMs) > samePlaceMs)) places.push(place);
  }
  return places;
}

/** The highest peaks, each at least {@link samePlaceMs} from a higher one. */
function findPeaks(scores: Float64Array): { at: number; score: number }[] {
  const apart = samePlaceMs / rhythmStepMs;
  const peaks: { at: number; score: number }[] = [];
  for (let at = 0; at < scores.length; at++) {
    const score = scores[at] ?? 0;
    if (score <= 0 || score < (scores[at - 1] ?? 0) || score < (scores[at + 1] ?? 0)) continue;
    if (peaks.length === maxPlaces && score <= (peaks.at(-1)?.score ?? 0)) continue;
    const near = peaks.findIndex((peak) => at - peak.at <= apart);
    if (near >= 0 && (peaks[near]?.score ?? 0) >= score) continue;
    if (near >= 0) peaks.splice(near, 1);
    peaks.push({ at, score });
    peaks.sort((a, b) => b.score - a.score);
    peaks.splice(maxPlaces);
  }
  return peaks;
}
