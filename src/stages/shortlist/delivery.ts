import type { Feature, Stretch } from './feature.ts';
import { clampUnit } from './feature.ts';
import type { Material } from './material.ts';

/** Silence between two words beyond this is dead air, in ms. */
const deadAirMs = 1000;

/** How much livelier than even a voice is that changes its level by this many dB and its pace by this share. */
const livelyDb = 4;
const livelyPace = 0.3;

/** Features of how it is said. All but dead air need the sound; without it they drop out. */
export const deliveryFeatures: readonly Feature[] = [
  {
    name: 'delivery.rate',
    scope: 'stretch',
    measure({ sound }, stretch) {
      if (sound === undefined || sound.usualRate === 0) return undefined;
      const relative = mean(sound.rate, stretch) / sound.usualRate;
      // As usual 0.5; a fifth faster 1; from there, and when slower, it falls.
      return clampUnit(relative <= 1.2 ? 0.5 + (relative - 1) * 2.5 : 1 - (relative - 1.2) * 2.5);
    },
    tell: (value) => (value >= 0.5 ? 'Spoken with drive' : 'Spoken more slowly than the rest'),
  },
  {
    name: 'delivery.energy',
    scope: 'stretch',
    measure({ sound }, stretch) {
      if (sound === undefined) return undefined;
      return 0.5 + 0.5 * Math.tanh((mean(sound.levelDbfs, stretch) - sound.usualDbfs) / 4);
    },
    tell: (value, { sound }, stretch) => {
      const differenceDb = sound === undefined ? 0 : mean(sound.levelDbfs, stretch) - sound.usualDbfs;
      const size = `${Math.abs(differenceDb).toFixed(1)} dB`;
      return value >= 0.5 ? `Spoken with more voice than usual (+${size})` : `Spoken softly (−${size})`;
    },
  },
  {
    name: 'delivery.variety',
    scope: 'stretch',
    measure({ sound }, stretch) {
      if (sound === undefined || stretch.to - stretch.from < 3) return undefined;
      const level = deviation(sound.levelDbfs, stretch) / livelyDb;
      const pace = sound.usualRate === 0 ? 0 : deviation(sound.rate, stretch) / sound.usualRate / livelyPace;
      return clampUnit((level + pace) / 2);
    },
    tell: (value) => (value >= 0.5 ? 'The voice changes its level and its pace' : 'The voice stays even'),
  },
  {
    name: 'delivery.dead-air',
    scope: 'stretch',
    measure: (material, stretch) =>
      clampUnit(deadAir(material, stretch) / Math.max(1, stretch.endMs - stretch.startMs)),
    tell: (_, material, stretch) =>
      `${(deadAir(material, stretch) / 1000).toFixed(1)} s of silence between its sentences`,
  },
];

/** How much of a stretch lies in silences between its units beyond the first second of each, in ms. */
function deadAir({ units }: Material, { from, to }: Stretch): number {
  let totalMs = 0;
  for (let index = from + 1; index < to; index++) {
    totalMs += Math.max(0, units[index]!.startMs - units[index - 1]!.endMs - deadAirMs);
  }
  return totalMs;
}

function mean(values: Float64Array, { from, to }: Stretch): number {
  let sum = 0;
  for (let index = from; index < to; index++) sum += values[index]!;
  return sum / Math.max(1, to - from);
}

function deviation(values: Float64Array, stretch: Stretch): number {
  const center = mean(values, stretch);
  let squares = 0;
  for (let index = stretch.from; index < stretch.to; index++) squares += (values[index]! - center) ** 2;
  return Math.sqrt(squares / Math.max(1, stretch.to - stretch.from));
}
