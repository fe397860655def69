import { expect, test } from 'vitest';
import { readAloud } from './read-aloud.ts';

const say = (text: string) =>
  readAloud(text)
    .map(({ spoken }) => spoken)
    .filter((spoken) => spoken !== '')
    .join(' ');

test('what is written short is said in full', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['It weighs 382 kg, or 1 kg.', 'It weighs 382 kilograms, or 1 kilogram.'],
    ['At 90 km/h and 25°C.', 'At 90 kilometers an hour and 25 degrees Celsius.'],
    ['72KB of 5 GB', '72 kilobytes of 5 gigabytes'],
    ['$1.5M, €3bn, £2 million, €20', '$1.5 million, 3 billion euros, 2 million pounds, 20 euros'],
    ['The 1990s, the ’80s', "The 19 nineties, the 'eighties"],
    ['5-10 % or 5 – 10', '5 to 10 percent or 5 to 10'],
    ['AI and the US, not NASA; TVs.', "A I and the U S, not NASA; T V's."],
    ['GPT-4 is an AI-made USB-C', 'G P T 4 is an A I made U S B C'],
    ['Was it Prof. Smith vs. me?', 'Was it professor Smith versus me?'],
    ['Bread, milk, etc. And so on, etc.', 'Bread, milk, et cetera. And so on, et cetera.'],
    ['No. 5 is #1, e.g. and/or', 'number 5 is number 1, for example and or'],
    ['Q&A at example.com', 'Q and A at example dot com'],
    ['I said “no” — and left…', 'I said "no", and left...'],
    ['50/50', '50 50'],
  ];
  for (const [written, said] of cases) expect(say(written)).toBe(said);
});

test('what is said as it is written stays', () => {
  for (const text of [
    'Dr. Smith left at 7:30 p.m. on the 21st.',
    'No. I am 5 feet tall.',
    'STOP DOING THAT RIGHT NOW',
    'I paid $25.50 for 1,000 OK things.',
  ])
    expect(say(text)).toBe(text);
});

test('each written word keeps its place', () => {
  expect(readAloud('5 kg — 🎬 yes')).toEqual([
    { text: '5', spoken: '5' },
    { text: 'kg', spoken: 'kilograms,' },
    { text: '—', spoken: '' },
    { text: '🎬', spoken: '' },
    { text: 'yes', spoken: 'yes' },
  ]);
});
