import type { DatabaseSync } from 'node:sqlite';
import { PatternPivotError } from '../../domain/errors.ts';
import { boundsOfPeriod } from '../../domain/spending-period.ts';
import type { Budget, Ledger, Reservation, Spending, SpendingSum } from '../../ports/ledger.ts';
import { describeTrouble, inTransaction, openForWriting } from '../sqlite/open-database.ts';
import { budgetReached, priceUnknown } from './budget-errors.ts';

/**
 * Sums by minute: so the file stays small however much is called, and every calendar's days begin with a minute. Money is in whole
 * billionths of a dollar: they add up exactly.
 */
const table = `
  CREATE TABLE IF NOT EXISTS spent (
    service TEXT NOT NULL, unit TEXT NOT NULL, minute INTEGER NOT NULL, operation TEXT NOT NULL,
    amount REAL NOT NULL, usd_nanos INTEGER NOT NULL,
    calls INTEGER NOT NULL, unpriced_calls INTEGER NOT NULL, estimated_calls INTEGER NOT NULL,
    PRIMARY KEY (service, unit, minute, operation)
  ) STRICT, WITHOUT ROWID
`;

const minuteMs = 60_000;
const nanosPerUsd = 1e9;

/** How a ledger is opened. */
export type SqliteLedgerOptions = {
  readonly path: string;
  readonly budgets: readonly Budget[];
  /** Ms since 1970. Default: the clock. */
  readonly now?: () => number;
};

/**
 * A ledger in one SQLite file that all processes of a user share: what is asked for and what is spent are compared and written in one
 * transaction, so that no number of processes passes a budget together. What was booked survives a power cut.
 * @throws tool.ledger_damaged, tool.ledger_failed, conflict.ledger_busy, input.not_writable
 */
export function openSqliteLedger({ path, budgets, now = Date.now }: SqliteLedgerOptions): Ledger {
  const run = <T>(work: () => T): T => translate(path, work);
  const database = run(() => {
    const opened = openForWriting(path, { isDurable: true });
    try {
      opened.exec(table);
      opened.prepare('SELECT estimated_calls, usd_nanos FROM spent LIMIT 1').get();
      return opened;
    } catch (error) {
      opened.close();
      throw error;
    }
  });
  const statements = prepare(database);

  const add = (
    minute: number,
    { service, operation, unit, amount, usd }: Spending,
    counts: { readonly calls: number; readonly estimated: number; readonly sign: 1 | -1 },
  ) => {
    const { calls, estimated, sign } = counts;
    const nanos = usd === undefined ? 0 : Math.ceil(usd * nanosPerUsd);
    const unpriced = usd === undefined ? calls : 0;
    statements.add.run(
      service,
      unit,
      minute,
      operation,
      sign * amount,
      sign * nanos,
      sign * calls,
      sign * unpriced,
      sign * estimated,
    );
  };

  /** In a transaction: refuses what would pass a budget. */
  const assertWithin = (spendings: readonly Spending[], nowMs: number) => {
    for (const budget of budgets) {
      const asked = spendings.filter((spending) => isCounted(spending, budget));
      if (asked.length === 0) continue;
      const unpriced = asked.find(({ usd }) => usd === undefined);
      if (budget.units === 'usd' && unpriced !== undefined) throw priceUnknown(budget, unpriced);
      const more = asked.reduce((total, spending) => total + countOf(spending, budget), 0);
      if (more === 0) continue;
      const { startMs, endMs } = boundsOfPeriod(budget.period, nowMs);
      const spent = readSpent(statements, budget, Math.floor(startMs / minuteMs));
      const limit = budget.units === 'usd' ? Math.round(budget.amount * nanosPerUsd) : budget.amount;
      if (spent + more <= limit) continue;
      const scale = budget.units === 'usd' ? nanosPerUsd : 1;
      throw budgetReached(budget, {
        spent: spent / scale,
        asked: more / scale,
        operation: asked[0]!.operation,
        endsAtMs: endMs,
        nowMs,
      });
    }
  };

  const book = (spendings: readonly Spending[], estimated: 0 | 1): number => {
    for (const spending of spendings) assertSpending(spending);
    return run(() =>
      inTransaction(database, () => {
        const nowMs = now();
        const minute = Math.floor(nowMs / minuteMs);
        assertWithin(spendings, nowMs);
        for (const spending of spendings) add(minute, spending, { calls: 1, estimated, sign: 1 });
        return minute;
      }),
    );
  };

  return {
    async spend(spending) {
      book([spending], 0);
    },
    async reserve(spendings): Promise<Reservation> {
      const minute = book(spendings, 1);
      let isSettled = false;
      return {
        async settle(actual, how) {
          for (const spending of actual) assertSpending(spending);
          if (isSettled) return;
          isSettled = true;
          const estimated = how?.isEstimated === true ? 1 : 0;
          run(() =>
            inTransaction(database, () => {
              for (const spending of spendings) add(minute, spending, { calls: 1, estimated: 1, sign: -1 });
              for (const spending of actual) add(minute, spending, { calls: 1, estimated, sign: 1 });
              statements.removeEmpty.run(minute);
            }),
          );
        },
      };
    },
    async sum({ since, service }) {
      const minute = Math.floor(Date.parse(since) / minuteMs);
      return run(() => statements.sum.all(minute, service ?? null, service ?? null).map(toSum));
    },
    async close() {
      database.close();
    },
  };
}

