import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { PatternPivotError } from '../../domain/errors.ts';
import { withFileErrors } from '../../domain/file-error.ts';
import type { Archive, OpenArchive } from '../../ports/archive.ts';
import { isTableName, readTakeoutTable, type TakeoutVideo } from '../../stages/match/takeout-videos.ts';
import type { StageContext } from '../../stages/stage.ts';
import { isMediaFileName } from '../media-files.ts';
import { readTextFile } from '../read-text.ts';

/** A media file that may be an original: on the disk, or in an archive. */
export type FoundFile = {
  /** As it is shown: its path, or the archive's name and the path in it. */
  readonly name: string;
  readonly place:
    | { readonly kind: 'disk'; readonly path: string }
    | { readonly kind: 'archive'; readonly archive: Archive; readonly entry: string };
  readonly sizeBytes: number;
  /** Whether Takeout gave it its name. */
  readonly isTakeout: boolean;
  /** Captions that lie beside it under its name. */
  readonly captionsPath?: string | undefined;
};

/** What lies in the folders and archives that a user named. */
export type FoundPlaces = {
  readonly files: readonly FoundFile[];
  /** What the tables of Takeout say of the owner's videos. */
  readonly takeoutVideos: readonly TakeoutVideo[];
  /** What the user should know: parts that were taken too, names that were left out. */
  readonly notes: readonly string[];
};

/** More files than this are no footage, and going on would take for ever. */
const maxFiles = 200_000;

/** Takeout's archives: `takeout-20240501T100000Z-001.zip`, and newer ones with a number more before the part's. */
const takeoutPart = /^(takeout-\d{8}T\d{6}Z(?:-\d{1,3})?)-\d{3,}\.(?:zip|tgz|tar\.gz)$/iu;

const archiveEnding = /\.(?:zip|tgz|tar\.gz)$/iu;

const captionEndings = ['.json3', '.srv3', '.vtt', '.srt'];

/** A table is never larger, in bytes. */
const maxTableBytes = 64_000_000;

/**
 * Looks through folders (all that is in them), archives and files. Of a Takeout export in several parts, the parts that lie beside a named one
 * are taken too. Hidden files and links to folders are left aside. @throws not_found.file, input.too_many_files, and what archives throw
 */
export async function lookThrough(
  named: readonly string[],
  ports: { readonly openArchive: OpenArchive },
  context: StageContext,
): Promise<FoundPlaces> {
  const found: Gathered = { files: new Map(), archives: new Set(), tables: [], captions: [] };
  const notes: string[] = [];
  for (const name of named) {
    const path = resolve(name);
    const kind = await withFileErrors(path, () => stat(path));
    if (kind.isDirectory()) await walk(path, found, context);
    else if (archiveEnding.test(path)) found.archives.add(path);
    else found.files.set(path, kind.size);
  }
  for (const path of await listOtherParts(found.archives)) {
    notes.push(`${basename(path)} lies beside the part that was named, and is taken too.`);
    found.archives.add(path);
  }
  const takeoutVideos: TakeoutVideo[] = [];
  const takeoutFolders: string[] = [];
  for (const path of found.tables) {
    const text = await readTextFile(path, { maxBytes: maxTableBytes }).catch(() => '');
    const videos = readTakeoutTable(text);
    if (videos === undefined) continue;
    for (const video of videos) takeoutVideos.push(video);
    takeoutFolders.push(dirname(dirname(path)));
  }
  const files = [...found.files].map(([path, sizeBytes]): FoundFile => {
    return {
      name: path,
      place: { kind: 'disk', path },
      sizeBytes,
      isTakeout: takeoutFolders.some((folder) => path.startsWith(join(folder, '/'))),
      captionsPath: findCaptions(path, found.captions),
    };
  });
  for (const path of [...found.archives].toSorted()) {
    const read = await readArchive(await ports.openArchive(path), context);
    for (const file of read.files) files.push(file);
    for (const video of read.videos) takeoutVideos.push(video);
    if (read.refusedCount > 0) {
      notes.push(
        `${basename(path)}: ${read.refusedCount} ${read.refusedCount === 1 ? 'entry was' : 'entries were'} left out (links, encrypted, or names that lead out of it).`,
      );
    }
  }
  return { files, takeoutVideos, notes };
}

