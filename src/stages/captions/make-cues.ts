import type { CaptionLook } from '../../domain/caption-look.ts';
import { lookOf } from '../../domain/caption-style.ts';
import { gatherCues } from '../../domain/cue-making.ts';
import type { Cue, CueWord } from '../../domain/timeline.ts';
import { displayText, fitsLines, measureDisplayWidth, type Canvas } from './layout.ts';

/** For what cues are made: a look (without one they are cut as for karaoke), a canvas, and an end in ms. */
export type MakeCuesOptions = Canvas & { readonly look: CaptionLook | undefined; readonly endMs: number };

/**
 * Makes a style's cues of words in timeline time: every word once, in order, none overlapping, each short enough to be
 * set at full size on the canvas (a single long word is made smaller when it is drawn). Times are ms, half-open.
 */
export function makeCues(words: readonly CueWord[], options: MakeCuesOptions): Cue[] {
  const style = options.look ?? lookOf({ style: 'karaoke' });
  if (style === undefined) throw new Error('The karaoke style is carried.');
  const widths = words.map((word) => measureDisplayWidth(displayText(word.text, style), style));
  return gatherCues(words, style.cues, {
    endMs: options.endMs,
    fits: (from, to) =>
      fitsLines(
        widths.slice(from, to).filter((width) => width > 0),
        style,
        options,
      ),
  });
}
