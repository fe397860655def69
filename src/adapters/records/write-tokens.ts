import { randomBytes } from 'node:crypto';
import { PatternPivotError } from '../../domain/errors.ts';

/**
 * Each write to a store elsewhere leaves a name behind that no other has. Where an answer is lost, the write is made again under the same
 * condition, and refused if it was made: then its name tells so.
 */

/** So many writes are remembered by a record. */
export const tokensKept = 16;

/** A name for a write. */
export function makeToken(): string {
  return randomBytes(6).toString('base64url');
}

/**
 * Whether a write that would have made `version`, and whose name is not there, was made, can be told from a record at version `there`, unless
 * so many others came since that its name is forgotten. @throws provider.records_unknown
 */
export function assertKnown(id: string, version: number, there: number): void {
  if (there < version + tokensKept) return;
  throw new PatternPivotError(
    'provider.records_unknown',
    `It is not known whether the record ${id} was written: the answer was lost, and others changed it ${there - version} times since.`,
    { hint: 'Look at it, and run the command again.', context: { id } },
  );
}
