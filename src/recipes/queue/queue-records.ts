import { isDeepStrictEqual } from 'node:util';
import { PatternPivotError } from '../../domain/errors.ts';
import { queueCollection, queueItemSchema, type QueueItem } from '../../domain/queue.ts';
import type { Records } from '../../ports/records.ts';

/** The queue as records: read page by page, and changed by version, so that of two who change one item both are heard. */

/** What was taken out of the queue, with its history: `<id>/<moment>`. */
const removedCollection = 'queue-removed';

const pageSize = 200;

/** Another process may change the same item; this many times in a row is a mistake. */
const maxTries = 20;

/** An item and which version of it that is. */
export type StoredItem = { readonly item: QueueItem; readonly version: number };

/** An item by its whole id; undefined where there is none. @throws conflict.record_invalid */
export async function readItem(records: Records, id: string): Promise<StoredItem | undefined> {
  const stored = await records.get(queueCollection, id);
  return stored === undefined ? undefined : { item: parse(stored.id, stored.value), version: stored.version };
}

/** All items, in the order of their ids. @throws conflict.record_invalid */
export async function* listStored(records: Records): AsyncGenerator<StoredItem> {
  let after: string | undefined;
  do {
    const page = await records.list(queueCollection, { after, limit: pageSize });
    for (const { id, value, version } of page.records) yield { item: parse(id, value), version };
    after = page.next;
  } while (after !== undefined);
}

/** All items, those that were added first first. */
export async function listItems(records: Records): Promise<QueueItem[]> {
  const items: QueueItem[] = [];
  for await (const { item } of listStored(records)) items.push(item);
  return items.toSorted((a, b) => a.addedAt.localeCompare(b.addedAt) || a.id.localeCompare(b.id));
}

/** The item that a person means: by its id or the beginning of it, or by its title. @throws not_found.queue_item, input.queue_item_ambiguous */
export async function findItem(records: Records, named: string): Promise<StoredItem> {
  const wanted = named.trim();
  const whole = /^[0-9a-f]{16}$/u.test(wanted) ? await readItem(records, wanted) : undefined;
  if (whole !== undefined) return whole;
  const found: StoredItem[] = [];
  for await (const stored of listStored(records)) {
    const { id, title } = stored.item;
    const isBeginning = wanted.length >= 4 && /^[0-9a-f]+$/u.test(wanted) && id.startsWith(wanted);
    if (isBeginning || (wanted !== '' && title.toLowerCase() === wanted.toLowerCase())) found.push(stored);
  }
  const [only, second] = found;
  if (only === undefined) {
    throw new PatternPivotError(
      'not_found.queue_item',
      `There is no "${wanted.slice(0, 100)}" in the queue.`,
      { hint: 'pivot queue list shows what is in it.', context: { named: wanted.slice(0, 100) } },
    );
  }
  if (second === undefined) return only;
  throw new PatternPivotError(
    'input.queue_item_ambiguous',
    `${found.length} things in the queue are called "${wanted.slice(0, 100)}".`,
    {
      hint: `Name one by its id: ${found
        .slice(0, 5)
        .map(({ item }) => item.id)
        .join(', ')}.`,
    },
  );
}

/** Writes an item over the version that it was made of; 0 where there is none. @returns undefined when somebody else changed it meanwhile */
export async function putItem(
  records: Records,
  item: QueueItem,
  ifVersion: number,
): Promise<StoredItem | undefined> {
  const value = queueItemSchema.parse(item);
  try {
    const { version } = await records.put(queueCollection, item.id, value, { ifVersion });
    return { item, version };
  } catch (error) {
    if (!isChanged(error)) throw error;
    // Our own write may have come through, and its answer not: a store that is asked over a network tries again.
    const there = await records.get(queueCollection, item.id);
    if (there === undefined || !isDeepStrictEqual(there.value, value)) return undefined;
    return { item, version: there.version };
  }
}

/**
 * Changes an item, whoever else does so at the same time: `change` is asked anew with what they left. It may give the item itself, when
 * there is nothing to do. @throws what `change` throws, not_found.queue_item when it was removed
 */
export async function updateItem(
  records: Records,
  id: string,
  change: (item: QueueItem) => QueueItem,
): Promise<StoredItem> {
  for (let tries = 0; tries < maxTries; tries++) {
    const stored = await readItem(records, id);
    if (stored === undefined) {
      throw new PatternPivotError('not_found.queue_item', `${id} is no longer in the queue.`, {
        hint: 'pivot queue list shows what is in it.',
      });
    }
    const next = change(stored.item);
    if (next === stored.item) return stored;
    const written = await putItem(records, next, stored.version);
    if (written !== undefined) return written;
  }
  throw new PatternPivotError('conflict.record_changed', `${id} is changed again and again by others.`, {
    retryable: true,
    hint: 'Wait a moment, and try again.',
    context: { id },
  });
}

/** Takes an item out, if it is still as it was; its history stays, apart. @throws conflict.record_changed */
export async function removeItem(
  records: Records,
  { item, version }: StoredItem,
  removed: QueueItem,
): Promise<void> {
  const id = `${item.id}/${removed.history.at(-1)?.at ?? item.addedAt}`;
  await records.append(removedCollection, [{ id, value: queueItemSchema.parse(removed) }]);
  await records.delete(queueCollection, item.id, { ifVersion: version });
}

/** Whether an error says that somebody else changed a record meanwhile. */
export function isChanged(error: unknown): boolean {
  return error instanceof PatternPivotError && error.code === 'conflict.record_changed';
}

function parse(id: string, value: unknown): QueueItem {
  const parsed = queueItemSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new PatternPivotError(
    'conflict.record_invalid',
    `What the queue holds under ${id} is not as it should be.`,
    {
      hint: `A newer version may have written it: update the program. To drop it: pivot records delete ${queueCollection} ${id}`,
      context: { id, problem: parsed.error.message.slice(0, 500) },
    },
  );
}
