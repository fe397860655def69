import type { MusicMood } from '../../domain/music.ts';
import type { Colour } from './chords.ts';
import type { CompStyle } from './accompaniment.ts';
import type { BassStyle } from './bass.ts';
import type { DrumStyle } from './drums.ts';

/** What a mood is made of. Instruments are General MIDI programmes; where there are several, the seed takes one. */
export type Mood = {
  readonly melody: readonly number[];
  /** Doubles the melody where it is full. */
  readonly double: readonly number[];
  readonly keys: readonly number[];
  readonly pad: readonly number[];
  readonly bass: readonly number[];
  readonly kit: number;
  readonly comp: readonly CompStyle[];
  readonly bassStyle: readonly BassStyle[];
  readonly drums: readonly DrumStyle[];
  readonly colour: Colour;
  /** How late the second of two eighths comes, as a share of the eighth. */
  readonly swing: number;
  /** How many notes a melody has, 0 to 1. */
  readonly density: number;
  /** How long notes are held, as a share of their time. */
  readonly legato: number;
  /** What is added to a melody's range, in semitones. */
  readonly register: number;
};

/** The moods and what they are made of. */
export const moods: Readonly<Record<MusicMood, Mood>> = {
  calm: {
    melody: [73, 11, 0, 108],
    double: [48, 11],
    keys: [0, 4, 24, 46],
    pad: [89, 48, 49],
    bass: [32, 35],
    kit: 40,
    comp: ['arpeggio', 'broken', 'beats'],
    bassStyle: ['long', 'rootFifth'],
    drums: ['soft'],
    colour: 'ninths',
    swing: 0,
    density: 0.3,
    legato: 0.98,
    register: 0,
  },
  bright: {
    melody: [9, 73, 0, 12],
    double: [48, 73],
    keys: [25, 0, 24],
    pad: [48, 50],
    bass: [33, 32],
    kit: 0,
    comp: ['strum', 'beats', 'arpeggio'],
    bassStyle: ['rootFifth', 'drive'],
    drums: ['pop'],
    colour: 'plain',
    swing: 0,
    density: 0.55,
    legato: 0.85,
    register: 3,
  },
  tense: {
    melody: [42, 71, 68],
    double: [48],
    keys: [45, 0],
    pad: [44, 49, 95],
    bass: [43, 38],
    kit: 48,
    comp: ['pulse', 'broken'],
    bassStyle: ['drive', 'long'],
    drums: ['march'],
    colour: 'plain',
    swing: 0,
    density: 0.35,
    legato: 0.95,
    register: -7,
  },
  driving: {
    melody: [81, 27, 80],
    double: [50, 48],
    keys: [28, 5, 0],
    pad: [90, 50],
    bass: [38, 33],
    kit: 24,
    comp: ['pulse', 'strum'],
    bassStyle: ['drive', 'octaves'],
    drums: ['four', 'pop'],
    colour: 'plain',
    swing: 0,
    density: 0.6,
    legato: 0.8,
    register: 0,
  },
  sad: {
    melody: [42, 68, 0, 40],
    double: [48],
    keys: [0, 24, 46],
    pad: [49, 48, 89],
    bass: [32, 43],
    kit: 40,
    comp: ['broken', 'arpeggio', 'beats'],
    bassStyle: ['long'],
    drums: ['soft'],
    colour: 'ninths',
    swing: 0,
    density: 0.3,
    legato: 1,
    register: -5,
  },
  playful: {
    melody: [71, 13, 73, 12],
    double: [9, 45],
    keys: [45, 24, 12],
    pad: [48, 60],
    bass: [32, 70],
    kit: 40,
    comp: ['offbeat', 'strum'],
    bassStyle: ['rootFifth', 'walk'],
    drums: ['light'],
    colour: 'plain',
    swing: 0.16,
    density: 0.65,
    legato: 0.6,
    register: 2,
  },
};
