import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PatternPivotError } from '../../domain/errors.ts';
import { youtubeQuotaDay } from '../../domain/spending-period.ts';
import type { Budget, Ledger, Spending } from '../../ports/ledger.ts';
import { openSqliteLedger } from './sqlite.ts';

let folder: string;
let path: string;
let nowMs: number;
const opened: Ledger[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot-ledger-'));
  path = join(folder, 'deep', 'costs.sqlite');
  nowMs = Date.parse('2026-11-04T20:00:30Z');
});

afterEach(async () => {
  for (const ledger of opened.splice(0)) await ledger.close();
  await rm(folder, { recursive: true, force: true });
});

const quota: Budget = {
  setting: 'youtube.dailyUnits',
  service: 'youtube',
  units: ['units'],
  amount: 100,
  period: youtubeQuotaDay,
};
const money: Budget = {
  setting: 'budgets.usdPerMonth',
  units: 'usd',
  amount: 0.3,
  period: { per: 'month', timeZone: 'UTC' },
};

function open(budgets: readonly Budget[]): Ledger {
  const ledger = openSqliteLedger({ path, budgets, now: () => nowMs });
  opened.push(ledger);
  return ledger;
}

const listCall: Spending = { service: 'youtube', operation: 'videos.list', amount: 1, unit: 'units', usd: 0 };
const chat = (usd?: number): Spending => ({
  service: 'openai',
  operation: 'chat m',
  amount: 1000,
  unit: 'output-tokens',
  usd,
});

async function errorOf(promise: Promise<unknown>): Promise<PatternPivotError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof PatternPivotError) return error;
  throw new Error(`expected an error of ours, got ${String(error)}`);
}

