import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import type { Records, RestoreOutcome } from '../../ports/records.ts';
import { inParallel } from './backoff.ts';
import { batchGet, batchPut } from './dynamodb-batches.ts';
import { openDynamoSession, type DynamoTable } from './dynamodb-client.ts';
import {
  conditions,
  expiryAttributes,
  isLive,
  maxValueBytes,
  sizeOfItem,
  versionOf,
  type Item,
} from './dynamodb-items.ts';
import { getItem, listItems, queryItems, readItem } from './dynamodb-reads.ts';
import { createRegister } from './dynamodb-register.ts';
import { deleteItem, updateItem, type Write } from './dynamodb-writes.ts';
import type { CountUse } from './count-use.ts';
import {
  assertCollection,
  assertId,
  assertVersion,
  isSameRecord,
  makeRecord,
  toJson,
  toMs,
} from './record-rules.ts';

/** Single writes on their way at once, where many are made. */
const writesAtOnce = 16;

/** How records are opened: where they are, the clock, and who counts. */
export type DynamoRecordsOptions = DynamoTable & {
  readonly now?: (() => number) | undefined;
  readonly countUse?: CountUse | undefined;
};

/**
 * Records in one table of DynamoDB, which `pivot records create-table` makes: partition key `pk` (the collection), sort key `sk` (the id),
 * whose order is that of UTF-8 bytes. Nothing is sent before the first call.
 * @throws what {@link Records} throws: not_found.records_table, input.aws_credentials, provider.records_*
 */
