import { expect, test } from 'vitest';
import { splitSentences } from './speak.ts';

test('a text is spoken in its sentences', () => {
  expect(
    splitSentences('Dr. Smith left the U.S. on Monday. Why?\n  "I paid $4.50," he said.\n\nA title\n\n…'),
  ).toEqual(['Dr. Smith left the U.S. on Monday.', 'Why?', '"I paid $4.50," he said.', 'A title']);
  expect(splitSentences(' … \n 🎬')).toEqual([]);
});
