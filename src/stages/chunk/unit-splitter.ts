import { TextSplitter } from '@langchain/textsplitters';
import { joinWords } from '../../domain/caption-join.ts';
import type { Word } from '../../domain/transcript.ts';
import type { Unit } from './units.ts';

/**
 * A LangChain text splitter whose pieces are whole units and whose overlap is counted in sentences: LangChain's own count both in
 * characters, and would begin a chunk in the middle of a thought.
 */
export class UnitSplitter extends TextSplitter {
  readonly #overlapSentences: number;

  constructor({ maxChars, overlapSentences }: { maxChars: number; overlapSentences: number }) {
    super({ chunkSize: maxChars, chunkOverlap: 0 });
    this.#overlapSentences = overlapSentences;
  }

  static override lc_name(): string {
    return 'UnitSplitter';
  }

  /** Chunks of a text with a sentence a line. */
  async splitText(text: string): Promise<string[]> {
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    const lengths = lines.map((line) => line.length);
    const ranges = this.#merge(
      lines.map((_, index) => index),
      (start, end) => lengths.slice(start, end).reduce((sum, length) => sum + length + 1, -1),
    );
    return ranges.map(({ start, end }) => lines.slice(start, end).join('\n'));
  }

  /** Which units stand together, half-open. The units follow upon each other. */
  splitUnits(units: readonly Unit[], words: readonly Word[]): { start: number; end: number }[] {
    return this.#merge(
      units.map((unit) => unit.sentence),
      (start, end) => {
        const spoken = words.slice(units[start]!.wordStart, units[end - 1]!.wordEnd);
        return joinWords(spoken.map((word) => word.text)).length;
      },
    );
  }

  /** `sentences`: to which each unit belongs. `lengthOf`: how long units `start` to `end` are together, in characters. */
  #merge(
    sentences: readonly number[],
    lengthOf: (start: number, end: number) => number,
  ): { start: number; end: number }[] {
    const ranges: { start: number; end: number }[] = [];
    let start = 0;
    for (let end = 1; end <= sentences.length; end++) {
      if (end === sentences.length) {
        ranges.push({ start, end });
        break;
      }
      if (lengthOf(start, end + 1) <= this.chunkSize) continue;
      ranges.push({ start, end });
      start = this.#overlapStart(sentences, lengthOf, start, end);
    }
    return ranges;
  }

  /** How far back the next chunk begins: so that what is shared leaves at least half of the room to what is new. */
  #overlapStart(
    sentences: readonly number[],
    lengthOf: (start: number, end: number) => number,
    previousStart: number,
    end: number,
  ): number {
    let start = end;
    for (let index = end - 1; index > previousStart; index--) {
      if (new Set(sentences.slice(index, end)).size > this.#overlapSentences) break;
      if (lengthOf(index, end) > this.chunkSize / 2 || lengthOf(index, end + 1) > this.chunkSize) break;
      start = index;
    }
    return start;
  }
}
