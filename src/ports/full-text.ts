import type { TranscriptChunk } from '../domain/library.ts';
import type { VectorFilter } from './vectors.ts';

/**
 * The chunks of a library, found by their words. It holds nothing that cannot be made again from the transcripts: an index
 * that is found damaged is thrown away and begun anew.
 * @throws conflict.index_damaged from every method: it is empty then, and to be written again
 */
export interface FullText {
  /** Puts an asset's chunks in place of those that it had; `stamp` says of which transcript they are, and how it was cut. */
  write(assetId: string, stamp: string, chunks: readonly TranscriptChunk[]): Promise<void>;
  /** The stamp of each asset that was written: whatever is missing or differs is to be written. */
  listWritten(): Promise<ReadonlyMap<string, string>>;
  remove(assetId: string): Promise<void>;
  /** Chunks by id, in the order asked for; those that are not there are left out. */
  read(ids: readonly string[]): Promise<readonly TranscriptChunk[]>;
  /** All chunks of an asset, in order. */
  readAsset(assetId: string): Promise<readonly TranscriptChunk[]>;
  /**
   * The best chunks by the words of a query (BM25), best first. The query is a person's words and never syntax. A filter of
   * the same kind as that for vectors.
   */
  search(
    query: string,
    options: { readonly limit: number; readonly filter?: VectorFilter | undefined },
  ): Promise<readonly { readonly id: string; readonly score: number }[]>;
  /** The assets in which every word of the query is said, wherever; none for a query without words. */
  findAssets(query: string): Promise<readonly string[]>;
  close(): Promise<void>;
}
