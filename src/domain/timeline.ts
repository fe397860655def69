import { z } from 'zod';
import { rationalSchema } from './time.ts';

/**
 * The timeline document, version 1: everything a render needs and nothing else. `docs/timeline-v1.md` is its spec page.
 * All frames count `frameRate`; ranges are half-open; captions hold ms in timeline time. What its parts promise
 * each other (no overlaps, ranges inside their assets) is checked by `parseTimeline` in `timeline-parse.ts`.
 */

const idSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'an id is 1 to 64 letters, digits, ".", "_" or "-"');
const frameSchema = z.int().nonnegative();
const colorSchema = z.string().regex(/^#[0-9A-Fa-f]{6}$/, 'a colour is written #RRGGBB');

/** A file on disk that clips refer to: found again by its content hash when it has moved. */
export const fileAssetSchema = z.strictObject({
  id: idSchema,
  kind: z.literal('file'),
  /** Absolute, or relative to the timeline document. */
  path: z.string().min(1).max(4096),
  /** `sha256:` and 64 hex digits. */
  contentHash: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  durationMs: z.int().positive(),
  hasVideo: z.boolean(),
  hasAudio: z.boolean(),
  /** Index of the file's stream to see, and of the one to hear; the main ones when left out. */
  videoStreamIndex: z.int().nonnegative().optional(),
  audioStreamIndex: z.int().nonnegative().optional(),
});

/** A picture that is made while rendering: one flat colour, as long as a clip wants. */
export const colorAssetSchema = z.strictObject({
  id: idSchema,
  kind: z.literal('color'),
  color: colorSchema,
});

/** Something that clips show or let sound. */
export const assetSchema = z.discriminatedUnion('kind', [fileAssetSchema, colorAssetSchema]);
export type Asset = Readonly<z.infer<typeof assetSchema>>;
export type FileAsset = Readonly<z.infer<typeof fileAssetSchema>>;

/** A rectangle of the picture as shown (rotated, square pixels), from `frame` of the clip on; linear in between. */
const cropKeyframeSchema = z.strictObject({
  frame: frameSchema,
  x: z.number().nonnegative(),
  y: z.number().nonnegative(),
  width: z.number().positive(),
  height: z.number().positive(),
});

/** What is done to a clip's picture or sound. */
export const effectSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('crop'), keyframes: z.array(cropKeyframeSchema).min(1) }),
  z.strictObject({ kind: z.literal('gain'), gainDb: z.number().min(-60).max(30) }),
]);
export type Effect = Readonly<z.infer<typeof effectSchema>>;

/** A stretch of an asset on a track. `sourceStartFrame` counts the asset conformed to the timeline's rate. */
export const clipSchema = z.strictObject({
  id: idSchema,
  assetId: idSchema,
  startFrame: frameSchema,
  durationFrames: z.int().positive(),
  sourceStartFrame: frameSchema,
  /** Source frames a timeline frame: 2/1 plays twice as fast. */
  speed: rationalSchema,
  effects: z.array(effectSchema),
});
export type Clip = Readonly<z.infer<typeof clipSchema>>;

/** Clips in order, none overlapping; what no clip covers is black or silent. */
export const trackSchema = z.strictObject({
  id: idSchema,
  kind: z.enum(['video', 'audio']),
  clips: z.array(clipSchema),
});
export type Track = Readonly<z.infer<typeof trackSchema>>;

/** Two neighbours dissolve into one another; `durationFrames` come from both clips' handles, the length stays. */
export const transitionSchema = z.strictObject({
  id: idSchema,
  trackId: idSchema,
  kind: z.enum(['dissolve']),
  fromClipId: idSchema,
  toClipId: idSchema,
  durationFrames: z.int().positive(),
});
export type Transition = Readonly<z.infer<typeof transitionSchema>>;

/** A word on screen: its time in the timeline, and where in its asset it was said. All in ms, half-open. */
export const cueWordSchema = z.strictObject({
  text: z.string().min(1).max(200),
  startMs: z.int().nonnegative(),
  endMs: z.int().nonnegative(),
  sourceStartMs: z.int().nonnegative(),
  sourceEndMs: z.int().nonnegative(),
  assetId: idSchema,
});
export type CueWord = Readonly<z.infer<typeof cueWordSchema>>;

/** Words that are shown together, in timeline ms. */
export const cueSchema = z.strictObject({
  startMs: z.int().nonnegative(),
  endMs: z.int().nonnegative(),
  words: z.array(cueWordSchema).min(1),
});
export type Cue = Readonly<z.infer<typeof cueSchema>>;

/** The words on screen, and the style that they are burnt in with. */
export const captionsSchema = z.strictObject({
  /** Name of a caption style, or `none`: the cues stay, and nothing is burnt in. */
  style: z.string().min(1).max(64),
  cues: z.array(cueSchema),
});

/** What the finished sound is brought to. */
export const loudnessTargetSchema = z.strictObject({
  integratedLufs: z.number().min(-40).max(-5),
  /** A ceiling on the true peak of the encoded file. */
  truePeakDbtp: z.number().min(-9).max(0),
});

/** The whole document. */
export const timelineSchema = z.strictObject({
  version: z.literal(1),
  name: z.string().min(1).max(500),
  frameRate: rationalSchema,
  /** Size of the picture in pixels; both even. */
  width: z.int().min(16).max(8192).multipleOf(2),
  height: z.int().min(16).max(8192).multipleOf(2),
  durationFrames: z.int().positive(),
  loudness: loudnessTargetSchema,
  assets: z.array(assetSchema).min(1),
  /** Bottom first. */
  tracks: z.array(trackSchema).min(1),
  transitions: z.array(transitionSchema),
  captions: captionsSchema,
  /** By namespace: where each decision came from. `pivot` holds the moment, its score and its reasons. */
  metadata: z.record(z.string(), z.unknown()),
});
export type Timeline = Readonly<z.infer<typeof timelineSchema>>;
