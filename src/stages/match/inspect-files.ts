import { join } from 'node:path';
import { stat } from 'node:fs/promises';
import { z } from 'zod';
import { withFileErrors } from '../../domain/file-error.ts';
import { mainVideo, type MediaInfo } from '../../domain/media.ts';
import { hashFile } from '../../media/hash-file.ts';
import { probeMedia } from '../../media/probe.ts';
import { withTemporaryFolder } from '../../media/temporary-folder.ts';
import type { Archive } from '../../ports/archive.ts';
import type { StageCache, StageContext } from '../stage.ts';
import { printSound, type SoundPrint } from './print-sound.ts';

const factsSchema = z.strictObject({
  durationMs: z.number().nonnegative(),
  /** Of the picture as it is seen, in px; 0 where there is none. */
  height: z.int().nonnegative(),
  hasSound: z.boolean(),
  tags: z.record(z.string(), z.string()),
});

/** What a media file is, as far as matching it goes. */
export type FileFacts = Readonly<z.infer<typeof factsSchema>>;

const version = 1;

/** Looks into a file on the disk. Remembered by its path, size and time of change. @throws input.* for what is no good media file */
export async function readFacts(
  path: string,
  ports: { readonly cache: StageCache },
  { signal }: StageContext,
): Promise<FileFacts> {
  const { size, mtimeMs } = await withFileErrors(path, () => stat(path));
  return ports.cache.remember({
    name: 'file-facts',
    version,
    inputs: { path, size, mtimeMs },
    schema: factsSchema,
    run: async () => describe(await probeMedia(path, { signal })),
  });
}

function describe(info: MediaInfo): FileFacts {
  return {
    durationMs: info.durationMs,
    height: mainVideo(info)?.displayHeight ?? 0,
    hasSound: info.audio.length > 0,
    tags: info.tags,
  };
}

const inspectedSchema = z.strictObject({ facts: factsSchema, print: z.base64().optional() });

/** What is known of a file in an archive once it was looked into and listened to. */
export type InspectedEntry = { readonly facts: FileFacts; readonly print: SoundPrint | undefined };

/**
 * Looks into files of one archive and listens to them: each is taken out into a temporary folder, and is gone afterwards. One after the other,
 * or all in one pass where the archive can only be read from its beginning. Remembered. What cannot be read is left out.
 */
export async function inspectEntries(
  archive: Archive,
  entries: readonly string[],
  ports: { readonly cache: StageCache },
  context: StageContext,
): Promise<Map<string, InspectedEntry>> {
  const { mtimeMs } = await withFileErrors(archive.path, () => stat(archive.path));
  const found = new Map<string, InspectedEntry>();
  let waiting = [...entries];
  while (waiting.length > 0) {
    const batch = waiting.slice(0, archive.isRandomAccess ? 1 : waiting.length);
    waiting = waiting.slice(batch.length);
    let extracted: Promise<void> | undefined;
    await withTemporaryFolder('archive', async (folder) => {
      const placeOf = (entry: string) => join(folder, `${batch.indexOf(entry)}.media`);
      const extract = () =>
        archive.extract(new Map(batch.map((entry) => [entry, placeOf(entry)])), { signal: context.signal });
      for (const entry of batch) {
        const inspected = await ports.cache.remember({
          name: 'archive-entry',
          version,
          inputs: { archive: archive.path, size: archive.sizeBytes, mtimeMs, entry },
          schema: inspectedSchema.nullable(),
          async run() {
            await (extracted ??= extract());
            return inspect(placeOf(entry), ports, context);
          },
        });
        if (inspected === null) continue;
        const { facts, print } = inspected;
        found.set(entry, { facts, print: print === undefined ? undefined : fromBase64(print) });
      }
    });
  }
  return found;
}

async function inspect(
  path: string,
  ports: { readonly cache: StageCache },
  context: StageContext,
): Promise<z.infer<typeof inspectedSchema> | null> {
  let info: MediaInfo;
  try {
    info = await probeMedia(path, { signal: context.signal });
  } catch (error) {
    context.signal.throwIfAborted();
    if (isUnreadable(error)) return null;
    throw error;
  }
  const contentHash = await hashFile(path, { signal: context.signal });
  const print = await printSound({ path, contentHash, info }, ports, context);
  return { facts: describe(info), ...(print === undefined ? {} : { print: toBase64(print) }) };
}

function isUnreadable(error: unknown): boolean {
  return (error as { kind?: unknown } | undefined)?.kind === 'input';
}

function toBase64(print: SoundPrint): string {
  return Buffer.from(print.buffer, print.byteOffset, print.byteLength).toString('base64');
}

function fromBase64(text: string): SoundPrint {
  const bytes = Buffer.from(text, 'base64');
  return new Uint32Array(
    bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length - (bytes.length % 4)),
  );
}
