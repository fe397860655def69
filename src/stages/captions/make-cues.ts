import type { CaptionLook } from '../../domain/caption-look.ts';
import { lookOf } from '../../domain/caption-style.ts';
import { gatherCues } from '../../domain/cue-making.ts';
import type { Cue, CueWord, FontFile } from '../../domain/timeline.ts';
import { toUnits } from './display-text.ts';
import { fontSetOf } from './fonts.ts';
import { fitsLines, measureUnit, type MeasuredUnit } from './measure.ts';
import type { Canvas } from './safe-box.ts';

/** For what cues are made: a look (without one they are cut as for karaoke), a canvas, an end in ms, fonts from files. */
export type MakeCuesOptions = Canvas & {
  readonly look: CaptionLook | undefined;
  readonly endMs: number;
  readonly fonts?: readonly FontFile[] | undefined;
};

/**
 * Makes a style's cues of words in timeline time: every word once, in order, none overlapping, each short enough to be
 * set at full size on the canvas (a single long word is made smaller when it is drawn). Times are ms, half-open.
 */
export function makeCues(words: readonly CueWord[], options: MakeCuesOptions): Cue[] {
  const style = options.look ?? lookOf({ style: 'karaoke' });
  if (style === undefined) throw new Error('The karaoke style is carried.');
  const fonts = fontSetOf(options.fonts);
  const measured: MeasuredUnit[][] = words.map(() => []);
  for (const unit of toUnits(words, style, fonts)) {
    measured[unit.wordIndex]?.push(measureUnit(unit, style, 1, fonts));
  }
  return gatherCues(words, style.cues, {
    endMs: options.endMs,
    fits: (from, to) => fitsLines(measured.slice(from, to).flat(), style, options),
  });
}
