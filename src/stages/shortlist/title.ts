import * as lexicon from './lexicon.ts';
import { looseReference } from './alone.ts';
import { contentShare, properNames, straighten } from './signals.ts';

/** A title is at most this long: a phone shows about so much of it. YouTube allows 100. */
const maxTitleChars = 80;

/** What a sentence begins with and a title does not want. */
const emptyOpening =
  /^(?:(?:so|and|but|now|well|okay|ok|alright|all right|right|yeah|yes|no|oh|um+|uh+|er+|hmm+|anyway|basically|look|listen|see|hey|hi|hello|then|also|plus|because|you know|i mean|like|i think|i guess|i believe|of course|sort of|kind of|let's see|you see|the thing is)\b[,.!…-]*\s+)+/iu;

/** Where a sentence that is too long may be cut and still make sense. */
const clauseEnd =
  /[;—–](?=\s)|\s--?(?=\s)|,?\s(?=(?:because|although|unless|until|so that|but|and then|and (?:i|you|we|he|she|it|they|that)|which)\s)/giu;

/**
 * Makes a title from a moment's own sentences: the strongest one that can be understood alone, without its filler
 * opening, cut at a clause or a word to at most 80 characters. Never empty.
 */
export function writeTitle(sentences: readonly string[]): string {
  const cleaned = sentences.map((sentence, index) => ({
    text: cleanSentence(sentence),
    index,
    original: sentence,
  }));
  let best: { title: string; strength: number } | undefined;
  for (const { text, index, original } of cleaned) {
    const title = shortenTitle(text);
    if (title === '') continue;
    const strength = titleStrength(title, text, original) - Math.min(0.6, index * 0.1);
    if (best === undefined || strength > best.strength) best = { title, strength };
  }
  return best?.title ?? 'Untitled moment';
}

/** What a title is made of is the beginning of a sentence, in characters; captions without full stops have sentences of hours. */
const maxSentenceChars = 2000;

/** The beginning of a sentence as one clean line: no filler at its start, its first letter large, no full stop at its end. */
export function cleanSentence(sentence: string): string {
  const line = stripControls(sentence.slice(0, maxSentenceChars)).replaceAll(/\s+/gu, ' ').trim();
  const without = line
    .replace(emptyOpening, '')
    .replace(/^["'“‘(]+(?=[^"'”’)]*$)/u, '')
    .replaceAll(/[,;]?\s+(?:you know|I mean|um+|uh+|er)(?=[,.?!]|\s)[,]?/giu, '');
  const text = /\p{L}|\p{N}/u.test(without) ? without : line;
  const trimmed = text.replace(/[\s.,;:—–-]+$/u, '').replace(/^[\s.,;:!?—–-]+/u, '');
  return trimmed.replace(/^\p{Ll}/u, (letter) => letter.toUpperCase());
}

/** A line brought to at most `maxChars` characters: at a clause if half of it remains, else at a word, with an ellipsis. */
export function shortenTitle(text: string, maxChars = maxTitleChars): string {
  const characters = [...text];
  if (characters.length <= maxChars) return text;
  const head = characters.slice(0, maxChars - 1).join('');
  const clauses = [...head.matchAll(clauseEnd)].map((match) => match.index);
  const clause = clauses.findLast((index) => index >= maxChars / 3);
  if (clause !== undefined) return head.slice(0, clause).replace(/[\s,;:—–-]+$/u, '');
  const space = head.lastIndexOf(' ');
  const cut = space >= maxChars / 3 ? head.slice(0, space) : head;
  return `${cut.replace(/[\s,;:.!?—–-]+$/u, '')}…`;
}

/** Begins a clause that wants another. */
const subordinate =
  /^(?:when|while|if|although|though|because|since|after|before|during|given|despite|as|once|in|on|at|for|with|by|from|to)\b/iu;

/** Announces words that the title then does not give. */
const announces =
  /\b(?:said|says|wrote|writes|asked|asks|called|like|is|are|was|were|that|following|include[sd]?)[,:]?$/iu;

/** How well a sentence would do as a title. */
function titleStrength(title: string, text: string, original: string): number {
  const plain = straighten(title);
  const words = title.split(' ').length;
  let strength = contentShare({ text: title }) + Math.min(0.4, properNames(title).length * 0.2);
  for (const device of [
    lexicon.curiosity,
    lexicon.stakes,
    lexicon.openingContrast,
    lexicon.claim,
    lexicon.numberWords,
  ])
    if (device.test(plain)) strength += 0.35;
  if (/\d/u.test(plain)) strength += 0.35;
  if (original.trimEnd().endsWith('?') && title.endsWith('?')) strength += 0.6;
  if (lexicon.address.test(plain)) strength += 0.2;
  strength -= looseReference(title) * 2;
  // What was a loose joint in the sentence is often still one after the joint is gone.
  strength -= looseReference(original) * 0.3;
  if (lexicon.housekeeping.test(plain)) strength -= 2;
  if (lexicon.backReference.test(plain)) strength -= 0.5;
  if (words < 5) strength -= 0.8;
  if (words < 3) strength -= 1.5;
  if (title.length < text.length) strength -= title.endsWith('…') ? 0.7 : 0.2;
  // Half a sentence that only sets the scene says nothing.
  if (title.length < text.length && subordinate.test(plain)) strength -= 0.8;
  if (announces.test(plain)) strength -= 0.8;
  return strength;
}

/** Takes out control and direction characters, which could make a line show something else than it says. */
export function stripControls(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
      /[\s\p{Zl}\p{Zp}]/u.test(character) ? ' ' : character === '\u200d' ? character : '',
    );
}
