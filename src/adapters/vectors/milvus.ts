import { DataType } from '@zilliz/milvus2-sdk-node';
import { PatternPivotError } from '../../domain/errors.ts';
import type { VectorCollection, VectorFilter, VectorHit, VectorRow, Vectors } from '../../ports/vectors.ts';
import { assertVectorLength, otherModel } from './collection-errors.ts';
import {
  assertDone,
  callMs,
  createConnection,
  loadCollection,
  type Client,
  type MilvusOptions,
} from './milvus-connection.ts';

/** Milvus takes messages of 64 MB and gives answers of 16,384 rows at most: https://milvus.io/docs/limitations.md */
const rowsPerCall = 500;
const assetsPerCall = 500;
const maxHits = 16_384;

/** Rows are spread over so many buckets by their ids, and an exact scan reads about so many rows at once. */
const buckets = 256;
const rowsPerScan = 4000;

/** Texts that can be filtered by are kept in letters, digits, `%` and a few marks only: nothing in them can mean anything in an expression. */
const maxTextChars = 4000;

/** Candidates that a search weighs, for each row that is wanted and at least; a filter that lets through one row in ten makes it weigh ten times as many: https://milvus.io/docs/hnsw.md, https://milvus.io/docs/ivf-flat.md */
const hnsw = { build: { M: 32, efConstruction: 256 }, leastEf: 160, efPerHit: 3, maxEf: 32_768 };
const ivf = { build: { nlist: 256 }, lists: 64 };

/** The property of a collection that says how it was made. */
const makingProperty = 'patternpivot.making';

/** How a collection was made, as it is written down in it. */
type Making = { readonly madeBy: string } & Pick<MilvusOptions, 'index' | 'metric'>;

type MilvusCollection = VectorCollection & Pick<MilvusOptions, 'index' | 'metric'>;

/**
 * Vectors in Milvus. Consistency is set on the collection, to Strong: the client passes over it in a single search. Nothing is sent until it is first
 * needed. @throws provider.milvus_unreachable, provider.milvus_refused
 */
