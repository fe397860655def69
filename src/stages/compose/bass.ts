import type { BeatNote } from './beat-note.ts';
import type { Dice } from './dice.ts';
import type { Bar } from './harmony.ts';
import { createScale } from './key.ts';
import type { MusicKey } from '../../domain/music.ts';

/** How a bass goes: one long note, root and fifth, even eighths, octaves, or walking. */
export type BassStyle = 'long' | 'rootFifth' | 'drive' | 'octaves' | 'walk';

/** The lowest note of a bass, in MIDI numbers: small loudspeakers give no more. */
const lowest = 33;

/** The bass under some bars: roots on the first beats, so that the harmony is clear, and a way to the next. */
export function writeBass(
  bars: readonly Bar[],
  style: BassStyle,
  { key, dice }: { key: MusicKey; dice: Dice },
): BeatNote[] {
  const scale = createScale(key);
  return bars.flatMap((bar) => {
    const root = inRange(bar.chord.pitchClasses[0]!);
    const fifth = inRange(bar.chord.pitchClasses[2]!);
    const next = inRange(bar.next.pitchClasses[0]!);
    const note = (beat: number, beats: number, pitch: number, velocity: number): BeatNote => ({
      beat: bar.startBeat + beat,
      beats,
      pitch,
      velocity,
    });
    // A step before the next root leads there; the seventh is raised where the chord has it raised.
    const raised = (scale.tonic + 11) % 12;
    const approach = () => {
      const pitch = scale.pitchOf(scale.stepNear(next) + (next > root ? -1 : 1));
      return (pitch + 1) % 12 === raised && bar.chord.pitchClasses.includes(raised) ? pitch + 1 : pitch;
    };
    const isThin = bar.energy < 0.35 || bar.beats < 4;
    if (isThin || style === 'long') {
      const isLed = !isThin && next !== root && dice.happens(0.4);
      const main = note(0, isLed ? bar.beats - 1 : bar.beats * 0.97, root, 0.7);
      return isLed ? [main, note(bar.beats - 1, 0.9, approach(), 0.6)] : [main];
    }
    if (style === 'rootFifth') {
      const pattern = [note(0, 1.8, root, 0.74), note(2, 1.3, fifth, 0.66)];
      return dice.happens(0.35) ? [...pattern, note(3.5, 0.45, approach(), 0.56)] : pattern;
    }
    if (style === 'walk') {
      const third = inRange(bar.chord.pitchClasses[1]!);
      return [root, third, fifth, approach()].map((pitch, beat) =>
        note(beat, 0.85, pitch, beat === 0 ? 0.72 : 0.62),
      );
    }
    const gap = bar.energy < 0.55 ? 1 : 0.5;
    return Array.from({ length: bar.beats / gap }, (_, index) => {
      const beat = index * gap;
      const isUp = style === 'octaves' && beat % 1 !== 0;
      const isLast = beat === bar.beats - gap && next !== root;
      const pitch = isLast ? approach() : isUp ? root + 12 : root;
      return note(beat, gap * 0.85, pitch, beat % 2 === 0 ? 0.74 : beat % 1 === 0 ? 0.66 : 0.56);
    });
  });
}

/** The note of a pitch class that a bass plays. */
export function inRange(pitchClass: number): number {
  return lowest + ((((pitchClass - lowest) % 12) + 12) % 12);
}
