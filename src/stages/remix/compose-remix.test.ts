import { describe, expect, test } from 'vitest';
import { composeRemix, sharedShare } from './compose-remix.ts';
import type { RemixCandidate } from './part.ts';

/** Numbers of 0 to 1 that are the same each time (mulberry32, public domain). */
function makeRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d_2b_79_f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function makeVector(random: () => number): Float32Array {
  const vector = Float32Array.from({ length: 24 }, () => random() - 0.5);
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}

function makeCandidate(
  assetId: string,
  startMs: number,
  lengthMs: number,
  random: () => number,
  more: Partial<RemixCandidate> = {},
): RemixCandidate {
  return {
    id: `${assetId}:${startMs}-${lengthMs}`,
    assetId,
    startMs,
    endMs: startMs + lengthMs,
    playMs: lengthMs,
    sentenceStart: 0,
    sentenceEnd: 1,
    text: `said at ${startMs} for ${lengthMs} in ${assetId}`,
    scores: { hook: random() * 0.6, build: random() * 0.6, payoff: random() * 0.6 },
    nearness: 0.5,
    reasons: { hook: [], build: [], payoff: [] },
    allReasons: [],
    vector: makeVector(random),
    ...more,
  };
}

/** Sources of a minute each, in stretches of 4 to 12 s that overlap. */
function makePool(sources: number, seed = 1): RemixCandidate[] {
  const random = makeRandom(seed);
  return Array.from({ length: sources }, (_, source) =>
    Array.from({ length: 14 }, (_unused, index) =>
      makeCandidate(`source${source}`, index * 4000, 4000 + Math.floor(random() * 8000), random),
    ),
  ).flat();
}

const wish = { lengthMs: 45_000, seed: 0, earlier: [] };

describe('a choice', () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])('keeps every promise (library %i)', (seed) => {
    const remix = composeRemix(makePool(4, seed), wish);
    if (remix === undefined) throw new Error('Nothing was chosen.');
    expect(remix.playMs).toBeGreaterThanOrEqual(40_500);
    expect(remix.playMs).toBeLessThanOrEqual(49_500);
    expect(remix.playMs).toBe(remix.parts.reduce((sum, { candidate }) => sum + candidate.playMs, 0));
    expect(remix.notes).toEqual([]);
    expect(remix.parts.map(({ role }) => role)).toEqual([
      'hook',
      ...remix.parts.slice(2).map(() => 'build'),
      'payoff',
    ]);
    expect(new Set(remix.parts.map(({ candidate }) => candidate.assetId)).size).toBeGreaterThanOrEqual(2);
    expect(remix.parts.every(({ why }) => /^(?:Opens|Goes on|Closes): .+\.$/u.test(why))).toBe(true);
    for (const [index, { candidate: one }] of remix.parts.entries()) {
      for (const { candidate: other } of remix.parts.slice(index + 1)) {
        const isApart =
          one.assetId !== other.assetId || one.endMs <= other.startMs || other.endMs <= one.startMs;
        expect(isApart).toBe(true);
      }
    }
  });

  test('does not depend on the order of the candidates, and is the same each time', () => {
    const pool = makePool(3);
    const idsOf = (candidates: RemixCandidate[], seed: number) =>
      composeRemix(candidates, { ...wish, seed })?.parts.map(({ candidate }) => candidate.id);
    expect(idsOf(pool.toReversed(), 0)).toEqual(idsOf(pool, 0));
    expect(idsOf(pool.toReversed(), 7)).toEqual(idsOf(pool, 7));
  });

  test('opens with the strongest hook and closes with the strongest ending, where they are far ahead', () => {
    const random = makeRandom(3);
    const hook = makeCandidate('b', 100_000, 5000, random, { scores: { hook: 1, build: 0.2, payoff: 0 } });
    const payoff = makeCandidate('c', 100_000, 8000, random, { scores: { hook: 0, build: 0.2, payoff: 1 } });
    const remix = composeRemix([...makePool(3), hook, payoff], wish);
    expect(remix?.parts[0]?.candidate.id).toBe(hook.id);
    expect(remix?.parts.at(-1)?.candidate.id).toBe(payoff.id);
  });

  test('never says the same twice: neither in other words, nor word for word in a copy of a source', () => {
    const random = makeRandom(5);
    const one = makeVector(random);
    const alike = Array.from({ length: 8 }, (_, index) =>
      makeCandidate(`source${index}`, 0, 9000, random, { vector: one }),
    );
    const remix = composeRemix(alike, wish);
    expect(remix?.parts).toHaveLength(1);
    expect(remix?.notes[0]).toMatch(/^It plays 9\.0 s instead of 45\.0 s/u);
    const copies = Array.from({ length: 8 }, (_, index) =>
      makeCandidate(`source${index}`, 0, 9000, random, {
        text: index % 2 === 0 ? 'Time is short.' : 'So time is short, is it not?',
      }),
    );
    expect(composeRemix(copies, wish)?.parts).toHaveLength(1);
  });

  test('of one source alone is made of that source; a far better source does not shut out the others', () => {
    expect(composeRemix(makePool(1), wish)?.parts.length).toBeGreaterThan(2);
    const random = makeRandom(6);
    const strong = makePool(1).map((candidate) =>
      Object.assign({}, candidate, { scores: { hook: 1, build: 1, payoff: 1 } }),
    );
    const weak = makeCandidate('weak', 0, 8000, random, { scores: { hook: 0.1, build: 0.1, payoff: 0.1 } });
    const remix = composeRemix([...strong, weak], wish);
    expect(remix?.parts.some(({ candidate }) => candidate.assetId === 'weak')).toBe(true);
  });

  test('of nothing is nothing; parts that are all too long give nothing', () => {
    expect(composeRemix([], wish)).toBeUndefined();
    const random = makeRandom(1);
    expect(composeRemix([makeCandidate('a', 0, 60_000, random)], wish)).toBeUndefined();
  });
});

test('variants share less than half of what they play, whatever the seed', () => {
  const pool = makePool(5);
  const shares: number[] = [];
  const earlier: NonNullable<ReturnType<typeof composeRemix>>['parts'][] = [];
  for (let variant = 0; variant < 4; variant++) {
    const remix = composeRemix(pool, { lengthMs: 30_000, seed: variant, earlier });
    if (remix === undefined) throw new Error('Nothing was chosen.');
    shares.push(...earlier.map((parts) => sharedShare(parts, remix.parts)));
    earlier.push(remix.parts);
  }
  expect(shares).toHaveLength(6);
  expect(Math.max(...shares)).toBeLessThan(0.5);
});

test('two hundred candidates are weighed in seconds', () => {
  const startedAt = performance.now();
  expect(composeRemix(makePool(15), { ...wish, lengthMs: 90_000 })?.parts.length).toBeGreaterThan(5);
  expect(performance.now() - startedAt).toBeLessThan(8000);
});
