import { startDynamoServer } from '../test/fixtures/dynamodb-server.ts';
import { startGoogleStorageServer } from '../test/fixtures/google-storage-server.ts';

// A server in a process of its own, for bench/records.ts: what it holds must not count as the client's memory.
if (process.send !== undefined) {
  const isDynamo = process.argv[2] === 'dynamodb';
  const server = isDynamo ? await startDynamoServer() : await startGoogleStorageServer('records');
  process.send(server.endpoint);
}
