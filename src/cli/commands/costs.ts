import type { Command } from 'commander';
import { listBudgets, openLedger } from '../../app/compose-ledger.ts';
import type { Config } from '../../app/config.ts';
import { freeTiers, type FreeTier } from '../../domain/free-tiers.ts';
import { boundsOfPeriod } from '../../domain/spending-period.ts';
import type { Budget, Ledger, SpendingSum } from '../../ports/ledger.ts';
import { parseDate } from '../parse-option.ts';
import { addCommonOptions, print, readConfig, type CommonOptions, type Shell } from '../run-command.ts';
import { createPaint, measureColumns, padColumns, shorten, toPrintable, type Paint } from '../terminal.ts';

type CostsFlags = CommonOptions & { readonly since?: string };

/** A budget, and how far it is used. */
type BudgetUse = {
  readonly setting: string;
  readonly service: string | undefined;
  readonly unit: string;
  readonly amount: number;
  readonly spent: number;
  readonly per: 'day' | 'month';
  /** When there is a new one, ISO 8601. */
  readonly endsAt: string;
};

/** `pivot costs`: what was spent that is paid for or limited, and how far the budgets are used. @returns by `done` the exit code */
export function addCostsCommand(program: Command, shell: Shell, done: (exitCode: number) => void): void {
  const command = program
    .command('costs')
    .summary('what was spent that is paid for or limited, and the budgets')
    .option('--since <date>', 'from then on, 2026-11-01 (default: this month, in UTC)', parseDate)
    .option('--json', 'as JSON');
  addCommonOptions(command)
    .addHelpText('before', 'pivot costs\npivot costs --since 2026-11-01 --json\n')
    .action(async (flags: CostsFlags) => done(await runCosts(flags, shell)));
}

async function runCosts(flags: CostsFlags, shell: Shell): Promise<number> {
  const config = await readConfig(shell, flags);
  const nowMs = Date.now();
  const month = boundsOfPeriod({ per: 'month', timeZone: 'UTC' }, nowMs);
  const since = flags.since ?? new Date(month.startMs).toISOString();
  const ledger = openLedger({ config, env: shell.env });
  try {
    const sums = await ledger.sum({ since });
    const budgets = await measureBudgets(config, ledger, nowMs);
    const tiers = measureTiers(await ledger.sum({ since: new Date(month.startMs).toISOString() }));
    if (flags.json === true) {
      await print(shell, `${JSON.stringify({ since, sums, budgets, freeTiers: tiers }, undefined, 2)}\n`);
      return 0;
    }
    const paint = createPaint(shell.stdout, shell.env);
    await print(shell, describeSums(sums, since, paint));
    await print(shell, describeTiers(tiers, paint));
    await print(shell, describeBudgets(budgets, nowMs, paint));
    return 0;
  } finally {
    await ledger.close();
  }
}

async function measureBudgets(config: Config, ledger: Ledger, nowMs: number): Promise<BudgetUse[]> {
  const uses: BudgetUse[] = [];
  for (const budget of listBudgets(config)) {
    const { startMs, endMs } = boundsOfPeriod(budget.period, nowMs);
    const sums = await ledger.sum({ since: new Date(startMs).toISOString(), service: budget.service });
    const { setting, service, amount, period, units } = budget;
    uses.push({
      setting,
      service,
      unit: units === 'usd' ? 'USD' : units.length > 1 ? 'tokens' : (units[0] ?? ''),
      amount,
      spent: sums.reduce((total, sum) => total + countOf(sum, budget), 0),
      per: period.per,
      endsAt: new Date(endMs).toISOString(),
    });
  }
  return uses;
}

type TierUse = FreeTier & { readonly spent: number };

/** Of what was used, how much of it a provider gives for nothing. */
function measureTiers(sums: readonly SpendingSum[]): TierUse[] {
  return freeTiers.flatMap((tier): TierUse[] => {
    const used = sums.find(
      (sum) => sum.service === tier.service && sum.operation === tier.operation && sum.unit === tier.unit,
    );
    return used === undefined ? [] : [Object.assign({ spent: used.amount }, tier)];
  });
}

