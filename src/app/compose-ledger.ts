import { dirname, join, resolve } from 'node:path';
import { openSqliteLedger } from '../adapters/ledger/sqlite.ts';
import { youtubeQuotaDay, type SpendingPeriod } from '../domain/spending-period.ts';
import type { Budget, Ledger } from '../ports/ledger.ts';
import type { Config } from './config.ts';
import { defaultLibraryFolder } from './library.ts';

/** Providers say when a month ends in UTC. */
const utc = (per: SpendingPeriod['per']): SpendingPeriod => ({ per, timeZone: 'UTC' });

/** What the limits of one service count. */
const serviceLimits = {
  usdPerMonth: { units: 'usd', period: utc('month') },
  usdPerDay: { units: 'usd', period: utc('day') },
  tokensPerDay: { units: ['input-tokens', 'output-tokens'], period: utc('day') },
  requestsPerDay: { units: ['requests'], period: utc('day') },
  imagesPerDay: { units: ['images'], period: utc('day') },
  charactersPerMonth: { units: ['characters'], period: utc('month') },
  secondsPerMonth: { units: ['seconds'], period: utc('month') },
} as const satisfies Record<string, Pick<Budget, 'units' | 'period'>>;

/** Every budget that is configured; YouTube's quota is always one. */
export function listBudgets({ budgets, youtube }: Pick<Config, 'budgets' | 'youtube'>): Budget[] {
  const all: Budget[] = [
    {
      setting: 'youtube.dailyUnits',
      service: 'youtube',
      units: ['units'],
      amount: youtube.dailyUnits,
      period: youtubeQuotaDay,
    },
  ];
  if (budgets.usdPerMonth !== undefined) {
    all.push({
      setting: 'budgets.usdPerMonth',
      units: 'usd',
      amount: budgets.usdPerMonth,
      period: utc('month'),
    });
  }
  for (const [service, limits] of Object.entries(budgets.services)) {
    for (const [name, { units, period }] of Object.entries(serviceLimits)) {
      const amount = limits[name as keyof typeof serviceLimits];
      if (amount === undefined) continue;
      all.push({ setting: `budgets.services.${service}.${name}`, service, units, amount, period });
    }
  }
  return all;
}

/** Where the ledger lies: in the data folder of the user, one for all libraries. */
export function ledgerPathOf(
  { costs }: Pick<Config, 'costs'>,
  env: Readonly<Record<string, string | undefined>>,
): string {
  const folder = costs.folder ?? dirname(defaultLibraryFolder(process.platform, env));
  return join(resolve(folder), 'costs.sqlite');
}

/** Opens the ledger with the configured budgets. @throws what {@link openSqliteLedger} throws */
export function openLedger(options: {
  readonly config: Pick<Config, 'budgets' | 'costs' | 'youtube'>;
  readonly env: Readonly<Record<string, string | undefined>>;
}): Ledger {
  const { config, env } = options;
  return openSqliteLedger({ path: ledgerPathOf(config, env), budgets: listBudgets(config) });
}
