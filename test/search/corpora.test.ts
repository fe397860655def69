import { afterEach, expect, test } from 'vitest';
import { PatternPivotError } from '../../src/domain/errors.ts';
import type { Vectors } from '../../src/ports/vectors.ts';
import { deleteAsset } from '../../src/recipes/library/assets.ts';
import { buildCorpus, collectionOf, dropCorpus, updateCorpus } from '../../src/recipes/library/corpora.ts';
import { listCorpora, readCorpus, readMembers } from '../../src/recipes/library/corpus-records.ts';
import type { RecipeContext, RecipeEvent } from '../../src/recipes/events.ts';
import { forgetfulCache } from '../fixtures/make-timeline.ts';
import {
  addSaid,
  createToyEmbedder,
  openSmallLibrary,
  type SmallLibrary,
} from '../fixtures/small-library.ts';

const opened: SmallLibrary[] = [];
afterEach(async () => {
  for (const library of opened.splice(0)) await library.close();
});

async function openFilled(wrap?: (vectors: Vectors) => Vectors): Promise<SmallLibrary> {
  const library = await openSmallLibrary(wrap);
  opened.push(library);
  await addSaid(library, 'leaving', ['Every audience leaves.', 'Nobody says why they quit.'], {
    tags: ['Talks'],
    channel: 'Ours',
    publishedAt: '2023-05-01T00:00:00.000Z',
  });
  await addSaid(library, 'compilers', ['A compiler was a rumour.', 'The program was hot coffee to them.'], {
    tags: ['talks', 'code'],
    playlist: 'History',
    publishedAt: '2024-05-01T00:00:00.000Z',
  });
  await addSaid(library, 'kitchen', ['Coffee is a drink.', 'Boiling water makes it bitter.']);
  return library;
}

function watch(signal = new AbortController().signal): { context: RecipeContext; events: RecipeEvent[] } {
  const events: RecipeEvent[] = [];
  return { events, context: { signal, emit: (event) => events.push(event) } };
}

const rowsOf = (library: SmallLibrary, name: string) => [
  ...(library.exact.collections.get(collectionOf(name))?.rows.values() ?? []),
];
const titlesIn = (library: SmallLibrary, name: string) =>
  [...new Set(rowsOf(library, name).map(({ assetId }) => Buffer.from(assetId, 'hex').toString()))].toSorted();

function build(
  library: SmallLibrary,
  name: string,
  selection?: Parameters<typeof buildCorpus>[1]['selection'],
  embedder = createToyEmbedder(),
  isAnew = false,
) {
  const wish = { name, isAnew, ...(selection === undefined ? {} : { selection }) };
  return buildCorpus(library, wish, { embedder, cache: forgetfulCache }, watch().context);
}

test('only what a topic selects is embedded: by tag, channel, playlist, date, words and name', async () => {
  const library = await openFilled();
  const cases = [
    [{ tags: ['TALKS'] }, ['compiler', 'leaving_']],
    [{ tags: ['talks', 'code'] }, ['compiler']],
    [{ channel: 'ours' }, ['leaving_']],
    [{ playlist: 'history' }, ['compiler']],
    [{ after: '2024-01-01T00:00:00.000Z', before: '2024-05-01T00:00:00.000Z' }, []],
    [{ before: '2024-01-01T00:00:00.000Z' }, ['leaving_']],
    [{ text: 'coffee' }, ['compiler', 'kitchen_']],
    [{ text: 'coffee drink' }, ['kitchen_']],
    [{ assetIds: [Buffer.from('kitchen_').toString('hex')] }, ['kitchen_']],
  ] as const;
  for (const [index, [selection, titles]] of cases.entries()) {
    const embedder = createToyEmbedder();
    const building = build(library, `corpus-${index}`, JSON.parse(JSON.stringify(selection)), embedder);
    if (titles.length === 0) {
      await expect(building).rejects.toMatchObject({ code: 'not_found.assets' });
      expect(embedder.asked).toEqual([]);
      continue;
    }
    const { corpus } = await building;
    expect(titlesIn(library, `corpus-${index}`), JSON.stringify(selection)).toEqual(titles);
    expect(corpus).toMatchObject({ assetCount: titles.length, chunkCount: embedder.asked.length });
  }
});

