import type { Credential } from '../adapters/credentials/folder.ts';
import type { YouTubeAccess } from '../adapters/platform/youtube/access.ts';
import { nameOfScope, youtubeScopes } from '../adapters/platform/youtube/scopes.ts';
import { signInEnded } from '../adapters/platform/youtube/sign-in-errors.ts';
import { PatternPivotError } from '../domain/errors.ts';
import { openCredentials, partyOfClient, type SignInParts } from './youtube-credentials.ts';

/** What is asked of YouTube, and who may ask. */
export type YouTubeAccessOptions = SignInParts & {
  /** What everybody may see, or what only the owner of a channel may. */
  readonly needs: 'public' | 'owner';
  /** Whose; needed where several owners signed in. */
  readonly channelId?: string | undefined;
  /** What the owner must have allowed beside reading, as addresses of Google's scopes (`youtubeScopes`). */
  readonly scopes?: readonly string[];
};

/**
 * The right by which YouTube is asked: an API key for what everybody may see, or the tokens of an owner where there is no key; for the
 * rest the owner's. Nothing is asked of any server yet.
 * @throws input.youtube_key_missing, input.not_signed_in, input.which_channel, input.scope_missing, input.sign_in_ended
 */
export async function openYouTubeAccess(options: YouTubeAccessOptions): Promise<YouTubeAccess> {
  const { env, needs, channelId, scopes = [] } = options;
  const key = env['PATTERNPIVOT_YOUTUBE_API_KEY']?.trim();
  if (needs === 'public' && key !== undefined && key !== '') return { under: 'public', auth: key };
  const credentials = await openCredentials(options);
  const all = await credentials.list();
  if (needs === 'public') {
    const any = all.find(({ refusedAt }) => refusedAt === undefined);
    if (any === undefined) throw keyMissing();
    return { under: 'public', auth: await clientOf(any) };
  }
  const credential = choose(all, channelId, scopes);
  const missing = scopes.filter((scope) => !credential.scopes.includes(scope));
  if (missing.length > 0) throw scopeMissing(credential, missing);
  return { under: `owner:${credential.channelId}`, auth: await clientOf(credential) };

  async function clientOf(chosen: Credential) {
    // Loaded only here: Google's client takes a while, and most commands need none.
    const { createOwnerClient } = await import('../adapters/platform/youtube/owner-client.ts');
    const party = partyOfClient(options, chosen.clientId);
    return createOwnerClient({ party, credentials, credential: chosen });
  }
}

function choose(
  all: readonly Credential[],
  channelId: string | undefined,
  scopes: readonly string[],
): Credential {
  const fitting =
    channelId === undefined ? all : all.filter((credential) => credential.channelId === channelId);
  const [first, second] = fitting;
  if (first === undefined) {
    const who = channelId === undefined ? 'Nobody has' : `The owner of ${channelId} has not`;
    throw new PatternPivotError('input.not_signed_in', `${who} signed in to YouTube here.`, {
      hint: `Sign in as the owner of the channel: ${loginWith(scopes)}`,
      context: { channelId },
    });
  }
  if (second !== undefined) {
    throw new PatternPivotError('input.which_channel', 'The owners of several channels signed in.', {
      hint: `Name the channel: ${fitting.map((each) => each.channelId).join(', ')}`,
    });
  }
  if (first.refusedAt !== undefined) throw signInEnded(first);
  return first;
}

function keyMissing(): PatternPivotError {
  return new PatternPivotError('input.youtube_key_missing', 'There is no API key to ask YouTube with.', {
    hint: 'Set the variable PATTERNPIVOT_YOUTUBE_API_KEY, or sign in with pivot auth login (docs/youtube.md says how to get either).',
  });
}

function scopeMissing({ scopes, channelTitle }: Credential, missing: readonly string[]): PatternPivotError {
  return new PatternPivotError(
    'input.scope_missing',
    `${channelTitle} did not allow this when signing in: ${missing.map(nameOfScope).join(', ')}.`,
    { hint: `Sign in again: ${loginWith([...scopes, ...missing])}`, context: { missing } },
  );
}

function loginWith(scopes: readonly string[]): string {
  const asked = scopes.filter((scope) => scope !== youtubeScopes.read);
  return ['pivot auth login', ...asked.map((scope) => `--allow ${nameOfScope(scope)}`)].join(' ');
}
