import type { MusicMood } from '../../domain/music.ts';
import { chordOf, leadVoices, type Chord, type Colour } from './chords.ts';
import type { Dice } from './dice.ts';
import type { Form, FormBar, FormPhrase } from './form.ts';
import type { Scale } from './key.ts';

/** A bar with its harmony. */
export type Bar = FormBar & {
  readonly chord: Chord;
  /** The chord's voices above the bass, led from those of the bar before. */
  readonly voices: readonly number[];
  /** The chord that follows: for basses and melodies that lead on. */
  readonly next: Chord;
  readonly theme: FormPhrase['theme'];
  readonly times: number;
  readonly phraseBars: number;
  /** How full the bar after it is wanted. */
  readonly nextEnergy: number;
  readonly isLast: boolean;
};

/** What is played before the end: bars, then the last chord. */
export type Harmony = {
  readonly bars: readonly Bar[];
  readonly last: Chord;
  readonly lastVoices: readonly number[];
};

/** Four bars each. Those of the first theme begin at home, so that the key is heard. */
const progressions = {
  major: {
    home: ['I vi IV V', 'I IV I V', 'I iii IV V', 'I IV ii V', 'I V vi IV', 'I ii IV V', 'I IV vi V'],
    away: ['IV I ii V', 'ii V I IV', 'vi IV I V', 'IV V iii vi', 'IV iii ii V'],
  },
  minor: {
    home: ['i VI iv V', 'i iv V i', 'i VII VI V', 'i iv i V', 'i v VI iv', 'i iv VI V', 'i VI i V'],
    away: ['VI VII i V', 'iv i VI V', 'iv VII III V', 'VI iv i V', 'III VII i iv'],
  },
} as const;

/** Before the dominant, at an end. */
const approaches = { major: ['IV', 'ii7'], minor: ['iv', 'VI'] } as const;

/** Chords that moods would rather not have. */
const avoided: Partial<Record<MusicMood, RegExp>> = { tense: /III|VII/u, sad: /VII VI V$/u };

/** Gives every bar its chord: a progression for each theme, half closes on the way, and a full close at the end. */
export function harmonise(
  form: Form,
  scale: Scale,
  { mood, colour, dice }: { mood: MusicMood; colour: Colour; dice: Dice },
): Harmony {
  const loops = chooseLoops(scale, mood, dice);
  const tonic = scale.mode === 'major' ? 'I' : 'i';
  const approach = dice.pick(approaches[scale.mode]);
  const numerals = form.phrases.flatMap((phrase, index) => {
    const isLast = index === form.phrases.length - 1;
    const loop = loops[phrase.theme].split(' ');
    return phrase.bars.map((_bar, place) => {
      const toEnd = phrase.bars.length - 1 - place;
      if (isLast && toEnd === 0) return 'V7';
      if (isLast && toEnd === 1 && phrase.bars.length > 2) return approach;
      // What goes away goes home again: the bar before the first theme comes back leads there.
      const goesHome = form.phrases[index + 1]?.theme === 'A' && phrase.bars.length > 1;
      if (goesHome && toEnd === 0) return 'V';
      const own = loop[place % loop.length] ?? tonic;
      // The dominant before a dominant would be one long one.
      return goesHome && toEnd === 1 && own === 'V' ? tonic : own;
    });
  });
  const last = chordOf(tonic, scale);
  const chords = numerals.map((numeral) => chordOf(numeral, scale, colour));
  let voices: number[] | undefined;
  const flat = form.phrases.flatMap((phrase) => phrase.bars.map((bar) => ({ bar, phrase })));
  const bars = flat.map(({ bar, phrase }, index): Bar => {
    const chord = chords[index] ?? last;
    voices = leadVoices(chord, voices, scale);
    return Object.assign({}, bar, {
      chord,
      voices,
      next: chords[index + 1] ?? last,
      theme: phrase.theme,
      times: phrase.times,
      phraseBars: phrase.bars.length,
      nextEnergy: flat[index + 1]?.bar.energy ?? bar.energy,
      isLast: index === flat.length - 1,
    });
  });
  return { bars, last, lastVoices: leadVoices(last, voices, scale) };
}

function chooseLoops(scale: Scale, mood: MusicMood, dice: Dice): Record<FormPhrase['theme'], string> {
  const { home, away } = progressions[scale.mode];
  const fits = (loops: readonly string[]) => {
    const wanted = loops.filter((loop) => avoided[mood]?.test(loop) !== true);
    return wanted.length === 0 ? loops : wanted;
  };
  const first = dice.pick(fits(home));
  const others = fits(home).filter((loop) => loop !== first);
  const tonic = scale.mode === 'major' ? 'I' : 'i';
  return {
    intro: dice.pick([tonic, `${tonic} ${scale.mode === 'major' ? 'IV' : 'iv'}`]),
    A: first,
    B: dice.pick(fits(away)),
    C: dice.pick(others),
  };
}
