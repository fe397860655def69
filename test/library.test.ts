import { mkdir, mkdtemp, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configSchema } from '../src/app/config.ts';
import { defaultLibraryFolder, openLibrary, type OpenedLibrary } from '../src/app/library.ts';
import { hashSource } from '../src/app/sources.ts';
import { openIndexDatabase, type IndexDatabase } from '../src/app/index-database.ts';
import type { LibraryAsset } from '../src/domain/library.ts';
import type { RecipeContext, RecipeEvent } from '../src/recipes/events.ts';
import { addToLibrary, type AddOptions, type AddPorts } from '../src/recipes/library/add.ts';
import { listAddItems } from '../src/recipes/library/add-items.ts';
import {
  changeAsset,
  findAsset,
  listAssets,
  readAsset,
  readAssetTranscript,
  selectAssets,
} from '../src/recipes/library/assets.ts';
import { locateAsset, type LocatePorts } from '../src/recipes/library/locate.ts';
import { bringFullTextUpToDate } from '../src/recipes/library/rebuild.ts';
import { removeFromLibrary } from '../src/recipes/library/remove.ts';

let folder: string;
let library: OpenedLibrary;
let index: IndexDatabase;
let events: RecipeEvent[];
let context: RecipeContext;

const open = (more: object = {}, mayCreate = true) =>
  openLibrary({
    config: configSchema.parse({ library: { folder: join(folder, 'library'), ...more } }),
    env: {},
    mayCreate,
  });

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot library "é" '));
  library = await open();
  index = openIndexDatabase(join(folder, 'index.sqlite'));
  events = [];
  context = { signal: new AbortController().signal, emit: (event) => void events.push(event) };
});
afterEach(async () => {
  await library.close();
  index.close();
  await rm(folder, { recursive: true, force: true });
});

const step = { signal: new AbortController().signal, report: () => {} };
const unused = () => Promise.reject(new Error('Captions are read without it.'));

/** What captions need of the world. Nothing else is opened here: media are added in the end-to-end test. */
const ports = (): AddPorts & LocatePorts => ({
  openSource: unused,
  transcriber: { model: 'none', languages: 'any', transcribe: unused, close: unused } as never,
  openSpeechDetector: unused,
  cache: { remember: unused, rememberFile: unused },
  hashFile: (path, about) => hashSource(path, index, about),
  findPaths: (contentHash) => index.findPaths(contentHash),
});

const captions = (...sentences: string[]) =>
  `WEBVTT\n\n${sentences
    .map(
      (text, at) =>
        `00:00:${String(at * 5).padStart(2, '0')}.000 --> 00:00:${String(at * 5 + 4).padStart(2, '0')}.000\n${text}\n`,
    )
    .join('\n')}`;

async function write(name: string, ...sentences: string[]): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, captions(...sentences));
  return path;
}

async function add(paths: readonly string[], options: Partial<AddOptions> = {}) {
  const { items } = await listAddItems(paths);
  return addToLibrary(
    library,
    items,
    { tags: [], glossary: [], isHeardAnew: false, ...options },
    ports(),
    context,
  );
}

const all = () => Array.fromAsync(listAssets(library));

