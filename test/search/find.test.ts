import { afterEach, expect, test } from 'vitest';
import { PatternPivotError } from '../../src/domain/errors.ts';
import type { Embedder } from '../../src/ports/embedder.ts';
import type { Vectors } from '../../src/ports/vectors.ts';
import { deleteAsset } from '../../src/recipes/library/assets.ts';
import { buildCorpus, collectionOf } from '../../src/recipes/library/corpora.ts';
import { findPassages, type FindRequest } from '../../src/recipes/library/find.ts';
import type { Library } from '../../src/recipes/library/library.ts';
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

async function open(wrap?: (vectors: Vectors) => Vectors): Promise<SmallLibrary> {
  const library = await openSmallLibrary(wrap);
  opened.push(library);
  return library;
}

async function openFilled(wrap?: (vectors: Vectors) => Vectors): Promise<SmallLibrary> {
  const library = await open(wrap);
  await addSaid(
    library,
    'leaving',
    ['Have you seen spectators depart?', 'That is all there is to say about it.'],
    {
      publishedAt: '2023-05-01T00:00:00.000Z',
      speakers: ['Ada Lovelace'],
      tags: ['talks'],
    },
  );
  await addSaid(library, 'compilers', ['The first compiler was a rumour.', 'It cost 400 dollars.'], {
    publishedAt: '2024-05-01T00:00:00.000Z',
    speakers: ['Grace Hopper'],
  });
  await addSaid(library, 'kitchen', ['Espresso is a boiling beverage.']);
  return library;
}

const context = { signal: new AbortController().signal, emit: () => {} };

function find(
  library: Library,
  request: Partial<FindRequest> & { query: string },
  embedder: Embedder = createToyEmbedder(),
) {
  return findPassages(library, { limit: 10, ...request }, { embedder, cache: forgetfulCache }, context);
}

const titles = async (finding: ReturnType<typeof find>) => (await finding).passages.map(({ title }) => title);

test('words find what is said, and meaning what is meant', async () => {
  const library = await openFilled();
  const meant = await find(library, { query: 'why viewers leave' });
  expect(meant.passages[0]).toMatchObject({
    title: 'leaving',
    path: '/somewhere/leaving.vtt',
    startMs: 0,
    meaningRank: 1,
  });
  expect(meant.passages[0]?.textRank).toBeUndefined();
  expect(meant.notes).toEqual(['Nobody says these words; these are the nearest in meaning.']);

  const half = await find(library, { query: 'the rumours on Kubernetes' });
  expect(half.passages[0]?.title).toBe('compilers');
  expect(half.notes).toEqual(['Nobody says "Kubernetes"; these are the nearest to the rest of it.']);

  const said = await find(library, { query: 'rumour' });
  expect(said.passages[0]).toMatchObject({ title: 'compilers', textRank: 1, speaker: 'Grace Hopper' });
  expect(said.notes).toEqual([]);
  const { startMs, endMs, score } = said.passages[0]!;
  expect(endMs).toBeGreaterThan(startMs);
  expect(score).toBeGreaterThan(0);
  expect(score).toBeLessThanOrEqual(1);
});

test('what was added a moment ago is found, and what was removed is not', async () => {
  const library = await openFilled();
  await find(library, { query: 'rumour' });
  await addSaid(library, 'gossip', ['Rumour has it.']);
  await deleteAsset(library, Buffer.from('compiler').toString('hex'));
  expect(await titles(find(library, { query: 'rumour' }))).toContain('gossip');
  expect(await titles(find(library, { query: 'rumour' }))).not.toContain('compilers');
});

test('words alone need no index of meanings and no embedder', async () => {
  const library = await openFilled();
  const embedder = createToyEmbedder();
  const found = await find(
    { ...library, openVectors: () => Promise.reject(new Error('opened')) },
    { query: 'compiler', by: 'words' },
    embedder,
  );
  expect(found.passages.map(({ title }) => title)).toEqual(['compilers']);
  expect(embedder.asked).toEqual([]);
});

test('narrowed by speaker, date, kind and corpus', async () => {
  const library = await openFilled();
  const query = 'compiler viewers espresso dollars depart';
  expect(await titles(find(library, { query, speaker: 'ada lovelace' }))).toEqual(['leaving']);
  expect(await titles(find(library, { query, speaker: 'Hopper' }))).toEqual(['compilers']);
  expect(await titles(find(library, { query, after: '2024-01-01T00:00:00.000Z' }))).toEqual(
    expect.arrayContaining(['compilers', 'kitchen']),
  );
  expect(await titles(find(library, { query, before: '2024-01-01T00:00:00.000Z' }))).toEqual(['leaving']);
  expect(await titles(find(library, { query, kinds: ['question'] }))).toEqual(['leaving']);
  const ports = { embedder: createToyEmbedder(), cache: forgetfulCache };
  await buildCorpus(
    library,
    { name: 'talks', selection: { tags: ['talks'] }, isAnew: false },
    ports,
    context,
  );
  expect(await titles(find(library, { query, from: 'talks' }))).toEqual(['leaving']);
  expect(await titles(find(library, { query, from: 'talks', by: 'words' }))).toEqual(['leaving']);
  expect(await titles(find(library, { query, from: 'talks', after: '2024-01-01T00:00:00.000Z' }))).toEqual(
    [],
  );
});

