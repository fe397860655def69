import { z } from 'zod';
import type { Layout } from './aspect.ts';
import { timeRangeSchema, rationalSchema, type TimeRange } from './time.ts';

/**
 * The framing document: which part of a picture is shown when, and who was seen in it. `pivot frame` writes it, a plan turns
 * it into crops of the timeline. Frames count the source conformed to `frameRate`; rectangles are px of the source as shown.
 */

/** How the picture stands on the canvas: cut to it, two or more parts of it, a screen with a face, whole over a blurred fill, as it is. */
export const framedLayouts = ['fill', 'split', 'panes', 'screen', 'fit', 'whole'] as const;
/** One of the layouts that a framing has. */
export type FramedLayout = (typeof framedLayouts)[number];

const rectangle = {
  x: z.number(),
  y: z.number(),
  width: z.number().positive(),
  height: z.number().positive(),
};
const framedBoxSchema = z.strictObject({ frame: z.int().nonnegative(), ...rectangle });

/** The camera's rectangle at a frame of the source: between two of them it moves in a straight line. */
export type FramedCrop = Readonly<z.infer<typeof framedBoxSchema>>;

const paneSchema = z.strictObject({
  /** Where on the canvas, in px of it. */
  place: z.strictObject(rectangle),
  /** Whom it shows; left out for a screen. */
  trackId: z.string().optional(),
  crops: z.array(framedBoxSchema).min(1).readonly(),
});
/** A part of the canvas with a camera of its own. */
export type FramedPane = Readonly<z.infer<typeof paneSchema>>;

const framedShotSchema = z.strictObject({
  startFrame: z.int().nonnegative(),
  endFrame: z.int().positive(),
  layout: z.enum(framedLayouts),
  /** Why, in a few words for a person. */
  reason: z.string(),
  /** Whom the camera follows, where it is a person. */
  trackIds: z.array(z.string()).readonly(),
  /** The camera's path; of several panes the first one's. */
  crops: z.array(framedBoxSchema).min(1).readonly(),
  panes: z.array(paneSchema).readonly().optional(),
});
/** A stretch with one camera move or hold: a shot of the source, or the part of it in which one person speaks. */
export type FramedShot = Readonly<z.infer<typeof framedShotSchema>>;

const framedTrackSchema = z.strictObject({
  id: z.string(),
  boxes: z.array(framedBoxSchema).readonly(),
  speaking: z.array(timeRangeSchema).readonly(),
});
/** A person's face over time, of a shot without a face the head, and when they speak. */
export type FramedTrack = Readonly<z.infer<typeof framedTrackSchema>>;

/** The schema of the document. */
export const framingSchema = z.strictObject({
  version: z.literal(1),
  frameRate: rationalSchema,
  /** Size of the source's picture as shown. */
  width: z.int().positive(),
  height: z.int().positive(),
  /** Size of the canvas that it is framed for. */
  canvas: z.strictObject({ width: z.int().positive(), height: z.int().positive() }),
  shots: z.array(framedShotSchema).readonly(),
  tracks: z.array(framedTrackSchema).readonly(),
});
export type Framing = Readonly<z.infer<typeof framingSchema>>;

/** Whom or what the camera is asked to prefer: a side, or a person by their track's id. */
export type Focus = 'left' | 'center' | 'right' | (string & {});

/** What a user asks of the framing, for everything or for a range. */
export type FramingWish = { readonly layout?: Layout | undefined; readonly focus?: Focus | undefined };

/** A wish that holds for a range of the source. */
export type RangedWish = FramingWish & TimeRange;

/** The rectangle of a path at a frame: a straight line between its key frames, held before and after them. */
export function framedCropAt(crops: readonly FramedCrop[], frame: number): FramedCrop | undefined {
  let low = 0;
  let high = crops.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((crops[middle]?.frame ?? 0) <= frame) low = middle + 1;
    else high = middle;
  }
  const before = crops[low - 1];
  const after = crops[low];
  if (before === undefined || after === undefined) {
    const held = before ?? after;
    return held === undefined ? undefined : { ...held, frame };
  }
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
