import type { BeatNote } from './beat-note.ts';
import type { Dice } from './dice.ts';
import type { Bar } from './harmony.ts';

/** How the drums go. */
export type DrumStyle = 'soft' | 'pop' | 'four' | 'march' | 'light';

/** General MIDI percussion. */
const sounds = {
  kick: 36,
  rim: 37,
  snare: 38,
  clap: 39,
  lowTom: 45,
  midTom: 47,
  highTom: 50,
  closedHat: 42,
  openHat: 46,
  crash: 49,
  ride: 51,
  tambourine: 54,
  shaker: 70,
  woodHigh: 76,
  woodLow: 77,
  triangle: 81,
} as const;

/** One line of a pattern: a sound on sixteenths (`X` hard, `x` soft, `.` not) from this energy on. */
type Line = { readonly sound: keyof typeof sounds; readonly pattern: string; readonly from: number };

const styles: Readonly<Record<DrumStyle, readonly Line[]>> = {
  soft: [
    { sound: 'shaker', pattern: 'x...x...x...x...', from: 0.25 },
    { sound: 'shaker', pattern: '..x...x...x...x.', from: 0.5 },
    { sound: 'kick', pattern: 'X.......x.......', from: 0.35 },
    { sound: 'rim', pattern: '....x.......x...', from: 0.45 },
    { sound: 'ride', pattern: 'x...x...x...x...', from: 0.75 },
    { sound: 'kick', pattern: '......x.......x.', from: 0.85 },
  ],
  pop: [
    { sound: 'closedHat', pattern: 'X...X...X...X...', from: 0.25 },
    { sound: 'kick', pattern: 'X.......X.......', from: 0.3 },
    { sound: 'snare', pattern: '....X.......X...', from: 0.45 },
    { sound: 'closedHat', pattern: '..x...x...x...x.', from: 0.45 },
    { sound: 'kick', pattern: '......x...x.....', from: 0.65 },
    { sound: 'tambourine', pattern: 'x.x.X.x.x.x.X.x.', from: 0.8 },
    { sound: 'clap', pattern: '....x.......x...', from: 0.85 },
  ],
  four: [
    { sound: 'closedHat', pattern: 'x...x...x...x...', from: 0.15 },
    { sound: 'kick', pattern: 'X...X...X...X...', from: 0.3 },
    { sound: 'openHat', pattern: '..x...x...x...x.', from: 0.55 },
    { sound: 'clap', pattern: '....X.......X...', from: 0.45 },
    { sound: 'closedHat', pattern: 'x.xxx.xxx.xxx.xx', from: 0.75 },
    { sound: 'snare', pattern: '....x..x....x...', from: 0.85 },
  ],
  march: [
    { sound: 'closedHat', pattern: 'x...x...x...x...', from: 0.15 },
    { sound: 'lowTom', pattern: 'X.......X.......', from: 0.3 },
    { sound: 'kick', pattern: 'X...x...X...x...', from: 0.4 },
    { sound: 'midTom', pattern: '......x.......xx', from: 0.55 },
    { sound: 'snare', pattern: '....x.xx....x.x.', from: 0.75 },
    { sound: 'closedHat', pattern: '..x...x...x...x.', from: 0.6 },
  ],
  light: [
    { sound: 'woodHigh', pattern: '....x.......x...', from: 0.2 },
    { sound: 'kick', pattern: 'X.......X.......', from: 0.3 },
    { sound: 'closedHat', pattern: 'x...x...x...x...', from: 0.35 },
    { sound: 'snare', pattern: '....x.......x...', from: 0.5 },
    { sound: 'woodLow', pattern: 'x.....x.......x.', from: 0.6 },
    { sound: 'tambourine', pattern: '..x...x...x...x.', from: 0.75 },
    { sound: 'triangle', pattern: 'x...............', from: 0.55 },
  ],
};

