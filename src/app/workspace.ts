import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/**
 * The folder that holds the cache and the database, where the system wants such things: `$XDG_CACHE_HOME/patternpivot`
 * or `~/.cache/patternpivot` on Linux, `~/Library/Caches/patternpivot` on macOS, `%LOCALAPPDATA%\patternpivot` on Windows.
 * Losing it loses time and nothing else.
 */
export function defaultWorkspace(
  platform: NodeJS.Platform = process.platform,
  env: Readonly<Record<string, string | undefined>> = process.env,
  home: string = homedir(),
): string {
  if (platform === 'win32') {
    return join(env['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local'), 'patternpivot');
  }
  if (platform === 'darwin') return join(home, 'Library', 'Caches', 'patternpivot');
  const xdg = env['XDG_CACHE_HOME'];
  // The specification says that a relative path there is to be ignored.
  return join(xdg?.startsWith('/') === true ? xdg : join(home, '.cache'), 'patternpivot');
}

/** Where things lie inside a workspace. */
export type Workspace = {
  readonly folder: string;
  readonly blobsFolder: string;
  /** Where files grow until they are whole. */
  readonly temporaryFolder: string;
  readonly databasePath: string;
  /** Media that was fetched from http(s) addresses. */
  readonly downloadsFolder: string;
};

/** The paths of a workspace; nothing is made yet. */
export function describeWorkspace(folder: string): Workspace {
  const absolute = resolve(folder);
  return {
    folder: absolute,
    blobsFolder: join(absolute, 'blobs'),
    temporaryFolder: join(absolute, 'blobs', 'tmp'),
    databasePath: join(absolute, 'index.sqlite'),
    downloadsFolder: join(absolute, 'downloads'),
  };
}
