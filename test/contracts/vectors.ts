import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { VectorFilter, VectorRow, Vectors } from '../../src/ports/vectors.ts';

/** A store of vectors under test; `reopen` gives another client of the same store, as another process would have it. */
export type VectorsUnderTest = {
  readonly vectors: Vectors;
  reopen(): Promise<Vectors>;
  close(): Promise<void>;
};

/** Unit vectors around a few middles, as meanings are, the same ones each time. */
export function makeVectors(count: number, dimensions: number, seed = 1): Float32Array[] {
  let state = seed;
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
  const draw = () => Float32Array.from({ length: dimensions }, random);
  const middles = Array.from({ length: Math.max(2, Math.ceil(count / 50)) }, draw);
  return Array.from({ length: count }, (_, index) => {
    const middle = middles[index % middles.length]!;
    const vector = draw().map((value, at) => value + middle[at]!);
    const length = Math.hypot(...vector);
    return vector.map((value) => value / length);
  });
}

/** A row for a test: its asset is the part of its id before the colon. */
function rowOf(id: string, vector: Float32Array, more: Partial<VectorRow> = {}): VectorRow {
  return { id, vector, assetId: id.split(':')[0] ?? '', kind: 'statement', speaker: '', ...more };
}

/** Texts that mean something in one query language or another, and nothing here. */
const hostile = [
  'a" or "1" == "1',
  "'; DROP TABLE rows_1; --",
  'ü 🎬\\"\\\\',
  '{speaker}',
  '%_',
  'line\nbreak',
];