type Statements = ReturnType<typeof prepare>;

function prepare(database: DatabaseSync) {
  return {
    add: database.prepare(`
      INSERT INTO spent VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (service, unit, minute, operation) DO UPDATE SET
        amount = amount + excluded.amount, usd_nanos = usd_nanos + excluded.usd_nanos, calls = calls + excluded.calls,
        unpriced_calls = unpriced_calls + excluded.unpriced_calls,
        estimated_calls = estimated_calls + excluded.estimated_calls
    `),
    removeEmpty: database.prepare('DELETE FROM spent WHERE minute = ? AND calls <= 0'),
    amount: database.prepare(
      'SELECT total(amount) AS spent FROM spent WHERE service = ? AND unit = ? AND minute >= ?',
    ),
    amountOfAll: database.prepare('SELECT total(amount) AS spent FROM spent WHERE unit = ? AND minute >= ?'),
    usd: database.prepare('SELECT total(usd_nanos) AS spent FROM spent WHERE service = ? AND minute >= ?'),
    usdOfAll: database.prepare('SELECT total(usd_nanos) AS spent FROM spent WHERE minute >= ?'),
    sum: database.prepare(`
      SELECT service, operation, unit, total(amount) AS amount, total(usd_nanos) AS usd_nanos,
        sum(calls) AS calls, sum(unpriced_calls) AS unpriced_calls, sum(estimated_calls) AS estimated_calls
      FROM spent WHERE minute >= ? AND (? IS NULL OR service = ?)
      GROUP BY service, operation, unit ORDER BY service, operation, unit
    `),
  };
}

function readSpent(statements: Statements, { service, units }: Budget, minute: number): number {
  const read = (row: Record<string, unknown> | undefined) => Number(row?.['spent'] ?? 0);
  if (units === 'usd') {
    return read(
      service === undefined ? statements.usdOfAll.get(minute) : statements.usd.get(service, minute),
    );
  }
  return units.reduce(
    (total, unit) =>
      total +
      read(
        service === undefined
          ? statements.amountOfAll.get(unit, minute)
          : statements.amount.get(service, unit, minute),
      ),
    0,
  );
}

function isCounted({ service, unit }: Spending, budget: Budget): boolean {
  if (budget.service !== undefined && budget.service !== service) return false;
  return budget.units === 'usd' || budget.units.includes(unit);
}

function countOf({ amount, usd = 0 }: Spending, { units }: Budget): number {
  return units === 'usd' ? Math.ceil(usd * nanosPerUsd) : amount;
}

function toSum(row: Record<string, unknown>): SpendingSum {
  return {
    service: String(row['service']),
    operation: String(row['operation']),
    unit: String(row['unit']),
    amount: Number(row['amount']),
    usd: Number(row['usd_nanos']) / nanosPerUsd,
    calls: Number(row['calls']),
    unpricedCalls: Number(row['unpriced_calls']),
    estimatedCalls: Number(row['estimated_calls']),
  };
}

/** What a model or a server answered must not bend the book. */
function assertSpending({ service, operation, unit, amount, usd = 0 }: Spending): void {
  const isNamed = [service, operation, unit].every((name) => name.length > 0 && name.length <= 300);
  const isCountable = (value: number) => Number.isFinite(value) && value >= 0 && value <= 1e15;
  if (isNamed && isCountable(amount) && isCountable(usd) && usd <= 1e6) return;
  throw new PatternPivotError('input.spending_invalid', `This cannot be booked: ${amount} ${unit}.`, {
    context: { service, operation, unit, amount, usd },
  });
}

/** Runs statements; what SQLite throws is told in our words. */
function translate<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const trouble = describeTrouble(error);
    if (trouble === undefined) throw error;
    const details = { cause: error, context: { path } };
    if (trouble === 'busy') {
      throw new PatternPivotError('conflict.ledger_busy', `Another process keeps the ledger busy: ${path}`, {
        ...details,
        retryable: true,
        hint: 'Run it again when the other is done.',
      });
    }
    if (trouble === 'read-only') {
      throw new PatternPivotError('input.not_writable', `The ledger cannot be written: ${path}`, {
        ...details,
        hint: 'Change the permissions, or choose another folder with the setting costs.folder.',
      });
    }
    if (trouble === 'full' || trouble === 'disk') {
      const what = trouble === 'full' ? 'The disk is full' : 'The disk could not be read or written';
      throw new PatternPivotError('tool.ledger_failed', `${what}: ${path}`, {
        ...details,
        hint: 'Free some space, or choose another folder with the setting costs.folder.',
      });
    }
    throw new PatternPivotError('tool.ledger_damaged', `The ledger is damaged, or none: ${path}`, {
      ...details,
      hint: 'It was left as it is: move it away, and a new one is begun (what was spent before is then not counted).',
    });
  }
}
