import { GetItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { PatternPivotError } from '../../domain/errors.ts';
import type { RecordPage, RecordRange, StoredRecord } from '../../ports/records.ts';
import type { DynamoSession } from './dynamodb-client.ts';
import { recordOfItem, type Item } from './dynamodb-items.ts';
import { boundsOf, defaultLimit, maxPageBytes } from './record-rules.ts';

/** A query gives so many items at once, or 1 MB: the server's bound comes first where values are long. */
const itemsAQuery = 1000;

/** What lies under an id, live or not: all of it, or some attributes. */
export async function getItem(
  { client, table, run, keyOf }: DynamoSession,
  collection: string,
  id: string,
  attributes?: string,
): Promise<Item | undefined> {
  const request = {
    TableName: table,
    Key: keyOf(collection, id),
    ConsistentRead: true,
    ProjectionExpression: attributes,
  };
  const use = { readUnits: 1 };
  const result = await run(use, () =>
    client.send(new GetItemCommand({ ...request, ReturnConsumedCapacity: 'TOTAL' })),
  );
  return result.Item;
}

/** What a query asks for. `:now` is the moment in ms. */
type QueryParts = {
  /** What its sort key must be. */
  readonly keys?: readonly string[];
  readonly filter: string;
  readonly values?: Item;
  readonly attributes?: string;
  readonly limit?: number;
  readonly startKey?: Item | undefined;
};

/** One query of a collection: the items that fit, and the key to go on after; it is left out at the end. */
export async function queryItems(
  { client, table, run, partitionOf }: DynamoSession,
  collection: string,
  nowMs: number,
  parts: QueryParts,
): Promise<{ readonly items: readonly Item[]; readonly nextKey: Item | undefined }> {
  const { keys = [], filter, values = {}, attributes, limit = itemsAQuery, startKey } = parts;
  const request = new QueryCommand({
    TableName: table,
    ConsistentRead: true,
    Limit: limit,
    KeyConditionExpression: ['pk = :pk', ...keys].join(' AND '),
    FilterExpression: filter,
    ExpressionAttributeValues: {
      ':pk': { S: partitionOf(collection) },
      ':now': { N: String(nowMs) },
      ...values,
    },
    ProjectionExpression: attributes,
    ExclusiveStartKey: startKey,
    ReturnConsumedCapacity: 'TOTAL',
  });
  const result = await run({ readUnits: 1 }, () => client.send(request));
  return { items: result.Items ?? [], nextKey: result.LastEvaluatedKey };
}

/** A page of a collection's live records. */
export async function listItems(
  session: DynamoSession,
  collection: string,
  nowMs: number,
  { limit = defaultLimit, ...range }: RecordRange & { readonly limit?: number | undefined },
): Promise<RecordPage> {
  const bounds = boundsOf(range);
  if (bounds === undefined) return { records: [] };
  const { from, before } = bounds;
  const records: StoredRecord[] = [];
  let sizeBytes = 0;
  let startKey: Item | undefined;
  do {
    const { items, nextKey } = await queryItems(session, collection, nowMs, {
      keys: keyConditions(from, before),
      filter: 'attribute_not_exists(expiresMs) OR expiresMs > :now',
      values: {
        ...(from === '' ? {} : { ':from': { S: from } }),
        ...(before === undefined ? {} : { ':before': { S: before } }),
      },
      limit: Math.min(limit + 1 - records.length, itemsAQuery),
      startKey,
    });
    for (const item of items) {
      const last = records.at(-1);
      if (item['sk']?.S === before) break;
      // One more than is given tells whether there are more.
      if (last !== undefined && (records.length >= limit || sizeBytes >= maxPageBytes))
        return { records, next: last.id };
      records.push(readItem(item, session.table));
      sizeBytes += item['json']?.S?.length ?? 0;
    }
    startKey = nextKey;
  } while (startKey !== undefined);
  return { records };
}

/** One condition is all that a sort key may have, and BETWEEN takes in both ends. */
function keyConditions(from: string, before: string | undefined): string[] {
  if (from !== '' && before !== undefined) return ['sk BETWEEN :from AND :before'];
  if (before !== undefined) return ['sk < :before'];
  return from === '' ? [] : ['sk >= :from'];
}

/** The record of an item. @throws tool.records_damaged */
export function readItem(item: Item, table: string): StoredRecord {
  try {
    return recordOfItem(item);
  } catch (error) {
    throw new PatternPivotError(
      'tool.records_damaged',
      `The table ${table} holds a record that is none of ours: ${item['sk']?.S ?? ''}`,
      {
        cause: error,
        hint: 'Another program wrote it: give the library a table, or a records.prefix, of its own.',
        context: { table },
      },
    );
  }
}
