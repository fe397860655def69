import type { Score } from '../domain/score.ts';

/** How loud parts and passages are made; pure. */

/** Windows that loudness is measured in, in ms. */
export const levelWindowMs = 250;

/** What is measured of a sound: its K-weighted power in windows of {@link levelWindowMs}, of both sides together. */
export interface LevelMeter {
  add(left: Float32Array, right: Float32Array, samples: number): void;
  /** Mean squares by window, the last one as far as it goes. */
  powers(): number[];
}

/** The two filters of ITU-R BS.1770-5, table 1 and 2, at 48 kHz: b0, b1, b2, a1, a2. */
const kWeighting = [
  [1.53512485958697, -2.69169618940638, 1.19839281085285, -1.69065929318241, 0.73248077421585],
  [1, -2, 1, -1.99004745483398, 0.99007225036621],
] as const;

/** A meter of sound at 48 kHz. */
export function createLevelMeter(): LevelMeter {
  const windowSamples = (48_000 * levelWindowMs) / 1000;
  const sides = [createFilter(), createFilter()];
  const powers: number[] = [];
  let sum = 0;
  let count = 0;
  return {
    add(left, right, samples) {
      for (let index = 0; index < samples; index++) {
        const one = sides[0]!(left[index]!);
        const other = sides[1]!(right[index]!);
        sum += one * one + other * other;
        if (++count < windowSamples) continue;
        powers.push(sum / count);
        sum = 0;
        count = 0;
      }
    },
    powers: () => (count === 0 ? [...powers] : [...powers, sum / count]),
  };
}

function createFilter(): (sample: number) => number {
  const states = kWeighting.map(() => ({ x1: 0, x2: 0, y1: 0, y2: 0 }));
  return (sample) => {
    let value = sample;
    for (const [index, [b0, b1, b2, a1, a2]] of kWeighting.entries()) {
      const state = states[index]!;
      const filtered = b0 * value + b1 * state.x1 + b2 * state.x2 - a1 * state.y1 - a2 * state.y2;
      state.x2 = state.x1;
      state.x1 = value;
      state.y2 = state.y1;
      state.y1 = filtered;
      value = filtered;
    }
    return value;
  };
}

const toDb = (power: number) => 10 * Math.log10(Math.max(power, 1e-12));

/** Louder or softer than this a part is not made: what is hardly heard by its nature stays so. In dB. */
const mostPartDb = 18;

/**
 * What parts are multiplied with so that each is as loud as its `gainDb` says, where it plays: the sounds of a font differ by 20 dB. A part
 * that never plays is left as it is.
 */
export function balanceParts(parts: Score['parts'], powers: readonly (readonly number[])[]): number[] {
  const loudness = powers.map(whereItPlays);
  const heard = loudness.flatMap((db) => db ?? []);
  const mean = heard.reduce((sum, db) => sum + db, 0) / Math.max(1, heard.length);
  return parts.map(({ gainDb }, index) => {
    const db = loudness[index];
    if (db === undefined) return 1;
    return 10 ** (Math.max(-mostPartDb, Math.min(mostPartDb, mean - db + gainDb)) / 20);
  });
}

/** The mean loudness of the windows that are at most 12 dB below the loudest ones, in dB. */
function whereItPlays(powers: readonly number[]): number | undefined {
  const sorted = powers.toSorted((a, b) => b - a);
  const loud = sorted[Math.floor(sorted.length * 0.05)] ?? 0;
  if (loud < 1e-10) return undefined;
  const playing = sorted.filter((power) => power > loud / 16);
  return toDb(playing.reduce((sum, power) => sum + power, 0) / playing.length);
}

/** How far the level is moved, how much of the way, and over how long it is looked at: a hand on a fader, no compressor. */
const ride = { mostDb: 9, share: 0.85, smoothMs: 2500 } as const;

/**
 * By how much every window is raised so that the loudness goes where the score wants it, in dB. From the last chord on nothing moves: it
 * dies away by itself.
 */
export function rideLevels(
  { levelsDb, durationMs, firstBeatMs, tempoBpm, lastChordBeat }: Score,
  powers: readonly number[],
): number[] {
  const reach = Math.round(ride.smoothMs / levelWindowMs / 2);
  const endMs = firstBeatMs + (lastChordBeat * 60_000) / tempoBpm;
  const end = Math.max(1, Math.min(powers.length, Math.floor(endMs / levelWindowMs)));
  const mean = (values: readonly number[], at: number) => {
    const part = values.slice(Math.max(0, at - reach), Math.min(end, at + reach + 1));
    return part.reduce((sum, value) => sum + value, 0) / Math.max(1, part.length);
  };
  const wantedAt = (window: number) => {
    const place = ((window + 0.5) * levelWindowMs * levelsDb.length) / durationMs;
    return levelsDb[Math.max(0, Math.min(levelsDb.length - 1, Math.floor(place)))] ?? 0;
  };
  const wanted = Array.from({ length: end }, (_, window) => wantedAt(window));
  const off = wanted.map((_, window) => mean(wanted, window) - toDb(mean(powers, window)));
  const middle = off.toSorted((a, b) => a - b)[Math.floor(off.length / 2)] ?? 0;
  const gains = off.map((db) => Math.max(-ride.mostDb, Math.min(ride.mostDb, (db - middle) * ride.share)));
  return Array.from({ length: powers.length }, (_, window) => gains[Math.min(window, end - 1)] ?? 0);
}

/** The end comes softly: over this share of what rings, the sound goes to nothing. */
const fadeShare = 0.6;

/** What a sample is multiplied with: the level as it is ridden, and the last sound's way to silence. */
export function gainAt(sample: number, gainsDb: readonly number[], score: Score): number {
  const ms = sample / 48;
  const place = Math.max(0, Math.min(gainsDb.length - 1, ms / levelWindowMs - 0.5));
  const window = Math.floor(place);
  const from = gainsDb[window] ?? 0;
  const db = from + ((gainsDb[window + 1] ?? from) - from) * (place - window);
  const ringMs = score.durationMs - score.firstBeatMs - (score.lastChordBeat * 60_000) / score.tempoBpm;
  const left = (score.durationMs - ms) / Math.max(1, ringMs * fadeShare);
  const fade = left >= 1 ? 1 : 0.5 - 0.5 * Math.cos(Math.PI * Math.max(0, left));
  return 10 ** (db / 20) * fade;
}
