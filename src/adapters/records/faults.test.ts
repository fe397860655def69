import { fork } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startDynamoServer, type DynamoServer } from '../../../test/fixtures/dynamodb-server.ts';
import {
  startFaultProxy,
  type Answer,
  type Fault,
  type FaultProxy,
} from '../../../test/fixtures/fault-proxy.ts';
import {
  startGoogleStorageServer,
  type GoogleStorageServer,
} from '../../../test/fixtures/google-storage-server.ts';
import type { Records, StoredRecord } from '../../ports/records.ts';
import { createDynamoTable } from './dynamodb-table.ts';
import { openDynamoRecords } from './dynamodb.ts';
import { openGoogleStorageRecords } from './google-storage.ts';
import { openSqliteRecords } from './sqlite.ts';

const region = 'eu-central-1';
const table = 'records';
let folder: string;
let dynamo: DynamoServer;
let google: GoogleStorageServer;
let dynamoProxy: FaultProxy;
let googleProxy: FaultProxy;
let count = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot records faults '));
  dynamo = await startDynamoServer();
  google = await startGoogleStorageServer('records');
  await createDynamoTable({ table, region, endpoint: dynamo.endpoint }, new AbortController().signal);
  [dynamoProxy, googleProxy] = [
    await startFaultProxy(dynamo.endpoint),
    await startFaultProxy(google.endpoint),
  ];
});
afterEach(() => {
  for (const proxy of [dynamoProxy, googleProxy]) proxy.fault = () => undefined;
});
afterAll(async () => {
  for (const each of [dynamoProxy, googleProxy, dynamo, google]) await each.close();
  await rm(folder, { recursive: true, force: true });
});

const json = (status: number, body: unknown): Answer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: Buffer.from(JSON.stringify(body)),
});

/** Refusals in the words of each service. */
const refusals = {
  dynamodb: [
    json(400, {
      __type: 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException',
      message:
        'The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning level with the UpdateTable API.',
    }),
    json(500, { __type: 'com.amazonaws.dynamodb.v20120810#InternalServerError', message: 'Internal' }),
  ],
  'google-storage': [
    json(429, {
      error: { code: 429, message: 'The object exceeded the rate limit for object mutation operations.' },
    }),
    json(503, { error: { code: 503, message: 'We encountered an internal error. Please try again.' } }),
  ],
};

type Cloud = keyof typeof refusals;

/** Each of the next requests of which `isHit` is given another fault. */
function everyFault(cloud: Cloud, isHit: (index: number) => boolean): FaultProxy['fault'] {
  const [throttled, broken] = refusals[cloud] as [Answer, Answer];
  const faults: Fault[] = [
    { kind: 'cut-after' },
    { kind: 'instead', answer: throttled },
    { kind: 'cut-before' },
    { kind: 'instead-after', answer: broken },
    { kind: 'cut-within' },
    { kind: 'instead', answer: broken },
  ];
  let hits = 0;
  return ({ index }) => (isHit(index) ? faults[hits++ % faults.length] : undefined);
}

const clouds = [
  {
    cloud: 'dynamodb' as const,
    proxyOf: () => dynamoProxy,
    open: (prefix: string, endpoint: string): Records =>
      openDynamoRecords({ table, region, prefix, endpoint }),
  },
  {
    cloud: 'google-storage' as const,
    proxyOf: () => googleProxy,
    open: (prefix: string, endpoint: string): Records =>
      openGoogleStorageRecords({ bucket: 'records', prefix, endpoint }),
  },
];

/** Everything in a collection. */
async function readAll(records: Records, collection: string): Promise<StoredRecord[]> {
  const all: StoredRecord[] = [];
  let after: string | undefined;
  do {
    const page = await records.list(collection, { after, limit: 100 });
    all.push(...page.records);
    after = page.next;
  } while (after !== undefined);
  return all;
}

const makeSnapshots = (total: number) =>
  Array.from({ length: total }, (_, index) => ({
    id: `video/v-${index % 7}/${String(index).padStart(6, '0')}`,
    value: { views: index },
  }));

