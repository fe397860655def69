import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  type BatchGetItemCommandOutput,
  type KeysAndAttributes,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import { PatternPivotError } from '../../domain/errors.ts';
import { inParallel, partsOf, waitForTry, type Backoff } from './backoff.ts';
import { writeUnitsOf, type DynamoSession } from './dynamodb-client.ts';
import type { Item } from './dynamodb-items.ts';

/** The most that one request may have: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html and API_BatchGetItem.html */
const maxGets = 100;
const maxWrites = 25;

/** So many batches are on their way at once. */
const batchesAtOnce = 4;

/** What a batch left undone is sent again after a wait: more than a minute in all, if nothing of it is done meanwhile. */
const backoff: Backoff = { baseMs: 50, capMs: 10_000, maxTries: 16 };

/** The items of keys, those that there are, in no order. `attributes` names those that are wanted; all where it is left out. */
export async function batchGet(
  session: DynamoSession,
  keys: readonly Item[],
  attributes?: string,
): Promise<Item[]> {
  const { client, table, run } = session;
  const getPart = async (part: Item[]): Promise<Item[]> => {
    const found: Item[] = [];
    let wanted: KeysAndAttributes | undefined = {
      Keys: part,
      ConsistentRead: true,
      ...(attributes === undefined ? {} : { ProjectionExpression: attributes }),
    };
    for (let tries = 1; wanted?.Keys !== undefined && wanted.Keys.length > 0; tries += 1) {
      const request = new BatchGetItemCommand({
        RequestItems: { [table]: wanted },
        ReturnConsumedCapacity: 'TOTAL',
      });
      const use = { readUnits: wanted.Keys.length };
      const result: BatchGetItemCommandOutput = await run(use, () => client.send(request));
      const items = result.Responses?.[table] ?? [];
      found.push(...items);
      wanted = result.UnprocessedKeys?.[table];
      if (items.length > 0) tries = 1;
      if (wanted !== undefined) await waitOrGiveUp(tries);
    }
    return found;
  };
  return (await inParallel(partsOf(keys, maxGets), batchesAtOnce, getPart)).flat();
}

/** Puts items, over what is there. What DynamoDB leaves undone is sent again until it is done. */
export async function batchPut(
  session: DynamoSession,
  items: readonly { readonly item: Item; readonly sizeBytes: number }[],
): Promise<void> {
  const { client, table, run } = session;
  await inParallel(partsOf(items, maxWrites), batchesAtOnce, async (part) => {
    let writeUnits = part.reduce((sum, { sizeBytes }) => sum + writeUnitsOf(sizeBytes), 0);
    let undone: WriteRequest[] = part.map(({ item }) => ({ PutRequest: { Item: item } }));
    for (let tries = 1; undone.length > 0; tries += 1) {
      const requests = undone;
      const request = { RequestItems: { [table]: requests } };
      const use = { writeUnits };
      const result = await run(use, () => client.send(new BatchWriteItemCommand(request)));
      undone = result.UnprocessedItems?.[table] ?? [];
      // What was left undone was not paid for; it is counted once.
      writeUnits = 0;
      if (undone.length < requests.length) tries = 1;
      if (undone.length > 0) await waitOrGiveUp(tries);
    }
  });
}

async function waitOrGiveUp(tries: number): Promise<void> {
  if (tries < backoff.maxTries) return waitForTry(tries, backoff);
  throw new PatternPivotError('provider.records_throttled', 'DynamoDB takes no more for now.', {
    retryable: true,
    hint: 'Run the same command again in a while: what was written stays written.',
  });
}
