import { readdir, stat } from 'node:fs/promises';
import { extname, join, resolve } from 'node:path';
import { withFileErrors } from '../domain/file-error.ts';
import { isMediaAddress } from '../domain/media-address.ts';

/** Endings of the files in a folder that are taken for media. A file that is named itself may have any ending. */
const mediaEndings = new Set(
  '.mp4 .m4v .mov .mkv .webm .avi .ts .mts .m2ts .mpg .mpeg .wmv .flv .3gp .ogv .mxf .mp3 .m4a .aac .wav .flac .ogg .opus .wma .aiff'.split(
    ' ',
  ),
);

/** Whether a file in a folder is taken for media, by its ending. */
export function isMediaFileName(name: string): boolean {
  return mediaEndings.has(extname(name).toLowerCase());
}

/**
 * Turns what a user named into media files: a folder stands for those directly in it, in the order of their names.
 * http(s) addresses stay as they are.
 */
export async function listMediaFiles(
  named: readonly string[],
): Promise<{ paths: string[]; emptyFolders: string[] }> {
  const paths = new Set<string>();
  const emptyFolders: string[] = [];
  for (const name of named) {
    if (isMediaAddress(name)) {
      paths.add(name);
      continue;
    }
    const path = resolve(name);
    const found = await stat(path).catch(() => undefined);
    if (found?.isDirectory() !== true) {
      // What is missing is reported when its turn comes: the others go on.
      paths.add(path);
      continue;
    }
    const entries = await withFileErrors(path, () => readdir(path, { withFileTypes: true }));
    const media = entries
      .filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.'))
      .map((entry) => entry.name)
      .filter(isMediaFileName)
      .toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }));
    if (media.length === 0) emptyFolders.push(path);
    for (const entry of media) paths.add(join(path, entry));
  }
  return { paths: [...paths], emptyFolders };
}
