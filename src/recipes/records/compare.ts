import type { Records, StoredRecord } from '../../ports/records.ts';

/** One id in two stores: what each has under it. */
export type RecordPair = {
  readonly source: StoredRecord | undefined;
  readonly target: StoredRecord | undefined;
};

/** So many records are read at once; a store gives fewer where they are long. */
const pageSize = 500;

/** All records of a collection, page by page, in the order of their ids' bytes. */
export async function* readCollection(
  records: Records,
  collection: string,
  signal: AbortSignal,
): AsyncGenerator<StoredRecord, undefined> {
  let after: string | undefined;
  do {
    signal.throwIfAborted();
    const page = await records.list(collection, { after, limit: pageSize });
    yield* page.records;
    after = page.next;
  } while (after !== undefined);
  return undefined;
}

/**
 * Every id that one of two stores has in a collection. Both list in the order of the ids' bytes, so that it takes one walk through each,
 * and no more memory than a page of each. Nothing of what has expired by the moment it is looked at is among them: one store may have been
 * asked before its end, the other after.
 */
export async function* compareCollection(
  source: Records,
  target: Records,
  collection: string,
  signal: AbortSignal,
): AsyncGenerator<RecordPair> {
  const sources = readCollection(source, collection, signal);
  const targets = readCollection(target, collection, signal);
  let [left, right] = await Promise.all([sources.next(), targets.next()]);
  while (left.value !== undefined || right.value !== undefined) {
    const order = compareIds(left.value?.id, right.value?.id);
    const pair = {
      source: order <= 0 ? left.value : undefined,
      target: order >= 0 ? right.value : undefined,
    };
    [left, right] = await Promise.all([
      order <= 0 ? sources.next() : left,
      order >= 0 ? targets.next() : right,
    ]);
    if (!hasExpired(pair)) yield pair;
  }
}

/** By UTF-8 bytes; what is not there comes last. */
function compareIds(a: string | undefined, b: string | undefined): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  return a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function hasExpired({ source, target }: RecordPair): boolean {
  const { expiresAt } = source ?? target ?? {};
  return expiresAt !== undefined && Date.parse(expiresAt) <= Date.now();
}

/** A record as text: the same for the same id, value, version and end, whatever store it comes from. */
export function recordLine({ id, version, expiresAt, value }: StoredRecord): string {
  return `${JSON.stringify([id, version, expiresAt, value])}\n`;
}
