/** A part of a text, `start` to `end` in UTF-16 units, half-open. */
export type MarkedPart = { readonly start: number; readonly end: number };

const word = /[\p{L}\p{N}][\p{L}\p{N}\p{M}]*(?:['’][\p{L}]+)?/gu;

/** Words in every other sentence: marking them marks everything. */
const commonWords = new Set(
  (
    'a about all am an and any are as at be been but by can could did do does for from had has have he her his how i if in is it its just ' +
    'me my no not of on one or our out she so some than that the their them then there these they this to up us was we were what when ' +
    'where which who why will with would you your'
  ).split(' '),
);

/** So many words of a query are marked at most. */
const maxWords = 200;

/** Where the words of a query stand in a text, whatever their ending: what a person looks for with their eyes. Pure. */
export function markWords(text: string, query: string): MarkedPart[] {
  const stems = new Set<string>();
  for (const [found] of query.slice(0, 20_000).matchAll(word)) {
    const plain = fold(found);
    if (!commonWords.has(plain) && stems.size < maxWords) stems.add(stem(plain));
  }
  return [...text.matchAll(word)].flatMap(({ 0: found, index }) =>
    stems.has(stem(fold(found))) ? [{ start: index, end: index + found.length }] : [],
  );
}

/** Scripts without spaces between words: what stands between two marks there is no word. */
const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

/** The words of a query that say what it is about, each once, as they are written: without the commonest, and without scripts that put no spaces. Pure. */
export function tellingWords(query: string): string[] {
  const words = new Map<string, string>();
  for (const [found] of query.slice(0, 20_000).matchAll(word)) {
    const plain = fold(found);
    if (commonWords.has(plain) || unspaced.test(found) || words.has(plain)) continue;
    words.set(plain, found);
  }
  return [...words.values()];
}

function fold(text: string): string {
  return text
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/['’]s$/u, '');
}

/** Without its commonest English endings: audiences, audience; leaving, leaves. */
function stem(text: string): string {
  if (text.length < 4) return text;
  const cut = text.replace(/(?:ies|ing|ed|es|s|y|e)$/u, '');
  return cut.length < 3 ? text : cut;
}
