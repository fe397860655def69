import { joinWords } from './caption-join.ts';
import { z } from 'zod';
import { isEnglishWord } from './english-words.ts';
import { timeRangeSchema, type TimeRange } from './time.ts';
import type { Sentence, Transcript, Word } from './transcript.ts';

/** A misheard word (or a few words in a row) and what was really said. */
export const fixSchema = z.strictObject({
  /** As it stands in the transcript, without the punctuation around it. */
  heard: z.string().min(1).max(200),
  /** One or more words; empty when nothing was said there. */
  right: z.string().max(200),
  /** Only here, in ms of the source; left out: wherever it stands. */
  places: z.array(timeRangeSchema).max(1000).optional(),
});
export type Fix = Readonly<z.infer<typeof fixSchema>>;

/** Where a phrase stands in a transcript: words `wordStart` to `wordEnd`, half-open, and their time in ms. */
export type HeardPlace = TimeRange & { readonly wordStart: number; readonly wordEnd: number };

/** Parts a word as written into what stands before it, the word itself, and what follows. */
function splitWord(text: string): { lead: string; core: string; tail: string } {
  const [, lead = '', core = '', tail = ''] =
    /^([^\p{L}\p{N}]*)(.*?)([^\p{L}\p{N}\p{M}]*)$/su.exec(text) ?? [];
  return { lead, core, tail };
}

const sameWord = (a: string, b: string) => a.localeCompare(b, 'en', { sensitivity: 'accent' }) === 0;

/** A text as a person typed it, without control characters and with single spaces. */
export function cleanPhrase(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]+/gu, ' ')
    .trim()
    .replace(/\s+/gu, ' ');
}

/** Finds a phrase in a transcript, whatever its case and the punctuation around it; never across a sentence's end. */
export function findHeard(transcript: Pick<Transcript, 'words' | 'sentences'>, phrase: string): HeardPlace[] {
  const wanted = cleanPhrase(phrase)
    .split(' ')
    .map((part) => splitWord(part).core || part);
  const places: HeardPlace[] = [];
  const { words } = transcript;
  const ends = new Set(transcript.sentences.map((sentence) => sentence.wordEnd));
  for (let start = 0; start + wanted.length <= words.length; start++) {
    const end = start + wanted.length;
    const isThere = wanted.every((part, index) => {
      const word = words[start + index];
      if (word === undefined || (index > 0 && ends.has(start + index))) return false;
      return sameWord(splitWord(word.text).core || word.text, part);
    });
    if (!isThere) continue;
    const endMs = Math.max(...words.slice(start, end).map((word) => word.endMs));
    places.push({ wordStart: start, wordEnd: end, startMs: words[start]?.startMs ?? 0, endMs });
    start = end - 1;
  }
  return places;
}

/** Puts fixes into a transcript, one after the other. Sentences keep their places, so that what counts them still holds. */
export function applyFixes(transcript: Transcript, fixes: readonly Fix[]): Transcript {
  return fixes.reduce(applyFix, transcript);
}

function applyFix(transcript: Transcript, fix: Fix): Transcript {
  const places = findHeard(transcript, fix.heard).filter((place) => isMeant(place, fix));
  if (places.length === 0) return transcript;
  const words: Word[] = [];
  /** Where each word of before lies now: the index of the first new word at or after it. */
  const moved: number[] = [];
  let next = 0;
  for (let index = 0; index < transcript.words.length;) {
    const place = places[next];
    const isHere = place !== undefined && place.wordStart === index;
    const end = isHere ? place.wordEnd : index + 1;
    const heard = transcript.words.slice(index, end);
    const put = isHere ? rewrite(heard, fix.right) : heard;
    if (isHere) next++;
    for (let at = index; at < end; at++) moved.push(words.length);
    words.push(...put);
    index = end;
  }
  moved.push(words.length);
  const sentences = transcript.sentences.map((sentence): Sentence => {
    const wordStart = moved[sentence.wordStart] ?? words.length;
    const wordEnd = moved[sentence.wordEnd] ?? words.length;
    const text = joinWords(words.slice(wordStart, wordEnd).map((word) => word.text));
    return { ...sentence, wordStart, wordEnd, text };
  });
  return { ...transcript, words, sentences };
}

