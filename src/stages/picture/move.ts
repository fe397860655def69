import type { Canvas } from '../captions/safe-box.ts';

/** Slow camera moves over a still picture, as keyframes of a crop. Pure. */

/** A rectangle of a picture at a frame of its clip. */
export type MoveKey = {
  readonly frame: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
};

/** Where a move begins and ends: how near, and the middle as parts of the picture's sides. */
export type Move = { readonly from: MovePoint; readonly to: MovePoint };
type MovePoint = { readonly zoom: number; readonly x: number; readonly y: number };

/** A move goes as far as this over so many seconds, in shares of what it would go; shorter sentences are moved over less. */
const wholeMoveSeconds = 5;
const leastShare = 0.45;

/** Keyframes of a move: between them it goes in straight lines, so many of them that nobody sees. */
const keysPerMove = 12;

/** Moves over a picture that fills the canvas, by turns: nearer, across, away, across the other way. `focus`: what to go to, as parts of the sides. */
export function fullMove(index: number, focus: { readonly x: number; readonly y: number }): Move {
  const near = { zoom: 1.15, x: mix(0.5, focus.x, 0.8), y: mix(0.5, focus.y, 0.8) };
  const far = { zoom: 1.02, x: 0.5, y: 0.5 };
  const beside = (side: number) => ({ zoom: 1.12, x: 0.5 + side * 0.05, y: 0.5 - 0.012 });
  const moves: readonly Move[] = [
    { from: far, to: near },
    { from: beside(-1), to: beside(1) },
    { from: near, to: far },
    { from: beside(1), to: beside(-1) },
  ];
  return moves[index % moves.length]!;
}

/** A card comes a little nearer. */
export function cardMove(): Move {
  return { from: { zoom: 1.005, x: 0.5, y: 0.5 }, to: { zoom: 1.06, x: 0.5, y: 0.5 } };
}

/**
 * A move as keyframes for a picture, shown for so many frames: quick at first and then ever slower, so that the eye lands on something that
 * moves and can read it then. `picture` has the canvas's shape.
 */
export function moveKeys(
  move: Move,
  picture: Canvas,
  { frames, framesPerSecond }: { readonly frames: number; readonly framesPerSecond: number },
): MoveKey[] {
  const share = Math.max(leastShare, Math.min(1, frames / framesPerSecond / wholeMoveSeconds));
  const last = frames - 1;
  const count = Math.max(1, Math.min(keysPerMove, last));
  const keys: MoveKey[] = [];
  for (let step = 0; step <= (last === 0 ? 0 : count); step += 1) {
    const frame = Math.round((step * last) / count);
    const way = easeOut(last === 0 ? 0 : frame / last) * share;
    const zoom = mix(move.from.zoom, move.to.zoom, way);
    const width = picture.width / zoom;
    const height = picture.height / zoom;
    const place = (middle: number, whole: number, side: number) =>
      Math.max(0, Math.min(whole - side, middle * whole - side / 2));
    keys.push({
      frame,
      x: round(place(mix(move.from.x, move.to.x, way), picture.width, width)),
      y: round(place(mix(move.from.y, move.to.y, way), picture.height, height)),
      width: round(width),
      height: round(height),
    });
  }
  return keys;
}

/** Half of it even, half of it slowing down: it never stands still. */
function easeOut(share: number): number {
  return 0.5 * share + 0.5 * (1 - (1 - share) ** 3);
}

function mix(one: number, other: number, share: number): number {
  return one + (other - one) * share;
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