function describeTiers(tiers: readonly TierUse[], paint: Paint): string {
  if (tiers.length === 0) return '';
  const lines = tiers.map(({ service, operation, unit, amount, spent, where }) => {
    const mark = markOf(spent, amount, paint);
    return `${mark} ${service} ${operation}: ${formatCount(spent)} of ${formatCount(amount)} ${unit} a month, ${where}\n`;
  });
  return `\nGiven for nothing, this month:\n${lines.join('')}`;
}

/** Whether something is nearly used up. */
function markOf(spent: number, amount: number, paint: Paint): string {
  const share = amount === 0 ? 1 : spent / amount;
  return share >= 1 ? paint('red', '✗') : share >= 0.8 ? paint('yellow', '!') : paint('green', '✓');
}

function countOf({ unit, usd, amount }: SpendingSum, { units }: Budget): number {
  if (units === 'usd') return usd;
  return units.includes(unit) ? amount : 0;
}

function describeSums(sums: readonly SpendingSum[], since: string, paint: Paint): string {
  const from = `since ${since.slice(0, 16).replace('T', ' ')} UTC`;
  if (sums.length === 0) return `Nothing that is paid for or limited was used ${from}.\n`;
  const head = ['service', 'operation', 'calls', 'amount', 'USD'];
  const rows = sums.map((sum) => [
    shorten(toPrintable(sum.service), 28),
    shorten(toPrintable(sum.operation), 36),
    formatCount(sum.calls),
    `${sum.estimatedCalls > 0 ? '≤ ' : ''}${formatCount(sum.amount)} ${sum.unit}`,
    formatPrice(sum),
  ]);
  const widths = head.map((title, column) =>
    Math.max(measureColumns(title), ...rows.map((row) => measureColumns(row[column] ?? ''))),
  );
  const toLine = (cells: readonly string[]) =>
    cells
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        // Words stand to the left, numbers to the right.
        return column < 2 ? padColumns(cell, width) : `${' '.repeat(width - measureColumns(cell))}${cell}`;
      })
      .join('  ')
      .trimEnd();
  const usd = sums.reduce((total, sum) => total + sum.usd, 0);
  const unpriced = sums.some(({ unpricedCalls }) => unpricedCalls > 0);
  const estimated = sums.some(({ estimatedCalls }) => estimatedCalls > 0);
  return [
    `Used ${from}:`,
    paint('dim', toLine(head)),
    ...rows.map(toLine),
    `Together ${formatUsd(usd)} USD${unpriced ? ', and what has no known price' : ''}.`,
    ...(unpriced ? [paint('dim', '? no price is known: set prices (docs/costs.md).')] : []),
    ...(estimated
      ? [paint('dim', '≤ the server did not say how much, or never answered: this is an estimate.')]
      : []),
    '',
  ].join('\n');
}

function formatPrice({ usd, calls, unpricedCalls }: SpendingSum): string {
  if (unpricedCalls === 0) return formatUsd(usd);
  return unpricedCalls >= calls ? '?' : `${formatUsd(usd)} + ?`;
}

function describeBudgets(budgets: readonly BudgetUse[], nowMs: number, paint: Paint): string {
  const lines = budgets.map(({ service, unit, amount, spent, per, endsAt }) => {
    const format = unit === 'USD' ? formatUsd : formatCount;
    const mark = markOf(spent, amount, paint);
    const whose = service === undefined ? 'everything' : toPrintable(service);
    const hours = Math.ceil((Date.parse(endsAt) - nowMs) / 3_600_000);
    const until = hours < 48 ? `${hours} h` : `${Math.ceil(hours / 24)} days`;
    return `${mark} ${whose}: ${format(spent)} of ${format(amount)} ${unit} a ${per}, a new one in ${until}\n`;
  });
  return `\nBudgets:\n${lines.join('')}`;
}

function formatCount(count: number): string {
  return count.toLocaleString('en-US', { maximumFractionDigits: 2 });
}

/** To the cent, and fractions of one where it is less. */
function formatUsd(usd: number): string {
  if (usd === 0 || usd >= 0.1)
    return usd.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  return usd.toLocaleString('en-US', { maximumSignificantDigits: 2, maximumFractionDigits: 9 });
}