describe('the ledger', () => {
  test('sums what was spent by service, operation and unit', async () => {
    const ledger = open([]);
    await ledger.spend(listCall);
    await ledger.spend({ ...listCall, amount: 2 });
    await ledger.spend({ ...listCall, operation: 'captions.list', amount: 50 });
    await ledger.spend(chat(0.0025));
    await ledger.spend(chat());
    expect(await ledger.sum({ since: '2026-11-01T00:00:00Z' })).toEqual([
      { ...chat(0.0025), amount: 2000, calls: 2, unpricedCalls: 1, estimatedCalls: 0 },
      {
        ...listCall,
        operation: 'captions.list',
        amount: 50,
        calls: 1,
        unpricedCalls: 0,
        estimatedCalls: 0,
      },
      { ...listCall, amount: 3, calls: 2, unpricedCalls: 0, estimatedCalls: 0 },
    ]);
    expect(await ledger.sum({ since: '2026-11-01T00:00:00Z', service: 'youtube' })).toHaveLength(2);
    nowMs += 86_400_000;
    expect(await ledger.sum({ since: new Date(nowMs).toISOString() })).toEqual([]);
  });

  test('stops before a budget is passed, exactly at it, and says when there is a new one', async () => {
    const ledger = open([quota]);
    await ledger.spend({ ...listCall, amount: 99 });
    const error = await errorOf(ledger.spend({ ...listCall, operation: 'captions.list', amount: 50 }));
    expect(error.code).toBe('conflict.budget_reached');
    expect(error.message).toBe(
      'The budget of 100 units a day for youtube does not allow captions.list: 99 spent, and it takes up to 50 more.',
    );
    expect(error.context['endsAt']).toBe('2026-11-05T08:00:00.000Z');
    expect(error.hint).toContain('in 12 h');
    await ledger.spend(listCall);
    await errorOf(ledger.spend(listCall));
    const [sum] = await ledger.sum({ since: '2026-11-04T00:00:00Z' });
    expect(sum?.amount).toBe(100);
    // Other services are none of its business.
    await ledger.spend(chat(1));
    nowMs = Date.parse('2026-11-05T08:00:00Z');
    await ledger.spend({ ...listCall, amount: 100 });
  });

  test('adds up money exactly: three times ten cents are thirty', async () => {
    const ledger = open([money]);
    for (let call = 0; call < 3; call++) await ledger.spend(chat(0.1));
    expect((await errorOf(ledger.spend(chat(0.000_001)))).code).toBe('conflict.budget_reached');
    nowMs = Date.parse('2026-12-01T00:00:00Z');
    await ledger.spend(chat(0.3));
  });

  test('refuses what has no price where there is a budget in money', async () => {
    const ledger = open([money]);
    expect((await errorOf(ledger.spend(chat()))).code).toBe('input.price_unknown');
    expect(await ledger.sum({ since: '2026-01-01T00:00:00Z' })).toEqual([]);
  });

  test('books the most that a call may cost, and puts what it did cost in its place', async () => {
    const ledger = open([money]);
    const reservation = await ledger.reserve([chat(0.1), { ...chat(0.1), unit: 'input-tokens' }]);
    expect((await errorOf(ledger.spend(chat(0.2)))).code).toBe('conflict.budget_reached');
    const [open_] = await ledger.sum({ since: '2026-11-01T00:00:00Z' });
    expect(open_?.estimatedCalls).toBe(1);
    nowMs += 120_000;
    await reservation.settle([chat(0.01)]);
    await reservation.settle([chat(0.29)]);
    expect(await ledger.sum({ since: '2026-11-01T00:00:00Z' })).toEqual([
      { ...chat(0.01), calls: 1, unpricedCalls: 0, estimatedCalls: 0 },
    ]);
    const failed = await ledger.reserve([chat(0.2)]);
    await failed.settle([]);
    await ledger.spend(chat(0.29));
  });

  test('books several things together or none of them', async () => {
    const ledger = open([quota, money]);
    await errorOf(ledger.reserve([listCall, chat(0.4)]));
    expect(await ledger.sum({ since: '2026-01-01T00:00:00Z' })).toEqual([]);
  });

  test('takes no amount that is none', async () => {
    const ledger = open([quota]);
    for (const amount of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect((await errorOf(ledger.spend({ ...listCall, amount }))).code).toBe('input.spending_invalid');
    }
  });

  test('says of a file that is no ledger what it is, and leaves it', async () => {
    path = join(folder, 'costs.sqlite');
    await writeFile(path, 'a diary, not a database'.repeat(100));
    expect(() => open([])).toThrow(expect.objectContaining({ code: 'tool.ledger_damaged' }));
  });

  test('eight processes that spend at once pass no budget together, and stop right at it', async () => {
    const module = join(folder, 'spender.ts');
    await writeFile(
      module,
      `import { openSqliteLedger } from ${JSON.stringify(join(import.meta.dirname, 'sqlite.ts'))};
       const ledger = openSqliteLedger(${JSON.stringify({ path, budgets: [quota] })});
       let spent = 0;
       for (;;) {
         try {
           // Every third call is booked first and settled after: the room that it gives back may be taken by another.
           if (spent % 3 === 0) await (await ledger.reserve([{ ...${JSON.stringify(listCall)}, amount: 3 }])).settle([${JSON.stringify(listCall)}]);
           else await ledger.spend(${JSON.stringify(listCall)});
           spent++;
         } catch (error) {
           if (error.code !== 'conflict.budget_reached') throw error;
           if (error.context.asked === 1) break;
           await ledger.spend(${JSON.stringify(listCall)}).then(() => spent++, () => {});
           break;
         }
       }
       process.stdout.write(String(spent));
       await ledger.close();`,
    );
    const counts = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const child = spawn(process.execPath, [module], { stdio: ['ignore', 'pipe', 'inherit'] });
        let text = '';
        child.stdout.on('data', (data) => (text += String(data)));
        const [code] = await once(child, 'close');
        expect(code).toBe(0);
        return Number(text);
      }),
    );
    nowMs = Date.now();
    const [sum] = await open([quota]).sum({ since: new Date(nowMs - 3_600_000).toISOString() });
    expect(counts.reduce((total, count) => total + count, 0)).toBe(sum?.amount);
    expect(sum?.amount).toBeLessThanOrEqual(100);
    expect(sum?.amount).toBeGreaterThanOrEqual(98);
    expect(sum?.estimatedCalls).toBe(0);
  });
});