/** The drums of some bars: more lines the fuller it is, a fill before it gets fuller, a cymbal where it is there. */
export function writeDrums(bars: readonly Bar[], style: DrumStyle, dice: Dice): BeatNote[] {
  return bars.flatMap((bar, index) => {
    const hits = styles[style]
      .filter(({ from }) => bar.energy >= from)
      .flatMap(({ sound, pattern }) => readLine(bar, sound, pattern));
    const isTurn = bar.phraseBar === bar.phraseBars - 1 && bar.beats === 4;
    const rises = bar.nextEnergy > bar.energy + 0.1 || bar.nextEnergy > 0.5;
    const isFilled = isTurn && rises && bar.energy > 0.35 && dice.happens(0.8);
    const before = bars[index - 1];
    const arrives =
      bar.phraseBar === 0 && bar.energy > 0.55 && (before === undefined || bar.energy > before.energy + 0.05);
    return [
      ...(isFilled ? withFill(hits, bar, dice) : hits),
      ...(arrives ? [hit(bar, 0, style === 'soft' ? 'ride' : 'crash', style === 'soft' ? 0.45 : 0.6)] : []),
    ];
  });
}

/** General MIDI 2's kit of an orchestra: where others have toms, hi-hats and cymbals it has kettledrums, whose keys are their notes. */
const orchestra = { kit: 48, kettledrumsFrom: 41 } as const;

/** Where that kit has what others have elsewhere. */
const inOrchestra: ReadonlyMap<number, number> = new Map([
  [sounds.closedHat, 27],
  [sounds.openHat, 29],
  [sounds.ride, 30],
  [sounds.crash, 59],
]);

/** What a kit plays where another sound lies on a key. Kettledrums take the place of toms: they play the tonic, and the low one the dominant. */
export function fitKit(notes: readonly BeatNote[], kit: number, tonic: number): BeatNote[] {
  if (kit !== orchestra.kit) return [...notes];
  const tuned = (pitchClass: number) =>
    orchestra.kettledrumsFrom + ((pitchClass - orchestra.kettledrumsFrom + 120) % 12);
  const moved = new Map<number, number>([
    ...inOrchestra,
    [sounds.lowTom, tuned(tonic + 7)],
    [sounds.midTom, tuned(tonic)],
    [sounds.highTom, tuned(tonic)],
  ]);
  return notes.map((note) => Object.assign({}, note, { pitch: moved.get(note.pitch) ?? note.pitch }));
}

/** The last chord gets a blow where it was full, and a touch where it was not. */
export function writeLastDrums(beat: number, energy: number): BeatNote[] {
  if (energy < 0.25) return [];
  const bar = { startBeat: beat };
  if (energy < 0.6) return [hit(bar, 0, 'triangle', 0.4)];
  return [hit(bar, 0, 'crash', 0.62), hit(bar, 0, 'kick', 0.8)];
}

function readLine(bar: Bar, sound: keyof typeof sounds, pattern: string): BeatNote[] {
  return [...pattern].flatMap((mark, index) => {
    const beat = index / 4;
    if (mark === '.' || beat >= bar.beats) return [];
    return [hit(bar, beat, sound, mark === 'X' ? 0.78 : 0.5)];
  });
}

/** The last beat or two, over the drums from high to low. */
function withFill(hits: readonly BeatNote[], bar: Bar, dice: Dice): BeatNote[] {
  const from = dice.pick([2, 3, 3]);
  const kept = hits.filter(({ beat, pitch }) => beat - bar.startBeat < from || pitch === sounds.kick);
  const order = (['snare', 'highTom', 'midTom', 'lowTom'] as const).flatMap((sound) => [sound, sound]);
  const count = (bar.beats - from) * 4;
  const fill = Array.from({ length: count }, (_, index) =>
    hit(
      bar,
      from + index / 4,
      order[Math.floor((index / count) * order.length)]!,
      0.48 + (0.3 * index) / count,
    ),
  );
  return [...kept, ...fill.filter((_, index) => index % 4 === 0 || dice.happens(0.75))];
}

function hit(
  { startBeat }: { startBeat: number },
  beat: number,
  sound: keyof typeof sounds,
  velocity: number,
): BeatNote {
  return { beat: startBeat + beat, beats: 0.25, pitch: sounds[sound], velocity };
}
