import type { Ledger, Spending } from '../ports/ledger.ts';
import type { Meter, Use } from '../ports/meter.ts';
import { listBudgets, openLedger } from './compose-ledger.ts';
import type { Config } from './config.ts';

/** What is called. */
type Metered = {
  /** As `pivot costs` names it: `openai`, or a server's host. */
  readonly service: string;
  /** `chat`, `embeddings`. */
  readonly operation: string;
  readonly model: string;
};

type Price = Config['prices'][string];

/** What one of a unit costs by a price. */
const perUnit: Readonly<Record<string, (price: Price) => number | undefined>> = {
  'input-tokens': ({ perMillionInputTokens }) => divide(perMillionInputTokens, 1e6),
  'output-tokens': ({ perMillionOutputTokens }) => divide(perMillionOutputTokens, 1e6),
  images: ({ perImage }) => perImage,
  seconds: ({ perMinute }) => divide(perMinute, 60),
  characters: ({ perMillionCharacters }) => divide(perMillionCharacters, 1e6),
  requests: ({ perMillionRequests }) => divide(perMillionRequests, 1e6),
  bytes: ({ perGigabyte }) => divide(perGigabyte, 1e9),
};

/** The service that an address stands for, and whether it is this machine's own: what runs there costs nothing. */
export function serviceAt(baseUrl: string): { readonly service: string; readonly isOwn: boolean } {
  const { origin, host, hostname } = new URL(baseUrl);
  if (origin === 'https://api.openai.com') return { service: 'openai', isOwn: false };
  const isOwn = /^(?:localhost|.*\.localhost|127(?:\.\d{1,3}){3}|\[::1\])$/u.test(hostname);
  return { service: host, isOwn };
}

/**
 * What one use costs by the configured prices, in USD; undefined where one of its prices is not known. A price for `service/model` comes
 * before one for `service`.
 */
export function priceOf(
  { prices }: Pick<Config, 'prices'>,
  { service, model }: Pick<Metered, 'service' | 'model'>,
  unit: string,
  amount: number,
): number | undefined {
  const price = prices[`${service}/${model}`] ?? prices[service];
  const each = price === undefined ? undefined : perUnit[unit]?.(price);
  return each === undefined ? undefined : each * amount;
}

/** Gives the meter of a model at an address; undefined for what needs none. */
export type MeterAt = (baseUrl: string, operation: string, model: string) => Meter | undefined;

/** Meters that write in one ledger, which is opened when something is first counted, and a way to let it go. */
export function openMeters(options: {
  readonly config: Pick<Config, 'budgets' | 'costs' | 'prices' | 'youtube'>;
  readonly env: Readonly<Record<string, string | undefined>>;
}): { readonly meterAt: MeterAt; close(): Promise<void> } {
  let ledger: Ledger | undefined;
  const open = () => (ledger ??= openLedger(options));
  return {
    meterAt: (baseUrl, operation, model) =>
      createMeter(options.config, { ...serviceAt(baseUrl), operation, model }, open),
    async close() {
      await ledger?.close();
    },
  };
}

/** A meter for calls to one thing; undefined for what runs on this machine, unless it has a price or a budget. */
function createMeter(
  config: Pick<Config, 'budgets' | 'prices' | 'youtube'>,
  metered: Metered & { readonly isOwn: boolean },
  open: () => Ledger,
): Meter | undefined {
  const { service, operation, model, isOwn } = metered;
  const hasPrice = `${service}/${model}` in config.prices || service in config.prices;
  const ownBudgets = listBudgets(config).filter((budget) => budget.service === service);
  if (isOwn && !hasPrice && ownBudgets.length === 0) return undefined;
  const hasBudget = ownBudgets.length > 0 || config.budgets.usdPerMonth !== undefined;
  const toSpendings = (use: Use): Spending[] =>
    Object.entries(use).map(([unit, amount]): Spending => {
      const usd = isOwn && !hasPrice ? 0 : priceOf(config, metered, unit, amount);
      return { service, operation: `${operation} ${model}`.slice(0, 300), amount, unit, usd };
    });
  return {
    maxAnswerTokens: hasBudget ? config.budgets.answerTokens : undefined,
    async begin(most) {
      const reservation = await open().reserve(toSpendings(most));
      return { end: (used, how) => reservation.settle(toSpendings(used), how) };
    },
  };
}

function divide(price: number | undefined, by: number): number | undefined {
  return price === undefined ? undefined : price / by;
}
