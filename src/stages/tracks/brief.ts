import type { MusicBrief, MusicKey, MusicMeasures, MusicMood } from '../../domain/music.ts';

/** What is wanted beside what was measured. */
export type BriefWish = {
  readonly durationMs: number;
  readonly seed: number;
  /** Default: as tempo and key suggest. */
  readonly mood: MusicMood | undefined;
};

/** Above this there is a beat that can be followed; speech has next to none. */
export const leastBeat = 0.3;

/** The tempos that people call the tempo: what is slower or faster is counted double or half. In beats a minute. */
const usualTempo = { min: 70, max: 140 } as const;

/** The energy curve has a value about every so many ms. */
const energyStepMs = 2000;

/** Music is never silent in the middle: the softest of the curve becomes this. */
const leastEnergy = 0.2;

/** What is fast. In beats a minute. */
const fastBpm = 105;

/** A tempo in the usual range, by doubling or halving it. */
export function foldTempo(bpm: number): number {
  let folded = bpm;
  while (folded < usualTempo.min) folded *= 2;
  while (folded >= usualTempo.max) folded /= 2;
  return folded;
}

/** The recording whose beat is clearest, by its place. */
export function clearestBeat(measures: readonly MusicMeasures[]): number {
  return measures.reduce(
    (best, { tempoConfidence }, index) =>
      tempoConfidence > (measures[best]?.tempoConfidence ?? -1) ? index : best,
    0,
  );
}

/**
 * What music is asked for after some recordings: the tempo of the one whose beat is clearest, the key that most is in, weighed by how sure that
 * is, and the mean of how their energy goes over time, spread so that it can be heard.
 */
export function writeBrief(measures: readonly MusicMeasures[], wish: BriefWish): MusicBrief {
  const { durationMs, seed } = wish;
  const tempoBpm = Math.round(foldTempo(measures[clearestBeat(measures)]?.tempoBpm ?? 90) * 10) / 10;
  const key = commonKey(measures);
  const energy = commonEnergy(measures, Math.max(4, Math.round(durationMs / energyStepMs)));
  return { durationMs, seed, mood: wish.mood ?? moodOf(tempoBpm, key, energy), tempoBpm, key, energy };
}

function commonKey(measures: readonly MusicMeasures[]): MusicKey {
  const votes = new Map<string, { key: MusicKey; weight: number }>();
  for (const { key, keyConfidence, tempoConfidence } of measures) {
    const name = `${key.tonic} ${key.mode}`;
    // What has a beat is music: its key is one.
    const weight = (votes.get(name)?.weight ?? 0) + keyConfidence * (0.25 + tempoConfidence);
    votes.set(name, { key, weight });
  }
  const [most] = [...votes.values()].toSorted((a, b) => b.weight - a.weight);
  return most?.key ?? { tonic: 'C', mode: 'major' };
}

function commonEnergy(measures: readonly MusicMeasures[], count: number): number[] {
  const curves = measures.map(({ energy }) => resample(energy, count)).filter((curve) => curve.length > 0);
  const mean = Array.from(
    { length: count },
    (_, at) => curves.reduce((sum, curve) => sum + curve[at]!, 0) / Math.max(1, curves.length),
  );
  const smooth = mean.map((value, at) => ((mean[at - 1] ?? value) + 2 * value + (mean[at + 1] ?? value)) / 4);
  const low = Math.min(...smooth);
  const high = Math.max(...smooth);
  const span = high - low;
  return smooth.map((value) => {
    const share = span < 0.01 ? 0.5 : (value - low) / span;
    return Math.round((leastEnergy + (1 - leastEnergy) * share) * 1000) / 1000;
  });
}

/** Means over even stretches. */
function resample(values: readonly number[], count: number): number[] {
  if (values.length === 0) return [];
  return Array.from({ length: count }, (_, at) => {
    const from = Math.floor((at * values.length) / count);
    const to = Math.max(from + 1, Math.floor(((at + 1) * values.length) / count));
    const stretch = values.slice(from, to);
    return stretch.reduce((sum, value) => sum + value, 0) / stretch.length;
  });
}

function moodOf(tempoBpm: number, { mode }: MusicKey, energy: readonly number[]): MusicMood {
  const isFast = tempoBpm >= fastBpm;
  const changes = energy.slice(1).map((value, at) => Math.abs(value - energy[at]!));
  const isRestless = changes.reduce((sum, value) => sum + value, 0) / Math.max(1, changes.length) > 0.15;
  if (mode === 'minor') {
    if (isFast) return 'driving';
    return isRestless ? 'tense' : 'sad';
  }
  if (isFast) return isRestless ? 'playful' : 'bright';
  return 'calm';
}
