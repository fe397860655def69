import * as lexicon from './lexicon.ts';
import type { Semantics } from './semantics.ts';
import { plainWords, type Unit } from './units.ts';

/** The things that are measured on each sentence, by name. */
export const signalNames = [
  'content',
  'rarity',
  'names',
  'concrete',
  'numbers',
  'questions',
  'address',
  'contrast',
  'stakes',
  'story',
  'example',
  'definition',
  'curiosity',
  'exclaims',
  'housekeeping',
  'rate',
  'central',
  'novel',
] as const;
/** The name of a thing that is measured on each sentence. */
export type SignalName = (typeof signalNames)[number];

/** A value a unit for each signal, as measured: densities a word, cosines, words a second. Some may be missing. */
export type Signals = Readonly<Partial<Record<SignalName, Float64Array>>>;

/** Signals made of English word lists: of other languages they say nothing. */
const englishOnly: ReadonlySet<SignalName> = new Set<SignalName>([
  'content',
  'concrete',
  'address',
  'contrast',
  'stakes',
  'story',
  'example',
  'definition',
  'curiosity',
  'housekeeping',
]);

/** Nouns made of verbs and adjectives: the mark of abstract language (Gibbs; "nominalisation" in style guides). */
const abstractNoun = /(?:tion|sion|ment|ness|ity|ism|ance|ence|ship|hood|ology)s?$/u;

/** Straight apostrophes, so that word lists fit captions of every make. */
export function straighten(text: string): string {
  return text.replaceAll(/[’‘]/gu, "'");
}

/** Measures every unit of a source. `isEnglish` false leaves out what English word lists would tell. */
export function measureSignals(
  units: readonly Unit[],
  semantics: Semantics | undefined,
  isEnglish: boolean,
): Signals {
  const rarityOf = wordRarity(units);
  const result: Partial<Record<SignalName, Float64Array>> = {};
  for (const name of signalNames) {
    if (!isEnglish && englishOnly.has(name)) continue;
    if (name === 'central' || name === 'novel') {
      if (semantics !== undefined) result[name] = semantics[name];
      continue;
    }
    const measure = measures[name];
    result[name] = Float64Array.from(units, (unit) => measure(unit, rarityOf));
  }
  return result;
}

type RarityOf = ReadonlyMap<string, number>;

const measures: Readonly<
  Record<Exclude<SignalName, 'central' | 'novel'>, (unit: Unit, rarityOf: RarityOf) => number>
> = {
  content: contentShare,
  rarity: (unit, rarityOf) => meanOf(contentWords(unit.text), (word) => rarityOf.get(word) ?? 0),
  names: (unit) => share(properNames(unit.text).length, unit),
  concrete: (unit) =>
    1 - meanOf(contentWords(unit.text), (word) => (word.length > 6 && abstractNoun.test(word) ? 1 : 0)),
  numbers: (unit) =>
    share(countMatches(unit.text, /\d[\d,.]*/u) + countMatches(unit.text, lexicon.numberWords), unit),
  questions: (unit) =>
    /\?["'”’)\]]*(?:\s|$)/u.test(unit.text) || lexicon.questionOpening.test(straighten(unit.text)) ? 1 : 0,
  address: (unit) => share(countMatches(straighten(unit.text), lexicon.address), unit),
  contrast: (unit) => share(countMatches(straighten(unit.text), lexicon.contrast), unit),
  stakes: (unit) => share(countMatches(straighten(unit.text), lexicon.stakes), unit),
  story: (unit) => share(countMatches(straighten(unit.text), lexicon.story), unit),
  example: (unit) => share(countMatches(straighten(unit.text), lexicon.example), unit),
  definition: (unit) => share(countMatches(straighten(unit.text), lexicon.definition), unit),
  curiosity: (unit) => share(countMatches(straighten(unit.text), lexicon.curiosity), unit),
  exclaims: (unit) => (/!["'”’)\]]*(?:\s|$)/u.test(unit.text) ? 1 : 0),
  housekeeping: (unit) => Math.min(1, countMatches(straighten(unit.text), lexicon.housekeeping) / 2),
  rate: (unit) => ((unit.wordEnd - unit.wordStart) * 1000) / Math.max(300, unit.endMs - unit.startMs),
};

/** Share of the words of a unit that carry content. */
export function contentShare(unit: Pick<Unit, 'text'>): number {
  const words = plainWords(unit.text);
  return words.length === 0 ? 0 : words.filter(isContentWord).length / words.length;
}

/** The words of a text that carry content, plain. */
export function contentWords(text: string): string[] {
  return plainWords(text).filter(isContentWord);
}

function isContentWord(word: string): boolean {
  return word.length > 1 && !lexicon.functionWords.has(word);
}

/** Names of people, places and things: capitalised words that do not begin a sentence. */
export function properNames(text: string): string[] {
  const words = text.split(/\s+/u);
  return words
    .filter((word, index) => {
      if (index === 0 || /[.!?:]["'”’)\]]*$/u.test(words[index - 1] ?? '')) return false;
      return /^["'“‘(]?\p{Lu}\p{Ll}+/u.test(word) && !/^I(?:['’]|$)/u.test(word);
    })
    .map((word) => word.replaceAll(/^[^\p{L}]+|[^\p{L}]+$/gu, ''));
}

/** How many times a pattern occurs in a text. */
export function countMatches(text: string, pattern: RegExp): number {
  return [...text.matchAll(new RegExp(pattern.source, 'giu'))].length;
}

/** How rare each content word is in the source: the logarithm of how many units do without it, 0 to 1. */
function wordRarity(units: readonly Unit[]): RarityOf {
  const counts = new Map<string, number>();
  for (const unit of units) {
    for (const word of new Set(contentWords(unit.text))) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const most = Math.log(units.length + 1);
  return new Map(
    [...counts].map(([word, count]) => [word, most === 0 ? 0 : Math.log((units.length + 1) / count) / most]),
  );
}

/** A count a word, of a text taken as at least eight words long, so that "What?" does not outweigh everything. */
function share(count: number, unit: Unit): number {
  return count / Math.max(8, unit.wordEnd - unit.wordStart);
}

function meanOf<T>(items: readonly T[], value: (item: T) => number): number {
  return items.length === 0 ? 0 : items.reduce((sum, item) => sum + value(item), 0) / items.length;
}
