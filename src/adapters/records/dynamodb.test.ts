import { afterAll, beforeAll } from 'vitest';
import { describeRecords } from '../../../test/contracts/records.ts';
import { startDynamoServer, type DynamoServer } from '../../../test/fixtures/dynamodb-server.ts';
import { createDynamoTable } from './dynamodb-table.ts';
import { openDynamoRecords } from './dynamodb.ts';

let server: DynamoServer;
const region = 'eu-central-1';
const { signal } = new AbortController();
beforeAll(async () => {
  server = await startDynamoServer();
  await createDynamoTable({ table: 'records', region, endpoint: server.endpoint }, signal);
});
afterAll(() => server.close());

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
