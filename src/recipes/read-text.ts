import { readFile, stat } from 'node:fs/promises';
import { PatternPivotError } from '../domain/errors.ts';
import { withFileErrors } from '../domain/file-error.ts';

/**
 * Reads a text that a user named, in UTF-8. Pipes and devices are refused: reading one may never end, and nothing could
 * stop it.
 * @throws not_found.file, input.not_a_file, input.too_large, input.no_permission
 */
export async function readTextFile(path: string, limits: { maxBytes: number }): Promise<string> {
  return withFileErrors(path, async () => {
    const found = await stat(path);
    if (!found.isFile()) {
      throw new PatternPivotError('input.not_a_file', `This is no file: ${path}`, {
        hint: 'Name a file, not a folder, pipe or device.',
        context: { path },
      });
    }
    if (found.size > limits.maxBytes) {
      throw new PatternPivotError(
        'input.too_large',
        `${path} is larger than ${limits.maxBytes / 1e6} MB, the most that is read of such a text.`,
        { hint: 'Check that it is the right file.', context: { path, sizeBytes: found.size } },
      );
    }
    return readFile(path, 'utf8');
  });
}
