import type { Blobs } from '../../ports/blobs.ts';
import type { FullText } from '../../ports/full-text.ts';
import type { Records } from '../../ports/records.ts';
import type { Vectors } from '../../ports/vectors.ts';
import type { Chunking } from '../../stages/chunk/chunk.ts';

/** An open library: what it knows, and where that is found again. */
export type Library = {
  /** Absolute. */
  readonly folder: string;
  /** False on a disk that can only be read: then nothing is added, and indexes that must be made live in memory. */
  readonly isWritable: boolean;
  /** What is known of assets and corpora. It is the truth: indexes are made from it and from the transcripts. */
  readonly records: Records;
  /** Transcripts as JSON, each under the SHA-256 of its bytes. */
  readonly transcripts: Blobs;
  readonly fullText: FullText;
  /** How transcripts are cut for both indexes. */
  readonly chunking: Chunking;
  /** Opens the index of meanings when first asked, and gives the same one ever after: most commands need none. @throws provider.* */
  openVectors(): Promise<Vectors>;
};
