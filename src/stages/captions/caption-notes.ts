import { lookOf } from '../../domain/caption-style.ts';
import type { Timeline } from '../../domain/timeline.ts';
import { missingGlyphs } from './fonts.ts';

/** How many characters a note names. */
const maxNamed = 12;

/** What a user should know of burnt-in captions before they are drawn: that a script or emoji is in no carried font. */
export function captionNotes(timelines: readonly Timeline[]): string[] {
  const words = timelines
    .filter((timeline) => lookOf(timeline.captions) !== undefined)
    .flatMap((timeline) => timeline.captions.cues.flatMap((cue) => cue.words.map((word) => word.text)));
  const missing = missingGlyphs(words.join(' '));
  if (missing.length === 0) return [];
  const named = missing.slice(0, maxNamed).join(' ') + (missing.length > maxNamed ? ' …' : '');
  return [
    `The carried fonts cannot draw some characters of the captions (${named}): a font of this system is used for them where there is one, and emoji are left out. Look at the clips before you post them.`,
  ];
}
