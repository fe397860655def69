import { expect, test } from 'vitest';
import { cleanSentence, shortenTitle, stripControls, writeTitle } from './title.ts';

test('the strongest sentence that stands alone becomes the title', () => {
  expect(
    writeTitle([
      'And so he went home.',
      'Have you ever missed a train by ten seconds?',
      'The clock is above the stairs.',
    ]),
  ).toBe('Have you ever missed a train by ten seconds?');
});

test('fillers at the start go, the first letter is large, a question keeps its mark and a full stop goes', () => {
  expect(cleanSentence('So, um, you know, the second winter was worse.')).toBe('The second winter was worse');
  expect(cleanSentence('and why does it float?')).toBe('Why does it float?');
  expect(cleanSentence('We went, you know, home.')).toBe('We went home');
  expect(cleanSentence('Okay.')).toBe('Okay');
});

test('a long sentence is cut at a clause or at a word, never in one', () => {
  const clause =
    'Most people do not have a problem with time at all, but they have a problem with endings of every kind';
  expect(shortenTitle(clause)).toBe('Most people do not have a problem with time at all');
  const words = shortenTitle('word '.repeat(40).trim());
  expect(words.length).toBeLessThanOrEqual(80);
  expect(words).toMatch(/^(?:word )+word…$/u);
  expect(shortenTitle('x'.repeat(200))).toHaveLength(80);
  expect([...shortenTitle('😀'.repeat(100))].length).toBe(80);
});

test('a title is never empty and holds no control characters', () => {
  expect(writeTitle([])).toBe('Untitled moment');
  expect(writeTitle(['...'])).toBe('Untitled moment');
  expect(writeTitle(['um'])).not.toBe('');
  expect(stripControls('a\u0000b\u202Ec\nd')).toBe('abc d');
});

test('a sentence without end costs no more than a long one', () => {
  // Took minutes when every comma looked for the end of all that follow.
  expect(cleanSentence(`${', '.repeat(500_000)}x`)).toBe('');
  expect(writeTitle([`The end${', and'.repeat(500_000)}`])).toMatch(/^The end/u);
});
