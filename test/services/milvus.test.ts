import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MilvusOptions } from '../../src/adapters/vectors/milvus-connection.ts';
import { openMilvusVectors } from '../../src/adapters/vectors/milvus.ts';
import { describeVectors, makeVectors } from '../contracts/vectors.ts';
import { startMilvusLite, type MilvusLite } from './milvus-lite.ts';
import { preparePython } from './python.ts';

let server: MilvusLite;
let runs = 0;
beforeAll(async () => {
  server = await startMilvusLite(await preparePython());
});
afterAll(() => server.close());

const optionsOf = (more: Partial<MilvusOptions> = {}): MilvusOptions => ({
  address: server.address,
  prefix: `run${runs++}_`,
  index: 'hnsw',
  metric: 'cosine',
  ...more,
});

// Both indexes and both metrics, each once.
for (const kind of [
  { index: 'hnsw', metric: 'cosine' },
  { index: 'ivf', metric: 'l2' },
] as const) {
  describeVectors(`Milvus by ${kind.index} and ${kind.metric}`, async () => {
    const options = optionsOf(kind);
    const vectors = openMilvusVectors(options);
    return {
      vectors,
      reopen: async () => openMilvusVectors(options),
      async close() {
        for (const name of ['c_all', 'c_second']) await vectors.drop(name);
        await vectors.close();
      },
    };
  });
}

describe('A Milvus server that is not as it should be', () => {
  const rows = makeVectors(900, 16).map((vector, at) => ({
    id: `a:${at}`,
    vector,
    assetId: 'a',
    kind: 'statement',
    speaker: '',
  }));
  const collection = { name: 'c_all', dimensions: 16, model: 'm' };

  it('is away: an error that says what to do, within seconds, without the token', async () => {
    const vectors = openMilvusVectors(optionsOf({ address: '127.0.0.1:9', token: 'root:secret-word' }));
    const error: unknown = await vectors.open(collection).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'provider.milvus_unreachable',
      retryable: true,
      hint: expect.stringContaining('vectors.address') as string,
    });
    expect(JSON.stringify(error) + String(error)).not.toContain('secret-word');
    await vectors.close();
  });

  it('goes away in the middle: an error, and after it is back the same call works', async () => {
    const vectors = openMilvusVectors(optionsOf());
    await vectors.open(collection);
    await vectors.upsert(collection.name, rows.slice(0, 450), {});
    await server.kill();
    await expect(vectors.upsert(collection.name, rows, {})).rejects.toMatchObject({
      code: 'provider.milvus_unreachable',
    });
    await expect(vectors.search(collection.name, rows[0]!.vector, { limit: 3 })).rejects.toMatchObject({
      code: 'provider.milvus_unreachable',
    });
    await server.restart();
    await vectors.open(collection);
    await vectors.upsert(collection.name, rows, {});
    expect(await vectors.describe(collection.name)).toEqual({ ...collection, count: 900 });
    await vectors.close();
  });
});
