import { childModulePath, startChild } from '../process/child.ts';
import type { Picture } from './sample-picture.ts';

/** A box in a picture, px. */
export type Box = { readonly x: number; readonly y: number; readonly width: number; readonly height: number };

/** A face as the models see it, px of the picture that was looked at. */
export type SeenFace = {
  x: number;
  y: number;
  width: number;
  height: number;
  /** How sure: the detector's word for a new face, the mesh's for one that was followed. 0 to 1. */
  score: number;
  /** Its place in `near`, when it is the same as one of those. */
  followed?: number;
  /** The eyes as the viewer sees them. Neither they nor the mouth where no features can be told, as in a profile. */
  eyeLeft?: { x: number; y: number };
  eyeRight?: { x: number; y: number };
  /** How far the lips are apart over the mouth's width, 0 to 1. */
  mouthOpen?: number;
  /** The person's likeness, 128 numbers of length 1; only when it was asked for, and the face looks this way. */
  descriptor?: number[];
};

/**
 * How the detector looks over the whole picture: `never`; only `when-lost`, when a near face is not found again; `quick`, for
 * faces of about 5 % of the picture's width and more; `thorough`, for 2 % and more, which takes four times as long.
 */
export type FindHow = 'never' | 'when-lost' | 'quick' | 'thorough';

/** What to look for in a picture. */
export type FaceRequest = {
  readonly picture: Picture;
  /** Faces of a picture shortly before: they are looked for there. `turn`: how far the head is tilted clockwise, in radians. */
  readonly near: readonly (Box & { readonly turn: number })[];
  readonly find: FindHow;
  /** Whether faces are described, so that persons can be told apart. */
  readonly describe: boolean;
};

/** What was seen: `found` says whether the detector looked. */
export type FaceReply = { faces: SeenFace[]; found: boolean };

/** A person as the models see it, px of the picture: where the head is, and how sure, 0 to 1. */
export type SeenPerson = { x: number; y: number; width: number; height: number; score: number };

/** A process that finds faces in pictures, each on its own. */
export interface FaceFinder {
  /** @throws tool.weights_missing, tool.child_died */
  look(request: FaceRequest): Promise<FaceReply>;
  /** The heads of people, also of those who show no face; their model is opened at the first call. @throws as `look` */
  findPersons(picture: Picture): Promise<SeenPerson[]>;
  close(): Promise<void>;
}

/** Starts a process with the face models in it. */
export function startFaceFinder(): FaceFinder {
  const child = startChild(childModulePath(import.meta.url, './face-finder.child'), {
    title: 'The face finder',
  });
  return {
    look: (request) => child.call<FaceReply>('look', request),
    findPersons: (picture) => child.call<SeenPerson[]>('findPersons', picture),
    close: () => child.close(),
  };
}
