import type { Effect } from '../../domain/timeline.ts';
import type { Size } from './graph-part.ts';

/** Where a crop is at each frame, and FFmpeg expressions that say so. */

export type Rectangle = {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
};

/** A rectangle that is kept of a picture. */
export type CropEffect = Extract<Effect, { kind: 'crop' }>;

/** A value from a frame on: `value + (n − frame) × slope`. */
export type Stretch = { readonly frame: number; readonly value: number; readonly slope: number };

/** The rectangle of a crop at a frame of its clip: between two keyframes it moves in a straight line. */
export function cropAt(crop: CropEffect, frame: number): CropEffect['keyframes'][number] | undefined {
  const keys = crop.keyframes.toSorted((a, b) => a.frame - b.frame);
  const before = keys.findLast((key) => key.frame <= frame) ?? keys[0];
  const after = keys.find((key) => key.frame > frame);
  if (before === undefined || after === undefined || frame <= before.frame) return before;
  const share = (frame - before.frame) / (after.frame - before.frame);
  const mix = (from: number, to: number) => from + (to - from) * share;
  return {
    frame,
    x: mix(before.x, after.x),
    y: mix(before.y, after.y),
    width: mix(before.width, after.width),
    height: mix(before.height, after.height),
  };
}

/** Straight lines through points; the value before the first and after the last stays. */
export function linesThrough(points: readonly { frame: number; value: number }[]): Stretch[] {
  return points.map((from, index) => {
    const to = points[index + 1];
    const slope =
      to === undefined || to.frame === from.frame ? 0 : (to.value - from.value) / (to.frame - from.frame);
    return { ...from, slope };
  });
}

/**
 * An FFmpeg expression of a frame number (`n` unless told) that follows stretches, each from its frame until the next one's.
 * It is a balanced tree of choices: FFmpeg's parser refuses expressions that are nested a hundred deep.
 */
export function stretchExpression(stretches: readonly Stretch[], variable = 'n'): string {
  const pieces = mergeStretches(stretches);
  const text = ({ frame, value, slope }: Stretch) =>
    slope === 0 ? decimal(value) : `${decimal(value)}+(${variable}-${frame})*${decimal(slope)}`;
  const choose = (start: number, end: number): string => {
    const first = pieces[start];
    if (first === undefined) return '0';
    if (end - start === 1) return text(first);
    const middle = Math.floor((start + end) / 2);
    return `if(lt(${variable},${pieces[middle]?.frame ?? 0}),${choose(start, middle)},${choose(middle, end)})`;
  };
  return choose(0, pieces.length);
}

/** Drops what says nothing new, and lets the first stretch hold from the start on. */
function mergeStretches(stretches: readonly Stretch[]): Stretch[] {
  const merged: Stretch[] = [];
  for (const stretch of stretches) {
    const last = merged.at(-1);
    if (last === undefined && stretch.frame > 0) merged.push({ ...stretch, frame: 0, slope: 0 });
    const before = merged.at(-1);
    if (before !== undefined && before.slope === 0 && stretch.slope === 0 && before.value === stretch.value) {
      continue;
    }
    if (before?.frame === stretch.frame) merged.pop();
    merged.push(stretch);
  }
  return merged;
}

/** The largest rectangle of another shape in the middle of one, kept inside the picture. */
export function fitShape(wanted: Rectangle, display: Size, shape: Size): Rectangle {
  const x = Math.min(Math.max(0, wanted.x), display.width - 1);
  const y = Math.min(Math.max(0, wanted.y), display.height - 1);
  const width = Math.min(wanted.width, display.width - x);
  const height = Math.min(wanted.height, display.height - y);
  const scale = Math.min(width / shape.width, height / shape.height);
  const fitted = { width: shape.width * scale, height: shape.height * scale };
  return { x: x + (width - fitted.width) / 2, y: y + (height - fitted.height) / 2, ...fitted };
}

/** At most six decimals, never in exponent form. */
export function decimal(value: number): string {
  const text = value.toFixed(6).replace(/\.?0+$/u, '');
  return text === '-0' ? '0' : text;
}
