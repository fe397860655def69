import { energyRangeDb, type MusicBrief } from '../../domain/music.ts';
import type { Score, ScoreChord, ScoreNote, ScorePart, ScoreSection } from '../../domain/score.ts';
import { writeComp, writePad } from './accompaniment.ts';
import { inRange, writeBass } from './bass.ts';
import type { BeatNote } from './beat-note.ts';
import { createDice, type Dice } from './dice.ts';
import { fitKit, writeDrums, writeLastDrums } from './drums.ts';
import { energyAt, planForm, type Form } from './form.ts';
import { harmonise, type Bar, type Harmony } from './harmony.ts';
import { createScale } from './key.ts';
import { nearestOf, writeMelody } from './melody.ts';
import { moods, type Mood } from './moods.ts';

/** A part and what it plays. */
type Played = { readonly part: ScorePart; readonly notes: readonly BeatNote[]; readonly lateMs: number };

/** How finely {@link Score.levelsDb} is given, in ms. */
const levelStepMs = 250;

/** People are about this much early or late, in ms, and this much harder or softer, of full. */
const human = { timeMs: 5, velocity: 0.035 } as const;

/** Nobody ends exactly with the file: the last sound dies away before it. In ms. */
const endMarginMs = 60;

/** Writes original music for a brief: the same brief gives the same notes, another seed other ones. Pure. */
export function writeScore(brief: MusicBrief): Score {
  const dice = createDice(brief.seed, brief.mood);
  const mood = moods[brief.mood];
  const scale = createScale(brief.key);
  const form = planForm(brief, dice.branch('form'));
  const harmony = harmonise(form, scale, {
    mood: brief.mood,
    colour: mood.colour,
    dice: dice.branch('harmony'),
  });
  const played = arrange(brief, { mood, form, harmony, dice });
  return {
    durationMs: brief.durationMs,
    tempoBpm: brief.tempoBpm,
    key: brief.key,
    firstBeatMs: form.firstBeatMs,
    lastChordBeat: form.lastChordBeat,
    sections: describeSections(form),
    chords: describeChords(form, harmony, brief),
    parts: played.map(({ part }) => part),
    notes: played
      .flatMap((one, index) =>
        perform(one, index, { brief, form, swing: mood.swing, dice: dice.branch(one.part.name) }),
      )
      .sort((a, b) => a.startMs - b.startMs || a.part - b.part || a.pitch - b.pitch),
    levelsDb: Array.from(
      { length: Math.max(1, Math.ceil(brief.durationMs / levelStepMs)) },
      (_, step) => (energyAt(brief, (step + 0.5) * levelStepMs) - 1) * energyRangeDb,
    ),
  };
}

function arrange(
  brief: MusicBrief,
  { mood, form, harmony, dice }: { mood: Mood; form: Form; harmony: Harmony; dice: Dice },
): Played[] {
  const scale = createScale(brief.key);
  const { bars } = harmony;
  const choose = dice.branch('instruments');
  const styles = dice.branch('styles');
  const melody = writeMelody(bars, { scale, mood, dice: dice.branch('melody') });
  const energyOf = (beat: number) => barAt(bars, beat)?.energy ?? 0.5;
  const loud = (least: number) => bars.filter(({ energy }) => energy >= least);
  const program = {
    melody: choose.pick(mood.melody),
    keys: choose.pick(mood.keys),
    double: choose.pick(mood.double),
  };
  const side = choose.pick([-1, 1]);
  const part = (name: string, own: Pick<ScorePart, 'program' | 'pan' | 'gainDb' | 'reverb'>): ScorePart => ({
    name,
    isDrums: false,
    ...own,
  });
  const end = endNotes(form, harmony, {
    brief,
    melody,
    mood,
    energy: bars.at(-1)?.energy ?? brief.energy[0] ?? 0.5,
  });
  const double = melody
    .filter(({ beat }) => energyOf(beat) >= 0.7)
    .map(({ pitch, velocity, ...when }) =>
      Object.assign(when, { pitch: pitch - 12, velocity: velocity - 0.15 }),
    );
  const comp = writeComp(bars, styles.pick(mood.comp), mood.legato);
  return [
    {
      part: part('melody', { program: program.melody, pan: 0.12 * side, gainDb: 0, reverb: 0.4 }),
      notes: [...melody, ...end.melody],
      lateMs: 4,
    },
    {
      part: part('double', { program: program.double, pan: -0.35 * side, gainDb: -5, reverb: 0.45 }),
      notes: double,
      lateMs: 6,
    },
    {
      part: part('keys', { program: program.keys, pan: -0.3 * side, gainDb: -3, reverb: 0.3 }),
      notes: [...comp, ...end.chord],
      lateMs: 0,
    },
    {
      part: part('pad', { program: choose.pick(mood.pad), pan: 0.3 * side, gainDb: -9, reverb: 0.55 }),
      notes: [...writePad(loud(0.08)), ...end.pad],
      lateMs: -12,
    },
    {
      part: part('bass', { program: choose.pick(mood.bass), pan: 0, gainDb: -1, reverb: 0.08 }),
      notes: [
        ...writeBass(loud(0.22), styles.pick(mood.bassStyle), { key: brief.key, dice: dice.branch('bass') }),
        ...end.bass,
      ],
      lateMs: 2,
    },
    {
      part: { name: 'drums', program: mood.kit, isDrums: true, pan: 0, gainDb: -1, reverb: 0.18 },
      notes: fitKit(
        [...writeDrums(bars, styles.pick(mood.drums), dice.branch('drums')), ...end.drums],
        mood.kit,
        scale.tonic,
      ),
      lateMs: 0,
    },
  ];
}

