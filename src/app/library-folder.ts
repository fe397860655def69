import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * The folder that holds the library, where the system wants data that nobody else has: `$XDG_DATA_HOME/patternpivot/library` or
 * `~/.local/share/patternpivot/library` on Linux, `~/Library/Application Support/PatternPivot/Library` on macOS,
 * `%LOCALAPPDATA%\patternpivot\library` on Windows.
 */
export function defaultLibraryFolder(
  platform: NodeJS.Platform,
  env: Readonly<Record<string, string | undefined>>,
  home: string = homedir(),
): string {
  if (platform === 'win32') {
    return join(env['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local'), 'patternpivot', 'library');
  }
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'PatternPivot', 'Library');
  const xdg = env['XDG_DATA_HOME'];
  // The specification says that a relative path there is to be ignored.
  return join(xdg?.startsWith('/') === true ? xdg : join(home, '.local', 'share'), 'patternpivot', 'library');
}
