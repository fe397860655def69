import { isEnglishWord } from './english-words.ts';
import { PatternPivotError } from './errors.ts';
import type { Source } from './source.ts';

/** A name to be spelled right, and whether a person gave it or it was drawn from what is written on the file. */
export type GlossaryTerm = { readonly text: string; readonly origin: 'given' | 'drawn' };

/** How many terms one glossary may have, how long each may be, in characters, and of how many words. */
const glossaryLimits = { terms: 1000, termChars: 80, termWords: 6 };

/** Tags that name people and subjects. Descriptions and comments are left out: too long, too often boilerplate. */
const namingTags = new Set(['title', 'artist', 'album_artist', 'author', 'performer', 'show', 'album']);

/** A drawn word must have this many letters: short ones sound like too much else. */
const minDrawnLetters = 4;

/** Checks terms that a person gave. Blank ones and doubles fall away. @throws input.glossary_term, input.glossary_too_long */
export function readGlossary(terms: readonly string[]): GlossaryTerm[] {
  const texts = new Set(terms.map((term) => term.trim().replaceAll(/\s+/gu, ' ')));
  texts.delete('');
  if (texts.size > glossaryLimits.terms) {
    throw new PatternPivotError(
      'input.glossary_too_long',
      `The glossary has ${texts.size} terms; at most ${glossaryLimits.terms} are allowed.`,
      { hint: 'Keep the names and terms that recognition gets wrong.' },
    );
  }
  for (const text of texts) {
    const reason =
      text.length > glossaryLimits.termChars
        ? `is longer than ${glossaryLimits.termChars} characters`
        : text.split(' ').length > glossaryLimits.termWords
          ? `has more than ${glossaryLimits.termWords} words`
          : !/\p{Script=Latin}/u.test(text)
            ? 'has no Latin letters, so its sound cannot be compared'
            : undefined;
    if (reason !== undefined) {
      throw new PatternPivotError(
        'input.glossary_term',
        `The glossary term "${text.slice(0, 100)}" ${reason}.`,
        {
          context: { term: text.slice(0, 200) },
          hint: 'Give single names and terms, such as "Kubernetes" or "Grace Hopper".',
        },
      );
    }
  }
  return [...texts].map((text) => ({ text, origin: 'given' }));
}

/**
 * Draws names from a file's name and its title and artist tags: words written with a capital inside or in front, of at
 * least four letters, that are no English words; and runs of them. Few and sure rather than many: a wrong term spoils words.
 */
export function drawTerms(source: Source): GlossaryTerm[] {
  const fileName = source.path.split(/[\\/]/u).at(-1) ?? '';
  const texts = [fileName.replace(/\.[^.]*$/u, '').replaceAll(/[_.+-]+/gu, ' ')];
  for (const [tag, value] of Object.entries(source.info.tags)) {
    if (namingTags.has(tag.toLowerCase())) texts.push(value);
  }
  return [...new Set(texts.flatMap(findNames))].slice(0, 50).map((text) => ({ text, origin: 'drawn' }));
}

/** Names in one line of text: each, and each run of several. */
function findNames(text: string): string[] {
  // All in capitals says nothing of what is a name.
  if (text === text.toUpperCase()) return [];
  const names: string[] = [];
  for (const phrase of text.split(/[^\p{L}\p{M}\p{N}\s'’-]+/u)) {
    let run: string[] = [];
    for (const word of [...phrase.split(/\s+/u), '']) {
      const plain = word.replace(/['’]s?$/u, '');
      if (isName(plain)) {
        names.push(plain);
        run.push(plain);
        continue;
      }
      if (run.length > 1 && run.length <= 3) names.push(run.join(' '));
      run = [];
    }
  }
  return names;
}

function isName(word: string): boolean {
  return (
    /^[\p{Script=Latin}\p{M}'’-]+$/u.test(word) &&
    word.length >= minDrawnLetters &&
    /\p{Lu}/u.test(word) &&
    // "How-To": every part is an English word.
    !word.split('-').every((part) => isEnglishWord(part))
  );
}
