import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PatternPivotError } from '../domain/errors.ts';
import { withFileErrors } from '../domain/file-error.ts';
import { childModulePath, startChild } from '../process/child.ts';
import type { RenderGraph, RenderResult } from './render-graph.ts';
import { withTemporaryFolder } from './temporary-folder.ts';

/** How a render is watched and stopped. */
export type RenderOptions = {
  signal?: AbortSignal;
  /** How much of the output is made, in seconds. */
  onProgress?: (doneSeconds: number) => void;
};

/**
 * Runs a render graph in a child process, in a private temporary folder that goes with it. An abort kills the child.
 * What it wrote so far is left to the caller, who gave a temporary path.
 * @throws tool.render_failed with FFmpeg's message, tool.disk_full, input.not_writable, tool.child_died
 */
export async function runRender(graph: RenderGraph, options: RenderOptions = {}): Promise<RenderResult> {
  const { signal, onProgress } = options;
  signal?.throwIfAborted();
  return withTemporaryFolder('render', async (folder) => {
    await withFileErrors(folder, () => placeFiles(graph, folder));
    signal?.throwIfAborted();
    const child = startChild(childModulePath(import.meta.url, './render.child'), {
      cwd: folder,
      title: 'The renderer',
    });
    const onAbort = () => void child.close();
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      return await child.call<RenderResult>('render', graph, {
        onEvent: (event) => onProgress?.(event as number),
      });
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener('abort', onAbort);
      await child.close();
    }
  });
}

/** Puts what filters read under plain names, so that no path needs escaping in the filter text. */
async function placeFiles(graph: RenderGraph, folder: string): Promise<void> {
  for (const file of graph.files) {
    if (!/^(?:[A-Za-z0-9-]+\/)?[A-Za-z0-9_-][A-Za-z0-9._-]*$/u.test(file.name)) {
      throw new PatternPivotError('tool.render_file_name', `"${file.name}" is no plain file name.`);
    }
    const path = join(folder, file.name);
    await mkdir(dirname(path), { recursive: true });
    if ('text' in file) await writeFile(path, file.text);
    else await copyFile(file.copyOf, path);
  }
}
