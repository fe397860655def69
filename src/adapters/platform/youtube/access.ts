import type { OAuth2Client } from 'google-auth-library';

/** By which right YouTube is asked. */
export type YouTubeAccess = {
  /**
   * What data are fetched under: `public`, or `owner:` and the id of the channel whose owner signed in. Data of any other channel are
   * public, whoever asks for them.
   */
  readonly under: 'public' | `owner:${string}`;
  /** An API key, or the client that sends the owner's tokens and refreshes them. Google's own client takes either as `auth`. */
  readonly auth: string | OAuth2Client;
};
