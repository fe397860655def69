import type { YouTubeAccess } from '../adapters/platform/youtube/access.ts';
import { PatternPivotError } from '../domain/errors.ts';
import type { Config } from './config.ts';

/** What is asked of YouTube, and who may ask. */
export type YouTubeAccessOptions = {
  readonly config: Pick<Config, 'youtube'>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What everybody may see, or what only the owner of a channel may. */
  readonly needs: 'public' | 'owner';
  /** What else an owner must have allowed, as addresses of Google's scopes. */
  readonly scopes?: readonly string[];
};

/**
 * The right by which YouTube is asked: an API key for what everybody may see, the owner's authorisation for the rest.
 * @throws input.youtube_key_missing, input.not_signed_in
 */
export async function openYouTubeAccess({ env, needs }: YouTubeAccessOptions): Promise<YouTubeAccess> {
  const key = env['PATTERNPIVOT_YOUTUBE_API_KEY']?.trim();
  if (needs === 'public' && key !== undefined && key !== '') return { under: 'public', auth: key };
  if (needs === 'public') {
    throw new PatternPivotError('input.youtube_key_missing', 'There is no API key to ask YouTube with.', {
      hint: 'Set the variable PATTERNPIVOT_YOUTUBE_API_KEY (docs/youtube.md says how to get one).',
    });
  }
  throw new PatternPivotError('input.not_signed_in', 'Nobody has signed in to YouTube here.', {
    hint: 'Sign in as the owner of the channel: pivot auth login',
  });
}
