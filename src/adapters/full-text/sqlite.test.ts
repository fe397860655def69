import { fork } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { chunkOf, describeFullText } from '../../../test/contracts/full-text.ts';
import { openSqliteFullText } from './sqlite.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot full text "é" '));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let count = 0;
describeFullText('A SQLite file', async () => {
  count += 1;
  const path = join(folder, `${count}`, 'full-text.sqlite');
  const fullText = openSqliteFullText(path);
  return { fullText, reopen: async () => openSqliteFullText(path), close: () => fullText.close() };
});

/** An index of 500 chunks in a file that is closed properly. */
async function makeIndex(path: string): Promise<void> {
  const fullText = openSqliteFullText(path);
  const chunks = Array.from({ length: 500 }, (_, number) =>
    chunkOf(`a:${number}`, `needle ${number} `.repeat(20)),
  );
  await fullText.write('a', 's', chunks);
  await fullText.close();
}

it('throws a damaged or half-written index away and begins anew', async () => {
  const path = join(folder, 'damaged.sqlite');
  const damages: ((bytes: Buffer) => Buffer)[] = [
    (bytes) => bytes.subarray(0, 5000),
    (bytes) => bytes.subarray(0, 50),
    () => Buffer.from('no database at all'.repeat(500)),
    (bytes) => Buffer.concat([bytes.subarray(0, 100), Buffer.alloc(bytes.length - 100)]),
  ];
  for (const damage of damages) {
    await makeIndex(path);
    await writeFile(path, damage(await readFile(path)));
    const fullText = openSqliteFullText(path);
    expect((await fullText.listWritten()).size).toBe(0);
    await fullText.write('b', 's', [chunkOf('b:0', 'a needle again')]);
    expect(await fullText.search('needle', { limit: 5 })).toHaveLength(1);
    await fullText.close();
  }
});

it('tells of damage that shows only later, and is empty and whole then', async () => {
  const path = join(folder, 'late.sqlite');
  await makeIndex(path);
  const bytes = await readFile(path);
  // One page of texts, far from those that are looked at when it is opened.
  const page = Math.floor(bytes.indexOf('needle 400 ') / 4096) * 4096;
  await writeFile(path, bytes.fill(0xff, page, page + 4096));
  const fullText = openSqliteFullText(path);
  await expect(fullText.search('needle', { limit: 500 })).rejects.toMatchObject({
    code: 'conflict.index_damaged',
    retryable: true,
  });
  expect((await fullText.listWritten()).size).toBe(0);
  await fullText.write('b', 's', [chunkOf('b:0', 'a needle again')]);
  expect(await fullText.search('needle', { limit: 5 })).toHaveLength(1);
  await fullText.close();
});

it('makes an index of another version anew', async () => {
  const path = join(folder, 'older.sqlite');
  await makeIndex(path);
  const database = new DatabaseSync(path);
  database.exec('PRAGMA user_version = 999');
  database.close();
  const fullText = openSqliteFullText(path);
  expect((await fullText.listWritten()).size).toBe(0);
  await fullText.close();
});

it('lives in memory where no file can be made', async () => {
  const file = join(folder, 'a file');
  await writeFile(file, '');
  const fullText = openSqliteFullText(join(file, 'index', 'full-text.sqlite'));
  await fullText.write('a', 's', [chunkOf('a:0', 'a needle')]);
  expect(await fullText.search('needle', { limit: 5 })).toHaveLength(1);
  await fullText.close();
});

it('holds what several processes write at once', async () => {
  const path = join(folder, 'shared.sqlite');
  const script = join(folder, 'write.mjs');
  await writeFile(
    script,
    `import { openSqliteFullText } from ${JSON.stringify(new URL('sqlite.ts', import.meta.url).href)};
     const fullText = openSqliteFullText(process.argv[2]);
     for (let i = 0; i < 20; i++) {
       const assetId = process.argv[3] + i;
       const chunk = { assetId, id: assetId + ':0', startMs: 0, endMs: 1, sentenceStart: 0, sentenceEnd: 1, kind: 'story' };
       await fullText.write(assetId, 's', [{ ...chunk, text: 'a needle' }]);
     }
     await fullText.close();`,
  );
  const codes = await Promise.all(
    ['a', 'b', 'c'].map(
      (name) => new Promise((resolve) => fork(script, [path, name], { execArgv: [] }).on('exit', resolve)),
    ),
  );
  expect(codes).toEqual([0, 0, 0]);
  const fullText = openSqliteFullText(path);
  expect(await fullText.search('needle', { limit: 1000 })).toHaveLength(60);
  await fullText.close();
});
