import { join, resolve } from 'node:path';
import { openFolderBlobs } from '../adapters/blobs/folder.ts';
import { openSqliteFullText } from '../adapters/full-text/sqlite.ts';
import { PatternPivotError } from '../domain/errors.ts';
import type { Blobs } from '../ports/blobs.ts';
import type { Vectors } from '../ports/vectors.ts';
import { assertWritable } from '../recipes/disk-room.ts';
import type { Library } from '../recipes/library/library.ts';
import { hasRecords, openRecords } from './compose-records.ts';
import { openVectors } from './compose-vectors.ts';
import type { Config } from './config.ts';
import { defaultLibraryFolder } from './library-folder.ts';

export { defaultLibraryFolder } from './library-folder.ts';

/** A library, and a way to let it go. */
export type OpenedLibrary = Library & { close(): Promise<void> };

/**
 * Opens the library that the configuration names. Its folder is made where something is to be added; else a folder that was named and is
 * none is a mistake, and the default one is simply empty.
 * @throws not_found.library, tool.records_damaged, input.not_writable, conflict.library_busy
 */
export async function openLibrary(options: {
  readonly config: Config;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether it is made when it is not there. */
  readonly mayCreate: boolean;
}): Promise<OpenedLibrary> {
  const { config, env, mayCreate } = options;
  const named = config.library.folder;
  const folder = resolve(named ?? defaultLibraryFolder(process.platform, env));
  const isThere = await hasRecords({ kind: config.records.kind, folder });
  if (!isThere && !mayCreate && named !== undefined) throw noLibrary(folder);
  if (!isThere) await assertMakeable(folder);
  const { records, isWritable } = await openRecords({ config, env, kind: config.records.kind, folder });
  let transcripts: Blobs;
  try {
    transcripts = await openFolderBlobs(join(folder, 'blobs'), { isDurable: true });
  } catch (error) {
    await records.close();
    throw error;
  }
  const fullText = openSqliteFullText(join(folder, 'index', 'full-text.sqlite'));
  let vectors: Promise<Vectors> | undefined;
  return {
    folder,
    isWritable,
    records,
    transcripts,
    fullText,
    chunking: {
      maxChars: config.library.chunkChars,
      overlapSentences: config.library.chunkOverlapSentences,
    },
    openVectors: () => (vectors ??= openVectors(config, env, folder)),
    async close() {
      // What could not be opened need not be closed.
      await vectors?.then((opened) => opened.close()).catch(() => {});
      await fullText.close();
      await records.close();
    },
  };
}

/** Whether there is a library already where the configuration says. */
export function hasLibrary(
  { library, records }: Config,
  env: Readonly<Record<string, string | undefined>>,
): Promise<boolean> {
  const folder = resolve(library.folder ?? defaultLibraryFolder(process.platform, env));
  return hasRecords({ kind: records.kind, folder });
}

function noLibrary(folder: string): PatternPivotError {
  return new PatternPivotError('not_found.library', `There is no library in ${folder}`, {
    hint: 'Check the spelling of --library; pivot add talk.mp4 --library <folder> makes one.',
    context: { folder },
  });
}

/** Refuses a place where no library can be made. @throws input.not_a_folder, input.not_writable, input.no_permission */
async function assertMakeable(folder: string): Promise<void> {
  try {
    await assertWritable(folder);
  } catch (error) {
    if (!(error instanceof PatternPivotError)) throw error;
    throw new PatternPivotError(error.code, error.message, {
      cause: error,
      hint: 'Choose another place for the library with --library.',
      context: error.context,
    });
  }
}
