import { PatternPivotError } from '../../domain/errors.ts';
import type { VectorCollection, VectorRow } from '../../ports/vectors.ts';

/** What is said when a collection was made by another model than the one that is used now: vectors of two models cannot be compared. */
export function otherModel(there: VectorCollection, wanted: VectorCollection): PatternPivotError {
  const corpus = there.name.replace(/^c_/u, '').replaceAll('_', '-');
  return new PatternPivotError(
    'conflict.index_other_model',
    `The index of "${corpus}" was made by ${there.model} (${there.dimensions} numbers a vector), and ${wanted.model} (${wanted.dimensions}) is configured.`,
    {
      hint: `Make it anew: pivot corpus build ${corpus} --again; or set the model back.`,
      context: { name: there.name, made: there.model, configured: wanted.model },
    },
  );
}

/** Refuses a vector that is not as long as those of the collection, or holds what is no number. @throws input.vector_length */
export function assertVectorLength(
  { id, vector }: Pick<VectorRow, 'id' | 'vector'>,
  { name, dimensions }: VectorCollection,
): void {
  if (vector.length === dimensions && vector.every(Number.isFinite)) return;
  const what =
    vector.length === dimensions
      ? 'holds what is no number'
      : `has ${vector.length} numbers, not ${dimensions}`;
  throw new PatternPivotError('input.vector_length', `${id} ${what}: it does not fit ${name}.`, {
    hint: 'Check the embedder: pivot doctor.',
    context: { id, name },
  });
}
