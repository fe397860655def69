import type { LibraryAsset } from '../../domain/library.ts';
import { deleteAsset, findAsset, forgetTranscripts } from './assets.ts';
import type { Library } from './library.ts';

/**
 * Takes assets out of a library: their records, their transcripts and what the index of words knows of them. Media are never touched, and
 * corpora let go of them when they are next brought up to date. Everything is found before anything is removed.
 * @throws not_found.asset, input.asset_ambiguous, input.not_writable
 */
export async function removeFromLibrary(library: Library, named: readonly string[]): Promise<LibraryAsset[]> {
  const assets = new Map<string, LibraryAsset>();
  for (const name of named) {
    const asset = await findAsset(library, name);
    assets.set(asset.id, asset);
  }
  const removed: LibraryAsset[] = [];
  for (const asset of assets.values()) {
    // The record first: what is left of an asset without one is cleared away, and the other way round it would be broken.
    if (await deleteAsset(library, asset.id)) removed.push(asset);
    await library.fullText.remove(asset.id);
    await forgetTranscripts(library, asset);
  }
  return removed;
}
