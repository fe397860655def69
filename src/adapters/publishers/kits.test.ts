import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  bodyOf,
  fitText,
  platformNames,
  platformRules,
  tagsLength,
  textLength,
} from '../../domain/platforms.ts';
import type { Publication } from '../../ports/publisher.ts';
import { createKits } from './kits.ts';

let folder: string;
let publication: Publication;
const quiet = { signal: new AbortController().signal, report: () => {} };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot kits "é" '));
  const path = join(folder, 'clip.mp4');
  await writeFile(path, Buffer.alloc(1000, 7));
  await writeFile(join(folder, 'clip.jpg'), 'picture');
  await writeFile(join(folder, 'clip.srt'), '1\n');
  publication = {
    itemId: '0123456789abcdef',
    film: { path, contentHash: `sha256:${'0'.repeat(64)}`, sizeBytes: 1000 },
    title: '../Why *I* was late / again?',
    description: 'Every morning. '.repeat(400),
    tags: ['time', 'being late', 'x'.repeat(490)],
    privacy: 'public',
    isSynthetic: true,
    isMadeForKids: false,
    playlistIds: [],
    coverPath: join(folder, 'clip.jpg'),
    captionsPath: join(folder, 'clip.srt'),
  };
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const kits = (at = 'kits') => createKits({ folder: join(folder, at), platforms: platformNames });

it('hold everything that a person needs, in the lengths that each platform takes', async () => {
  const { id } = await kits().publish(publication, quiet);
  expect(id).toBe(join(folder, 'kits', 'why-i-was-late-again-0123456789abcdef'));
  expect((await readdir(id)).toSorted()).toEqual(
    [
      'README.md',
      'captions.srt',
      'cover.jpg',
      'film.mp4',
      'kit.json',
      ...platformNames.map((name) => `${name}.txt`),
    ].toSorted(),
  );
  expect((await readFile(join(id, 'film.mp4'))).equals(Buffer.alloc(1000, 7))).toBe(true);
  for (const name of platformNames) {
    const text = (await readFile(join(id, `${name}.txt`), 'utf8')).trimEnd();
    const { bodyText, titleText } = platformRules[name];
    if (titleText === undefined) expect(textLength(text, bodyText.unit)).toBeLessThanOrEqual(bodyText.most);
    expect(text).toContain('Why *I* was late');
    expect(text.length).toBeGreaterThan(200);
  }
  const shorts = await readFile(join(id, 'shorts.txt'), 'utf8');
  expect(shorts).toContain('\nTags\ntime, being late\n');
  expect(await readFile(join(id, 'README.md'), 'utf8')).toContain('Altered content');
});

it('are made once, whatever is asked again, in another process or under another title', async () => {
  const first = await kits().publish(publication, quiet);
  await writeFile(join(first.id, 'tiktok.txt'), 'mine');
  const again = await Promise.all([
    kits().publish({ ...publication, title: 'Another' }, quiet),
    kits().publish(publication, quiet),
  ]);
  for (const one of again) expect(one).toEqual(first);
  expect(await readFile(join(first.id, 'tiktok.txt'), 'utf8')).toBe('mine');
  const both = await Promise.all([1, 2, 3, 4].map(() => kits('together').publish(publication, quiet)));
  expect(new Set(both.map(({ id }) => id)).size).toBe(1);
  expect(await readdir(join(folder, 'together'))).toHaveLength(1);
});

it('are whole or not there: a film that changed, a stop and a file in the way leave nothing', async () => {
  const wrong = { ...publication, film: { ...publication.film, sizeBytes: 999 } };
  await expect(kits().publish(wrong, quiet)).rejects.toMatchObject({ code: 'input.film_changed' });
  await expect(kits().publish(publication, { ...quiet, signal: AbortSignal.abort() })).rejects.toMatchObject({
    name: 'AbortError',
  });
  await expect(
    kits().publish({ ...publication, coverPath: join(folder, 'none.jpg') }, quiet),
  ).rejects.toThrow();
  expect(await readdir(join(folder, 'kits'))).toEqual([]);
  await writeFile(join(folder, 'file'), '');
  await expect(kits('file').publish(publication, quiet)).rejects.toThrow();
  // What was left by a killed process under another name is none.
  await mkdir(join(folder, 'kits', 'x-0123456789abcdef'));
  const { id } = await kits().publish(publication, quiet);
  expect((await stat(join(id, 'kit.json'))).isFile()).toBe(true);
});

it('are told before they are made', async () => {
  const lines = await kits().preview(publication);
  expect(lines[0]).toContain('a kit in ');
  expect(lines).toHaveLength(1 + platformNames.length);
  await expect(stat(join(folder, 'kits'))).rejects.toThrow();
});

it('texts are cut between words and counted as each platform counts', () => {
  expect(fitText('one two three', { most: 9, unit: 'characters' })).toBe('one two…');
  expect(fitText('äöü äöü', { most: 10, unit: 'bytes' })).toBe('äöü…');
  expect(fitText('short', { most: 9, unit: 'utf16' })).toBe('short');
  expect(bodyOf({ title: 'T', description: '', tags: ['a b', '!'] }, 'x')).toBe('T\n\n#ab');
  expect(tagsLength(['a b', 'c'])).toBe(7);
});
