import { readdir, stat } from 'node:fs/promises';
import { extname, join, resolve } from 'node:path';
import { PatternPivotError } from '../../domain/errors.ts';
import { isMediaAddress } from '../../domain/media-address.ts';
import { listMediaFiles } from '../media-files.ts';

/** One thing to be added: media with or without words that exist already, or such words alone. */
export type AddItem =
  /** A file or an http(s) address. */
  | { readonly kind: 'media'; readonly path: string; readonly captionsPath?: string }
  | { readonly kind: 'captions'; readonly path: string };

/** Endings of files that hold words and no media. */
const captionEndings = new Set(['.srt', '.vtt', '.json', '.json3', '.srv3']);

/** Those that are taken from a folder: not every JSON file there is a transcript. */
const folderCaptionEndings = new Set(['.srt', '.vtt']);

/**
 * Turns what a user named into things to add. A folder stands for the media directly in it, or for its caption files where it has no media;
 * `captionsPath` belongs to the one medium that is named, and stands alone where none is.
 * @throws input.nothing_given, input.transcript_ambiguous
 */
export async function listAddItems(
  named: readonly string[],
  captionsPath?: string,
): Promise<{ readonly items: readonly AddItem[]; readonly emptyFolders: readonly string[] }> {
  const { paths, emptyFolders } = await listMediaFiles(named);
  const items: AddItem[] = paths.map((path) =>
    !isMediaAddress(path) && captionEndings.has(extname(path).toLowerCase())
      ? { kind: 'captions', path }
      : { kind: 'media', path },
  );
  const stillEmpty: string[] = [];
  for (const folder of emptyFolders) {
    const captions = await listCaptions(folder);
    if (captions.length === 0) stillEmpty.push(folder);
    items.push(...captions.map((path): AddItem => ({ kind: 'captions', path })));
  }
  if (captionsPath !== undefined) {
    return { items: [joinCaptions(items, stillEmpty, resolve(captionsPath))], emptyFolders: [] };
  }
  if (items.length === 0 && stillEmpty.length === 0) {
    throw new PatternPivotError('input.nothing_given', 'Add what? Neither media nor a transcript is given.', {
      hint: 'pivot add talk.mp4, pivot add recordings/, or pivot add --transcript captions.vtt',
    });
  }
  return { items, emptyFolders: stillEmpty };
}

function joinCaptions(
  items: readonly AddItem[],
  emptyFolders: readonly string[],
  captionsPath: string,
): AddItem {
  const [only, ...others] = items;
  if (only === undefined && emptyFolders.length === 0) return { kind: 'captions', path: captionsPath };
  if (only?.kind === 'media' && others.length === 0) return { ...only, captionsPath };
  throw new PatternPivotError(
    'input.transcript_ambiguous',
    `--transcript holds the words of one recording, and ${items.length === 0 ? 'no' : items.length} ${items.length === 1 ? 'file of captions is' : 'files are'} named beside it.`,
    { hint: 'Name the one media file that it belongs to, or none.', context: { captionsPath } },
  );
}

async function listCaptions(folder: string): Promise<string[]> {
  const names = (await readdir(folder).catch(() => []))
    .filter((name) => !name.startsWith('.') && folderCaptionEndings.has(extname(name).toLowerCase()))
    .toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  const paths: string[] = [];
  for (const name of names) {
    const path = join(folder, name);
    if ((await stat(path).catch(() => undefined))?.isFile() === true) paths.push(path);
  }
  return paths;
}
