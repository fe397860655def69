import type { Rational } from '../../domain/time.ts';
import type { Difference } from './compare-pictures.ts';
import type { SmallPicture } from './small-picture.ts';

/** Where a shot ends and the next begins: the first frame of the next. */
export type Bound = { readonly frame: number; readonly kind: 'cut' | 'fade' };

/** One frame of a watched stretch, and how it differs from the one before it (undefined for the first). */
export type WatchedFrame = { readonly picture: SmallPicture; readonly difference: Difference | undefined };

/** Frames that follow each other without a gap, the first of them being `startFrame`. */
export type WatchedStretch = {
  readonly frameRate: Rational;
  readonly startFrame: number;
  readonly frames: readonly WatchedFrame[];
};
