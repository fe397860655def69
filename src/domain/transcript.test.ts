import { describe, expect, test } from 'vitest';
import { assertWordsInOrder, groupSentences, type Word } from './transcript.ts';

/** Words of 200 ms, 50 ms apart, or after the pause that follows a `|` (2 s). */
function makeWords(text: string): Word[] {
  const words: Word[] = [];
  let cursorMs = 0;
  for (const token of text.split(' ')) {
    if (token === '|') {
      cursorMs += 2000;
      continue;
    }
    words.push({ text: token, startMs: cursorMs, endMs: cursorMs + 200, confidence: 1 });
    cursorMs += 250;
  }
  return words;
}

describe('sentences', () => {
  test('end where the punctuation says so, quotes included', () => {
    const sentences = groupSentences(makeWords('He said "stop!" Then he left. Why?'));
    expect(sentences.map((sentence) => sentence.text)).toEqual(['He said "stop!"', 'Then he left.', 'Why?']);
    expect(sentences.map(({ wordStart, wordEnd }) => [wordStart, wordEnd])).toEqual([
      [0, 3],
      [3, 6],
      [6, 7],
    ]);
  });

  test('do not end after a title or an initial', () => {
    const sentences = groupSentences(makeWords('Dr. Smith met J. Doe etc. today.'));
    expect(sentences).toHaveLength(1);
  });

  test('end at a long pause when nobody wrote a full stop', () => {
    const sentences = groupSentences(makeWords('one two | three four'));
    expect(sentences.map((sentence) => sentence.text)).toEqual(['one two', 'three four']);
    expect(sentences[1]?.startMs).toBe(2500);
  });

  test('of no words are none', () => {
    expect(groupSentences([])).toEqual([]);
  });
});

describe('the order of words', () => {
  test('is refused when a word starts before the one in front of it, with its place', () => {
    const words: Word[] = [
      { text: 'late', startMs: 500, endMs: 600, confidence: 1 },
      { text: 'early', startMs: 100, endMs: 200, confidence: 1 },
    ];
    expect(() => assertWordsInOrder(words)).toThrowError(/Word 1 \("early"\)/);
  });

  test('allows overlapping neighbours, which real alignments have', () => {
    const words: Word[] = [
      { text: 'a', startMs: 0, endMs: 300, confidence: 1 },
      { text: 'b', startMs: 250, endMs: 400, confidence: 1 },
    ];
    expect(() => assertWordsInOrder(words)).not.toThrow();
  });
});
