import { doubleMetaphone } from 'double-metaphone';
import { isEnglishWord } from './english-words.ts';
import type { GlossaryTerm } from './glossary-terms.ts';
import type { Word } from './transcript.ts';

/**
 * How alike a near miss must be to its term. Sound is compared by Double Metaphone (L. Philips, 2000), spelling letter by
 * letter; both as 1 − edit distance ÷ length. The numbers are by judgement: "cooper netties" (1.0 and 0.54) is Kubernetes,
 * "Nadine" (0.67 and 0.57) is not Nadella.
 */
const nearMiss = { sound: 0.8, meanOfSoundAndSpelling: 0.75 };

/** The same where all the words heard are English and spelled right, which only a term that a person gave may change. */
const nearIdentical = { sound: 0.85, spelling: 0.75 };

/** A term this short is only found spelled alike (`g p t`, `Gpt`): too much sounds like it. In letters. */
const minLettersBySound = 4;

/** Words this far apart are not one name, in ms. */
const maxGapMs = 600;

/** A name may be heard as this many words more than it has: "pattern pivot" for PatternPivot. */
const maxExtraWords = 2;

type Sounded = { readonly letters: string; readonly codes: readonly string[] };
type Term = Sounded & { readonly words: readonly string[]; readonly origin: GlossaryTerm['origin'] };
type Token = { readonly lead: string; readonly core: string; readonly tail: string };
type Match = { readonly start: number; readonly end: number; readonly term: Term; readonly score: number };

/**
 * Puts a glossary's spelling in the place of words that sound like it, keeping what was heard in `heardAs`. Several words may
 * become one, or one several; times stay within those of the words heard. English words that are spelled right are changed
 * only for a term that a person gave, and only when they sound almost the same.
 */
export function correctNames(words: readonly Word[], glossary: readonly GlossaryTerm[]): Word[] {
  const terms = glossary.map(readTerm).filter((term) => term.letters.length >= 2);
  if (terms.length === 0) return [...words];
  const tokens = words.map((word) => splitWord(word.text));
  const matches = findMatches(words, tokens, terms).sort((a, b) => b.score - a.score || a.start - b.start);
  const taken = new Uint8Array(words.length);
  const chosen = matches.filter((match) => {
    if (taken.subarray(match.start, match.end).includes(1)) return false;
    taken.fill(1, match.start, match.end);
    return true;
  });
  chosen.sort((a, b) => a.start - b.start);

  const result: Word[] = [];
  let next = 0;
  for (const match of chosen) {
    // What is written so already took part, so that its words were not taken for another match.
    const put = isWrittenSo(tokens, match)
      ? words.slice(match.start, match.end)
      : replace(words, tokens, match);
    result.push(...words.slice(next, match.start), ...put);
    next = match.end;
  }
  return [...result, ...words.slice(next)];
}

function readTerm(term: GlossaryTerm): Term {
  return { words: term.text.split(' '), origin: term.origin, ...soundOf(term.text) };
}

function soundOf(text: string): Sounded {
  const letters = text
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, '');
  return { letters, codes: [...new Set(doubleMetaphone(letters))] };
}

