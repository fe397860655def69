import type { Shot } from '../../domain/shot.ts';
import type { PunchInMode } from '../../domain/tightening.ts';
import { rationalToNumber, type Rational } from '../../domain/time.ts';
import type { CropRectangle } from './crop.ts';
import type { KeptPiece } from './cut-moment.ts';

/** How much larger every other piece is shown: enough to look meant, or enough to be seen. By eye and by editors' custom. */
const zoomOf: Readonly<Record<PunchInMode, number>> = { off: 1, subtle: 1.06, strong: 1.15 };

/** No zoom lasts less than this: in and out again at once is worse than the jump. In seconds. */
const minHoldSeconds = 0.6;

/** What is known of the picture around jump cuts. */
export type PictureChanges = {
  /** Shots of the source, in frames of the timeline's rate. Without them all is one shot. */
  readonly shots: readonly Shot[];
  /** Whether piece `index` begins with another picture than the one before it ends with: another camera. */
  isOtherPicture?(index: number): boolean;
};

/**
 * How much each piece is zoomed in (1: not at all): it changes at every jump cut, so that the jump looks like another
 * camera. Where a real cut lies in what was taken out, the picture changes anyway and nothing is added.
 */
export function choosePunchIns(
  pieces: readonly KeptPiece[],
  mode: PunchInMode,
  rate: Rational,
  { shots, isOtherPicture }: PictureChanges,
): number[] {
  const bounds = shots.filter(({ startsWith }) => startsWith !== 'start').map(({ startFrame }) => startFrame);
  const zooms: number[] = [];
  let isIn = false;
  let changedAtFrame = 0;
  for (const [index, piece] of pieces.entries()) {
    const before = pieces[index - 1];
    if (before !== undefined && mode !== 'off') {
      const isRealCut =
        isOtherPicture?.(index) === true ||
        bounds.some((frame) => frame > before.endFrame - 1 && frame < piece.startFrame + 1);
      const heldFrames = piece.atFrame - changedAtFrame;
      if (isRealCut) [isIn, changedAtFrame] = [false, piece.atFrame];
      else if (heldFrames >= minHoldSeconds * rationalToNumber(rate)) {
        [isIn, changedAtFrame] = [!isIn, piece.atFrame];
      }
    }
    zooms.push(isIn ? zoomOf[mode] : 1);
  }
  // The last piece may be too short to go in for.
  const last = pieces.at(-1);
  const isBrief =
    last !== undefined && last.endFrame - last.startFrame < minHoldSeconds * rationalToNumber(rate);
  if (isBrief && zooms.length > 1 && zooms.at(-1) !== 1) zooms[zooms.length - 1] = zooms.at(-2) ?? 1;
  return zooms;
}

/** Of the room that a zoom leaves, this share lies above it: faces are above the middle. */
const shareAbove = 0.4;

/** A rectangle zoomed into: the same shape in whole even px, in the middle across and a little above it in height. */
export function zoomCrop(crop: CropRectangle, zoom: number): CropRectangle {
  if (zoom <= 1) return crop;
  const width = evenSize(crop.width, zoom);
  const height = evenSize(crop.height, zoom);
  return {
    x: crop.x + 2 * Math.floor((crop.width - width) / 4),
    y: crop.y + 2 * Math.floor(((crop.height - height) * shareAbove) / 2),
    width,
    height,
  };
}

function evenSize(size: number, zoom: number): number {
  return Math.min(size, Math.max(2, 2 * Math.round(size / zoom / 2)));
}
