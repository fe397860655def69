import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openLedger } from '../src/app/compose-ledger.ts';
import { configSchema } from '../src/app/config.ts';
import { runPivot } from './end-to-end/run-pivot.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot-costs-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const run = (...args: string[]) =>
  runPivot(args, { cwd: folder, env: { PATTERNPIVOT_COSTS_FOLDER: folder } });

test('what was used is shown with its price, what has none, and how far the budgets are used', async () => {
  const settings = {
    budgets: { usdPerMonth: 20, services: { openai: { perMonth: { tokens: 1000 } } } },
  };
  await writeFile(join(folder, 'pivot.config.json'), JSON.stringify(settings));
  const ledger = openLedger({ config: configSchema.parse({ costs: { folder } }), env: {} });
  const chat = { service: 'openai', operation: 'chat \u001b[31mm', unit: 'input-tokens' };
  await ledger.spend({ ...chat, amount: 900, usd: 0.0125 });
  await ledger.reserve([{ ...chat, unit: 'output-tokens', amount: 60 }]);
  await ledger.spend({
    service: 'google-storage',
    operation: 'class-a',
    amount: 4500,
    unit: 'requests',
    usd: 0,
  });
  await ledger.close();

  const shown = await run('costs');
  expect(shown.exitCode, shown.stderr).toBe(0);
  expect(shown.stdout).not.toContain('\u001b');
  expect(shown.stdout).toMatch(/openai +chat \\x1b\[31mm +1 +900 input-tokens +0\.013/u);
  expect(shown.stdout).toMatch(/≤ 60 output-tokens +\?/u);
  expect(shown.stdout).toContain('Together 0.013 USD, and what has no known price.');
  expect(shown.stdout).toContain('! google-storage class-a: 4,500 of 5,000 requests a month');
  expect(shown.stdout).toContain('✓ youtube: 0 of 10,000 units a day');
  expect(shown.stdout).toContain('! openai: 960 of 1,000 tokens a month');

  const { stdout } = await run('costs', '--json', '--since', '2020');
  expect(JSON.parse(stdout)).toMatchObject({
    since: '2020-01-01T00:00:00.000Z',
    sums: [
      { service: 'google-storage' },
      { amount: 900, usd: 0.0125 },
      { amount: 60, estimatedCalls: 1, unpricedCalls: 1 },
    ],
    budgets: [
      { setting: 'youtube.dailyUnits', spent: 0 },
      { setting: 'youtube.dailyUploads', spent: 0 },
      { setting: 'budgets.usdPerMonth', spent: 0.0125, unit: 'USD' },
      { setting: 'budgets.services.openai.perMonth.tokens', spent: 960, unit: 'tokens' },
    ],
  });
});

test('a book that is none is told of in three lines, and left', async () => {
  await writeFile(join(folder, 'costs.sqlite'), 'a diary'.repeat(500));
  const { exitCode, stderr } = await run('costs');
  expect(exitCode).toBe(5);
  expect(stderr.trim().split('\n')).toHaveLength(3);
  expect(stderr).toContain('move it away');
});

test('amounts of tokens may stand in a configuration, and keys still may not', async () => {
  const path = join(folder, 'pivot.config.json');
  await writeFile(path, JSON.stringify({ prices: { 'openai/m': { perMillionInputTokens: 'sk-secret' } } }));
  const wrong = await run('costs');
  expect(wrong.exitCode).toBe(2);
  expect(wrong.stderr).not.toContain('sk-secret');
  await writeFile(
    path,
    JSON.stringify({ budgets: { services: { openai: { perDay: { 'no such unit!': 5 } } } } }),
  );
  expect((await run('costs')).stderr).toContain('budgets.services.openai.perDay.no such unit!');
});
