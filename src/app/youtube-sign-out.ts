import type { Records } from '../ports/records.ts';
import { purgeOwnerRecords, purgeWithinDays } from '../recipes/youtube/purge.ts';
import { forgetSignIn, listSignedIn, type SignedIn, type SignInParts } from './youtube-credentials.ts';

/** What signing out deletes from. */
export type SignOutParts = SignInParts & {
  /** Undefined where there is no library. */
  readonly records: Records | undefined;
  readonly signal: AbortSignal;
};

/** When what an owner allowed to keep must be gone, ISO 8601; undefined while the access is good. */
export function purgeDueAt({ refusedAt }: SignedIn): string | undefined {
  if (refusedAt === undefined) return undefined;
  return new Date(Date.parse(refusedAt) + purgeWithinDays * 86_400_000).toISOString();
}

/**
 * Takes back what an owner gave, deletes what was fetched with it, and forgets it, in this order: whatever interrupts it, it can be run
 * again. `isLocal`: the server is not asked. @returns how many records were deleted. @throws provider.*, and then nothing was deleted
 */
export async function signOut(
  parts: SignOutParts,
  channelId: string,
  options: { readonly isLocal: boolean; readonly onDeleted?: (count: number) => void },
): Promise<number> {
  if (!options.isLocal) {
    // Loaded only here: Google's client takes a while, and most commands need none.
    const { revokeSignIn } = await import('./youtube-sign-in.ts');
    await revokeSignIn(parts, channelId);
  }
  const { records, signal } = parts;
  const { onDeleted } = options;
  const count =
    records === undefined
      ? 0
      : await purgeOwnerRecords(records, new Set([channelId]), {
          signal,
          ...(onDeleted === undefined ? {} : { onDeleted }),
        });
  await forgetSignIn(parts, channelId);
  return count;
}

/**
 * Deletes what was fetched for owners whose access ended so long ago that it must be gone. They are not forgotten: there may be other
 * libraries. @returns of whom something was deleted, and how many records each
 */
export async function purgeLapsed(
  parts: SignOutParts & { readonly records: Records },
  now: () => number = Date.now,
): Promise<readonly { readonly signedIn: SignedIn; readonly deletedCount: number }[]> {
  const lapsed: { signedIn: SignedIn; deletedCount: number }[] = [];
  for (const signedIn of await listSignedIn(parts)) {
    const due = purgeDueAt(signedIn);
    if (due === undefined || Date.parse(due) > now()) continue;
    const { records, signal } = parts;
    const deletedCount = await purgeOwnerRecords(records, new Set([signedIn.channelId]), { signal });
    if (deletedCount > 0) lapsed.push({ signedIn, deletedCount });
  }
  return lapsed;
}
