import { z } from 'zod';

/** The ways captions are burnt in; `none` keeps the cues and burns nothing in. */
export const captionStyleNames = ['pop', 'karaoke', 'none'] as const;

/** The schema of a caption style's name. */
export const captionStyleSchema = z.enum(captionStyleNames);

/** `pop`: one to three words at a time, the spoken one jumps. `karaoke`: two lines, the spoken word in a second colour. */
export type CaptionStyle = z.infer<typeof captionStyleSchema>;
