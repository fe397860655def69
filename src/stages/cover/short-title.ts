import { isLeaning } from '../../domain/cue-making.ts';
import * as lexicon from '../shortlist/lexicon.ts';
import { cleanSentence } from '../shortlist/title.ts';

/** A title made short enough to be read on a thumbnail. Pure. */

/** A glance takes in so many words (practice of thumbnails: three to six). */
export const mostCoverWords = 6;

/**
 * The run of at most `maxWords` words that says most of a title: numbers and strong words count, and it neither begins nor
 * ends in the middle of a phrase where that can be helped. A title that is short enough stays as it is, without its full stop.
 */
export function shortenForCover(title: string, maxWords = mostCoverWords): string {
  const words = cleanSentence(title.replace(/…$/u, ''))
    .split(/\s+/u)
    .filter((word) => /[\p{L}\p{N}]/u.test(word));
  if (words.length <= maxWords) return words.join(' ');
  let best = { from: 0, to: maxWords, worth: Number.NEGATIVE_INFINITY };
  for (let from = 0; from < words.length; from++) {
    for (let to = from + Math.min(2, maxWords); to <= Math.min(words.length, from + maxWords); to++) {
      const worth = worthOf(words, from, to);
      if (worth > best.worth) best = { from, to, worth };
    }
  }
  // Of a question without its beginning nothing is left to ask.
  const text = words
    .slice(best.from, best.to)
    .join(' ')
    .replace(best.from > 0 ? /[,;:?–—-]+$/u : /[,;:–—-]+$/u, '');
  return text.replace(/^\p{Ll}/u, (letter) => letter.toUpperCase());
}

const strongWords = [
  lexicon.stakes,
  lexicon.curiosity,
  lexicon.claim,
  lexicon.openingContrast,
  lexicon.numberWords,
];

function worthOf(words: readonly string[], from: number, to: number): number {
  let worth = 0;
  for (let index = from; index < to; index++) worth += wordWorth(words[index] ?? '', index);
  const first = words[from] ?? '';
  const last = words[to - 1] ?? '';
  const isAfterPause = from === 0 || /[,;:.!?–—]$/u.test(words[from - 1] ?? '');
  const isBeforePause = to === words.length || /[,;:.!?–—]$/u.test(last);
  if (isAfterPause) worth += 1;
  if (isBeforePause) worth += 1;
  // Halves of phrases: "of the", "… because", a noun without its number, a number without its noun.
  if (from > 0 && lexicon.functionWords.has(plain(first))) worth -= 1;
  if (!isAfterPause && lexicon.functionWords.has(plain(words[from - 1] ?? ''))) worth -= 0.6;
  if (!isAfterPause && isNumber(words[from - 1] ?? '')) worth -= 2;
  if (!isBeforePause && (isLeaning(last) || lexicon.functionWords.has(plain(last)))) worth -= 2;
  if (!isBeforePause && isNumber(last)) worth -= 2;
  // A pause in the middle makes two halves of it.
  for (let index = from; index < to - 1; index++) if (/[,;:.!?–—]$/u.test(words[index] ?? '')) worth -= 0.75;
  return worth;
}

function wordWorth(word: string, index: number): number {
  const bare = plain(word);
  if (/\d/u.test(word)) return 1.5;
  if (lexicon.functionWords.has(bare)) return 0.1;
  if (strongWords.some((pattern) => pattern.test(bare))) return 1.25;
  return index > 0 && /^\p{Lu}/u.test(word) ? 1.1 : 1;
}

function isNumber(word: string): boolean {
  return /\d/u.test(word) || lexicon.numberWords.test(plain(word)) || /^one$/iu.test(plain(word));
}

function plain(word: string): string {
  return word.toLowerCase().replaceAll(/[^\p{L}\p{N}']/gu, '');
}
