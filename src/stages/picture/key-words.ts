import { markKeyWords } from '../plan/emphasis.ts';

/** The few words of a sentence that are set large where there is no picture. Pure. */

/** So many words at most, in so many lines; a line has so many letters at most. */
const mostWords = 5;
const mostLines = 4;
const lettersPerLine = 11;

/** Words that nobody sets alone at the end of a line, or at the beginning of what is set. */
const leaning = new Set(
  'a an the of to in on at by for and or but is are was were be it that this with as from so if i you we he she they my your our'.split(
    ' ',
  ),
);

/** The words around a sentence's key word, as lines. Empty for a sentence without a word. */
export function pickKeyWords(text: string): string[] {
  const words = text.split(/\s+/u).flatMap((word) => {
    const bare = word.replaceAll(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}%]+$/gu, '');
    return bare === '' ? [] : [{ bare, endsClause: /[,;:.!?—–]$/u.test(word) }];
  });
  if (words.length === 0) return [];
  if (words.length <= mostWords) return breakLines(words.map(({ bare }) => bare));
  const key = findKey(words.map(({ bare }) => bare));
  // The clause that the key word is in; of it what ends with the key word or just after.
  let first = key;
  while (first > 0 && key - first < mostWords - 1 && words[first - 1]?.endsClause === false) first -= 1;
  let last = Math.min(words.length - 1, Math.max(key, first + 1));
  while (last < words.length - 1 && words[last]?.endsClause === false && last - first < mostWords - 1)
    last += 1;
  const chosen = words.slice(first, last + 1).map(({ bare }) => bare);
  while (chosen.length > 1 && leaning.has(chosen[0]!.toLocaleLowerCase('en'))) chosen.shift();
  while (chosen.length > 1 && leaning.has(chosen.at(-1)!.toLocaleLowerCase('en'))) chosen.pop();
  return breakLines(chosen);
}

/** The word that stands out, by the same measure as in captions; else the longest. */
function findKey(words: readonly string[]): number {
  const cue = {
    startMs: 0,
    endMs: words.length,
    words: words.map((text, index) => ({
      text,
      startMs: index,
      endMs: index + 1,
      sourceStartMs: index,
      sourceEndMs: index + 1,
      assetId: 'voice',
    })),
  };
  const sentences = [
    { text: words.join(' '), startMs: 0, endMs: words.length, wordStart: 0, wordEnd: words.length },
  ];
  const marked = markKeyWords([cue], { sentences })[0]?.words ?? [];
  const found = marked.findLastIndex(({ isEmphasised }) => isEmphasised === true);
  if (found >= 0) return found;
  return words.reduce((longest, word, index) => (word.length > words[longest]!.length ? index : longest), 0);
}

function breakLines(words: readonly string[]): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    const isFull = last === undefined || last.length + 1 + word.length > lettersPerLine;
    if (isFull && lines.length < mostLines) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
