import type { FaceFound } from '../../domain/face.ts';

/** Rectangles that the frame stage reckons with. */

/** Size in px. */
export type Size = { readonly width: number; readonly height: number };

/** A rectangle in px of the source as shown. */
export type Rectangle = Size & { readonly x: number; readonly y: number };

/** Shapes this much alike are the same: what is cut off or left free is no more than a line. */
const sameShape = 0.02;

/** Whether two shapes are as good as the same. */
export function isSameShape(one: Size, other: Size): boolean {
  return Math.abs((one.width * other.height) / (one.height * other.width) - 1) < sameShape;
}

/** The largest rectangle of a shape that a picture holds. */
export function largestCrop(picture: Size, shape: Size): Size {
  const scale = Math.min(picture.width / shape.width, picture.height / shape.height);
  return { width: shape.width * scale, height: shape.height * scale };
}

/** Pictures may be enlarged so many times before they look soft; a small source is zoomed into a little all the same. */
const mostEnlarged = 4.2;
const zoomRange = { least: 1.25, most: 2.6 };

/** How far a picture may be zoomed into for a canvas: 1 is not at all. */
export function mostZoom(picture: Size, canvas: Size): number {
  const enlarged = canvas.height / largestCrop(picture, canvas).height;
  return Math.max(zoomRange.least, Math.min(zoomRange.most, mostEnlarged / enlarged));
}

/** The smallest rectangle that holds all of them; undefined of none. */
export function uniteRectangles(rectangles: readonly Rectangle[]): Rectangle | undefined {
  if (rectangles.length === 0) return undefined;
  const x = Math.min(...rectangles.map((rectangle) => rectangle.x));
  const y = Math.min(...rectangles.map((rectangle) => rectangle.y));
  return {
    x,
    y,
    width: Math.max(...rectangles.map((rectangle) => rectangle.x + rectangle.width)) - x,
    height: Math.max(...rectangles.map((rectangle) => rectangle.y + rectangle.height)) - y,
  };
}

/** What is seen of a rectangle in a picture. */
export function clipRectangle({ x, y, width, height }: Rectangle, picture: Size): Rectangle {
  const left = Math.max(0, Math.min(picture.width, x));
  const top = Math.max(0, Math.min(picture.height, y));
  return {
    x: left,
    y: top,
    width: Math.max(0, Math.min(picture.width, x + width) - left),
    height: Math.max(0, Math.min(picture.height, y + height) - top),
  };
}

/** Where a face's eyes are: where they were seen, else where eyes are in a face. */
export function eyesOf({ x, y, width, height, eyeLeft, eyeRight }: FaceFound): { x: number; y: number } {
  if (eyeLeft === undefined || eyeRight === undefined) return { x: x + width / 2, y: y + height * 0.36 };
  return { x: (eyeLeft.x + eyeRight.x) / 2, y: (eyeLeft.y + eyeRight.y) / 2 };
}

/** The value that so many of a list's are below; 0 of none. `share` is 0 to 1. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.round(share * (sorted.length - 1))] ?? 0;
}
