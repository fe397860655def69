import type { Sound } from '../../domain/sound.ts';
import type { TimeRange } from '../../domain/time.ts';
import type { Transcript } from '../../domain/transcript.ts';
import { createCutFinder, type Cut } from './cuts.ts';
import { rateUnits } from './interest.ts';
import type { Semantics } from './semantics.ts';
import { measureSignals, type Signals } from './signals.ts';
import type { Topic } from './topic.ts';
import { measureSoundOfUnits, type SoundOfUnits } from './unit-sound.ts';
import type { Unit } from './units.ts';

/** How long moments may be, and where they may lie. */
export type ShortlistOptions = {
  readonly minMs: number;
  readonly maxMs: number;
  /** The length that is liked best. Default: 30 s, brought between `minMs` and `maxMs`. */
  readonly targetMs?: number;
  /** Moments lie inside; they are still judged against the whole source. Default: the whole source. */
  readonly range?: TimeRange;
  /** What they should be about, in words: what is not about it falls behind. */
  readonly topic?: string | undefined;
};

/** The default of {@link ShortlistOptions.targetMs}: ten clips of half a minute are what people ask for most. */
const defaultTargetMs = 30_000;

/** Everything that the features look at: a source's units, and what was measured on them once. */
export type Material = {
  readonly units: readonly Unit[];
  readonly isEnglish: boolean;
  readonly durationMs: number;
  readonly targetMs: number;
  readonly minMs: number;
  readonly maxMs: number;
  readonly signals: Signals;
  readonly semantics: Semantics | undefined;
  /** How interesting each unit is against the source, 0 to 1. */
  readonly ratings: Float64Array;
  /** Where to cut before and after each unit. */
  readonly cutsIn: readonly Cut[];
  readonly cutsOut: readonly Cut[];
  readonly sound: SoundOfUnits | undefined;
  readonly topic: Topic | undefined;
  /** The words that a unit begins with: those of its first three seconds, and of a few more units if it is short. */
  opening(unit: number): string;
};

/** Seconds that decide whether a viewer stays, in ms. */
const openingMs = 3000;

/** Measures a source once, so that scoring each of many stretches is cheap. */
export function gatherMaterial(
  heard: { transcript: Transcript; sound?: Sound },
  units: readonly Unit[],
  semantics: Semantics | undefined,
  options: ShortlistOptions,
  topic?: Topic,
): Material {
  const { transcript, sound } = heard;
  const { words } = transcript;
  const isEnglish = /^en\b/iu.test(transcript.language);
  const durationMs = Math.max(transcript.durationMs, sound?.durationMs ?? 0, words.at(-1)?.endMs ?? 0);
  const speech = transcript.speech.length > 0 ? transcript.speech : (sound?.speech ?? []);
  const signals = measureSignals(units, semantics, isEnglish);
  const cuts = createCutFinder({ words, durationMs }, speech, options.range);
  return {
    units,
    isEnglish,
    durationMs,
    minMs: options.minMs,
    maxMs: options.maxMs,
    targetMs: Math.max(options.minMs, Math.min(options.maxMs, options.targetMs ?? defaultTargetMs)),
    signals,
    semantics,
    ratings: rateUnits(units, signals, durationMs),
    cutsIn: units.map((unit) => cuts.before(unit.wordStart)),
    cutsOut: units.map((unit) => cuts.after(unit.wordEnd - 1)),
    sound: sound === undefined ? undefined : measureSoundOfUnits(units, words, sound),
    topic,
    opening(unit) {
      const first = units[unit]!;
      const endMs = first.startMs + openingMs;
      const texts: string[] = [];
      for (let index = first.wordStart; index < words.length; index++) {
        const word = words[index]!;
        if (word.startMs >= endMs && texts.length >= 4) break;
        texts.push(word.text);
      }
      return texts.join(' ');
    },
  };
}