test('a speaker or a corpus that is not there is named', async () => {
  const library = await openFilled();
  await expect(find(library, { query: 'x', speaker: 'Nobody' })).rejects.toMatchObject({
    code: 'not_found.speaker',
    hint: 'Known are Grace Hopper, Ada Lovelace.',
  });
  await expect(find(library, { query: 'x', from: 'nope' })).rejects.toMatchObject({
    code: 'not_found.corpus',
  });
});

test('an empty library says how to begin', async () => {
  expect(await find(await open(), { query: 'anything' })).toEqual({
    passages: [],
    notes: ['The library is empty. Begin it: pivot add talk.mp4'],
  });
});

test('queries of all kinds: empty ones and emoji are refused, long ones and syntax are words', async () => {
  const library = await openFilled();
  for (const query of ['', '  \n', '🎉🎉', '"*" --', '\u0000']) {
    await expect(find(library, { query })).rejects.toMatchObject({ code: 'input.query_empty' });
  }
  await expect(find(library, { query: 'a'.repeat(10_001) })).rejects.toMatchObject({
    code: 'input.query_too_long',
  });
  for (const query of [
    'compiler '.repeat(1111),
    'c'.repeat(10_000),
    '🎉 compiler 🎉',
    '"compiler" NEAR/3 (x OR',
    "'; DROP TABLE chunks",
    '\ud800 compiler',
  ]) {
    const { passages } = await find(library, { query });
    expect(passages.length).toBeGreaterThan(0);
  }
  for (const limit of [0, -1, 1.5, 1001, Number.NaN]) {
    await expect(find(library, { query: 'x', limit })).rejects.toMatchObject({ code: 'input.limit' });
  }
});

test('another model is refused with words', async () => {
  const library = await openFilled();
  await find(library, { query: 'compiler' });
  await expect(find(library, { query: 'compiler' }, createToyEmbedder('other@1'))).rejects.toMatchObject({
    code: 'conflict.index_other_model',
  });
  expect(
    await titles(find(library, { query: 'compiler', by: 'words' }, createToyEmbedder('other@1'))),
  ).toEqual(['compilers']);
});

test('a store of vectors that is away: the words still answer, and a note says why', async () => {
  const away = () => Promise.reject(new PatternPivotError('provider.unreachable', 'The server is away.'));
  const says = 'These are by words alone, since meanings could not be searched: The server is away.';
  const searching = await openFilled((vectors) => ({ ...vectors, search: away }));
  expect(await find(searching, { query: 'compiler' })).toMatchObject({
    notes: [says],
    passages: [{ title: 'compilers' }],
  });
  const writing = await openFilled((vectors) => ({ ...vectors, upsert: away }));
  expect(await find(writing, { query: 'compiler' })).toMatchObject({
    notes: [says],
    passages: [{ title: 'compilers' }],
  });
  const opening = { ...(await openFilled()), openVectors: away };
  expect(await find(opening, { query: 'compiler' })).toMatchObject({
    notes: [says],
    passages: [{ title: 'compilers' }],
  });
});

test('a mistake of ours is not hidden behind a note', async () => {
  const library = await openFilled((vectors) => ({
    ...vectors,
    search: () => Promise.reject(new TypeError('ours')),
  }));
  await expect(find(library, { query: 'compiler' })).rejects.toThrow('ours');
});

test('nothing is sent to another machine unasked', async () => {
  const library = await openFilled();
  const hosted = { ...createToyEmbedder(), isHosted: true as const };
  const first = await find(library, { query: 'compiler' }, hosted);
  expect(hosted.asked).toEqual([]);
  expect(first.notes[0]).toMatch(/by words alone.*pivot corpus build all/u);

  await buildCorpus(
    library,
    { name: 'all', isAnew: false },
    { embedder: hosted, cache: forgetfulCache },
    context,
  );
  const asked = hosted.asked.length;
  await addSaid(library, 'later', ['Another compiler.']);
  const second = await find(library, { query: 'compiler' }, hosted);
  expect(hosted.asked).toHaveLength(asked);
  expect(second.notes).toEqual([
    '1 thing is searched by words alone: pivot corpus build all brings it up to date.',
  ]);
  expect(second.passages.some(({ meaningRank }) => meaningRank !== undefined)).toBe(true);
});

test('rows of what is gone from the library are passed over', async () => {
  const library = await openFilled();
  await find(library, { query: 'compiler' });
  const rows = library.exact.collections.get(collectionOf('all'))!.rows;
  rows.set('gone:0', { ...[...rows.values()][0]!, id: 'gone:0', assetId: 'gone' });
  expect(
    (await find(library, { query: 'compiler' })).passages.every(({ assetId }) => assetId !== 'gone'),
  ).toBe(true);
});

test('a library that can only be read is searched with what there is', async () => {
  const library = await openFilled();
  const before = await find({ ...library, isWritable: false }, { query: 'compiler' });
  expect(before.notes[0]).toMatch(/can only be read/u);
  await find(library, { query: 'compiler' });
  const embedder = createToyEmbedder();
  const after = await find({ ...library, isWritable: false }, { query: 'viewers' }, embedder);
  expect(after.passages[0]).toMatchObject({ title: 'leaving', meaningRank: 1 });
  expect(embedder.asked).toEqual([]);
});
