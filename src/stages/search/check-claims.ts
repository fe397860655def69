import type { Passage } from '../../domain/library.ts';

/** What a model says, before it was checked: numbers of passages count from 1. */
export type RawClaim = {
  readonly claim: string;
  readonly passages: readonly (number | string)[];
  readonly quote: string;
};

/** Something that a model says, and where it has it from. */
export type Claim = {
  readonly text: string;
  /** Numbers from 1 in the passages that were shown, each once. */
  readonly passages: readonly number[];
  /** Words that stand so in one of these passages. */
  readonly quote: string;
};

/** Something that a model said and that does not count, and why: one sentence. */
export type StruckClaim = { readonly text: string; readonly why: string };

/** What remains of an answer when it was held against its passages. */
export type CheckedClaims = { readonly claims: readonly Claim[]; readonly struck: readonly StruckClaim[] };

/** A claim longer than this is no claim, in characters. */
const maxClaimChars = 600;

/** A quote of fewer letters proves nothing: they stand in many passages. */
const leastQuoteLetters = 8;

/** In a claim, so many words between quotation marks are a quote and not a name. */
const leastQuotedWords = 3;

const address = /(?:https?:\/\/|www\.)\S+|[\w.+-]+@[\w-]+\.\w+/giu;
const quoted = /["“„«]([^"“”„«»]{3,400})["”“»]/gu;

/**
 * Holds what a model said against the passages that it was shown. A claim counts when it names a passage, quotes words that stand there, and
 * puts no other words into quotation marks, and no addresses that were not said. Everything else is struck, with the reason. Pure.
 */
export function checkClaims(
  raw: readonly RawClaim[],
  shown: readonly Pick<Passage, 'text'>[],
): CheckedClaims {
  const claims: Claim[] = [];
  const struck: StruckClaim[] = [];
  for (const { claim, passages, quote } of raw) {
    const text = claim.replaceAll(/\s+/gu, ' ').trim();
    if (text === '') continue;
    const numbers = readNumbers(passages, shown.length);
    const why = findFault(
      text,
      quote,
      passages.length,
      numbers.map((number) => shown[number - 1]!.text),
    );
    if (why === undefined)
      claims.push({ text, passages: numbers, quote: quote.replaceAll(/\s+/gu, ' ').trim() });
    else struck.push({ text: text.slice(0, maxClaimChars), why });
  }
  return { claims, struck };
}

function findFault(
  text: string,
  quote: string,
  namedCount: number,
  texts: readonly string[],
): string | undefined {
  if (text.length > maxClaimChars) return 'It is too long to be one claim.';
  if (texts.length === 0) {
    return namedCount === 0 ? 'It names no passage.' : 'It names a passage that was not shown.';
  }
  if (plainWords(quote).replaceAll(' ', '').length < leastQuoteLetters) {
    return 'It quotes nothing from the passage that it names.';
  }
  if (!isSaidIn(quote, texts)) return 'It quotes words that do not stand in the passage that it names.';
  const invented = [...text.matchAll(quoted)].some(
    ([, words = '']) => plainWords(words).split(' ').length >= leastQuotedWords && !isSaidIn(words, texts),
  );
  if (invented) return 'It puts words into quotation marks that nobody said.';
  const said = texts.join(' ').toLowerCase();
  if ([...text.matchAll(address)].some(([found]) => !said.includes(found.toLowerCase()))) {
    return 'It holds an address that nobody said.';
  }
  return undefined;
}

/** Numbers of passages that were shown, each once; models write 2, "2", "[2]" and "passage 2". */
function readNumbers(named: readonly (number | string)[], count: number): number[] {
  const numbers = named.flatMap((name) => {
    const number = typeof name === 'number' ? name : Number(/^\D{0,12}(\d{1,4})\D{0,2}$/u.exec(name)?.[1]);
    return Number.isInteger(number) && number >= 1 && number <= count ? [number] : [];
  });
  return [...new Set(numbers)];
}

/** Whether words stand in one of the texts as they are; what an ellipsis parts may stand apart, in its order. */
function isSaidIn(words: string, texts: readonly string[]): boolean {
  const parts = words
    .split(/…|\.{3}|\[[^\]]{0,20}\]/u)
    .map(plainWords)
    .filter((part) => part !== '');
  return parts.length > 0 && texts.some((text) => standsIn(parts, plainWords(text)));
}

function standsIn(parts: readonly string[], text: string): boolean {
  const padded = ` ${text} `;
  let from = 0;
  for (const part of parts) {
    const at = padded.indexOf(` ${part} `, from);
    if (at === -1) return false;
    from = at + part.length;
  }
  return true;
}

/** Scripts without spaces between words: their letters count one by one. */
const letterwise = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]/gu;

/** The words of a text, whatever their case and what stands between them. */
function plainWords(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/['’]/gu, '')
    .replaceAll(letterwise, ' $& ')
    .replaceAll(/[^\p{L}\p{N}\p{M}]+/gu, ' ')
    .trim();
}
