/** How the loudness of a recording moves: what two recordings of one conversation share, whatever their microphones. */

/** How finely it is kept, in ms. Two recordings are first laid over each other to this. */
export const rhythmStepMs = 20;

/** Frames softer than this are silence, in dB relative to full scale. */
const floorDb = -75;

/** The loudness of a second around is taken off, so that hum, distance and gain say nothing. In steps of each side. */
const localSteps = 50;

/** What is left is cut off here, in times its own spread: a slammed door must not outweigh a minute of speech. */
const clipAt = 3;

/** Turns samples, as they come, into levels of the whole sound and of its upper part (by the difference of samples). */
export interface RhythmMeter {
  push(samples: Float32Array): void;
  /** The rhythm: one value a step, about −3 to 3, 0 where nothing is heard. */
  finish(): Float32Array;
}

/** A meter for mono sound of this rate, in hertz. */
export function createRhythmMeter(sampleRateHz: number): RhythmMeter {
  const stepSamples = Math.round((sampleRateHz * rhythmStepMs) / 1000);
  const whole: number[] = [];
  const upper: number[] = [];
  let [sum, upperSum, count, previous] = [0, 0, 0, 0];
  return {
    push(samples) {
      for (const sample of samples) {
        sum += sample * sample;
        upperSum += (sample - previous) ** 2;
        previous = sample;
        if (++count < stepSamples) continue;
        whole.push(toDb(sum / count));
        upper.push(toDb(upperSum / count));
        [sum, upperSum, count] = [0, 0, 0];
      }
    },
    finish() {
      const parts = [whiten(whole), whiten(upper)];
      return Float32Array.from(
        whole,
        (_level, step) => ((parts[0]?.[step] ?? 0) + (parts[1]?.[step] ?? 0)) / 2,
      );
    },
  };
}

function toDb(meanSquare: number): number {
  return meanSquare <= 0 ? floorDb : Math.max(floorDb, 10 * Math.log10(meanSquare));
}

/** Levels without what is slow in them, brought to a spread of 1. */
function whiten(levels: readonly number[]): Float32Array {
  const sums = new Float64Array(levels.length + 1);
  for (const [step, level] of levels.entries()) sums[step + 1] = (sums[step] ?? 0) + level;
  const moved = Float32Array.from(levels, (level, step) => {
    const from = Math.max(0, step - localSteps);
    const to = Math.min(levels.length, step + localSteps + 1);
    return level - ((sums[to] ?? 0) - (sums[from] ?? 0)) / (to - from);
  });
  let square = 0;
  for (const value of moved) square += value * value;
  const spread = Math.sqrt(square / Math.max(1, moved.length));
  if (spread < 1e-6) return moved.fill(0);
  return moved.map((value) => Math.max(-clipAt, Math.min(clipAt, value / spread)));
}
