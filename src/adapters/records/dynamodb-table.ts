import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  ResourceInUseException,
  ResourceNotFoundException,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
  type TableDescription,
} from '@aws-sdk/client-dynamodb';
import { PatternPivotError } from '../../domain/errors.ts';
import { openDynamoSession, type DynamoSession, type DynamoTable } from './dynamodb-client.ts';
import { timeToLiveAttribute } from './dynamodb-items.ts';

/** What became of a table: made now, or there already; and whether DynamoDB clears away by itself what has expired. */
export type CreatedTable = { readonly isNew: boolean; readonly clearsExpired: boolean };

/** A table is there within seconds; clearing away may be switched on an hour later, and is not waited for that long. */
const maxWaitSeconds = 120;

/**
 * Makes the table that {@link openDynamoRecords} works on, billed by request, and waits until it is there; clearing away what has expired is
 * switched on. One that is there and fits is left as it is, but for that switch. @throws conflict.records_table for one that does not fit
 */
export async function createDynamoTable(
  where: DynamoTable,
  signal: AbortSignal,
  describeEveryMs = 2000,
): Promise<CreatedTable> {
  const session = openDynamoSession(where, undefined);
  try {
    const isNew = await createTable(session, signal);
    await waitUntilTableExists(
      {
        client: session.client,
        maxWaitTime: maxWaitSeconds,
        minDelay: Math.max(1, describeEveryMs / 1000),
        maxDelay: Math.max(1, describeEveryMs / 1000),
        abortSignal: signal,
      },
      { TableName: session.table },
    );
    return { isNew, clearsExpired: await switchOnClearing(session, signal, describeEveryMs) };
  } finally {
    session.close();
  }
}

async function createTable({ client, table, run }: DynamoSession, signal: AbortSignal): Promise<boolean> {
  const there = await run({}, () =>
    client
      .send(new DescribeTableCommand({ TableName: table }), { abortSignal: signal })
      .catch((error: unknown) => {
        if (error instanceof ResourceNotFoundException) return { Table: undefined };
        throw error;
      }),
  );
  if (there.Table !== undefined) {
    assertFits(there.Table, table);
    return false;
  }
  const request = new CreateTableCommand({
    TableName: table,
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
    AttributeDefinitions: [
      { AttributeName: 'pk', AttributeType: 'S' },
      { AttributeName: 'sk', AttributeType: 'S' },
    ],
  });
  const made = await run({}, () =>
    client.send(request, { abortSignal: signal }).catch((error: unknown) => {
      // Another process was faster, or the answer to a first try was lost.
      if (error instanceof ResourceInUseException) return {};
      throw error;
    }),
  );
  return 'TableDescription' in made;
}

function assertFits(
  { KeySchema: keys = [], AttributeDefinitions: types = [] }: TableDescription,
  table: string,
) {
  const isKey = (name: string, kind: string) =>
    keys.some(({ AttributeName, KeyType }) => AttributeName === name && KeyType === kind) &&
    types.some(({ AttributeName, AttributeType }) => AttributeName === name && AttributeType === 'S');
  if (isKey('pk', 'HASH') && isKey('sk', 'RANGE')) return;
  throw new PatternPivotError(
    'conflict.records_table',
    `There is a table ${table} already, and it was made for something else.`,
    {
      hint: 'Choose another name with records.dynamodb.table.',
      context: { table },
    },
  );
}

async function switchOnClearing(
  session: DynamoSession,
  signal: AbortSignal,
  describeEveryMs: number,
): Promise<boolean> {
  const { client, table, run } = session;
  const isOn = async () => {
    const request = new DescribeTimeToLiveCommand({ TableName: table });
    const described = await run({}, () => client.send(request, { abortSignal: signal }));
    const { TimeToLiveStatus: status } = described.TimeToLiveDescription ?? {};
    return status === 'ENABLED' || status === 'ENABLING';
  };
  if (await isOn()) return true;
  const request = new UpdateTimeToLiveCommand({
    TableName: table,
    TimeToLiveSpecification: { AttributeName: timeToLiveAttribute, Enabled: true },
  });
  const asked = await run({}, () =>
    client.send(request, { abortSignal: signal }).catch((error: unknown) => {
      // Not every server that speaks the protocol can do this: then records are hidden in time, and `dropExpired` throws them away.
      if ((error as Error).name === 'UnknownOperationException') return {};
      throw error;
    }),
  );
  if (!('TimeToLiveSpecification' in asked)) return false;
  const untilMs = performance.now() + maxWaitSeconds * 1000;
  while (!(await isOn())) {
    if (performance.now() > untilMs) return false;
    await sleep(describeEveryMs, undefined, { signal });
  }
  return true;
}
