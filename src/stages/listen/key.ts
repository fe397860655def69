import { pitchClasses, type MusicKey } from '../../domain/music.ts';
import { onsetRateHz } from './onsets.ts';
import { listenRateHz, Series, streamSpectra } from './spectra.ts';

/** Samples of a window, which tells notes apart from 55 Hz on, and from one window to the next: 93 ms. */
const size = 8192;
const hop = 2048;

/** Notes that are heard: below and above them partials tell little. In hertz. */
const range = { fromHz: 55, toHz: 2100, bassHz: 220 } as const;

/** Steps of a semitone in which tones are counted until it is known how the music is tuned. */
const fine = 10;

/**
 * How often each note of a key comes, from its tonic (Albrecht and Shanahan, The Use of Large Corpora to Train a New Type of Key-Finding
 * Algorithm, Music Perception 31, 2013).
 */
const profiles = {
  major: [0.238, 0.006, 0.111, 0.006, 0.137, 0.094, 0.016, 0.214, 0.009, 0.08, 0.008, 0.081],
  minor: [0.22, 0.006, 0.104, 0.123, 0.019, 0.103, 0.012, 0.214, 0.062, 0.022, 0.061, 0.052],
} as const;

/** A key, and how clearly it is that one. */
export type FoundKey = { readonly key: MusicKey; readonly confidence: number };

/** What a stream tells of its notes. */
export interface ToneListener {
  push(samples: Float32Array): void;
  /** The key, and how much the harmony changes at every value of the onsets' rate. */
  end(): FoundKey & { readonly changes: Float32Array };
}

/** Hears which notes sound: peaks of the spectrum, counted by their note, whatever the octave. */
export function listenForTones(): ToneListener {
  const all = new Float64Array(12 * fine);
  const bass = new Float64Array(12 * fine);
  const changes = createChangeMeter();
  const stream = streamSpectra(size, hop, (magnitudes) => {
    const frame = new Float64Array(12 * fine);
    for (const { hz, weight } of dropPartials(findPeaks(magnitudes))) {
      const note = 69 + 12 * Math.log2(hz / 440);
      const slot = ((Math.round(note * fine) % (12 * fine)) + 12 * fine) % (12 * fine);
      frame[slot]! += weight;
      if (hz < range.bassHz) bass[slot]! += weight;
    }
    for (const [slot, weight] of frame.entries()) all[slot]! += weight;
    changes.add(frame);
  });
  return {
    push: (samples) => stream.push(samples),
    end() {
      stream.end();
      return { ...findKey(all, bass), changes: changes.end() };
    },
  };
}

/** A tone of a spectrum, and how much it counts. */
type Peak = { readonly hz: number; readonly weight: number };

/** Softer than this share of the loudest is no tone of its own; softer than the other, in full scale, is none at all. */
const faintest = { share: 0.02, magnitude: 1e-6 } as const;

/** The tones of a spectrum, from below: their place is found between the bins (a parabola through the logarithms). */
function findPeaks(magnitudes: Float32Array): Peak[] {
  const peaks: Peak[] = [];
  const from = Math.round((range.fromHz * size) / listenRateHz);
  const to = Math.round((range.toHz * size) / listenRateHz);
  let loudest = 0;
  for (let bin = from; bin < to; bin++) loudest = Math.max(loudest, magnitudes[bin]!);
  const least = Math.max(faintest.magnitude, loudest * faintest.share);
  for (let bin = from; bin < to; bin++) {
    const here = magnitudes[bin]!;
    if (here < least || here <= magnitudes[bin - 1]! || here < magnitudes[bin + 1]!) continue;
    const [before, middle, after] = [bin - 1, bin, bin + 1].map((at) => Math.log(magnitudes[at]! + 1e-9));
    const place = bin + (0.5 * (before! - after!)) / (before! - 2 * middle! + after!);
    // What is twice as loud counts less than twice.
    peaks.push({ hz: (place * listenRateHz) / size, weight: Math.sqrt(here) });
  }
  return peaks;
}

/**
 * Partials that are other notes than their tone, and how much of its weight they have: fifths (little is taken: without its fifth a key would be
 * taken for another), a third and a seventh.
 */
const strangePartials: ReadonlyMap<number, number> = new Map([
  [3, 0.2],
  [5, 0.32],
  [6, 0.1],
  [7, 0.18],
]);