function isMeant(place: TimeRange, { places }: Fix): boolean {
  if (places === undefined) return true;
  const middleMs = (place.startMs + place.endMs) / 2;
  return places.some(({ startMs, endMs }) => middleMs >= startMs && middleMs <= endMs);
}

/** The right words in the time of the heard ones, with the punctuation that stood around those unless some was given. */
function rewrite(heard: readonly Word[], right: string): Word[] {
  const [first, last] = [heard[0], heard.at(-1)];
  const parts = cleanPhrase(right)
    .split(' ')
    .filter((part) => part !== '');
  if (first === undefined || last === undefined || parts.length === 0) return [];
  const lead = splitWord(first.text).lead;
  const tail = splitWord(last.text).tail;
  const text = parts.map((part, index) => {
    const own = splitWord(part);
    const before = index === 0 && own.lead === '' ? lead : '';
    const after = index === parts.length - 1 && own.tail === '' ? tail : '';
    return `${before}${part}${after}`;
  });
  const heardAs = heard.map((word) => word.heardAs ?? splitWord(word.text).core).join(' ');
  const endMs = Math.max(...heard.map((word) => word.endMs));
  const letters = parts.reduce((sum, part) => sum + part.length, 0);
  let before = 0;
  return text.map((written, index): Word => {
    const same = parts.length === heard.length ? heard[index] : undefined;
    const at = (count: number) => Math.round(first.startMs + ((endMs - first.startMs) * count) / letters);
    const startMs = same?.startMs ?? at(before);
    before += parts[index]?.length ?? 0;
    const word = {
      text: written.slice(0, 200),
      startMs,
      endMs: same?.endMs ?? at(before),
      confidence: 1,
      heardAs,
    };
    return first.speaker === undefined ? word : Object.assign(word, { speaker: first.speaker });
  });
}

/** Puts fixes into a text that was made of the words before: a title. `range`: which stretch of the source it speaks of. */
export function fixText(text: string, fixes: readonly Fix[], range: TimeRange): string {
  return fixes.reduce((fixed, { heard, right, places }) => {
    const speaksOfIt =
      places === undefined ||
      places.some((place) => place.startMs < range.endMs && place.endMs > range.startMs);
    if (!speaksOfIt) return fixed;
    const pattern = cleanPhrase(heard)
      .replaceAll(/[\\^$.*+?()[\]{}|]/gu, String.raw`\$&`)
      .replaceAll(' ', String.raw`\s+`);
    const whole = new RegExp(String.raw`(?<![\p{L}\p{N}\p{M}])${pattern}(?![\p{L}\p{N}\p{M}])`, 'giu');
    const replaced = fixed.replace(whole, (found) => matchCase(found, right));
    return right === '' ? cleanPhrase(replaced) : replaced;
  }, text);
}

/** A title in capitals keeps them, and a first letter stays large. */
function matchCase(found: string, right: string): string {
  if (found.length > 1 && found === found.toUpperCase() && found !== found.toLowerCase())
    return right.toUpperCase();
  const first = found.charAt(0);
  const isLarge = first !== first.toLowerCase();
  return isLarge ? right.charAt(0).toUpperCase() + right.slice(1) : right;
}

/** What later runs should know how to spell: the right words of fixes that are names, and not plain English. */
export function fixedTerms(fixes: readonly Fix[]): string[] {
  const terms = fixes
    .map((fix) => cleanPhrase(fix.right).split(' '))
    .map((parts) => parts.map((part) => splitWord(part).core).filter((core) => core !== ''))
    .filter(isName)
    .map((parts) => parts.join(' '));
  return [...new Set(terms)].filter((term) => term.length <= 100);
}

/** Grace Hopper is made of English words: several in a row with large letters are a name too. */
function isName(parts: readonly string[]): boolean {
  if (parts.length > 1 && parts.every((part) => /^\p{Lu}/u.test(part))) return true;
  return parts.some((part) => !isEnglishWord(part));
}
