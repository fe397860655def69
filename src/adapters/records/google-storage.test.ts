import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeRecords } from '../../../test/contracts/records.ts';
import {
  startGoogleStorageServer,
  type GoogleStorageServer,
} from '../../../test/fixtures/google-storage-server.ts';
import { prepareGoogleBucket } from './google-storage-bucket.ts';
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

it('keeps an object of JSON a record, under a name that says which', async () => {
  const records = openGoogleStorageRecords({ ...newPlace(), prefix: 'shown' });
  await records.put('videos', 'a/ü', { title: '🎬' }, { expiresAt: '2099-01-01T00:00:00Z' });
  const object = server.objects.get('shown/videos/a/~c3~bc');
  expect(object?.media.toString()).toBe('{"title":"🎬"}');
  expect(object).toMatchObject({ contentType: 'application/json', customTime: '2099-01-01T00:00:00.000Z' });
  // What a hand put there is a record too, in its first version.
  server.objects.set('shown/videos/b', {
    name: 'shown/videos/b',
    generation: '5',
    media: Buffer.from('{"by": "hand"}'),
  });
  expect(await records.get('videos', 'b')).toEqual({ id: 'b', value: { by: 'hand' }, version: 1 });
  expect((await records.put('videos', 'b', 2, { ifVersion: 1 })).version).toBe(2);
  server.objects.set('shown/videos/c', {
    name: 'shown/videos/c',
    generation: '6',
    media: Buffer.from('{"cut'),
  });
  await expect(records.get('videos', 'c')).rejects.toMatchObject({ code: 'tool.records_damaged' });
  await expect(records.list('videos')).rejects.toMatchObject({ code: 'tool.records_damaged' });
});

it('has its bucket throw away what has expired, and leaves the rules of others', async () => {
  const others = { action: { type: 'Delete' }, condition: { age: 3 } };
  server.bucket.lifecycle = { rule: [others] };
  const { signal } = new AbortController();
  const where = { bucket: 'records', endpoint: server.endpoint, prefix: 'mine' };
  expect(await prepareGoogleBucket(where, signal)).toEqual({ isNew: true });
  expect(await prepareGoogleBucket(where, signal)).toEqual({ isNew: false });
  const own = { action: { type: 'Delete' }, condition: { daysSinceCustomTime: 0, matchesPrefix: ['mine/'] } };
  expect(server.bucket.lifecycle.rule).toEqual([others, own]);
});

it('says what is missing: a bucket, somebody who may', async () => {
  const records = openGoogleStorageRecords({ bucket: 'missing', endpoint: server.endpoint });
  const missing = { code: 'not_found.records_bucket', hint: expect.stringContaining('gs://missing') };
  await expect(records.get('c', 'a')).rejects.toMatchObject(missing);
  await expect(records.list('c')).rejects.toMatchObject(missing);
  await expect(records.put('c', 'a', 1)).rejects.toMatchObject(missing);
  process.env['GOOGLE_APPLICATION_CREDENTIALS'] = '/nowhere/key.json';
  try {
    const real = openGoogleStorageRecords({ bucket: 'records', endpoint: 'https://127.0.0.1:9' });
    await expect(real.get('c', 'a')).rejects.toMatchObject({ code: 'input.google_credentials' });
  } finally {
    delete process.env['GOOGLE_APPLICATION_CREDENTIALS'];
  }
});
