import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSqliteRecords } from '../../src/adapters/records/sqlite.ts';
import type { QueueItem } from '../../src/domain/queue.ts';
import { addDays, momentAt, readMoment } from '../../src/domain/zoned-time.ts';
import type { Records } from '../../src/ports/records.ts';
import { approvedItem } from '../fixtures/queue-items.ts';
import { moveItem, planQueue, type Pacing, type PlanOptions } from '../../src/recipes/queue/plan.ts';
import { listItems, putItem, readItem, updateItem } from '../../src/recipes/queue/queue-records.ts';
import { hold } from '../../src/recipes/queue/change.ts';

let folder: string;
let records: Records;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot plan '));
  ({ records } = openSqliteRecords(join(folder, 'records.sqlite')));
});
afterEach(async () => {
  await records.close();
  await rm(folder, { recursive: true });
});

const { signal } = new AbortController();
const context = { signal, emit: () => {} };
const hour = 3_600_000;
const pacing = (more: Partial<Pacing> = {}): Pacing => ({
  zone: 'Europe/Berlin',
  hours: ['18:00', '12:00'],
  perDay: 2,
  spacingMs: 4 * hour,
  variationDays: 3,
  ...more,
});
const usual: PlanOptions = { isAnew: false, isDryRun: false };
const ports = (iso: string) => ({ records, now: () => new Date(iso) });
const fill = async (
  count: number,
  { from = 0, more = () => ({}) }: { from?: number; more?: (index: number) => Partial<QueueItem> } = {},
) => {
  for (let index = from; index < from + count; index++)
    await putItem(records, approvedItem(index, more(index)), 0);
};

/** What clocks show by the system's own tables, not by those that planned. */
function clock(zone: string, iso: string): { day: string; time: string } {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone: zone,
    dateStyle: 'short',
    timeStyle: 'short',
    hourCycle: 'h23',
  });
  const [day = '', time = ''] = parts.format(new Date(iso)).split(', ');
  return { day, time };
}

describe('plans cross both changes of the clocks in a year', () => {
  it.each([
    ['Europe/Berlin', ['2026-03-29', '02:30', '03:30'], ['2026-10-25', '02:30']],
    ['America/New_York', ['2026-03-08', '02:30', '03:30'], ['2026-11-01', '01:30']],
    ['Australia/Lord_Howe', ['2026-10-04', '02:15', '02:45'], ['2026-04-05', '01:45']],
  ] as const)('in %s', async (zone, [forward, missing, instead], [back, twice]) => {
    const rules = pacing({ zone, hours: ['18:00'], perDay: 1, spacingMs: 24 * hour });
    const now = ports('2026-01-01T00:00:00Z');
    for (const [round, change] of [forward, back].entries()) {
      await fill(10, { from: round * 10 });
      const [plan] = await planQueue(rules, { ...usual, from: addDays(change, -5) }, now, context);
      expect(plan?.planned).toHaveLength(10);
    }
    const items = await listItems(records);
    const told = items.map((item) => clock(zone, item.plan!.at));
    expect(new Set(told.map(({ time }) => time))).toEqual(new Set(['18:00']));
    const days = [forward, back].flatMap((day) =>
      Array.from({ length: 10 }, (_, index) => addDays(day, index - 5)),
    );
    expect(told.map(({ day }) => day)).toEqual(days);
    expect(items.every((item) => item.state === 'scheduled' && item.plan?.zone === zone)).toBe(true);
    // 18:00 is another hour of UTC after a change than before it.
    const hours = (from: number) =>
      new Set(items.slice(from, from + 10).map((item) => item.plan!.at.slice(11)));
    expect([hours(0).size, hours(10).size]).toEqual([2, 2]);

    // A person may ask for a time that does not exist, or exists twice: both are said.
    const [one, two] = items;
    const go = (id: string, text: string) =>
      moveItem(
        id,
        readMoment(text, zone, 0),
        rules,
        { isDryRun: false, note: 'Moved to' },
        ports('2026-01-01T00:00:00Z'),
        signal,
      );
    const skipped = await go(one!.id, `${forward} ${missing}`);
    expect(skipped.change).toBe('skipped');
    expect(clock(zone, skipped.item.plan!.at)).toEqual({ day: forward, time: instead });
    const doubled = await go(two!.id, `${back} ${twice}`);
    expect(doubled.change).toBe('twice');
    const firstMs = Date.parse(doubled.item.plan!.at);
    expect(clock(zone, doubled.item.plan!.at)).toEqual({ day: back, time: twice });
    const againMs = firstMs + (zone === 'Australia/Lord_Howe' ? hour / 2 : hour);
    expect(clock(zone, new Date(againMs).toISOString()).time).toBe(twice);
  });
});

