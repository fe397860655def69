import { createCorrelator } from './correlate.ts';
import { rhythmStepMs } from './rhythm.ts';

/** Looks closely at a place: whether it is the same sound there, where exactly, and whether the clocks run alike. */

/** A recording that can be listened to anywhere. */
export type Listenable = {
  readonly durationMs: number;
  /** Levels for choosing where to listen: one value each {@link rhythmStepMs}. */
  readonly rhythm: Float32Array;
  readonly sampleRateHz: number;
  /** Mono samples from a time on; silence outside the recording. */
  read(fromMs: number, samples: number): Promise<Float32Array>;
};

/** How two recordings lie to each other: a time t of the second is `offsetMs + t × (1 − driftPpm / 10⁶)` of the first. */
export type Fit = {
  readonly offsetMs: number;
  readonly driftPpm: number;
  /** How many stretches were listened to, and in how many of them both have the same sound at that place. */
  readonly heard: number;
  readonly agreeing: number;
  /** How sharp the agreeing ones are in the mean: 4 is chance, 6 is certain. */
  readonly sharpness: number;
};

/** How many stretches are listened to, and how long each is, in samples: two seconds at 8 kHz. */
const maxStretches = 24;
const stretchSamples = 16_384;

/** How far around a place is looked: the rhythm's own step, and a place found in a drifting part. In ms. */
const searchMs = 150;

/** No clock of a recorder is worse, in parts per million; 50 are usual. */
const maxDriftPpm = 400;

/**
 * A stretch counts when its peak is so many times the root mean square of what lies around. Of noise, the highest among some
 * thousand lags is about 4.
 */
const minSharpness = 5.5;

/** Stretches agree when they lie this near to one line, in ms: rooms and microphones move a peak by a few. */
const agreeMs = 6;

/**
 * A drift that moves nothing by this much over all is none, in ms: where two people sit four metres apart, their turns alone
 * move a peak by as much.
 */
const negligibleMs = 12;

type Measured = { readonly atMs: number; readonly lagMs: number; readonly sharpness: number };

/** Measures how `second` lies in the time of `first` near `lagMs`; undefined where they have no sound in common there. */
export async function measurePlace(
  first: Listenable,
  second: Listenable,
  lagMs: number,
): Promise<Fit | undefined> {
  const fromMs = Math.max(0, -lagMs);
  const toMs = Math.min(second.durationMs, first.durationMs - lagMs);
  const stretchMs = (stretchSamples * 1000) / second.sampleRateHz;
  const reachMs = searchMs + (maxDriftPpm / 1e6) * Math.max(0, toMs - fromMs);
  const times = chooseTimes(first, second, { lagMs, fromMs, toMs, stretchMs });
  const measured: Measured[] = [];
  for (const atMs of times) {
    const found = await measureStretch(first, second, { atMs, lagMs, reachMs });
    measured.push({ atMs: atMs + stretchMs / 2, ...found });
  }
  const sharp = measured.filter(({ sharpness }) => sharpness >= minSharpness);
  const line = fitLine(sharp);
  if (line === undefined) return undefined;
  return {
    offsetMs: line.offsetMs,
    driftPpm: line.driftPpm,
    heard: measured.length,
    agreeing: line.agreeing.length,
    sharpness: line.agreeing.reduce((sum, { sharpness }) => sum + sharpness, 0) / line.agreeing.length,
  };
}

/** Times of the second recording where both are lively: the best of each of two dozen parts. */
function chooseTimes(
  first: Listenable,
  second: Listenable,
  { lagMs, fromMs, toMs, stretchMs }: { lagMs: number; fromMs: number; toMs: number; stretchMs: number },
): number[] {
  const available = toMs - fromMs;
  if (available < stretchMs) return available < 1000 ? [] : [fromMs];
  const count = Math.max(1, Math.min(maxStretches, Math.floor(available / stretchMs)));
  const partMs = available / count;
  const steps = Math.round(stretchMs / rhythmStepMs);
  return Array.from({ length: count }, (_zero, index) => {
    const beginMs = fromMs + index * partMs;
    let best = { atMs: beginMs, life: -1 };
    for (let atMs = beginMs; atMs <= beginMs + partMs - stretchMs + 1; atMs += 400) {
      const life = Math.min(
        liveliness(first.rhythm, (atMs + lagMs) / rhythmStepMs, steps),
        liveliness(second.rhythm, atMs / rhythmStepMs, steps),
      );
      if (life > best.life) best = { atMs, life };
    }
    return best.atMs;
  });
}

