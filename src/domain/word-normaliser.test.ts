import { describe, expect, it } from 'vitest';
import { normaliseWordList, normaliseWords } from './word-normaliser.ts';

describe('normaliseWords', () => {
  it.each([
    ['Hello, “World” — it’s well-known.', "hello world it's well known"],
    ["The dogs' tails; rock 'n' roll", 'the dogs tails rock n roll'],
    ['Press 1, or 21st.', 'press 1 or 21st'],
    ['', ''],
  ])('plain: %j', (text, expected) => {
    expect(normaliseWords(text, 'plain').join(' ')).toBe(expected);
  });

  it.each([
    ['In 1813, 2005 and 1900.', 'in eighteen thirteen two thousand five and nineteen hundred'],
    ['one hundred and five is 105', 'one hundred five is one hundred five'],
    [
      '$1,250 for 25% of 3.5',
      'one thousand two hundred fifty dollars for twenty five percent of three point five',
    ],
    ['the 21st, the 2nd & the 30th', 'the twenty first the second and the thirtieth'],
    ['At 12:30 agent 007', 'at twelve thirty agent zero zero seven'],
    ["I don't think it's Tom's; we'll see", "i do not think it is tom's we will see"],
    ['Mr. Hale, um, okay: gonna go', 'mister hale ok going to go'],
    [
      '12345678901234567',
      'one two three four five six seven eight nine zero one two three four five six seven',
    ],
  ])('spoken-english: %j', (text, expected) => {
    expect(normaliseWords(text, 'spoken-english').join(' ')).toBe(expected);
  });

  it('says which written word each spoken one came from', () => {
    expect(normaliseWordList(['It’s', '25', '—', 'ok'], 'spoken-english')).toEqual([
      { text: 'it', wordIndex: 0 },
      { text: 'is', wordIndex: 0 },
      { text: 'twenty', wordIndex: 1 },
      { text: 'five', wordIndex: 1 },
      { text: 'ok', wordIndex: 3 },
    ]);
  });
});
