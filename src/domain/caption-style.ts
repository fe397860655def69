import { captionLookSchema, type CaptionLook } from './caption-look.ts';
import boxed from './caption-styles/boxed.json' with { type: 'json' };
import clean from './caption-styles/clean.json' with { type: 'json' };
import highlight from './caption-styles/highlight.json' with { type: 'json' };
import karaoke from './caption-styles/karaoke.json' with { type: 'json' };
import outline from './caption-styles/outline.json' with { type: 'json' };
import pop from './caption-styles/pop.json' with { type: 'json' };
import typewriter from './caption-styles/typewriter.json' with { type: 'json' };

/** The carried caption styles, each the JSON file of its name in `caption-styles/`. */
export const carriedLooks: readonly CaptionLook[] = [
  pop,
  karaoke,
  boxed,
  clean,
  outline,
  typewriter,
  highlight,
].map((look) => captionLookSchema.parse(look));

/** What captions may be called: a carried style, or `none`, which keeps the cues and burns nothing in. */
export const captionStyleNames: readonly string[] = [...carriedLooks.map((look) => look.name), 'none'];

/** What captions look like: their own look where they have one, else the carried style of that name; undefined for `none`. */
export function lookOf(captions: {
  readonly style: string;
  readonly look?: CaptionLook | undefined;
}): CaptionLook | undefined {
  return captions.look ?? carriedLooks.find((look) => look.name === captions.style);
}
