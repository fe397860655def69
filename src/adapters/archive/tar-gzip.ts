import { createReadStream, createWriteStream } from 'node:fs';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { Parser, type ReadEntry } from 'tar';
import { PatternPivotError } from '../../domain/errors.ts';
import { toFileError } from '../../domain/file-error.ts';
import type { Archive, ArchiveEntry, ArchiveWork } from '../../ports/archive.ts';
import {
  archiveBomb,
  archiveDamaged,
  countEntry,
  entryMissing,
  isHarmlessName,
  maxTextBytes,
} from './archive-rules.ts';

/** Videos hardly shrink. More than this comes out of a small file only if somebody meant it to. */
const [maxRatio, ratioFromBytes] = [100, 4e9];

/** A tar archive that is compressed with gzip: it can only be read from its beginning to its end. */
export function openTarGzip(path: string, sizeBytes: number): Archive {
  return {
    path,
    sizeBytes,
    isRandomAccess: false,
    async list(isText, work) {
      const entries = new Map<string, ArchiveEntry>();
      let refusedCount = 0;
      await walk(path, work, async (entry, name) => {
        countEntry(entries.size + refusedCount, path);
        if (name === undefined || entries.has(name)) refusedCount += 1;
        else {
          const sizes = { path: name, sizeBytes: entry.size };
          // Before it is read: the next one may come meanwhile.
          entries.set(name, sizes);
          if (isText(name) && entry.size <= maxTextBytes)
            entries.set(name, { ...sizes, text: await readText(entry) });
        }
        return true;
      });
      return { entries: [...entries.values()], refusedCount };
    },
    async extract(wanted, work) {
      const left = new Map(wanted);
      let doneBytes = 0;
      const { signal } = work;
      await walk(path, { signal }, async (entry, name, ending) => {
        const target = name === undefined ? undefined : left.get(name);
        if (name === undefined || target === undefined) return left.size > 0;
        left.delete(name);
        const blocks = async function* () {
          for await (const block of entry) {
            doneBytes += (block as Buffer).length;
            work.onBytes?.(doneBytes);
            yield block as Buffer;
          }
        };
        try {
          await pipeline(blocks, createWriteStream(target, { flags: 'wx' }), { signal: ending });
        } catch (error) {
          throw toFileError(error, target);
        }
        return left.size > 0;
      });
      for (const name of left.keys()) throw entryMissing(path, name);
    },
  };
}

/** Visits the files one after the other; a visit that says false is the last. Those without a harmless name have none. */
async function walk(
  path: string,
  { signal, onBytes }: ArchiveWork,
  visit: (entry: ReadEntry, name: string | undefined, ending: AbortSignal) => Promise<boolean>,
): Promise<void> {
  const stop = new AbortController();
  let failure: unknown;
  let isEnough = false;
  let turn = Promise.resolve();
  const end = (error?: unknown) => {
    failure ??= error;
    isEnough ||= error === undefined;
    stop.abort();
  };
  const ending = AbortSignal.any([signal, stop.signal]);
  const parser = new Parser({
    onwarn: (code, message) => {
      if (code === 'TAR_BAD_ARCHIVE' || code === 'TAR_ABORT' || code === 'TAR_ENTRY_INVALID')
        end(archiveDamaged(path, String(message)));
    },
    onReadEntry: (entry) => {
      const isFile = entry.type === 'File' || entry.type === 'OldFile' || entry.type === 'ContiguousFile';
      if (entry.type === 'Directory' || isEnough || failure !== undefined) return entry.resume();
      const name = isFile && isHarmlessName(entry.path) ? entry.path : undefined;
      // The parser hands out the next one before this one is read to its end.
      turn = turn
        .then(() => (isEnough || failure !== undefined ? false : visit(entry, name, ending)))
        .then((goesOn) => (goesOn ? void entry.resume() : end()), end);
    },
  });
  try {
    const file = createReadStream(path, { highWaterMark: 1 << 20 });
    const guard = guardRatio(path, () => file.bytesRead, onBytes);
    await pipeline(file, createGunzip(), guard, parser as unknown as NodeJS.WritableStream, {
      signal: ending,
    });
    await turn;
  } catch (error) {
    // Whoever waits for the rest of a file waits in vain.
    stop.abort();
    signal.throwIfAborted();
    if (failure === undefined && !isEnough) throw explain(error, path);
  }
  if (failure !== undefined) throw failure;
}

function guardRatio(path: string, readBytes: () => number, onBytes?: (bytes: number) => void): Transform {
  let outBytes = 0;
  return new Transform({
    transform(block: Buffer, _encoding, done) {
      outBytes += block.length;
      onBytes?.(readBytes());
      const isBomb = outBytes > ratioFromBytes && outBytes > readBytes() * maxRatio;
      if (isBomb) done(archiveBomb(path, `unpacks to more than ${maxRatio} times its size`));
      else done(undefined, block);
    },
  });
}

async function readText(entry: ReadEntry): Promise<string> {
  const blocks: Buffer[] = [];
  for await (const block of entry) blocks.push(block as Buffer);
  return Buffer.concat(blocks).toString('utf8');
}

function explain(error: unknown, path: string): unknown {
  if (error instanceof PatternPivotError || !(error instanceof Error)) return error;
  const { code } = error as NodeJS.ErrnoException;
  const isOfSystem = code !== undefined && !code.startsWith('Z_') && !code.startsWith('TAR_');
  return isOfSystem ? toFileError(error, path) : archiveDamaged(path, error.message, error);
}
