import { pitchClasses, type MusicKey } from '../../domain/music.ts';

/** Semitones above the tonic of the seven steps of a scale. Minor is the natural one: its seventh is raised where it leads home. */
const scales = { major: [0, 2, 4, 5, 7, 9, 11], minor: [0, 2, 3, 5, 7, 8, 10] } as const;

/** A scale on a tonic. */
export interface Scale {
  readonly mode: MusicKey['mode'];
  /** The pitch class of its tonic, 0 (C) to 11. */
  readonly tonic: number;
  /** The MIDI number of a step: 0 is the tonic in the octave of middle C, 7 the one above it, −1 the step below. */
  pitchOf(step: number): number;
  /** The step that is nearest to a MIDI number. */
  stepNear(pitch: number): number;
}

/** The scale of a key. */
export function createScale({ tonic: name, mode }: MusicKey): Scale {
  const tonic = pitchClasses.indexOf(name);
  const offsets = scales[mode];
  const pitchOf = (step: number) => {
    const octave = Math.floor(step / 7);
    return 60 + tonic + 12 * octave + (offsets[step - 7 * octave] ?? 0);
  };
  return {
    mode,
    tonic,
    pitchOf,
    stepNear(pitch) {
      const guess = Math.round(((pitch - 60 - tonic) * 7) / 12);
      const steps = [-2, -1, 0, 1, 2].map((away) => guess + away);
      return steps.reduce((best, step) =>
        Math.abs(pitchOf(step) - pitch) < Math.abs(pitchOf(best) - pitch) ? step : best,
      );
    },
  };
}
