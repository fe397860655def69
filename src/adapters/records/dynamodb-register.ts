import { PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import type { DynamoSession } from './dynamodb-client.ts';
import type { Item } from './dynamodb-items.ts';

/** Which collections a table has, or had. */
export type Register = { add(collection: string): Promise<void>; list(): Promise<string[]> };

/**
 * Which collections a table has: noted under a partition key of its own, before the first record of each is written, since nothing but reading
 * the whole table would tell.
 */
export function createRegister({ client, table, run, partitionOf }: DynamoSession): Register {
  // No collection has such a name.
  const partition = partitionOf('#');
  const noted = new Map<string, Promise<unknown>>();
  const note = async (collection: string) => {
    const item = { pk: { S: partition }, sk: { S: collection } };
    const use = { writeUnits: 1 };
    await run(use, () => client.send(new PutItemCommand({ TableName: table, Item: item })));
  };
  const add = async (collection: string): Promise<void> => {
    const noting = noted.get(collection) ?? note(collection);
    noted.set(collection, noting);
    await noting.catch((error: unknown) => {
      noted.delete(collection);
      throw error;
    });
  };
  const list = async (): Promise<string[]> => {
    const names: string[] = [];
    let startKey: Item | undefined;
    do {
      const request = new QueryCommand({
        TableName: table,
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': { S: partition } },
        ExclusiveStartKey: startKey,
      });
      const result = await run({ readUnits: 1 }, () => client.send(request));
      names.push(...(result.Items ?? []).map((item) => item['sk']?.S ?? ''));
      startKey = result.LastEvaluatedKey;
    } while (startKey !== undefined);
    return names;
  };
  return { add, list };
}
