/** What silence is given as, in dB relative to full scale. */
export const silenceDbfs = -100;

/** Measures the root mean square level of windows of a stream, as it comes. */
export interface LevelMeter {
  /** Takes samples of any length; gives the levels of the windows that they complete, in dB relative to full scale. */
  push(samples: Float32Array): number[];
  /** The level of the last, incomplete window, if there is one. */
  finish(): number[];
}

/** A meter for windows of `windowSamples`. Levels are rounded to 0.1 dB, −100 at least. */
export function createLevelMeter(windowSamples: number): LevelMeter {
  let sum = 0;
  let count = 0;
  const take = () => {
    const level = toDbfs(sum / count);
    sum = 0;
    count = 0;
    return level;
  };
  return {
    push(samples) {
      const levels: number[] = [];
      for (const sample of samples) {
        sum += sample * sample;
        if (++count === windowSamples) levels.push(take());
      }
      return levels;
    },
    finish: () => (count > 0 ? [take()] : []),
  };
}

function toDbfs(meanSquare: number): number {
  const level = meanSquare > 0 ? 10 * Math.log10(meanSquare) : silenceDbfs;
  return Math.max(silenceDbfs, Math.round(level * 10) / 10);
}
