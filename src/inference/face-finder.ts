import { childModulePath, startChild } from '../process/child.ts';
import type { Picture } from './sample-picture.ts';

/** A face as the models see it, px of the picture that was looked at. */
export type SeenFace = {
  x: number;
  y: number;
  width: number;
  height: number;
  /** How sure: the detector's word for a new face, the mesh's for one that was followed. 0 to 1. */
  score: number;
  /** Its place in `near`, when it was followed from there. */
  followed?: number;
  /** Only when the mesh found its features: the eyes as the viewer sees them, and how far the lips are apart over the mouth's width. */
  eyeLeft?: { x: number; y: number };
  eyeRight?: { x: number; y: number };
  mouthOpen?: number;
  /** Only when it was asked for: the person's likeness, 128 numbers of length 1. */
  descriptor?: number[];
};

/** What to look for in a picture. */
export type FaceRequest = {
  readonly picture: Picture;
  /** Faces of a picture shortly before: they are looked for there. `turn` in radians, how far the head is tilted clockwise. */
  readonly near: readonly { x: number; y: number; width: number; height: number; turn: number }[];
  /** `always`: the detector looks over the whole picture; `when-lost`: only when a near face is not found again. */
  readonly find: 'always' | 'when-lost';
  /** The surest so many faces are described; the slowest part of all. */
  readonly describe: number;
};

/** What was seen: `found` says whether the detector looked. */
export type FaceReply = { faces: SeenFace[]; found: boolean };

/** A process that finds faces in pictures, each on its own. */
export interface FaceFinder {
  look(request: FaceRequest): Promise<FaceReply>;
  close(): Promise<void>;
}

/**
 * Starts a process with the face models in it. @throws (from `look`) tool.weights_missing, tool.child_died
 */
export function startFaceFinder(): FaceFinder {
  const child = startChild(childModulePath(import.meta.url, './face-finder.child'), {
    title: 'The face finder',
  });
  return {
    look: (request) => child.call<FaceReply>('look', request),
    close: () => child.close(),
  };
}
