import { isAbortError, PatternPivotError } from '../../domain/errors.ts';
import type { ChunkKind, LibraryAsset, Passage } from '../../domain/library.ts';
import type { VectorFilter } from '../../ports/vectors.ts';
import type { FusedPassage } from '../../stages/search/fuse.ts';
import { findUnsaidWords, isPassing, searchPassages, type MeaningIndex } from '../../stages/search/search.ts';
import type { RecipeContext } from '../events.ts';
import { isSelected, listAssets, readAsset, selectAssets } from './assets.ts';
import {
  assertSameModel,
  collectionOf,
  isIndexDamaged,
  updateCorpus,
  wholeLibrary,
  type CorpusPorts,
} from './corpora.ts';
import { readCorpus, readMembers } from './corpus-records.ts';
import type { Library } from './library.ts';
import { bringFullTextUpToDate, stampOf } from './rebuild.ts';

/** What is looked for. */
export type FindRequest = {
  readonly query: string;
  /** The corpus that is searched. Default: the whole library. */
  readonly from?: string | undefined;
  /** Published (else added) at or after, and before: ISO 8601. */
  readonly after?: string | undefined;
  readonly before?: string | undefined;
  /** Who says it: a name, or the beginning of one of its words. */
  readonly speaker?: string | undefined;
  /** What a passage is: any of these. */
  readonly kinds?: readonly ChunkKind[] | undefined;
  /** Passages at most, 1 to 1000. */
  readonly limit: number;
  /** `words` needs no embedder; `meaning` is for measuring. Default: both. */
  readonly by?: 'both' | 'words' | 'meaning' | undefined;
};

/** What was found, best first, and what a reader should know about it. */
export type FoundPassages = { readonly passages: readonly Passage[]; readonly notes: readonly string[] };

/** A query longer than this is no query, in characters. */
const maxQueryChars = 10_000;

const maxLimit = 1000;

/**
 * Finds passages in a library by words and by meaning. Both indexes are brought up to date first, so that what was just added is found. When
 * meanings cannot be searched, words alone do, and a note says why.
 * @throws input.query_empty, input.query_too_long, input.limit, not_found.corpus, not_found.speaker, conflict.index_other_model
 */
export async function findPassages(
  library: Library,
  request: FindRequest,
  ports: CorpusPorts,
  context: RecipeContext,
): Promise<FoundPassages> {
  const { query, from = wholeLibrary, limit, by = 'both' } = request;
  assertQuery(query);
  if (!Number.isInteger(limit) || limit < 1 || limit > maxLimit) {
    throw new PatternPivotError('input.limit', `${limit} passages cannot be found.`, {
      hint: `Ask for 1 to ${maxLimit}.`,
    });
  }
  await bringFullTextUpToDate(library, context);
  if ((await listAssets(library)[Symbol.asyncIterator]().next()).done === true) {
    return { passages: [], notes: ['The library is empty. Begin it: pivot add talk.mp4'] };
  }
  let notes: string[] = [];
  const { result, unsaid } = await retryDamaged(library, context, async () => {
    notes = [];
    const filters = await readFilters(library, from, request);
    const meaning = by === 'words' ? undefined : await openMeaning(library, from, ports, context, notes);
    const found = await searchPassages(
      query,
      { limit, ...filters, withWords: by !== 'meaning' },
      { fullText: library.fullText, meaning },
      // It takes a moment only: nothing is told of it.
      { signal: context.signal, report: () => {} },
    );
    const isTold = by === 'meaning' || found.passages.length === 0;
    return {
      result: found,
      unsaid: isTold ? [] : await findUnsaidWords(query, filters.textFilter, library.fullText),
    };
  });
  if (result.trouble !== undefined) notes.push(sayWordsAlone(result.trouble));
  if (by === 'both' && result.textCount === 0 && result.passages.length > 0) {
    notes.push('Nobody says these words; these are the nearest in meaning.');
  } else if (unsaid.length > 0) {
    notes.push(`Nobody says ${joinNames(unsaid)}; these are the nearest to the rest of it.`);
  }
  return { passages: await toPassages(library, result.passages), notes };
}

/** Refuses a query that has no words, or too many characters. @throws input.query_empty, input.query_too_long */
export function assertQuery(query: string): void {
  const length = [...query].length;
  if (length > maxQueryChars) {
    throw new PatternPivotError(
      'input.query_too_long',
      `The query has ${length.toLocaleString('en')} characters, and ${maxQueryChars.toLocaleString('en')} is the most.`,
      { hint: 'Ask for one thing, in a few words.' },
    );
  }
  if (/[\p{L}\p{N}]/u.test(query)) return;
  const shown =
    query.trim() === '' ? 'The query is empty.' : `There are no words in "${query.slice(0, 40)}".`;
  throw new PatternPivotError('input.query_empty', shown, {
    hint: 'Write what you look for: pivot find "why audiences leave"',
  });
}

/**
 * What a request means for both indexes. An index of meanings holds its corpus and nothing else, so only the index of words is told which
 * assets belong to it. @throws not_found.corpus, not_found.speaker
 */
