import type { PictureDetail } from '../../domain/shot.ts';
import { largestCrop, type Rectangle, type Size } from './geometry.ts';

export type { PictureDetail } from '../../domain/shot.ts';

/** What a picture without a face is about: a screen or a slide, which wants to be whole, or a scene, which has a middle. Pure. */

const columns = 16;
const rows = 9;

/**
 * Slides, text and screen recordings have hard edges: 0.37 to 0.9 of their edges are, of photographs, talks and an animated film
 * 0.01 to 0.19. Soft ones of few tones (0.5 and more of the picture) are drawn all the same; a dark scene has no hard edges.
 */
const drawnEdges = 0.3;
const plainEdges = 0.2;
const drawnPlain = 0.5;

/** A crop that leaves out more than this much of what is written cuts it up. */
const mostLeftOut = 0.12;

/** Beside the middle a scene must have so many times as much to see before the camera goes there. */
const offMiddleGain = 1.25;

/** Whether a picture is drawn or written, and whether the best crop of the canvas's shape would cut it up. */
export function describeScreen(
  detail: PictureDetail,
  picture: Size,
  canvas: Size,
): { readonly isDrawn: boolean; readonly isCutUp: boolean } {
  const isDrawn = detail.edges > (detail.plain > drawnPlain ? plainEdges : drawnEdges);
  const { share } = findBusiest(detail, picture, canvas);
  return { isDrawn, isCutUp: isDrawn && share < 1 - mostLeftOut };
}

/** Where a crop of the canvas's shape shows most of a picture. */
export function findScene(detail: PictureDetail | undefined, picture: Size, canvas: Size): Rectangle {
  const crop = largestCrop(picture, canvas);
  const middle = { x: (picture.width - crop.width) / 2, y: (picture.height - crop.height) / 2, ...crop };
  if (detail === undefined) return middle;
  const { busiest, share } = findBusiest(detail, picture, canvas);
  return share > offMiddleGain * shareInside(detail, picture, middle) ? busiest : middle;
}

function findBusiest(
  detail: PictureDetail,
  picture: Size,
  canvas: Size,
): { busiest: Rectangle; share: number } {
  const crop = largestCrop(picture, canvas);
  let busiest: Rectangle = { x: 0, y: 0, ...crop };
  let share = -1;
  const tries = 24;
  for (let step = 0; step <= tries; step += 1) {
    const x = ((picture.width - crop.width) * step) / tries;
    const y = ((picture.height - crop.height) * step) / tries;
    const here = shareInside(detail, picture, { x, y, ...crop });
    if (here > share) [busiest, share] = [{ x, y, ...crop }, here];
  }
  return { busiest, share };
}

/** How much of a picture's detail lies in a rectangle, 0 to 1; all of it where there is none. */
function shareInside({ cells }: PictureDetail, picture: Size, { x, y, width, height }: Rectangle): number {
  let inside = 0;
  let total = 0;
  const overlap = (from: number, to: number, cellFrom: number, cellTo: number) =>
    Math.max(0, Math.min(to, cellTo) - Math.max(from, cellFrom)) / (cellTo - cellFrom);
  for (const [index, value] of cells.entries()) {
    const column = index % columns;
    const row = Math.floor(index / columns);
    const across = overlap(
      x,
      x + width,
      (column * picture.width) / columns,
      ((column + 1) * picture.width) / columns,
    );
    const down = overlap(y, y + height, (row * picture.height) / rows, ((row + 1) * picture.height) / rows);
    total += value;
    inside += value * across * down;
  }
  return total === 0 ? 1 : inside / total;
}
