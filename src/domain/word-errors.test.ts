import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { recordingPath } from '../../test/recordings.ts';
import { alignWords, countWordErrors, scoreWords, sumWordErrors } from './word-errors.ts';

const words = (text: string) => text.split(' ').filter((word) => word !== '');

describe('alignWords', () => {
  it('pairs what was heard with what was said', () => {
    expect(alignWords(words('the cat sat on mats'), words('a cat sat mats now'))).toEqual([
      { kind: 'substitution', reference: 0, hypothesis: 0 },
      { kind: 'match', reference: 1, hypothesis: 1 },
      { kind: 'match', reference: 2, hypothesis: 2 },
      { kind: 'deletion', reference: 3, hypothesis: undefined },
      { kind: 'match', reference: 4, hypothesis: 3 },
      { kind: 'insertion', reference: undefined, hypothesis: 4 },
    ]);
  });

  it('counts a missing text as deletions and an invented one as insertions', () => {
    expect(countWordErrors(alignWords(words('one two'), []))).toMatchObject({ deletions: 2, rate: 1 });
    expect(countWordErrors(alignWords([], words('one two')))).toMatchObject({ insertions: 2, rate: 1 });
    expect(countWordErrors(alignWords([], []))).toMatchObject({ referenceWords: 0, rate: 0 });
  });

  it('finds in halves, for long texts, what it would find at once', () => {
    const reference = Array.from({ length: 3000 }, (_, index) => `w${(index * 7919) % 977}`);
    const hypothesis = reference.flatMap((word, index) =>
      index % 50 === 7 ? [] : index % 50 === 20 ? ['other'] : index % 50 === 33 ? [word, 'more'] : [word],
    );
    const pairs = alignWords(reference, hypothesis);
    expect(countWordErrors(pairs)).toMatchObject({ substitutions: 60, deletions: 60, insertions: 60 });
    expect(pairs.filter((pair) => pair.reference !== undefined).map((pair) => pair.reference)).toEqual(
      reference.map((_, index) => index),
    );
    expect(pairs.filter((pair) => pair.hypothesis !== undefined).map((pair) => pair.hypothesis)).toEqual(
      hypothesis.map((_, index) => index),
    );
  });
});

const gold = recordingPath('speech/wer-scorer-gold');

describe.skipIf(gold === undefined)('published error rates (needs the recordings)', async () => {
  const folder = gold ?? '';
  type Published = { wer_percent: number; ref_words: number; subs: number; ins: number; dels: number };
  const expected: Record<string, Published> =
    gold === undefined ? {} : JSON.parse(await readFile(join(folder, 'expected.json'), 'utf8'));
  const readTable = async (name: string) =>
    new Map(
      (await readFile(join(folder, name), 'utf8'))
        .split('\n')
        .filter((line) => line.includes('\t'))
        .map((line) => line.split('\t') as [string, string]),
    );

  it.each(Object.entries(expected))('%s is scored as published', async (system, published) => {
    const references = await readTable(`${system.slice(0, system.indexOf('.'))}.ref.tsv`);
    const hypotheses = await readTable(`${system}.hyp.tsv`);
    const errors = sumWordErrors(
      references.entries().map(([id, text]) => scoreWords(text, hypotheses.get(id) ?? '', 'plain')),
    );
    expect(errors.referenceWords).toBe(published.ref_words);
    expect(Math.abs(errors.rate * 100 - published.wer_percent)).toBeLessThan(0.01);
    // The published alignment is not always the cheapest: it has an error more here and there, never fewer.
    expect(errors.substitutions + errors.insertions + errors.deletions).toBeLessThanOrEqual(
      published.subs + published.ins + published.dels,
    );
  });
});