export function openDynamoRecords({ now = Date.now, countUse, ...where }: DynamoRecordsOptions): Records {
  const session = openDynamoSession(where, countUse);
  const register = createRegister(session);
  const { table } = session;

  /** The latest version, as conditions see it. */
  const versionThere = (item: Item | undefined) =>
    item === undefined || !isLive(item, now()) ? 0 : versionOf(item);

  const putJson = async (
    about: Pick<Write, 'collection' | 'id' | 'json' | 'expiresMs'>,
    ifVersion: number | undefined,
  ): Promise<number> => {
    let there =
      ifVersion ?? versionThere(await getItem(session, about.collection, about.id, 'ver, expiresMs'));
    for (;;) {
      const version = there + 1;
      const write: Write =
        there === 0
          ? { ...about, version, condition: 'none' }
          : { ...about, version, condition: 'version', expected: there };
      const updated = await updateItem(session, write, now());
      if (updated.isDone) return version;
      there = versionThere(updated.item);
      assertVersion(about.id, there, { ifVersion });
    }
  };

  return {
    maxValueBytes,
    async get(collection, id) {
      assertCollection(collection);
      assertId(id);
      const item = await getItem(session, collection, id);
      return item !== undefined && isLive(item, now()) ? readItem(item, table) : undefined;
    },
    async getAll(collection, ids) {
      assertCollection(collection);
      for (const id of ids) assertId(id);
      const keys = [...new Set(ids)].map((id) => session.keyOf(collection, id));
      const items = await batchGet(session, keys);
      const live = items.filter((item) => isLive(item, now())).map((item) => readItem(item, table));
      return new Map(live.map((record) => [record.id, record]));
    },
    async put(collection, id, value, options = {}) {
      assertCollection(collection);
      assertId(id);
      const json = toJson(value, id, maxValueBytes);
      const expiresMs = toMs(options.expiresAt);
      await register.add(collection);
      const version = await putJson({ collection, id, json, expiresMs }, options.ifVersion);
      return makeRecord(id, JSON.parse(json), version, expiresMs);
    },
    async append(collection, records) {
      assertCollection(collection);
      const wanted = new Map<string, { readonly item: Item; readonly sizeBytes: number }>();
      for (const { id, value, expiresAt } of records) {
        assertId(id);
        const json = toJson(value, id, maxValueBytes);
        const item = {
          ...session.keyOf(collection, id),
          json: { S: json },
          ver: { N: '1' },
          ...expiryAttributes(toMs(expiresAt)),
        };
        if (!wanted.has(id)) wanted.set(id, { item, sizeBytes: sizeOfItem(id, json) });
      }
      if (wanted.size === 0) return { addedCount: 0 };
      await register.add(collection);
      const keys = [...wanted.keys()].map((id) => session.keyOf(collection, id));
      for (const item of await batchGet(session, keys, 'sk, expiresMs')) {
        if (isLive(item, now())) wanted.delete(item['sk']?.S ?? '');
      }
      await batchPut(session, [...wanted.values()]);
      return { addedCount: wanted.size };
    },
    async restore(collection, records, replacing) {
      assertCollection(collection);
      const writes = records.map((record) => {
        assertId(record.id);
        return { record, json: toJson(record.value, record.id, maxValueBytes) };
      });
      if (writes.length === 0) return [];
      await register.add(collection);
      return inParallel(writes, writesAtOnce, async ({ record, json }): Promise<RestoreOutcome> => {
        const { id, version } = record;
        const write: Write = {
          collection,
          id,
          json,
          expiresMs: toMs(record.expiresAt),
          version,
          // To write the same again would cost nothing but money: over anything is asked for once it is known to be another.
          ...(replacing === 'nothing' ? { condition: 'none' } : { condition: 'older', expected: version }),
        };
        const updated = await updateItem(session, write, now());
        if (updated.isDone) return 'written';
        const { item } = updated;
        if (item !== undefined && isSameRecord(readItem(item, table), record)) return 'same';
        if (replacing !== 'anything') return 'kept';
        await updateItem(session, { ...write, condition: undefined, expected: undefined }, now());
        return 'written';
      });
    },
    async delete(collection, id, { ifVersion } = {}) {
      assertCollection(collection);
      assertId(id);
      if (ifVersion === 0) {
        assertVersion(id, versionThere(await getItem(session, collection, id)), { ifVersion });
        return false;
      }
      const condition =
        ifVersion === undefined
          ? undefined
          : {
              expression: conditions.version,
              values: { ':expected': { N: String(ifVersion) }, ':now': { N: String(now()) } },
            };
      try {
        const { Attributes: item, $metadata } = await deleteItem(session, collection, id, condition);
        if (item !== undefined) return isLive(item, now());
        // Tried twice and nothing there: the answer to the first try was lost.
        return ($metadata.attempts ?? 1) > 1;
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
        const item = error.Item ?? (await getItem(session, collection, id));
        if (item === undefined && (error.$metadata.attempts ?? 1) > 1) return true;
        assertVersion(id, versionThere(item), { ifVersion });
        throw error;
      }
    },
    async dropExpired() {
      let droppedCount = 0;
      for (const collection of await register.list()) {
        let startKey: Item | undefined;
        do {
          const { items, nextKey } = await queryItems(session, collection, now(), {
            filter: 'expiresMs <= :now',
            attributes: 'sk',
            startKey,
          });
          const dropped = await inParallel(items, writesAtOnce, async (item) => {
            const values = { ':now': { N: String(now()) } };
            const id = item['sk']?.S ?? '';
            try {
              await deleteItem(session, collection, id, { expression: 'expiresMs <= :now', values });
              return 1;
            } catch (error) {
              // Somebody put it anew meanwhile, or threw it away.
              if (error instanceof ConditionalCheckFailedException) return 0;
              throw error;
            }
          });
          droppedCount += dropped.reduce<number>((sum, each) => sum + each, 0);
          startKey = nextKey;
        } while (startKey !== undefined);
      }
      return droppedCount;
    },
    async list(collection, options = {}) {
      assertCollection(collection);
      return listItems(session, collection, now(), options);
    },
    async listCollections() {
      const names = await register.list();
      const pages = await inParallel(names, writesAtOnce, (name) =>
        listItems(session, name, now(), { limit: 1 }),
      );
      return names.filter((_, index) => (pages[index]?.records.length ?? 0) > 0);
    },
    close: async () => session.close(),
  };
}
