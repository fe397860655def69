import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { toFileError } from '../domain/file-error.ts';

/** How much is read at once, in bytes. */
const blockBytes = 1 << 20;

/** SHA-256 of a file's bytes as `sha256:` and 64 hex digits, read as a stream. @throws not_found.file, input.* */
export async function hashFile(path: string, options: { signal: AbortSignal }): Promise<string> {
  const hash = createHash('sha256');
  try {
    const stream = createReadStream(path, { highWaterMark: blockBytes, signal: options.signal });
    for await (const block of stream) hash.update(block as Buffer);
  } catch (error) {
    options.signal.throwIfAborted();
    throw toFileError(error, path);
  }
  return `sha256:${hash.digest('hex')}`;
}
