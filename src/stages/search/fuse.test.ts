import { describe, expect, test } from 'vitest';
import type { TranscriptChunk } from '../../domain/library.ts';
import { fuseRanks, mergeNeighbours, type FusedHit } from './fuse.ts';

describe('fuseRanks', () => {
  test('what both ways find comes before what one finds, however well', () => {
    const hits = fuseRanks({ text: ['a', 'b', 'c'], meaning: ['d', 'c', 'e'] });
    expect(hits[0]).toMatchObject({ id: 'c', textRank: 3, meaningRank: 2 });
    expect(hits.map(({ id }) => id)).toEqual(['c', 'a', 'd', 'b', 'e']);
  });

  test('the score is the sum of the reciprocal ranks, 1 where all agree on the best', () => {
    expect(fuseRanks({ text: ['a'], meaning: ['a'] })[0]?.score).toBe(1);
    expect(fuseRanks({ text: ['a'] })[0]?.score).toBe(1);
    const [first] = fuseRanks({ text: ['a', 'b'], meaning: ['b', 'a'] }, 60);
    expect(first?.score).toBeCloseTo((1 / 61 + 1 / 62) / (2 / 61), 10);
    expect(fuseRanks({ text: ['a'], meaning: [] })[0]?.score).toBe(0.5);
  });

  test('an id that a list names twice counts once, by its better rank', () => {
    expect(fuseRanks({ text: ['a', 'b', 'a'] }).map(({ id, textRank }) => [id, textRank])).toEqual([
      ['a', 1],
      ['b', 2],
    ]);
  });

  test('nothing in, nothing out', () => {
    expect(fuseRanks({})).toEqual([]);
    expect(fuseRanks({ text: [], meaning: [] })).toEqual([]);
  });
});

describe('mergeNeighbours', () => {
  const sentences = ['One.', 'Two.', 'Three.', 'Four.', 'Five.', 'Six.', 'Seven.'];

  function chunk(id: string, from: number, to: number, assetId = 'a'): TranscriptChunk {
    return {
      id,
      assetId,
      sentenceStart: from,
      sentenceEnd: to,
      startMs: from * 1000,
      endMs: to * 1000,
      text: sentences.slice(from, to).join(' '),
      kind: 'statement',
    };
  }

  function merge(chunks: readonly TranscriptChunk[], scores: readonly number[], limit = 10) {
    const hits = chunks.map(({ id }, index): FusedHit => ({
      id,
      score: scores[index]!,
      textRank: index + 1,
    }));
    return mergeNeighbours(hits, new Map(chunks.map((each) => [each.id, each])), limit);
  }

  test('two chunks that share a sentence become one, in the order in which they are said', () => {
    const [passage, ...rest] = merge([chunk('second', 2, 5), chunk('first', 0, 3)], [1, 0.9]);
    expect(rest).toEqual([]);
    expect(passage).toMatchObject({ score: 1, textRank: 1 });
    expect(passage?.chunk).toMatchObject({
      id: 'second',
      sentenceStart: 0,
      sentenceEnd: 5,
      startMs: 0,
      endMs: 5000,
    });
    expect(passage?.chunk.text).toBe('One. Two. Three. Four. Five.');
  });

  test('a neighbour that was found much less well stands alone', () => {
    const passages = merge([chunk('x', 0, 3), chunk('y', 2, 5)], [1, 0.2]);
    expect(passages.map((passage) => passage.chunk.text)).toEqual(['One. Two. Three.', 'Three. Four. Five.']);
  });

  test('and is left out when it says mostly the same', () => {
    expect(merge([chunk('x', 0, 4), chunk('y', 1, 5)], [1, 0.2])).toHaveLength(1);
    expect(merge([chunk('x', 0, 4), chunk('y', 1, 3)], [1, 0.9])).toHaveLength(1);
  });

  test('chunks of other assets, and those that only touch, stay apart', () => {
    const passages = merge([chunk('x', 0, 3), chunk('y', 0, 3, 'b'), chunk('z', 3, 5)], [1, 1, 1]);
    expect(passages).toHaveLength(3);
  });

  test('a passage never grows past what is read at a glance', () => {
    const long = (id: string, from: number): TranscriptChunk => ({
      ...chunk(id, from, from + 2),
      text: id.repeat(500),
    });
    expect(merge([long('x', 0), long('y', 1)], [1, 1])).toHaveLength(2);
  });

  test('the limit counts passages; what is merged later still joins them', () => {
    const passages = merge([chunk('x', 0, 3), chunk('far', 0, 1, 'b'), chunk('y', 2, 5)], [1, 1, 1], 1);
    expect(passages.map((passage) => passage.chunk.text)).toEqual(['One. Two. Three. Four. Five.']);
  });

  test('a hit whose chunk is gone meanwhile is passed over', () => {
    expect(mergeNeighbours([{ id: 'gone', score: 1 }], new Map(), 5)).toEqual([]);
  });

  test('people who talk at once, and parts of one long sentence, stay apart', () => {
    const turns = [
      { ...chunk('x', 0, 3), speaker: 'Ada' },
      { ...chunk('y', 2, 5), speaker: 'Bob' },
    ];
    expect(merge(turns, [1, 1])).toHaveLength(2);
    const halves = [
      { ...chunk('x', 0, 1), endMs: 500 },
      { ...chunk('y', 0, 1), startMs: 500 },
    ];
    expect(merge(halves, [1, 1])).toHaveLength(2);
  });
});
