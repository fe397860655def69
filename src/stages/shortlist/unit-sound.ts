import type { Sound } from '../../domain/sound.ts';
import type { Word } from '../../domain/transcript.ts';
import type { Unit } from './units.ts';

/** What the sound tells of each unit. */
export type SoundOfUnits = {
  /** Level of the voice, in dB relative to full scale, the silences inside left out. */
  readonly levelDbfs: Float64Array;
  /** Median of {@link levelDbfs}: how loud this speaker ordinarily is. */
  readonly usualDbfs: number;
  /** Words a second. */
  readonly rate: Float64Array;
  readonly usualRate: number;
};

/** A window this far under the loudest tenth of a unit is silence between words, in dB. */
const silenceBelowDb = 25;

/** Measures the voice's level and pace on every unit. */
export function measureSoundOfUnits(
  units: readonly Unit[],
  words: readonly Word[],
  sound: Sound,
): SoundOfUnits {
  const { envelopeDbfs, envelopeWindowMs } = sound;
  const levelDbfs = Float64Array.from(units, (unit) => {
    const levels = envelopeDbfs.slice(
      Math.floor(unit.startMs / envelopeWindowMs),
      Math.max(Math.floor(unit.startMs / envelopeWindowMs) + 1, Math.ceil(unit.endMs / envelopeWindowMs)),
    );
    if (levels.length === 0) return -100;
    const loud = levels.toSorted((a, b) => b - a)[Math.floor(levels.length / 10)] ?? -100;
    const voiced = levels.filter((level) => level > loud - silenceBelowDb);
    return voiced.length === 0 ? loud : voiced.reduce((sum, level) => sum + level, 0) / voiced.length;
  });
  const rate = Float64Array.from(units, (unit) => {
    const spoken = words
      .slice(unit.wordStart, unit.wordEnd)
      .reduce((sum, word) => sum + Math.max(60, word.endMs - word.startMs), 0);
    return ((unit.wordEnd - unit.wordStart) * 1000) / Math.max(200, spoken);
  });
  return { levelDbfs, usualDbfs: median(levelDbfs), rate, usualRate: median(rate) };
}

/** The middle value; 0 of nothing. */
export function median(values: ArrayLike<number>): number {
  const sorted = Array.from(values).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
