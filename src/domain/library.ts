import { z } from 'zod';
import type { TimeRange } from './time.ts';

/**
 * A library: what a creator ever said. A record an asset, its transcript in a blob, and indexes over the chunks of all
 * transcripts, which hold nothing that cannot be made again from the two.
 */

/** The first 16 hex digits of an asset's content hash: short enough to type, and its identity wherever the file lies. */
const assetIdSchema = z.string().regex(/^[0-9a-f]{16}$/u, 'an id is 16 hex digits, as pivot list shows them');

const blobKeySchema = z.string().regex(/^[0-9a-f]{64}$/u);

/** What is known of one thing in a library. */
export const libraryAssetSchema = z.strictObject({
  version: z.literal(1),
  id: assetIdSchema,
  /** `sha256:` and 64 hex digits: of the media, or of the caption file where there is no media. */
  contentHash: z.string().regex(/^sha256:[0-9a-f]{64}$/u),
  /** `transcript`: words and times without media; it can be found, and not cut. */
  kind: z.enum(['video', 'audio', 'transcript']),
  /** Absolute, where it was last seen. */
  path: z.string().min(1),
  /** The http(s) address that it was fetched from, without what may be secret; left out for a file of the user's own. */
  address: z.string().min(1).optional(),
  /** How large the file is: one that was moved is found again by it. */
  sizeBytes: z.int().nonnegative(),
  title: z.string().min(1).max(500),
  durationMs: z.int().nonnegative(),
  /** BCP 47 tag. */
  language: z.string(),
  /** ISO 8601. */
  addedAt: z.iso.datetime(),
  /** When it was published or recorded, ISO 8601, where that is known: the file's own date, or what the user says. */
  publishedAt: z.iso.datetime().optional(),
  channel: z.string().min(1).max(200).optional(),
  playlist: z.string().min(1).max(200).optional(),
  tags: z.array(z.string().min(1).max(100)).max(100),
  /** Who speaks, where that is known. */
  speakers: z.array(z.string().min(1).max(100)),
  wordCount: z.int().nonnegative(),
  /** The blob that holds the transcript as JSON, by its SHA-256. */
  transcriptKey: blobKeySchema,
  /** The transcript as it was heard, where a refined one took its place. */
  heardTranscriptKey: blobKeySchema.optional(),
});
/** What is known of one thing in a library. */
export type LibraryAsset = Readonly<z.infer<typeof libraryAssetSchema>>;

/** The id of an asset by its content hash. */
export function assetIdOf(contentHash: string): string {
  return contentHash.replace(/^sha256:/u, '').slice(0, 16);
}

/** What a chunk mostly is, for `--kind`. */
export const chunkKinds = ['question', 'number', 'story', 'statement'] as const;
/** One of the kinds of chunks. */
export type ChunkKind = (typeof chunkKinds)[number];

/** A few sentences of a transcript that are found as one: sentences `sentenceStart` to `sentenceEnd`, half-open, ms of the asset. */
export type TranscriptChunk = TimeRange & {
  /** `<asset id>:<number in the transcript>`. */
  readonly id: string;
  readonly assetId: string;
  readonly sentenceStart: number;
  readonly sentenceEnd: number;
  readonly text: string;
  readonly kind: ChunkKind;
  readonly speaker?: string | undefined;
};

/** Which assets are meant; what is left out does not count. All that is given must hold. */
export const assetSelectionSchema = z.strictObject({
  /** Any of these. */
  assetIds: z.array(z.string()).optional(),
  /** All of these. */
  tags: z.array(z.string()).optional(),
  channel: z.string().optional(),
  playlist: z.string().optional(),
  /** Published (else added) at or after, and before: ISO 8601. */
  after: z.iso.datetime().optional(),
  before: z.iso.datetime().optional(),
  /** Words that full text must find in it. */
  text: z.string().max(10_000).optional(),
});
/** Which assets are meant. */
export type AssetSelection = Readonly<z.infer<typeof assetSelectionSchema>>;

/** A named part of a library whose chunks are embedded, by one model. */
export const corpusSchema = z.strictObject({
  version: z.literal(1),
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/u, 'a name is made of a–z, 0–9 and -'),
  selection: assetSelectionSchema,
  /** The embedder's model, and how long its vectors are. */
  model: z.string(),
  dimensions: z.int().positive(),
  /** How transcripts were cut into chunks: another way needs another index. */
  chunking: z.strictObject({ maxChars: z.int().positive(), overlapSentences: z.int().nonnegative() }),
  builtAt: z.iso.datetime(),
  /** How much was in the index when it was last brought up to date. */
  assetCount: z.int().nonnegative(),
  chunkCount: z.int().nonnegative(),
});
/** A named part of a library whose chunks are embedded, by one model. */
export type Corpus = Readonly<z.infer<typeof corpusSchema>>;

/** That an asset's chunks are in the index of a corpus, all of them. A record each, so that none grows with the library. */
export const corpusAssetSchema = z.strictObject({
  version: z.literal(1),
  /** Of which transcript they are, and how it was cut: with another the asset is embedded anew. */
  stamp: z.string(),
  chunkCount: z.int().nonnegative(),
});
/** That an asset's chunks are in the index of a corpus. */
export type CorpusAsset = Readonly<z.infer<typeof corpusAssetSchema>>;

/** An answer of a search: words, where and when they were said, and how it was found. Times are ms of the asset. */
export type Passage = TimeRange & {
  readonly chunkId: string;
  readonly assetId: string;
  readonly path: string;
  readonly title: string;
  readonly text: string;
  readonly speaker?: string | undefined;
  /** For the order within one answer only: reciprocal ranks, 0 to 1. */
  readonly score: number;
  /** Its rank by words and by meaning, from 1; left out where that way did not find it. */
  readonly textRank?: number | undefined;
  readonly meaningRank?: number | undefined;
};
