import { comparePictures } from './compare-pictures.ts';
import { compareStructure } from './compare-structure.ts';
import type { SmallPicture } from './small-picture.ts';

/** Two pictures with less new than this show the same: a share of their blocks. */
const sameShare = 0.4;

/** Above this likeness in structure only the light has changed: a lamp, lightning, an exposure. */
const sameStructure = 0.82;

/** A lamp changes the colours by less than this (mean of 255). */
const lightChroma = 20;

/**
 * Whether two pictures show the same, if a little later or in another light. `share` is how much may be new, where it must
 * be less than usual. Pure.
 */
export function showsSame(before: SmallPicture, after: SmallPicture, share = sameShare): boolean {
  if (comparePictures(before, after).unexplained < Math.min(sameShare, share)) return true;
  return isOtherLight(before, after, compareStructure(before, after) ?? 0);
}

/** Whether pictures that are so alike in structure differ in the light alone: colours stay much as they are. Pure. */
export function isOtherLight(before: SmallPicture, after: SmallPicture, likeness: number): boolean {
  return likeness > sameStructure && chromaChange(before, after) < lightChroma;
}

function chromaChange(before: SmallPicture, after: SmallPicture): number {
  const [a, b] = [before.half.planes, after.half.planes];
  const first = before.half.width * before.half.height;
  let sum = 0;
  for (let index = first; index < b.length; index++) sum += Math.abs(a[index]! - b[index]!);
  return sum / (b.length - first);
}