describe.each(clouds)(
  '$cloud, with every fifth call cut off, throttled or broken',
  ({ cloud, proxyOf, open }) => {
    it('loses no change and doubles none', async () => {
      const proxy = proxyOf();
      const prefix = `faults-${(count += 1)}`;
      const clients = [1, 2, 3].map(() => open(prefix, proxy.endpoint));
      proxy.fault = everyFault(cloud, (index) => index % 5 === 4);
      const countUp = async (records: Records, turns: number) => {
        for (let turn = 0; turn < turns;) {
          const before = await records.get('counts', 'n');
          const next = Number(before?.value ?? 0) + 1;
          try {
            await records.put('counts', 'n', next, { ifVersion: before?.version ?? 0 });
            turn += 1;
          } catch (error) {
            expect(error).toMatchObject({ code: 'conflict.record_changed' });
          }
        }
      };
      await Promise.all(clients.map((records) => countUp(records, 5)));
      const [records = open(prefix, proxy.endpoint)] = clients;
      expect(await records.get('counts', 'n')).toEqual({ id: 'n', value: 15, version: 15 });

      // Whatever there is: each put counts once.
      for (let turn = 1; turn <= 12; turn += 1)
        expect((await records.put('counts', 'any', turn)).version).toBe(turn);
      expect(await records.delete('counts', 'any', { ifVersion: 12 })).toBe(true);
      expect(await records.delete('counts', 'any')).toBe(false);
      await Promise.all(clients.map((each) => each.close()));
    }, 60_000);

    it('appends and restores a batch, each record once', async () => {
      const proxy = proxyOf();
      const records = open(`faults-${(count += 1)}`, proxy.endpoint);
      const snapshots = makeSnapshots(110);
      proxy.fault = everyFault(cloud, (index) => index % 5 === 2);
      const { addedCount } = await records.append('snapshots', snapshots);
      expect(addedCount).toBe(110);
      expect(await records.append('snapshots', snapshots)).toEqual({ addedCount: 0 });
      const given = snapshots.map((each) => Object.assign({ version: 5 }, each));
      expect(new Set(await records.restore('snapshots', given, 'older'))).toEqual(new Set(['written']));
      const all = await readAll(records, 'snapshots');
      expect(all).toEqual(given.toSorted((a, b) => (a.id < b.id ? -1 : 1)));
      await records.close();
    }, 60_000);
  },
);

it('sends again what DynamoDB left undone of a batch, and reads again what it left unread', async () => {
  const records = openDynamoRecords({ table, region, prefix: 'undone', endpoint: dynamoProxy.endpoint });
  const snapshots = makeSnapshots(60);
  let [partCount, noneCount] = [0, 0];
  // As the real one does under load: of each batch it takes the first three, and of each third one nothing.
  dynamoProxy.fault = ({ headers, body }) => {
    const target = String(headers['x-amz-target']);
    const wish = JSON.parse(body.toString()) as { RequestItems?: Record<string, unknown> };
    if (target.endsWith('BatchWriteItem')) {
      const all = wish.RequestItems?.[table] as unknown[];
      if (all.length <= 3) return undefined;
      if ((partCount + noneCount) % 3 === 2) {
        noneCount += 1;
        return { kind: 'instead', answer: json(200, { UnprocessedItems: { [table]: all } }) };
      }
      partCount += 1;
      return {
        kind: 'rewrite',
        body: Buffer.from(JSON.stringify({ ...wish, RequestItems: { [table]: all.slice(0, 3) } })),
        change: ({ status, headers: own }) => ({
          ...json(status, { UnprocessedItems: { [table]: all.slice(3) } }),
          headers: own,
        }),
      };
    }
    if (!target.endsWith('BatchGetItem')) return undefined;
    const { Keys: keys, ...rest } = (wish.RequestItems?.[table] ?? {}) as { Keys: unknown[] };
    if (keys.length <= 7) return undefined;
    partCount += 1;
    return {
      kind: 'rewrite',
      body: Buffer.from(
        JSON.stringify({ ...wish, RequestItems: { [table]: { ...rest, Keys: keys.slice(0, 7) } } }),
      ),
      change: ({ status, headers: own, body: answer }) => ({
        ...json(status, {
          ...(JSON.parse(answer.toString()) as object),
          UnprocessedKeys: { [table]: { ...rest, Keys: keys.slice(7) } },
        }),
        headers: own,
      }),
    };
  };
  expect(await records.append('snapshots', snapshots)).toEqual({ addedCount: 60 });
  expect(partCount).toBeGreaterThan(10);
  expect(noneCount).toBeGreaterThan(2);
  expect(
    (
      await records.getAll(
        'snapshots',
        snapshots.map(({ id }) => id),
      )
    ).size,
  ).toBe(60);
  expect((await readAll(records, 'snapshots')).every(({ version }) => version === 1)).toBe(true);
  await records.close();
}, 60_000);