test('what is in the index is not embedded again; what came is, and what left is taken out', async () => {
  const library = await openFilled();
  await build(library, 'talks', { tags: ['talks'] });
  const again = createToyEmbedder();
  const unchanged = await build(library, 'talks', undefined, again);
  expect(unchanged).toMatchObject({ embeddedCount: 0, removedCount: 0 });
  expect(again.asked).toEqual([]);

  await addSaid(library, 'new talk', ['People depart.'], { tags: ['talks'] });
  await deleteAsset(library, Buffer.from('leaving_').toString('hex'));
  const changed = await updateCorpus(
    library,
    'talks',
    { embedder: again, cache: forgetfulCache },
    watch().context,
  );
  expect(changed).toMatchObject({ embeddedCount: 1, removedCount: 1 });
  expect(again.asked).toEqual(['People depart.']);
  expect(titlesIn(library, 'talks')).toEqual(['compiler', 'new talk']);
});

test('a transcript that was heard anew is embedded anew, and nothing of the old one stays', async () => {
  const library = await openFilled();
  await build(library, 'all');
  await addSaid(library, 'kitchen', ['Tea.']);
  await build(library, 'all');
  const kitchen = rowsOf(library, 'all').filter(
    ({ assetId }) => assetId === Buffer.from('kitchen_').toString('hex'),
  );
  expect(kitchen).toHaveLength(1);
});

test('a build that is stopped goes on where it was, and promises nothing that is not there', async () => {
  const stop = new AbortController();
  const embedder = createToyEmbedder();
  const library = await openFilled();
  const long = Array.from(
    { length: 600 },
    (_, index) => `Sentence number ${index} is about compilers and about coffee.`,
  );
  await addSaid(library, 'a long one', long);
  await addSaid(library, 'zz longer', long);
  const stopping = {
    ...embedder,
    embed: async (texts: readonly string[], options: { signal?: AbortSignal }) => {
      if (embedder.asked.length > 700) stop.abort(new DOMException('Stopped', 'AbortError'));
      return embedder.embed(texts, options);
    },
  };
  const ports = { embedder: stopping, cache: forgetfulCache };
  await expect(
    buildCorpus(library, { name: 'all', isAnew: false }, ports, watch(stop.signal).context),
  ).rejects.toThrow('Stopped');
  const members = await readMembers(library, 'all');
  expect(members.size).toBeGreaterThan(0);
  expect(members.size).toBeLessThan(5);
  const promised = [...members.values()].reduce((sum, { chunkCount }) => sum + chunkCount, 0);
  expect(rowsOf(library, 'all').length).toBeGreaterThanOrEqual(promised);

  const again = createToyEmbedder();
  const { corpus } = await build(library, 'all', undefined, again);
  expect(again.asked.length + promised).toBe(corpus.chunkCount);
  expect(corpus.assetCount).toBe(5);
  expect(rowsOf(library, 'all')).toHaveLength(corpus.chunkCount);
});

test('an index that is gone, or lost rows, is made anew from the records', async () => {
  const library = await openFilled();
  const { corpus } = await build(library, 'all');
  await library.exact.drop(collectionOf('all'));
  expect((await build(library, 'all')).corpus.chunkCount).toBe(corpus.chunkCount);
  expect(rowsOf(library, 'all')).toHaveLength(corpus.chunkCount);

  const rows = library.exact.collections.get(collectionOf('all'))?.rows;
  rows?.delete([...rows.keys()][0]!);
  await build(library, 'all');
  expect(rowsOf(library, 'all')).toHaveLength(corpus.chunkCount);
});

