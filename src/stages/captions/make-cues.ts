import type { CaptionStyle } from '../../domain/caption-style.ts';
import { gatherCues } from '../../domain/cue-making.ts';
import type { Cue, CueWord } from '../../domain/timeline.ts';
import { findStyle, styleSpecs } from './caption-styles.ts';
import { displayText, fitsLines, measureDisplayWidth, type Canvas } from './layout.ts';

/** For what cues are made: a style (those of `none` are kept as they would be for karaoke), a canvas, and an end in ms. */
export type MakeCuesOptions = Canvas & { readonly style: CaptionStyle; readonly endMs: number };

/**
 * Makes a style's cues of words in timeline time: every word once, in order, none overlapping, each short enough to be
 * set at full size on the canvas (a single long word is made smaller when it is drawn). Times are ms, half-open.
 */
export function makeCues(words: readonly CueWord[], options: MakeCuesOptions): Cue[] {
  const style = findStyle(options.style) ?? styleSpecs.karaoke;
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
