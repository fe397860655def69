import { z } from 'zod';

/** The twelve notes that a key may begin on. */
export const pitchClasses = ['C', 'C#', 'D', 'D#', 'E', 'F', 'F#', 'G', 'G#', 'A', 'A#', 'B'] as const;

/** A major or a minor key: `{ tonic: 'A', mode: 'minor' }`. */
export const musicKeySchema = z.strictObject({
  tonic: z.enum(pitchClasses),
  mode: z.enum(['major', 'minor']),
});
export type MusicKey = Readonly<z.infer<typeof musicKeySchema>>;

/** How music feels. */
export const musicMoods = ['calm', 'bright', 'tense', 'driving', 'sad', 'playful'] as const;
/** One of {@link musicMoods}. */
export type MusicMood = (typeof musicMoods)[number];

/** What music is wanted. */
export const musicBriefSchema = z.strictObject({
  durationMs: z.int().min(1000).max(600_000),
  seed: z.int().nonnegative(),
  mood: z.enum(musicMoods),
  /** Beats a minute. */
  tempoBpm: z.number().min(40).max(220),
  key: musicKeySchema,
  /** How full it is over its course, from 0 to 1: values at even distances from beginning to end. */
  energy: z.array(z.number().min(0).max(1)).min(1).max(10_000),
  /** In words, for models that read: "warm lo-fi piano". */
  prompt: z.string().max(1000).optional(),
  /** A recording whose melody a model may follow, where it can. Never copied into what is made. */
  melodyPath: z.string().optional(),
});
export type MusicBrief = Readonly<z.infer<typeof musicBriefSchema>>;

/** Energy 1 is as loud as a track gets, and 0 is so much softer, in dB: softer still is 0 too. */
export const energyRangeDb = 15;

/** What was measured of a recording. */
export type MusicMeasures = {
  readonly tempoBpm: number;
  /** 0 to 1: how clearly there is a beat. Speech alone has next to none. */
  readonly tempoConfidence: number;
  readonly key: MusicKey;
  readonly keyConfidence: number;
  /** Loudness over its course against its own loudest, 0 to 1 over {@link energyRangeDb}, a value a second. */
  readonly energy: readonly number[];
  /** Beats, in ms. */
  readonly beatsMs: readonly number[];
};
