import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  UpdateItemCommand,
  type DeleteItemCommandOutput,
} from '@aws-sdk/client-dynamodb';
import { writeUnitsOf, type DynamoSession } from './dynamodb-client.ts';
import {
  conditions,
  expiryAttributes,
  sizeOfItem,
  tokenAttribute,
  versionOf,
  type Item,
} from './dynamodb-items.ts';
import { getItem } from './dynamodb-reads.ts';
import { assertKnown, makeToken } from './write-tokens.ts';

/** A write of one item. */
export type Write = {
  readonly collection: string;
  readonly id: string;
  readonly json: string;
  readonly expiresMs: number | undefined;
  /** The version that it gets. */
  readonly version: number;
  /** Left out: whatever there is. */
  readonly condition?: keyof typeof conditions | undefined;
  /** A version that the condition speaks of. */
  readonly expected?: number | undefined;
};

/** What became of a write: done, or what is there instead (undefined: nothing is). */
export type Updated = { readonly isDone: true } | { readonly isDone: false; readonly item: Item | undefined };

/**
 * Writes under a condition. Every write leaves a name of its own behind: one whose answer was lost, and which is refused when the SDK makes
 * it again because it was made, is known by it. @throws provider.records_unknown
 */
export async function updateItem(session: DynamoSession, write: Write, nowMs: number): Promise<Updated> {
  const { client, table, run, keyOf } = session;
  const { collection, id, json, expiresMs, version, condition, expected } = write;
  const expiry = expiryAttributes(expiresMs);
  const token = makeToken();
  const sets: Item = {
    json: { S: json },
    ver: { N: String(version) },
    [tokenAttribute(version)]: { S: token },
    ...expiry,
  };
  const values: Item = {
    ...Object.fromEntries(Object.entries(sets).map(([name, value]) => [`:${name}`, value])),
    ...(condition === undefined ? {} : { ':now': { N: String(nowMs) } }),
    ...(expected === undefined ? {} : { ':expected': { N: String(expected) } }),
  };
  const assignments = Object.keys(sets).map((name) => `${name} = :${name}`);
  const removes = expiresMs === undefined ? ' REMOVE expiresMs, expiresSec' : '';
  const request = new UpdateItemCommand({
    TableName: table,
    Key: keyOf(collection, id),
    UpdateExpression: `SET ${assignments.join(', ')}${removes}`,
    ExpressionAttributeValues: values,
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    ...(condition === undefined ? {} : { ConditionExpression: conditions[condition] }),
  });
  try {
    await run({ writeUnits: writeUnitsOf(sizeOfItem(id, json)) }, () => client.send(request));
    return { isDone: true };
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    // Not every server that speaks the protocol says what it found.
    const item = error.Item ?? (await getItem(session, collection, id));
    if (item?.[tokenAttribute(version)]?.S === token) return { isDone: true };
    const isFirstTry = (error.$metadata.attempts ?? 1) === 1;
    if (!isFirstTry && item !== undefined) assertKnown(id, version, versionOf(item));
    return { isDone: false, item };
  }
}

/** Deletes under a condition. @throws ConditionalCheckFailedException */
export async function deleteItem(
  { client, table, run, keyOf }: DynamoSession,
  collection: string,
  id: string,
  condition?: { readonly expression: string; readonly values: Item },
): Promise<DeleteItemCommandOutput> {
  const request = new DeleteItemCommand({
    TableName: table,
    Key: keyOf(collection, id),
    ReturnValues: 'ALL_OLD',
    ...(condition === undefined
      ? {}
      : {
          ConditionExpression: condition.expression,
          ExpressionAttributeValues: condition.values,
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
  });
  return run({ writeUnits: 1 }, () => client.send(request));
}
