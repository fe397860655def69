import { pitchClasses, type MusicBrief, type MusicMood } from '../../domain/music.ts';
import { createDice, type Dice } from './dice.ts';

/** What is known of the music that is wanted; the rest is chosen. */
export type BriefWishes = Pick<MusicBrief, 'durationMs' | 'seed' | 'mood'> & {
  readonly [Name in 'tempoBpm' | 'key' | 'energy' | 'prompt' | 'melodyPath']?: MusicBrief[Name] | undefined;
};

/** Tempi of moods in beats a minute, and how often they are in major. */
const habits: Readonly<
  Record<MusicMood, { readonly bpm: readonly [number, number]; readonly major: number }>
> = {
  calm: { bpm: [70, 88], major: 0.75 },
  bright: { bpm: [100, 124], major: 1 },
  tense: { bpm: [84, 104], major: 0 },
  driving: { bpm: [116, 134], major: 0.3 },
  sad: { bpm: [62, 78], major: 0 },
  playful: { bpm: [98, 120], major: 1 },
};

/** How full moods are. */
const fullness: Readonly<Record<MusicMood, readonly [number, number]>> = {
  calm: [0.25, 0.6],
  bright: [0.45, 0.9],
  tense: [0.3, 0.85],
  driving: [0.55, 1],
  sad: [0.2, 0.6],
  playful: [0.4, 0.85],
};

/** A whole brief for music of which only something is known: by its seed, a tempo and a key that go with its mood, and a course that rises. Pure. */
export function suggestBrief({
  tempoBpm,
  key,
  energy,
  prompt,
  melodyPath,
  ...known
}: BriefWishes): MusicBrief {
  const { seed, mood } = known;
  const dice = createDice(seed, `brief/${mood}`);
  const { bpm, major } = habits[mood];
  const ownTempo = bpm[0] + Math.floor(dice.roll() * (bpm[1] - bpm[0] + 1));
  const ownKey = {
    tonic: dice.pick(pitchClasses),
    mode: dice.happens(major) ? ('major' as const) : ('minor' as const),
  };
  return {
    ...known,
    tempoBpm: tempoBpm ?? ownTempo,
    key: key ?? ownKey,
    energy: energy ?? suggestEnergy(mood, dice.branch('energy')),
    ...(prompt === undefined ? {} : { prompt }),
    ...(melodyPath === undefined ? {} : { melodyPath }),
  };
}

/** Courses that a listener follows, 0 to 1: begin so that it is heard, grow, breathe, grow again. */
const courses = [
  [0.3, 0.6, 0.8, 0.5, 1, 0.7],
  [0.5, 0.7, 0.4, 0.9, 1, 0.6],
  [0.2, 0.5, 0.9, 0.7, 1, 0.8],
  [0.6, 0.9, 0.5, 0.7, 1, 0.5],
] as const;

function suggestEnergy(mood: MusicMood, dice: Dice): number[] {
  const [least, most] = fullness[mood];
  return dice.pick(courses).map((share) => Math.round((least + share * (most - least)) * 100) / 100);
}
