import { fork } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeRecords } from '../../../test/contracts/records.ts';
import { openSqliteRecords } from './sqlite.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot records "é" #?% '));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let count = 0;
describeRecords('A SQLite file', async (options) => {
  count += 1;
  const path = join(folder, `${count}`, 'records.sqlite');
  const { records } = openSqliteRecords(path, options);
  return {
    records,
    reopen: async () => openSqliteRecords(path, options).records,
    close: () => records.close().catch(() => {}),
  };
});

it('reports a damaged file, and leaves it as it is', async () => {
  const texts = ['no database at all, but long enough to look at'.repeat(100), 'short'];
  for (const [index, text] of texts.entries()) {
    const path = join(folder, `damaged-${index}.sqlite`);
    await writeFile(path, text);
    expect(() => openSqliteRecords(path)).toThrow(expect.objectContaining({ code: 'tool.records_damaged' }));
    expect(await readFile(path, 'utf8')).toBe(text);
  }
});

it('reports a file that was cut off, at the latest when it is read', async () => {
  const path = join(folder, 'cut.sqlite');
  const { records } = openSqliteRecords(path);
  for (let index = 0; index < 200; index += 1) await records.put('c', `id-${index}`, 'x'.repeat(500));
  await records.close();
  const bytes = await readFile(path);
  await writeFile(path, bytes.subarray(0, bytes.length / 2));
  const reading = (async () => {
    const cut = openSqliteRecords(path);
    try {
      return await cut.records.list('c', { limit: 1000 });
    } finally {
      await cut.records.close();
    }
  })();
  await expect(reading).rejects.toMatchObject({ code: 'tool.records_damaged' });
});

it('opens a file that was made before records could expire, to read and to write', async () => {
  const path = join(folder, 'old.sqlite');
  const old = new DatabaseSync(path);
  old.exec(`CREATE TABLE records (collection TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, value TEXT NOT NULL,
            PRIMARY KEY (collection, id)) STRICT, WITHOUT ROWID`);
  old.exec(`INSERT INTO records VALUES ('c', 'a', 3, '"kept"')`);
  old.close();
  const { records } = openSqliteRecords(path);
  expect(await records.get('c', 'a')).toEqual({ id: 'a', value: 'kept', version: 3 });
  await records.put('c', 'a', 'more', { ifVersion: 3, expiresAt: '2000-01-01T00:00:00Z' });
  await records.close();
  const again = openSqliteRecords(path);
  expect(await again.records.listCollections()).toEqual([]);
  await again.records.close();
});

it('throws away what has expired when it is opened', async () => {
  const path = join(folder, 'expired.sqlite');
  const first = openSqliteRecords(path, { now: () => 1000 });
  await first.records.put('c', 'a', 1, { expiresAt: new Date(2000).toISOString() });
  await first.records.close();
  await openSqliteRecords(path).records.close();
  const database = new DatabaseSync(path);
  expect(database.prepare('SELECT count(*) AS n FROM records').get()).toEqual({ n: 0 });
  database.close();
});

it('loses no record when several processes put at once', async () => {
  const path = join(folder, 'shared.sqlite');
  const script = join(folder, 'put.mjs');
  const adapter = new URL('sqlite.ts', import.meta.url).href;
  await writeFile(
    script,
    `import { openSqliteRecords } from ${JSON.stringify(adapter)};
     const { records } = openSqliteRecords(process.argv[2]);
     for (let i = 0; i < 40; i++) await records.put('c', process.argv[3] + i, i, { ifVersion: 0 });
     await records.close();`,
  );
  const codes = await Promise.all(
    ['a', 'b', 'c'].map(
      (name) => new Promise((resolve) => fork(script, [path, name], { execArgv: [] }).on('exit', resolve)),
    ),
  );
  expect(codes).toEqual([0, 0, 0]);
  const { records } = openSqliteRecords(path);
  expect((await records.list('c', { limit: 1000 })).records).toHaveLength(120);
  await records.close();
});

it.runIf(process.platform !== 'win32' && process.getuid?.() !== 0)(
  'reads records that it may not write, and says so when asked to',
  async () => {
    const own = join(folder, 'read-only');
    const path = join(own, 'records.sqlite');
    const first = openSqliteRecords(path);
    expect(first.isWritable).toBe(true);
    await first.records.put('c', 'a', 1);
    await first.records.close();
    await chmod(path, 0o444);
    await chmod(own, 0o555);
    try {
      const { records, isWritable } = openSqliteRecords(path);
      expect(isWritable).toBe(false);
      expect((await records.get('c', 'a'))?.value).toBe(1);
      await expect(records.put('c', 'a', 2)).rejects.toMatchObject({ code: 'input.not_writable' });
      await records.close();
    } finally {
      await chmod(own, 0o755);
    }
  },
);