describe('what is added', () => {
  it('is one asset however often, with all the tags it was given', async () => {
    const path = await write('talk.en.vtt', 'Compilers are programs.', 'Why not?');
    expect((await add([path], { tags: ['Compilers', 'Yale'] })).results[0]?.status).toBe('added');
    expect((await add([path])).results[0]?.status).toBe('known');
    expect((await add([path], { tags: ['compilers', 'navy'], channel: 'Ours' })).results[0]?.status).toBe(
      'changed',
    );
    const copy = await write('copy.vtt', 'Compilers are programs.', 'Why not?');
    expect((await add([copy])).results[0]?.status).toBe('changed');
    const assets = await all();
    expect(assets).toHaveLength(1);
    expect(assets[0]).toMatchObject({
      title: 'talk',
      path: copy,
      tags: ['Compilers', 'Yale', 'navy'],
      channel: 'Ours',
      kind: 'transcript',
      wordCount: 5,
      durationMs: 9000,
    });
  });

  it('keeps what was said of it before', async () => {
    const path = await write('talk.vtt', 'Compilers are programs.');
    await add([path], { title: 'Own title', publishedAt: '2024-05-01T00:00:00.000Z', playlist: 'Series' });
    await add([path], { tags: ['x'] });
    expect((await all())[0]).toMatchObject({ title: 'Own title', publishedAt: '2024-05-01T00:00:00.000Z' });
  });

  it('goes on after what cannot be read, and says the worst of it', async () => {
    const good = await write('good.vtt', 'Compilers are programs.');
    const bad = join(folder, 'bad.vtt');
    await writeFile(bad, 'WEBVTT\n\nnot a time --> neither\nwords\n');
    const silent = join(folder, 'silent.vtt');
    await writeFile(silent, 'WEBVTT\n\n00:00:01.000 --> 00:00:02.000\n[Music]\n');
    const { results, exitCode } = await add([bad, join(folder, 'none.vtt'), silent, good]);
    expect(results.map(({ status }) => status)).toEqual(['failed', 'failed', expect.any(String), 'added']);
    expect(results[2]?.status).not.toBe('added');
    expect(exitCode).toBe(3);
    expect(await all()).toHaveLength(1);
    expect(events.at(-1)).toMatchObject({ event: 'addFinished', exitCode: 3 });
  });

  it('is found by its words at once, in any order of tags, channels and dates', async () => {
    const first = await write('a.vtt', 'Compilers are programs.');
    const second = await write('b.vtt', 'The audience leaves early.');
    await add([first], { tags: ['Über', 'x'], channel: 'Ada', publishedAt: '2020-01-01T00:00:00.000Z' });
    await add([second], { tags: ['x'], playlist: 'One', publishedAt: '2024-01-01T00:00:00.000Z' });
    expect((await library.fullText.search('compiler', { limit: 5 })).length).toBe(1);
    const titles = async (selection: object) =>
      (await selectAssets(library, selection)).map(({ title }) => title).toSorted();
    expect(await titles({})).toEqual(['a', 'b']);
    expect(await titles({ tags: ['x'] })).toEqual(['a', 'b']);
    expect(await titles({ tags: ['X', 'u\u0308ber'] })).toEqual(['a']);
    expect(await titles({ channel: 'ADA' })).toEqual(['a']);
    expect(await titles({ playlist: 'one' })).toEqual(['b']);
    expect(await titles({ after: '2020-01-01T00:00:00.000Z', before: '2024-01-01T00:00:00.000Z' })).toEqual([
      'a',
    ]);
    expect(await titles({ text: 'audiences leave' })).toEqual(['b']);
    expect(await titles({ assetIds: [] })).toEqual([]);
  });

  it('stops when it is told to, and leaves what is whole', async () => {
    const stop = new AbortController();
    const [first, second] = [await write('a.vtt', 'One two.'), await write('b.vtt', 'Three four.')];
    context = {
      signal: stop.signal,
      emit: (event) => {
        if (event.event === 'addResult') stop.abort();
      },
    };
    await expect(add([first, second])).rejects.toMatchObject({ name: 'AbortError' });
    expect((await all()).map(({ title }) => title)).toEqual(['a']);
  });
});

it('names things by id, the beginning of it, path or title', async () => {
  const path = await write('talk.vtt', 'Compilers are programs.');
  await add([path, await write('other.vtt', 'Something else.')]);
  const { id } = await findAsset(library, path);
  for (const named of [id, id.slice(0, 6), 'TALK']) expect((await findAsset(library, named)).id).toBe(id);
  await expect(findAsset(library, 'no such thing')).rejects.toMatchObject({ code: 'not_found.asset' });
  await changeAsset(library, (await findAsset(library, 'other')).id, (before) => ({
    ...(before as LibraryAsset),
    title: 'Talk',
  }));
  await expect(findAsset(library, 'talk')).rejects.toMatchObject({ code: 'input.asset_ambiguous' });
});

it('loses nothing when several change one record at once', async () => {
  await add([await write('talk.vtt', 'Compilers are programs.')]);
  const [asset] = await all();
  const others = await Promise.all([open(), open(), open()]);
  const tag = (one: OpenedLibrary, name: string) =>
    changeAsset(one, asset?.id ?? '', (before) => ({
      ...(before as LibraryAsset),
      tags: [...(before?.tags ?? []), name],
    }));
  await Promise.all(others.flatMap((one, at) => [tag(one, `a${at}`), tag(one, `b${at}`)]));
  expect((await all())[0]?.tags.toSorted()).toEqual(['a0', 'a1', 'a2', 'b0', 'b1', 'b2']);
  await Promise.all(others.map((one) => one.close()));
});

