import { z } from 'zod';

/** Units that a project of Google's may spend a day: https://developers.google.com/youtube/v3/determine_quota_cost */
const defaultDailyUnits = 10_000;

/** Videos that a project may upload a day: https://developers.google.com/youtube/v3/determine_quota_cost */
const defaultDailyUploads = 100;

/** An address that keys and tokens may be sent to: encrypted, or this machine's own. */
export const safeUrl = z.url({ protocol: /^https?$/ }).refine(
  (text) => {
    if (!URL.canParse(text)) return true;
    const { protocol, hostname } = new URL(text);
    return protocol === 'https:' || /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/u.test(hostname);
  },
  { error: 'it must be https, unless it is this machine (http://127.0.0.1:8080)' },
);

/** The settings of YouTube: who asks, where, and how much a day. The secrets are variables. */
export const youtubeConfigSchema = z.strictObject({
  clientId: z
    .string()
    .regex(/^[\w.:@-]{1,200}$/u, 'a client id looks like 1234-abcd.apps.googleusercontent.com')
    .optional()
    .describe('The OAuth client that pivot auth login signs in with; its secret is a variable'),
  dailyUnits: z
    .int()
    .min(0)
    .default(defaultDailyUnits)
    .describe("Units of YouTube's quota that may be spent a day, which ends at midnight Pacific time"),
  dailyUploads: z
    .int()
    .min(0)
    .default(defaultDailyUploads)
    .describe('Videos that may be uploaded to YouTube a day, which ends at midnight Pacific time'),
  authFolder: z
    .string()
    .min(1)
    .optional()
    .describe('The folder of what pivot auth login was given. Default: in the data folder of the system'),
  apiUrl: safeUrl.default('https://youtube.googleapis.com').describe('The address of the YouTube Data API'),
  consentUrl: safeUrl
    .default('https://accounts.google.com/o/oauth2/v2/auth')
    .describe('The page where the owner of a channel allows access'),
  oauthUrl: safeUrl
    .default('https://oauth2.googleapis.com')
    .describe('The server that gives, refreshes and revokes access'),
});
