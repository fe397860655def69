import { z } from 'zod';

const amount = z.number().nonnegative();

/** The settings of what may be spent. */
export const budgetsConfigSchema = z.strictObject({
  usdPerMonth: amount.optional().describe('What everything together may cost a month (of UTC), in USD'),
  services: z
    .record(
      z.string().min(1).max(200),
      z.strictObject({
        usdPerMonth: amount.optional(),
        usdPerDay: amount.optional(),
        tokensPerDay: amount.optional(),
        requestsPerDay: amount.optional(),
        imagesPerDay: amount.optional(),
        charactersPerMonth: amount.optional(),
        secondsPerMonth: amount.optional(),
      }),
    )
    .default({})
    .describe('What each service may cost, by its name in pivot costs: {"openai": {"usdPerMonth": 5}}'),
  answerTokens: z
    .int()
    .min(1)
    .default(8192)
    .describe('The longest answer of a chat model that is reckoned with and allowed where a budget is set'),
});

/** The settings of what things cost. None is built in: prices change, and differ by contract. */
export const pricesConfigSchema = z.record(
  z.string().min(1).max(300),
  z.strictObject({
    perMillionInputTokens: amount.optional(),
    perMillionOutputTokens: amount.optional(),
    perImage: amount.optional(),
    perMinute: amount.optional(),
    perMillionCharacters: amount.optional(),
    perMillionRequests: amount.optional(),
    perGigabyte: amount.optional(),
  }),
);

/** The settings of the ledger. */
export const costsConfigSchema = z.strictObject({
  folder: z
    .string()
    .min(1)
    .optional()
    .describe('The folder of the ledger of costs. Default: the data folder of the system'),
});
