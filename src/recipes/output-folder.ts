import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { z } from 'zod';
import { withFileErrors } from '../domain/file-error.ts';
import { isLeftover, temporaryFileName } from '../domain/temporary-name.ts';
import { besideName, folderNameFor } from './output-names.ts';

const manifestName = '.pivot-manifest.json';

const hashSchema = z.string().regex(/^[0-9a-f]{64}$/);

/** Who wrote a file: `make` wrote what it planned, `render` what a person's timeline says, which `make` must not replace. */
export type FileOrigin = 'make' | 'render';

/** What was written into a folder: how a file that a person edited is told from one that nobody touched. */
const manifestSchema = z.strictObject({
  version: z.literal(1),
  source: z.strictObject({ path: z.string(), contentHash: z.string() }).optional(),
  files: z.record(
    z.string(),
    z.strictObject({
      sha256: hashSchema,
      origin: z.enum(['make', 'render']),
      /** What was about to be written when this was noted: after a kill either may be there. */
      next: hashSchema.optional(),
    }),
  ),
});
type Manifest = z.infer<typeof manifestSchema>;

/** What became of a file: under which name it lies, and the name of the edited one that was left alone. */
export type Placed = { readonly name: string; readonly keptName?: string; readonly isNew: boolean };

/** A folder that files of ours are put into without ever replacing what a person edited. */
export interface OutputFolder {
  readonly path: string;
  /** What lay there when it was opened. */
  readonly names: ReadonlySet<string>;
  /** A name for a file that is not finished; removed by {@link OutputFolder.close}, or by a later run after a kill. */
  temporaryPath(ending: string): string;
  /**
   * Gives a finished temporary file its name, whole or not at all. Where a person edited the file of that name, it
   * stays, and the new one appears beside it.
   */
  place(name: string, temporaryPath: string): Promise<Placed>;
  /** Gives a finished temporary file its name whatever lies there: only when the user said so. */
  replace(name: string, temporaryPath: string): Promise<string>;
  /** The same as {@link OutputFolder.place} for a text. */
  placeText(name: string, text: string): Promise<Placed>;
  /**
   * Moves a file of ours inside the folder, `to` with or without a subfolder. What a person edited stays, and nothing is
   * replaced. @returns whether it was moved
   */
  move(from: string, to: string): Promise<boolean>;
  /** Removes the temporary files of this run. */
  close(): Promise<void>;
}

/**
 * Opens the folder of one source under `parent`, made when missing. Its name is the source's; where a folder of that name
 * holds another source's clips, some of the content's hash is added.
 */
export async function openSourceFolder(
  parent: string,
  source: { readonly path: string; readonly contentHash: string },
): Promise<OutputFolder> {
  const candidates = folderCandidates(parent, source);
  for (const path of candidates) {
    if (await claim(path, source)) return openOutputFolder(path, 'make');
  }
  return openOutputFolder(candidates.at(-1) ?? parent, 'make');
}

/** The folder that holds the clips of a source already, where there is one; nothing is made. */
export async function findSourceFolder(
  parent: string,
  source: { readonly path: string; readonly contentHash: string },
): Promise<string | undefined> {
  for (const path of folderCandidates(parent, source)) {
    const owner = (await readManifest(path)).source;
    if (owner !== undefined && isOwnedBy(owner, source)) return path;
  }
  return undefined;
}

/** Where a source's folder may be, the first that is free or its own. */
function folderCandidates(parent: string, source: { path: string; contentHash: string }): string[] {
  const name = folderNameFor(source.path);
  const digits = source.contentHash.replace(/^sha256:/u, '');
  return [name, `${name}-${digits.slice(0, 6)}`, `${name}-${digits.slice(0, 16)}`].map((candidate) =>
    join(parent, candidate),
  );
}

function isOwnedBy(
  owner: { path: string; contentHash: string },
  source: { path: string; contentHash: string },
): boolean {
  return owner.contentHash === source.contentHash || owner.path === source.path;
}

