import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { describeRecords } from '../../../test/contracts/records.ts';
import { startDynamoServer, type DynamoServer } from '../../../test/fixtures/dynamodb-server.ts';
import { startFaultProxy, type FaultProxy } from '../../../test/fixtures/fault-proxy.ts';
import { createDynamoTable } from './dynamodb-table.ts';
import { openDynamoRecords } from './dynamodb.ts';

let server: DynamoServer;
let proxy: FaultProxy;
const region = 'eu-central-1';
const { signal } = new AbortController();
beforeAll(async () => {
  server = await startDynamoServer();
  proxy = await startFaultProxy(server.endpoint);
  await createDynamoTable({ table: 'records', region, endpoint: server.endpoint }, signal);
});
afterEach(() => {
  proxy.fault = () => undefined;
});
afterAll(async () => {
  await proxy.close();
  await server.close();
});

let count = 0;
/** A library of its own in the one table. */
const newPlace = () => {
  count += 1;
  return { table: 'records', region, endpoint: server.endpoint, prefix: `library-${count}` };
};

describeRecords('A DynamoDB table', async (options) => {
  const where = { ...newPlace(), ...options };
  const records = openDynamoRecords(where);
  return {
    records,
    reopen: async () => openDynamoRecords(where),
    close: () => records.close(),
  };
});

it('makes its table once, and takes no other for it', async () => {
  const where = { table: 'made', region, endpoint: server.endpoint };
  const made = await Promise.all([1, 2].map(() => createDynamoTable(where, signal)));
  expect(made.map(({ isNew }) => isNew).toSorted()).toEqual([false, true]);
  expect(await createDynamoTable(where, signal)).toMatchObject({ isNew: false });
  const client = new DynamoDBClient({ region, endpoint: server.endpoint });
  await client.send(
    new CreateTableCommand({
      TableName: 'another',
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'name', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'name', AttributeType: 'S' }],
    }),
  );
  client.destroy();
  await expect(createDynamoTable({ ...where, table: 'another' }, signal)).rejects.toMatchObject({
    code: 'conflict.records_table',
  });
});

it('says what is missing: a table, somebody who may, a server', async () => {
  const open = (endpoint: string, table = 'records') => openDynamoRecords({ table, region, endpoint });
  await expect(open(server.endpoint, 'missing').get('c', 'a')).rejects.toMatchObject({
    code: 'not_found.records_table',
    hint: expect.stringContaining('create-table'),
  });
  const body = {
    __type: 'com.amazonaws.dynamodb.v20120810#UnrecognizedClientException',
    message: 'The security token included in the request is invalid.',
  };
  const answer = { status: 400, headers: {}, body: Buffer.from(JSON.stringify(body)) };
  proxy.fault = () => ({ kind: 'instead', answer });
  await expect(open(proxy.endpoint).put('c', 'a', 1)).rejects.toMatchObject({
    code: 'provider.records_refused',
    message: expect.stringContaining('security token'),
  });
  await expect(open('http://127.0.0.1:9', 'records').get('c', 'a')).rejects.toMatchObject({
    code: 'provider.records_unreachable',
    retryable: true,
  });
}, 60_000);

it('says that it does not know, where an answer was lost and the trace of it is gone', async () => {
  const place = newPlace();
  const [slow, others] = [
    openDynamoRecords({ ...place, endpoint: proxy.endpoint }),
    openDynamoRecords(place),
  ];
  await slow.put('c', 'a', 0);
  const valueThere = async () => (await others.get('c', 'a'))?.value;
  let [isLost, mayPass] = [false, false];
  proxy.fault = ({ headers }) => {
    if (!String(headers['x-amz-target']).endsWith('UpdateItem')) return undefined;
    // Its second try comes after many others wrote.
    if (isLost) return mayPass ? undefined : { kind: 'cut-before' };
    isLost = true;
    return { kind: 'cut-after' };
  };
  const lost = expect(slow.put('c', 'a', 'lost', { ifVersion: 1 })).rejects.toMatchObject({
    code: 'provider.records_unknown',
  });
  await vi.waitUntil(async () => (await valueThere()) === 'lost', { interval: 2 });
  for (let turn = 0; turn < 20; turn += 1) await others.put('c', 'a', turn);
  mayPass = true;
  await lost;

  // Fewer than are remembered: then it is known to be made.
  [isLost, mayPass] = [false, false];
  const made = slow.put('c', 'a', 'made', { ifVersion: 22 });
  await vi.waitUntil(async () => (await valueThere()) === 'made', { interval: 2 });
  for (let turn = 0; turn < 10; turn += 1) await others.put('c', 'a', turn);
  mayPass = true;
  expect(await made).toEqual({ id: 'a', value: 'made', version: 23 });
  expect(await others.get('c', 'a')).toMatchObject({ version: 33 });
  await Promise.all([slow.close(), others.close()]);
}, 60_000);

it('counts what it uses before it uses it, and uses nothing when a budget is reached', async () => {
  const used = new Map<string, number>();
  let limit = Infinity;
  const records = openDynamoRecords({
    ...newPlace(),
    countUse: async (what, amount) => {
      if ((used.get(what) ?? 0) + amount > limit) throw new Error('no more');
      used.set(what, (used.get(what) ?? 0) + amount);
    },
  });
  await records.put('c', 'long', 'x'.repeat(10_000), { ifVersion: 0 });
  // The collection is noted once, and the record has 11 units of 1 KB.
  expect(Object.fromEntries(used)).toEqual({ write: 1 + 10 });
  await records.append(
    'c',
    Array.from({ length: 30 }, (_, index) => ({ id: `${index}`, value: index })),
  );
  expect(used.get('write')).toBe(11 + 30);
  limit = 41;
  await expect(records.put('c', 'more', 1, { ifVersion: 0 })).rejects.toThrow('no more');
  limit = Infinity;
  expect(await records.get('c', 'more')).toBeUndefined();
  await records.close();
});
