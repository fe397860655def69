import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSqliteRecords } from '../../src/adapters/records/sqlite.ts';
import type { LibraryAsset } from '../../src/domain/library.ts';
import { encodeSound } from '../fixtures/encode-sound.ts';
import { writeTarGzip, writeZip, type MadeEntry } from '../fixtures/make-archive.ts';
import { makeSpokenWav } from '../fixtures/spoken-wav.ts';
import { runPivot } from './run-pivot.ts';

/** A channel of four videos, footage under names that say little, and what Takeout gives of it. */

const channelId = 'UC0123456789abcdefghijkl';
const talks = {
  vidCompiler: {
    title: 'Why did nobody believe in compilers? And what every programmer can learn from it',
    sentences: [
      'Nobody believed that a compiler could work, and they told me so, again and again.',
      'Computers could only do arithmetic, they said, and they could not write programs.',
      'So I went home, and I wrote one that did, and it took me half a year to be believed.',
      'After that, everybody wanted to know how it had been done, and when they could have it.',
      'There was nothing to it but the courage to try, and a good deal of patience with machines.',
      'If somebody tells you that a thing cannot be done, ask them when they last tried it.',
    ],
  },
  vidWeekly_1: {
    title: 'Weekly news',
    sentences: [
      'An audience leaves when the story stops moving, however beautiful the pictures are.',
      'Nine out of ten viewers were gone after a minute, since nothing had happened.',
      'Begin with what is at stake, and tell the others later what they are waiting for.',
    ],
  },
  vidWeekly_2: {
    title: 'Weekly news',
    sentences: [
      'The river rose again last night, and the old bridge has been closed since morning.',
      'Nobody was hurt, but the bakery on the corner will not open for another week or two.',
    ],
  },
} as const;

let folder: string;
const publishedAt = '2024-05-01T10:00:00.000Z';
const inTakeout = (name: string) => `Takeout/YouTube and YouTube Music/${name}`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot originals "é" '));
  const { records } = openSqliteRecords(join(folder, 'library', 'records.sqlite'));
  const fetched = { at: new Date().toISOString(), under: `owner:${channelId}` };
  await records.put('channels', channelId, {
    version: 1,
    id: channelId,
    title: 'Ada on Film',
    description: '',
    uploadsPlaylistId: 'UU0123456789abcdefghijkl',
    fetched,
  });
  let table =
    'Video ID,Approx Duration (ms),Video Description (Original),Channel ID,Video Title (Original),Video Publish Timestamp\n';
  const videos: MadeEntry[] = [];
  for (const [id, { title, sentences }] of Object.entries(talks)) {
    const path = join(folder, `${id}.wav`);
    const { durationMs } = await makeSpokenWav(path, sentences);
    await records.put('videos', id, {
      version: 1,
      id,
      channelId,
      playlistIds: [],
      title,
      description: '',
      tags: [],
      publishedAt,
      durationMs: Math.round(durationMs / 1000) * 1000,
      privacy: 'public',
      hasCaptions: true,
      chapters: [],
      fetched,
    });
    table += `${id},${durationMs},"Said on\nfilm",${channelId},"${title}",${publishedAt}\n`;
    const copy = await encodeSound(path, join(folder, `${id}.m4a`), { bitRate: '64k' });
    const isSecond = id === 'vidWeekly_2';
    const name = `${title.replaceAll('?', '').slice(0, 43)}${isSecond ? '(1)' : ''}.m4a`;
    videos.push({ name: inTakeout(`videos/${name}`), bytes: await readFile(copy), isStored: true });
  }
  await records.close();
  const csv: MadeEntry = { name: inTakeout('video metadata/videos.csv'), bytes: Buffer.from(table) };
  const hostile: MadeEntry = { name: '../../outside.mp4', bytes: Buffer.from('no') };
  await writeZip(join(folder, 'takeout-20240601T100000Z-001.zip'), [csv, videos[0]!], { isZip64: true });
  await writeZip(join(folder, 'takeout-20240601T100000Z-002.zip'), [videos[1]!, videos[2]!, hostile]);
  await mkdir(join(folder, 'tgz'));
  await writeTarGzip(join(folder, 'tgz', 'takeout-20240601T100000Z-001.tgz'), [csv, ...videos]);
  await mkdir(join(folder, 'footage', 'card 1'), { recursive: true });
  // The original, trimmed before it was uploaded; under the camera's name.
  const camera = join(folder, 'footage', 'card 1', 'ZOOM0007.wav');
  await encodeSound(join(folder, 'vidCompiler.wav'), camera, {
    filters: 'adelay=700:all=1,volume=3dB',
    encoder: 'pcm_s16le',
    format: 'wav',
  });
  await writeFile(
    join(folder, 'footage', 'card 1', 'ZOOM0007.en.vtt'),
    `WEBVTT\n\n00:00:00.500 --> 00:00:30.000\n${talks.vidCompiler.sentences.join(' ')}\n`,
  );
  await makeSpokenWav(join(folder, 'footage', 'ideas.wav'), [
    'This one was never uploaded, and nobody will ever miss it at all.',
  ]);
  await writeFile(join(folder, 'footage', 'broken.mp4'), 'no film');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

