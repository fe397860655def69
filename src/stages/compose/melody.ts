import type { BeatNote } from './beat-note.ts';
import type { Chord } from './chords.ts';
import type { Dice } from './dice.ts';
import type { Bar } from './harmony.ts';
import type { Scale } from './key.ts';
import type { Mood } from './moods.ts';

/** A note of a figure: when it comes, how long it is, and how far it is from the one before, in steps. */
type MotifNote = { readonly beat: number; readonly beats: number; readonly step: number };

/** A figure of one bar. */
export type Motif = readonly MotifNote[];

/** A note, changed. */
const withChange = (note: MotifNote, change: Partial<MotifNote>): MotifNote => ({ ...note, ...change });

/** Rhythms of a bar, as lengths in beats; a negative one is a rest. From few notes to many. */
const rhythms: readonly (readonly number[])[] = [
  [3, -1],
  [2, 2],
  [1, 3],
  [1.5, 2.5],
  [2, 1, 1],
  [1.5, 0.5, 2],
  [1, 1, 2],
  [-1, 1, 1, 1],
  [1.5, 1.5, 1],
  [0.5, 0.5, 1, 2],
  [1, 0.5, 0.5, 1, 1],
  [0.5, 0.5, 1, 0.5, 0.5, 1],
  [1.5, 0.5, 1, 0.5, 0.5],
];

/** Most steps are small; a leap now and then makes a figure that is known again. */
const stepChoices = [-1, -1, 1, 1, 1, 2, -2, 0, 3, -3, 4] as const;

/** What a melody reaches from, in MIDI numbers, before its mood moves it. */
const range = { low: 64, high: 83 } as const;

/** A melody that comes out of one figure: repeated, moved with the harmony, turned over, broken up, brought home. */
export function writeMelody(
  bars: readonly Bar[],
  { scale, mood, dice }: { scale: Scale; mood: Mood; dice: Dice },
): BeatNote[] {
  const first = makeMotif(mood.density, dice.branch('first'));
  const second = contrast(first, mood.density, dice.branch('second'));
  const notes: BeatNote[] = [];
  let from = scale.stepNear((range.low + range.high) / 2 + mood.register);
  for (const bar of bars) {
    if (isSilent(bar)) continue;
    const source = bar.theme === 'B' ? second : first;
    const figure = develop(source, bar, dice.branch(`bar ${bar.startBeat}`));
    const written = place(figure, bar, { from, scale, mood });
    notes.push(...written.notes);
    from = written.endsOn;
  }
  return notes;
}

/** Where it is thinnest a melody leaves room, and an introduction has none. */
function isSilent({ energy, theme, phraseBar, phraseBars }: Bar): boolean {
  if (theme === 'intro' || energy < 0.12) return true;
  return energy < 0.3 && phraseBar % 2 === 1 && phraseBar < phraseBars - 1;
}

/** A figure with as many notes as the mood has. */
export function makeMotif(density: number, dice: Dice): Motif {
  const around = density * (rhythms.length - 1) + dice.sway() * 1.6;
  const lengths = rhythms[Math.round(Math.max(0, Math.min(rhythms.length - 1, around)))] ?? [2, 2];
  let beat = 0;
  const motif = lengths.flatMap((beats) => {
    const start = beat;
    beat += Math.abs(beats);
    return beats < 0 ? [] : [{ beat: start, beats, step: dice.pick(stepChoices) }];
  });
  return motif.map((note, index) => (index === 0 ? withChange(note, { step: 0 }) : note));
}

/** Another rhythm, and the first figure's way turned over: related, and heard as something else. */
function contrast(motif: Motif, density: number, dice: Dice): Motif {
  const other = makeMotif(Math.min(1, density + 0.2), dice);
  return other.map((note, index) => withChange(note, { step: -(motif[index % motif.length]?.step ?? 1) }));
}

