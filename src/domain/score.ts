import type { MusicKey } from './music.ts';

/** One instrument of a score. */
export type ScorePart = {
  /** What it does: `melody`, `bass`. */
  readonly name: string;
  /** General MIDI programme, 0 to 127; of drums, the kit. */
  readonly program: number;
  readonly isDrums: boolean;
  /** −1 is left, 1 is right. */
  readonly pan: number;
  /** Against the other parts, in dB. */
  readonly gainDb: number;
  /** How much of it goes into the room, 0 to 1. */
  readonly reverb: number;
};

/** A note: when it sounds, ms of the track, which part plays it, and how hard. */
export type ScoreNote = {
  /** Its place in {@link Score.parts}. */
  readonly part: number;
  readonly startMs: number;
  readonly durationMs: number;
  /** MIDI number: 60 is middle C. */
  readonly pitch: number;
  /** 0 to 1. */
  readonly velocity: number;
};

/** A chord and when it holds, in beats from the first. */
export type ScoreChord = {
  readonly startBeat: number;
  readonly beats: number;
  /** Its roman numeral: `V`, `ii`. */
  readonly numeral: string;
  /** MIDI numbers of its voices, from below; the bass plays beneath. */
  readonly voices: readonly number[];
};

/** A part of the form: four bars of one theme, as a rule. */
export type ScoreSection = {
  readonly name: string;
  readonly startBeat: number;
  readonly beats: number;
  /** How full it was wanted, 0 to 1. */
  readonly energy: number;
};

/** A piece of music as notes. */
export type Score = {
  readonly durationMs: number;
  readonly tempoBpm: number;
  readonly key: MusicKey;
  /** Where the first beat lies, in ms. */
  readonly firstBeatMs: number;
  /** The beat on which the last chord enters; it rings to the end. */
  readonly lastChordBeat: number;
  readonly sections: readonly ScoreSection[];
  readonly chords: readonly ScoreChord[];
  readonly parts: readonly ScorePart[];
  /** Sorted by their starts. */
  readonly notes: readonly ScoreNote[];
  /** How loud it should be over its course, against its loudest, in dB: values at even distances. */
  readonly levelsDb: readonly number[];
};
