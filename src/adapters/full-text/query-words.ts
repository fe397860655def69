/**
 * Words as full text sees them. SQLite's tokeniser parts words at spaces and punctuation, which scripts without spaces have none of:
 * their letters are indexed one by one, and a word of theirs is looked for as its letters in a row.
 */

/** Scripts that are written without spaces between words, and Hangul, whose words carry their particles. */
const letterwise =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}ー][\p{M}\u200d]*/gu;

/** A word: letters and digits, and what joins them: don't, 1,234.5, state-of-the-art. */
const word = /[\p{L}\p{N}][\p{L}\p{N}\p{M}]*(?:['’.,\-·][\p{L}\p{N}][\p{L}\p{N}\p{M}]*)*/gu;

/** So many words of a query count: who pastes a page finds what the page is about by its first part. */
const maxWords = 200;

/** Words in every other sentence: they find everything and tell nothing, so they count only where a query has no others. */
const commonWords = new Set(
  (
    "a about all am an and any are as at be been but by can could did do does for from had has have he her his how i i'd i'll i'm i've if in is it it's its " +
    'just me my no not of on one or our out so some than that the their them then there these they this to up us was we were ' +
    'what when where which who why will with would you your'
  ).split(' '),
);

/** A text as it is indexed. */
export function spreadLetters(text: string): string {
  return text.normalize('NFC').replace(letterwise, ' $& ');
}

const segmenter = new Intl.Segmenter(undefined, { granularity: 'word' });

/**
 * The words of what a person typed, each once, without those that tell nothing. Never syntax: quotes, colons, stars, AND and NEAR are read as
 * punctuation and words.
 */
export function readQueryWords(query: string): string[] {
  const words = new Set<string>();
  // What is typed by no person is not read to its end.
  for (const [text] of query.slice(0, 20_000).normalize('NFC').matchAll(word)) {
    for (const part of partWord(text)) words.add(part.toLowerCase().replaceAll('’', "'"));
  }
  const all = [...words];
  const telling = all.filter((one) => !commonWords.has(one));
  return (telling.length > 0 ? telling : all).slice(0, maxWords);
}

/** Parts a run without spaces into its words, as far as a dictionary knows them. */
function partWord(text: string): string[] {
  if (text.search(letterwise) === -1) return [text];
  return [...segmenter.segment(text)]
    .filter(({ isWordLike }) => isWordLike === true)
    .map(({ segment }) => segment);
}

/** A word as an expression of FTS5: a quoted phrase, in which nothing is syntax (https://sqlite.org/fts5.html#full_text_query_syntax). */
export function quoteWord(text: string): string {
  return `"${spreadLetters(text).replaceAll('"', ' ').replaceAll('\0', ' ').trim()}"`;
}
