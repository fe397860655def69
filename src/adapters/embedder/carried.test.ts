import { afterAll, expect, test } from 'vitest';
import { createCarriedEncoder } from './carried.ts';

const encoder = createCarriedEncoder();
afterAll(() => encoder.close());

function cosine(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
}

test('sentences of like meaning lie closer than sentences of another matter, and every vector has length one', async () => {
  const vectors = await encoder.embed(
    [
      'How do I train my dog to sit?',
      'Teaching a puppy to obey takes patience.',
      'The central bank raised interest rates again.',
    ],
    {},
  );
  expect(vectors).toHaveLength(3);
  for (const vector of vectors) {
    expect(vector).toHaveLength(encoder.dimensions);
    expect(cosine(vector, vector)).toBeCloseTo(1, 5);
  }
  const [dog, puppy, bank] = vectors as [Float32Array, Float32Array, Float32Array];
  expect(cosine(dog, puppy)).toBeGreaterThan(cosine(dog, bank) + 0.2);
});

test('order is kept over batches, and empty, endless, broken and unheard-of text is survived', async () => {
  const odd = ['', ' \n ', '😀🎉', '\ud800 half a character', 'word '.repeat(5000), 'ﬁne ①', '你好，世界'];
  const texts = [
    ...odd,
    ...Array.from({ length: 40 }, (_, index) => `Sentence number ${index}.`),
    'The last one.',
  ];
  const together = await encoder.embed(texts, {});
  const alone = await encoder.embed(['The last one.'], {});
  expect(together).toHaveLength(texts.length);
  expect(cosine(together.at(-1)!, alone[0]!)).toBeGreaterThan(0.999);
  expect(together.every((vector) => Math.abs(cosine(vector, vector) - 1) < 1e-4)).toBe(true);
});

test('no texts need no model, and a stopped call stops', async () => {
  const idle = createCarriedEncoder();
  expect(await idle.embed([], {})).toEqual([]);
  await idle.close();

  const controller = new AbortController();
  const long = encoder.embed(
    Array.from({ length: 250 }, (_, index) => `A sentence that has some length, number ${index}.`),
    { signal: controller.signal },
  );
  setTimeout(() => controller.abort(), 50);
  await expect(long).rejects.toMatchObject({ code: expect.stringMatching(/^cancelled\./u) });
  expect(await encoder.embed(['Still here.'], {})).toHaveLength(1);
});
