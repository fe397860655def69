import { normaliseWords } from '../../domain/word-normaliser.ts';

/** Characters that a typewriter lacks, and what to say in their place. */
const spellings: readonly (readonly [RegExp, string])[] = [
  [/[‘’‚‛′]/gu, "'"],
  [/[“”„«»″]/gu, '"'],
  [/\s*[–—―]\s*/gu, ', '],
  [/…/gu, '...'],
  [/&/gu, ' and '],
  [/€\s?(\d[\d.,]*)/gu, '$1 euros'],
  [/£\s?(\d[\d.,]*)/gu, '$1 pounds'],
  [/%/gu, ' percent'],
];

/**
 * Brings a text down to the ASCII that a simple English voice can read: accents dropped, dashes made pauses, what has
 * no sound (emoji, control characters) left out.
 */
export function plainEnglish(text: string): string {
  let plain = text;
  for (const [pattern, spelling] of spellings) plain = plain.replace(pattern, spelling);
  return plain
    .normalize('NFKD')
    .replace(/[^\x20-\x7e]+/gu, (other) => (/\s/u.test(other) ? ' ' : ''))
    .replace(/ {2,}/gu, ' ')
    .trim();
}

/** Numbers and the like in words, for voices that know letters alone: `$25, or 3.5 %` is “twenty five dollars, or three point five percent”. */
export function spellNumbers(text: string): string {
  return text
    .replace(/\s+%/gu, '%')
    .split(' ')
    .map((word) => {
      if (!/[\d%&]/u.test(word)) return word;
      const end = /[.,;:!?…)\]"'”’]*$/u.exec(word)?.[0] ?? '';
      return normaliseWords(word, 'spoken-english').join(' ') + end;
    })
    .join(' ');
}
