import { lookOf } from '../../domain/caption-style.ts';
import type { Timeline } from '../../domain/timeline.ts';
import { fontSetOf, missingGlyphs } from './fonts.ts';

/** How many characters a note names. */
const maxNamed = 12;

/** What a user should know of burnt-in captions before they are drawn: that a script or emoji is in none of their fonts. */
export function captionNotes(timelines: readonly Timeline[]): string[] {
  const missing = [...new Set(timelines.flatMap((timeline) => missingIn(timeline)))];
  if (missing.length === 0) return [];
  const named = missing.slice(0, maxNamed).join(' ') + (missing.length > maxNamed ? ' …' : '');
  return [
    `No font at hand can draw some characters of the captions (${named}): a font of this system is used for them where there is one, and emoji are left out. Look at the clips before you post them.`,
  ];
}

function missingIn(timeline: Timeline): string[] {
  if (lookOf(timeline.captions) === undefined) return [];
  const words = timeline.captions.cues.flatMap((cue) => cue.words.map((word) => word.text));
  return missingGlyphs(words.join(' '), fontSetOf(timeline.fonts));
}