type Match = {
  video: { id: string };
  file: { name: string; path?: string };
  certainty: string;
  reasons: string[];
};
type Found = Record<'originals' | 'copies' | 'unsure', Match[]> & {
  unmatched: { name: string }[];
  unreadable: { name: string }[];
  videosWithout: { id: string }[];
};

const run = (...args: string[]) => runPivot(args, { cwd: folder });
const find = async (...args: string[]): Promise<Found> =>
  JSON.parse((await run('originals', ...args, '--library', 'library', '--json')).stdout);

describe('pivot originals', () => {
  it('tells by their length what may be, and takes nothing of it for sure', async () => {
    const found = await find('footage');
    expect(found.originals).toEqual([]);
    expect(found.unreadable.map(({ name }) => name)).toEqual([expect.stringContaining('broken.mp4')]);
    const shown = await run('originals', 'footage', '--library', 'library');
    expect(shown.exitCode).toBe(0);
    expect(shown.stderr).toContain('0 of 3 videos have their original');
    expect(await readdir(join(folder, 'library'))).not.toContain('blobs.sqlite');
  });

  it.each([['takeout-20240601T100000Z-001.zip'], ['tgz']])(
    'finds everything with what Takeout gives: %s',
    async (archive) => {
      const found = await find('footage', archive);
      expect(found.originals.map(({ video, certainty }) => [video.id, certainty]).toSorted()).toEqual([
        ['vidCompiler', 'sure'],
        ['vidWeekly_1', 'sure'],
        ['vidWeekly_2', 'sure'],
      ]);
      const compilers = found.originals.find(({ video }) => video.id === 'vidCompiler');
      expect(compilers?.file.path).toBe(join(folder, 'footage', 'card 1', 'ZOOM0007.wav'));
      expect(compilers?.reasons[0]).toMatch(/^the same sound/u);
      expect(found.copies.map(({ video }) => video.id)).toEqual(['vidCompiler']);
      expect(found.unmatched.map(({ name }) => name)).toEqual([join(folder, 'footage', 'ideas.wav')]);
      expect(found.videosWithout).toEqual([]);
    },
  );

  it('adds what is sure, with what the platform says of it and the words of its captions', async () => {
    const places = ['footage', 'takeout-20240601T100000Z-001.zip', '--library', 'library'];
    const refused = await run('originals', ...places, '--add');
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain('--to');
    const added = await run('originals', ...places, '--add', '--to', 'originals');
    expect(added).toMatchObject({ exitCode: 0 });
    expect(added.stderr).toContain('takeout-20240601T100000Z-002.zip: 1 entry was left out');
    const names = ['Weekly news [vidWeekly_1].m4a', 'Weekly news [vidWeekly_2].m4a'];
    expect((await readdir(join(folder, 'originals'))).toSorted()).toEqual(names);
    expect(await stat(join(folder, 'outside.mp4')).catch(() => undefined)).toBeUndefined();
    const assets: LibraryAsset[] = JSON.parse((await run('list', '--json', '--library', 'library')).stdout);
    expect(assets).toHaveLength(3);
    for (const asset of assets) expect(asset).toMatchObject({ channel: 'Ada on Film', publishedAt });
    const compilers = assets.find(({ title }) => title === talks.vidCompiler.title)!;
    const shown = JSON.parse(
      (await run('show', compilers.id, '--transcript', '--json', '--library', 'library')).stdout,
    );
    expect(shown.transcript.sentences.map(({ text }: { text: string }) => text)).toEqual(
      talks.vidCompiler.sentences,
    );
    expect(
      shown.transcript.words.filter(({ confidence }: { confidence: number }) => confidence > 0.5).length,
    ).toBeGreaterThan(70);
    const { records } = openSqliteRecords(join(folder, 'library', 'records.sqlite'));
    expect((await records.get('videos', 'vidCompiler'))?.value).toMatchObject({ assetId: compilers.id });
    await records.close();

    const again = await run('originals', ...places, '--add', '--to', 'originals');
    expect(again).toMatchObject({ exitCode: 0 });
    expect(again.stderr.match(/there already/gu)).toHaveLength(3);
    expect((await readdir(join(folder, 'originals'))).toSorted()).toEqual(names);
  });

  it('takes the word of the user for a pair', async () => {
    const found = await find('footage', '--pair', 'ideas.wav=vidWeekly_2');
    expect(found.originals.map(({ video, reasons }) => [video.id, reasons])).toContainEqual([
      'vidWeekly_2',
      ['you said so'],
    ]);
  });
});

it.each([
  [['nowhere']],
  [['footage', '--pair', 'no.wav=vidWeekly_2']],
  [['footage', '--pair', 'ideas.wav=vidUnknown1']],
  [['footage', '--pair', 'ideas.wav']],
  [['.', '--library', 'nothing-here']],
  [['broken.zip']],
])('says in three lines what is wrong with %j', async (args) => {
  await writeFile(join(folder, 'broken.zip'), 'PK but no archive');
  const failed = await run('originals', '--library', 'library', ...args);
  expect(failed.exitCode).toBeGreaterThan(1);
  const lines = failed.stderr.trimEnd().split('\n').slice(-3);
  expect(lines[0]).toMatch(/^Error: /u);
  expect(failed.stderr).not.toMatch(/\n\s+at /u);
});
