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
  versionOf,
  writesSince,
  type Item,
} from './dynamodb-items.ts';
import { getItem } from './dynamodb-reads.ts';

/** A write of one item. */
export type Write = {
  readonly collection: string;
  readonly id: string;
  readonly json: string;
  readonly expiresMs: number | undefined;
  readonly token: string;
  readonly condition?: keyof typeof conditions | undefined;
  /** The version that it gets; counted up where it is left out. */
  readonly version?: number;
  readonly expected?: number | undefined;
};

/** What became of a write: done, or what is there instead. */
export type Updated =
  | { readonly isDone: true; readonly version: number }
  | { readonly isDone: false; readonly item: Item | undefined };

/** Writes under a condition; where it does not hold, gives what is there instead (undefined: nothing is). */
export async function updateItem(session: DynamoSession, write: Write, nowMs: number): Promise<Updated> {
  const { client, table, run, keyOf } = session;
  const { collection, id, json, expiresMs, token, condition, version, expected } = write;
  const expiry = expiryAttributes(expiresMs);
  const sets = [
    'json = :json, w3 = if_not_exists(w2, :none), w2 = if_not_exists(w1, :none), w1 = :token',
    version === undefined ? 'ver = if_not_exists(ver, :zero) + :one' : 'ver = :ver',
    ...Object.keys(expiry).map((name) => `${name} = :${name}`),
  ];
  const values: Item = { ':json': { S: json }, ':token': { S: token }, ':none': { S: '-' } };
  if (version === undefined) Object.assign(values, { ':zero': { N: '0' }, ':one': { N: '1' } });
  else values[':ver'] = { N: String(version) };
  for (const [name, value] of Object.entries(expiry)) values[`:${name}`] = value;
  if (condition !== undefined) values[':now'] = { N: String(nowMs) };
  if (expected !== undefined) values[':expected'] = { N: String(expected) };
  const removes = expiresMs === undefined ? ' REMOVE expiresMs, expiresSec' : '';
  const request = new UpdateItemCommand({
    TableName: table,
    Key: keyOf(collection, id),
    UpdateExpression: `SET ${sets.join(', ')}${removes}`,
    ExpressionAttributeValues: values,
    ReturnValues: version === undefined ? 'UPDATED_NEW' : 'NONE',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    ...(condition === undefined ? {} : { ConditionExpression: conditions[condition] }),
  });
  const use = { writeUnits: writeUnitsOf(sizeOfItem(id, json)) };
  try {
    const { Attributes: item } = await run(use, () => client.send(request));
    return { isDone: true, version: version ?? (item === undefined ? 1 : versionOf(item)) };
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    // Not every server that speaks the protocol says what it found.
    const item = error.Item ?? (await getItem(session, collection, id));
    const writesAgo = item === undefined ? undefined : writesSince(item, token);
    if (item === undefined || writesAgo === undefined) return { isDone: false, item };
    // It was this very write: it was made, its answer was lost, and the SDK made it again.
    return { isDone: true, version: versionOf(item) - writesAgo };
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
