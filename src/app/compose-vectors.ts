import { join } from 'node:path';
import { openEmbeddedVectors } from '../adapters/vectors/embedded.ts';
import type { Vectors } from '../ports/vectors.ts';
import type { Config } from './config.ts';

/**
 * Opens the index of meanings of the library in `folder`, or an embedded one in memory, of the kind that is configured. A server is asked only when it is needed.
 * @throws tool.vectors_unavailable
 */
export async function openVectors(
  { vectors }: Pick<Config, 'vectors'>,
  env: Readonly<Record<string, string | undefined>>,
  folder: string | ':memory:',
): Promise<Vectors> {
  const { kind, address, database, prefix, index, metric } = vectors;
  if (kind === 'embedded' || address === undefined) {
    return openEmbeddedVectors(folder === ':memory:' ? folder : join(folder, 'index', 'vectors.sqlite'));
  }
  // Most runs need no client of a server, which takes 0.3 s to load.
  const { openMilvusVectors } = await import('../adapters/vectors/milvus.ts');
  const token = env['PATTERNPIVOT_VECTORS_TOKEN'];
  return openMilvusVectors({
    address,
    prefix,
    index,
    metric,
    ...(database === undefined ? {} : { database }),
    ...(token === undefined || token === '' ? {} : { token }),
  });
}
