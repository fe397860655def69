import { open, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { PatternPivotError } from '../domain/errors.ts';
import { toFileError } from '../domain/file-error.ts';
import type { MediaInfo } from '../domain/media.ts';
import { childModulePath, startChild } from '../process/child.ts';

/**
 * Says what a media file is, in a child process: its streams as a viewer would see and hear them, its length, its tags.
 * A still picture (`isImage`) is only opened where one is wanted.
 * @throws input.missing, input.empty, input.not_a_file, input.not_media, input.refused_container, input.truncated,
 * input.no_streams, input.unreadable
 */
export async function probeMedia(
  path: string,
  options: { signal?: AbortSignal; isImage?: boolean } = {},
): Promise<MediaInfo> {
  const absolutePath = resolve(path);
  const sizeBytes = await readSize(absolutePath);
  options.signal?.throwIfAborted();
  const child = startChild(childModulePath(import.meta.url, './probe.child'), { title: 'The media probe' });
  const onAbort = () => void child.close();
  options.signal?.addEventListener('abort', onAbort, { once: true });
  try {
    return await child.call<MediaInfo>('probe', { path: absolutePath, sizeBytes, isImage: options.isImage });
  } catch (error) {
    options.signal?.throwIfAborted();
    if (error instanceof PatternPivotError && error.code === 'tool.child_died') {
      throw new PatternPivotError('input.unreadable', `FFmpeg crashed while reading ${path}.`, {
        cause: error,
        hint: 'The file is damaged. Convert it with another program and try that.',
        context: { path },
      });
    }
    throw error;
  } finally {
    options.signal?.removeEventListener('abort', onAbort);
    await child.close();
  }
}

async function readSize(path: string): Promise<number> {
  let stats;
  try {
    stats = await stat(path);
    // Opening a pipe would wait for ever; a file must be opened, since permissions alone promise nothing.
    if (stats.isFile()) await (await open(path, 'r')).close();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw toFileError(error, path);
    throw new PatternPivotError('input.missing', `There is no file ${path}.`, {
      cause: error,
      hint: 'Check the spelling of the path.',
      context: { path },
    });
  }
  if (!stats.isFile()) {
    throw new PatternPivotError('input.not_a_file', `${path} is not a file.`, {
      hint: 'Name a video or audio file.',
      context: { path },
    });
  }
  if (stats.size === 0) {
    throw new PatternPivotError('input.empty', `${path} is empty (0 bytes).`, {
      hint: 'Copy or download it again.',
      context: { path },
    });
  }
  return stats.size;
}
