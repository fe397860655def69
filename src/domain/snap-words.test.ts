import { expect, test } from 'vitest';
import { snapWordsToSpeech } from './snap-words.ts';
import type { Word } from './transcript.ts';

const word = (text: string, startMs: number, endMs: number): Word => ({
  text,
  startMs,
  endMs,
  confidence: 1,
});
const times = (words: readonly Word[]) => words.map(({ startMs, endMs }) => [startMs, endMs]);

test('a word that begins in a pause begins where speech sets in again', () => {
  const words = [word('one', 0, 900), word('two', 1200, 2300)];
  const speech = [
    { startMs: 0, endMs: 900 },
    { startMs: 2000, endMs: 2600 },
  ];
  expect(times(snapWordsToSpeech(words, speech))).toEqual([
    [0, 900],
    [2000, 2300],
  ]);
});

test('a word that was stretched over a pause is cut to the side on which most of it was spoken', () => {
  const speech = [
    { startMs: 0, endMs: 900 },
    { startMs: 2000, endMs: 2600 },
  ];
  expect(times(snapWordsToSpeech([word('late', 850, 2500)], speech))).toEqual([[2000, 2500]]);
  expect(times(snapWordsToSpeech([word('early', 300, 2050)], speech))).toEqual([[300, 900]]);
});

test('the first word after a pause is pulled to the onset when it lies a little after it, the second is not', () => {
  const words = [word('well', 1150, 1200), word('then', 1200, 1500)];
  expect(times(snapWordsToSpeech(words, [{ startMs: 1000, endMs: 2000 }]))).toEqual([
    [1000, 1200],
    [1200, 1500],
  ]);
  expect(times(snapWordsToSpeech([word('far', 1600, 1700)], [{ startMs: 1000, endMs: 2000 }]))).toEqual([
    [1600, 1700],
  ]);
});

test('a silence of less than 100 ms inside a word is no pause', () => {
  const speech = [
    { startMs: 0, endMs: 400 },
    { startMs: 460, endMs: 1000 },
  ];
  expect(times(snapWordsToSpeech([word('outpost', 100, 800)], speech))).toEqual([[0, 800]]);
});

test('words where no speech was heard stay, and all words stay in order', () => {
  expect(times(snapWordsToSpeech([word('ghost', 500, 700)], []))).toEqual([[500, 700]]);
  const words = [word('a', 900, 1300), word('b', 1250, 1260), word('c', 1255, 2500)];
  const snapped = snapWordsToSpeech(words, [{ startMs: 2000, endMs: 2600 }]);
  for (const [index, item] of snapped.entries()) {
    expect(item.startMs).toBeLessThan(item.endMs + 1);
    expect(item.startMs).toBeGreaterThanOrEqual(snapped[index - 1]?.startMs ?? 0);
  }
});
