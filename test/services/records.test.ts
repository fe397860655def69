import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDynamoTable } from '../../src/adapters/records/dynamodb-table.ts';
import { openDynamoRecords } from '../../src/adapters/records/dynamodb.ts';
import { openGoogleStorageRecords } from '../../src/adapters/records/google-storage.ts';
import { describeRecords } from '../contracts/records.ts';
import { preparePython } from './python.ts';
import { startFakeStorage, startMoto, type Service } from './record-servers.ts';

const region = 'eu-central-1';
let moto: Service;
let storage: Service;
beforeAll(async () => {
  process.env['AWS_ACCESS_KEY_ID'] = 'test';
  process.env['AWS_SECRET_ACCESS_KEY'] = 'test';
  const python = await preparePython();
  [moto, storage] = await Promise.all([startMoto(python), startFakeStorage(python, 'records')]);
  await createDynamoTable(
    { table: 'records', region, endpoint: moto.endpoint },
    new AbortController().signal,
  );
});
afterAll(() => {
  moto.close();
  storage.close();
});

let count = 0;

describeRecords('A DynamoDB table at Moto', async (options) => {
  count += 1;
  const place = { table: 'records', region, endpoint: moto.endpoint, prefix: `library-${count}` };
  const records = openDynamoRecords({ ...place, ...options });
  return {
    records,
    reopen: async () => openDynamoRecords({ ...place, ...options }),
    close: () => records.close(),
  };
});

describeRecords('A bucket at fake-gcs-server', async (options) => {
  count += 1;
  const place = { bucket: 'records', endpoint: storage.endpoint, prefix: `library-${count}` };
  const records = openGoogleStorageRecords({ ...place, ...options });
  return {
    records,
    reopen: async () => openGoogleStorageRecords({ ...place, ...options }),
    close: () => records.close(),
  };
});

it('makes a table that throws away by itself what has expired', async () => {
  const where = { table: 'made', region, endpoint: moto.endpoint };
  const { signal } = new AbortController();
  expect(await createDynamoTable(where, signal)).toEqual({ isNew: true, clearsExpired: true });
  expect(await createDynamoTable(where, signal)).toEqual({ isNew: false, clearsExpired: true });
});
