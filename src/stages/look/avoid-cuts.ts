import type { Shot } from '../../domain/shot.ts';
import { frameToMs, msToNearestFrame, type Rational, type TimeRange } from '../../domain/time.ts';

/** Frames of the source conformed to a rate, half-open. */
export type FrameRange = { readonly startFrame: number; readonly endFrame: number };

/** What a move must keep to. */
export type AvoidCutsOptions = {
  readonly frameRate: Rational;
  /** Words of the source, in ms: none is cut into, none that was left out comes in. */
  readonly words?: readonly TimeRange[];
  /** How near a bound must be, in ms. Default: 300, about as long as a viewer needs to see what a picture shows. */
  readonly reachMs?: number;
};

/** Thorpe, Fize & Marlot 1996: a scene is told apart after some 150 ms; twice that, and it has been seen as a shot. */
const defaultReachMs = 300;

/** Word times are this exact at best, in ms: so near to a word nothing is cut. */
const wordMarginMs = 30;

/**
 * Moves the start and the end of a moment onto a shot's bound that lies near, so that no picture flashes up for a few frames
 * at either end. A bound inside the moment goes before one outside. Where a word would be cut, or come in, nothing moves.
 * Pure.
 */
export function avoidCuts(
  range: FrameRange,
  shots: readonly Shot[],
  options: AvoidCutsOptions,
): { startFrame: number; endFrame: number } {
  const { frameRate, words = [], reachMs = defaultReachMs } = options;
  const reach = msToNearestFrame(reachMs, frameRate);
  const bounds = shots.filter(({ startsWith }) => startsWith !== 'start').map(({ startFrame }) => startFrame);
  const isFree = (from: number, to: number) => {
    const startMs = frameToMs(from, frameRate) - wordMarginMs;
    const endMs = frameToMs(to, frameRate) + wordMarginMs;
    return !words.some((word) => word.startMs < endMs && word.endMs > startMs);
  };
  /** The nearest bound on one side that can be reached; `side` is 1 for later, −1 for earlier. */
  const find = (frame: number, side: 1 | -1) =>
    bounds
      .filter((bound) => side * (bound - frame) > 0 && side * (bound - frame) <= reach)
      .filter((bound) => isFree(Math.min(bound, frame), Math.max(bound, frame)))
      .toSorted((a, b) => Math.abs(a - frame) - Math.abs(b - frame))[0];
  const { startFrame, endFrame } = range;
  const start = bounds.includes(startFrame) ? startFrame : (find(startFrame, 1) ?? find(startFrame, -1));
  const end = bounds.includes(endFrame) ? endFrame : (find(endFrame, -1) ?? find(endFrame, 1));
  const moved = { startFrame: start ?? startFrame, endFrame: end ?? endFrame };
  // A moment hardly longer than the reach may be one whole shot: it must not vanish.
  return moved.endFrame - moved.startFrame > reach ? moved : { startFrame, endFrame };
}
