import { isNumberWord, spellInteger, spellOrdinal, spellYear } from './spoken-numbers.ts';

/**
 * Two ways to bring a text into a form whose words can be counted:
 *
 * - `plain`: Unicode NFKC, lower case, curly apostrophes straightened; every character but letters, digits and
 *   apostrophes inside a word parts words; so hyphens do too. Nothing is rewritten. For texts that were written the same way.
 * - `spoken-english`: first digits become words as they are said (`$25` twenty five dollars, `3.5` three point five,
 *   `12:30` twelve thirty, `21st` twenty first, `1813` eighteen thirteen, `1,813` in full, more than 15 digits and a leading 0 digit by digit),
 *   `%` percent, `&` and, `mr mrs dr vs` mister missus doctor versus; then `plain`; then contractions are opened
 *   (`don't` do not, `I'll` I will, `it's` it is, `gonna` going to; a possessive 's stays), "and" after hundred or thousand
 *   and before a number falls away, `okay` is ok, `alright` all right; and hesitations (um, uh, er, erm, hmm, mm, mhm) fall away.
 *   Spelling variants (colour, color) and compounds (some one, someone) count as errors.
 */
export const normaliserNames = ['plain', 'spoken-english'] as const;
/** The name of a normaliser: word error rates are comparable only under the same one. */
export type NormaliserName = (typeof normaliserNames)[number];

/** A normalised word, and the index of the written word that it came from. */
export type NormalisedWord = { readonly text: string; readonly wordIndex: number };

const abbreviations: Readonly<Record<string, string>> = {
  mr: 'mister',
  mrs: 'missus',
  dr: 'doctor',
  vs: 'versus',
};

const hesitations = new Set(['um', 'umm', 'uh', 'uhh', 'er', 'erm', 'hmm', 'hm', 'mm', 'mhm']);

const wholeWords: Readonly<Record<string, readonly string[]>> = {
  "can't": ['can', 'not'],
  cannot: ['can', 'not'],
  "won't": ['will', 'not'],
  "shan't": ['shall', 'not'],
  "let's": ['let', 'us'],
  "'tis": ['it', 'is'],
  "y'all": ['you', 'all'],
  gonna: ['going', 'to'],
  wanna: ['want', 'to'],
  gotta: ['got', 'to'],
  okay: ['ok'],
  alright: ['all', 'right'],
};

/** After these, 's is short for "is"; elsewhere it may be a possessive and stays. */
const beforeIs = /^(?:it|that|this|he|she|what|there|here|who|where|how|when)$/u;

const endings: readonly (readonly [RegExp, string])[] = [
  [/n't$/u, 'not'],
  [/'re$/u, 'are'],
  [/'ll$/u, 'will'],
  [/'ve$/u, 'have'],
  [/'m$/u, 'am'],
  [/'d$/u, 'would'],
];

/** The words of a text in the named form. */
export function normaliseWords(text: string, normaliser: NormaliserName): string[] {
  return normaliseWordList(text.split(/\s+/u), normaliser).map((word) => word.text);
}

/** The same for words that carry something (times): each result says which written word it came from. */
export function normaliseWordList(words: readonly string[], normaliser: NormaliserName): NormalisedWord[] {
  const result: NormalisedWord[] = [];
  for (const [wordIndex, word] of words.entries()) {
    const texts = normaliser === 'plain' ? splitPlainly(word) : spell(word);
    for (const text of texts) result.push({ text, wordIndex });
  }
  return normaliser === 'plain' ? result : result.filter((word, index) => !isSilentAnd(result, word, index));
}

/** "one hundred and five" is 105. */
function isSilentAnd(words: readonly NormalisedWord[], word: NormalisedWord, index: number): boolean {
  const before = words[index - 1]?.text;
  return (
    word.text === 'and' &&
    (before === 'hundred' || before === 'thousand') &&
    isNumberWord(words[index + 1]?.text ?? '')
  );
}

function splitPlainly(text: string): string[] {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[’‘ʼ`]/gu, "'")
    .split(/[^\p{L}\p{M}\p{N}']+/u)
    .map((word) => word.replace(/^'+(?!tis$)|'+$/gu, ''))
    .filter((word) => word !== '');
}

function spell(text: string): string[] {
  const spelled = text
    .normalize('NFKC')
    .replaceAll(/([$£€])\s?(\d[\d,]*(?:\.\d+)?)/gu, (_, sign: string, amount: string) => {
      const name = sign === '$' ? 'dollars' : sign === '£' ? 'pounds' : 'euros';
      return `${amount} ${name} `;
    })
    .replaceAll('%', ' percent ')
    .replaceAll('&', ' and ')
    .replaceAll(/\d{1,3}(?:,\d{3})+(?!\d)/gu, (digits) =>
      spellInteger(Number(digits.replaceAll(',', ''))).join(' '),
    )
    .replaceAll(
      /\d+(?:st|nd|rd|th)\b/giu,
      (match) => ` ${spellOrdinal(Number.parseInt(match, 10)).join(' ')} `,
    )
    .replaceAll(
      /(\d+)\.(\d+)/gu,
      (_, whole: string, part: string) => ` ${spellDigits(whole)} point ${spellOneByOne(part)} `,
    )
    .replaceAll(/\d+/gu, (digits) => ` ${spellDigits(digits)} `);
  return splitPlainly(spelled)
    .map((word) => abbreviations[word] ?? word)
    .flatMap(openContraction)
    .filter((word) => !hesitations.has(word));
}

function spellDigits(digits: string): string {
  if (digits.length > 15 || (digits.length > 1 && digits.startsWith('0'))) return spellOneByOne(digits);
  return (digits.length === 4 ? spellYear(Number(digits)) : spellInteger(Number(digits))).join(' ');
}

function spellOneByOne(digits: string): string {
  return [...digits].map((digit) => spellInteger(Number(digit)).join(' ')).join(' ');
}

function openContraction(word: string): readonly string[] {
  const whole = wholeWords[word];
  if (whole !== undefined) return whole;
  for (const [ending, meaning] of endings) {
    const stem = word.replace(ending, '');
    if (stem !== word && stem !== '') return [stem, meaning];
  }
  const subject = word.endsWith("'s") ? word.slice(0, -2) : '';
  return beforeIs.test(subject) ? [subject, 'is'] : [word];
}
