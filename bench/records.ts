import { fork, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createDynamoTable } from '../src/adapters/records/dynamodb-table.ts';
import { openDynamoRecords } from '../src/adapters/records/dynamodb.ts';
import { openGoogleStorageRecords } from '../src/adapters/records/google-storage.ts';
import { openSqliteRecords } from '../src/adapters/records/sqlite.ts';
import { platformCollections, snapshotId, type Snapshot } from '../src/domain/platform.ts';
import type { Records } from '../src/ports/records.ts';

const collection = platformCollections.snapshots;
const subjects = 1000;
const batchSize = 1000;
const start = Date.parse('2026-01-01T00:00:00Z');
const hourMs = 3_600_000;

/**
 * Appends snapshots and reads them by range and whole: `npm run bench -- records [--in dynamodb|google-storage] [--count 200000]`.
 *
 * The snapshots are those of 1,000 videos, one an hour each, in the order in which syncs would append them. What lies elsewhere is a server on this
 * machine, in a process of its own: its rates say what a client costs, not what the real one gives.
 */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { in: { type: 'string', default: 'sqlite' }, count: { type: 'string' } },
  });
  const count = Number(values.count ?? (values.in === 'sqlite' ? 200_000 : 20_000));
  const folder = await mkdtemp(join(tmpdir(), 'pivot-records-'));
  const opened = await openStore(values.in, folder);
  try {
    await measure(opened.records, count);
    const size = (await stat(join(folder, 'records.sqlite')).catch(() => undefined))?.size;
    if (size !== undefined)
      tell('file', `${(size / 1e6).toFixed(1)} MB, ${Math.round(size / count)} bytes each`);
  } finally {
    await opened.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function openStore(
  kind: string,
  folder: string,
): Promise<{ readonly records: Records; close(): Promise<void> }> {
  if (kind === 'sqlite') {
    const { records } = openSqliteRecords(join(folder, 'records.sqlite'));
    return { records, close: () => records.close() };
  }
  const server = fork(fileURLToPath(new URL('records-server.ts', import.meta.url)), [kind]);
  const endpoint = await new Promise<string>((resolve) =>
    server.once('message', (text) => resolve(String(text))),
  );
  const records = await openCloud(kind, endpoint);
  return { records, close: () => closeBoth(records, server) };
}

async function openCloud(kind: string, endpoint: string): Promise<Records> {
  if (kind === 'google-storage') return openGoogleStorageRecords({ bucket: 'records', endpoint });
  process.env['AWS_ACCESS_KEY_ID'] = 'bench';
  process.env['AWS_SECRET_ACCESS_KEY'] = 'bench';
  const where = { table: 'records', region: 'eu-central-1', endpoint };
  await createDynamoTable(where, new AbortController().signal);
  return openDynamoRecords(where);
}

async function closeBoth(records: Records, server: ChildProcess): Promise<void> {
  await records.close();
  server.kill();
}

async function measure(records: Records, count: number): Promise<void> {
  const memory = watchMemory();
  await time(`append ${count}`, count, async () => {
    for (let from = 0; from < count; from += batchSize) {
      await records.append(collection, makeBatch(from, Math.min(count, from + batchSize)));
      memory.look();
    }
  });
  memory.tell('memory while appending');
  await time(`append ${batchSize * 5} again`, batchSize * 5, async () => {
    for (let from = 0; from < batchSize * 5; from += batchSize) {
      const { addedCount } = await records.append(collection, makeBatch(from, from + batchSize));
      if (addedCount !== 0) throw new Error(`${addedCount} were doubled.`);
    }
  });
  const prefix = `video/${subjectOf(500)}/`;
  const hours = Math.floor(count / subjects);
  const [from, to] = [0.25, 0.75].map((share) => prefix + momentOf(Math.floor(hours * share)));
  await timeMany('range: half the time of one video', async () => {
    const page = await records.list(collection, { prefix, after: from, before: to, limit: 1000 });
    return page.records.length;
  });
  await timeMany('range: one video', async () => {
    const page = await records.list(collection, { prefix, limit: 1000 });
    return page.records.length;
  });
  memory.restart();
  await time(`read ${count} page by page`, count, async () => {
    let seen = 0;
    let after: string | undefined;
    do {
      const page = await records.list(collection, { after, limit: 1000 });
      seen += page.records.length;
      memory.look();
      after = page.next;
    } while (after !== undefined);
    if (seen !== count) throw new Error(`${seen} of ${count} were found.`);
  });
  memory.tell('memory while reading');
}

const subjectOf = (index: number) => `v${String(index).padStart(10, '0')}`;
const momentOf = (hour: number) => new Date(start + hour * hourMs).toISOString();

function makeBatch(from: number, to: number) {
  return Array.from({ length: to - from }, (_, offset) => {
    const index = from + offset;
    const at = momentOf(Math.floor(index / subjects));
    const value: Snapshot = {
      version: 1,
      of: 'video',
      subjectId: subjectOf(index % subjects),
      views: index * 7,
      likes: index,
      comments: index % 100,
      fetched: { at, under: 'owner:UC0123456789abcdefghijkl' },
    };
    return { id: snapshotId(value), value };
  });
}

const tell = (name: string, text: string) => console.log(`${name.padEnd(36)} ${text}`);

async function time(name: string, count: number, work: () => Promise<void>): Promise<void> {
  const startedAt = performance.now();
  await work();
  const seconds = (performance.now() - startedAt) / 1000;
  tell(name, `${seconds.toFixed(2)} s, ${Math.round(count / seconds)} a second`);
}

/** The median of 30 and the worst, after one that does not count. */
async function timeMany(name: string, work: () => Promise<number>): Promise<void> {
  const found = await work();
  const times: number[] = [];
  for (let turn = 0; turn < 30; turn += 1) {
    const startedAt = performance.now();
    await work();
    times.push(performance.now() - startedAt);
  }
  times.sort((a, b) => a - b);
  tell(name, `${(times[15] ?? 0).toFixed(2)} ms (worst ${(times[29] ?? 0).toFixed(2)}), ${found} records`);
}

/** The memory of this process: what it was first, and the most that was seen. */
function watchMemory() {
  let [first, most] = [0, 0];
  const look = () => {
    const { rss } = process.memoryUsage();
    if (first === 0) first = rss;
    most = Math.max(most, rss);
  };
  look();
  const restart = () => {
    [first, most] = [0, 0];
    look();
  };
  const megabytes = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;
  return {
    look,
    restart,
    tell(name: string) {
      look();
      tell(name, `${megabytes(first)} at first, ${megabytes(most)} at most`);
    },
  };
}