/** Opens any folder to put files into, made when missing. */
export async function openOutputFolder(path: string, origin: FileOrigin): Promise<OutputFolder> {
  await withFileErrors(path, () => mkdir(path, { recursive: true }));
  await removeLeftovers(path);
  const temporaryPaths = new Set<string>();
  let last: Promise<unknown> = Promise.resolve();

  const temporaryPath = (ending: string) => {
    const temporary = join(path, temporaryFileName(ending));
    temporaryPaths.add(temporary);
    return temporary;
  };

  const placeNow = async (name: string, temporary: string): Promise<Placed> => {
    const sha256 = await hashFile(temporary);
    if (sha256 === undefined) throw new Error(`${temporary} is not there.`);
    for (let count = 0; ; count++) {
      const target = count === 0 ? name : besideName(name, count);
      const there = await hashFile(join(path, target));
      const manifest = await readManifest(path);
      const entry = manifest.files[target];
      const isSame = there === sha256;
      const isOurs =
        there === undefined ||
        (entry !== undefined &&
          (there === entry.sha256 || there === entry.next) &&
          (origin === 'render' || entry.origin === 'make'));
      if (!isSame && !isOurs) continue;
      const kept = count === 0 ? {} : { keptName: name };
      if (isSame) {
        await rm(temporary, { force: true });
        if (entry?.sha256 !== sha256) await note(target, { sha256, origin: entry?.origin ?? origin });
        return { name: target, isNew: false, ...kept };
      }
      // Noted before and after: whenever the process is killed, the manifest knows what lies there as ours.
      await note(target, { sha256: there ?? sha256, origin, next: sha256 });
      await withFileErrors(join(path, target), () => rename(temporary, join(path, target)));
      await note(target, { sha256, origin });
      return { name: target, isNew: true, ...kept };
    }
  };

  const note = async (name: string, entry: Manifest['files'][string]) => {
    const manifest = await readManifest(path);
    await writeManifest(path, { ...manifest, files: { ...manifest.files, [name]: entry } });
  };

  const place = (name: string, temporary: string) => {
    const placing = last.then(() => placeNow(name, temporary));
    last = placing.catch(() => {});
    return placing;
  };

  return {
    path,
    names: new Set(await readdir(path)),
    temporaryPath,
    place,
    async replace(name, temporary) {
      const sha256 = await hashFile(temporary);
      await withFileErrors(join(path, name), () => rename(temporary, join(path, name)));
      if (sha256 !== undefined) await note(name, { sha256, origin });
      return name;
    },
    async placeText(name, text) {
      const temporary = temporaryPath(extname(name));
      await withFileErrors(temporary, () => writeFile(temporary, text));
      return place(name, temporary);
    },
    async move(from, to) {
      const entry = (await readManifest(path)).files[from];
      const there = await hashFile(join(path, from));
      if (entry === undefined || there !== entry.sha256) return false;
      if ((await hashFile(join(path, to))) !== undefined) return false;
      await withFileErrors(join(path, to), async () => {
        await mkdir(dirname(join(path, to)), { recursive: true });
        await rename(join(path, from), join(path, to));
      });
      await note(to, entry);
      return true;
    },
    async close() {
      for (const temporary of temporaryPaths) await rm(temporary, { force: true });
    },
  };
}

/** Makes a folder this source's own. @returns false when it is another's */
async function claim(path: string, source: { path: string; contentHash: string }): Promise<boolean> {
  await withFileErrors(path, () => mkdir(path, { recursive: true }));
  const manifest = await readManifest(path);
  const owner = manifest.source;
  if (owner !== undefined && !isOwnedBy(owner, source)) return false;
  if (owner?.contentHash !== source.contentHash || owner.path !== source.path) {
    const { path: sourcePath, contentHash } = source;
    await writeManifest(path, { ...manifest, source: { path: sourcePath, contentHash } });
  }
  return true;
}

async function readManifest(folder: string): Promise<Manifest> {
  const empty: Manifest = { version: 1, files: {} };
  try {
    const parsed = manifestSchema.safeParse(JSON.parse(await readFile(join(folder, manifestName), 'utf8')));
    // One that cannot be read knows of no file: then everything there counts as a person's.
    return parsed.success ? parsed.data : empty;
  } catch {
    return empty;
  }
}

async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  const path = join(folder, manifestName);
  const temporary = join(folder, temporaryFileName());
  await withFileErrors(path, async () => {
    try {
      await writeFile(temporary, `${JSON.stringify(manifest, undefined, 2)}\n`);
      await rename(temporary, path);
    } finally {
      await rm(temporary, { force: true });
    }
  });
}

/** @returns the hash of a file, undefined when there is none, and something that no file has when it is no file */
async function hashFile(path: string): Promise<string | undefined> {
  const hash = createHash('sha256');
  try {
    for await (const block of createReadStream(path, { highWaterMark: 1 << 20 }))
      hash.update(block as Buffer);
    return hash.digest('hex');
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : 'unreadable';
  }
}

/** Removes the unfinished files that killed runs left. */
async function removeLeftovers(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined && isLeftover(name, found.mtimeMs)) await rm(path, { force: true });
  }
}
