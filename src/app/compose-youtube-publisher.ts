import { youtubeScopes } from '../adapters/platform/youtube/scopes.ts';
import { PatternPivotError } from '../domain/errors.ts';
import type { Ledger } from '../ports/ledger.ts';
import type { Publisher } from '../ports/publisher.ts';
import type { Records } from '../ports/records.ts';
import { openYouTubeAccess } from './youtube-access.ts';
import { listSignedIn, openCredentials, type SignInParts } from './youtube-credentials.ts';

/** What a publisher on YouTube is opened with. */
export type YouTubePublisherParts = SignInParts & {
  readonly records: Records;
  readonly ledger: Ledger;
  /** Whose channel; needed where the owners of several signed in. */
  readonly channelId?: string | undefined;
};

/**
 * Publishing on the channel of an owner who signed in and allowed it. Nothing is asked of YouTube yet.
 * @throws input.not_signed_in, input.which_channel, input.scope_missing, input.sign_in_ended
 */
export async function openYouTubePublisher(parts: YouTubePublisherParts): Promise<Publisher> {
  const { config, records, ledger, channelId } = parts;
  const { auth, under } = await openYouTubeAccess({
    ...parts,
    needs: 'owner',
    channelId,
    scopes: [youtubeScopes.upload],
  });
  const ownId = under.replace(/^owner:/u, '');
  if (typeof auth === 'string') {
    throw new PatternPivotError('tool.youtube_access', 'An API key cannot upload.');
  }
  const owner = (await listSignedIn(parts)).find((each) => each.channelId === ownId);
  const credentials = await openCredentials(parts);
  // Google's client takes a while to load, and most commands need none.
  const [{ createYouTubePublisher }, { openUploadSecrets }] = await Promise.all([
    import('../adapters/publishers/youtube.ts'),
    import('../adapters/publishers/youtube-secrets.ts'),
  ]);
  return createYouTubePublisher({
    auth,
    channelId: ownId,
    mayEdit: owner?.allowed.includes('captions') === true,
    records,
    secrets: openUploadSecrets(credentials.folder, ownId),
    ledger,
    apiUrl: config.youtube.apiUrl,
  });
}