type Gathered = {
  readonly files: Map<string, number>;
  readonly archives: Set<string>;
  readonly tables: string[];
  readonly captions: string[];
};

async function walk(folder: string, found: Gathered, { signal, report }: StageContext): Promise<void> {
  const folders = [folder];
  for (let at = folders.shift(); at !== undefined; at = folders.shift()) {
    signal.throwIfAborted();
    const current = at;
    const entries = await withFileErrors(current, () => readdir(current, { withFileTypes: true }));
    for (const entry of entries.toSorted((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }))) {
      const path = join(current, entry.name);
      if (entry.name.startsWith('.')) continue;
      if (entry.isDirectory()) folders.push(path);
      else if (takeoutPart.test(entry.name)) found.archives.add(path);
      else if (isTableName(entry.name)) found.tables.push(path);
      else if (captionEndings.includes(extname(entry.name).toLowerCase())) found.captions.push(path);
      else if (isMediaFileName(entry.name)) {
        const file = await stat(path).catch(() => undefined);
        if (file?.isFile() === true) found.files.set(path, file.size);
      }
    }
    report({ done: found.files.size, total: undefined, unit: 'files' });
    if (found.files.size > maxFiles) {
      throw new PatternPivotError(
        'input.too_many_files',
        `There are more than ${maxFiles} media files in ${folder}.`,
        {
          hint: 'Name the folders that hold your originals.',
          context: { folder },
        },
      );
    }
  }
}

/** The other parts of exports of which one part was named. */
async function listOtherParts(archives: ReadonlySet<string>): Promise<string[]> {
  const others = new Set<string>();
  for (const path of archives) {
    const name = takeoutPart.exec(basename(path))?.[1];
    if (name === undefined) continue;
    for (const beside of await readdir(dirname(path)).catch(() => [])) {
      const candidate = join(dirname(path), beside);
      if (takeoutPart.exec(beside)?.[1] === name && !archives.has(candidate)) others.add(candidate);
    }
  }
  return [...others].toSorted();
}

/** `talk.mp4` has `talk.vtt` or `talk.en.vtt` beside it. Word times of YouTube's own come before others. */
function findCaptions(path: string, captions: readonly string[]): string | undefined {
  const stem = path.slice(0, path.length - extname(path).length);
  const own = captions.filter((candidate) => {
    if (!candidate.startsWith(`${stem}.`)) return false;
    const rest = candidate.slice(stem.length, candidate.length - extname(candidate).length);
    return rest === '' || /^\.[a-z]{2,3}(?:-[A-Za-z\d]{1,8})*$/u.test(rest);
  });
  const rank = (candidate: string) => captionEndings.indexOf(extname(candidate).toLowerCase());
  return own.toSorted((a, b) => rank(a) - rank(b) || a.length - b.length)[0];
}

async function readArchive(
  archive: Archive,
  { signal, report }: StageContext,
): Promise<{ files: FoundFile[]; videos: TakeoutVideo[]; refusedCount: number }> {
  const { entries, refusedCount } = await archive.list(isTableName, {
    signal,
    onBytes: (done) => report({ done, total: archive.sizeBytes, unit: 'bytes' }),
  });
  const files: FoundFile[] = [];
  const videos: TakeoutVideo[] = [];
  for (const { path, sizeBytes, text } of entries) {
    if (text !== undefined) for (const video of readTakeoutTable(text) ?? []) videos.push(video);
    if (!isMediaFileName(path) || basename(path).startsWith('.') || sizeBytes === 0) continue;
    files.push({
      name: `${basename(archive.path)} › ${path}`,
      place: { kind: 'archive', archive, entry: path },
      sizeBytes,
      isTakeout: takeoutPart.test(basename(archive.path)) || /^takeout\//iu.test(path),
    });
  }
  return { files, videos, refusedCount };
}
