import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create as createTar } from 'tar';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeTarGzip, writeZip, type MadeEntry } from '../../../test/fixtures/make-archive.ts';
import { PatternPivotError } from '../../domain/errors.ts';
import { openArchive } from './open-archive.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot archives '));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const work = { signal: new AbortController().signal };
const large = randomBytes(3_000_000);
const entries: MadeEntry[] = [
  { name: 'Takeout/', bytes: new Uint8Array(0) },
  {
    name: 'Takeout/YouTube and YouTube Music/video metadata/videos.csv',
    bytes: Buffer.from('Video ID\nÄ\n'),
  },
  {
    name: `Takeout/YouTube and YouTube Music/videos/Über ${'ж'.repeat(60)}.mp4`,
    bytes: large,
    isStored: true,
  },
  { name: 'Takeout/YouTube and YouTube Music/videos/empty.mp4', bytes: new Uint8Array(0) },
];

const hostile: MadeEntry[] = [
  { name: '../../outside.mp4', bytes: large },
  { name: '/etc/absolute.mp4', bytes: large },
  { name: 'C:/windows.mp4', bytes: large },
  { name: 'a\\..\\b.mp4', bytes: large },
  { name: 'bell\u0007\u001b[31m.mp4', bytes: large },
  { name: 'link.mp4', bytes: Buffer.from('/etc/passwd'), isLink: true },
  { name: 'fine.mp4', bytes: large },
  { name: 'fine.mp4', bytes: Buffer.from('the second of this name') },
];

const writers = {
  zip: (path: string, made: readonly MadeEntry[]) => writeZip(path, made),
  zip64: (path: string, made: readonly MadeEntry[]) => writeZip(path, made, { isZip64: true }),
  tgz: (path: string, made: readonly MadeEntry[]) =>
    writeTarGzip(
      path,
      made.filter(({ name }) => !name.endsWith('/')),
    ),
};

const codeOf = async (run: Promise<unknown>) => {
  const error: unknown = await run.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(PatternPivotError);
  return (error as PatternPivotError).code;
};

describe.each(Object.entries(writers))('%s', (kind, write) => {
  it('is listed, and gives out what is asked for, whole', async () => {
    const path = join(folder, `honest.${kind}`);
    await write(path, entries);
    const archive = await openArchive(path);
    const { entries: listed, refusedCount } = await archive.list((name) => name.endsWith('.csv'), work);
    expect(refusedCount).toBe(0);
    expect(listed.map(({ path: name, sizeBytes, text }) => [name, sizeBytes, text])).toEqual([
      [entries[1]!.name, 12, 'Video ID\nÄ\n'],
      [entries[2]!.name, 3_000_000, undefined],
      [entries[3]!.name, 0, undefined],
    ]);
    const target = join(folder, `${kind} large.mp4`);
    let doneBytes = 0;
    await archive.extract(new Map([[entries[2]!.name, target]]), {
      ...work,
      onBytes: (bytes) => (doneBytes = bytes),
    });
    expect((await readFile(target)).equals(large)).toBe(true);
    expect(doneBytes).toBe(3_000_000);
    const missing = archive.extract(new Map([['nowhere.mp4', join(folder, 'nowhere')]]), work);
    expect(await codeOf(missing)).toBe('not_found.archive_entry');
    // What lies there already is never written over.
    const again = archive.extract(new Map([[entries[2]!.name, target]]), work);
    await expect(again).rejects.toThrow(PatternPivotError);
  });

  it('leaves out names that lead elsewhere, links and doubles, and says how many', async () => {
    const path = join(folder, `hostile.${kind}`);
    await write(path, hostile);
    const archive = await openArchive(path);
    const { entries: listed, refusedCount } = await archive.list(() => false, work);
    expect(listed.map(({ path: name }) => name)).toEqual(['fine.mp4']);
    expect(refusedCount).toBe(7);
    await archive.extract(new Map([['fine.mp4', join(folder, `fine ${kind}.mp4`)]]), work);
    expect((await stat(join(folder, `fine ${kind}.mp4`))).size).toBe(large.length);
    expect((await readdir(folder)).every((name) => !name.startsWith('outside'))).toBe(true);
  });

  it('that was cut off is said to be damaged', async () => {
    const path = join(folder, `cut.${kind}`);
    await write(path, entries);
    await truncate(path, 1_000_000);
    const archive = await openArchive(path);
    expect(await codeOf(archive.list(() => false, work))).toBe('input.archive_damaged');
  });

  it('is left at once when nobody wants it any more', async () => {
    const path = join(folder, `stopped.${kind}`);
    await write(path, entries);
    const archive = await openArchive(path);
    await expect(archive.list(() => false, { signal: AbortSignal.abort() })).rejects.toThrow(/abort/iu);
  });
});

it('a zip whose files are not what it says is damaged', async () => {
  const path = join(folder, 'lies.zip');
  await writeZip(path, [{ name: 'a.mp4', bytes: large, crc: 1 }]);
  const wrongSum = (await openArchive(path)).extract(new Map([['a.mp4', join(folder, 'a1')]]), work);
  expect(await codeOf(wrongSum)).toBe('input.archive_damaged');
  // A bomb says that it is small.
  const bomb = join(folder, 'bomb.zip');
  await writeZip(bomb, [{ name: 'a.mp4', bytes: new Uint8Array(50_000_000), claimedBytes: 1000 }]);
  const inflated = (await openArchive(bomb)).extract(new Map([['a.mp4', join(folder, 'a2')]]), work);
  expect(await codeOf(inflated)).toBe('input.archive_damaged');
  expect((await stat(join(folder, 'a2')).catch(() => ({ size: 0 }))).size).toBeLessThanOrEqual(1000);
  const text = (await openArchive(bomb)).list(() => true, work);
  expect(await codeOf(text)).toBe('input.archive_damaged');
});

it('what is no archive is refused, and an archive of another program is read', async () => {
  await writeFile(join(folder, 'no.zip'), 'This is a letter.');
  expect(await codeOf(openArchive(join(folder, 'no.zip')))).toBe('input.archive_unknown');
  expect(await codeOf(openArchive(join(folder, 'nowhere.zip')))).toBe('not_found.file');
  await writeFile(join(folder, 'inside.bin'), large);
  await createTar({ gzip: true, cwd: folder, file: join(folder, 'other.tgz') }, ['inside.bin']);
  const archive = await openArchive(join(folder, 'other.tgz'));
  await archive.extract(new Map([['inside.bin', join(folder, 'outside.bin')]]), work);
  const sum = createHash('sha256')
    .update(await readFile(join(folder, 'outside.bin')))
    .digest('hex');
  expect(sum).toBe(createHash('sha256').update(large).digest('hex'));
});
