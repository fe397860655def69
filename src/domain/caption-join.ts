/** Scripts that are written without spaces between words: how their text falls into words, and how words are put together again. */

/** Letters of scripts without spaces: Chinese, Japanese, and of South-East Asia. Korean has spaces. */
const unspacedLetter =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Bopomofo}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\u30FC]/u;

/** What no line begins with (JIS X 4051): closing marks, small kana, marks of length and repetition. */
const closing =
  /^[\p{Pe}\p{Pf}!?.,:;…‥。、，．：；！？・·％%ー々〻ゝゞヽヾぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ〜～]/u;

/** What no line ends with: opening marks. */
const opening = /[\p{Ps}\p{Pi}「『（【〈《〔［｛]$/u;

/** Whether a text holds letters of a script that puts no spaces between words. */
export function isUnspaced(text: string): boolean {
  return unspacedLetter.test(text);
}

/** Chinese and Japanese, whose text has no spaces next to digits and Latin letters either. */
const ideograph =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Bopomofo}\u30FC\u3000-\u303F\uFF01-\uFF0F\uFF1A-\uFF20\uFF3B-\uFF40\uFF5B-\uFF65]/u;

/** Whether two neighbours are written without a space between them. */
export function joinsTightly(before: string, after: string): boolean {
  const last = [...before].at(-1) ?? '';
  const first = [...after][0] ?? '';
  if (ideograph.test(last) || ideograph.test(first)) return true;
  return unspacedLetter.test(last) && unspacedLetter.test(first);
}

/** Words as a line of text: with spaces, but for those scripts that have none. */
export function joinWords(words: readonly string[]): string {
  let text = '';
  for (const [index, word] of words.entries()) {
    const before = words[index - 1];
    text += before === undefined || joinsTightly(before, word) ? word : ` ${word}`;
  }
  return text;
}

const segmenters = new Map<string, Intl.Segmenter>();

function segmenterOf(text: string): Intl.Segmenter {
  // Kana tell Japanese; the words of the other scripts are found by their own dictionaries.
  const locale = /[\p{Script=Hiragana}\p{Script=Katakana}]/u.test(text) ? 'ja' : 'zh';
  const known = segmenters.get(locale);
  if (known !== undefined) return known;
  const segmenter = new Intl.Segmenter(locale, { granularity: 'word' });
  segmenters.set(locale, segmenter);
  return segmenter;
}

/**
 * A text without spaces in words, or as it is where its script has spaces. Closing marks stay with the word before them and
 * opening ones with the word after, so that lines may break between any two.
 */
export function splitUnspaced(text: string): string[] {
  if (!isUnspaced(text)) return [text];
  const words: string[] = [];
  for (const { segment } of segmenterOf(text).segment(text)) {
    const last = words.at(-1);
    if (last !== undefined && (closing.test(segment) || opening.test(last))) {
      words[words.length - 1] = last + segment;
    } else {
      words.push(segment);
    }
  }
  return words.map((word) => word.trim()).filter((word) => word !== '');
}

/**
 * Whether a word leans on the one before it: Japanese particles and endings are written in hiragana, and a line or a cue
 * that begins with one reads badly.
 */
export function leansBack(text: string): boolean {
  return /^\p{Script=Hiragana}+[\p{P}]*$/u.test(text);
}

/** How much room a text takes beside Latin letters: an ideograph is as wide as two of them. */
export function countColumns(text: string): number {
  let columns = 0;
  for (const character of text) columns += isWide(character) ? 2 : 1;
  return columns;
}

/** Hangul syllables are as wide, though Korean has spaces. */
function isWide(character: string): boolean {
  return ideograph.test(character) || /\p{Script=Hangul}/u.test(character);
}