describe('A process that is killed in the middle of its batches', () => {
  const stores = [
    {
      name: 'SQLite',
      module: 'sqlite.ts',
      opening: (place: string) => `openSqliteRecords(${JSON.stringify(join(folder, place))}).records`,
      open: (place: string): Records => openSqliteRecords(join(folder, place)).records,
    },
    {
      name: 'DynamoDB',
      module: 'dynamodb.ts',
      opening: (prefix: string) =>
        `openDynamoRecords(${JSON.stringify({ table, region, prefix, endpoint: dynamo.endpoint })})`,
      open: (prefix: string): Records =>
        openDynamoRecords({ table, region, prefix, endpoint: dynamo.endpoint }),
    },
    {
      name: 'Google Cloud Storage',
      module: 'google-storage.ts',
      opening: (prefix: string) =>
        `openGoogleStorageRecords(${JSON.stringify({ bucket: 'records', prefix, endpoint: google.endpoint })})`,
      open: (prefix: string): Records =>
        openGoogleStorageRecords({ bucket: 'records', prefix, endpoint: google.endpoint }),
    },
  ];

  it.each(stores)(
    'loses nothing that $name took, and doubles nothing when it is run again',
    async (store) => {
      const place = `killed-${(count += 1)}`;
      const script = join(folder, `${place}.mjs`);
      const name = /^\w+/u.exec(store.opening(place))?.[0] ?? '';
      await writeFile(
        script,
        `import { ${name} } from ${JSON.stringify(new URL(store.module, import.meta.url).href)};
       const records = ${store.opening(place)};
       for (let batch = 0; ; batch += 1) {
         const ids = Array.from({ length: 40 }, (_, index) => String(batch * 40 + index).padStart(6, '0'));
         await records.append('snapshots', ids.map((id) => ({ id, value: { id, text: 'x'.repeat(200) } })));
         process.send(batch);
       }`,
      );
      let taken = 0;
      for (const batchCount of [2, 5, 9]) {
        const child = fork(script, { execArgv: [] });
        const ended = new Promise((resolve) => child.on('exit', resolve));
        await new Promise<void>((resolve) =>
          child.on('message', (batch: number) => {
            taken = Math.max(taken, batch + 1);
            if (batch + 1 >= batchCount) resolve();
          }),
        );
        // In the middle of the next.
        await new Promise((resolve) => setTimeout(resolve, 4));
        child.kill('SIGKILL');
        await ended;
      }
      const records = store.open(place);
      const all = await readAll(records, 'snapshots');
      expect(all.length).toBeGreaterThanOrEqual(taken * 40);
      expect(
        all.every(({ id, value, version }) => version === 1 && (value as { id: string }).id === id),
      ).toBe(true);
      const ids = Array.from({ length: (taken + 2) * 40 }, (_, index) => String(index).padStart(6, '0'));
      await records.append(
        'snapshots',
        ids.map((id) => ({ id, value: { id, text: 'x'.repeat(200) } })),
      );
      const rest = (await readAll(records, 'snapshots')).map(({ id }) => id);
      expect(rest.slice(0, ids.length)).toEqual(ids);
      expect(new Set(rest).size).toBe(rest.length);
      await records.close();
    },
    60_000,
  );
});
