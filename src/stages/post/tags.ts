import { functionWords } from '../shortlist/lexicon.ts';
import { properNames } from '../shortlist/signals.ts';
import { plainWords } from '../shortlist/units.ts';

/** Words that carry content and still make no tag: talk about talk. */
const emptyWords: ReadonlySet<string> = new Set(
  `actually basically bit called day days different first good great guy guys important big little long new old next number
  people person point part question talk talking time times today years year lots everything looking look thing stuff week
  whole work works working happen happens happened start started second third last hey really literally simply pretty feel
  feels felt tell tells told left right try trying tried idea ideas kind name names place ways means mean stop turns turned
  comes came coming takes took taking gives gave puts find finds found keep keeps kept wants wanted needs need needed asked
  ask answer called calling episode video hour hours minute minutes month months percent hundred thousand million billion one
  two three four five six seven eight nine ten twelve twenty thirty forty fifty sixty seventy eighty ninety`.split(
    /\s+/u,
  ),
);

/** A phrase of more words is no tag. */
const maxTagWords = 3;

/** How much a word in two forms counts as one: "market" and "markets". */
function stemOf(word: string): string {
  return word.length > 3 && word.endsWith('s') && !word.endsWith('ss') ? word.slice(0, -1) : word;
}

/**
 * The terms that tell what a moment is about, best first: runs of content words (RAKE, Rose et al. 2010), weighed by how much
 * more frequent they are here than in the rest of the source (TF-IDF). Lower case, at most `count`.
 */
export function findTags(text: string, sourceSentences: readonly string[], count: number): string[] {
  const named = new Set(properNames(text).flatMap(plainWords));
  const phrases = candidatePhrases(text, named);
  const sentencesWith = new Map<string, number>();
  for (const sentence of sourceSentences) {
    for (const stem of new Set(plainWords(sentence).map(stemOf))) {
      sentencesWith.set(stem, (sentencesWith.get(stem) ?? 0) + 1);
    }
  }
  const wordCounts = new Map<string, number>();
  for (const phrase of phrases)
    for (const word of phrase) wordCounts.set(stemOf(word), (wordCounts.get(stemOf(word)) ?? 0) + 1);

  const phraseCounts = new Map<string, number>();
  for (const phrase of phrases) phraseCounts.set(keyOf(phrase), (phraseCounts.get(keyOf(phrase)) ?? 0) + 1);
  // A word that comes back in ever other company is a term by itself.
  const returning = phrases
    .flat()
    .filter((word) => (wordCounts.get(stemOf(word)) ?? 0) > 1 && !named.has(word));

  const scored = new Map<string, { tag: string; stems: string[]; score: number }>();
  for (const phrase of [...phrases, ...returning.map((word) => [word])]) {
    if (scored.has(keyOf(phrase))) continue;
    const stems = phrase.map(stemOf);
    const weight = stems.reduce((sum, stem) => {
      const rarity = Math.log((sourceSentences.length + 2) / ((sentencesWith.get(stem) ?? 0) + 1));
      return sum + (wordCounts.get(stem) ?? 0) * Math.max(0.2, rarity);
    }, 0);
    const isName = phrase.every((word) => named.has(word));
    const isChance = stems.length > 1 && !isName && phraseCounts.get(keyOf(phrase)) === 1;
    const trust = (lengthWeights[stems.length] ?? 1) * (isName ? 1.4 : 1) * (isChance ? 0.85 : 1);
    scored.set(keyOf(phrase), { tag: phrase.join(' '), stems, score: (weight / stems.length) * trust });
  }
  const tags: { tag: string; stems: string[] }[] = [];
  for (const candidate of [...scored.values()].sort((a, b) => b.score - a.score)) {
    if (tags.length >= count) break;
    // Neither "brakes" after "wooden brakes" nor the other way round.
    const isCovered = tags.some(
      (tag) =>
        candidate.stems.every((stem) => tag.stems.includes(stem)) ||
        tag.stems.every((stem) => candidate.stems.includes(stem)),
    );
    if (!isCovered && candidate.tag.length <= 60) tags.push(candidate);
  }
  return tags.map(({ tag }) => tag);
}

/** What two phrases share when they are the same but for their endings. */
function keyOf(phrase: readonly string[]): string {
  return phrase.map(stemOf).join(' ');
}

/** Two words make the best tag; three that stand together only once are mostly chance. */
const lengthWeights: Readonly<Record<number, number>> = { 1: 1, 2: 1.3, 3: 0.9 };

/** Runs of content words between stop words and punctuation, up to three words; a name is a run of its own. */
function candidatePhrases(text: string, named: ReadonlySet<string>): string[][] {
  const phrases: string[][] = [];
  for (const clause of text.split(/[.!?…,;:()"“”–—]+(?=\s|$)/u)) {
    let run: string[] = [];
    const endRun = () => {
      if (run.length > maxTagWords) phrases.push(...run.map((single) => [single]));
      else if (run.length > 0) phrases.push(run);
      run = [];
    };
    for (const word of plainWords(clause)) {
      const last = run.at(-1);
      if (!isTagWord(word) || (last !== undefined && named.has(last) !== named.has(word))) endRun();
      if (isTagWord(word)) run.push(word);
    }
    endRun();
  }
  return phrases;
}

function isTagWord(word: string): boolean {
  return (
    word.length >= 3 &&
    /\p{L}/u.test(word) &&
    !word.includes("'") &&
    !functionWords.has(word) &&
    !emptyWords.has(word) &&
    !/(?:al|ous|iv|ent|ant|ful|ed|ing|ab|ib|at|at?e)ly$/u.test(word)
  );
}
