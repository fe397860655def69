import { RE2JS, RE2JSException } from 're2js';
import { joinsTightly, joinWords } from '../../domain/caption-join.ts';
import { PatternPivotError } from '../../domain/errors.ts';
import type { TimeRange } from '../../domain/time.ts';
import type { Transcript, Word } from '../../domain/transcript.ts';

/** A pattern may be this long, in characters, and its machine this large: that bounds what an hour of talk costs to a second or so. */
const maxPatternChars = 1000;
const maxProgramSize = 1000;

/** One match may hold this many words: `.*` is the whole talk, which is no occurrence of anything. */
const maxMatchWords = 200;

/** Words that a pattern matches: which of the transcript, half-open, when, and what stands around them. */
export type Occurrence = TimeRange & {
  readonly wordStart: number;
  readonly wordEnd: number;
  /** The words as they are written, all of each that the pattern touches. */
  readonly text: string;
  readonly before: string;
  readonly after: string;
};

/** A regular expression that is ready to be looked for. */
export type WordPattern = {
  /** Where it is said in a transcript, in order, without overlaps; at most `limit`. `around`: so many words of context on each side. */
  find(
    transcript: Pick<Transcript, 'words'>,
    options: { readonly limit: number; readonly around: number },
  ): readonly Occurrence[];
};

/** How a pattern is read. Default: capital letters do not count, and it may begin and end within a word. */
export type PatternOptions = { readonly isCaseSensitive?: boolean; readonly isWholeWords?: boolean };

/**
 * Reads a regular expression in the syntax of RE2 (https://github.com/google/re2/wiki/Syntax): no look-around and no references
 * back, and in return its time grows with the text alone, whatever the pattern. Apostrophes match straight and curly ones.
 * @throws input.pattern
 */
export function compilePattern(pattern: string, options: PatternOptions = {}): WordPattern {
  const refuse = (what: string, cause?: unknown) =>
    new PatternPivotError('input.pattern', `The pattern ${JSON.stringify(pattern.slice(0, 80))} ${what}.`, {
      hint: String.raw`Write words, or a regular expression like "time|hours?" or "\bso\b.{0,20}\bthat\b".`,
      cause,
    });
  if (pattern.trim() === '') throw refuse('is empty');
  if (pattern.length > maxPatternChars) throw refuse(`is longer than ${maxPatternChars} characters`);
  const straight = straighten(pattern);
  const whole = options.isWholeWords === true ? String.raw`\b(?:${straight})\b` : straight;
  let machine: RE2JS;
  try {
    machine = RE2JS.compile(whole, options.isCaseSensitive === true ? 0 : RE2JS.CASE_INSENSITIVE);
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    throw refuse(
      `cannot be used: ${error.message.replace(/^error parsing regexp: /u, '').replace('`(?i)', '`')}`,
      error,
    );
  }
  if (machine.programSize() > maxProgramSize)
    throw refuse('repeats too much: its machine would be too large');
  return {
    find({ words }, { limit, around }) {
      const { text, starts } = writeText(words);
      const matcher = machine.matcher(text);
      const found: Occurrence[] = [];
      let nextWord = 0;
      while (found.length < limit && matcher.find()) {
        // A match may begin or end with the space beside a word.
        const matched = text.slice(matcher.start(), matcher.end());
        const startChar = matcher.start() + matched.length - matched.trimStart().length;
        const endChar = matcher.start() + matched.trimEnd().length;
        if (startChar >= endChar) continue;
        // Of two matches in one word the first counts.
        const wordStart = Math.max(nextWord, lastAtOrBefore(starts, startChar));
        const wordEnd = Math.min(lastAtOrBefore(starts, endChar - 1) + 1, wordStart + maxMatchWords);
        if (wordEnd <= wordStart) continue;
        nextWord = wordEnd;
        found.push(describe(words, wordStart, wordEnd, around));
      }
      return found;
    },
  };
}

function describe(words: readonly Word[], wordStart: number, wordEnd: number, around: number): Occurrence {
  const textOf = (from: number, to: number) => joinWords(words.slice(from, to).map((word) => word.text));
  const members = words.slice(wordStart, wordEnd);
  const startMs = members[0]?.startMs ?? 0;
  return {
    wordStart,
    wordEnd,
    startMs,
    endMs: members.reduce((latest, word) => Math.max(latest, word.endMs), startMs),
    text: textOf(wordStart, wordEnd),
    before: textOf(Math.max(0, wordStart - around), wordStart),
    after: textOf(wordEnd, wordEnd + around),
  };
}

/** All words as one text, apostrophes straight, and where in it each begins. */
function writeText(words: readonly Word[]): { readonly text: string; readonly starts: readonly number[] } {
  const starts: number[] = [];
  const pieces: string[] = [];
  let length = 0;
  for (const [index, { text }] of words.entries()) {
    const before = words[index - 1]?.text;
    const piece = before === undefined || joinsTightly(before, text) ? text : ` ${text}`;
    starts.push(length + piece.length - text.length);
    pieces.push(piece);
    length += piece.length;
  }
  return { text: straighten(pieces.join('')), starts };
}

/** The index of the last of the sorted numbers that is not above a value. */
function lastAtOrBefore(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
}

/** One character for one: places in the text stay. */
function straighten(text: string): string {
  return text.replaceAll(/[’‘ʼ]/gu, "'");
}
