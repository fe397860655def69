import type { TimeRange } from './time.js';

/** A point in a picture, px of the picture as shown. */
export interface PicturePoint {
  x: number;
  y: number;
}

/** A face in one picture, px of the picture as shown; the box may reach over its edges. */
export interface Face {
  /** The left edge of the box. */
  x: number;
  /** The upper edge of the box, about the middle of the forehead. */
  y: number;
  width: number;
  height: number;
  /** How sure the finder is, 0 to 1. */
  score: number;
  /** The middle of the eye on the left of the picture. */
  eyeLeft?: PicturePoint;
  /** The middle of the eye on the right of the picture. */
  eyeRight?: PicturePoint;
  /** How far the lips are apart: the inner gap over the mouth's width, 0 to 1. */
  mouthOpen?: number;
}

/** A face that was found in a frame, with what tells its person from others. */
export type FaceFound = Face & {
  /** What the person looks like: a short vector of length 1, alike in the dot product for the same person. */
  descriptor?: readonly number[];
};

/** The faces of one looked-at frame. An empty list says that it was looked at and holds none. */
export interface FaceSample {
  /** The frame of the source, counted at its conformed rate. */
  frame: number;
  faces: readonly FaceFound[];
}

/** Where a face is in a frame, px of the source. */
export interface FaceBox {
  frame: number;
  x: number;
  y: number;
  width: number;
  height: number;
}

/** What a mouth does in a frame. */
export interface MouthSample {
  frame: number;
  /** How far the lips are apart, 0 to 1. */
  open: number;
  /** How much that changed since the look before, per second. */
  motion: number;
}

/** One person's face over a clip. The same person keeps one id across the shots of a clip. */
export interface FaceTrack {
  /** `p1`, `p2` … in the order of first sight. */
  id: string;
  /** In order of frame. */
  boxes: readonly FaceBox[];
  mouth: readonly MouthSample[];
}

/** A range of time in which a track's person speaks. */
export type SpeakingTurn = TimeRange & {
  /** The track that speaks. */
  trackId: string;
};
