import { lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assertOutputPlace, writeTextFile } from './output-file.ts';

let folder: string;
const at = (name: string) => join(folder, name);

/** The head of a PNG of 1 × 1: signature, and a header chunk. */
const png = Buffer.from('89504e470d0a1a0a0000000d494844520000000100000001', 'hex');
const film = Buffer.from('00000020667479706d703432', 'hex');

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot-output-'));
  await writeFile(at('film.mp4'), film);
  await writeFile(at('sheet.png'), png);
  await writeFile(at('old.json'), '{"of": "yesterday", "ä": 1}\n');
  await writeFile(at('empty'), '');
  await mkdir(at('folder'));
  await symlink(at('old.json'), at('link.json'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('a place to write to', () => {
  it.each([
    ['new.json', 'text'],
    ['old.json', 'text'],
    ['empty', 'text'],
    ['new.png', 'png'],
    ['sheet.png', 'png'],
  ] as const)('%s may be a %s', async (name, kind) => {
    await expect(assertOutputPlace(at(name), kind)).resolves.toBeUndefined();
  });

  it.each([
    ['film.mp4', 'text', 'input.other_file_there'],
    ['film.mp4', 'png', 'input.other_file_there'],
    ['sheet.png', 'text', 'input.other_file_there'],
    ['old.json', 'png', 'input.other_file_there'],
    ['folder', 'text', 'input.not_a_file'],
    ['no/where.json', 'text', 'not_found.file'],
    ['film.mp4/x.json', 'text', 'input.not_a_folder'],
    ['link.json', 'png', 'input.not_a_file'],
  ] as const)('%s may not be a %s', async (name, kind, code) => {
    await expect(assertOutputPlace(at(name), kind)).rejects.toMatchObject({ code });
  });
});

describe('a text', () => {
  it('takes the place of an older one, and leaves nothing beside it', async () => {
    const before = await readdir(folder);
    await writeTextFile(at('old.json'), 'new');
    expect(await readFile(at('old.json'), 'utf8')).toBe('new');
    expect(await readdir(folder)).toEqual(before);
  });

  it('goes to where a link leads, and the link stays: so do pipes and devices', async () => {
    await writeTextFile(at('link.json'), 'through the link');
    expect((await lstat(at('link.json'))).isSymbolicLink()).toBe(true);
    expect(await readFile(at('old.json'), 'utf8')).toBe('through the link');
  });

  it('never takes the place of a film', async () => {
    await expect(writeTextFile(at('film.mp4'), '{}')).rejects.toMatchObject({
      code: 'input.other_file_there',
    });
    expect(await readFile(at('film.mp4'))).toEqual(film);
  });
});
