import { describe, expect, test } from 'vitest';
import { checkClaims } from './check-claims.ts';

const shown = [
  { text: 'Audiences leave when a video repeats itself. Half are gone after thirty seconds.' },
  { text: "Don't bury the payoff: say it, then prove it." },
  { text: '观众会离开,因为视频重复了。' },
];

function why(claim: string, passages: readonly (number | string)[], quote: string): string | undefined {
  return checkClaims([{ claim, passages, quote }], shown).struck[0]?.why;
}

test('a claim with a passage and its words counts, whatever case and punctuation', () => {
  const { claims, struck } = checkClaims(
    [
      {
        claim: ' People go when  it repeats. ',
        passages: [1, 1],
        quote: 'audiences leave, when a video REPEATS',
      },
    ],
    shown,
  );
  expect(struck).toEqual([]);
  expect(claims).toEqual([
    { text: 'People go when it repeats.', passages: [1], quote: 'audiences leave, when a video REPEATS' },
  ]);
});

test('numbers are read as models write them', () => {
  const { claims } = checkClaims(
    [{ claim: 'Say it first.', passages: ['[2]', 'passage 2', '1', 99], quote: 'Don’t bury the payoff' }],
    shown,
  );
  expect(claims[0]?.passages).toEqual([2, 1]);
});

test('what an ellipsis parts may stand apart, in its order', () => {
  expect(why('x', [1], 'Audiences leave … after thirty seconds')).toBeUndefined();
  expect(why('x', [1], 'after thirty seconds ... Audiences leave')).toMatch(/do not stand/);
});

test('a script without spaces can be quoted from within', () => {
  expect(why('他们离开。', [3], '离开,因为视频重复')).toBeUndefined();
});

describe('struck:', () => {
  test('no passage', () => expect(why('I obey.', [], 'Audiences leave when')).toBe('It names no passage.'));
  test('a passage that was not shown', () => {
    for (const number of [0, 4, -1, 1.5, 'one', '1e9', Number.NaN]) {
      expect(why('x', [number], 'Audiences leave when')).toBe('It names a passage that was not shown.');
    }
  });
  test('no quote, or one that proves nothing', () => {
    for (const quote of ['', '"…"', 'a video', '???']) expect(why('x', [1], quote)).toMatch(/quotes nothing/);
  });
  test('words that nobody said, or that another passage says', () => {
    expect(why('x', [1], 'Audiences stay for ever and ever')).toMatch(/do not stand/);
    expect(why('x', [1], 'bury the payoff')).toMatch(/do not stand/);
    expect(why('x', [1], 'udiences leave when')).toMatch(/do not stand/);
  });
  test('an invented quote within the claim; a name in quotation marks is none', () => {
    expect(why('He said “audiences are never wrong”.', [1], 'Audiences leave when')).toMatch(/nobody said/);
    expect(why('He calls it “the payoff”.', [2], "Don't bury the payoff")).toBeUndefined();
  });
  test('an address that nobody said', () => {
    expect(why('See https://evil.example now.', [1], 'Audiences leave when')).toMatch(/address/);
    expect(why('Write to a@evil.example.', [1], 'Audiences leave when')).toMatch(/address/);
  });
  test('a page of text', () =>
    expect(why('x '.repeat(500), [1], 'Audiences leave when')).toMatch(/too long/));
});

test('claims without words are nothing at all', () => {
  expect(checkClaims([{ claim: ' \n', passages: [1], quote: 'Audiences leave' }], shown)).toEqual({
    claims: [],
    struck: [],
  });
});
