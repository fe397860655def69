import { afterAll, beforeAll } from 'vitest';
import { describeRecords } from '../../../test/contracts/records.ts';
import {
  startGoogleStorageServer,
  type GoogleStorageServer,
} from '../../../test/fixtures/google-storage-server.ts';
import { openGoogleStorageRecords } from './google-storage.ts';

let server: GoogleStorageServer;
beforeAll(async () => {
  server = await startGoogleStorageServer('records');
});
afterAll(() => server.close());

let count = 0;
/** A library of its own in the one bucket. */
const newPlace = () => {
  count += 1;
  return { bucket: 'records', endpoint: server.endpoint, prefix: `library-${count}` };
};

describeRecords('A bucket of Google Cloud Storage', async (options) => {
  const where = { ...newPlace(), ...options };
  const records = openGoogleStorageRecords(where);
  return {
    records,
    reopen: async () => openGoogleStorageRecords(where),
    close: () => records.close(),
  };
});