/** What becomes of a figure in a bar of a phrase. */
function develop(motif: Motif, bar: Bar, dice: Dice): Motif {
  const { phraseBar, phraseBars, times, energy } = bar;
  if (phraseBar === phraseBars - 1) return close(motif, bar);
  // The second time is ornamented, the third turned over.
  if (phraseBar === 1 && times % 3 === 2) return motif.map((note) => withChange(note, { step: -note.step }));
  if (phraseBar === 2) return breakUp(motif, bar.beats);
  const isOrnamented = times % 3 === 1 || energy > 0.75;
  return isOrnamented && dice.happens(0.6) ? ornament(motif) : motif;
}

/** Its first two beats, twice, the second time a step higher. */
function breakUp(motif: Motif, barBeats: number): Motif {
  const head = motif
    .filter((note) => note.beat < 2)
    .map((note) => withChange(note, { beats: Math.min(note.beats, 2 - note.beat) }));
  if (head.length === 0 || barBeats < 4) return head;
  return [
    ...head,
    ...head.map((note, index) =>
      withChange(note, { beat: note.beat + 2, step: index === 0 ? 1 : note.step }),
    ),
  ];
}

/** Its first note or two, then one that is held. */
function close(motif: Motif, { beats }: Bar): Motif {
  const head = motif.filter((note) => note.beat < 2).slice(0, 2);
  const held = { beat: Math.min(2, beats - 1), beats: Math.max(1, beats - 2), step: -1 };
  return [
    ...head.map((note) => withChange(note, { beats: Math.min(note.beats, held.beat - note.beat) })),
    held,
  ];
}

/** The longest note gets a neighbour. */
function ornament(motif: Motif): Motif {
  const longest = motif.reduce((best, note) => (note.beats > best.beats ? note : best), motif[0]!);
  if (longest.beats < 1.5) return motif;
  return motif.flatMap((note) =>
    note === longest
      ? [
          { ...note, beats: note.beats - 1 },
          { beat: note.beat + note.beats - 1, beats: 0.5, step: 1 },
          { beat: note.beat + note.beats - 0.5, beats: 0.5, step: -1 },
        ]
      : [note],
  );
}

/** Puts a figure onto a bar's chord: notes on strong beats and long ones belong to it, others pass. */
function place(
  figure: Motif,
  bar: Bar,
  { from, scale, mood }: { from: number; scale: Scale; mood: Mood },
): { notes: BeatNote[]; endsOn: number } {
  const low = range.low + mood.register;
  const high = range.high + mood.register;
  let step = from;
  const notes = figure.flatMap((note): BeatNote[] => {
    if (note.beat >= bar.beats) return [];
    step += note.step;
    if (scale.pitchOf(step) > high) step -= note.step > 0 ? 2 * note.step : 4;
    if (scale.pitchOf(step) < low) step += note.step < 0 ? -2 * note.step : 4;
    const isStrong = note.beat % 2 === 0 || note.beats >= 1;
    const aims = scale.pitchOf(step);
    const pitch = isStrong ? nearestOf(bar.chord, aims, { low, high }) : fitting(bar.chord, aims, scale);
    step = scale.stepNear(pitch);
    const accent = note.beat === 0 ? 0.1 : note.beat % 1 === 0 ? 0 : -0.08;
    const beats = Math.min(note.beats, bar.beats - note.beat);
    return [{ beat: bar.startBeat + note.beat, beats: beats * mood.legato, pitch, velocity: 0.68 + accent }];
  });
  return { notes, endsOn: step };
}

/** A note of the scale that does not fight with the raised note of a chord. */
function fitting({ pitchClasses }: Chord, pitch: number, scale: Scale): number {
  const raised = (scale.tonic + 11) % 12;
  return pitchClasses.includes(raised) && (pitch + 1) % 12 === raised ? pitch + 1 : pitch;
}

/** The nearest note of a chord's triad to a pitch, in between bounds. */
export function nearestOf(
  { pitchClasses }: Chord,
  pitch: number,
  { low, high }: { low: number; high: number },
): number {
  const triad = new Set(pitchClasses.slice(0, 3));
  for (let away = 0; away < 12; away++) {
    for (const near of [pitch - away, pitch + away]) {
      if (near >= low && near <= high && triad.has(((near % 12) + 12) % 12)) return near;
    }
  }
  return pitch;
}