describe('the index of words', () => {
  it('is made again when it is missing, damaged, or cut in another way', async () => {
    await add([await write('talk.vtt', 'Compilers are programs.', 'Why not?')]);
    const indexFolder = join(folder, 'library', 'index');
    const spoil: (() => Promise<unknown>)[] = [
      () => rm(indexFolder, { recursive: true }),
      () => writeFile(join(indexFolder, 'full-text.sqlite'), 'nothing like a database'.repeat(500)),
    ];
    for (const damage of spoil) {
      await library.close();
      await damage();
      library = await open();
      expect(await library.fullText.search('compiler', { limit: 5 })).toEqual([]);
      await bringFullTextUpToDate(library, context);
      expect(await library.fullText.search('compiler', { limit: 5 })).toHaveLength(1);
    }
    const [asset] = await all();
    const before = await library.fullText.listWritten();
    await library.close();
    library = await open({ chunkChars: 200 });
    await bringFullTextUpToDate(library, context);
    expect((await library.fullText.listWritten()).get(asset?.id ?? '')).not.toBe(before.get(asset?.id ?? ''));
    events.length = 0;
    await bringFullTextUpToDate(library, context);
    expect(events).toEqual([]);
  });

  it('forgets what another process removed, and holds what a killed one had not written yet', async () => {
    await add([await write('a.vtt', 'Compilers are programs.'), await write('b.vtt', 'An audience leaves.')]);
    const { id } = await findAsset(library, 'a');
    await library.records.delete('assets', id);
    await library.fullText.remove((await findAsset(library, 'b')).id);
    await bringFullTextUpToDate(library, context);
    expect(await library.fullText.search('compiler', { limit: 5 })).toEqual([]);
    expect(await library.fullText.search('audience', { limit: 5 })).toHaveLength(1);
  });

  it('goes on without a transcript that is gone, and says which', async () => {
    await add([await write('a.vtt', 'Compilers are programs.'), await write('b.vtt', 'An audience leaves.')]);
    const { id, transcriptKey } = await findAsset(library, 'a');
    await library.transcripts.delete(transcriptKey);
    await library.fullText.remove(id);
    await bringFullTextUpToDate(library, context);
    expect(events.find(({ event }) => event === 'note')).toMatchObject({
      text: expect.stringContaining('"a"'),
    });
    const gone = readAssetTranscript(library, { ...(await findAsset(library, 'a')) });
    await expect(gone).rejects.toMatchObject({ code: 'not_found.transcript' });
    expect((await add([join(folder, 'a.vtt')])).exitCode).toBe(0);
    expect((await readAssetTranscript(library, await findAsset(library, 'a'))).words).toHaveLength(3);
  });

  it('finds out that a transcript was damaged on the disk', async () => {
    await add([await write('a.vtt', 'Compilers are programs.')]);
    const asset = await findAsset(library, 'a');
    const key = asset.transcriptKey;
    const path = join(folder, 'library', 'blobs', key.slice(0, 2), key.slice(2, 4), key);
    for (const text of ['', '{"version": 1', '{}']) {
      await writeFile(path, text);
      await expect(readAssetTranscript(library, asset)).rejects.toMatchObject({
        code: 'not_found.transcript',
      });
    }
  });
});

it('removes records, transcripts and words, and never the file', async () => {
  const path = await write('a.vtt', 'Compilers are programs.');
  await add([path, await write('b.vtt', 'An audience leaves.')]);
  await expect(removeFromLibrary(library, ['a', 'none'])).rejects.toMatchObject({ code: 'not_found.asset' });
  expect(await all()).toHaveLength(2);
  const { id, transcriptKey } = await findAsset(library, 'a');
  expect((await removeFromLibrary(library, ['a', path])).map((asset) => asset.id)).toEqual([id]);
  expect(await readAsset(library, id)).toBeUndefined();
  expect(await library.transcripts.has(transcriptKey)).toBe(false);
  expect(await library.fullText.search('compiler', { limit: 5 })).toEqual([]);
  expect((await stat(path)).isFile()).toBe(true);
});

describe('a file that was moved', () => {
  /** As if it were media: only where it lies matters here. */
  const asMedia = async (path: string): Promise<LibraryAsset> => {
    await add([path]);
    const asset = await findAsset(library, path);
    return (
      await changeAsset(library, asset.id, (before) => ({ ...(before as LibraryAsset), kind: 'audio' }))
    ).asset;
  };

  it.each([
    ['under another name', async (path: string) => rename(path, join(folder, 'renamed.vtt'))],
    [
      'in a folder below',
      async (path: string) => {
        await mkdir(join(folder, 'done'));
        await rename(path, join(folder, 'done', 'talk.vtt'));
      },
    ],
    [
      'in a folder beside it',
      async (path: string) => {
        await mkdir(join(folder, 'beside'));
        await rename(path, join(folder, 'beside', 'other name.vtt'));
      },
    ],
  ])('is found again %s, by its content', async (_, move) => {
    await mkdir(join(folder, 'own'));
    const path = await write('own/talk.vtt', 'Compilers are programs.');
    await write('own/same size.vtt', 'Compilers are programz.');
    const asset = await asMedia(path);
    await move(path);
    // Only by looking: another machine's index knows nothing of it.
    const blind = { ...ports(), findPaths: () => [] };
    const found = await locateAsset(library, asset, blind, step);
    expect(found.path).not.toBe(path);
    expect((await readAsset(library, asset.id))?.path).toBe(found.path);
    expect(await locateAsset(library, found, blind, step)).toEqual(found);
  });

  it('is found where it was seen in other runs', async () => {
    const path = await write('talk.vtt', 'Compilers are programs.');
    const asset = await asMedia(path);
    const away = await mkdtemp(join(tmpdir(), 'pivot far '));
    const far = join(away, 'two', 'levels');
    await mkdir(far, { recursive: true });
    try {
      await rename(path, join(far, 'talk.vtt'));
      await expect(locateAsset(library, asset, ports(), step)).rejects.toMatchObject({
        code: 'not_found.media',
      });
      await hashSource(join(far, 'talk.vtt'), index, step);
      expect((await locateAsset(library, asset, ports(), step)).path).toBe(join(far, 'talk.vtt'));
    } finally {
      await rm(away, { recursive: true });
    }
  });

  it('is not taken for a file that has only its name', async () => {
    const path = await write('talk.vtt', 'Compilers are programs.');
    const asset = await asMedia(path);
    await write('talk.vtt', 'Compilers are programz.');
    // Disks count time in steps: written twice within one, a file of the same size seems untouched.
    await utimes(path, new Date(), new Date(Date.now() + 10_000));
    await expect(locateAsset(library, asset, ports(), step)).rejects.toMatchObject({
      code: 'not_found.media',
    });
  });

  it('is no question for words without media', async () => {
    await add([await write('talk.vtt', 'Compilers are programs.')]);
    const [asset] = await all();
    await expect(locateAsset(library, asset as LibraryAsset, ports(), step)).rejects.toMatchObject({
      code: 'input.no_media',
    });
  });
});

