import { z } from 'zod';

/**
 * How captions look and how they are cut: the document that a caption style is, one JSON file each. Sizes are px of a canvas
 * whose shorter side has 1080 px and scale with it; lengths "em" count the font size. docs/captions.md describes every field.
 */

const colorSchema = z.string().regex(/^#[0-9A-Fa-f]{6}$/, 'a colour is written #RRGGBB');

/** How a word is set apart: each part that is left out stays as the style's own. */
const wordLookSchema = z.strictObject({
  color: colorSchema.optional(),
  /** A box behind the word. */
  boxColor: colorSchema.optional(),
  /** Times the style's size. */
  scale: z.number().min(0.5).max(2).optional(),
});

/** The schema of a caption style. */
export const captionLookSchema = z.strictObject({
  version: z.literal(1),
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'a style is named with lower-case letters, digits and hyphens'),
  /** For a person, one sentence. */
  description: z.string().max(200),
  /** A carried font's name, or an id of the timeline's `fonts`. */
  font: z.string().min(1).max(64),
  fontSizePx: z.number().min(20).max(300),
  /** Whether words are set in capitals, without the commas and full stops that end them. */
  isCapitals: z.boolean(),
  /** How many lines a cue is made to fill. */
  filledLines: z.union([z.literal(1), z.literal(2)]),
  /** Baseline to baseline. */
  lineStepEm: z.number().min(0.8).max(3),
  wordSpaceEm: z.number().min(0).max(2),
  color: colorSchema,
  outlinePx: z.number().min(0).max(40),
  outlineColor: colorSchema,
  shadowPx: z.number().min(0).max(40),
  /** A box behind each line; left out: none. */
  box: z
    .strictObject({
      color: colorSchema,
      opacity: z.number().min(0).max(1),
      paddingPx: z.number().min(0).max(80),
      /** How round its corners are. Default: 0. */
      radiusPx: z.number().min(0).max(80).optional(),
    })
    .optional(),
  /** How the word that is being spoken is set apart; left out: not at all. */
  spoken: wordLookSchema.optional(),
  /** How key words are set apart; left out: not at all. */
  emphasis: wordLookSchema.optional(),
  /** Which of a cue's words are on screen: all of them, or those spoken so far. */
  reveal: z.enum(['cue', 'word', 'letter']),
  /** How the spoken word jumps: from, over and to these shares of its size within `durationMs`. */
  pop: z
    .strictObject({
      from: z.number().min(0.1).max(2),
      peak: z.number().min(0.5).max(2),
      durationMs: z.int().min(20).max(1000),
    })
    .optional(),
  /** Middle of the block, as a share of the canvas's height. */
  middleY: z.number().min(0).max(1),
  /** Whether pictures in the text (emoji) are drawn where a font has them. Default: false. */
  showsEmoji: z.boolean().optional(),
  /** How words are gathered into cues. */
  cues: z.strictObject({
    maxWords: z.int().min(1).max(30),
    maxChars: z.int().min(4).max(120),
    maxMs: z.int().min(200).max(10_000),
    minMs: z.int().min(0).max(5000),
    pauseMs: z.int().min(50).max(5000),
    closeGapMs: z.int().min(0).max(5000),
    lingerMs: z.int().min(0).max(5000),
  }),
});

/** A caption style: what its JSON file says. */
export type CaptionLook = Readonly<z.infer<typeof captionLookSchema>>;
