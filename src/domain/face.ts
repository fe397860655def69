import { z } from 'zod';
import type { TimeRange } from './time.ts';

/** A point in a picture, px of the picture as shown. */
const pointSchema = z.strictObject({ x: z.number(), y: z.number() });

/** A face in one picture, px of the picture as shown; the box may reach over its edges. */
export const faceFoundSchema = z.strictObject({
  /** The left edge of the box. */
  x: z.number(),
  /** The upper edge of the box, at the hairline. */
  y: z.number(),
  width: z.number(),
  height: z.number(),
  /** How sure the finder is, 0 to 1. */
  score: z.number(),
  /** The middle of the eye on the left of the picture. Neither eyes nor mouth where no features could be told, as in a profile. */
  eyeLeft: pointSchema.optional(),
  /** The middle of the eye on the right of the picture. */
  eyeRight: pointSchema.optional(),
  /** How far the lips are apart: the inner gap over the mouth's width, 0 to 1. */
  mouthOpen: z.number().optional(),
  /** What the person looks like, now and then: 128 numbers of length 1, whose dot product is high for the same person. */
  descriptor: z.array(z.number()).readonly().optional(),
});

/**
 * Two descriptors whose dot product is higher are of the same person, most likely: dlib's limit of 0.6 for the distance of
 * its vectors, whose length is about 1.4.
 */
export const samePersonLikeness = 0.91;

/** A face that was found in a frame, with what tells its person from others. */
export type FaceFound = Readonly<z.infer<typeof faceFoundSchema>>;

/** A person in one picture, by the head, px of the picture as shown; out of the picture it is where it must be. */
const personFoundSchema = z.strictObject({
  x: z.number(),
  y: z.number(),
  width: z.number(),
  height: z.number(),
  /** How sure the finder is of the body, 0 to 1. */
  score: z.number(),
});

/** The faces of one looked-at frame, counted at the source's conformed rate. An empty list: it was looked at and holds none. */
export const faceSampleSchema = z.strictObject({
  frame: z.int().nonnegative(),
  faces: z.array(faceFoundSchema).readonly(),
  /** The people, where no face is seen; left out where nobody looked for them. */
  persons: z.array(personFoundSchema).readonly().optional(),
});

/** The faces of one looked-at frame. */
export type FaceSample = Readonly<z.infer<typeof faceSampleSchema>>;

/** What a mouth does in a frame. */
export interface MouthSample {
  frame: number;
  /** How far the lips are apart, 0 to 1. */
  open: number;
  /** How much that changed since the look before, per second. */
  motion: number;
}

/** A range of time in which a track's person speaks. */
export type SpeakingTurn = TimeRange & {
  /** The track that speaks. */
  trackId: string;
};
