import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PatternPivotError } from '../domain/errors.ts';
import type { LibraryAsset, Passage } from '../domain/library.ts';
import { readAsset } from '../recipes/library/assets.ts';
import { locateAsset } from '../recipes/library/locate.ts';
import { writeOutput } from './commands/steps.ts';
import { openBrowser } from './open-browser.ts';
import { formatPlayPage, type PlayedPassage } from './play-page.ts';
import type { LibrarySession } from './run-library.ts';

/** Writes a page with players for passages into the workspace, over the last one, and opens it; the one at index `first` plays first. */
export async function playPassages(
  passages: readonly Passage[],
  first: number,
  query: string,
  { library, app, context, say }: LibrarySession,
): Promise<void> {
  const known = new Map<string, { readonly asset: LibraryAsset; readonly isThere: boolean }>();
  const played: PlayedPassage[] = [];
  for (const passage of passages) {
    const asset = known.get(passage.assetId)?.asset ?? (await readAsset(library, passage.assetId));
    if (asset === undefined) continue;
    if (!known.has(asset.id)) known.set(asset.id, await locate(asset));
    played.push({ passage, ...known.get(asset.id)! });
  }
  const path = join(app.ports.workspaceFolder, 'found.html');
  await writeOutput(path, formatPlayPage(query, played, first), say);
  openBrowser(`${pathToFileURL(path).href}${first === 0 ? '' : `#p${first + 1}`}`);

  async function locate(asset: LibraryAsset) {
    try {
      const step = { signal: context.signal, report: () => {} };
      return { asset: await locateAsset(library, asset, app.ports, step), isThere: true };
    } catch (error) {
      const isMissing =
        error instanceof PatternPivotError && ['input.no_media', 'not_found.media'].includes(error.code);
      if (!isMissing) throw error;
      return { asset, isThere: false };
    }
  }
}
