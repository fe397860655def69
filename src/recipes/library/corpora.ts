import { PatternPivotError } from '../../domain/errors.ts';
import type { AssetSelection, Corpus, LibraryAsset, TranscriptChunk } from '../../domain/library.ts';
import type { Embedder } from '../../ports/embedder.ts';
import type { VectorRow, Vectors } from '../../ports/vectors.ts';
import { embedChunks } from '../../stages/embed/embed-chunks.ts';
import type { Progress, StageCache, StageContext } from '../../stages/stage.ts';
import { runStep, type RecipeContext } from '../events.ts';
import { selectAssets } from './assets.ts';
import {
  assertCorpusName,
  deleteCorpus,
  deleteMembers,
  readCorpus,
  readMembers,
  writeCorpus,
  writeMember,
} from './corpus-records.ts';
import type { Library } from './library.ts';
import { bringFullTextUpToDate, stampOf } from './rebuild.ts';

/** The corpus of everything, which needs no building by hand. */
export const wholeLibrary = 'all';

/** What a corpus is made by. */
export type CorpusPorts = { readonly embedder: Embedder; readonly cache: StageCache };

/** A corpus that is up to date, and how many assets were embedded, and taken out, for that. */
export type BuiltCorpus = {
  readonly corpus: Corpus;
  readonly embeddedCount: number;
  readonly removedCount: number;
};

/** Chunks that are written together: a store of vectors wants few large writes, and a kill should cost little. */
const chunksPerWrite = 256;

/** The collection of vectors of a corpus. Names have no `_`, so that no two corpora share one. */
export function collectionOf(name: string): string {
  return `c_${name.replaceAll('-', '_')}`;
}

/**
 * Makes a corpus of what a selection fits, or brings it up to date; without a selection the one that it was made with counts. Only what is
 * not in the index is embedded, and what no longer fits is taken out. Stopped at any moment, the same call goes on. `isAnew`: the
 * index is thrown away first, which another model needs.
 * @throws not_found.corpus without a selection for a new one, not_found.assets, conflict.index_other_model, input.corpus_name, provider.*
 */
export async function buildCorpus(
  library: Library,
  wish: { readonly name: string; readonly selection?: AssetSelection; readonly isAnew: boolean },
  ports: CorpusPorts,
  context: RecipeContext,
): Promise<BuiltCorpus> {
  const { name, isAnew } = wish;
  assertCorpusName(name);
  const before = await readCorpus(library, name);
  const selection = wish.selection ?? before?.selection ?? (name === wholeLibrary ? {} : undefined);
  if (selection === undefined) throw notFound(name);
  if (name === wholeLibrary && Object.keys(selection).length > 0) {
    throw new PatternPivotError(
      'input.corpus_name',
      `The corpus "${wholeLibrary}" is everything: it selects nothing.`,
      {
        hint: 'Give what you select another name: pivot corpus build compilers --tag compilers',
      },
    );
  }
  assertWritable(library);
  if (before !== undefined && !isAnew) assertSameModel(before, ports.embedder);
  await prepareEmbedder(ports.embedder, context);
  await bringFullTextUpToDate(library, context);
  if ((await selectAssets(library, selection)).length === 0) {
    throw new PatternPivotError('not_found.assets', 'Nothing in the library fits that.', {
      hint: 'pivot list shows what is in it, with tags, dates and channels.',
      context: { selection },
    });
  }
  if (isAnew) await emptyIndex(library, await library.openVectors(), name);
  return update(library, describe(library, name, selection, ports.embedder, before), ports, context);
}

/**
 * Embeds what came to the library since a corpus was built and takes out what left it. The corpus of everything is made when there is none.
 * @throws not_found.corpus, conflict.index_other_model, provider.*
 */
export async function updateCorpus(
  library: Library,
  name: string,
  ports: CorpusPorts,
  context: RecipeContext,
): Promise<BuiltCorpus> {
  const before = await readCorpus(library, name);
  if (before === undefined && name !== wholeLibrary) throw notFound(name);
  if (before !== undefined) assertSameModel(before, ports.embedder);
  await prepareEmbedder(ports.embedder, context);
  const selection = before?.selection ?? {};
  return update(library, describe(library, name, selection, ports.embedder, before), ports, context);
}