/** Takes from every tone what it may be of a lower one's partial: the fifth partial of D is F sharp, and D minor has none. */
function dropPartials(peaks: readonly Peak[]): Peak[] {
  return peaks.flatMap(({ hz, weight }) => {
    let own = weight;
    for (const lower of peaks) {
      const times = Math.round(hz / lower.hz);
      const share = strangePartials.get(times);
      if (share !== undefined && Math.abs(hz / lower.hz / times - 1) < 0.012) own -= lower.weight * share;
    }
    return own > 0 ? [{ hz, weight: own }] : [];
  });
}

/** How far the music is from a' = 440 Hz, in steps of {@link fine}: where tones gather within a semitone. */
function findTuning(tones: Float64Array): number {
  let [real, imaginary] = [0, 0];
  for (const [slot, weight] of tones.entries()) {
    const angle = (2 * Math.PI * slot) / fine;
    real += weight * Math.cos(angle);
    imaginary += weight * Math.sin(angle);
  }
  return (Math.atan2(imaginary, real) / (2 * Math.PI)) * fine;
}

/** Notes of a tuning: weights by pitch class, those between two notes left out. */
function foldNotes(tones: Float64Array, tuning: number): number[] {
  const notes = Array.from({ length: 12 }, () => 0);
  for (const [slot, weight] of tones.entries()) {
    const note = (slot - tuning) / fine;
    const off = Math.abs(note - Math.round(note));
    if (off < 0.35) notes[((Math.round(note) % 12) + 12) % 12]! += weight * (1 - off);
  }
  return notes;
}

/** How much the bass counts beside everything: it plays roots. */
const bassShare = 0.25;

/** The key whose notes come as often as those that were heard. */
export function findKey(tones: Float64Array, bassTones: Float64Array): FoundKey {
  const tuning = findTuning(tones);
  const notes = foldNotes(tones, tuning);
  const bass = foldNotes(bassTones, tuning);
  const total = Math.max(1e-9, ...notes);
  const low = Math.max(1e-9, ...bass);
  const heard = notes.map((weight, note) => weight / total + (bassShare * bass[note]!) / low);
  const scored = pitchClasses.flatMap((tonic, root) =>
    (['major', 'minor'] as const).map((mode) => ({
      key: { tonic, mode },
      score: correlate(
        profiles[mode],
        heard.map((_, step) => heard[(root + step) % 12]!),
      ),
    })),
  );
  const ranked = scored.toSorted((a, b) => b.score - a.score);
  const [best, second] = [ranked[0]!, ranked[1]!];
  if (!(best.score > 0)) return { key: best.key, confidence: 0 };
  // A key that fits badly is none, and one that fits no better than another is not sure.
  const apart = Math.min(1, (best.score - second.score) / 0.15);
  return { key: best.key, confidence: Math.max(0, Math.min(1, best.score)) * (0.5 + 0.5 * apart) };
}

function correlate(one: readonly number[], other: readonly number[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [a, b] = [mean(one), mean(other)];
  let [together, ones, others] = [0, 0, 0];
  for (const [index, value] of one.entries()) {
    together += (value - a) * (other[index]! - b);
    ones += (value - a) ** 2;
    others += (other[index]! - b) ** 2;
  }
  return ones * others === 0 ? 0 : together / Math.sqrt(ones * others);
}

/** Windows before and after a place that are held against each other: 0.65 s. */
const changeReach = 7;

/** How different the notes of the next moment are from those of the last. */
function createChangeMeter() {
  const frames: number[][] = [];
  const changes = new Series();
  const mean = (part: readonly number[][]) =>
    Array.from({ length: 12 }, (_, note) => part.reduce((sum, frame) => sum + frame[note]!, 0));
  const take = () => {
    const [before, after] = [mean(frames.slice(0, changeReach)), mean(frames.slice(changeReach))];
    const product = before.reduce((sum, value, note) => sum + value * after[note]!, 0);
    const lengths = Math.hypot(...before) * Math.hypot(...after);
    changes.add(lengths === 0 ? 0 : 1 - product / lengths);
  };
  return {
    add(frame: Float64Array) {
      frames.push(foldNotes(frame, 0));
      if (frames.length > 2 * changeReach) frames.shift();
      if (frames.length === 2 * changeReach) take();
    },
    /** At the onsets' rate, each at its time. */
    end(): Float32Array {
      const values = changes.values();
      const perFrame = (onsetRateHz * hop) / listenRateHz;
      return Float32Array.from(
        { length: Math.round((values.length + changeReach) * perFrame) },
        (_, index) => {
          const place = index / perFrame - changeReach + 0.5;
          const whole = Math.floor(place);
          const [here, next] = [values[whole] ?? 0, values[whole + 1] ?? 0];
          return here + (next - here) * (place - whole);
        },
      );
    },
  };
}
