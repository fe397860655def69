import type { MusicBrief } from '../../domain/music.ts';
import type { Dice } from './dice.ts';

/** What a phrase says: its theme, and whether it only leads in. */
export type Theme = 'intro' | 'A' | 'B' | 'C';

/** A bar before there is anything in it. Beats count from the first of the track. */
export type FormBar = {
  readonly startBeat: number;
  /** 4; 2 in one bar before the end where the length asks for it. */
  readonly beats: number;
  /** How full it is wanted, 0 to 1. */
  readonly energy: number;
  readonly phrase: number;
  /** Its place in its phrase, from 0. */
  readonly phraseBar: number;
};

/** Some bars of one theme, four as a rule. */
export type FormPhrase = {
  readonly theme: Theme;
  /** How often the theme came before. */
  readonly times: number;
  readonly bars: readonly FormBar[];
  readonly energy: number;
};

/** The form of a track: its phrases, then a last chord that rings to the end. */
export type Form = {
  readonly firstBeatMs: number;
  readonly beatMs: number;
  readonly phrases: readonly FormPhrase[];
  readonly lastChordBeat: number;
};

/** Bars have four beats: a beat tracker and a foot agree on them. */
export const barBeats = 4;

/** Bars of a phrase. */
const phraseBars = 4;

/** The first beat waits for this long, so that a note which comes early is whole. In ms. */
const firstBeatMs = 30;

/** The last chord rings for at least this share of a track, in between these, in ms. */
const ring = { share: 0.08, leastMs: 1400, mostMs: 4000 } as const;

/** Orders of themes after each other; they come home at the end. */
const orders: readonly (readonly Theme[])[] = [
  ['A', 'A', 'B', 'A'],
  ['A', 'B', 'A', 'C'],
  ['A', 'A', 'B', 'B'],
  ['A', 'B', 'A', 'B'],
  ['A', 'A', 'B', 'C'],
];

/** How full it is wanted at a time, 0 to 1: between the values of the brief it goes straight. */
export function energyAt({ energy, durationMs }: MusicBrief, ms: number): number {
  const place = (Math.max(0, Math.min(durationMs, ms)) / durationMs) * (energy.length - 1);
  const index = Math.min(energy.length - 1, Math.floor(place));
  const from = energy[index] ?? 0.5;
  const to = energy[index + 1] ?? from;
  return from + (to - from) * (place - index);
}

/** Lays out the bars so that the last chord comes on a beat and has time to ring. A track of a second is that chord alone. */
export function planForm(brief: MusicBrief, dice: Dice): Form {
  const beatMs = 60_000 / brief.tempoBpm;
  const leastRingMs = Math.min(
    brief.durationMs * 0.6,
    Math.max(ring.leastMs, Math.min(ring.mostMs, brief.durationMs * ring.share)),
  );
  // Whole bars and, at most, one of two beats.
  const lastChordBeat =
    Math.floor(Math.max(0, brief.durationMs - firstBeatMs - leastRingMs) / beatMs / 2) * 2;
  const bars = layOutBars(brief, beatMs, lastChordBeat);
  return { firstBeatMs, beatMs, lastChordBeat, phrases: groupBars(bars, dice) };
}

function layOutBars(
  brief: MusicBrief,
  beatMs: number,
  lastChordBeat: number,
): Omit<FormBar, 'phrase' | 'phraseBar'>[] {
  const count = Math.ceil(lastChordBeat / barBeats);
  // The short one is the last but one: a breath before the dominant.
  const shortBar = lastChordBeat % barBeats === 0 ? -1 : Math.max(0, count - 2);
  const bars = [];
  for (let index = 0, startBeat = 0; index < count; index++) {
    const beats = index === shortBar ? 2 : barBeats;
    const middleMs = firstBeatMs + (startBeat + beats / 2) * beatMs;
    const quarters = [-0.25, 0, 0.25].map((share) => energyAt(brief, middleMs + share * beats * beatMs));
    bars.push({ startBeat, beats, energy: quarters.reduce((sum, value) => sum + value, 0) / 3 });
    startBeat += beats;
  }
  return bars;
}

function groupBars(bars: readonly Omit<FormBar, 'phrase' | 'phraseBar'>[], dice: Dice): FormPhrase[] {
  const order = dice.pick(orders);
  const intro = bars.length > phraseBars ? bars.length % phraseBars : 0;
  const groups = intro === 0 ? [] : [bars.slice(0, intro)];
  for (let from = intro; from < bars.length; from += phraseBars)
    groups.push(bars.slice(from, from + phraseBars));
  const seen = new Map<Theme, number>();
  return groups.map((group, phrase): FormPhrase => {
    const place = phrase - (intro === 0 ? 0 : 1);
    const isIntro = intro > 0 && phrase === 0;
    const isLast = phrase === groups.length - 1;
    const theme = isIntro ? 'intro' : isLast ? 'A' : (order[place % order.length] ?? 'A');
    const times = seen.get(theme) ?? 0;
    seen.set(theme, times + 1);
    return {
      theme,
      times,
      bars: group.map((bar, phraseBar) => Object.assign({ phrase, phraseBar }, bar)),
      energy: group.reduce((sum, bar) => sum + bar.energy, 0) / group.length,
    };
  });
}
