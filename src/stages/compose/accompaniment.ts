import type { BeatNote } from './beat-note.ts';
import type { Bar } from './harmony.ts';

/** How chords are played: one after the other, in broken figures, on each beat, strummed, in even pulses, or on the off-beats. */
export type CompStyle = 'arpeggio' | 'broken' | 'beats' | 'strum' | 'pulse' | 'offbeat';

/** The voices of chords, played in a style. What is thin has fewer notes. */
export function writeComp(bars: readonly Bar[], style: CompStyle, legato: number): BeatNote[] {
  return bars.flatMap((bar) => players[style](bar, legato));
}

const players: Readonly<Record<CompStyle, (bar: Bar, legato: number) => BeatNote[]>> = {
  arpeggio(bar) {
    const { voices, energy } = bar;
    const turn = [...voices, voices.at(-1)! + 12 > 84 ? voices[0]! : voices[0]! + 12];
    const order = [...turn.keys(), ...[...turn.keys()].slice(1, -1).reverse()];
    const gap = energy < 0.25 ? 1 : 0.5;
    return steps(bar, gap).map((beat, index) => ({
      beat: bar.startBeat + beat,
      beats: gap * 2,
      pitch: turn[order[index % order.length]!]!,
      velocity: beat === 0 ? 0.66 : beat % 1 === 0 ? 0.56 : 0.46,
    }));
  },
  broken(bar) {
    const { voices, energy } = bar;
    const [low, ...upper] = voices;
    const gap = energy < 0.3 ? 2 : 1;
    return steps(bar, gap).flatMap((beat, index) => {
      const pitches = index % 2 === 0 ? [low!] : upper;
      const velocity = beat === 0 ? 0.64 : 0.54;
      return pitches.map((pitch) => ({ beat: bar.startBeat + beat, beats: gap * 1.1, pitch, velocity }));
    });
  },
  beats(bar, legato) {
    const gap = bar.energy < 0.25 ? 2 : 1;
    return steps(bar, gap).flatMap((beat) => chord(bar, beat, gap * legato, beat === 0 ? 0.64 : 0.5, 6));
  },
  strum(bar, legato) {
    // Down on the beats, up in between, as a guitar's hand goes.
    const hits =
      bar.energy < 0.35 ? [0, 2] : bar.energy < 0.6 ? [0, 1, 2, 2.5, 3] : [0, 1, 1.5, 2, 2.5, 3, 3.5];
    return hits
      .filter((beat) => beat < bar.beats)
      .flatMap((beat, index) => {
        const until = hits[index + 1] ?? bar.beats;
        const isUp = beat % 1 !== 0;
        const velocity = beat === 0 ? 0.68 : isUp ? 0.42 : 0.56;
        return chord(bar, beat, (until - beat) * legato, velocity, isUp ? -9 : 11);
      });
  },
  pulse(bar, legato) {
    const gap = bar.energy < 0.2 ? 1 : 0.5;
    const { voices } = bar;
    return steps(bar, gap).flatMap((beat) => {
      const velocity = beat % 2 === 0 ? 0.64 : beat % 1 === 0 ? 0.56 : 0.42;
      const pitches = bar.energy > 0.6 || beat % 2 === 0 ? voices : voices.slice(0, 2);
      const beats = gap * Math.min(0.8, legato);
      return pitches.map((pitch) => ({ beat: bar.startBeat + beat, beats, pitch, velocity }));
    });
  },
  offbeat(bar) {
    const hits = bar.energy < 0.3 ? [1, 3] : [1, 1.5, 3];
    return hits
      .filter((beat) => beat < bar.beats)
      .flatMap((beat) => chord(bar, beat, 0.4, beat % 1 === 0 ? 0.6 : 0.44, 4));
  },
};

/** Beats of a bar, this far apart. */
function steps({ beats }: Bar, gap: number): number[] {
  return Array.from({ length: Math.max(1, Math.round(beats / gap)) }, (_, index) => index * gap);
}

/** All voices of a bar's chord at once, or nearly: a hand needs some ms a string, from below, or from above where negative. */
function chord(
  { voices, startBeat }: Bar,
  beat: number,
  beats: number,
  velocity: number,
  stringMs: number,
): BeatNote[] {
  const order = stringMs < 0 ? [...voices].reverse() : voices;
  return order.map((pitch, index) => ({
    beat: startBeat + beat,
    beats,
    pitch,
    velocity,
    lateMs: index * Math.abs(stringMs),
  }));
}

/** Held chords under everything, tied over where a voice stays. */
export function writePad(bars: readonly Bar[]): BeatNote[] {
  const notes: BeatNote[] = [];
  const held = new Map<number, number>();
  for (const bar of bars) {
    for (const pitch of held.keys()) if (!bar.voices.includes(pitch)) held.delete(pitch);
    for (const pitch of bar.voices) {
      const at = held.get(pitch);
      const before = at === undefined ? undefined : notes[at];
      // What was held through two bars is played again: sound fonts let long notes die.
      if (at !== undefined && before !== undefined && before.beats < 8) {
        notes[at] = { ...before, beats: before.beats + bar.beats };
      } else {
        held.set(pitch, notes.length);
        notes.push({ beat: bar.startBeat, beats: bar.beats, pitch, velocity: 0.55 });
      }
    }
  }
  return notes;
}
