import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { createDynamoTable } from '../../src/adapters/records/dynamodb-table.ts';
import { openDynamoRecords } from '../../src/adapters/records/dynamodb.ts';
import { openGoogleStorageRecords } from '../../src/adapters/records/google-storage.ts';
import { openSqliteRecords } from '../../src/adapters/records/sqlite.ts';
import { release } from '../../src/recipes/queue/change.ts';
import { planQueue, type Pacing } from '../../src/recipes/queue/plan.ts';
import { listItems, putItem, updateItem } from '../../src/recipes/queue/queue-records.ts';
import { judgeMoment } from '../../src/stages/plan-days/plan-days.ts';
import type { Records } from '../../src/ports/records.ts';
import { startDynamoServer } from '../fixtures/dynamodb-server.ts';
import { startGoogleStorageServer } from '../fixtures/google-storage-server.ts';
import { approvedItem } from '../fixtures/queue-items.ts';

const run = promisify(execFile);
const child = new URL('../fixtures/queue.child.ts', import.meta.url).pathname;
const pacing: Pacing = {
  zone: 'Europe/Berlin',
  hours: ['18:00', '12:00'],
  perDay: 2,
  spacingMs: 4 * 3_600_000,
  variationDays: 3,
};

it('8 processes that add, hold, release, move and plan at once lose nothing, and give no time twice', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pivot queue '));
  try {
    const path = join(folder, 'records.sqlite');
    const { records } = openSqliteRecords(path);
    for (let index = 0; index < 8; index++) await putItem(records, approvedItem(index), 0);
    const runs = await Promise.all(
      Array.from({ length: 8 }, (_, own) =>
        run(process.execPath, [child, path, String(own), '6', JSON.stringify(pacing)]),
      ),
    );
    const done = runs.flatMap(({ stdout }) => stdout.trim().split('\n'));
    const held = done.filter((line) => line.includes('Held: '));
    expect(held).toHaveLength(48);

    const after = await listItems(records);
    expect(after).toHaveLength(8 + 48);
    // What a process was told is done stands in the history: as often as it was told so.
    const left = new Map(after.map(({ id, history }) => [id, history.map(({ note }) => note)]));
    for (const line of done) {
      const notes = left.get(line.slice(0, 16)) ?? [];
      const place = notes.indexOf(line.slice(17));
      expect(place, line).toBeGreaterThanOrEqual(0);
      notes.splice(place, 1);
    }

    const { signal } = new AbortController();
    const now = () => new Date('2026-06-01T00:00:00Z');
    for (const { id, hold } of after) {
      if (hold !== undefined)
        await updateItem(records, id, (item) => release(item, { at: now().toISOString() }));
    }
    await planQueue(pacing, { isAnew: false, isDryRun: false }, { records, now }, { signal, emit: () => {} });
    const items = await listItems(records);
    expect(items.every(({ state }) => state === 'scheduled')).toBe(true);
    expect(new Set(items.map(({ plan }) => plan!.at)).size).toBe(56);
    for (const item of items) {
      const others = items
        .filter((other) => other !== item)
        .map(({ plan }) => ({ atMs: Date.parse(plan!.at) }));
      expect(judgeMoment(Date.parse(item.plan!.at), undefined, others, pacing), item.title).toEqual([]);
    }
    await records.close();
  } finally {
    await rm(folder, { recursive: true });
  }
});

/** Four who plan at once, each a part of what waits. */
async function planTogether(records: Records): Promise<void> {
  const { signal } = new AbortController();
  const now = () => new Date('2026-06-01T00:00:00Z');
  const items = Array.from({ length: 12 }, (_, index) => approvedItem(index));
  for (const item of items) await putItem(records, item, 0);
  await Promise.all(
    [0, 1, 2, 3].map((part) => {
      const ids = items.filter((_, index) => index % 4 === part).map(({ id }) => id);
      return planQueue(
        pacing,
        { ids, isAnew: false, isDryRun: false },
        { records, now },
        { signal, emit: () => {} },
      );
    }),
  );
  const times = (await listItems(records)).map(({ plan }) => plan?.at);
  expect(times).not.toContain(undefined);
  expect(new Set(times).size).toBe(12);
}

it('gives no time twice on DynamoDB', async () => {
  const server = await startDynamoServer();
  try {
    const where = { table: 'records', region: 'eu-central-1', endpoint: server.endpoint };
    await createDynamoTable(where, new AbortController().signal);
    const records = openDynamoRecords({ ...where, prefix: 'queue' });
    await planTogether(records);
    await records.close();
  } finally {
    await server.close();
  }
});

it('gives no time twice on Cloud Storage', async () => {
  const server = await startGoogleStorageServer('records');
  try {
    const records = openGoogleStorageRecords({
      bucket: 'records',
      endpoint: server.endpoint,
      prefix: 'queue',
    });
    await planTogether(records);
    await records.close();
  } finally {
    await server.close();
  }
});
