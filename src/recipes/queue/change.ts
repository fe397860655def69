import { PatternPivotError } from '../../domain/errors.ts';
import { changeItem, type QueueNote } from '../../domain/queue-changes.ts';
import type { QueueItem } from '../../domain/queue.ts';
import { formatIn } from '../../domain/zoned-time.ts';

/** What a person may do with an item of the queue. Pure: `updateItem` writes it, and asks anew when somebody else was quicker. */

/** Who says it when; the note is this module's. */
export type Said = Omit<QueueNote, 'note' | 'by'>;

/** A person says that it may be published. One that was approved stays as it is. @throws conflict.queue_state */
export function approve(item: QueueItem, said: Said): QueueItem {
  if (item.state === 'approved' || item.state === 'scheduled') return item;
  if (item.state === 'failed') {
    throw refuse(
      item,
      'failed, and was approved before',
      `Let it be tried again: pivot queue retry ${item.id}`,
    );
  }
  if (item.state === 'drafted') {
    throw refuse(item, 'a draft that no gate has seen', `pivot queue add ${item.id} --to youtube`);
  }
  assertOpen(item);
  return changeItem(item, 'approved', { ...said, by: 'person', note: 'Approved.' });
}

/** Keeps it back, whatever its state, until it is released. @throws conflict.queue_state */
export function hold(item: QueueItem, why: string, said: Said): QueueItem {
  assertOpen(item);
  const held = { at: said.at, why };
  return changeItem(item, item.state, { ...said, by: 'person', note: `Held: ${why}` }, { hold: held });
}

/** Lets it go on. A time that passed meanwhile is given back: it would be published at once. @throws conflict.queue_state */
export function release(item: QueueItem, said: Said): QueueItem {
  const note = { ...said, by: 'person' } as const;
  if (item.hold === undefined) {
    throw refuse(item, 'not held', 'pivot queue list shows what is.');
  }
  const { plan } = item;
  if (item.state === 'scheduled' && plan !== undefined && plan.at < said.at) {
    const missed = formatIn(plan.zone, Date.parse(plan.at));
    return changeItem(
      item,
      'approved',
      { ...note, note: `Released. Its time has passed (${missed}): it waits for another.` },
      { hold: undefined, plan: undefined },
    );
  }
  return changeItem(item, item.state, { ...note, note: 'Released.' }, { hold: undefined });
}

/** What failed may be tried again at a new time; what only waits for its next try is tried at once. @throws conflict.queue_state */
export function retry(item: QueueItem, said: Said): QueueItem {
  const note = { ...said, by: 'person' } as const;
  if (item.state === 'failed') {
    const change = { attempts: undefined, plan: undefined, problem: undefined, claim: undefined };
    const was = item.problem === undefined ? '' : ` It had failed: ${item.problem.message}`;
    return changeItem(item, 'approved', { ...note, note: `To be tried again.${was}` }, change);
  }
  if (item.attempts?.notBefore !== undefined && (item.state === 'scheduled' || item.state === 'uploading')) {
    const { count } = item.attempts;
    return changeItem(item, item.state, { ...note, note: 'To be tried at once.' }, { attempts: { count } });
  }
  throw refuse(
    item,
    `${item.state}, and nothing went wrong`,
    `pivot queue show ${item.id} says what it waits for.`,
  );
}

/** The last word of an item that is taken out; its history is kept apart. @throws conflict.queue_state */
export function removeFromQueue(item: QueueItem, said: Said): QueueItem {
  if (item.state === 'published') {
    throw refuse(item, 'published', 'The queue remembers it, so that it is never published twice.');
  }
  assertOpen(item);
  return changeItem(item, item.state, { ...said, by: 'person', note: 'Taken out of the queue.' });
}

/** @throws conflict.queue_state where it is on its way, or out */
function assertOpen(item: QueueItem): void {
  if (item.state === 'uploading') {
    throw refuse(item, 'being published right now', `See how far it is: pivot queue show ${item.id}`);
  }
  if (item.state === 'published') {
    throw refuse(item, 'published', `pivot queue show ${item.id} says where.`);
  }
}

function refuse({ id, title, state }: QueueItem, what: string, hint: string): PatternPivotError {
  return new PatternPivotError('conflict.queue_state', `"${title}" is ${what}.`, {
    hint,
    context: { id, state },
  });
}
