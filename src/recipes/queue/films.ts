import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { PatternPivotError } from '../../domain/errors.ts';
import { withFileErrors } from '../../domain/file-error.ts';
import type { QueueItem } from '../../domain/queue.ts';

/** Finished films in folders, and the papers that lie beside them under the same name. */

/** A film and its papers. */
export type FoundFilm = {
  /** Absolute. */
  readonly folder: string;
  readonly files: QueueItem['files'];
};

const filmEndings: ReadonlySet<string> = new Set(['.mp4', '.m4v', '.mov', '.mkv', '.webm']);
const coverEndings = ['.jpg', '.jpeg', '.png', '.webp'];
const captionEndings = ['.srt', '.vtt'];

/** What `pivot make` put aside, and folders that nobody means. */
const leftOut = (name: string) => name.startsWith('.') || name === 'rejected' || name === 'node_modules';

/** More films at once are a mistake: a disk was named, or a home folder. */
const maxFilms = 5000;

/**
 * What a person named: films, and folders of them. A folder stands for the films in it or, where there are none, in the folders in it, as `pivot make`
 * leaves a folder of clips for each source. @returns the films by name, and what was left out and why. @throws not_found.file, input.no_films
 */
export async function findFilms(
  named: readonly string[],
  signal: AbortSignal,
): Promise<{ readonly films: readonly FoundFilm[]; readonly notes: readonly string[] }> {
  const films = new Map<string, FoundFilm>();
  const notes: string[] = [];
  for (const name of named) {
    signal.throwIfAborted();
    const path = resolve(name);
    const found = await withFileErrors(path, () => stat(path));
    const list = found.isDirectory()
      ? await listFolder(path, notes)
      : [await describeFilm(path, await listNames(dirname(path)))];
    if (list.length === 0) notes.push(`There are no films in ${name}.`);
    for (const film of list) films.set(join(film.folder, film.files.film), film);
    if (films.size > maxFilms) {
      throw new PatternPivotError('input.too_many_films', `There are more than ${maxFilms} films in there.`, {
        hint: 'Name the folder of finished clips itself.',
      });
    }
  }
  if (films.size > 0) return { films: [...films.values()], notes };
  throw new PatternPivotError('input.no_films', notes[0] ?? 'No film is named.', {
    hint: 'Name a finished film, or a folder of them: pivot publish clips/talk --to kits',
    context: { named: named.slice(0, 20) },
  });
}

async function listFolder(folder: string, notes: string[]): Promise<FoundFilm[]> {
  const own = await listFilms(folder, notes);
  if (own.length > 0) return own;
  const entries = await withFileErrors(folder, () => readdir(folder, { withFileTypes: true }));
  const inside: FoundFilm[] = [];
  for (const entry of entries.toSorted((a, b) => compareNames(a.name, b.name))) {
    if (!entry.isDirectory() || leftOut(entry.name)) continue;
    inside.push(...(await listFilms(join(folder, entry.name), notes)));
  }
  return inside;
}

async function listFilms(folder: string, notes: string[]): Promise<FoundFilm[]> {
  const names = await listNames(folder);
  const films: FoundFilm[] = [];
  for (const name of [...names].toSorted(compareNames)) {
    if (name.startsWith('.') || !filmEndings.has(extname(name).toLowerCase())) continue;
    const stem = stemOf(name);
    if (stem.endsWith('.preview')) {
      notes.push(`${name} is a preview: render it whole first (pivot render).`);
    } else if (/\.new(?:-\d+)?$/u.test(stem)) {
      notes.push(`${name} stands beside one that you edited: name the film that you want.`);
    } else if (!/\.before(?:-\d+)?$/u.test(stem)) films.push(await describeFilm(join(folder, name), names));
  }
  return films;
}

async function listNames(folder: string): Promise<Set<string>> {
  const entries = await withFileErrors(folder, () => readdir(folder, { withFileTypes: true }));
  return new Set(entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name));
}

async function describeFilm(path: string, names: ReadonlySet<string>): Promise<FoundFilm> {
  const film = basename(path);
  if (!filmEndings.has(extname(film).toLowerCase())) {
    throw new PatternPivotError('input.no_film', `This is no film: ${path}`, {
      hint: `A finished film ends in ${[...filmEndings].join(', ')}.`,
      context: { path },
    });
  }
  const stem = stemOf(film);
  const first = (endings: readonly string[]) =>
    endings.map((ending) => `${stem}${ending}`).find((name) => names.has(name));
  const papers = {
    cover: first(coverEndings),
    captions: first(captionEndings),
    post: first(['.post.json']),
    timeline: first(['.timeline.json']),
  };
  const there = Object.entries(papers).filter(([, name]) => name !== undefined);
  return { folder: dirname(path), files: { film, ...Object.fromEntries(there) } };
}

function stemOf(name: string): string {
  return name.slice(0, name.length - extname(name).length);
}

function compareNames(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}