it('leaves what a person chose, what is held and what has its time, and says who finds no place', async () => {
  await fill(6);
  const at = '2026-06-01T00:00:00Z';
  const ids = (await listItems(records)).map(({ id }) => id);
  const wish = readMoment('2026-06-01 12:00', 'Europe/Berlin', 0);
  await moveItem(ids[5]!, wish, pacing(), { isDryRun: false, note: 'Moved to' }, ports(at), signal);
  await updateItem(records, ids[0]!, (item) => hold(item, 'Not yet.', { at: '2026-06-01T00:00:00.000Z' }));

  const dry = await planQueue(pacing(), { ...usual, isDryRun: true, days: 2 }, ports(at), context);
  expect((await readItem(records, ids[1]!))?.item.state).toBe('approved');
  const [plan] = await planQueue(pacing(), { ...usual, days: 2 }, ports(at), context);
  expect(dry[0]?.planned.map(({ item }) => item)).toEqual(plan?.planned.map(({ item }) => item));
  const times = (items: readonly QueueItem[]) =>
    Object.fromEntries(items.flatMap((item) => (item.plan === undefined ? [] : [[item.id, item.plan.at]])));
  expect(times(await listItems(records))).toEqual({
    [ids[5]!]: '2026-06-01T10:00:00.000Z',
    [ids[1]!]: '2026-06-01T16:00:00.000Z',
    [ids[2]!]: '2026-06-02T10:00:00.000Z',
    [ids[3]!]: '2026-06-02T16:00:00.000Z',
  });
  expect(plan?.left.map(({ id }) => id)).toEqual([ids[4]]);

  // Anew, from another day: the chosen time stays, unless its item is named.
  await planQueue(pacing(), { ...usual, isAnew: true, from: '2026-07-01' }, ports(at), context);
  expect(times(await listItems(records))[ids[5]!]).toBe('2026-06-01T10:00:00.000Z');
  expect(times(await listItems(records))[ids[1]!]).toBe('2026-07-01T10:00:00.000Z');
  await planQueue(pacing(), { ...usual, isAnew: true, ids: [ids[5]!] }, ports(at), context);
  const moved = (await readItem(records, ids[5]!))?.item;
  expect(moved?.plan).toMatchObject({ at: '2026-06-01T10:00:00.000Z' });
  expect(moved?.plan).not.toHaveProperty('isFixed');
});

it('lets no two variations of a clip come near, whoever plans or moves', async () => {
  const clip = `sha256:${'c'.repeat(64)}`;
  const more = (index: number) =>
    index === 0 ? { clipHash: clip } : { variation: { of: clip, factors: { opening: `${index}` } } };
  await fill(4, { more });
  const at = '2026-06-01T00:00:00Z';
  const [plan] = await planQueue(pacing(), usual, ports(at), context);
  expect(plan?.variationCount).toBe(4);
  const items = await listItems(records);
  expect(items.map((item) => clock('Europe/Berlin', item.plan!.at).day)).toEqual([
    '2026-06-01',
    '2026-06-04',
    '2026-06-07',
    '2026-06-10',
  ]);
  const move = (text: string) =>
    moveItem(
      items[3]!.id,
      readMoment(text, 'Europe/Berlin', 0),
      pacing(),
      { isDryRun: false, note: 'Moved to' },
      ports(at),
      signal,
    );
  await expect(move('2026-06-08 09:00')).rejects.toMatchObject({ code: 'conflict.variation_near' });
  await expect(move('2026-05-01 09:00')).rejects.toMatchObject({ code: 'input.moment_past' });
  expect((await move('2026-06-20 09:00')).against).toEqual([]);
});

it('paces each channel by itself, and says what is against a time that a person chose', async () => {
  const channel = (letter: string) => `UC${letter.repeat(22)}`;
  const more = (index: number) => ({ target: 'youtube', channelId: channel(index % 2 === 0 ? 'a' : 'b') });
  await fill(6, { more });
  const at = '2026-06-01T00:00:00Z';
  const plans = await planQueue(pacing({ perDay: 1, hours: ['18:00'] }), usual, ports(at), context);
  expect(plans.map(({ channelId, planned }) => [channelId, planned.length])).toEqual([
    [channel('a'), 3],
    [channel('b'), 3],
  ]);
  const items = await listItems(records);
  expect(items[0]?.plan?.at).toBe(items[1]?.plan?.at);
  const evening = momentAt('Europe/Berlin', '2026-06-01', '20:00');
  const moved = await moveItem(
    items[2]!.id,
    evening,
    pacing({ perDay: 1 }),
    { isDryRun: false, note: 'Moved to' },
    ports(at),
    signal,
  );
  expect(moved.against).toHaveLength(2);
  expect(moved.item.plan).toMatchObject({ isFixed: true, at: '2026-06-01T18:00:00.000Z' });
  expect(moved.item.history.at(-1)).toMatchObject({ by: 'person', to: 'scheduled' });
});
