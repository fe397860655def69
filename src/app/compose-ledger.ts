import { dirname, join, resolve } from 'node:path';
import { openSqliteLedger } from '../adapters/ledger/sqlite.ts';
import { youtubeQuotaDay, type SpendingPeriod } from '../domain/spending-period.ts';
import type { Budget, Ledger } from '../ports/ledger.ts';
import type { Config } from './config.ts';
import { defaultLibraryFolder } from './library-folder.ts';

/** Providers say when a month ends in UTC. */
const utc = (per: SpendingPeriod['per']): SpendingPeriod => ({ per, timeZone: 'UTC' });

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
    {
      setting: 'youtube.dailyUploads',
      service: 'youtube',
      units: ['uploads'],
      amount: youtube.dailyUploads,
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
    const setting = `budgets.services.${service}`;
    const { usdPerDay, usdPerMonth } = limits;
    if (usdPerDay !== undefined) {
      all.push({
        setting: `${setting}.usdPerDay`,
        service,
        units: 'usd',
        amount: usdPerDay,
        period: utc('day'),
      });
    }
    if (usdPerMonth !== undefined) {
      all.push({
        setting: `${setting}.usdPerMonth`,
        service,
        units: 'usd',
        amount: usdPerMonth,
        period: utc('month'),
      });
    }
    for (const [per, byUnit] of [
      ['day', limits.perDay],
      ['month', limits.perMonth],
    ] as const) {
      const place = `${setting}.${per === 'day' ? 'perDay' : 'perMonth'}`;
      for (const [unit, amount] of Object.entries(byUnit)) {
        const units = unit === 'tokens' ? ['input-tokens', 'output-tokens'] : [unit];
        all.push({ setting: `${place}.${unit}`, service, units, amount, period: utc(per) });
      }
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
