import { openArchive } from '../adapters/archive/open-archive.ts';
import type { OriginalsPorts } from '../recipes/youtube/originals.ts';
import type { App } from './compose.ts';

/** What finding originals needs, put together. */
export function composeOriginals({ ports }: Pick<App, 'ports'>): OriginalsPorts {
  return { openSource: ports.openSource, cache: ports.cache, openArchive };
}
