import type { FontFile } from '../../domain/timeline.ts';
import { fetchedFonts, type FetchedFont } from './font-files.ts';
import { fontSetOf, missingGlyphs, type FontSetOptions } from './fonts.ts';

/** Which fonts must be fetched before a text can be set: a pure question, asked before anything is measured or drawn. */

/** What is known beside the words. */
export type NeededFontsOptions = FontSetOptions & {
  /** Fonts from files that are at hand. */
  readonly have?: readonly FontFile[] | undefined;
  /** BCP 47 tag of the words: characters that Chinese, Japanese and Korean share look different in each. */
  readonly language?: string | undefined;
};

const kana = /[\p{Script=Hiragana}\p{Script=Katakana}]/u;
const hangul = /\p{Script=Hangul}/u;
const ideograph = /[\p{Script=Han}\p{Script=Bopomofo}]/u;

/** The fetched fonts that a text needs because no font at hand has its letters; mostly none. */
export function neededFonts(text: string, options: NeededFontsOptions = {}): FetchedFont[] {
  if (!kana.test(text) && !hangul.test(text) && !ideograph.test(text)) return [];
  const missing = missingGlyphs(text, fontSetOf(options.have, options)).join('');
  const names: string[] = [];
  if (kana.test(missing)) names.push('noto-sans-jp-bold');
  if (hangul.test(missing)) names.push('noto-sans-kr-bold');
  if (ideograph.test(missing) && !kana.test(text)) {
    const name = ideographFont(text, options.language);
    if (!names.includes(name)) names.push(name);
  }
  const have = new Set((options.have ?? []).map((font) => font.id));
  return fetchedFonts.filter((font) => names.includes(font.name) && !have.has(font.name));
}

/** Ideographs alone: the language says whose, else the letters beside them, else they are Chinese. */
function ideographFont(text: string, language: string | undefined): string {
  const own = language?.toLowerCase().split('-')[0];
  if (own === 'ja') return 'noto-sans-jp-bold';
  if (own === 'ko' || (own !== 'zh' && hangul.test(text))) return 'noto-sans-kr-bold';
  return 'noto-sans-sc-bold';
}
