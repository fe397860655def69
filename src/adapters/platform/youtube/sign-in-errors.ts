import { PatternPivotError } from '../../../domain/errors.ts';
import type { Credential } from '../../credentials/folder.ts';

/** That an owner must sign in again. */
export function signInEnded({ channelTitle, refusedAt = '' }: Credential): PatternPivotError {
  return new PatternPivotError(
    'input.sign_in_ended',
    `YouTube does not accept the sign-in of ${channelTitle} any more: access was taken back, or it ran out.`,
    {
      hint: 'Sign in again with pivot auth login, or delete what was fetched with pivot auth logout.',
      context: { refusedAt },
    },
  );
}

/** That an owner signed out while something was being fetched. */
export function signedOut({ channelTitle }: Credential): PatternPivotError {
  return new PatternPivotError('input.not_signed_in', `${channelTitle} was signed out meanwhile.`, {
    hint: 'Sign in again: pivot auth login',
  });
}
