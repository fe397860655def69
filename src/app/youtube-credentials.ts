import { dirname, join, resolve } from 'node:path';
import { openCredentialsFolder, type Credential, type Credentials } from '../adapters/credentials/folder.ts';
import type { OAuthParty } from '../adapters/platform/youtube/oauth.ts';
import { nameOfScope, youtubeScopes, type YouTubeScopeName } from '../adapters/platform/youtube/scopes.ts';
import { forgetUploadSecrets } from '../adapters/publishers/youtube-secrets.ts';
import type { Config } from './config.ts';
import { defaultLibraryFolder } from './library-folder.ts';

export type { YouTubeScopeName } from '../adapters/platform/youtube/scopes.ts';

/** What signing in is configured by. */
export type SignInParts = {
  readonly config: Pick<Config, 'youtube'>;
  readonly env: Readonly<Record<string, string | undefined>>;
};

/** An owner who signed in, without what is secret. */
export type SignedIn = {
  readonly channelId: string;
  readonly channelTitle: string;
  /** What was allowed: short names where they have one. */
  readonly allowed: readonly string[];
  /** ISO 8601, all three. */
  readonly signedInAt: string;
  /** When the server last said that it is good. */
  readonly checkedAt: string;
  /** When it first said that it is not any more; left out while it is good. */
  readonly refusedAt?: string;
};

/** The names of what an owner may be asked to allow beside reading. */
export const allowableNames = Object.keys(youtubeScopes).filter(
  (name) => name !== 'read',
) as YouTubeScopeName[];

/** Opens the folder of what was given by signing in. @throws input.credentials_exposed and the like */
export function openCredentials({ config, env }: SignInParts): Promise<Credentials> {
  const folder =
    config.youtube.authFolder ?? join(dirname(defaultLibraryFolder(process.platform, env)), 'auth');
  return openCredentialsFolder(resolve(folder));
}

/** Who asks for what was given to a client, whichever one is configured now: a token is of no use to another. */
export function partyOfClient({ config, env }: SignInParts, clientId: string): OAuthParty {
  const { consentUrl, oauthUrl } = config.youtube;
  const secret = env['PATTERNPIVOT_YOUTUBE_CLIENT_SECRET']?.trim();
  return { clientId, consentUrl, oauthUrl, clientSecret: secret === '' ? undefined : secret };
}

/** Who signed in, by channel id. @throws tool.credentials_damaged, input.credentials_exposed */
export async function listSignedIn(parts: SignInParts): Promise<readonly SignedIn[]> {
  const credentials = await openCredentials(parts);
  return (await credentials.list()).map(toSignedIn);
}

/** Removes what an owner gave from this machine. */
export async function forgetSignIn(parts: SignInParts, channelId: string): Promise<void> {
  const credentials = await openCredentials(parts);
  await credentials.locked(() => credentials.delete(channelId));
  await forgetUploadSecrets(credentials.folder, channelId);
}

/** An owner who signed in, without what is secret. */
export function toSignedIn({
  channelId,
  channelTitle,
  scopes,
  signedInAt,
  checkedAt,
  refusedAt,
}: Credential): SignedIn {
  return {
    channelId,
    channelTitle,
    allowed: scopes.map(nameOfScope),
    signedInAt,
    checkedAt,
    ...(refusedAt === undefined ? {} : { refusedAt }),
  };
}
