import { z } from 'zod';
import { isTimeZone } from '../domain/zoned-time.ts';
import { instagramConfigSchema } from './instagram-config.ts';
import { webhookConfigSchema } from './webhook-config.ts';

/** Where finished films can go. */
export const publishTargets = ['youtube', 'instagram', 'kits', 'webhook'] as const;

/** The settings of publishing: when, how often, and what is said of a film that nothing else says. */
export const publishConfigSchema = z.strictObject({
  target: z.enum(publishTargets).optional().describe('Where films go that no --to is named for'),
  zone: z
    .string()
    .refine(isTimeZone, { error: 'a time zone is written like Europe/Berlin or UTC' })
    .optional()
    .describe("The audience's time zone, whose days and hours count. Default: this machine's"),
  hours: z
    .array(z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/u, 'an hour is written like 18:00'))
    .max(48)
    .default([])
    .describe("Times of day to publish at, the best first. Default: what the channel's own statistics say"),
  perDay: z.int().min(1).max(50).default(2).describe('So many videos a day at most'),
  spacingHours: z
    .number()
    .min(0)
    .max(720)
    .default(4)
    .describe('So many hours lie between two videos at least'),
  variationDays: z
    .int()
    .min(1)
    .max(365)
    .default(3)
    .describe('So many days lie between two variations of one clip at least; 1: not on one day'),
  uploadAheadHours: z
    .number()
    .min(0)
    .max(168)
    .default(2)
    .describe(
      'So long before its time a public film is uploaded to YouTube, which keeps it private until then',
    ),
  privacy: z
    .enum(['private', 'unlisted', 'public'])
    .default('public')
    .describe('Who may see a film when its time has come: private, unlisted or public'),
  madeForKids: z
    .boolean()
    .default(false)
    .describe('What you declare of films: whether they are made for children'),
  category: z
    .string()
    .regex(/^\d{1,3}$/u, "a category is YouTube's number of it, like 27")
    .optional()
    .describe("YouTube's number of a category. Default: 22, People & Blogs"),
  playlists: z
    .array(z.string().regex(/^[\w-]{1,64}$/u, 'a playlist is named by its id'))
    .max(50)
    .default([])
    .describe('Ids of the playlists of YouTube that films are put in'),
  channel: z
    .string()
    .regex(/^UC[\w-]{1,62}$/u, 'a channel is named by its id, which begins with UC')
    .optional()
    .describe('Whose channel on YouTube, where the owners of several signed in'),
  outFolder: z.string().min(1).default('kits').describe('The folder that gets the kits of --to kits'),
  instagram: instagramConfigSchema.prefault({}),
  webhook: webhookConfigSchema.prefault({}),
  bannedWords: z
    .array(z.string().min(1).max(100))
    .max(1000)
    .default([])
    .describe('Words that no title, description or tag may have; swear* stands for any ending'),
  bannedWordsFile: z
    .string()
    .min(1)
    .optional()
    .describe('A text file of such words, one a line; # begins a remark'),
  isCommercial: z
    .boolean()
    .default(true)
    .describe('Whether your channels earn money: what may not is stopped there'),
});
