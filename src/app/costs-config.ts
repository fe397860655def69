import { z } from 'zod';

const amount = z.number().nonnegative();

/** As `pivot costs` names it; `tokens` are both kinds together. */
const unit = z
  .string()
  .regex(/^[a-z-]{1,40}$/u, 'a unit is named as in pivot costs: requests, tokens, bytes');

/** The settings of what may be spent. */
export const budgetsConfigSchema = z.strictObject({
  usdPerMonth: amount.optional().describe('What everything together may cost a month (of UTC), in USD'),
  services: z
    .record(
      z.string().min(1).max(200),
      z.strictObject({
        usdPerMonth: amount.optional(),
        usdPerDay: amount.optional(),
        perDay: z.record(unit, amount).default({}),
        perMonth: z.record(unit, amount).default({}),
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