export function openMilvusVectors(options: MilvusOptions): Vectors {
  const { prefix, index, metric } = options;
  const server = createConnection(options);
  const { run } = server;

  const find = async (client: Client, name: string): Promise<MilvusCollection | undefined> => {
    const has = await client.hasCollection({ collection_name: prefix + name, timeout: callMs });
    assertDone(has.status, options);
    if (has.value !== true) return undefined;
    const about = await client.describeCollection({ collection_name: prefix + name, timeout: callMs });
    assertDone(about.status, options);
    const dimensions = about.schema.fields
      .find((field) => field.name === 'vector')
      ?.type_params.find((each) => each.key === 'dim')?.value;
    const made = readMaking([
      about.schema.description,
      ...about.properties.map(({ value }) => String(value)),
    ]);
    return { name, dimensions: Number(dimensions ?? 0), ...made };
  };
  const get = async (client: Client, name: string): Promise<MilvusCollection> => {
    const found = await find(client, name);
    if (found !== undefined) return found;
    throw new PatternPivotError(
      'conflict.index_damaged',
      `The index of meanings has no collection ${name}.`,
      {
        retryable: true,
        hint: 'Somebody dropped it: run it again, and it is made anew.',
        context: { name, address: options.address },
      },
    );
  };
  const count = async (client: Client, name: string, filter?: VectorFilter) => {
    const found = await client.query({
      collection_name: prefix + name,
      filter: describeFilter(filter),
      output_fields: ['count(*)'],
      timeout: callMs,
    });
    assertDone(found.status, options);
    return Number(found.data[0]?.['count(*)'] ?? 0);
  };

  return {
    open: (wanted) =>
      run(undefined, async (client) => {
        if ((await find(client, wanted.name)) === undefined) {
          const making = JSON.stringify({ madeBy: wanted.model, index, metric } satisfies Making);
          const made = await client.createCollection({
            collection_name: prefix + wanted.name,
            // Both: some servers keep no descriptions, and some no properties that they do not know.
            description: making,
            properties: { [makingProperty]: making },
            consistency_level: 'Strong',
            fields: fieldsOf(wanted.dimensions),
            index_params: [
              {
                field_name: 'vector',
                index_type: index === 'hnsw' ? 'HNSW' : 'IVF_FLAT',
                metric_type: metric === 'l2' ? 'L2' : 'COSINE',
                params: index === 'hnsw' ? hnsw.build : ivf.build,
              },
            ],
            timeout: callMs,
          });
          // Another process may have made it at this very moment.
          if ((await find(client, wanted.name)) === undefined) assertDone(made, options);
        }
        const there = await get(client, wanted.name);
        if (there.model !== wanted.model || there.dimensions !== wanted.dimensions) {
          throw otherModel(there, wanted);
        }
        await loadCollection(client, prefix + wanted.name, options);
      }),
    describe: (name) =>
      run(undefined, async (client) => {
        const there = await find(client, name);
        if (there === undefined) return undefined;
        await loadCollection(client, prefix + name, options);
        const { dimensions, model } = there;
        return { name, dimensions, model, count: await count(client, name) };
      }),
    upsert: (name, rows, { signal }) =>
      run(signal, async (client) => {
        const there = await get(client, name);
        for (const row of rows) assertVectorLength(row, there);
        for (let from = 0; from < rows.length; from += rowsPerCall) {
          signal?.throwIfAborted();
          const data = rows.slice(from, from + rowsPerCall).map(toData);
          const { status } = await client.upsert({ collection_name: prefix + name, data, timeout: callMs });
          assertDone(status, options);
        }
      }),
    delete: (name, filter) =>
      run(undefined, async (client) => {
        await get(client, name);
        const { assetIds } = filter;
        const parts = assetIds === undefined ? [undefined] : inParts(assetIds, assetsPerCall);
        for (const part of parts) {
          const { status } = await client.deleteEntities({
            collection_name: prefix + name,
            filter: describeFilter({ ...filter, assetIds: part }) || 'id != ""',
            timeout: callMs,
          });
          assertDone(status, options);
        }
      }),
    search: (name, vector, { limit, filter, isExact = false, signal }) =>
      run(signal, async (client) => {
        const there = await get(client, name);
        assertVectorLength({ id: 'The query', vector }, there);
        if (limit < 1 || holdsOfNone(filter)) return [];
        if (isExact) {
          const whole = { collection: prefix + name, count: await count(client, name), options };
          return scan(client, whole, vector, { limit, filter, signal });
        }
        const hits = Math.min(limit, maxHits);
        const wanted = describeFilter(filter);
        const [fitting, all] =
          wanted === '' ? [1, 1] : await Promise.all([count(client, name, filter), count(client, name)]);
        if (fitting === 0) return [];
        const found = await client.search({
          collection_name: prefix + name,
          anns_field: 'vector',
          data: [...vector],
          limit: hits,
          output_fields: ['id'],
          filter: wanted,
          // What it was made as counts, and not what is configured by now.
          params: describeSearch(there.index, hits, fitting / all),
          timeout: callMs,
        });
        assertDone(found.status, options);
        return found.results
          .map(({ id, score }) => ({
            id: decode(String(id)),
            score: there.metric === 'l2' ? 1 - score / 2 : score,
          }))
          .toSorted(byScore);
      }),
    optimise: (name, { signal }) =>
      run(signal, async (client) => {
        // Sealed segments get their index; growing ones are scanned whole.
        const { status } = await client.flushSync({ collection_names: [prefix + name], timeout: callMs });
        assertDone(status, options);
      }),
    drop: (name) =>
      run(undefined, async (client) => {
        if ((await find(client, name)) === undefined) return false;
        assertDone(await client.dropCollection({ collection_name: prefix + name, timeout: callMs }), options);
        return true;
      }),
    close: () => server.close(),
  };
}

/** What a collection says of itself; one that is not ours fits no model. */
function readMaking(texts: readonly string[]): Pick<MilvusCollection, 'model' | 'index' | 'metric'> {
  for (const text of texts) {
    const { madeBy, index, metric } = parseObject(text);
    if (typeof madeBy !== 'string') continue;
    return {
      model: madeBy,
      index: index === 'ivf' ? 'ivf' : 'hnsw',
      metric: metric === 'l2' ? 'l2' : 'cosine',
    };
  }
  return { model: 'another program', index: 'hnsw', metric: 'cosine' };
}

