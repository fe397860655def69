import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { z } from 'zod';
import { PatternPivotError } from '../domain/errors.ts';
import { withFileErrors } from '../domain/file-error.ts';
import { temporaryFileName } from '../domain/temporary-name.ts';
import type { Blobs } from '../ports/blobs.ts';
import { stageKey, type StageCache } from '../stages/stage.ts';
import type { IndexDatabase } from './index-database.ts';

/**
 * How a result lies in its blob: one line of JSON that says what it is, and one with the value. The second line's hash
 * stands in the first, so that a blob that was damaged, cut short or put there by somebody else is made again.
 */
const headerSchema = z.strictObject({
  pivot: z.literal(1),
  stage: z.string().min(1).max(100),
  version: z.int(),
  sha256: z.string(),
});

/** The value of a stage that makes a file: its bytes are a blob of their own, under their own hash. */
const fileRecordSchema = z.strictObject({
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  sizeBytes: z.int().nonnegative(),
});

/** How many results of each stage were found and how many had to be made. */
export type CacheCounts = { found: Record<string, number>; made: Record<string, number> };

/** What the cache is made of. */
export type StageCacheParts = {
  readonly blobs: Blobs;
  readonly index: IndexDatabase;
  /** Where files grow until they are whole: on the same disk as the blobs. */
  readonly temporaryFolder: string;
  /** Makes everything anew, and stores it: what `--force` wants. Default: false. */
  readonly ignoreStored?: boolean;
};

/**
 * The cache of stage results over blobs. The same work asked for twice at the same time in one process runs once;
 * two processes may do it twice, and either result is whole.
 */
export function createStageCache(parts: StageCacheParts): StageCache & { readonly counts: CacheCounts } {
  const { blobs, index, temporaryFolder, ignoreStored = false } = parts;
  const running = new Map<string, Promise<unknown>>();
  const madeNow = new Set<string>();
  const counts: CacheCounts = { found: {}, made: {} };

  const count = (how: 'found' | 'made', stage: string) => {
    counts[how][stage] = (counts[how][stage] ?? 0) + 1;
  };

  const read = async <T>(key: string, schema: z.ZodType<T>): Promise<T | undefined> => {
    if (ignoreStored && !madeNow.has(key)) return undefined;
    const bytes = await blobs.read(key);
    if (bytes === undefined) return undefined;
    return readEnvelope(bytes)?.parse(schema);
  };

  const write = async (key: string, work: { name: string; version: number }, value: unknown) => {
    const bytes = writeEnvelope(work, value);
    await blobs.write(key, bytes);
    madeNow.add(key);
    index.putBlob({ key, stage: work.name, sizeBytes: bytes.length, usedAtMs: Date.now() });
  };

  /** Puts a stored file at `path`. @returns false when it is missing or not what was stored */
  const putStored = async (record: z.infer<typeof fileRecordSchema>, path: string) => {
    const temporary = join(dirname(path), temporaryFileName(extname(path)));
    try {
      if (!(await blobs.copyTo(record.sha256, temporary))) return false;
      if ((await hashFile(temporary)).hex !== record.sha256) {
        await blobs.delete(record.sha256);
        return false;
      }
      await withFileErrors(path, () => rename(temporary, path));
      return true;
    } finally {
      await rm(temporary, { force: true });
    }
  };

  /** Runs work after the same work that runs already: what that stored, this finds. */
  const once = async <T>(key: string, run: () => Promise<T>): Promise<T> => {
    const before = running.get(key);
    if (before !== undefined) await before.catch(() => {});
    // Somebody who waited as well may have begun again.
    const now = running.get(key);
    if (now !== undefined && now !== before) return once(key, run);
    const work = run();
    running.set(key, work);
    try {
      return await work;
    } finally {
      if (running.get(key) === work) running.delete(key);
    }
  };

  return {
    counts,
    remember(work) {
      const key = stageKey(work);
      return once(key, async () => {
        const stored = await read(key, work.schema);
        if (stored !== undefined) {
          count('found', work.name);
          return stored;
        }
        // What is returned now is what a later run will read: as JSON, and by the schema.
        const value = work.schema.parse(JSON.parse(JSON.stringify(await work.run())));
        await write(key, work, value);
        count('made', work.name);
        return value;
      });
    },
    rememberFile(work, path) {
      const key = stageKey({ ...work, name: `${work.name}/file` });
      return once(key, async () => {
        await withFileErrors(dirname(path), () => mkdir(dirname(path), { recursive: true }));
        const stored = await read(key, fileRecordSchema);
        if (stored !== undefined && (await putStored(stored, path))) {
          count('found', work.name);
          return { fresh: false };
        }
        await withFileErrors(temporaryFolder, () => mkdir(temporaryFolder, { recursive: true }));
        const temporary = join(temporaryFolder, temporaryFileName(extname(path)));
        try {
          await withFileErrors(temporary, () => work.run(temporary));
          const { hex, sizeBytes } = await hashFile(temporary);
          await blobs.writeFile(hex, temporary);
          index.putBlob({ key: hex, stage: 'file', sizeBytes, usedAtMs: Date.now() });
          await write(key, work, { sha256: hex, sizeBytes });
          if (!(await putStored({ sha256: hex, sizeBytes }, path))) {
            throw new PatternPivotError(
              'tool.blob_lost',
              `A file that was just made cannot be read back: ${path}`,
              {
                hint: 'Check the disk that holds the workspace (pivot doctor), then run the same command again.',
                retryable: true,
                context: { path },
              },
            );
          }
        } finally {
          await rm(temporary, { force: true });
        }
        count('made', work.name);
        return { fresh: true };
      });
    },
  };
}

/** The stage that made a blob, as the blob itself says: how the index is built anew. Undefined for the bytes of a file. */
export function readBlobStage(bytes: Uint8Array): string | undefined {
  return readHeader(bytes)?.header.stage;
}

function writeEnvelope(work: { name: string; version: number }, value: unknown): Uint8Array {
  const body = Buffer.from(JSON.stringify(value));
  const sha256 = createHash('sha256').update(body).digest('hex');
  const header = JSON.stringify({ pivot: 1, stage: work.name, version: work.version, sha256 });
  return Buffer.concat([Buffer.from(`${header}\n`), body]);
}

function readHeader(bytes: Uint8Array) {
  const end = bytes.subarray(0, 1000).indexOf(0x0a);
  if (end < 0 || bytes[0] !== 0x7b) return undefined;
  const parsed = headerSchema.safeParse(parseJson(bytes.subarray(0, end)));
  return parsed.success ? { header: parsed.data, body: bytes.subarray(end + 1) } : undefined;
}

function readEnvelope(bytes: Uint8Array) {
  const found = readHeader(bytes);
  if (found === undefined) return undefined;
  if (createHash('sha256').update(found.body).digest('hex') !== found.header.sha256) return undefined;
  const { body } = found;
  return {
    parse<T>(schema: z.ZodType<T>): T | undefined {
      const parsed = schema.safeParse(parseJson(body));
      return parsed.success ? parsed.data : undefined;
    },
  };
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
  } catch {
    return undefined;
  }
}

async function hashFile(path: string): Promise<{ hex: string; sizeBytes: number }> {
  const hash = createHash('sha256');
  for await (const block of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(block as Buffer);
  return { hex: hash.digest('hex'), sizeBytes: (await stat(path)).size };
}
