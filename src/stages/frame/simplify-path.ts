import type { FramedCrop } from '../../domain/framing.ts';
import type { Size } from './geometry.ts';

/** A path that is off by no more than this, in px of the canvas, looks the same: a fifth of a pixel. */
const tolerancePx = 0.2;

/** Numbers are written with so many decimals: a thousandth of a pixel. */
const decimals = 1000;

/** The few key frames of a path with one for each frame: straight lines between them stay near it (Ramer, Douglas & Peucker). */
export function simplifyPath(path: readonly FramedCrop[], picture: Size, canvas: Size): FramedCrop[] {
  const first = path[0];
  if (first === undefined) return [];
  const keep = new Set([0, path.length - 1]);
  const open: [number, number][] = [[0, path.length - 1]];
  for (let span = open.pop(); span !== undefined; span = open.pop()) {
    const [from, to] = span;
    let worst = 0;
    let worstAt = -1;
    for (let at = from + 1; at < to; at += 1) {
      const error = measureError(path[from]!, path[to]!, path[at]!, canvas);
      if (error > worst) [worst, worstAt] = [error, at];
    }
    if (worst <= tolerancePx) continue;
    keep.add(worstAt);
    open.push([from, worstAt], [worstAt, to]);
  }
  const kept = [...keep].toSorted((a, b) => a - b).map((at) => roundBox(path[at]!, picture));
  const last = kept.at(-1);
  const isStill =
    kept.length === 2 &&
    last !== undefined &&
    (['x', 'y', 'width', 'height'] as const).every((key) => Math.abs(last[key] - first[key]) < 0.01);
  return isStill ? kept.slice(0, 1) : kept;
}

function measureError(from: FramedCrop, to: FramedCrop, box: FramedCrop, canvas: Size): number {
  const share = (box.frame - from.frame) / (to.frame - from.frame);
  const perPx = canvas.height / box.height;
  const off = (a: number, b: number, value: number) => Math.abs(a + (b - a) * share - value) * perPx;
  return Math.max(
    off(from.x, to.x, box.x),
    off(from.y, to.y, box.y),
    off(from.x + from.width, to.x + to.width, box.x + box.width),
    off(from.y + from.height, to.y + to.height, box.y + box.height),
  );
}

function roundBox({ frame, x, y, width, height }: FramedCrop, picture: Size): FramedCrop {
  const down = (value: number) => Math.floor(value * decimals + 1e-6) / decimals;
  const w = Math.min(picture.width, down(width));
  const h = Math.min(picture.height, down(height));
  return {
    frame,
    x: Math.max(0, Math.min(down(picture.width - w), down(x))),
    y: Math.max(0, Math.min(down(picture.height - h), down(y))),
    width: w,
    height: h,
  };
}
