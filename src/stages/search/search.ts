import { isAbortError, PatternPivotError } from '../../domain/errors.ts';
import type { Embedder } from '../../ports/embedder.ts';
import type { FullText } from '../../ports/full-text.ts';
import type { VectorFilter, Vectors } from '../../ports/vectors.ts';
import type { StageContext } from '../stage.ts';
import { fuseRanks, mergeNeighbours, type FusedPassage } from './fuse.ts';
import { tellingWords } from './mark-words.ts';

/** Where meanings are looked for: a collection that the embedder's model made. */
export type MeaningIndex = {
  readonly vectors: Pick<Vectors, 'search'>;
  readonly collection: string;
  readonly embedder: Embedder;
};

/** What a search needs. Without `meaning` it goes by words alone, and without words by meaning alone. */
export type SearchPorts = {
  readonly fullText: Pick<FullText, 'search' | 'read'>;
  readonly meaning?: MeaningIndex | undefined;
};

/** What a search is bounded by. */
export type SearchOptions = {
  /** Passages at most. */
  readonly limit: number;
  readonly filter?: VectorFilter | undefined;
  /** Holds for words in place of `filter`: an index of meanings may hold less than the index of words. Default: the same. */
  readonly textFilter?: VectorFilter | undefined;
  /** Whether words count. Default: yes; without them and without an index of meanings nothing is found. */
  readonly withWords?: boolean;
};

/** What was found, best first. */
export type SearchResult = {
  readonly passages: readonly FusedPassage[];
  /** How many chunks hold words of the query, as far as was looked. */
  readonly textCount: number;
  /** Why meanings could not be searched, where they should have been: the passages are by words alone then. */
  readonly trouble?: PatternPivotError;
};

/**
 * So many chunks are taken from each way of searching for each passage that is wanted, and so many at least: what one finds tenth and the other
 * fortieth may be the best of all.
 */
const depthPerPassage = 6;
const leastDepth = 200;

/** So much of a query is embedded, in characters: models read a few hundred words and no more. */
const maxEmbeddedChars = 2000;

/** Looks for a query by its words and by its meaning, and fuses both. @throws cancelled.* and what the index of words throws */
export async function searchPassages(
  query: string,
  { limit, filter, textFilter = filter, withWords = true }: SearchOptions,
  { fullText, meaning }: SearchPorts,
  context: StageContext,
): Promise<SearchResult> {
  const depth = Math.max(leastDepth, limit * depthPerPassage);
  const text = withWords
    ? idsOf(await fullText.search(query, { limit: depth, filter: textFilter }))
    : undefined;
  context.signal.throwIfAborted();
  const byMeaning =
    meaning === undefined ? undefined : await searchMeaning(query, depth, filter, meaning, context);
  const trouble = byMeaning instanceof PatternPivotError ? byMeaning : undefined;
  const meaningIds = byMeaning instanceof PatternPivotError ? undefined : byMeaning;
  const hits = fuseRanks({ text, meaning: meaningIds });
  // The index of meanings holds no words: a chunk that words cannot give is gone from the library.
  const chunks = await fullText.read(hits.map(({ id }) => id));
  return {
    passages: mergeNeighbours(hits, new Map(chunks.map((chunk) => [chunk.id, chunk])), limit),
    textCount: text?.length ?? 0,
    ...(trouble === undefined ? {} : { trouble }),
  };
}

/** A query with more words than that is a text: some of them are said nowhere, and nobody wants to know. */
const maxTellingWords = 12;

/** Which words of a query nobody says, among those that say what it is about: meanings are always near something, and words tell when it is nothing. */
export async function findUnsaidWords(
  query: string,
  filter: VectorFilter | undefined,
  fullText: Pick<FullText, 'search'>,
): Promise<string[]> {
  const words = tellingWords(query);
  if (words.length > maxTellingWords) return [];
  const unsaid: string[] = [];
  for (const word of words) {
    if ((await fullText.search(word, { limit: 1, filter })).length === 0) unsaid.push(word);
  }
  return unsaid;
}

/** Ids, nearest first, or why there are none: a server that is away must not keep the words from being found. */
async function searchMeaning(
  query: string,
  limit: number,
  filter: VectorFilter | undefined,
  { vectors, collection, embedder }: MeaningIndex,
  context: StageContext,
): Promise<string[] | PatternPivotError> {
  try {
    await embedder.prepare?.(context);
    const vector = await embedQuery(query, embedder, context.signal);
    return idsOf(await vectors.search(collection, vector, { limit, filter, signal: context.signal }));
  } catch (error) {
    context.signal.throwIfAborted();
    if (isAbortError(error) || !(error instanceof PatternPivotError)) throw error;
    if (!isPassing(error)) throw error;
    return error;
  }
}

/** Whether an error says that an outside system or a tool failed, and not that something was asked wrongly. */
export function isPassing({ code }: PatternPivotError): boolean {
  return code.startsWith('provider.') || code.startsWith('tool.');
}

async function embedQuery(query: string, embedder: Embedder, signal: AbortSignal): Promise<Float32Array> {
  const text = query.slice(0, maxEmbeddedChars).toWellFormed();
  if (embedder.embedQuery !== undefined) return embedder.embedQuery(text, { signal });
  const [vector] = await embedder.embed([text], { signal });
  if (vector === undefined) {
    throw new PatternPivotError('tool.embedder_failed', `${embedder.model} gave no vector for the query.`);
  }
  return vector;
}

function idsOf(hits: readonly { readonly id: string }[]): string[] {
  return hits.map(({ id }) => id);
}
