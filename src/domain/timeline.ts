import { z } from 'zod';
import { captionLookSchema } from './caption-look.ts';
import { provenanceSchema } from './provenance.ts';
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
/** A colour, as `#RRGGBB`. */
export const colorSchema = z.string().regex(/^#[0-9A-Fa-f]{6}$/, 'a colour is written #RRGGBB');
const contentHashSchema = z.string().regex(/^sha256:[0-9a-f]{64}$/);

/** A file on disk that clips refer to: found again by its content hash when it has moved. */
export const fileAssetSchema = z.strictObject({
  id: idSchema,
  kind: z.literal('file'),
  /** Absolute, or relative to the timeline document. */
  path: z.string().min(1).max(4096),
  /** `sha256:` and 64 hex digits. */
  contentHash: contentHashSchema,
  durationMs: z.int().positive(),
  hasVideo: z.boolean(),
  hasAudio: z.boolean(),
  /** Index of the file's stream to see, and of the one to hear; the main ones when left out. */
  videoStreamIndex: z.int().nonnegative().optional(),
  audioStreamIndex: z.int().nonnegative().optional(),
  /** Of what is no recording: a synthetic voice, composed music. */
  provenance: provenanceSchema.optional(),
});

/** A still picture (a logo, a cover inside an audio file): shown as long as a clip wants. */
export const imageAssetSchema = z.strictObject({
  id: idSchema,
  kind: z.literal('image'),
  /** Absolute, or relative to the timeline document. */
  path: z.string().min(1).max(4096),
  contentHash: contentHashSchema,
  /** Index of the stream that holds the picture; the main one when left out. */
  videoStreamIndex: z.int().nonnegative().optional(),
  /** Of what is no photograph of the user's: a screenshot, a generated picture. */
  provenance: provenanceSchema.optional(),
});

/** The ways sound is drawn. */
export const audiogramLooks = ['waveform', 'spectrum'] as const;

/** A moving picture of a file's sound, made while rendering; its time is that of the file. */
export const waveformAssetSchema = z.strictObject({
  id: idSchema,
  kind: z.literal('waveform'),
  /** The file asset whose sound is drawn. */
  assetId: idSchema,
  look: z.enum(audiogramLooks),
  /** Of the drawing; what lies around it is transparent. */
  color: colorSchema,
});

/** Words that are set over the picture, as long as a clip wants: a hook title, a name. Always above the pictures of all tracks. */
export const titleAssetSchema = z.strictObject({
  id: idSchema,
  kind: z.literal('title'),
  text: z.string().min(1).max(200),
  /** A carried font's name, or an id of `fonts`. */
  font: z.string().min(1).max(64),
  /** Size of the em at most, in px of a canvas whose shorter side has 1080; made smaller where the text needs it. */
  fontSizePx: z.number().min(10).max(400),
  color: colorSchema,
  /** The box behind the words; none when left out. */
  boxColor: colorSchema.optional(),
  place: z.enum(['top', 'middle', 'bottom']),
});

/** A picture that is made while rendering: one flat colour, as long as a clip wants. */
export const colorAssetSchema = z.strictObject({
  id: idSchema,
  kind: z.literal('color'),
  color: colorSchema,
});

/** Something that clips show or let sound. */
export const assetSchema = z.discriminatedUnion('kind', [
  fileAssetSchema,
  colorAssetSchema,
  imageAssetSchema,
  waveformAssetSchema,
  titleAssetSchema,
]);
export type Asset = Readonly<z.infer<typeof assetSchema>>;
export type FileAsset = Readonly<z.infer<typeof fileAssetSchema>>;
export type ImageAsset = Readonly<z.infer<typeof imageAssetSchema>>;
export type WaveformAsset = Readonly<z.infer<typeof waveformAssetSchema>>;
export type TitleAsset = Readonly<z.infer<typeof titleAssetSchema>>;

/** A rectangle of the picture as shown (rotated, square pixels), from `frame` of the clip on; linear in between. */
const cropKeyframeSchema = z.strictObject({
  frame: frameSchema,
  x: z.number().nonnegative(),
  y: z.number().nonnegative(),
  width: z.number().positive(),
  height: z.number().positive(),
});

/** What is done to a clip's picture or sound. Pictures: first the crop, then the blur, then the place. */
export const effectSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('crop'), keyframes: z.array(cropKeyframeSchema).min(1) }),
  /** Softens the picture; `radius` is a share of the canvas's shorter side. */
  z.strictObject({ kind: z.literal('blur'), radius: z.number().positive().max(0.5) }),
  /** Where on the canvas the cropped picture goes, in px of it; the whole canvas when left out. */
  z.strictObject({
    kind: z.literal('place'),
    x: z.number(),
    y: z.number(),
    width: z.number().positive(),
    height: z.number().positive(),
    /** 0 is invisible, 1 (the default) covers what lies below. */
    opacity: z.number().min(0).max(1).optional(),
  }),
  z.strictObject({ kind: z.literal('gain'), gainDb: z.number().min(-60).max(30) }),
  /** Softer by `depthDb` while something is said on the track `under`, before which it goes down, and after which it comes up again. */
  z.strictObject({
    kind: z.literal('duck'),
    under: idSchema,
    depthDb: z.number().positive().max(60),
    attackMs: z.int().positive().max(10_000),
    releaseMs: z.int().positive().max(10_000),
  }),
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
  /** Whether it is a key word that a style may set apart. */
  isEmphasised: z.literal(true).optional(),
  /** Who says it, where that is known. */
  speaker: z.string().min(1).max(100).optional(),
});
export type CueWord = Readonly<z.infer<typeof cueWordSchema>>;

/** Words that are shown together, in timeline ms. */
export const cueSchema = z.strictObject({
  startMs: z.int().nonnegative(),
  endMs: z.int().nonnegative(),
  words: z.array(cueWordSchema).min(1),
  /** Middle of the block in parts of the canvas's height, kept inside the safe box; the style's own when left out. */
  middleY: z.number().min(0).max(1).optional(),
});
export type Cue = Readonly<z.infer<typeof cueSchema>>;

/** The words on screen, and the style that they are burnt in with. */
export const captionsSchema = z.strictObject({
  /** Name of a caption style, or `none`: the cues stay, and nothing is burnt in. */
  style: z.string().min(1).max(64),
  /** What the style looks like, where it is not a carried one of that name: a user's own, or one in a brand's colours. */
  look: captionLookSchema.optional(),
  cues: z.array(cueSchema),
});

/** A font from a file, for captions and titles. */
export const fontFileSchema = z.strictObject({
  id: idSchema,
  /** Absolute, or relative to the timeline document. TrueType or OpenType. */
  path: z.string().min(1).max(4096),
  contentHash: contentHashSchema,
});
export type FontFile = Readonly<z.infer<typeof fontFileSchema>>;

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
  /** Fonts that are not carried. */
  fonts: z.array(fontFileSchema).max(20).optional(),
  /** Bottom first. */
  tracks: z.array(trackSchema).min(1),
  transitions: z.array(transitionSchema),
  captions: captionsSchema,
  /** By namespace: where each decision came from. `pivot` holds the moment, its score and its reasons. */
  metadata: z.record(z.string(), z.unknown()),
});
export type Timeline = Readonly<z.infer<typeof timelineSchema>>;