/** Forgets a corpus and its index; the assets stay. @throws not_found.corpus, input.corpus_name, input.not_writable */
export async function dropCorpus(library: Library, name: string): Promise<void> {
  assertCorpusName(name);
  assertWritable(library);
  if ((await readCorpus(library, name)) === undefined) throw notFound(name);
  const vectors = await library.openVectors();
  await emptyIndex(library, vectors, name);
  // Its record last: dropped half, it can be dropped again.
  await deleteCorpus(library, name);
}

/** Whether an index was found damaged: it is empty afterwards, and can be made anew. */
export function isIndexDamaged(error: unknown): boolean {
  return error instanceof PatternPivotError && error.code === 'conflict.index_damaged';
}

/** What a first use waits for, where a user sees it: files that are fetched, a server that is asked. */
async function prepareEmbedder(embedder: Embedder, context: RecipeContext): Promise<void> {
  if (embedder.prepare === undefined) return;
  await runStep(context, 'embed', (step) => embedder.prepare!(step), { detail: () => embedder.model });
}

/** Refuses a corpus that another model made: vectors of two models cannot be compared. @throws conflict.index_other_model, in words */
export function assertSameModel(
  { name, model, dimensions }: Corpus,
  embedder: Pick<Embedder, 'model'>,
): void {
  if (model === embedder.model) return;
  throw new PatternPivotError(
    'conflict.index_other_model',
    `The corpus "${name}" was made by ${model} (${dimensions} numbers a vector), and ${embedder.model} is configured: their vectors cannot be compared.`,
    {
      hint: `Make it anew: pivot corpus build ${name} --again; or set the model back; or search with --words-only.`,
      context: { corpus: name, made: model, configured: embedder.model },
    },
  );
}

function notFound(name: string): PatternPivotError {
  return new PatternPivotError('not_found.corpus', `There is no corpus "${name}".`, {
    hint: `pivot corpus list shows them; say what it is made of: pivot corpus build ${name} --tag <tag>`,
    context: { name },
  });
}

function assertWritable({ isWritable, folder }: Library): void {
  if (isWritable) return;
  throw new PatternPivotError('input.not_writable', `The library can only be read: ${folder}`, {
    hint: 'Change the permissions, or choose another library with --library.',
    context: { folder },
  });
}

function describe(
  { chunking }: Library,
  name: string,
  selection: AssetSelection,
  { model, dimensions }: Embedder,
  before: Corpus | undefined,
): Corpus {
  return {
    version: 1,
    name,
    selection,
    model,
    dimensions,
    chunking,
    builtAt: before?.builtAt ?? new Date().toISOString(),
    assetCount: before?.assetCount ?? 0,
    chunkCount: before?.chunkCount ?? 0,
  };
}

/** Throws the index away, and what is said to be in it first: killed in between, nothing is promised that is not there. */
async function emptyIndex(library: Library, vectors: Vectors, name: string): Promise<void> {
  await deleteMembers(library, name, (await readMembers(library, name)).keys());
  await vectors.drop(collectionOf(name));
}

/** An index that turns out to be damaged on the way, or that another process throws away meanwhile, is made anew: once. */
async function update(
  library: Library,
  corpus: Corpus,
  ports: CorpusPorts,
  context: RecipeContext,
): Promise<BuiltCorpus> {
  try {
    return await updateOnce(library, corpus, ports, context);
  } catch (error) {
    if (!isIndexDamaged(error)) throw error;
    return updateOnce(library, corpus, ports, context);
  }
}

async function updateOnce(
  library: Library,
  corpus: Corpus,
  ports: CorpusPorts,
  context: RecipeContext,
): Promise<BuiltCorpus> {
  const { name } = corpus;
  await bringFullTextUpToDate(library, context);
  const vectors = await library.openVectors();
  await openCollection(library, vectors, corpus, context);
  const assets = await selectAssets(library, corpus.selection);
  const members = await readMembers(library, name);
  const stamps = await library.fullText.listWritten();
  const isCurrent = (asset: LibraryAsset) => members.get(asset.id)?.stamp === stampOf(asset, library);
  // What full text could not be made of has no chunks to embed.
  const missing = assets.filter(
    (asset) => !isCurrent(asset) && stamps.get(asset.id) === stampOf(asset, library),
  );
  const current = new Set(assets.filter(isCurrent).map(({ id }) => id));
  const stale = [...members.keys()].filter((id) => !current.has(id));
  if (stale.length > 0) {
    await deleteMembers(library, name, stale);
    await vectors.delete(collectionOf(name), { assetIds: stale });
  }
  if (missing.length > 0) {
    // A corpus that is being built can be listed, dropped and gone on with.
    await writeCorpus(library, corpus);
    await runStep(context, 'embed', (step) => embedMissing(library, vectors, name, missing, ports, step), {
      detail: (count) => `${count} chunks of ${missing.length} ${missing.length === 1 ? 'thing' : 'things'}`,
    });
  }
  const now = await readMembers(library, name);
  const chunkCount = [...now.values()].reduce((sum, member) => sum + member.chunkCount, 0);
  const isChanged = missing.length > 0 || stale.length > 0;
  const before = isChanged ? undefined : await readCorpus(library, name);
  const built: Corpus = { ...corpus, assetCount: now.size, chunkCount };
  if (isChanged) await writeCorpus(library, { ...built, builtAt: new Date().toISOString() });
  else if (JSON.stringify(before) !== JSON.stringify(built)) await writeCorpus(library, built);
  const removedCount = stale.filter((id) => !missing.some((asset) => asset.id === id)).length;
  return { corpus: built, embeddedCount: missing.length, removedCount };
}

