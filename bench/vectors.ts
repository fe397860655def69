import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbeddedVectors } from '../src/adapters/vectors/embedded.ts';
import { openMilvusVectors } from '../src/adapters/vectors/milvus.ts';
import { createCarriedEncoder } from '../src/adapters/embedder/carried.ts';
import type { VectorFilter, VectorRow, Vectors } from '../src/ports/vectors.ts';
import { recordingPath } from '../test/recordings.ts';

/**
 * Writes and searches vectors: `npm run bench -- vectors [10000 100000] [--queries 50] [--cache <file>] [--milvus <host:port> --index hnsw|ivf --metric cosine|l2]`.
 *
 * A million on demand: `npm run bench -- vectors 1000000 --queries 20`.
 *
 * - The vectors are made from passages of real talks, by the carried embedder: a thousand as they are, the others between two of them, with noise.
 *   The queries are the questions of search-questions.json and passages of the talks that are not among the vectors, in turn.
 * - "recall@10": the share of the exact scan's ten nearest that the search found.
 * - Latencies are medians of one search at a time, in ms, after one that warms up; "slowest 1 in 20" is the 95th percentile.
 * - Memory is this whole process, its most so far; the embedder runs in another.
 * - `--cache`: a file that keeps what was embedded for the next run.
 */
export async function run(args: string[]): Promise<void> {
  const options = readArguments(args);
  const seeds = await readSeeds(options.cache);
  if (seeds === undefined) {
    console.log('Skipped: the recordings have no audience folder (set PATTERNPIVOT_RECORDINGS).');
    return;
  }
  console.log(
    `${seeds.passages.length} passages and ${seeds.queries.length} queries, ${dimensions} numbers each; load ${loadavg()[0]?.toFixed(1)}`,
  );
  for (const count of options.counts) await measure(count, seeds, options);
}

/** Of the carried embedder. */
const dimensions = 512;

type Options = {
  readonly counts: readonly number[];
  readonly queries: number;
  readonly cache: string | undefined;
  readonly milvus: string | undefined;
  readonly index: 'hnsw' | 'ivf';
  readonly metric: 'cosine' | 'l2';
};

function readArguments(args: readonly string[]): Options {
  const valueOf = (flag: string) => (args.includes(flag) ? args[args.indexOf(flag) + 1] : undefined);
  const counts = args.flatMap((arg, at) =>
    /^\d+$/u.test(arg) && args[at - 1]?.startsWith('--') !== true ? [Number(arg)] : [],
  );
  return {
    counts: counts.length === 0 ? [10_000, 100_000] : counts,
    queries: Number(valueOf('--queries') ?? 50),
    cache: valueOf('--cache'),
    milvus: valueOf('--milvus'),
    index: valueOf('--index') === 'ivf' ? 'ivf' : 'hnsw',
    metric: valueOf('--metric') === 'l2' ? 'l2' : 'cosine',
  };
}

type Seeds = { readonly passages: readonly Float32Array[]; readonly queries: readonly Float32Array[] };

/** What all vectors are made from. */
async function readSeeds(cache: string | undefined): Promise<Seeds | undefined> {
  const texts = await readTexts();
  if (texts === undefined) return undefined;
  const count = texts.passages.length + texts.queries.length;
  let vectors = cache === undefined ? undefined : await readVectors(cache);
  if (vectors?.length !== count) {
    const embedder = createCarriedEncoder();
    try {
      vectors = [];
      const all = [...texts.passages, ...texts.queries];
      for (let at = 0; at < all.length; at += 64) {
        vectors.push(...(await embedder.embed(all.slice(at, at + 64), {})));
      }
    } finally {
      await embedder.close();
    }
    if (cache !== undefined) await writeFile(cache, Buffer.concat(vectors.map(toBytes)));
  }
  return { passages: vectors.slice(0, texts.passages.length), queries: vectors.slice(texts.passages.length) };
}

