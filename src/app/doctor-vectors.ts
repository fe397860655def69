import { toErrorRecord } from '../domain/errors.ts';
import { openVectors } from './compose-vectors.ts';
import type { Config } from './config.ts';

/** Looks at where the meanings of a library are kept, by asking it: the embedded index in memory, a server for a collection. */
export async function examineVectors(
  config: Pick<Config, 'vectors'>,
  env: Readonly<Record<string, string | undefined>>,
): Promise<{ status: 'works' | 'poor'; text: string; hint?: string }> {
  const { kind, address, index, metric } = config.vectors;
  try {
    const vectors = await openVectors(config, env, ':memory:');
    try {
      await vectors.describe('c_all');
      const text = kind === 'embedded' ? 'in the library' : `Milvus at ${address}, ${index}, ${metric}`;
      return { status: 'works', text };
    } finally {
      await vectors.close();
    }
  } catch (error) {
    const { message, hint } = toErrorRecord(error);
    return {
      status: 'poor',
      text: message,
      hint: hint ?? 'Libraries are searched by words alone meanwhile.',
    };
  }
}