function barAt(bars: readonly Bar[], beat: number): Bar | undefined {
  return bars.findLast(({ startBeat }) => startBeat <= beat + 1e-6);
}

/** The last chord, in every part: the tonic beneath, the melody home, and time to ring. */
function endNotes(
  form: Form,
  { last, lastVoices }: Harmony,
  {
    brief,
    melody,
    mood,
    energy,
  }: { brief: MusicBrief; melody: readonly BeatNote[]; mood: Mood; energy: number },
): Record<'melody' | 'chord' | 'pad' | 'bass' | 'drums', BeatNote[]> {
  const beat = form.lastChordBeat;
  const beats = (brief.durationMs - endMarginMs - form.firstBeatMs) / form.beatMs - beat;
  const before = melody.at(-1)?.pitch ?? 72 + mood.register;
  const tonic = { ...last, pitchClasses: last.pitchClasses.slice(0, 1) };
  const home = nearestOf(tonic, before, { low: before - 7, high: before + 7 });
  const note = (pitch: number, velocity: number, lateMs = 0): BeatNote => ({
    beat,
    beats,
    pitch,
    velocity,
    lateMs,
  });
  return {
    melody: energy < 0.12 && melody.length > 0 ? [] : [note(home, 0.66)],
    chord: lastVoices.map((pitch, index) => note(pitch, 0.6, index * 22)),
    pad: lastVoices.map((pitch) => note(pitch, 0.55)),
    bass: [note(inRange(last.pitchClasses[0]!), 0.72)],
    // Soft drums end with a touch, however full it was.
    drums: writeLastDrums(beat, mood.drums.includes('soft') ? Math.min(energy, 0.5) : energy),
  };
}

/** Plays a part's notes: in ms, with swing, as a person would, as hard as it is full there. */
function perform(
  { notes, lateMs }: Played,
  index: number,
  { brief, form, swing, dice }: { brief: MusicBrief; form: Form; swing: number; dice: Dice },
): ScoreNote[] {
  const lastMs = brief.durationMs - endMarginMs;
  return notes.flatMap((note): ScoreNote[] => {
    const inBeat = note.beat % 1;
    // The second eighth comes later, and what is between it and the next beat with it.
    const swung = inBeat < 0.5 ? inBeat * (1 + swing) : 0.5 + swing / 2 + (inBeat - 0.5) * (1 - swing);
    const onTimeMs = form.firstBeatMs + (note.beat - inBeat + swung) * form.beatMs;
    const timeMs = onTimeMs + lateMs + (note.lateMs ?? 0) + dice.sway() * human.timeMs;
    const startMs = Math.max(0, Math.min(timeMs, lastMs - 50));
    const energy = energyAt(brief, onTimeMs);
    const velocity = note.velocity * (0.72 + 0.42 * energy) + dice.sway() * human.velocity;
    const durationMs = Math.max(30, Math.min(note.beats * form.beatMs, lastMs - startMs));
    const pitch = Math.max(21, Math.min(108, note.pitch));
    return [{ part: index, startMs, durationMs, pitch, velocity: Math.max(0.08, Math.min(1, velocity)) }];
  });
}

function describeSections({ phrases }: Form): ScoreSection[] {
  return phrases.map(({ theme, times, bars, energy }) => ({
    name: times === 0 ? theme : `${theme}${times + 1}`,
    startBeat: bars[0]?.startBeat ?? 0,
    beats: bars.reduce((sum, bar) => sum + bar.beats, 0),
    energy,
  }));
}

function describeChords(
  form: Form,
  { bars, last, lastVoices }: Harmony,
  { durationMs }: MusicBrief,
): ScoreChord[] {
  const chords = bars.map(({ startBeat, beats, chord, voices }) => ({
    startBeat,
    beats,
    numeral: chord.numeral,
    voices,
  }));
  const endBeat = (durationMs - form.firstBeatMs) / form.beatMs;
  const { lastChordBeat } = form;
  return [
    ...chords,
    { startBeat: lastChordBeat, beats: endBeat - lastChordBeat, numeral: last.numeral, voices: lastVoices },
  ];
}