test('an index that another model made behind the records is made anew', async () => {
  const library = await openFilled();
  await build(library, 'all');
  await library.exact.drop(collectionOf('all'));
  await library.exact.open({ name: collectionOf('all'), model: 'stranger@9', dimensions: 3 });
  const { corpus } = await build(library, 'all');
  expect(rowsOf(library, 'all')).toHaveLength(corpus.chunkCount);
});

test('another model is refused with words, until the index is to be made anew', async () => {
  const library = await openFilled();
  await build(library, 'talks', { tags: ['talks'] });
  const other = createToyEmbedder('other@1', 32);
  const refused = build(library, 'talks', undefined, other);
  await expect(refused).rejects.toMatchObject({ code: 'conflict.index_other_model' });
  await expect(refused).rejects.toThrow(/toy@1 \(64 numbers a vector\), and other@1 is configured/);
  expect(other.asked).toEqual([]);

  const { corpus } = await build(library, 'talks', undefined, other, true);
  expect(corpus).toMatchObject({ model: 'other@1', dimensions: 32, selection: { tags: ['talks'] } });
  expect(titlesIn(library, 'talks')).toEqual(['compiler', 'leaving_']);
});

test('transcripts that are cut in another way are embedded anew', async () => {
  const library = await openFilled();
  await build(library, 'all');
  const otherwise = { ...library, chunking: { maxChars: 40, overlapSentences: 0 } };
  const { corpus } = await build(otherwise, 'all');
  expect(corpus.chunkCount).toBe(6);
  expect(rowsOf(library, 'all')).toHaveLength(6);
});

test('listed, dropped, and unknown ones refused; names that look alike stay apart', async () => {
  const library = await openFilled();
  await build(library, 'a', { text: 'coffee' });
  await build(library, 'a-b', { text: 'audience' });
  const names: string[] = [];
  for await (const { name } of listCorpora(library)) names.push(name);
  expect(names).toEqual(['a', 'a-b']);
  await dropCorpus(library, 'a');
  expect(await readCorpus(library, 'a')).toBeUndefined();
  expect((await readMembers(library, 'a')).size).toBe(0);
  expect((await readMembers(library, 'a-b')).size).toBe(1);
  expect(library.exact.collections.has('c_a')).toBe(false);
  await expect(dropCorpus(library, 'a')).rejects.toMatchObject({ code: 'not_found.corpus' });
  await expect(build(library, 'new')).rejects.toMatchObject({ code: 'not_found.corpus' });
  await expect(build(library, 'all', { tags: ['x'] })).rejects.toMatchObject({ code: 'input.corpus_name' });
  for (const name of ['', 'A', '../x', 'a_b', '-a', 'a'.repeat(64), 'ä']) {
    await expect(build(library, name, {})).rejects.toMatchObject({ code: 'input.corpus_name' });
  }
});

test('a store of vectors that goes away in the middle: an error, and the next build ends it', async () => {
  let writes = 0;
  let isAway = true;
  const library = await openFilled((vectors) => ({
    ...vectors,
    upsert: (...args) => {
      writes += 1;
      if (isAway && writes > 1) throw new PatternPivotError('provider.unreachable', 'The server is away.');
      return vectors.upsert(...args);
    },
  }));
  const long = Array.from(
    { length: 700 },
    (_, index) => `Number ${index} is a sentence on compilers, not a short one.`,
  );
  await addSaid(library, 'a long one', long);
  await addSaid(library, 'b long one', long);
  await expect(build(library, 'all')).rejects.toMatchObject({ code: 'provider.unreachable' });
  const half = (await readMembers(library, 'all')).size;
  expect(half).toBeGreaterThan(0);
  isAway = false;
  const { corpus, embeddedCount } = await build(library, 'all');
  expect(corpus.assetCount).toBe(5);
  expect(embeddedCount).toBe(5 - half);
});
