import { expect, it } from 'vitest';
import { decodePieces, groupTokens, modernSpelling, uncertainBelow } from './token-words.ts';

const tokens = (...list: [piece: string, startMs: number, probability?: number][]) =>
  list.map(([piece, startMs, probability = 0.9]) => ({
    piece,
    startMs,
    logLikelihood: Math.log(probability),
  }));

it('joins the tokens of a word and leaves the pause after it to its comma', () => {
  const words = groupTokens(
    tokens(['▁Hel', 100], ['lo', 300], [',', 500], ['▁you', 1400], ['.', 1700]),
    2000,
  );
  expect(words.map(({ text, startMs, endMs }) => [text, startMs, endMs])).toEqual([
    ['Hello,', 100, 500],
    ['you.', 1400, 1700],
  ]);
});

it('ends a word where the next begins, and the last where the sentence does', () => {
  const words = groupTokens(tokens(['▁one', 0], ['▁two', 400]), 900);
  expect(words.map((word) => word.endMs)).toEqual([400, 900]);
});

it('takes as confidence the mean probability of the spoken tokens and marks what is unsure', () => {
  const words = groupTokens(
    tokens(['▁sure', 0, 0.99], ['▁may', 100, 0.9], ['be', 200, 0.1], ['.', 300, 0.0001]),
    400,
  );
  expect(words[0]).toMatchObject({ confidence: 0.99 });
  expect(words[0]).not.toHaveProperty('uncertain');
  expect(words[1]).toMatchObject({ text: 'maybe.', confidence: 0.3, uncertain: true });
  expect(words[1]!.confidence).toBeLessThan(uncertainBelow);
});

it('hangs a lone dash on the word before it and forgets one that comes first', () => {
  const words = groupTokens(tokens(['▁—', 0], ['▁well', 100], ['▁—', 300], ['▁no', 500]), 900);
  expect(words.map((word) => word.text)).toEqual(['well —', 'no']);
});

it('spells characters that the vocabulary has only as bytes, and drops halves and control characters', () => {
  expect(decodePieces(['▁caf', '<0xC3>', '<0xA9>'])).toBe('café');
  expect(decodePieces(['▁a', '<0x0A>', 'b', '<0xC3>'])).toBe('ab');
  expect(groupTokens(tokens(['<0x0A>', 0], ['<0xC3>', 10]), 20)).toEqual([]);
});

it('makes no word longer than a transcript allows', () => {
  const words = groupTokens(
    tokens(['▁ha', 0], ...Array.from({ length: 150 }, () => ['ha', 10] as [string, number])),
    9,
  );
  expect(words).toHaveLength(1);
  expect(words[0]!.text.length).toBeLessThanOrEqual(200);
  expect(words[0]!.endMs).toBeGreaterThanOrEqual(words[0]!.startMs);
});

it('spells today as today', () => {
  const words = groupTokens(tokens(['▁To', 0], ['-', 50], ['day', 100], [',', 200], ['▁well', 300]), 500);
  expect(words.map((word) => word.text)).toEqual(['Today,', 'well']);
  expect(words[0]).toMatchObject({ startMs: 0, endMs: 200 });
  expect(['to-morrow’s', 'TO-NIGHT', 'to-do', 'day-to-day', 'into-day'].map(modernSpelling)).toEqual([
    'tomorrow’s',
    'TONIGHT',
    'to-do',
    'day-to-day',
    'into-day',
  ]);
});
