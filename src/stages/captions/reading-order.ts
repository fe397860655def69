import bidiModule from 'bidi-js';

/** The order in which words stand on a line, from left to right: the Unicode bidirectional algorithm (UAX #9) on whole words. */

// Its types tell of a default export; what Node sees of its CommonJS file is the factory itself.
const createBidi = bidiModule as unknown as typeof bidiModule.default;
const bidi = createBidi();

const rightToLeft =
  /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}]/u;

/** Whether a text has letters that run from right to left. */
export function hasRightToLeft(text: string): boolean {
  return rightToLeft.test(text);
}

/** In which direction a text runs as a whole, by its first letter of a direction (UAX #9, P2 and P3). */
export function directionOf(text: string): 'ltr' | 'rtl' {
  return bidi.getEmbeddingLevels(text).paragraphs[0]?.level === 1 ? 'rtl' : 'ltr';
}

/** The indexes of a line's words in the order in which they stand from left to right. */
export function visualOrder(words: readonly string[], direction: 'ltr' | 'rtl'): number[] {
  const indexes = words.map((_, index) => index);
  if (direction === 'ltr' && !words.some(hasRightToLeft)) return indexes;
  const text = words.join(' ');
  const owners = words.flatMap((word, index) => Array.from({ length: word.length + 1 }, () => index));
  const places = Array.from({ length: text.length }, (_, place) => place);
  const levels = bidi.getEmbeddingLevels(text, direction);
  for (const [start = 0, end = 0] of bidi.getReorderSegments(text, levels)) {
    const turned = places.slice(start, end + 1).reverse();
    places.splice(start, turned.length, ...turned);
  }
  const seen = new Set<number>();
  for (const place of places) {
    // The space after a word is nobody's.
    if (text[place] !== ' ') seen.add(owners[place] ?? 0);
  }
  return [...seen, ...indexes.filter((index) => !seen.has(index))];
}

/** A mark before a word that makes a renderer run it in its line's direction, so that its commas stand on the right side. */
export function directionMark(direction: 'ltr' | 'rtl'): string {
  return direction === 'rtl' ? '\u200F' : '\u200E';
}
