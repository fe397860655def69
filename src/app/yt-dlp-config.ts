import { z } from 'zod';

/** The settings of the user's own yt-dlp: it is off until its path is set. */
export const ytDlpConfigSchema = z.strictObject({
  path: z
    .string()
    .min(1)
    .optional()
    .describe('Your own yt-dlp, for videos that are yours. None is called unless this is set'),
  cookiesFile: z.string().min(1).optional().describe('The file of cookies that yt-dlp gets'),
  watchUrl: z
    .url({ protocol: /^https?$/ })
    .default('https://www.youtube.com/watch?v=')
    .describe('What comes before the id in the address of a video'),
});
