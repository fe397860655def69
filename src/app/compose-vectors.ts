import { join } from 'node:path';
import { openEmbeddedVectors } from '../adapters/vectors/embedded.ts';
import type { Vectors } from '../ports/vectors.ts';
import type { Config } from './config.ts';

/** Opens the index of meanings of the library in `folder`, of the kind that is configured. */
export async function openVectors(
  _config: Config,
  _env: Readonly<Record<string, string | undefined>>,
  folder: string,
): Promise<Vectors> {
  return openEmbeddedVectors(join(folder, 'index', 'vectors.sqlite'));
}
