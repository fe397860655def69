/** A file in an archive. */
export type ArchiveEntry = {
  /** As the archive names it, `/` between folders. It is a name to be shown and compared, and never a place to write to. */
  readonly path: string;
  /** As the archive says; no more than that is ever read of it. */
  readonly sizeBytes: number;
  /** What it says, where that was asked for. */
  readonly text?: string;
};

/** What an archive holds. */
export type ArchiveListing = {
  readonly entries: readonly ArchiveEntry[];
  /** How many were left out: links, encrypted files, and names that lead out of the archive or hold control characters. */
  readonly refusedCount: number;
};

/** How long work on an archive is watched and stopped. */
export type ArchiveWork = {
  readonly signal: AbortSignal;
  /** How much of the archive (of a listing) or of the files (of an extraction) was read so far, in bytes. */
  onBytes?(doneBytes: number): void;
};

/**
 * An archive of files, read as a stream: never the whole of it, nor of one large file, is in memory.
 * @throws input.archive_damaged, input.archive_bomb, and what reading throws
 */
export interface Archive {
  readonly path: string;
  readonly sizeBytes: number;
  /** Whether one file can be read without reading all that lie before it. */
  readonly isRandomAccess: boolean;
  /** Files in their order, each name once. `isText` says whose text is wanted too; one that is too long has none. */
  list(isText: (path: string) => boolean, work: ArchiveWork): Promise<ArchiveListing>;
  /**
   * Writes files to places of the caller's choice, where nothing lies yet, in one pass, and checks that they came whole.
   * @param wanted absolute paths by the names of entries @throws not_found.archive_entry
   */
  extract(wanted: ReadonlyMap<string, string>, work: ArchiveWork): Promise<void>;
}

/** Opens an archive by what it is, whatever its name. @throws input.archive_unknown, not_found.file */
export type OpenArchive = (path: string) => Promise<Archive>;
