import { onsetRateHz } from './onsets.ts';

/** A tempo, and how clearly it is there. */
export type Tempo = {
  readonly bpm: number;
  /** 0 to 1. */
  readonly confidence: number;
};

/** Tempi that are looked for, in beats a minute. */
const range = { from: 40, to: 220 } as const;

/** People tap near 600 ms (Parncutt 1994), and seldom at twice or half of it. In beats a minute, and octaves. */
const preferred = { bpm: 100, octaves: 0.85 } as const;

/** Tempo is looked for in stretches of so many seconds, and all are added up. */
const stretchSeconds = 12;

/** A bar has four beats, as far as is known; it is heard in how harmony changes. */
const barBeats = 4;

/** How clear a pulse is that is none, and one that nobody could miss: shares of the onsets' strength that come again a beat later. */
const clarity = { none: 0.16, full: 0.5 } as const;

/** Takes away what is louder or softer for long, so that only what begins is left, at the same strength everywhere. */
export function sharpenOnsets(onsets: Float32Array): Float32Array {
  const reach = Math.round(onsetRateHz * 0.5);
  const sums = new Float64Array(onsets.length + 1);
  for (let index = 0; index < onsets.length; index++) sums[index + 1] = sums[index]! + onsets[index]!;
  const sharp = new Float32Array(onsets.length);
  for (let index = 0; index < onsets.length; index++) {
    const from = Math.max(0, index - reach);
    const to = Math.min(onsets.length, index + reach + 1);
    const mean = (sums[to]! - sums[from]!) / (to - from);
    sharp[index] = Math.max(0, onsets[index]! - mean);
  }
  return sharp;
}

/**
 * The tempo of what begins: how much comes again after one beat, two and four, weighed by what people tap. Where twice or half of it would fit
 * as well, the one whose bar goes with the harmony. `changes` are those of the harmony, at the onsets' rate.
 */
export function findTempo(sharp: Float32Array, changes: Float32Array): Tempo {
  const longest = Math.ceil((onsetRateHz * 60 * barBeats) / range.from) + 2;
  const pulse = correlateStretches(sharp, longest);
  const harmony = correlateStretches(changes, longest);
  const at = (values: Float32Array, lag: number) => {
    const whole = Math.floor(lag);
    const part = lag - whole;
    return (values[whole] ?? 0) * (1 - part) + (values[whole + 1] ?? 0) * part;
  };
  const score = (bpm: number) => {
    const lag = (onsetRateHz * 60) / bpm;
    const strength = at(pulse, lag) + 0.7 * at(pulse, lag * 2) + 0.7 * at(pulse, lag * 4);
    const bars = Math.max(0, at(harmony, lag * barBeats) - 0.5 * at(harmony, lag * 2));
    const octaves = Math.log2(bpm / preferred.bpm) / preferred.octaves;
    return Math.max(0, strength) * (1 + bars) * Math.exp(-0.5 * octaves * octaves);
  };
  let best = { bpm: preferred.bpm as number, score: 0 };
  for (let bpm = range.from as number; bpm <= range.to; bpm *= 1.002) {
    const found = score(bpm);
    if (found > best.score) best = { bpm, score: found };
  }
  const lag = (onsetRateHz * 60) / best.bpm;
  const clear = Math.max(at(pulse, lag), at(pulse, lag * 2));
  const confidence = Math.max(0, Math.min(1, (clear - clarity.none) / (clarity.full - clarity.none)));
  return { bpm: best.bpm, confidence };
}

/** How alike a series is to itself some values later, by lag: 1 is the same. The mean of all stretches, by their strength. */
function correlateStretches(values: Float32Array, longest: number): Float32Array {
  const length = Math.min(values.length, Math.round(stretchSeconds * onsetRateHz) + longest);
  const step = Math.max(1, Math.round((stretchSeconds * onsetRateHz) / 2));
  const total = new Float32Array(longest + 1);
  for (let from = 0; from === 0 || from + length <= values.length; from += step) {
    const part = values.subarray(from, from + length);
    const mean = part.reduce((sum, value) => sum + value, 0) / Math.max(1, part.length);
    const centred = part.map((value) => value - mean);
    for (let lag = 0; lag <= Math.min(longest, centred.length - 1); lag++) {
      let sum = 0;
      for (let index = 0; index + lag < centred.length; index++)
        sum += centred[index]! * centred[index + lag]!;
      // Few values are left at long lags: each counts for more.
      total[lag]! += (sum * centred.length) / Math.max(centred.length - lag, centred.length / 3);
    }
  }
  const whole = total[0] ?? 0;
  return whole <= 0 ? total : total.map((value) => value / whole);
}

