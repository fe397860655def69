import { z } from 'zod';

const addressSchema = z
  .url({ protocol: /^https?$/ })
  .max(500)
  .refine(
    (text) => {
      if (!URL.canParse(text)) return true;
      const { protocol, hostname, username, password } = new URL(text);
      const isHere = ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
      return username === '' && password === '' && (protocol === 'https:' || isHere);
    },
    { error: 'the token goes there: only https, or this machine, and no name and no password in it' },
  );

/** The settings of publishing on Instagram. The token is a variable only. */
export const instagramConfigSchema = z.strictObject({
  account: z
    .string({ error: 'it is written in quotes: "17841400000000000"' })
    .regex(/^\d{1,40}$/u, 'an account is named by its id, which is a number; its name will not do')
    .optional()
    .describe('The id of the professional account whose reels --to instagram publishes'),
  feed: z.boolean().default(true).describe('Whether reels also stand in the feed'),
  version: z
    .string()
    .regex(/^v\d{1,3}\.\d$/u, 'a version is written like v25.0')
    .default('v25.0')
    .describe('The version of the Graph API'),
  apiUrl: addressSchema
    .default('https://graph.facebook.com')
    .describe('Where the Graph API is; for a stand-in or a proxy'),
  uploadUrl: addressSchema.default('https://rupload.facebook.com').describe('Where films are uploaded to'),
});
