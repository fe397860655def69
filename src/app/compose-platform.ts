import type { PlatformReference } from '../domain/platform-reference.ts';
import { youtubeScopes } from '../adapters/platform/youtube/scopes.ts';
import { boundsOfPeriod, youtubeQuotaDay } from '../domain/spending-period.ts';
import type { Ledger } from '../ports/ledger.ts';
import type { Platform } from '../ports/platform.ts';
import type { Records } from '../ports/records.ts';
import { findChannelId } from '../recipes/youtube/sync-estimate.ts';
import type { Config } from './config.ts';
import { openYouTubeAccess } from './youtube-access.ts';
import { listSignedIn } from './youtube-credentials.ts';

/** What YouTube is opened with. */
export type PlatformParts = {
  readonly config: Pick<Config, 'youtube'>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly ledger: Ledger;
  /** Whether captions will be listed, which only an owner may who allowed it. */
  readonly needsCaptions: boolean;
};

/**
 * YouTube, asked as the owner of the channel that is meant where they signed in, and else for what everybody may see.
 * @throws input.youtube_key_missing, input.sign_in_ended, input.not_signed_in and input.scope_missing for captions
 */
export async function openPlatform(
  reference: PlatformReference,
  records: Records,
  { config, env, ledger, needsCaptions }: PlatformParts,
): Promise<Platform> {
  const channelId = await findChannelId(reference, records);
  const owners = (await listSignedIn({ config, env })).filter(({ refusedAt }) => refusedAt === undefined);
  const [only] = owners;
  // A handle of somebody who never was synced may well be the one owner's own: what is not theirs counts as public all the same.
  const owner =
    owners.find((each) => each.channelId === channelId) ??
    (channelId === undefined && owners.length === 1 ? only : undefined);
  const access = await openYouTubeAccess({
    config,
    env,
    needs: owner === undefined && !needsCaptions ? 'public' : 'owner',
    channelId: owner?.channelId ?? channelId,
    scopes: needsCaptions ? [youtubeScopes.captions] : [],
  });
  // Google's client takes a while to load, and most commands need none.
  const { createYouTube } = await import('../adapters/platform/youtube/youtube.ts');
  return createYouTube({ access, ledger, apiUrl: config.youtube.apiUrl });
}

/** Units of YouTube's quota that were spent today, as Pacific time has it, and that may be. */
export async function measureQuota(
  ledger: Ledger,
  { youtube }: Pick<Config, 'youtube'>,
): Promise<{ readonly spent: number; readonly daily: number; readonly endsAt: string }> {
  const { startMs, endMs } = boundsOfPeriod(youtubeQuotaDay, Date.now());
  const sums = await ledger.sum({ since: new Date(startMs).toISOString(), service: 'youtube' });
  const spent = sums.filter(({ unit }) => unit === 'units').reduce((total, { amount }) => total + amount, 0);
  return { spent, daily: youtube.dailyUnits, endsAt: new Date(endMs).toISOString() };
}