function parseObject(text: string): { readonly [key: string]: unknown } {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

function fieldsOf(dimensions: number) {
  const text = { data_type: DataType.VarChar, max_length: maxTextChars };
  return [
    { name: 'id', is_primary_key: true, ...text },
    { name: 'asset_id', ...text },
    { name: 'kind', ...text },
    { name: 'speaker', ...text },
    { name: 'bucket', data_type: DataType.Int16 },
    { name: 'vector', data_type: DataType.FloatVector, dim: dimensions },
  ];
}

function toData({ id, assetId, kind, speaker, vector }: VectorRow) {
  return {
    id: encode(id),
    asset_id: encode(assetId),
    kind: encode(kind),
    speaker: encode(speaker),
    bucket: bucketOf(id),
    vector: [...vector],
  };
}

function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

function decode(text: string): string {
  return decodeURIComponent(text);
}

/** How widely an index is searched for `hits` rows, where a share of all rows fits the filter. */
function describeSearch(index: 'hnsw' | 'ivf', hits: number, share: number) {
  if (index === 'ivf') return { nprobe: Math.min(ivf.build.nlist, Math.ceil(ivf.lists / share)) };
  const ef = Math.max(hnsw.leastEf, hits * hnsw.efPerHit) / share;
  return { ef: Math.min(hnsw.maxEf, Math.ceil(ef)) };
}

/** Empty lists hold of no row: there is nothing to ask. */
function holdsOfNone({ assetIds, kinds, speakers }: VectorFilter = {}): boolean {
  return [assetIds, kinds, speakers].some((list) => list?.length === 0);
}

function describeFilter({ assetIds, kinds, speakers }: VectorFilter = {}): string {
  const list = (column: string, texts: readonly string[] | undefined) =>
    texts === undefined ? [] : [`${column} in [${texts.map((text) => `"${encode(text)}"`).join(', ')}]`];
  return [...list('asset_id', assetIds), ...list('kind', kinds), ...list('speaker', speakers)].join(' and ');
}

/**
 * Compares with every row, some thousands at a time: those of some buckets, since no server promises an order to page by.
 * @throws provider.milvus_refused
 */
async function scan(
  client: Client,
  { collection, count, options }: { collection: string; count: number; options: MilvusOptions },
  vector: Float32Array,
  {
    limit,
    filter,
    signal,
  }: { limit: number; filter: VectorFilter | undefined; signal: AbortSignal | undefined },
): Promise<VectorHit[]> {
  let best: VectorHit[] = [];
  const parts = Math.min(buckets, Math.max(1, Math.ceil(count / rowsPerScan)));
  const wanted = describeFilter(filter);
  for (const part of inParts(
    Array.from({ length: buckets }, (_, at) => at),
    Math.ceil(buckets / parts),
  )) {
    signal?.throwIfAborted();
    const page = await client.query({
      collection_name: collection,
      filter: [`bucket in [${part.join(', ')}]`, ...(wanted === '' ? [] : [wanted])].join(' and '),
      output_fields: ['id', 'vector'],
      limit: maxHits,
      timeout: callMs,
    });
    assertDone(page.status, options);
    const rows = page.data as { id: string; vector: readonly number[] }[];
    const hits = rows.map((row) => ({ id: decode(row.id), score: dot(row.vector, vector) }));
    best = [...best, ...hits].toSorted(byScore).slice(0, limit);
  }
  return best;
}

/** FNV-1a: http://www.isthe.com/chongo/tech/comp/fnv/ */
function bucketOf(id: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(id)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash % buckets;
}

function dot(one: readonly number[], other: Float32Array): number {
  let sum = 0;
  for (const [at, value] of one.entries()) sum += value * (other[at] ?? 0);
  return sum;
}

function byScore(one: VectorHit, other: VectorHit): number {
  return other.score - one.score || (one.id < other.id ? -1 : 1);
}

function inParts<T>(list: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, at) =>
    list.slice(at * size, (at + 1) * size),
  );
}
