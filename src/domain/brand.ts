import { z } from 'zod';
import { colorSchema, type FontFile } from './timeline.ts';
import type { CaptionLook } from './caption-look.ts';
import type { MediaInfo } from './media.ts';

/** What makes clips look like one channel: the document `brand.json`. Paths are relative to it. docs/brand.md describes it. */

const pathSchema = z.string().min(1).max(4096);

/** The schema of `brand.json`. */
export const brandSchema = z.strictObject({
  version: z.literal(1),
  name: z.string().min(1).max(100).optional(),
  /** Font files (.ttf, .otf); captions and titles take a carried font where none is given. */
  fonts: z.strictObject({ captions: pathSchema.optional(), title: pathSchema.optional() }).optional(),
  colors: z
    .strictObject({
      /** Of caption and title letters. */
      text: colorSchema.optional(),
      /** Of the spoken word, of key words and of waveforms. */
      accent: colorSchema.optional(),
      /** Behind titles, and behind sources without a picture. */
      background: colorSchema.optional(),
    })
    .optional(),
  /** A carried style by name, or the file of one. `--captions` comes before it. */
  captions: z.string().min(1).max(4096).optional(),
  logo: z
    .strictObject({
      path: pathSchema,
      corner: z.enum(['top-left', 'top-right', 'bottom-left', 'bottom-right']).default('top-left'),
      /** Share of the canvas's width. */
      width: z.number().min(0.02).max(0.5).default(0.14),
      opacity: z.number().min(0.05).max(1).default(1),
    })
    .optional(),
  /** The clip's title on screen for its first seconds. */
  title: z
    .strictObject({
      seconds: z.number().min(0.5).max(10).default(3),
      place: z.enum(['top', 'middle', 'bottom']).default('top'),
    })
    .optional(),
  /** Films before and after each clip. */
  intro: pathSchema.optional(),
  outro: pathSchema.optional(),
});
export type BrandDocument = Readonly<z.infer<typeof brandSchema>>;

/** A film that a brand names and that was found. */
export type BrandFilm = {
  readonly path: string;
  readonly contentHash: string;
  readonly info: MediaInfo;
  /** How loud it is, in LUFS; undefined without sound, or where it is silence. */
  readonly integratedLufs: number | undefined;
};

/** A still picture that a brand names and that was found; its size in px. */
export type BrandPicture = {
  readonly path: string;
  readonly contentHash: string;
  readonly width: number;
  readonly height: number;
};

/** A brand whose files were all found and read. */
export type Brand = {
  readonly document: BrandDocument;
  readonly captionFont: FontFile | undefined;
  readonly titleFont: FontFile | undefined;
  /** The caption style that it names, read. */
  readonly captionLook: CaptionLook | undefined;
  readonly logo: BrandPicture | undefined;
  readonly intro: BrandFilm | undefined;
  readonly outro: BrandFilm | undefined;
};
