import { isAbsolute, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** The URL of a file, from its absolute path or one relative to a folder. Whatever a name holds is percent-encoded. */
export function toFileUrl(path: string, baseFolder: string): string {
  return pathToFileURL(resolve(baseFolder, path)).href;
}

/**
 * The path that a media reference names: a `file:` URL, or a plain path, absolute or relative to a folder. Undefined for
 * other addresses, which are not fetched.
 */
export function pathOfReference(reference: string, baseFolder: string): string | undefined {
  if (reference === '' || reference.includes('\0')) return undefined;
  if (/^file:/iu.test(reference)) {
    try {
      const path = fileURLToPath(reference);
      return path.includes('\0') ? undefined : path;
    } catch {
      return undefined;
    }
  }
  if (/^[a-z][a-z0-9+.-]+:/iu.test(reference)) return undefined;
  return isAbsolute(reference) ? reference : resolve(baseFolder, reference);
}
