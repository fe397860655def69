import { expect, test } from 'vitest';
import { groupSentences, type Transcript, type Word } from '../../domain/transcript.ts';
import { momentAt } from './moment-at.ts';

const words: Word[] = [
  ['Bees', 1000, 1400],
  ['dance.', 1450, 2000],
  ['They', 3000, 3300],
  ['point', 3350, 3700],
  ['at', 3750, 3900],
  ['flowers.', 3950, 4600],
  ['Then', 6000, 6300],
  ['silence.', 6350, 7000],
].map(([text, startMs, endMs]) => ({ text, startMs, endMs, confidence: 1 }) as Word);

const transcript: Transcript = {
  version: 1,
  language: 'en',
  source: 'test',
  durationMs: 10_000,
  words,
  sentences: groupSentences(words),
  speech: [
    { startMs: 980, endMs: 2020 },
    { startMs: 2980, endMs: 4620 },
    { startMs: 5980, endMs: 7020 },
  ],
  fillers: [],
};

test('a range is snapped outwards to whole words, and its ends lie in the pauses', () => {
  const moment = momentAt({ startMs: 3400, endMs: 4000 }, transcript);
  expect(moment.text).toBe('point at flowers.');
  expect(moment.startMs).toBeGreaterThanOrEqual(3300);
  expect(moment.startMs).toBeLessThanOrEqual(3350);
  expect(moment.endMs).toBe(4900);
  expect([moment.sentenceStart, moment.sentenceEnd]).toEqual([1, 2]);
  expect(moment.chosenBy).toBe('you');
});

test('what was asked for is kept where nobody speaks', () => {
  const moment = momentAt({ startMs: 200, endMs: 9000 }, transcript);
  expect([moment.startMs, moment.endMs]).toEqual([200, 9000]);
  expect([moment.sentenceStart, moment.sentenceEnd]).toEqual([0, 3]);
  const silent = momentAt({ startMs: 8000, endMs: 9000 }, transcript);
  expect(silent).toMatchObject({ startMs: 8000, endMs: 9000, text: '', title: 'Untitled moment' });
});

test('a start of 0 is a time, an end beyond the source is the end, and nothing is refused', () => {
  expect(momentAt({ startMs: 0, endMs: 99_000 }, transcript)).toMatchObject({ startMs: 0, endMs: 10_000 });
  for (const range of [
    { startMs: 5000, endMs: 5000 },
    { startMs: 6000, endMs: 5000 },
    { startMs: 10_000, endMs: 11_000 },
  ])
    expect(() => momentAt(range, transcript)).toThrow(
      expect.objectContaining({ code: 'input.range_invalid' }),
    );
});
