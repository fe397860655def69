import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openLedger } from './compose-ledger.ts';
import { configSchema } from './config.ts';
import { openRecordsMeter } from './records-meter.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot records meter '));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const configOf = (more: object = {}) => configSchema.parse({ costs: { folder }, ...more });
const since = '2020-01-01T00:00:00Z';

async function sumUp(config: ReturnType<typeof configOf>) {
  const ledger = openLedger({ config, env: {} });
  try {
    const sums = await ledger.sum({ since });
    return sums.map(({ service, operation, unit, amount, usd }) => ({
      service,
      operation,
      unit,
      amount,
      usd,
    }));
  } finally {
    await ledger.close();
  }
}

it('counts just what was used, though it books in blocks', async () => {
  const config = configOf({ prices: { 'dynamodb/write': { perMillionRequests: 0.625 } } });
  const meter = openRecordsMeter({ config, env: {}, service: 'dynamodb', endpoint: undefined });
  await Promise.all(Array.from({ length: 700 }, () => meter?.countUse('write', 2)));
  await meter?.countUse('write', 1000);
  await meter?.countUse('read', 0.5);
  const [read, write] = await sumUp(config);
  expect(write?.amount).toBeGreaterThanOrEqual(2400);
  await meter?.close();
  expect((await sumUp(config)).map(({ amount }) => amount)).toEqual([0.5, 2400]);
  expect(read).toMatchObject({ service: 'dynamodb', operation: 'read', unit: 'read-requests', usd: 0 });
  expect((await sumUp(config))[1]?.usd).toBeCloseTo((2400 * 0.625) / 1e6, 6);
});

it('lets a budget be used up to its end, and no further', async () => {
  const config = configOf({
    budgets: { services: { 'google-storage': { perDay: { 'class-a-requests': 300 } } } },
  });
  const meter = openRecordsMeter({ config, env: {}, service: 'google-storage', endpoint: undefined });
  for (let call = 0; call < 300; call += 1) await meter?.countUse('class-a', 1);
  await expect(meter?.countUse('class-a', 1)).rejects.toMatchObject({ code: 'conflict.budget_reached' });
  await meter?.close();
  expect((await sumUp(config))[0]?.amount).toBe(300);
});

it('counts nothing of a server on this machine', () => {
  const endpoint = 'http://127.0.0.1:8000';
  expect(openRecordsMeter({ config: configOf(), env: {}, service: 'dynamodb', endpoint })).toBeUndefined();
});
