import { expect, test } from 'vitest';
import { markWords, tellingWords } from './mark-words.ts';

function marked(text: string, query: string): string[] {
  return markWords(text, query).map(({ start, end }) => text.slice(start, end));
}

test('words are marked whatever their ending and case', () => {
  expect(marked('The Audience left; audiences are leaving.', 'why an audience leaves')).toEqual([
    'Audience',
    'audiences',
    'leaving',
  ]);
});

test('words that say nothing are not marked', () => {
  expect(marked('What is it that you do with it?', 'what do you do')).toEqual([]);
});

test('accents and apostrophes do not matter', () => {
  expect(marked('A café, the café’s door', 'cafe')).toEqual(['café', 'café’s']);
});

test('an empty query, emoji and mark-up mark nothing', () => {
  expect(marked('Anything at all', '')).toEqual([]);
  expect(marked('Anything 🎉 at all', '🎉')).toEqual([]);
  expect(marked('Anything at all', '.*')).toEqual([]);
});

test('what a query is about: neither the commonest words nor scripts without spaces', () => {
  expect(tellingWords('Why do the compilers’ Compilers win? 編譯器 is 1952')).toEqual([
    'compilers',
    'win',
    '1952',
  ]);
  expect(tellingWords('😀 --')).toEqual([]);
});
