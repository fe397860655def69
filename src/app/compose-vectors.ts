import { PatternPivotError } from '../domain/errors.ts';
import type { Vectors } from '../ports/vectors.ts';
import type { Config } from './config.ts';

/** Opens the index of meanings of the library in `folder`, of the kind that is configured. */
export async function openVectors(
  _config: Config,
  _env: Readonly<Record<string, string | undefined>>,
  folder: string,
): Promise<Vectors> {
  throw new PatternPivotError('tool.vectors_missing', `No index of meanings is built in yet: ${folder}`);
}