/**
 * Opens the collection, and holds it against what the records say: an index that is gone, that lost rows or that another model made is begun anew,
 * since the records are the truth.
 */
async function openCollection(
  library: Library,
  vectors: Vectors,
  corpus: Corpus,
  context: RecipeContext,
): Promise<void> {
  const { name, model, dimensions } = corpus;
  const collection = collectionOf(name);
  const { members, there, isShort } = await compareIndex(library, vectors, name);
  if (there !== undefined && (there.model !== model || there.dimensions !== dimensions)) {
    await emptyIndex(library, vectors, name);
  } else if (isShort) {
    const text = `The index of meanings of the corpus "${name}" is missing, or was damaged: it is made anew from the transcripts.`;
    context.emit({ event: 'note', text });
    await deleteMembers(library, name, members.keys());
  }
  await vectors.open({ name: collection, model, dimensions });
}

/** Times that an index is looked at before it is called too short: another process may be at work on it. */
const looks = 3;

/** What is in an index beside what is said to be in it. Rows that nobody promised do no harm: another process may be writing them. */
async function compareIndex(library: Library, vectors: Vectors, name: string) {
  for (let look = 1; ; look += 1) {
    // In this order: rows are written before they are promised.
    const members = await readMembers(library, name);
    const there = await vectors.describe(collectionOf(name));
    const promised = [...members.values()].reduce((sum, { chunkCount }) => sum + chunkCount, 0);
    const isShort = (there?.count ?? 0) < promised;
    if (!isShort || look === looks) return { members, there, isShort };
  }
}

/** Embeds assets and writes them down, some hundred chunks at once. @returns how many chunks */
async function embedMissing(
  library: Library,
  vectors: Vectors,
  name: string,
  assets: readonly LibraryAsset[],
  ports: CorpusPorts,
  { signal, report }: StageContext,
): Promise<number> {
  const collection = collectionOf(name);
  const totalWords = assets.reduce((sum, { wordCount }) => sum + wordCount, 0);
  let doneWords = 0;
  let chunkCount = 0;
  let waiting: { asset: LibraryAsset; rows: VectorRow[] }[] = [];
  const flush = async () => {
    const rows = waiting.flatMap((each) => each.rows);
    if (rows.length > 0) await vectors.upsert(collection, rows, { signal });
    for (const { asset, rows: own } of waiting) {
      const member = { version: 1 as const, stamp: stampOf(asset, library), chunkCount: own.length };
      await writeMember(library, name, asset.id, member);
    }
    chunkCount += rows.length;
    waiting = [];
  };
  for (const asset of assets) {
    signal.throwIfAborted();
    const chunks = await library.fullText.readAsset(asset.id);
    const reportWords = ({ done, total = 1 }: Progress) =>
      report({
        done: Math.round(doneWords + (asset.wordCount * done) / total),
        total: totalWords,
        unit: 'words',
      });
    const rows: VectorRow[] = [];
    for await (const batch of embedChunks(chunks, ports, { signal, report: reportWords })) {
      for (const { chunk, vector } of batch) rows.push(toRow(chunk, vector));
    }
    doneWords += asset.wordCount;
    waiting.push({ asset, rows });
    if (waiting.reduce((sum, { rows }) => sum + rows.length, 0) >= chunksPerWrite) await flush();
  }
  await flush();
  await vectors.optimise(collection, { signal });
  return chunkCount;
}

function toRow({ id, assetId, kind, speaker = '' }: TranscriptChunk, vector: Float32Array): VectorRow {
  return { id, vector, assetId, kind, speaker };
}
