import { expect, it } from 'vitest';
import { applyFixes, findHeard, fixText, fixedTerms } from './fix.ts';
import { groupSentences, type Transcript, type Word } from './transcript.ts';

function transcriptOf(text: string): Transcript {
  const words = text.split(' ').map((part, index): Word => {
    return { text: part, startMs: index * 300, endMs: index * 300 + 250, confidence: 0.4, uncertain: true };
  });
  const sentences = groupSentences(words);
  return {
    version: 1,
    language: 'en',
    source: 'test',
    durationMs: words.length * 300,
    words,
    sentences,
    speech: [],
    fillers: [],
  };
}

const textOf = (transcript: Transcript) => transcript.words.map((word) => word.text).join(' ');

it('finds a phrase whatever its case and punctuation, and not across the end of a sentence', () => {
  const transcript = transcriptOf('Pearl is fun. Pearl, they say, is good. By noon good by all.');
  expect(findHeard(transcript, 'pearl').map((place) => place.wordStart)).toEqual([0, 3]);
  expect(findHeard(transcript, 'good by').map((place) => place.wordStart)).toEqual([10]);
  expect(findHeard(transcript, 'nothing')).toEqual([]);
});

it('puts the right word everywhere and keeps the punctuation, the times and what was heard', () => {
  const fixed = applyFixes(transcriptOf('Pearl is fun. We like pearl, too.'), [
    { heard: 'pearl', right: 'Perl' },
  ]);
  expect(textOf(fixed)).toBe('Perl is fun. We like Perl, too.');
  expect(fixed.sentences.map((sentence) => sentence.text)).toEqual(['Perl is fun.', 'We like Perl, too.']);
  expect(fixed.words[5]).toEqual({
    text: 'Perl,',
    startMs: 1500,
    endMs: 1750,
    confidence: 1,
    heardAs: 'pearl',
  });
});

it('fixes one place alone', () => {
  const fixed = applyFixes(transcriptOf('there and there'), [
    { heard: 'there', right: 'their', places: [{ startMs: 600, endMs: 850 }] },
  ]);
  expect(textOf(fixed)).toBe('there and their');
});

it('makes two words of one and one of two, in the same time, with every sentence in its place', () => {
  const before = transcriptOf('We met gracehopper today. Good by, all.');
  const split = applyFixes(before, [{ heard: 'gracehopper', right: 'Grace Hopper' }]);
  expect(textOf(split)).toBe('We met Grace Hopper today. Good by, all.');
  expect(split.words[2]?.startMs).toBe(600);
  expect(split.words[3]?.endMs).toBe(850);
  expect(split.words[2]!.endMs).toBeLessThanOrEqual(split.words[3]!.startMs);
  const joined = applyFixes(split, [{ heard: 'good by', right: 'goodbye' }]);
  expect(joined.sentences.map((sentence) => sentence.text)).toEqual([
    'We met Grace Hopper today.',
    'goodbye, all.',
  ]);
  expect(joined.words.slice(joined.sentences[1]?.wordStart).map((word) => word.text)).toEqual([
    'goodbye,',
    'all.',
  ]);
});

it('removes what nobody said, and a sentence without words stays as an empty one', () => {
  const removed = applyFixes(transcriptOf('Hm. We begin um now.'), [
    { heard: 'um', right: '' },
    { heard: 'hm', right: '' },
  ]);
  expect(textOf(removed)).toBe('We begin now.');
  expect(removed.sentences.map((sentence) => sentence.text)).toEqual(['', 'We begin now.']);
});

it('fixes titles, keeps their capitals, and leaves a title of another place alone', () => {
  const here = { startMs: 0, endMs: 1000 };
  expect(fixText('Pearl and pearls', [{ heard: 'pearl', right: 'perl' }], here)).toBe('Perl and pearls');
  expect(fixText('WHY PEARL?', [{ heard: 'pearl', right: 'Perl' }], here)).toBe('WHY PERL?');
  expect(fixText('Say good-by (twice) $5', [{ heard: 'good-by', right: 'goodbye' }], here)).toBe(
    'Say goodbye (twice) $5',
  );
  const elsewhere = { heard: 'pearl', right: 'Perl', places: [{ startMs: 5000, endMs: 5200 }] };
  expect(fixText('Pearl', [elsewhere], here)).toBe('Pearl');
  expect(fixText('It costs $1', [{ heard: '$1', right: '$& $1' }], here)).toBe('It costs $& $1');
});

it('takes names for the glossary, and plain English not', () => {
  expect(
    fixedTerms([
      { heard: 'grease hopper', right: 'Grace Hopper,' },
      { heard: 'there', right: 'their' },
      { heard: 'um', right: '' },
    ]),
  ).toEqual(['Grace Hopper']);
});
