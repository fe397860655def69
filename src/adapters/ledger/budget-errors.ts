import { PatternPivotError } from '../../domain/errors.ts';
import type { Budget, Spending } from '../../ports/ledger.ts';

/** How far a budget was used when something more was asked for. */
type Reached = {
  readonly spent: number;
  readonly asked: number;
  readonly operation: string;
  readonly endsAtMs: number;
  readonly nowMs: number;
};

/** That a budget would be passed. */
export function budgetReached(budget: Budget, reached: Reached): PatternPivotError {
  const { spent, asked, operation, endsAtMs, nowMs } = reached;
  const { setting, service, amount, period } = budget;
  const unit = budget.units === 'usd' ? 'USD' : nameOf(budget.units);
  const format = (value: number) => formatAmount(value, budget.units === 'usd');
  const endsAt = new Date(endsAtMs).toISOString();
  const whose = service === undefined ? 'everything together' : service;
  return new PatternPivotError(
    'conflict.budget_reached',
    `The budget of ${format(amount)} ${unit} a ${period.per} for ${whose} does not allow ${operation}: ` +
      `${format(spent)} spent, and it takes up to ${format(asked)} more.`,
    {
      hint: `Run it again after ${endsAt.slice(0, 16).replace('T', ' ')} UTC (in ${formatWait(endsAtMs - nowMs)}), or raise ${setting}.`,
      context: { setting, service, unit, amount, spent, asked, operation, endsAt },
    },
  );
}

/** That there is a budget in money for something whose price nobody told. */
export function priceUnknown({ setting }: Budget, { service, operation, unit }: Spending): PatternPivotError {
  return new PatternPivotError(
    'input.price_unknown',
    `${setting} limits what ${service} may cost, but what ${operation} costs is not known.`,
    {
      hint: 'Set its price in prices (docs/costs.md), or remove the budget.',
      context: { setting, service, operation, unit },
    },
  );
}

/** `input-tokens` and `output-tokens` are tokens together. */
function nameOf(units: readonly string[]): string {
  return units.length === 1 ? (units[0] ?? '') : (units[0] ?? '').replace(/^.*-/u, '');
}

function formatAmount(value: number, isMoney: boolean): string {
  if (!isMoney) return value.toLocaleString('en-US', { maximumFractionDigits: 2 });
  // Single calls cost fractions of a cent.
  return value.toLocaleString('en-US', { maximumSignificantDigits: value < 1 ? 2 : 6 });
}

function formatWait(ms: number): string {
  const hours = ms / 3_600_000;
  if (hours < 1) return `${Math.max(1, Math.ceil(ms / 60_000))} min`;
  return hours < 48 ? `${Math.ceil(hours)} h` : `${Math.ceil(hours / 24)} days`;
}
