/**
 * What an owner may be asked to allow, the least that does it: https://developers.google.com/youtube/v3/guides/auth/installed-apps
 * and https://developers.google.com/youtube/reporting/guides/authorization
 */
export const youtubeScopes = {
  /** To see the channel, private videos too. Always asked for. */
  read: 'https://www.googleapis.com/auth/youtube.readonly',
  /** To see how the videos fare with their viewers. */
  analytics: 'https://www.googleapis.com/auth/yt-analytics.readonly',
  /** To list and read captions: YouTube gives that with no narrower scope than this one, which would also allow to change videos. */
  captions: 'https://www.googleapis.com/auth/youtube.force-ssl',
  /** To upload videos and their thumbnails, and no more: what is there it cannot change. */
  upload: 'https://www.googleapis.com/auth/youtube.upload',
} as const;

/** The short name of something that an owner may be asked to allow. */
export type YouTubeScopeName = keyof typeof youtubeScopes;

/** The scopes that Google's device flow gives of ours: https://developers.google.com/identity/protocols/oauth2/limited-input-device#allowedscopes */
export const deviceScopes: readonly string[] = [youtubeScopes.read];

/** The short name of a scope, where it has one. */
export function nameOfScope(scope: string): string {
  return Object.entries(youtubeScopes).find(([, address]) => address === scope)?.[0] ?? scope;
}
