import type { Scale } from './key.ts';

/** A chord without a place: which notes it has, whatever their octave. */
export type Chord = {
  readonly numeral: string;
  /** Steps of the scale above the tonic, 0 to 6. */
  readonly root: number;
  /** Pitch classes, the root first, then third, fifth and what colours it. */
  readonly pitchClasses: readonly number[];
};

const numerals = ['I', 'II', 'III', 'IV', 'V', 'VI', 'VII'];

/** What colours chords: triads alone, sevenths where they are soft, or an added ninth. */
export type Colour = 'plain' | 'sevenths' | 'ninths';

/**
 * The chord of a roman numeral in a key: steps of the scale in thirds. In minor, a large V has the raised seventh that leads home and a
 * small v has not. `7` behind it adds the seventh.
 */
export function chordOf(numeral: string, scale: Scale, colour: Colour = 'plain'): Chord {
  const name = numeral.replace('7', '');
  const root = numerals.indexOf(name.toUpperCase());
  const toClass = (step: number) => ((scale.pitchOf(step) % 12) + 12) % 12;
  const steps = [root, root + 2, root + 4];
  const isDominant = name === 'V';
  const isTonic = root === 0;
  if (numeral.endsWith('7') || (colour === 'sevenths' && !isDominant && !isTonic)) steps.push(root + 6);
  // A ninth a semitone above its root would bite.
  else if (colour !== 'plain' && !isDominant && toClass(root + 1) === (toClass(root) + 2) % 12) {
    steps.push(root + 8);
  }
  const pitchClasses = steps.map(toClass);
  if (scale.mode === 'minor' && isDominant) pitchClasses[1] = (scale.tonic + 11) % 12;
  return { numeral, root, pitchClasses };
}

/** Where the voices above the bass lie, in MIDI numbers. */
const voiceRange = { low: 52, high: 76, centre: 64 } as const;

/** All ways to lay a chord's notes closely between the bounds, each of its pitch classes once. */
function layings({ pitchClasses }: Chord): number[][] {
  const results: number[][] = [];
  for (let low = voiceRange.low; low < voiceRange.low + 14; low++) {
    if (!pitchClasses.includes(low % 12)) continue;
    const others = pitchClasses
      .filter((pitchClass) => pitchClass !== low % 12)
      .map((pitchClass) => low + ((pitchClass - (low % 12) + 12) % 12));
    const close = [low, ...others].sort((a, b) => a - b);
    results.push(close);
    // The same, opened: its second voice an octave higher.
    const [first, second, ...rest] = close;
    if (first !== undefined && second !== undefined) {
      results.push([first, ...rest, second + 12].sort((a, b) => a - b));
    }
  }
  return results.filter((laying) => (laying.at(-1) ?? 0) <= voiceRange.high);
}

/**
 * The laying of a chord that the voices before it reach with the least movement, without fifths or octaves in parallel, and with the
 * leading note going home. The first one lies in the middle.
 */
export function leadVoices(chord: Chord, before: readonly number[] | undefined, scale: Scale): number[] {
  const all = layings(chord);
  const cost = (voices: readonly number[]) => {
    const mean = voices.reduce((sum, pitch) => sum + pitch, 0) / voices.length;
    const fromCentre = Math.abs(mean - voiceRange.centre) * 0.15;
    // Two voices a semitone apart are harsh at the bottom.
    const crowded = voices.filter((pitch, index) => index > 0 && pitch - voices[index - 1]! < 2).length * 2;
    if (before === undefined) return fromCentre + crowded;
    return (
      fromCentre +
      crowded +
      movement(before, voices) +
      4 * parallels(before, voices) +
      leading(before, voices, scale)
    );
  };
  return all.reduce((best, laying) => (cost(laying) < cost(best) ? laying : best));
}

function movement(before: readonly number[], after: readonly number[]): number {
  const nearest = (pitch: number, others: readonly number[]) =>
    Math.min(...others.map((other) => Math.abs(other - pitch)));
  const forth = after.reduce((sum, pitch) => sum + nearest(pitch, before), 0);
  const back = before.reduce((sum, pitch) => sum + nearest(pitch, after), 0);
  const top = Math.abs((before.at(-1) ?? 0) - (after.at(-1) ?? 0));
  return forth + back + 0.5 * top;
}

/** How many pairs of voices go from one fifth or octave to another in the same direction. */
export function parallels(before: readonly number[], after: readonly number[]): number {
  const voices = Math.min(before.length, after.length);
  let count = 0;
  for (let low = 0; low < voices; low++) {
    for (let high = low + 1; high < voices; high++) {
      const [lowFrom, highFrom, lowTo, highTo] = [before[low]!, before[high]!, after[low]!, after[high]!];
      const isPerfect = (interval: number) => interval % 12 === 7 || interval % 12 === 0;
      if (lowFrom === lowTo || Math.sign(lowTo - lowFrom) !== Math.sign(highTo - highFrom)) continue;
      if (isPerfect(highFrom - lowFrom) && (highFrom - lowFrom) % 12 === (highTo - lowTo) % 12) count++;
    }
  }
  return count;
}

/** What it costs when the leading note is left hanging. */
function leading(before: readonly number[], after: readonly number[], { tonic }: Scale): number {
  const leads = before.filter((pitch) => pitch % 12 === (tonic + 11) % 12);
  return leads.filter((pitch) => !after.includes(pitch + 1) && !after.includes(pitch)).length * 2;
}