function liveliness(rhythm: Float32Array, fromStep: number, steps: number): number {
  let sum = 0;
  const from = Math.max(0, Math.round(fromStep));
  for (const value of rhythm.subarray(from, from + steps)) sum += Math.abs(value);
  return sum;
}

async function measureStretch(
  first: Listenable,
  second: Listenable,
  { atMs, lagMs, reachMs }: { atMs: number; lagMs: number; reachMs: number },
): Promise<{ lagMs: number; sharpness: number }> {
  const perMs = first.sampleRateHz / 1000;
  const reach = Math.round(reachMs * perMs);
  const part = taper(await second.read(atMs, stretchSamples));
  const around = await first.read(atMs + lagMs - reach / perMs, stretchSamples + 2 * reach);
  const correlator = createCorrelator(around, stretchSamples, {
    kind: 'phase',
    sampleRateHz: first.sampleRateHz,
  });
  const { values } = correlator.correlate(part, { minLag: 0, maxLag: 2 * reach });
  let square = 0;
  let best = 0;
  // Three lags together: a drifting clock smears the peak within a stretch.
  const smooth = (at: number) => ((values[at - 1] ?? 0) + 2 * (values[at] ?? 0) + (values[at + 1] ?? 0)) / 4;
  for (let at = 0; at < values.length; at++) {
    square += smooth(at) ** 2;
    if (smooth(at) > smooth(best)) best = at;
  }
  const rms = Math.sqrt(square / Math.max(1, values.length));
  return {
    lagMs: lagMs + (best - reach) / perMs,
    sharpness: rms === 0 ? 0 : smooth(best) / rms,
  };
}

/** Soft ends, so that the cut itself is nothing to recognise. */
function taper(samples: Float32Array): Float32Array {
  const edge = Math.min(400, samples.length >> 3);
  return samples.map((value, at) => value * Math.min(1, (at + 1) / edge, (samples.length - at) / edge));
}

/** The line that most stretches lie on, by trying every pair (RANSAC without chance), then by least squares over those. */
function fitLine(
  measured: readonly Measured[],
): { offsetMs: number; driftPpm: number; agreeing: readonly Measured[] } | undefined {
  let agreeing: readonly Measured[] = [];
  const consider = (offsetMs: number, slope: number) => {
    if (Math.abs(slope) * 1e6 > maxDriftPpm) return;
    const near = measured.filter(({ atMs, lagMs }) => Math.abs(offsetMs + slope * atMs - lagMs) <= agreeMs);
    if (near.length > agreeing.length) agreeing = near;
  };
  for (const a of measured) {
    consider(a.lagMs, 0);
    for (const b of measured) {
      // Two that lie near each other say nothing of a drift.
      if (b.atMs - a.atMs < 20_000) continue;
      const slope = (b.lagMs - a.lagMs) / (b.atMs - a.atMs);
      consider(a.lagMs - slope * a.atMs, slope);
    }
  }
  if (agreeing.length === 0) return undefined;
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const atMean = mean(agreeing.map(({ atMs }) => atMs));
  const lagMean = mean(agreeing.map(({ lagMs }) => lagMs));
  const spread = agreeing.reduce((sum, { atMs }) => sum + (atMs - atMean) ** 2, 0);
  const slope =
    spread === 0
      ? 0
      : agreeing.reduce((sum, { atMs, lagMs }) => sum + (atMs - atMean) * (lagMs - lagMean), 0) / spread;
  const times = agreeing.map(({ atMs }) => atMs);
  const spanMs = Math.max(...times) - Math.min(...times);
  const isDrifting = agreeing.length >= 4 && spanMs >= 20_000 && Math.abs(slope) * spanMs >= negligibleMs;
  const kept = isDrifting ? slope : 0;
  return { offsetMs: lagMean - kept * atMean, driftPpm: -kept * 1e6, agreeing };
}
