import { RecursiveCharacterTextSplitter } from '@langchain/textsplitters';
import { isUnspaced, joinWords } from '../../domain/caption-join.ts';
import type { TimeRange } from '../../domain/time.ts';
import type { Sentence, Word } from '../../domain/transcript.ts';

/** What chunks are made of: a sentence, or a part of a long one. Words `wordStart` to `wordEnd`, half-open; times are theirs, in ms. */
export type Unit = TimeRange & {
  /** Its place in the transcript's sentences. */
  readonly sentence: number;
  readonly wordStart: number;
  readonly wordEnd: number;
  readonly text: string;
  readonly speaker: string | undefined;
};

/** Characters of nobody's: one marks the beginning of a word, the other that of one after the end of a clause. The splitter cuts at them alone. */
const wordMark = '\uE001';
const clauseMark = '\uE002';
const marks = /[\uE001\uE002]/u;
const clauseEnd = /[;:,–—；：、，،]["'”’)\]」』）】]*$/u;

/** Sentences as units: as they are, or cut between words where they are longer than `maxChars` or change their speaker. */
export async function splitIntoUnits(
  words: readonly Word[],
  sentences: readonly Sentence[],
  maxChars: number,
): Promise<Unit[]> {
  const splitter = new RecursiveCharacterTextSplitter({
    chunkSize: maxChars,
    chunkOverlap: 0,
    separators: [clauseMark, wordMark],
    keepSeparator: true,
    lengthFunction: lengthOfMarked,
  });
  const units: Unit[] = [];
  for (const [sentence, { wordStart, wordEnd }] of sentences.entries()) {
    for (const turn of splitAtSpeakers(words, wordStart, Math.min(wordEnd, words.length))) {
      const text = textOf(words, turn.start, turn.end);
      const parts = text.length <= maxChars ? [turn] : await cutBetweenWords(words, turn, splitter);
      for (const part of parts) units.push(unitOf(words, sentence, part));
    }
  }
  return units;
}

type WordRange = { readonly start: number; readonly end: number };

function splitAtSpeakers(words: readonly Word[], start: number, end: number): WordRange[] {
  const turns: WordRange[] = [];
  let from = start;
  for (let index = start + 1; index <= end; index++) {
    if (index < end && words[index]?.speaker === words[from]?.speaker) continue;
    turns.push({ start: from, end: index });
    from = index;
  }
  return turns;
}

/** Cuts between clauses, or between words where a clause is too long. A word alone may be longer than a part should be. */
async function cutBetweenWords(
  words: readonly Word[],
  { start, end }: WordRange,
  splitter: RecursiveCharacterTextSplitter,
): Promise<WordRange[]> {
  let marked = '';
  for (let index = start; index < end; index++) {
    const follows = index > start && clauseEnd.test(words[index - 1]?.text ?? '');
    const text = words[index]?.text ?? '';
    marked += `${follows ? clauseMark : wordMark}${text.split(marks).join(' ')}`;
  }
  const ranges: WordRange[] = [];
  let from = start;
  for (const part of await splitter.splitText(marked)) {
    const to = from + part.split(marks).length - 1;
    // A part without a mark is the rest of a word that is too long alone.
    if (to > from) ranges.push({ start: from, end: to });
    from = to;
  }
  return ranges;
}

/** How long marked words are as text, with the space before them: the splitter adds lengths up. */
function lengthOfMarked(marked: string): number {
  const words = marked.split(marks).slice(1);
  const isTight = isUnspaced(words[0] ?? '');
  return joinWords(words).length + (isTight ? 0 : 1);
}

function unitOf(words: readonly Word[], sentence: number, { start, end }: WordRange): Unit {
  let endMs = 0;
  for (let index = start; index < end; index++) endMs = Math.max(endMs, words[index]?.endMs ?? 0);
  return {
    sentence,
    wordStart: start,
    wordEnd: end,
    startMs: words[start]?.startMs ?? 0,
    endMs,
    text: textOf(words, start, end),
    speaker: words[start]?.speaker,
  };
}

function textOf(words: readonly Word[], start: number, end: number): string {
  return joinWords(words.slice(start, end).map((word) => word.text));
}
