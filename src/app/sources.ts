import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { PatternPivotError } from '../domain/errors.ts';
import { withFileErrors } from '../domain/file-error.ts';
import { describeMediaAddress, isMediaAddress } from '../domain/media-address.ts';
import type { Source } from '../domain/source.ts';
import { probeMedia } from '../media/probe.ts';
import type { StageContext } from '../stages/stage.ts';
import { fetchMedia, type FetchOptions } from './fetch-media.ts';
import type { FileStamp, IndexDatabase } from './index-database.ts';

/**
 * The content hash of a file, `sha256:` and 64 hex digits. It is remembered by path, size and modification time, so that
 * a second run need not read the file again.
 * @throws not_found.file, input.not_a_file, input.no_permission
 */
export async function hashSource(path: string, index: IndexDatabase, context: StageContext): Promise<string> {
  const stamp = await readStamp(path);
  const remembered = index.readHash(stamp);
  // Written again, because when a file was last seen says where to look for it first.
  const contentHash = remembered ?? (await hashContent(stamp, context));
  index.writeHash(stamp, contentHash);
  return contentHash;
}

/**
 * Probes a media file and finds out who it is; one behind an http(s) address is fetched first.
 * @throws not_found.file, input.* for what is no good media file, and what {@link fetchMedia} throws
 */
export async function openSource(
  named: string,
  index: IndexDatabase,
  context: StageContext,
  fetching?: FetchOptions,
): Promise<Source> {
  const absolute = await findFile(named, context, fetching);
  await readStamp(absolute);
  // First, because it refuses quickly what it would be a pity to read whole.
  const info = await probeMedia(absolute, { signal: context.signal });
  const contentHash = await hashSource(absolute, index, context);
  return { path: absolute, contentHash, info };
}

async function findFile(
  named: string,
  context: StageContext,
  fetching: FetchOptions | undefined,
): Promise<string> {
  if (!isMediaAddress(named)) return resolve(named);
  if (fetching === undefined) {
    throw new PatternPivotError(
      'input.address_not_wanted',
      `A file is wanted here, no address: ${describeMediaAddress(named)}`,
      { hint: 'Download it, and name the file.' },
    );
  }
  return (await fetchMedia(named, fetching, context)).path;
}

async function readStamp(path: string): Promise<FileStamp> {
  const found = await withFileErrors(path, () => stat(path));
  if (!found.isFile()) {
    throw new PatternPivotError('input.not_a_file', `This is no file: ${path}`, {
      hint: 'Name a media file.',
      context: { path },
    });
  }
  return { path: resolve(path), sizeBytes: found.size, modifiedAtMs: Math.round(found.mtimeMs) };
}

async function hashContent(stamp: FileStamp, { signal, report }: StageContext): Promise<string> {
  const hash = createHash('sha256');
  let readBytes = 0;
  await withFileErrors(stamp.path, async () => {
    for await (const block of createReadStream(stamp.path, { highWaterMark: 1 << 20, signal })) {
      hash.update(block as Buffer);
      readBytes += (block as Buffer).length;
      report({ done: readBytes, total: stamp.sizeBytes, unit: 'bytes' });
    }
  });
  return `sha256:${hash.digest('hex')}`;
}
