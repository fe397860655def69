import { z } from 'zod';

const addressSchema = z
  .url({ protocol: /^https?$/ })
  .max(2000)
  .refine((text) => !URL.canParse(text) || (new URL(text).username === '' && new URL(text).password === ''), {
    error: 'an address has no name and no password in it',
  });

/** The settings of publishing by a webhook. The secret is a variable only. */
export const webhookConfigSchema = z
  .strictObject({
    url: addressSchema
      .optional()
      .describe('The https address that gets a signed message of each film of --to webhook'),
    network: z
      .enum(['public', 'loopback', 'private'])
      .default('public')
      .describe(
        'Where it may lead: public, also this machine (loopback), or also private networks (private)',
      ),
    filmsFolder: z
      .string()
      .min(1)
      .optional()
      .describe('The folder whose files a server of yours shows to the receiver'),
    filmsUrl: addressSchema
      .refine((text) => !/[?#]/u.test(text), {
        error: 'it ends before ? and #: names of files come after it',
      })
      .optional()
      .describe('The address under which that folder is shown. Default: films are told by their paths'),
    timeoutSeconds: z
      .number()
      .min(1)
      .max(120)
      .default(20)
      .describe('How long the receiver may take over one message, in seconds'),
  })
  .superRefine((webhook, context) => {
    const refuse = (path: keyof typeof webhook, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message });
    if (webhook.network === 'public' && webhook.url !== undefined && !/^https:/iu.test(webhook.url))
      refuse('url', 'it must begin with https:, or publish.webhook.network allow loopback or private');
    if (webhook.filmsUrl !== undefined && webhook.filmsFolder === undefined)
      refuse('filmsFolder', 'say too which folder publish.webhook.filmsUrl shows');
    if (webhook.filmsFolder !== undefined && webhook.filmsUrl === undefined)
      refuse('filmsUrl', 'say too under which address publish.webhook.filmsFolder is shown');
  });