/** Parts a word as written into what stands before it, the word itself, and what follows: punctuation, a possessive. */
function splitWord(text: string): Token {
  const match = /^([^\p{L}\p{N}]*)(.*?)((?:['’]s)?[^\p{L}\p{N}]*)$/u.exec(text);
  return { lead: match?.[1] ?? '', core: match?.[2] ?? text, tail: match?.[3] ?? '' };
}

function findMatches(words: readonly Word[], tokens: readonly Token[], terms: readonly Term[]): Match[] {
  const matches: Match[] = [];
  const longest = Math.max(...terms.map((term) => term.words.length)) + maxExtraWords;
  for (let start = 0; start < words.length; start++) {
    let allEnglish = true;
    let text = '';
    for (let end = start + 1; end <= Math.min(words.length, start + longest); end++) {
      if (end - start > 1 && !canJoin(words, tokens, end - 1)) break;
      const core = tokens[end - 1]?.core ?? '';
      if (core === '') break;
      text += core;
      allEnglish &&= isEnglishWord(core);
      const heard = soundOf(text);
      for (const term of terms) {
        if (end - start > term.words.length + maxExtraWords) continue;
        const score = likeness(heard, term, allEnglish);
        if (score !== undefined) matches.push({ start, end, term, score });
      }
    }
  }
  return matches;
}

/** Whether a word may belong to one name with the word before it: no punctuation and no pause between them. */
function canJoin(words: readonly Word[], tokens: readonly Token[], index: number): boolean {
  const word = words[index];
  const previous = words[index - 1];
  if (word === undefined || previous === undefined) return false;
  return (
    tokens[index - 1]?.tail === '' && tokens[index]?.lead === '' && word.startMs - previous.endMs <= maxGapMs
  );
}

/** How alike, 0 to 1, or undefined when too little. */
function likeness(heard: Sounded, term: Term, allEnglish: boolean): number | undefined {
  if (heard.letters === term.letters) return term.origin === 'given' || !allEnglish ? 1 : undefined;
  if (term.letters.length < minLettersBySound || heard.letters.length < minLettersBySound) return undefined;
  if (allEnglish && term.origin !== 'given') return undefined;
  let sound = 0;
  for (const a of heard.codes) {
    for (const b of term.codes) if (a[0] === b[0]) sound = Math.max(sound, similarity(a, b));
  }
  if (sound < nearMiss.sound) return undefined;
  const spelling = similarity(heard.letters, term.letters);
  const mean = (sound + spelling) / 2;
  const near = allEnglish
    ? sound >= nearIdentical.sound && spelling >= nearIdentical.spelling
    : mean >= nearMiss.meanOfSoundAndSpelling;
  return near ? mean : undefined;
}

function similarity(a: string, b: string): number {
  const longer = Math.max(a.length, b.length);
  return longer === 0 ? 1 : 1 - editDistance(a, b) / longer;
}

function editDistance(a: string, b: string): number {
  const row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    let diagonal = i - 1;
    row[0] = i;
    for (let j = 1; j <= b.length; j++) {
      const above = row[j] ?? 0;
      row[j] = Math.min(above + 1, (row[j - 1] ?? 0) + 1, diagonal + (a[i - 1] === b[j - 1] ? 0 : 1));
      diagonal = above;
    }
  }
  return row[b.length] ?? 0;
}

function isWrittenSo(tokens: readonly Token[], { start, end, term }: Match): boolean {
  const cores = tokens.slice(start, end).map((token) => token.core);
  return cores.join(' ') === term.words.join(' ');
}

function replace(words: readonly Word[], tokens: readonly Token[], match: Match): Word[] {
  const heard = words.slice(match.start, match.end);
  const first = heard[0];
  const last = heard.at(-1);
  if (first === undefined || last === undefined) return [];
  const lead = tokens[match.start]?.lead ?? '';
  const tail = tokens[match.end - 1]?.tail ?? '';
  const heardAs = tokens
    .slice(match.start, match.end)
    .map((token) => token.core)
    .join(' ');
  const confidence = Math.min(...heard.map((word) => word.confidence));
  const termWords = match.term.words;
  const totalLetters = termWords.join('').length;
  let lettersBefore = 0;
  return termWords.map((text, index) => {
    const atLetter = (letters: number) =>
      Math.round(first.startMs + ((last.endMs - first.startMs) * letters) / totalLetters);
    const same = termWords.length === heard.length ? heard[index] : undefined;
    const word: Word = {
      text: `${index === 0 ? lead : ''}${text}${index === termWords.length - 1 ? tail : ''}`,
      startMs: same?.startMs ?? atLetter(lettersBefore),
      endMs: same?.endMs ?? atLetter(lettersBefore + text.length),
      confidence,
      heardAs,
    };
    lettersBefore += text.length;
    return word;
  });
}
