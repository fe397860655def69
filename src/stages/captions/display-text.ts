import type { CaptionLook } from '../../domain/caption-look.ts';
import { joinsTightly, splitUnspaced } from '../../domain/caption-join.ts';
import { escapeAssText } from './ass-text.ts';
import { pickFont, type FontSet } from './fonts.ts';

/** What of a word is shown, and in which pieces lines may break. */

/** Pictures in text, and what joins them. */
const pictograph = /[\p{Extended_Pictographic}\p{Regional_Indicator}\p{Emoji_Modifier}\u{20E3}]/u;

/** What has no picture and would only upset a renderer. Joiners stay: Persian and Hindi are spelt with them. */
const unseen = /[\p{Cc}\u{2028}\u{2029}]|(?![\u200C\u200D])\p{Cf}|\p{Variation_Selector}/gu;

/** Joiners that join nothing. */
const idleJoiner = /(?<![\p{L}\p{M}])[\u200C\u200D]+|[\u200C\u200D]+(?![\p{L}\p{M}])/gu;

/** Signs that are pictographs by their class and letters by their use. */
const plainSign = /[©®™‼⁉#*0-9]/u;

/** A word's letters as a style shows them; empty when nothing of it can be shown. */
export function displayText(
  text: string,
  style: Pick<CaptionLook, 'font' | 'isCapitals' | 'showsEmoji'>,
  fonts: FontSet,
): string {
  const clean = escapeAssText(text.normalize('NFC')).replace(unseen, '').replace(/\s+/gu, ' ').trim();
  const cased = style.isCapitals ? toCapitals(clean) : clean;
  if (!pictograph.test(cased)) return cased.replace(idleJoiner, '');
  const font = pickFont(cased, style.font, fonts);
  return [...cased]
    .filter(
      (character) =>
        !pictograph.test(character) ||
        ((style.showsEmoji === true || plainSign.test(character)) && font.hasGlyph(character)),
    )
    .join('')
    .replace(idleJoiner, '')
    .trim();
}

/** Capitals, without the marks that end a word softly. Greek ones lose their accents, as they do in print. */
function toCapitals(text: string): string {
  const upper = /\p{Script=Greek}/u.test(text) ? text.toLocaleUpperCase('el') : text.toUpperCase();
  return upper.replace(/(?<=[\p{L}\p{M}\p{N}"”’'])[.,;:،؛、。，．：；।]+$/u, '');
}

/** A piece of a cue that is set as a whole: a word, or a part of one where its script has no spaces. */
export type Unit = {
  /** Which of the cue's words it belongs to. */
  readonly wordIndex: number;
  readonly text: string;
  /** Whether a space lies between it and the unit before it on the same line. */
  readonly hasSpaceBefore: boolean;
  readonly isEmphasised: boolean;
};

/** What a cue's words are set as. */
export function toUnits(
  words: readonly { readonly text: string; readonly isEmphasised?: true | undefined }[],
  style: CaptionLook,
  fonts: FontSet,
): Unit[] {
  const units: Unit[] = [];
  for (const [wordIndex, word] of words.entries()) {
    for (const [part, text] of splitUnspaced(displayText(word.text, style, fonts)).entries()) {
      if (text === '') continue;
      const before = units.at(-1);
      const hasSpaceBefore = before !== undefined && part === 0 && !joinsTightly(before.text, text);
      units.push({ wordIndex, text, hasSpaceBefore, isEmphasised: word.isEmphasised === true });
    }
  }
  return units;
}
