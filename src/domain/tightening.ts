import { z } from 'zod';

/** How much of the air between words is cut: nothing, what a listener would not miss, or all that can go. */
export const tightenModes = ['off', 'natural', 'fast'] as const;
/** One of {@link tightenModes}. */
export type TightenMode = (typeof tightenModes)[number];

/** How far the picture is zoomed in after every other jump cut. */
export const punchInModes = ['off', 'subtle', 'strong'] as const;
/** One of {@link punchInModes}. */
export type PunchInMode = (typeof punchInModes)[number];

/** A stretch that was cut out of the middle of a moment: what it was, and the words that went with it. ms of the source. */
export const removedStretchSchema = z.strictObject({
  startMs: z.int().nonnegative(),
  endMs: z.int().nonnegative(),
  kind: z.enum(['silence', 'filler', 'false-start']),
  text: z.string(),
});
export type RemovedStretch = Readonly<z.infer<typeof removedStretchSchema>>;
