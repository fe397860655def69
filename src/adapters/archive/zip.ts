import { createWriteStream } from 'node:fs';
import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32 } from 'node:zlib';
import { getFileNameLowLevel, open as openZip, type Entry, type Options, type ZipFile } from 'yauzl';
import { PatternPivotError } from '../../domain/errors.ts';
import { toFileError } from '../../domain/file-error.ts';
import type { Archive, ArchiveEntry, ArchiveListing, ArchiveWork } from '../../ports/archive.ts';
import { archiveDamaged, countEntry, entryMissing, isHarmlessName, maxTextBytes } from './archive-rules.ts';

/** Names are decoded by us, so that one bad name does not cost the archive. */
const options: Options = {
  lazyEntries: true,
  autoClose: false,
  decodeStrings: false,
  validateEntrySizes: true,
};

/** A zip archive, zip64 too, by its central directory. */
export function openZipArchive(path: string, sizeBytes: number): Archive {
  return {
    path,
    sizeBytes,
    isRandomAccess: true,
    async list(isText, work) {
      const entries: ArchiveEntry[] = [];
      let refusedCount = 0;
      await walk(path, work, async (zip, entry, name) => {
        countEntry(entries.length + refusedCount, path);
        if (name === undefined) refusedCount += 1;
        else {
          const isWanted = isText(name) && entry.uncompressedSize <= maxTextBytes;
          const text = isWanted ? await readText(zip, entry, path) : undefined;
          const sizes = { path: name, sizeBytes: entry.uncompressedSize };
          entries.push(text === undefined ? sizes : { ...sizes, text });
        }
      });
      return onceEach({ entries, refusedCount });
    },
    async extract(wanted, work) {
      const left = new Map(wanted);
      let doneBytes = 0;
      await walk(path, work, async (zip, entry, name) => {
        const target = name === undefined ? undefined : left.get(name);
        if (name === undefined || target === undefined) return left.size > 0;
        left.delete(name);
        const before = doneBytes;
        await writeEntry(
          await openEntry(zip, entry, path),
          entry,
          { archive: path, target },
          work.signal,
          (bytes) => {
            doneBytes = before + bytes;
            work.onBytes?.(doneBytes);
          },
        );
        return left.size > 0;
      });
      for (const name of left.keys()) throw entryMissing(path, name);
    },
  };
}

/** A name that stands twice means the first. */
function onceEach({ entries, refusedCount }: ArchiveListing): ArchiveListing {
  const byName = new Map<string, ArchiveEntry>();
  for (const entry of entries) if (!byName.has(entry.path)) byName.set(entry.path, entry);
  return { entries: [...byName.values()], refusedCount: refusedCount + entries.length - byName.size };
}

/** Visits the files of a zip one after the other, until a visit says false. Those without a harmless name have none. */
async function walk(
  path: string,
  { signal }: ArchiveWork,
  visit: (zip: ZipFile, entry: Entry, name: string | undefined) => Promise<unknown>,
): Promise<void> {
  const zip = await new Promise<ZipFile>((resolve, reject) => {
    openZip(path, options, (error, opened) =>
      error === null ? resolve(opened) : reject(explain(error, path)),
    );
  });
  try {
    await new Promise<void>((resolve, reject) => {
      const fail = (error: unknown) => reject(explain(error, path));
      const onEntry = async (entry: Entry) => {
        signal.throwIfAborted();
        const name = readName(entry);
        if (
          name?.endsWith('/') !== true &&
          (await visit(zip, entry, isPlainFile(entry) ? name : undefined)) === false
        )
          resolve();
        else zip.readEntry();
      };
      zip.on('error', fail);
      zip.on('end', resolve);
      zip.on('entry', (entry: Entry) => void onEntry(entry).catch(fail));
      zip.readEntry();
    });
  } finally {
    zip.close();
  }
  signal.throwIfAborted();
}

function readName(entry: Entry): string | undefined {
  // Without `decodeStrings` the name is bytes, whatever the types say.
  const bytes = entry.fileName as unknown as Buffer;
  const name = getFileNameLowLevel(entry.generalPurposeBitFlag, bytes, entry.extraFields, false);
  return isHarmlessName(name) ? name : undefined;
}

/** The kinds of Unix files, in the upper half of the external attributes. */
const [kindMask, plainFile] = [0o170000, 0o100000];

function isPlainFile(entry: Entry): boolean {
  const kind = (entry.externalFileAttributes >>> 16) & kindMask;
  return (kind === 0 || kind === plainFile) && !entry.isEncrypted();
}

function openEntry(zip: ZipFile, entry: Entry, path: string): Promise<Readable> {
  return new Promise((resolve, reject) => {
    zip.openReadStream(entry, (error, stream) =>
      error === null ? resolve(stream) : reject(explain(error, path)),
    );
  });
}

async function readText(zip: ZipFile, entry: Entry, path: string): Promise<string> {
  const blocks: Buffer[] = [];
  const stream = await openEntry(zip, entry, path);
  for await (const block of stream) blocks.push(block as Buffer);
  const bytes = Buffer.concat(blocks);
  assertSum(crc32(bytes), entry, path);
  return bytes.toString('utf8');
}

async function writeEntry(
  stream: Readable,
  entry: Entry,
  { archive, target }: { archive: string; target: string },
  signal: AbortSignal,
  onBytes: (bytes: number) => void,
): Promise<void> {
  let sum = 0;
  let bytes = 0;
  const count = new Transform({
    transform(block: Buffer, _encoding, done) {
      sum = crc32(block, sum);
      bytes += block.length;
      onBytes(bytes);
      done(undefined, block);
    },
  });
  try {
    await pipeline(stream, count, createWriteStream(target, { flags: 'wx' }), { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw explain(error, archive, target);
  }
  assertSum(sum, entry, archive);
}

function assertSum(sum: number, entry: Entry, path: string): void {
  if (sum >>> 0 !== entry.crc32 >>> 0)
    throw archiveDamaged(path, 'a file in it does not have the sum that it should have');
}

/** yauzl tells what is wrong with an archive by plain errors, and the system's come with a code. */
function explain(error: unknown, path: string, target = path): unknown {
  if (error instanceof PatternPivotError || !(error instanceof Error) || error.name === 'AbortError')
    return error;
  const { code } = error as NodeJS.ErrnoException;
  if (code !== undefined && !code.startsWith('Z_')) return toFileError(error, target);
  return archiveDamaged(path, error.message.replace(/\.$/u, ''), error);
}