async function readVectors(path: string): Promise<Float32Array[] | undefined> {
  const bytes = await readFile(path).catch(() => undefined);
  if (bytes === undefined) return undefined;
  const numbers = new Float32Array(new Uint8Array(bytes).buffer);
  return Array.from({ length: numbers.length / dimensions }, (_, at) =>
    numbers.slice(at * dimensions, (at + 1) * dimensions),
  );
}

function toBytes({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** Passages of about 330 characters, from all talks alike; every sixth is kept back, to be asked for. */
async function readTexts(): Promise<{ passages: string[]; queries: string[] } | undefined> {
  const folder = recordingPath('audience/talks-laughter-applause');
  if (folder === undefined) return undefined;
  const chosen: string[] = [];
  for (const name of (await readdir(folder)).filter((file) => file.endsWith('.json')).toSorted()) {
    const { lines } = JSON.parse(await readFile(join(folder, name), 'utf8')) as { lines: string[] };
    const [passages] = lines.reduce<[string[], string]>(
      ([done, open], line) =>
        open.length + line.length > 330 ? [[...done, open], line] : [done, `${open} ${line}`],
      [[], ''],
    );
    // Six of each talk, spread over it.
    for (let part = 0; part < 6; part++) {
      chosen.push(passages[Math.floor(((part + 0.5) / 6) * passages.length)] ?? '');
    }
  }
  const usable = chosen.filter((text) => text.length > 100);
  const asked = JSON.parse(await readFile(new URL('search-questions.json', import.meta.url), 'utf8')) as {
    query: string;
  }[];
  const kept = usable.filter((_, at) => at % 6 === 5);
  // Questions and passages in turn, so that the first so many are some of each.
  const queries = asked.flatMap(({ query }, at) => [query, kept[at * 3] ?? query]);
  return { passages: usable.filter((_, at) => at % 6 !== 5).slice(0, 1000), queries };
}

/** Numbers that look random, the same each time. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
}

/** How far noise moves each number of a vector: together they make about 0.27 of its length. */
const noise = 0.012;

/** How many passages a recording has: an hour and a bit. */
const passagesPerAsset = 280;

/** The `index`-th row: a passage as it is, or one between two. */
function makeRow(index: number, { passages }: Seeds, random: () => number): VectorRow {
  const vector = new Float32Array(dimensions);
  const pick = () => passages[Math.floor(random() * passages.length)]!;
  const one = passages[index] ?? pick();
  const other = pick();
  const share = index < passages.length ? 1 : 0.5 + 0.45 * random();
  const spread = index < passages.length ? 0 : noise * Math.sqrt(12);
  for (let at = 0; at < dimensions; at++) {
    vector[at] = share * one[at]! + (1 - share) * other[at]! + spread * (random() - 0.5);
  }
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  const asset = Math.floor(index / passagesPerAsset);
  return {
    id: `${asset}:${index}`,
    vector: vector.map((value) => value / length),
    assetId: String(asset),
    // As often as in real talks (docs/decisions/0016-embedders-and-chunks.md).
    kind: draw(random(), [
      ['question', 0.09],
      ['number', 0.12],
      ['story', 0.06],
      ['statement', 1],
    ]),
    speaker: `speaker ${Math.floor(random() * 8)}`,
  };
}

function draw(value: number, shares: readonly (readonly [string, number])[]): string {
  let sum = 0;
  return shares.find(([, share]) => value < (sum += share))?.[0] ?? '';
}

async function measure(count: number, seeds: Seeds, options: Options): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'pivot-vectors-'));
  const path = join(folder, 'vectors.sqlite');
  const { milvus, index, metric } = options;
  const vectors =
    milvus === undefined
      ? openEmbeddedVectors(path)
      : openMilvusVectors({ address: milvus, prefix: 'bench_', index, metric });
  try {
    const name = 'c_all';
    await vectors.drop(name);
    await vectors.open({ name, dimensions, model: 'carried' });
    const memory = watchMemory();
    const seconds = await build(vectors, name, count, seeds);
    memory.look();
    const where = milvus === undefined ? 'embedded' : `Milvus, ${index}, ${metric}`;
    const bytes = milvus === undefined ? (await stat(path)).size : undefined;
    console.log(
      `\n${count.toLocaleString('en')} vectors, ${where}: built in ${seconds.toFixed(1)} s (${Math.round(count / seconds)} a second)` +
        `${bytes === undefined ? '' : `, ${megabytes(bytes)} on disk`}, memory ${memory.tell()}; load ${loadavg()[0]?.toFixed(1)}`,
    );
    console.log('                             recall@10   median   slowest 1 in 20   exact');
    for (const [title, filter] of filtersOf(count)) {
      const found = await compare(vectors, name, seeds.queries.slice(0, options.queries), filter);
      console.log(
        `${title.padEnd(28)} ${found.recall.toFixed(4).padStart(9)} ${found.median.toFixed(1).padStart(8)} ${found.slow.toFixed(1).padStart(17)} ${found.exact.toFixed(1).padStart(7)}`,
      );
    }
    memory.look();
    console.log(`memory after searching ${memory.tell()}; load ${loadavg()[0]?.toFixed(1)}`);
    if (milvus !== undefined) await vectors.drop(name);
  } finally {
    await vectors.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function build(vectors: Vectors, name: string, count: number, seeds: Seeds): Promise<number> {
  const random = createRandom(1);
  let ms = 0;
  for (let at = 0; at < count; at += 500) {
    const size = Math.min(500, count - at);
    const rows = Array.from({ length: size }, (_, more) => makeRow(at + more, seeds, random));
    const startedAt = performance.now();
    await vectors.upsert(name, rows, {});
    ms += performance.now() - startedAt;
  }
  const startedAt = performance.now();
  await vectors.optimise(name, {});
  return (ms + performance.now() - startedAt) / 1000;
}

/** What searches are narrowed to. */
function filtersOf(count: number): (readonly [string, VectorFilter | undefined])[] {
  const assets = Math.ceil(count / passagesPerAsset);
  const some = Array.from({ length: Math.ceil(assets / 20) }, (_, at) => String(at * 20));
  return [
    ['everything', undefined],
    ['questions (9 %)', { kinds: ['question'] }],
    ['one recording in twenty', { assetIds: some }],
    ['a speaker’s stories (0.8 %)', { kinds: ['story'], speakers: ['speaker 3'] }],
  ];
}

type Compared = {
  readonly recall: number;
  readonly median: number;
  readonly slow: number;
  readonly exact: number;
};

async function compare(
  vectors: Vectors,
  name: string,
  queries: readonly Float32Array[],
  filter: VectorFilter | undefined,
): Promise<Compared> {
  const limit = 10;
  const timed = async (query: Float32Array, isExact: boolean) => {
    const startedAt = performance.now();
    const hits = await vectors.search(name, query, { limit, filter, isExact });
    return { ms: performance.now() - startedAt, ids: hits.map(({ id }) => id) };
  };
  await timed(queries[0]!, false);
  const near: number[] = [];
  const exact: number[] = [];
  let right = 0;
  let wanted = 0;
  for (const query of queries) {
    const found = await timed(query, false);
    const truth = await timed(query, true);
    near.push(found.ms);
    exact.push(truth.ms);
    right += truth.ids.filter((id) => found.ids.includes(id)).length;
    wanted += truth.ids.length;
  }
  return {
    recall: right / wanted,
    median: percentile(near, 0.5),
    slow: percentile(near, 0.95),
    exact: percentile(exact, 0.5),
  };
}

function percentile(values: readonly number[], share: number): number {
  return values.toSorted((one, other) => one - other)[Math.floor(share * (values.length - 1))] ?? NaN;
}

/** The most that this process held, beside what it held at first. */
function watchMemory(): { look(): void; tell(): string } {
  const atFirst = process.memoryUsage().rss;
  let most = atFirst;
  return {
    look() {
      // In kilobytes, and of the whole life of the process.
      most = process.resourceUsage().maxRSS * 1024;
    },
    tell: () => `${megabytes(atFirst)} at first, ${megabytes(most)} at most`,
  };
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}
