import { doubleMetaphone } from 'double-metaphone';
import { isNumberWord } from '../../domain/spoken-numbers.ts';
import { normaliseWords } from '../../domain/word-normaliser.ts';
import { alignWritten, lettersOf, likenessOf, splitWritten, spokenLetters } from './align-words.ts';

/** How far a correction may go. */
const bounds = {
  /** A sentence may get so much longer or shorter: this share of its letters, at least a word or two of them. */
  lengthShare: 0.25,
  leastLetters: 10,
  /** Words that are put in place of others unlike them, added or taken out: this share of them, at least one. */
  otherShare: 0.12,
  /** Letters this much alike are the same word spelled otherwise; sounds this much alike, the same word heard otherwise. */
  spelling: 0.5,
  sound: 0.6,
} as const;

/** Cosine of the embeddings of what was heard and what is written: below, it does not say the same. */
export const minLikeness = 0.6;

/** What people say between words: it may be taken out, and put in. */
const hesitation = /^(?:u+m+|u+h+|e+r+m*|h+m+|ah|oh|like|well|so|you|know)$/u;

/** Words that turn a sentence into its opposite, in the languages that are often spoken. */
const negations: ReadonlySet<string> = new Set(
  `not no never none nothing nobody neither nor nowhere without hardly barely unless
  nicht kein keine keinen keinem keiner nie niemals nichts niemand weder ohne
  ne pas jamais rien aucun aucune personne sans
  nunca nada nadie ningun ninguna ninguno tampoco sin
  non mai niente nulla nessuno senza
  nao nem sem niet geen nooit niets niemand zonder inte ingen aldrig ikke ingen aldri`.split(/\s+/u),
);

/** Beginnings that turn a word into its opposite: "increase" and "decrease" are alike in letters only. */
const opposites = /^(?:un|in|im|il|ir|dis|de|non|mis|anti|over|under|up|down)(?=\p{L}{3})/u;

/** What nobody says: addresses, mark-up, braces, control and direction characters. */
const unspoken = /https?:|www\.|[<>{}[\]|\\`^~]|[\p{Cc}\p{Cf}\p{Co}]/iu;

/**
 * Why a corrected sentence is refused, in words for a person; undefined when it is taken. What is right is for the model to say: here
 * it is only held to what it was asked, which is to spell and to punctuate what was said. Pure; meaning is compared apart.
 */
export function findFault(heard: string, written: string, glossary: readonly string[]): string | undefined {
  const trimmed = written.trim();
  if (trimmed === '') return 'it takes the whole sentence away';
  if (unspoken.test(trimmed.replaceAll('\u200d', '')) && !unspoken.test(heard)) {
    return 'it holds what nobody can say: an address, mark-up or hidden characters';
  }
  const heardWords = splitWritten(heard);
  const writtenWords = splitWritten(trimmed);
  if (writtenWords.some((word) => word.length > 100)) return 'one of its words is endless';
  // Letters, since several heard words may be one name, and numbers as they are said.
  const [before, after] = [spokenLetters(heard).length, spokenLetters(trimmed).length];
  if (Math.abs(after - before) > Math.max(bounds.leastLetters, bounds.lengthShare * before)) {
    return `it has ${countWords(writtenWords.length)} instead of ${heardWords.length}`;
  }
  const numbers = differsIn(heard, trimmed, isNumber);
  if (numbers !== undefined) return `it changes a number: ${numbers}`;
  const negated = differsIn(heard, trimmed, (word) => negations.has(lettersOf(word)));
  if (negated !== undefined) return `it changes a negation: ${negated}`;
  return findOtherWords(heardWords, writtenWords, glossary);
}

function countWords(count: number): string {
  return count === 1 ? '1 word' : `${count} words`;
}

function isNumber(word: string): boolean {
  return (
    isNumberWord(word) ||
    /\d/u.test(word) ||
    /^(?:first|second|third|\p{L}+(?:teenth|tieth|[fnx]th|rd))$/u.test(word) ||
    /^(?:point|percent|half|quarter|dozen|oh)$/u.test(word)
  );
}

/** Where two texts differ in the words of a kind, in the order they are said; undefined where they do not. */
function differsIn(one: string, other: string, isKind: (word: string) => boolean): string | undefined {
  const own = normaliseWords(one, 'spoken-english').filter(isKind);
  const others = normaliseWords(other, 'spoken-english').filter(isKind);
  if (own.map(lettersOf).join(' ') === others.map(lettersOf).join(' ')) return undefined;
  const shown = (words: readonly string[]) => (words.length === 0 ? 'none' : `"${words.join(' ')}"`);
  return `${shown(own)} was heard, ${shown(others)} is written`;
}

/** Other words than those that were heard: a few may be mistakes of the ear; more is another text. */
function findOtherWords(
  heard: readonly string[],
  written: readonly string[],
  glossary: readonly string[],
): string | undefined {
  const terms = new Set(glossary.flatMap((term) => [lettersOf(term), ...term.split(/\s+/u).map(lettersOf)]));
  const others: string[] = [];
  for (const { start, end, written: own } of alignWritten(heard, written)) {
    const before = heard.slice(start, end);
    const [from, to] = [spokenLetters(before.join(' ')), spokenLetters(own.join(' '))];
    if (from === to) continue;
    const shown = `"${before.join(' ')}" → "${own.join(' ')}"`;
    if (isOpposite(from, to)) return `it turns a word into its opposite: ${shown}`;
    if (own.length === 0 && before.every((word, index) => isSpare(word, heard, start + index))) continue;
    if (isAlike(from, to) || (to !== '' && own.every((word) => terms.has(lettersOf(word))))) continue;
    others.push(shown);
  }
  const allowed = Math.max(1, Math.floor(bounds.otherShare * heard.length));
  if (others.length <= allowed) return undefined;
  return `it puts other words in place of what was heard: ${others.slice(0, 3).join(', ')}${others.length > 3 ? ' …' : ''}`;
}

/** A hesitation, or a word that is said twice in a row. */
function isSpare(word: string, heard: readonly string[], index: number): boolean {
  const letters = lettersOf(word);
  return (
    hesitation.test(letters) ||
    letters === lettersOf(heard[index + 1] ?? '') ||
    letters === lettersOf(heard[index - 1] ?? '')
  );
}

function isAlike(one: string, other: string): boolean {
  if (one === '' || other === '') return false;
  if (likenessOf(one, other) >= bounds.spelling) return true;
  return doubleMetaphone(one).some((a) =>
    doubleMetaphone(other).some((b) => likenessOf(a, b) >= bounds.sound),
  );
}

function isOpposite(one: string, other: string): boolean {
  const stems = [one, other].map((word) => word.replace(opposites, ''));
  return one !== other && stems[0] === stems[1] && stems[0] !== '';
}
