import { openArchive } from '../adapters/archive/open-archive.ts';
import { createYtDlp } from '../adapters/media-fetcher/yt-dlp.ts';
import { PatternPivotError } from '../domain/errors.ts';
import type { MediaFetcher } from '../ports/media-fetcher.ts';
import type { OriginalsPorts } from '../recipes/youtube/originals.ts';
import type { App } from './compose.ts';
import type { Config } from './config.ts';

/** What finding originals needs, put together. */
export function composeOriginals({ ports }: Pick<App, 'ports'>): OriginalsPorts {
  return { openSource: ports.openSource, cache: ports.cache, openArchive };
}

/** The user's own program that fetches videos. @throws input.yt_dlp_off where none is set */
export function composeMediaFetcher(
  { ytDlp }: Pick<Config, 'ytDlp'>,
  env: Readonly<Record<string, string | undefined>>,
): MediaFetcher {
  if (ytDlp.path !== undefined) return createYtDlp({ ...ytDlp, path: ytDlp.path, env });
  throw new PatternPivotError('input.yt_dlp_off', 'No program is set that fetches videos.', {
    hint: 'If you have yt-dlp and mean to use it for your own videos, set ytDlp.path in pivot.config.json (docs/originals.md).',
  });
}
