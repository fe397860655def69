import { describe, expect, test } from 'vitest';
import { groupSentences, type Transcript } from '../../domain/transcript.ts';
import { cutOccurrences } from './cut-occurrences.ts';
import { compilePattern } from './find-words.ts';

/** Words of 300 ms, with 100 ms between; 900 ms where a word is followed by `|`. */
function makeTranscript(text: string): Transcript {
  let atMs = 1000;
  const words = text.split(' ').flatMap((word) => {
    if (word === '|') {
      atMs += 800;
      return [];
    }
    const startMs = atMs;
    atMs += 400;
    return [{ text: word, startMs, endMs: startMs + 300, confidence: 1 }];
  });
  return {
    version: 1,
    language: 'en',
    source: 'test',
    durationMs: atMs,
    words,
    sentences: groupSentences(words),
    speech: [],
    fillers: [],
  };
}

const talk = makeTranscript(
  'I don’t have time. | Time’s up, he said, and 😀 sometimes the times change. 25 % of it.',
);

const find = (pattern: string, options = {}) =>
  compilePattern(pattern, options)
    .find(talk, { limit: 100, around: 2 })
    .map(({ text, startMs, endMs }) => [text, startMs, endMs]);

describe('a pattern', () => {
  test('is found as whole words with their times, whatever the capitals', () => {
    expect(find('time')).toEqual([
      ['time.', 2200, 2500],
      ['Time’s', 3400, 3700],
      ['sometimes', 5800, 6100],
      ['times', 6600, 6900],
    ]);
    expect(find('time', { isWholeWords: true }).map(([text]) => text)).toEqual(['time.', 'Time’s']);
    expect(find('Time', { isCaseSensitive: true }).map(([text]) => text)).toEqual(['Time’s']);
  });

  test('may go over several words, and takes straight apostrophes for curly ones', () => {
    expect(find(String.raw`don't have\s+\w+`)).toEqual([['don’t have time.', 1400, 2500]]);
    expect(find(' up, ').map(([text]) => text)).toEqual(['up,']);
    expect(find('😀 some')).toEqual([['😀 sometimes', 5400, 6100]]);
    expect(find(String.raw`\d+ %`).map(([text]) => text)).toEqual(['25 %']);
  });

  test('matches nothing that has no letters of its own, and never a word twice', () => {
    expect(find('x*')).toEqual([]);
    expect(find(String.raw`\s`)).toEqual([]);
    expect(find('m|e').map(([text]) => text)).toEqual([
      'have',
      'time.',
      'Time’s',
      'he',
      'sometimes',
      'the',
      'times',
      'change.',
    ]);
  });

  test('is told with the words around it', () => {
    const [first] = compilePattern('up').find(talk, { limit: 1, around: 2 });
    expect(first).toMatchObject({ before: 'time. Time’s', text: 'up,', after: 'he said,' });
  });

  test('finds what is written without spaces', () => {
    const words = [...'今日は時間がない'].map((text, index) => ({
      text,
      startMs: index * 200,
      endMs: index * 200 + 200,
      confidence: 1,
    }));
    expect(compilePattern('時間').find({ words }, { limit: 9, around: 1 })).toMatchObject([
      { text: '時間', startMs: 600, endMs: 1000, before: 'は', after: 'が' },
    ]);
  });
});

test.each([
  ['', 'is empty'],
  ['[', 'cannot be used: missing closing .'],
  [String.raw`(a)\1`, 'cannot be used: invalid escape sequence'],
  ['(?=a)b', 'cannot be used: invalid or unsupported'],
  ['((a{100}){100}){100}', 'cannot be used: invalid repeat count'],
  ['(?:(?:(?:.?){60}){60})', 'cannot be used|repeats too much'],
  ['a'.repeat(1001), 'is longer than 1000'],
  ['('.repeat(900), 'cannot be used'],
])('the pattern %j is refused with words', (pattern, why) => {
  expect(() => compilePattern(pattern)).toThrow(
    expect.objectContaining({ code: 'input.pattern', message: expect.stringMatching(new RegExp(why, 'u')) }),
  );
});

test.each(['(a+)+$', '(x+x+)+y', '(a|a)*b', '(.*)(.*)(.*)(.*)zz', '(?:a?){100}a{100}'])(
  'the hostile pattern %s costs no more than any other over a hundred pages',
  (pattern) => {
    const text = `${'a'.repeat(180)} x${'x'.repeat(60)} said so`;
    const words = Array.from({ length: 2000 }, (_, index) => ({
      text: text.split(' ')[index % 4]!,
      startMs: index * 300,
      endMs: index * 300 + 200,
      confidence: 1,
    }));
    const startedAt = performance.now();
    compilePattern(pattern).find({ words }, { limit: 1000, around: 3 });
    expect(performance.now() - startedAt).toBeLessThan(5000);
  },
);

test('a supercut takes a little air with each word and nothing of its neighbours; what touches is one cut', () => {
  const cuts = (pattern: string) =>
    cutOccurrences(compilePattern(pattern).find(talk, { limit: 100, around: 0 }), talk).map(
      ({ startMs, endMs, text }) => [text, startMs, endMs],
    );
  // 100 ms lie between words, 900 where the speaker breathes.
  expect(cuts(String.raw`\btime\b`)).toEqual([
    ['time.', 2100, 2680],
    ['Time’s', 3300, 3800],
  ]);
  expect(cuts('sometimes|the')).toEqual([['sometimes … the', 5700, 6600]]);
  expect(cuts(String.raw`\bI\b`)).toEqual([['I', 900, 1400]]);
});
