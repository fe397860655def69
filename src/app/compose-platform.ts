import type { PlatformReference } from '../domain/platform-reference.ts';
import { boundsOfPeriod, youtubeQuotaDay } from '../domain/spending-period.ts';
import type { Ledger } from '../ports/ledger.ts';
import type { Platform } from '../ports/platform.ts';
import type { Records } from '../ports/records.ts';
import { platformChannelSchema, platformCollections, platformVideoSchema } from '../domain/platform.ts';
import { readProgress } from '../recipes/youtube/sync-records.ts';
import type { Config } from './config.ts';
import { openYouTubeAccess } from './youtube-access.ts';
import { listSignedIn } from './youtube-credentials.ts';

/** What YouTube is opened with. */
export type PlatformParts = {
  readonly config: Pick<Config, 'youtube'>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly ledger: Ledger;
};

/**
 * YouTube, asked as the owner of the channel that is meant where they signed in, and else for what everybody may see.
 * @throws input.youtube_key_missing, input.sign_in_ended
 */
export async function openPlatform(
  reference: PlatformReference,
  records: Records,
  { config, env, ledger }: PlatformParts,
): Promise<Platform> {
  const channelId = await findChannelId(reference, records);
  const owners = (await listSignedIn({ config, env })).filter(({ refusedAt }) => refusedAt === undefined);
  const [only] = owners;
  // A handle of somebody who never was synced may well be the one owner's own: what is not theirs counts as public all the same.
  const owner =
    owners.find((each) => each.channelId === channelId) ??
    (channelId === undefined && owners.length === 1 ? only : undefined);
  const access = await openYouTubeAccess(
    owner === undefined
      ? { config, env, needs: 'public' }
      : { config, env, needs: 'owner', channelId: owner.channelId },
  );
  // Google's client takes a while to load, and most commands need none.
  const { createYouTube } = await import('../adapters/platform/youtube/youtube.ts');
  return createYouTube({ access, ledger, apiUrl: config.youtube.apiUrl });
}

/** Whose channel it is, as far as the records know. */
async function findChannelId(reference: PlatformReference, records: Records): Promise<string | undefined> {
  switch (reference.kind) {
    case 'channel':
      return reference.id;
    case 'playlist':
      return (await readProgress(records, reference.id))?.channelId;
    case 'video': {
      const stored = await records.get(platformCollections.videos, reference.id);
      return platformVideoSchema.safeParse(stored?.value).data?.channelId;
    }
    case 'handle':
    case 'user':
      return findHandle(reference.kind === 'handle' ? reference.handle : `@${reference.name}`, records);
  }
}

async function findHandle(handle: string, records: Records): Promise<string | undefined> {
  const wanted = handle.toLowerCase();
  let after: string | undefined;
  do {
    const page = await records.list(platformCollections.channels, { after });
    for (const { value } of page.records) {
      const channel = platformChannelSchema.safeParse(value).data;
      if (channel?.handle?.toLowerCase() === wanted) return channel.id;
    }
    after = page.next;
  } while (after !== undefined);
  return undefined;
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
