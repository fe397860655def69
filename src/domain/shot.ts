import { z } from 'zod';
import { faceSampleSchema } from './face.ts';
import { rationalSchema } from './time.ts';

/** A stretch of picture between two cuts or fades, in frames of the source conformed to a rate, half-open. */
export const shotSchema = z.strictObject({
  startFrame: z.int().nonnegative(),
  endFrame: z.int().positive(),
  /** What it begins with: a hard cut, a fade, or simply where watching began. */
  startsWith: z.enum(['cut', 'fade', 'start']),
});
export type Shot = Readonly<z.infer<typeof shotSchema>>;

/** The document that `pivot shots` writes: shots in order; with a range, only what lies in it. */
export const shotListSchema = z.strictObject({
  version: z.literal(1),
  frameRate: rationalSchema,
  shots: z.array(shotSchema),
});
export type ShotList = Readonly<z.infer<typeof shotListSchema>>;

/** What was measured of a picture, a few times a second. */
export const pictureSampleSchema = z.strictObject({
  atMs: z.int().nonnegative(),
  /** Mean luma, 0 (black) to 1. */
  brightness: z.number(),
  /** Spread of luma, 0 (flat) to 1. */
  contrast: z.number(),
  /** Mean change of luma from one frame to the next since the sample before, 0 to 1. */
  motion: z.number(),
});
export type PictureSample = Readonly<z.infer<typeof pictureSampleSchema>>;

/** Where in a picture there is something to see, about once a second: of a screen or a landscape, where no face says it. */
export const pictureDetailSchema = z.strictObject({
  frame: z.int().nonnegative(),
  /** How much of what stands out are hard edges, as of letters and lines, 0 (a photograph) to 1 (a slide). */
  edges: z.number(),
  /** How much of the picture has one of its two most frequent tones, 0 to 1. */
  plain: z.number(),
  /** How much detail there is in each cell of a grid of 16 × 9, row by row, 0 to 255. */
  cells: z.array(z.int()).length(144).readonly(),
});
export type PictureDetail = Readonly<z.infer<typeof pictureDetailSchema>>;

/** What was seen in one watched range of a source, in ms of the source. */
export const seenSchema = z.strictObject({
  startMs: z.int().nonnegative(),
  endMs: z.int().nonnegative(),
  frameRate: rationalSchema,
  shots: z.array(shotSchema).readonly(),
  pictures: z.array(pictureSampleSchema).readonly(),
  /** The faces, several times a second, in order of frame; only when they were looked for. */
  faces: z.array(faceSampleSchema).readonly().optional(),
  /** Where there is something to see beside faces; only when these were looked for. */
  details: z.array(pictureDetailSchema).readonly().optional(),
});
export type Seen = Readonly<z.infer<typeof seenSchema>>;
