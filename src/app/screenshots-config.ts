import { z } from 'zod';

/** The settings of pictures that are taken of videos on web pages: which browser, and how long it waits. */
export const screenshotsConfigSchema = z.strictObject({
  browser: z
    .enum(['chromium', 'firefox'])
    .default('chromium')
    .describe('The browser that opens pages for screenshots, headless: chromium or firefox'),
  binary: z
    .string()
    .min(1)
    .optional()
    .describe("The browser's program. Default: where one usually is. None is ever downloaded"),
  driver: z
    .string()
    .min(1)
    .optional()
    .describe("The browser's driver, chromedriver or geckodriver. Default: where one usually is"),
  waitSeconds: z
    .number()
    .min(1)
    .max(600)
    .default(30)
    .describe('How long a page may take to show its video, and the video to show a time, in seconds'),
});