async function readFilters(
  library: Library,
  from: string,
  { after, before, speaker, kinds }: FindRequest,
): Promise<{ filter: VectorFilter; textFilter: VectorFilter }> {
  const dates = { ...(after === undefined ? {} : { after }), ...(before === undefined ? {} : { before }) };
  const hasDates = after !== undefined || before !== undefined;
  const corpus = from === wholeLibrary ? undefined : await readCorpus(library, from);
  if (from !== wholeLibrary && corpus === undefined) {
    throw new PatternPivotError('not_found.corpus', `There is no corpus "${from}".`, {
      hint: `pivot corpus list shows them; make one: pivot corpus build ${from} --tag <tag>`,
      context: { name: from },
    });
  }
  const common: VectorFilter = kinds === undefined ? {} : { kinds };
  if (corpus === undefined && !hasDates && speaker === undefined)
    return { filter: common, textFilter: common };
  const inCorpus = await selectAssets(library, corpus?.selection ?? {});
  const assets = inCorpus.filter((asset) => isSelected(asset, dates));
  const filter: VectorFilter = {
    ...common,
    ...(speaker === undefined ? {} : { speakers: findSpeakers(speaker, assets) }),
  };
  const assetIds = assets.map(({ id }) => id);
  return {
    filter: hasDates ? { ...filter, assetIds } : filter,
    textFilter: assetIds.length < inCorpus.length || corpus !== undefined ? { ...filter, assetIds } : filter,
  };
}

/** Whom a name means: those who are called so, else those of whose name it is a part. @throws not_found.speaker */
function findSpeakers(named: string, assets: readonly LibraryAsset[]): string[] {
  const fold = (name: string) => name.normalize('NFC').toLowerCase().trim();
  const wanted = fold(named);
  const known = [...new Set(assets.flatMap(({ speakers }) => speakers))];
  const exact = known.filter((name) => fold(name) === wanted);
  if (exact.length > 0) return exact;
  const near = known.filter((name) => ` ${fold(name)}`.includes(` ${wanted}`));
  if (near.length > 0 && wanted !== '') return near;
  const some = known.slice(0, 8).join(', ') + (known.length > 8 ? ' and others' : '');
  throw new PatternPivotError('not_found.speaker', `Nobody called "${named}" is known to speak there.`, {
    hint:
      known.length === 0
        ? 'No transcript there says who speaks: add recordings with a file a speaker, or captions that name them.'
        : `Known are ${some}.`,
    context: { named },
  });
}

/** The index of meanings, up to date; undefined, with a note that says why, where it cannot be had. @throws conflict.index_other_model */
async function openMeaning(
  library: Library,
  from: string,
  ports: CorpusPorts,
  context: RecipeContext,
  notes: string[],
): Promise<MeaningIndex | undefined> {
  const corpus = await readCorpus(library, from);
  if (corpus !== undefined) assertSameModel(corpus, ports.embedder);
  // Nothing is sent to another machine unasked.
  const mayUpdate = ports.embedder.isHosted !== true && library.isWritable;
  if (corpus === undefined && !mayUpdate) {
    const why = library.isWritable
      ? `${ports.embedder.model} is not on this machine, so nothing is sent to it unasked: pivot corpus build ${from}`
      : 'The library can only be read, and was never searched by meaning.';
    notes.push(`These are by words alone. ${why}`);
    return undefined;
  }
  try {
    if (mayUpdate) await updateCorpus(library, from, ports, context);
    else notes.push(...(await sayOutdated(library, from)));
    return { vectors: await library.openVectors(), collection: collectionOf(from), embedder: ports.embedder };
  } catch (error) {
    context.signal.throwIfAborted();
    if (isAbortError(error) || !(error instanceof PatternPivotError) || !isPassing(error)) throw error;
    notes.push(sayWordsAlone(error));
    return undefined;
  }
}

/** `"one", "two" or "three"` */
function joinNames(names: readonly string[]): string {
  const quoted = names.map((name) => `"${name.slice(0, 40)}"`);
  return quoted.length < 2 ? quoted.join('') : `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`;
}

function sayWordsAlone({ message }: PatternPivotError): string {
  return `These are by words alone, since meanings could not be searched: ${message}`;
}

/** What a corpus that is not brought up to date by itself does not hold. */
async function sayOutdated(library: Library, name: string): Promise<string[]> {
  const corpus = await readCorpus(library, name);
  const members = await readMembers(library, name);
  const assets = await selectAssets(library, corpus?.selection ?? {});
  const missing = assets.filter((asset) => members.get(asset.id)?.stamp !== stampOf(asset, library)).length;
  if (missing === 0) return [];
  const what = missing === 1 ? '1 thing is' : `${missing} things are`;
  return [`${what} searched by words alone: pivot corpus build ${name} brings it up to date.`];
}

/** An index that turns out to be damaged is empty afterwards: it is made anew, and asked again. */
async function retryDamaged<T>(
  library: Library,
  context: RecipeContext,
  search: () => Promise<T>,
): Promise<T> {
  try {
    return await search();
  } catch (error) {
    if (!isIndexDamaged(error)) throw error;
    await bringFullTextUpToDate(library, context);
    return search();
  }
}

/** Passages with where they are from. What left the library meanwhile is left out. */
async function toPassages(library: Library, found: readonly FusedPassage[]): Promise<Passage[]> {
  const assets = new Map<string, LibraryAsset | undefined>();
  const passages: Passage[] = [];
  for (const { chunk, score, textRank, meaningRank } of found) {
    const { id: chunkId, assetId, text, startMs, endMs, speaker } = chunk;
    if (!assets.has(assetId)) assets.set(assetId, await readAsset(library, assetId));
    const asset = assets.get(assetId);
    if (asset === undefined) continue;
    const { path, title } = asset;
    passages.push({
      assetId,
      path,
      startMs,
      endMs,
      text,
      score: Math.round(score * 10_000) / 10_000,
      chunkId,
      title,
      speaker,
      textRank,
      meaningRank,
    });
  }
  return passages;
}
