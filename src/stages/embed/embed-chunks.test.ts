import { expect, it } from 'vitest';
import type { TranscriptChunk } from '../../domain/library.ts';
import { openSentenceEncoder, sentenceEncoderDimensions } from '../../inference/sentence-encoder.ts';
import type { Embedder } from '../../ports/embedder.ts';
import { stageKey, type CachedWork, type StageCache, type StageContext } from '../stage.ts';
import { embedChunks, type EmbeddedChunk } from './embed-chunks.ts';

const chunksOf = (texts: readonly string[]): TranscriptChunk[] =>
  texts.map((text, index) => ({
    id: `0123456789abcdef:${index}`,
    assetId: '0123456789abcdef',
    sentenceStart: index,
    sentenceEnd: index + 1,
    startMs: index * 1000,
    endMs: index * 1000 + 900,
    text,
    kind: 'statement',
  }));

/** A cache that remembers JSON in memory, as the real one does on disk. */
function memoryCache(): StageCache & { readonly stored: Map<string, string> } {
  const stored = new Map<string, string>();
  return {
    stored,
    async remember<T>(work: CachedWork<T>) {
      const key = stageKey(work);
      if (!stored.has(key)) stored.set(key, JSON.stringify(await work.run()));
      return work.schema.parse(JSON.parse(stored.get(key) ?? ''));
    },
    rememberFile: () => Promise.reject(new Error('not used')),
  };
}

function watched(signal = new AbortController().signal) {
  const seen: string[] = [];
  const context: StageContext = {
    signal,
    report: ({ done, total, unit }) => seen.push(`${done}/${total} ${unit}`),
  };
  return { context, seen };
}

/** Vectors that tell which text they are of, and how often they were asked for. */
function countingEmbedder(change: Partial<Embedder> = {}): Embedder & { asked: number; prepared: number } {
  return {
    model: 'counting@1',
    dimensions: 3,
    asked: 0,
    prepared: 0,
    async prepare() {
      this.prepared += 1;
    },
    async embed(texts) {
      this.asked += texts.length;
      return texts.map((text) => Float32Array.of(text.length, 0.25, -1));
    },
    close: async () => {},
    ...change,
  };
}

async function collect(chunks: AsyncIterable<EmbeddedChunk[]>): Promise<EmbeddedChunk[]> {
  const all: EmbeddedChunk[] = [];
  for await (const batch of chunks) all.push(...batch);
  return all;
}

const many = chunksOf(Array.from({ length: 150 }, (_, index) => 'x'.repeat(index + 1)));

it('gives every chunk its own vector, in order, and tells how far it is', async () => {
  const { context, seen } = watched();
  const embedder = countingEmbedder();
  const embedded = await collect(embedChunks(many, { embedder, cache: memoryCache() }, context));
  expect(embedded.map(({ chunk }) => chunk)).toEqual(many);
  expect(embedded.map(({ vector }) => vector)).toEqual(
    many.map(({ text }) => Float32Array.of(text.length, 0.25, -1)),
  );
  expect(seen).toEqual(['64/150 chunks', '128/150 chunks', '150/150 chunks']);
});

it('asks nothing of the embedder for what is in the cache, not even to get ready', async () => {
  const cache = memoryCache();
  const first = await collect(embedChunks(many, { embedder: countingEmbedder(), cache }, watched().context));
  const embedder = countingEmbedder();
  const again = await collect(embedChunks(many, { embedder, cache }, watched().context));
  expect(again).toEqual(first);
  expect([embedder.asked, embedder.prepared]).toEqual([0, 0]);
});

it('keeps the vectors of two models apart', async () => {
  const cache = memoryCache();
  await collect(embedChunks(many, { embedder: countingEmbedder(), cache }, watched().context));
  const other = countingEmbedder({ model: 'counting@2' });
  await collect(embedChunks(many, { embedder: other, cache }, watched().context));
  expect(other.asked).toBe(150);
});

it('goes on where it was stopped', async () => {
  const cache = memoryCache();
  const stop = new AbortController();
  const stopping = embedChunks(many, { embedder: countingEmbedder(), cache }, watched(stop.signal).context);
  await expect(
    (async () => {
      for await (const _ of stopping) stop.abort(new Error('enough'));
    })(),
  ).rejects.toThrow('enough');
  const embedder = countingEmbedder();
  await collect(embedChunks(many, { embedder, cache }, watched().context));
  expect(embedder.asked).toBe(150 - 64);
});

it('refuses fewer vectors, or other ones, than were asked for, and keeps none of them', async () => {
  for (const embed of [
    async () => [Float32Array.of(1, 0, 0)],
    async (texts: readonly string[]) => texts.map(() => Float32Array.of(1, 0)),
  ]) {
    const cache = memoryCache();
    const embedding = collect(
      embedChunks(many, { embedder: countingEmbedder({ embed }), cache }, watched().context),
    );
    await expect(embedding).rejects.toMatchObject({ code: 'provider.embeddings_mismatched' });
    expect(cache.stored.size).toBe(0);
  }
});

it('gives the same vectors from the cache as the carried model gave, to the last bit', async () => {
  const encoder = openSentenceEncoder();
  const embedder: Embedder = {
    model: 'carried',
    dimensions: sentenceEncoderDimensions,
    embed: (texts) => encoder.embed(texts),
    close: () => encoder.close(),
  };
  try {
    const cache = memoryCache();
    const chunks = chunksOf(['The sea was calm.', 'Boats went out to fish.', 'Taxes rose again.']);
    const ports = { embedder, cache };
    const fresh = await collect(embedChunks(chunks, ports, watched().context));
    const kept = await collect(embedChunks(chunks, ports, watched().context));
    expect(kept).toEqual(fresh);
    const direct = await embedder.embed(
      chunks.map((chunk) => chunk.text),
      {},
    );
    for (const [index, { vector }] of kept.entries()) expect(vector).toEqual(direct[index]);
  } finally {
    await embedder.close();
  }
});