/** What every store of vectors must do, whatever lies behind it. `open` gives an empty one. */
export function describeVectors(name: string, open: () => Promise<VectorsUnderTest>) {
  describe(`${name} keeps the promises of vectors`, () => {
    const collection = { name: 'c_all', dimensions: 32, model: 'a model, version 1.5' };
    let store: VectorsUnderTest;
    let vectors: Vectors;
    beforeEach(async () => {
      store = await open();
      vectors = store.vectors;
      await vectors.open(collection);
    });
    afterEach(() => store.close());

    const write = (rows: readonly VectorRow[], into = collection.name) => vectors.upsert(into, rows, {});
    const find = async (vector: Float32Array, filter?: VectorFilter, limit = 10) =>
      (await vectors.search(collection.name, vector, { limit, filter })).map(({ id }) => id);
    const count = async () => (await vectors.describe(collection.name))?.count;

    it('finds nothing in an empty collection', async () => {
      expect(await find(makeVectors(1, 32)[0]!)).toEqual([]);
      expect(await count()).toBe(0);
      expect(await vectors.describe('c_none')).toBeUndefined();
    });

    it('finds the nearest first, with the cosine as its score', async () => {
      const [one, other, far] = makeVectors(3, 32, 7);
      await write([rowOf('a:0', one!), rowOf('a:1', other!), rowOf('b:0', far!)]);
      const hits = await vectors.search(collection.name, one!, { limit: 3 });
      expect(hits[0]?.id).toBe('a:0');
      expect(hits[0]?.score).toBeCloseTo(1, 4);
      const dot = (id: string) => {
        const vector = { 'a:0': one, 'a:1': other, 'b:0': far }[id]!;
        return vector.reduce((sum, value, at) => sum + value * one![at]!, 0);
      };
      for (const hit of hits) expect(hit.score).toBeCloseTo(dot(hit.id), 4);
      expect(hits.map(({ score }) => score)).toEqual(
        hits.map(({ score }) => score).toSorted((a, b) => b - a),
      );
    });

    it('finds at once what another client wrote, and no more what it removed', async () => {
      const other = await store.reopen();
      const [vector] = makeVectors(1, 32);
      await other.open(collection);
      await other.upsert(collection.name, [rowOf('a:0', vector!)], {});
      expect(await find(vector!)).toEqual(['a:0']);
      await other.delete(collection.name, { assetIds: ['a'] });
      expect(await find(vector!)).toEqual([]);
      await other.close();
    });

    it('puts a row in place of the one with its id', async () => {
      const [before, after] = makeVectors(2, 32, 3);
      await write([rowOf('a:0', before!, { kind: 'question' })]);
      await write([rowOf('a:0', after!, { kind: 'story' })]);
      expect(await count()).toBe(1);
      expect((await vectors.search(collection.name, after!, { limit: 1 }))[0]?.score).toBeCloseTo(1, 4);
      expect(await find(after!, { kinds: ['question'] })).toEqual([]);
      expect(await find(after!, { kinds: ['story'] })).toEqual(['a:0']);
    });

    it('filters by asset, kind and speaker, by any of each and by all together', async () => {
      const made = makeVectors(6, 32, 5);
      await write([
        rowOf('a:0', made[0]!, { kind: 'question', speaker: 'Ada' }),
        rowOf('a:1', made[1]!, { kind: 'story', speaker: 'Grace' }),
        rowOf('b:0', made[2]!, { kind: 'question', speaker: 'Grace' }),
        rowOf('b:1', made[3]!),
        rowOf('c:0', made[4]!, { kind: 'number', speaker: 'Ada' }),
      ]);
      const sorted = async (filter: VectorFilter) => (await find(made[5]!, filter)).toSorted();
      expect(await sorted({ assetIds: ['a', 'c'] })).toEqual(['a:0', 'a:1', 'c:0']);
      expect(await sorted({ kinds: ['question'] })).toEqual(['a:0', 'b:0']);
      expect(await sorted({ speakers: ['Ada'], kinds: ['question', 'number'] })).toEqual(['a:0', 'c:0']);
      expect(await sorted({ assetIds: ['b'], speakers: ['Ada'] })).toEqual([]);
      expect(await sorted({ assetIds: [] })).toEqual([]);
      expect(
        await sorted({ assetIds: Array.from({ length: 3000 }, (_, at) => `x${at}`).concat('b') }),
      ).toEqual(['b:0', 'b:1']);
    });

    it('takes hostile texts for texts', async () => {
      const made = makeVectors(hostile.length, 32, 9);
      await write(
        hostile.map((text, at) => rowOf(`${text}:${at}`, made[at]!, { assetId: text, speaker: text })),
      );
      await write([rowOf('plain:0', made[0]!)]);
      for (const [at, text] of hostile.entries()) {
        expect(await find(made[at]!, { speakers: [text] })).toEqual([`${text}:${at}`]);
        expect(await find(made[at]!, { assetIds: [text] })).toEqual([`${text}:${at}`]);
      }
      for (const [at, text] of hostile.entries()) {
        await vectors.delete(collection.name, { assetIds: [text] });
        expect(await count()).toBe(hostile.length - at);
      }
      expect(await find(made[0]!)).toEqual(['plain:0']);
    });

    it('deletes what a filter fits, and nothing else', async () => {
      const made = makeVectors(300, 32, 11);
      await write(made.map((vector, at) => rowOf(`${'abc'[at % 3]}:${at}`, vector)));
      await vectors.delete(collection.name, { assetIds: ['a', 'c'] });
      expect(await count()).toBe(100);
      const found = await find(made[1]!, undefined, 200);
      expect(found).toHaveLength(100);
      expect(found.every((id) => id.startsWith('b'))).toBe(true);
    });

    it('finds nearly what an exact scan finds, with filters and without', async () => {
      const made = makeVectors(2040, 32, 13);
      const rows = made.slice(0, 2000).map((vector, at) =>
        rowOf(`${at % 20}:${at}`, vector, {
          kind: at % 4 === 0 ? 'question' : 'statement',
          speaker: at % 100 === 7 ? 'Ada' : '',
        }),
      );
      for (let at = 0; at < rows.length; at += 500) await write(rows.slice(at, at + 500));
      await vectors.optimise(collection.name, {});
      const filters = [
        undefined,
        { kinds: ['question'] },
        { assetIds: ['3', '4', '5'] },
        // One row in a hundred: a graph is left by many ways without meeting any.
        { speakers: ['Ada'] },
      ];
      for (const filter of filters) {
        let right = 0;
        for (const vector of made.slice(2000)) {
          const options = { limit: 10, filter };
          const exact = await vectors.search(collection.name, vector, { ...options, isExact: true });
          const near = new Set((await vectors.search(collection.name, vector, options)).map(({ id }) => id));
          expect(exact).toHaveLength(10);
          right += exact.filter(({ id }) => near.has(id)).length;
        }
        expect(right / 400).toBeGreaterThanOrEqual(0.98);
      }
    });

    it('scans exactly where it is asked to', async () => {
      const made = makeVectors(400, 32, 17);
      await write(made.map((vector, at) => rowOf(`a:${at}`, vector)));
      const query = made[200]!;
      const truth = made
        .map((vector, at) => ({
          id: `a:${at}`,
          dot: vector.reduce((sum, value, i) => sum + value * query[i]!, 0),
        }))
        .toSorted((one, other) => other.dot - one.dot)
        .slice(0, 25)
        .map(({ id }) => id);
      const hits = await vectors.search(collection.name, query, { limit: 25, isExact: true });
      expect(hits.map(({ id }) => id)).toEqual(truth);
    });

    it('gives as many as there are when more are wanted', async () => {
      const made = makeVectors(30, 32);
      await write(made.map((vector, at) => rowOf(`a:${at}`, vector)));
      expect(await find(made[0]!, undefined, 1000)).toHaveLength(30);
      expect(await find(made[0]!, undefined, 6000)).toHaveLength(30);
    });

    it('refuses another model, and vectors of another length', async () => {
      const other = { ...collection, model: 'another model' };
      await expect(vectors.open(other)).rejects.toMatchObject({
        code: 'conflict.index_other_model',
        message: expect.stringContaining('another model') as string,
        hint: expect.stringContaining('pivot corpus build all --again') as string,
      });
      await expect(vectors.open({ ...collection, dimensions: 16 })).rejects.toMatchObject({
        code: 'conflict.index_other_model',
      });
      const wrong = { code: 'input.vector_length' };
      await expect(write([rowOf('a:0', makeVectors(1, 16)[0]!)])).rejects.toMatchObject(wrong);
      await expect(write([rowOf('a:0', new Float32Array(32).fill(NaN))])).rejects.toMatchObject(wrong);
      await expect(find(makeVectors(1, 16)[0]!)).rejects.toMatchObject(wrong);
      expect(await count()).toBe(0);
      expect(await vectors.describe(collection.name)).toEqual({ ...collection, count: 0 });
    });

    it('keeps collections apart, and drops one whole', async () => {
      const second = { ...collection, name: 'c_second', dimensions: 8 };
      await vectors.open(second);
      const [small] = makeVectors(1, 8);
      await write([rowOf('z:0', small!)], second.name);
      await write([rowOf('a:0', makeVectors(1, 32)[0]!)]);
      expect(await vectors.drop(second.name)).toBe(true);
      expect(await vectors.drop(second.name)).toBe(false);
      expect(await vectors.describe(second.name)).toBeUndefined();
      expect(await count()).toBe(1);
      await vectors.open(second);
      expect((await vectors.describe(second.name))?.count).toBe(0);
    });

    it('stops when it is told to', async () => {
      const signal = AbortSignal.abort();
      const rows = makeVectors(1, 32).map((vector) => rowOf('a:0', vector));
      await expect(vectors.upsert(collection.name, rows, { signal })).rejects.toThrow(/abort/iu);
      expect(await count()).toBe(0);
    });
  });
}