describe('what is named to be added', () => {
  it('is media, captions by their ending, or what lies in folders', async () => {
    await mkdir(join(folder, 'media'));
    await mkdir(join(folder, 'words'));
    await mkdir(join(folder, 'none'));
    for (const name of [
      'media/b.mp4',
      'media/a.mp3',
      'media/a.vtt',
      'words/2.srt',
      'words/10.vtt',
      'words/x.json',
    ])
      await writeFile(join(folder, name), '');
    const { items, emptyFolders } = await listAddItems(
      ['media', 'words', 'none', 'talk.json'].map((name) => join(folder, name)).concat('https://host/a.vtt'),
    );
    const shown = items.map(({ kind, path }) => `${kind} ${path.replace(`${folder}/`, '')}`);
    expect(shown).toEqual([
      'media media/a.mp3',
      'media media/b.mp4',
      'captions talk.json',
      'media https://host/a.vtt',
      'captions words/2.srt',
      'captions words/10.vtt',
    ]);
    expect(emptyFolders).toEqual([join(folder, 'none')]);
  });

  it('takes --transcript for the one medium, or alone', async () => {
    const words = join(folder, 'talk.vtt');
    expect((await listAddItems([], words)).items).toEqual([{ kind: 'captions', path: words }]);
    expect((await listAddItems([join(folder, 'a.mp4')], words)).items).toEqual([
      { kind: 'media', path: join(folder, 'a.mp4'), captionsPath: words },
    ]);
    const twice = listAddItems([join(folder, 'a.mp4'), join(folder, 'b.mp4')], words);
    await expect(twice).rejects.toMatchObject({ code: 'input.transcript_ambiguous' });
    await expect(listAddItems([words], words)).rejects.toMatchObject({ code: 'input.transcript_ambiguous' });
    await expect(listAddItems([])).rejects.toMatchObject({ code: 'input.nothing_given' });
  });
});

describe('opening', () => {
  it('says of a folder that was named whether it is a library, and leaves it alone', async () => {
    const elsewhere = join(folder, 'elsewhere');
    await mkdir(elsewhere);
    const config = configSchema.parse({ library: { folder: elsewhere } });
    const opening = openLibrary({ config, env: {}, mayCreate: false });
    await expect(opening).rejects.toMatchObject({ code: 'not_found.library' });
    expect(await readdir(elsewhere)).toEqual([]);
  });

  it('leaves damaged records as they are', async () => {
    await library.close();
    const path = join(folder, 'library', 'records.sqlite');
    await writeFile(path, 'no records'.repeat(1000));
    await expect(open()).rejects.toMatchObject({ code: 'tool.records_damaged' });
    expect((await stat(path)).size).toBe(10_000);
    await rm(path);
    library = await open();
  });

  it.each([
    ['linux', { XDG_DATA_HOME: '/data' }, '/data/patternpivot/library'],
    ['linux', { XDG_DATA_HOME: 'relative' }, '/home/ada/.local/share/patternpivot/library'],
    ['darwin', {}, '/home/ada/Library/Application Support/PatternPivot/Library'],
    ['win32', { LOCALAPPDATA: '/local' }, '/local/patternpivot/library'],
  ] as const)('lies by default where %s wants data', (platform, env, path) => {
    expect(defaultLibraryFolder(platform, env, '/home/ada')).toBe(path);
  });
});
