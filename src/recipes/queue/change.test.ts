import { expect, test } from 'vitest';
import { changeItem, cutNote } from '../../domain/queue-changes.ts';
import { maxHistory, queueItemSchema, queueStates, type QueueItem } from '../../domain/queue.ts';
import { approve, hold, release, removeFromQueue, retry } from './change.ts';

const hex = 'ab'.repeat(32);
const at = '2026-11-23T10:00:00.000Z';
const said = { at };

/** An item in a state, as it would have come there. */
function itemIn(state: QueueItem['state'], more: Partial<QueueItem> = {}): QueueItem {
  return queueItemSchema.parse({
    version: 1,
    id: hex.slice(0, 16),
    state,
    contentHash: `sha256:${hex}`,
    folder: '/films',
    files: { film: 'a.mp4' },
    title: 'A',
    addedAt: at,
    target: 'kits',
    history: [{ at, to: state, by: 'person', note: 'Put there.' }],
    ...more,
  });
}
const plan = { at: '2026-11-24T17:00:00.000Z', zone: 'Europe/Berlin', why: 'A usual hour.' };
const refused = expect.objectContaining({ code: 'conflict.queue_state' });

/** Every way that there is, and no other. */
const ways: readonly (readonly [QueueItem['state'], QueueItem['state']])[] = [
  ['drafted', 'checked'],
  ['checked', 'approved'],
  ['approved', 'checked'],
  ['approved', 'scheduled'],
  ['scheduled', 'checked'],
  ['scheduled', 'approved'],
  ['scheduled', 'uploading'],
  ['scheduled', 'failed'],
  ['uploading', 'scheduled'],
  ['uploading', 'published'],
  ['uploading', 'failed'],
  ['failed', 'checked'],
  ['failed', 'approved'],
];

test('an item goes only ways that there are, and each step is in its history', () => {
  for (const from of queueStates) {
    for (const to of queueStates) {
      if (from === to) continue;
      const go = () => changeItem(itemIn(from), to, { at, by: 'program', note: 'So.' });
      const isWay = ways.some(([one, other]) => one === from && other === to);
      if (!isWay) expect(go, `${from} to ${to}`).toThrow(refused);
      else {
        expect(go()).toMatchObject({
          state: to,
          history: [{ to: from }, { at, to, by: 'program', note: 'So.' }],
        });
      }
    }
  }
});

test('what is approved passed the gate, and was neither published nor failed', () => {
  expect(approve(itemIn('checked'), said)).toMatchObject({ state: 'approved' });
  for (const state of ['approved', 'scheduled'] as const) {
    const item = itemIn(state);
    expect(approve(item, said)).toBe(item);
  }
  for (const state of ['drafted', 'uploading', 'published', 'failed'] as const) {
    expect(() => approve(itemIn(state), said), state).toThrow(refused);
  }
});

test('what is held keeps its state and its time; one whose time passed waits for another', () => {
  const held = hold(itemIn('scheduled', { plan }), 'The guest asked.', said);
  expect(held).toMatchObject({ state: 'scheduled', plan, hold: { at, why: 'The guest asked.' } });
  const early = release(held, { at: '2026-11-24T16:59:00.000Z' });
  expect(early).toMatchObject({ state: 'scheduled', plan });
  expect(early.hold).toBeUndefined();
  const late = release(held, { at: '2026-11-24T17:01:00.000Z' });
  expect(late.state).toBe('approved');
  expect(late).not.toHaveProperty('plan');
  expect(late).not.toHaveProperty('hold');
  expect(late.history.at(-1)?.note).toContain('2026-11-24T18:00+01:00');
  expect(late.history.map(({ to }) => to)).toEqual(['scheduled', 'scheduled', 'approved']);
  expect(() => release(itemIn('approved'), said)).toThrow(refused);
  for (const state of ['uploading', 'published'] as const) {
    expect(() => hold(itemIn(state), 'Too late.', said), state).toThrow(refused);
  }
});

test('what failed is tried again at a new time; what waits for its next try is tried at once', () => {
  const problem = { code: 'provider.gone', message: 'It went away.' };
  const failed = itemIn('failed', { problem, plan, attempts: { count: 5 } });
  const again = retry(failed, said);
  expect(again).toMatchObject({
    state: 'approved',
    history: [{}, { note: expect.stringContaining('It went away.') }],
  });
  for (const gone of ['problem', 'plan', 'attempts']) expect(again).not.toHaveProperty(gone);
  const waiting = itemIn('scheduled', {
    plan,
    attempts: { count: 2, notBefore: '2026-11-24T18:00:00.000Z' },
  });
  expect(retry(waiting, said)).toMatchObject({ state: 'scheduled', plan, attempts: { count: 2 } });
  expect(retry(waiting, said).attempts).not.toHaveProperty('notBefore');
  expect(() => retry(itemIn('scheduled', { plan }), said)).toThrow(refused);
  expect(() => retry(itemIn('published'), said)).toThrow(refused);
});

test('what was published, or is on its way, is not taken out', () => {
  expect(removeFromQueue(itemIn('approved'), said).history.at(-1)?.note).toBe('Taken out of the queue.');
  expect(() => removeFromQueue(itemIn('uploading'), said)).toThrow(refused);
  expect(() => removeFromQueue(itemIn('published'), said)).toThrow(refused);
});

test('a history keeps its first and its newest changes, and no note breaks a record', () => {
  let item = itemIn('checked');
  for (let count = 0; count < maxHistory + 10; count++) {
    item = changeItem(item, 'checked', {
      at,
      by: 'program',
      note: `Change ${count}\u0000\u001b[31m${'x'.repeat(2000)}`,
    });
  }
  expect(item.history).toHaveLength(maxHistory);
  expect(item.history[0]?.note).toBe('Put there.');
  expect(item.history.at(-1)?.note).toMatch(new RegExp(`^Change ${maxHistory + 9} `, 'u'));
  expect(queueItemSchema.safeParse(item).success).toBe(true);
  expect(cutNote('a\u0007b\ud800')).toBe('a b\ufffd');
});
