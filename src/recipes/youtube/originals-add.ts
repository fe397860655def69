import { link, mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { withFileErrors } from '../../domain/file-error.ts';
import { platformCollections, platformVideoSchema } from '../../domain/platform.ts';
import { temporaryFolderPrefix } from '../../domain/temporary-name.ts';
import type { Archive } from '../../ports/archive.ts';
import type { Records } from '../../ports/records.ts';
import { assertRoom, assertWritable } from '../disk-room.ts';
import { runStep, type AddResult, type RecipeContext } from '../events.ts';
import { addToLibrary, type AddOutcome, type AddPorts } from '../library/add.ts';
import type { Library } from '../library/library.ts';
import { folderNameFor } from '../output-names.ts';
import type { OriginalMatch } from './originals.ts';

/** What is said of all that is added. */
export type AddOriginalsOptions = {
  /** Where files that lie in archives are put; undefined where none does. */
  readonly toFolder: string | undefined;
  readonly tags: readonly string[];
  readonly glossary: readonly string[];
  /** BCP 47 tag. */
  readonly language?: string;
};

/**
 * Puts originals into the library, with the title, the channel and the date that the platform knows, and notes in the video's record which
 * asset it is. Those in archives are taken out first, archive by archive. The same call again goes on where it was stopped.
 * @throws tool.disk_full, input.archive_damaged, and what adding throws
 */
export async function addOriginals(
  library: Library,
  originals: readonly OriginalMatch[],
  options: AddOriginalsOptions,
  ports: AddPorts,
  context: RecipeContext,
): Promise<AddOutcome> {
  const paths = await takeOut(originals, options.toFolder, context);
  const results: AddResult[] = [];
  let exitCode = 0;
  for (const [index, original] of originals.entries()) {
    const path = paths.get(original);
    if (path === undefined) continue;
    const { video, file } = original;
    const { captionsPath } = file;
    const outcome = await addToLibrary(
      library,
      [{ kind: 'media', path, ...(captionsPath === undefined ? {} : { captionsPath }) }],
      {
        tags: options.tags,
        glossary: options.glossary,
        isHeardAnew: false,
        title: video.title.trim() === '' ? video.id : video.title,
        ...(video.publishedAt === undefined ? {} : { publishedAt: video.publishedAt }),
        ...(video.channel === undefined ? {} : { channel: video.channel.slice(0, 200) }),
        ...(options.language === undefined ? {} : { language: options.language }),
      },
      ports,
      {
        ...context,
        emit(event) {
          // Each is added by itself; together they end once.
          if (event.event === 'addFinished') return;
          const isSource = event.event === 'source';
          context.emit(isSource ? { ...event, index, count: originals.length } : event);
        },
      },
    );
    results.push(...outcome.results);
    exitCode = Math.max(exitCode, outcome.exitCode);
    const [result] = outcome.results;
    if (result !== undefined && 'asset' in result)
      await noteAsset(library.records, video.id, result.asset.id);
  }
  context.emit({ event: 'addFinished', exitCode, results });
  return { results, exitCode };
}

/** Where each original lies on the disk: those in archives are put into the folder, unless they lie there whole already. */
async function takeOut(
  originals: readonly OriginalMatch[],
  toFolder: string | undefined,
  context: RecipeContext,
): Promise<Map<OriginalMatch, string>> {
  const paths = new Map<OriginalMatch, string>();
  const byArchive = new Map<Archive, { original: OriginalMatch; entry: string; path: string }[]>();
  for (const original of originals) {
    const { file, video } = original;
    if (file.place.kind === 'disk') paths.set(original, file.place.path);
    else if (toFolder !== undefined) {
      const { archive, entry } = file.place;
      const name = `${folderNameFor(`${video.title}.x`)} [${video.id}]${extname(entry).toLowerCase()}`;
      const path = join(toFolder, name);
      paths.set(original, path);
      const isThere = (await stat(path).catch(() => undefined))?.size === file.sizeBytes;
      if (!isThere) byArchive.set(archive, [...(byArchive.get(archive) ?? []), { original, entry, path }]);
    }
  }
  if (byArchive.size === 0 || toFolder === undefined) return paths;
  const wanted = [...byArchive.values()].flat();
  const totalBytes = wanted.reduce((sum, { original }) => sum + original.file.sizeBytes, 0);
  await assertWritable(toFolder);
  await assertRoom([toFolder], totalBytes);
  await withFileErrors(toFolder, () => mkdir(toFolder, { recursive: true }));
  await runStep(context, 'extract', async ({ signal, report }) => {
    let beforeBytes = 0;
    for (const [archive, own] of byArchive) {
      // Whole files get their names; what is unfinished goes with its folder.
      const folder = await mkdtemp(join(toFolder, `.${temporaryFolderPrefix('extract')}`));
      try {
        const places = new Map(own.map(({ entry }, index) => [entry, join(folder, String(index))]));
        await archive.extract(places, {
          signal,
          onBytes: (bytes) => report({ done: beforeBytes + bytes, total: totalBytes, unit: 'bytes' }),
        });
        for (const { entry, path } of own) await putInPlace(places.get(entry) ?? '', path);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
      beforeBytes += own.reduce((sum, { original }) => sum + original.file.sizeBytes, 0);
    }
  });
  return paths;
}

/** Gives a whole file its name; another file that has it is never written over. */
async function putInPlace(temporary: string, path: string): Promise<void> {
  await withFileErrors(path, async () => {
    try {
      await link(temporary, path);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EEXIST') throw error;
      // Disks without hard links.
      await rename(temporary, path);
    }
  });
}

/** Two processes may change one record. */
const maxTries = 10;

async function noteAsset(records: Records, videoId: string, assetId: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    const stored = await records.get(platformCollections.videos, videoId);
    const video = platformVideoSchema.safeParse(stored?.value);
    if (stored === undefined || !video.success || video.data.assetId === assetId) return;
    try {
      await records.put(
        platformCollections.videos,
        videoId,
        { ...video.data, assetId },
        { ifVersion: stored.version, expiresAt: stored.expiresAt },
      );
      return;
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'conflict.record_changed' || tries >= maxTries) throw error;
    }
  }
}
