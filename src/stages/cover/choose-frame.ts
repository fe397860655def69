import type { Mark } from '../../media/render-graph.ts';

/** Which picture makes the best cover: sharp, still, well exposed, with contrast. Pure arithmetic on what FFmpeg's filters measure. */

/** What was measured of one picture. Brightness is 0 to 255 (video range). */
export type FrameLook = {
  readonly seconds: number;
  /** Of FFmpeg's `blurdetect`: the width of edges in px; smaller is sharper. */
  readonly blur: number;
  readonly meanBrightness: number;
  /** The brightness that a tenth of the picture lies below, and above. */
  readonly dark: number;
  readonly bright: number;
  /** Mean difference of brightness to the picture before it. */
  readonly change: number;
};

/** The metadata that the measuring filters leave on each frame. */
export const lookKeys = {
  blur: 'lavfi.blur',
  meanBrightness: 'lavfi.signalstats.YAVG',
  dark: 'lavfi.signalstats.YLOW',
  bright: 'lavfi.signalstats.YHIGH',
  change: 'lavfi.signalstats.YDIF',
} as const;

/** Puts marks, which tell only changes, together to one entry a picture. */
export function readLooks(marks: readonly Mark[]): FrameLook[] {
  const now = {
    blur: Number.NaN,
    meanBrightness: Number.NaN,
    dark: Number.NaN,
    bright: Number.NaN,
    change: Number.NaN,
  };
  const looks = new Map<number, FrameLook>();
  const names = Object.keys(lookKeys) as (keyof typeof lookKeys)[];
  for (const { key, value, seconds } of marks) {
    const name = names.find((candidate) => lookKeys[candidate] === key);
    if (name !== undefined) now[name] = Number(value);
    looks.set(seconds, { seconds, ...now });
  }
  return [...looks.values()];
}

/** The middle of the range that video uses for brightness (16 to 235). */
const middleBrightness = 118;

/** A change of this much a frame halves the stillness: more than somebody who speaks, less than a camera that pans. */
const halfStill = 4;

/** How good a cover a picture makes, 0 to 1: sharpness and stillness first, then exposure and contrast. */
export function scoreLook(look: FrameLook): number {
  // A blur that could not be measured is that of a flat picture.
  const sharpness = Number.isFinite(look.blur) && look.blur > 0 ? 1 / (1 + look.blur / 4) : 0;
  const stillness = Number.isFinite(look.change) ? halfStill / (halfStill + look.change) : 1;
  const exposure = 1 - Math.min(1, Math.abs(look.meanBrightness - middleBrightness) / middleBrightness);
  const contrast = Math.max(0, Math.min(1, (look.bright - look.dark) / 160));
  return 0.4 * sharpness + 0.2 * stillness + 0.25 * exposure + 0.15 * contrast;
}

/** The best picture; among equals the first. Undefined when there is none. */
export function chooseLook(looks: readonly FrameLook[]): FrameLook | undefined {
  let best: FrameLook | undefined;
  for (const look of looks) if (best === undefined || scoreLook(look) > scoreLook(best)) best = look;
  return best;
}
