import { readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PatternPivotError } from '../../domain/errors.ts';
import type { LibraryAsset } from '../../domain/library.ts';
import type { StageContext } from '../../stages/stage.ts';
import { changeAsset, listAssets } from './assets.ts';
import type { Library } from './library.ts';

/** What finding media again needs from the world. */
export type LocatePorts = {
  hashFile(path: string, context: StageContext): Promise<string>;
  /** Paths where a content was seen in earlier runs, newest first. */
  findPaths(contentHash: string): readonly string[];
};

/** Folders and files that are looked at, at most: a moved file is near, and nobody waits for a search of the whole disk. */
const maxFolders = 300;
const maxFiles = 20_000;

/**
 * An asset with the path where its file lies now: where it was last, else where this content was seen in other runs, else in a folder that the
 * library knows or one beside it. The record follows. Whether it is the same file is told by its content.
 * @throws not_found.media, input.no_media for a transcript without media
 */
export async function locateAsset(
  library: Pick<Library, 'records' | 'isWritable'>,
  asset: LibraryAsset,
  ports: LocatePorts,
  context: StageContext,
): Promise<LibraryAsset> {
  if (asset.kind === 'transcript') {
    throw new PatternPivotError(
      'input.no_media',
      `"${asset.title}" is a transcript without media: there is nothing to play or cut.`,
      {
        hint: `Add the recording with it: pivot add <media> --transcript ${JSON.stringify(asset.path)}`,
        context: { assetId: asset.id },
      },
    );
  }
  const isIt = (path: string) => isSameFile(path, asset, ports, context);
  if (await isIt(asset.path)) return asset;
  const path =
    (await findFirst(ports.findPaths(asset.contentHash), isIt)) ?? (await searchNear(library, asset, isIt));
  if (path === undefined) throw notFound(asset);
  if (!library.isWritable) return { ...asset, path };
  const changed = await changeAsset(library, asset.id, (there) => ({ ...(there ?? asset), path }));
  return changed.asset;
}

/** The size first: it costs nothing, and hashing a film takes seconds. */
async function isSameFile(
  path: string,
  { contentHash, sizeBytes }: LibraryAsset,
  ports: LocatePorts,
  context: StageContext,
): Promise<boolean> {
  context.signal.throwIfAborted();
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() !== true || found.size !== sizeBytes) return false;
  return (await ports.hashFile(path, context)) === contentHash;
}

async function findFirst(
  paths: Iterable<string> | AsyncIterable<string>,
  isIt: (path: string) => Promise<boolean>,
): Promise<string | undefined> {
  for await (const path of paths) if (await isIt(path)) return path;
  return undefined;
}

/** In its own folder under another name, in the folders of other assets, and in the folders beside all of these. */
async function searchNear(
  library: Pick<Library, 'records'>,
  asset: LibraryAsset,
  isIt: (path: string) => Promise<boolean>,
): Promise<string | undefined> {
  const known = new Set([dirname(asset.path)]);
  for await (const { path } of listAssets(library)) known.add(dirname(path));
  const seen = new Set<string>();
  let fileCount = 0;
  const look = async (folder: string): Promise<string | undefined> => {
    if (seen.has(folder) || seen.size >= maxFolders || fileCount >= maxFiles) return undefined;
    seen.add(folder);
    const entries = await listFolder(folder);
    const files = entries.filter((entry) => entry.isFile()).slice(0, maxFiles - fileCount);
    fileCount += files.length;
    return findFirst(
      files.map(({ name }) => join(folder, name)),
      isIt,
    );
  };
  for (const folder of known) {
    const found = await look(folder);
    if (found !== undefined) return found;
  }
  for (const parent of new Set([...known, ...[...known].map((folder) => dirname(folder))])) {
    const folders = (await listFolder(parent)).filter((entry) => entry.isDirectory());
    for (const { name } of folders.slice(0, maxFolders)) {
      const found = await look(join(parent, name));
      if (found !== undefined) return found;
    }
    const found = await look(parent);
    if (found !== undefined) return found;
  }
  return undefined;
}

function listFolder(folder: string) {
  return readdir(folder, { withFileTypes: true }).catch(() => []);
}

function notFound(asset: LibraryAsset): PatternPivotError {
  const { address, path, title } = asset;
  return new PatternPivotError('not_found.media', `The file of "${title}" is not where it was: ${path}`, {
    hint:
      address === undefined
        ? 'Put it back, or add it from where it is now: pivot add <file>'
        : `It was fetched and has been cleaned away since. Fetch it again: pivot add ${address}`,
    context: { assetId: asset.id, path, contentHash: asset.contentHash },
  });
}