/** How much a beat may come early or late, against how strong what begins there is (Ellis 2007: α). */
const tightness = 100;

/**
 * Beats at a tempo, in ms: the line through the onsets that keeps best to its step (Ellis, Beat Tracking by Dynamic Programming, 2007).
 */
export function trackBeats(sharp: Float32Array, bpm: number): number[] {
  if (sharp.length === 0) return [];
  const step = (onsetRateHz * 60) / bpm;
  const strength = smooth(sharp, step / 32);
  const deviation = Math.sqrt(strength.reduce((sum, value) => sum + value * value, 0) / strength.length);
  if (deviation === 0) return [];
  const [shortest, furthest] = [Math.round(step / 2), Math.round(step * 2)];
  const costs = Float32Array.from({ length: furthest + 1 }, (_, back) =>
    back < shortest ? 0 : -tightness * Math.log(back / step) ** 2,
  );
  const total = new Float32Array(strength.length);
  const from = new Int32Array(strength.length).fill(-1);
  for (let index = 0; index < strength.length; index++) {
    let best = 0;
    for (let back = shortest; back <= furthest && back <= index; back++) {
      const score = total[index - back]! + costs[back]!;
      if (score <= best) continue;
      best = score;
      from[index] = index - back;
    }
    total[index] = strength[index]! / deviation + best;
  }
  let last = total.length - 1;
  for (let index = Math.max(0, total.length - Math.ceil(step)); index < total.length; index++) {
    if (total[index]! > total[last]!) last = index;
  }
  const found: number[] = [];
  for (let index = last; index >= 0; index = from[index]!) found.push(index);
  found.reverse();
  return dropWeakEnds(found, strength, deviation).map(
    (index) => (placeOf(strength, index) * 1000) / onsetRateHz,
  );
}

/** Where nothing begins before the first sound and after the last, there is no beat. */
function dropWeakEnds(found: readonly number[], strength: Float32Array, deviation: number): number[] {
  const isStrong = (index: number) => strength[index]! > 0.3 * deviation;
  const first = found.findIndex(isStrong);
  const last = found.findLastIndex(isStrong);
  return first < 0 ? [] : found.slice(first, last + 1);
}

/** The top of a peak lies between values. */
function placeOf(values: Float32Array, index: number): number {
  const [before, here, after] = [values[index - 1] ?? 0, values[index] ?? 0, values[index + 1] ?? 0];
  const bend = before - 2 * here + after;
  if (bend >= 0) return index;
  return index + Math.max(-0.5, Math.min(0.5, (0.5 * (before - after)) / bend));
}

function smooth(values: Float32Array, width: number): Float32Array {
  const reach = Math.max(1, Math.ceil(width * 3));
  const kernel = Float32Array.from({ length: 2 * reach + 1 }, (_, index) =>
    Math.exp(-0.5 * ((index - reach) / Math.max(0.5, width)) ** 2),
  );
  return values.map((_, at) => {
    let sum = 0;
    for (let offset = -reach; offset <= reach; offset++)
      sum += (values[at + offset] ?? 0) * kernel[offset + reach]!;
    return sum;
  });
}

/** The tempo of beats: the middle of what eight of them take, so that one that was missed does not count. */
export function tempoOfBeats(beatsMs: readonly number[]): number | undefined {
  const over = Math.min(8, beatsMs.length - 1);
  if (over < 4) return undefined;
  const steps = beatsMs
    .slice(over)
    .map((beat, index) => (beat - beatsMs[index]!) / over)
    .toSorted((a, b) => a - b);
  const quarter = Math.floor(steps.length / 4);
  const middle = steps.slice(quarter, steps.length - quarter);
  return 60_000 / (middle.reduce((sum, step) => sum + step, 0) / middle.length);
}
