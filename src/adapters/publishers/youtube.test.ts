import { readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  errorOf,
  makePublication,
  openUploader,
  publishAnew,
  startUploads,
} from '../../../test/fixtures/youtube-upload-setup.ts';
import { youtubeQuotaDay } from '../../domain/spending-period.ts';
import type { Publication } from '../../ports/publisher.ts';
import type { UploadFault, UploadRequest } from '../../../test/fixtures/youtube-upload-server.ts';

let at: Awaited<ReturnType<typeof startUploads>>;
const unit = 262_144;

beforeEach(async () => {
  at = await startUploads();
});
afterEach(() => at.close());

type Options = NonNullable<Parameters<typeof publishAnew>[2]>;
const publish = (publication: Publication, options: Options = {}) =>
  publishAnew(at.places, publication, options);

/** What goes wrong with the nth request of a kind, once each. */
function breakAt(kind: UploadRequest['kind'], faults: Readonly<Record<number, UploadFault>>): void {
  at.server.state.fault = (request) => (request.kind === kind ? faults[request.number] : undefined);
}

function expectOnce({ film }: Publication): void {
  expect(at.server.completed.map(({ hash }) => `sha256:${hash}`)).toEqual([film.contentHash]);
  expect(at.server.trouble).toEqual([]);
}

describe('a film', () => {
  test('is sent in pieces, with every setting said, and is there once whoever asks again', async () => {
    const publication = await makePublication(at.folder, 'a', 2 * unit + 1234, {
      privacy: 'public',
      publishAt: '2030-03-01T09:00:00+01:00',
      isSynthetic: true,
      language: 'de',
      isShort: true,
    });
    const published = await publish(publication);
    expect(published).toMatchObject({
      target: 'youtube',
      url: `https://www.youtube.com/shorts/${published.id}`,
      found: { privacy: 'private', publishAt: '2030-03-01T08:00:00.000Z', short: 'yes', synthetic: 'yes' },
      differences: [],
    });
    expectOnce(publication);
    expect(at.server.counts).toMatchObject({ start: 1, piece: 3 });
    expect(at.server.counts['ask']).toBeUndefined();
    expect(at.server.world.videos[0]?.resource).toEqual({
      snippet: {
        title: 'Film a',
        description: 'What it is about.',
        tags: ['talk', 'made up'],
        categoryId: '22',
        defaultLanguage: 'de',
        defaultAudioLanguage: 'de',
      },
      status: {
        privacyStatus: 'private',
        publishAt: '2030-03-01T08:00:00.000Z',
        selfDeclaredMadeForKids: false,
        containsSyntheticMedia: true,
      },
    });
    const before = { ...at.server.counts };
    expect(await publish(publication)).toEqual(published);
    expect(at.server.counts).toEqual(before);
  });

  test('tells how far it is, and what it costs before anything is sent', async () => {
    const publication = await makePublication(at.folder, 'a', 4 * unit, { coverPath: await makeCover() });
    const uploader = await openUploader(at.places, { isQuick: true });
    expect(await uploader.publisher.preview(publication)).toEqual([
      expect.stringContaining('Upload a.mp4 (1.0 MB) to the channel UC'),
      'Title: Film a',
      'It will be private, marked as not synthetic and not for kids.',
      'Then: cover.',
      "It costs 1 upload of the day's and about 58 units of YouTube's quota.",
    ]);
    expect(at.server.counts).toEqual({});
    const shares: number[] = [];
    const words = new Set<string>();
    await uploader.publisher.publish(publication, {
      signal: new AbortController().signal,
      report: ({ share, what }) => {
        shares.push(share);
        words.add(what);
      },
    });
    await uploader.close();
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    expect(shares.at(-1)).toBe(1);
    expect([...words]).toEqual(['uploading', 'cover', 'YouTube is processing it (25 %)', 'published']);
  });

  test('that YouTube treats otherwise is published, and that is told', async () => {
    at.server.world.changes = { privacyStatus: 'private', containsSyntheticMedia: false, madeForKids: true };
    const publication = await makePublication(at.folder, 'a', 1000, {
      privacy: 'public',
      isSynthetic: true,
      isShort: false,
    });
    expect((await publish(publication)).differences).toEqual([
      { what: 'privacy', asked: 'public', got: 'private' },
      { what: 'marked as synthetic', asked: 'yes', got: 'no' },
      { what: 'made for kids', asked: 'no', got: 'yes' },
      { what: 'short', asked: 'no', got: 'yes' },
    ]);
  });

  test('that YouTube rejects is told, and never sent again', async () => {
    at.server.world.changes = { uploadStatus: 'rejected', rejectionReason: 'duplicate' };
    const publication = await makePublication(at.folder, 'a', 1000);
    for (let round = 0; round < 2; round++) {
      const error = await errorOf(publish(publication));
      expect(error).toMatchObject({ code: 'provider.youtube_rejected', context: { reason: 'duplicate' } });
      // The film may be gone by then.
      await rm(publication.film.path, { force: true });
    }
    expectOnce(publication);
  });

  test('that is processed for longer than anybody waits is told as it stands', async () => {
    at.server.world.looksBeforeProcessed = Infinity;
    const publication = await makePublication(at.folder, 'a', 1000);
    const { differences } = await publish(publication, { patienceMs: 600_000 });
    expect(differences).toEqual([{ what: 'processing', asked: 'processed', got: 'uploaded' }]);
  });

  test('that YouTube would refuse is refused before anything is sent', async () => {
    const good = await makePublication(at.folder, 'a', 1000);
    const bad: [Partial<Publication>, string][] = [
      [{ title: 'x'.repeat(101) }, '101 characters'],
      [{ title: ' ' }, 'empty'],
      [{ title: 'a <b>' }, '< or >'],
      [{ description: 'ü'.repeat(2501) }, '5002 bytes'],
      [{ tags: Array.from({ length: 60 }, (_, n) => `word ${n + 100}`) }, 'tags'],
      [{ publishAt: 'tomorrow', privacy: 'public' }, 'no moment'],
      [{ publishAt: '2030-01-01T00:00:00Z', privacy: 'unlisted' }, 'cannot become unlisted'],
      [{ coverPath: await makeCover(2_100_000) }, 'cover'],
    ];
    for (const [change, words] of bad) {
      const error = await errorOf(publish({ ...good, ...change }));
      expect(error.code).toBe('input.youtube_metadata');
      expect(error.message).toContain(words);
    }
    await writeFile(good.film.path, 'x'.repeat(1000));
    expect((await errorOf(publish(good))).code).toBe('input.film_changed');
    expect(at.server.counts).toEqual({});
  });
});

async function makeCover(bytes = 5000): Promise<string> {
  const path = join(at.folder, 'cover.jpg');
  await writeFile(path, Buffer.alloc(bytes, 7));
  return path;
}

describe('the rest of a video', () => {
  test('is done once each, whatever is lost on the way', async () => {
    at.server.world.playlists.set('PLone', []).set('PLtwo', []);
    const captionsPath = join(at.folder, 'a.srt');
    await writeFile(captionsPath, '1\n00:00:00,000 --> 00:00:01,000\nHello\n');
    const publication = await makePublication(at.folder, 'a', 1000, {
      coverPath: await makeCover(),
      captionsPath,
      language: 'en',
      playlistIds: ['PLone', 'PLtwo', 'PLone'],
    });
    at.server.state.fault = ({ operation, number }) =>
      ['captions.insert', 'playlistItems.insert', 'thumbnails.set'].includes(operation) && number === 0
        ? { kind: 'cut-answer' }
        : undefined;
    const { id, differences } = await publish(publication);
    expect(differences).toEqual([]);
    const { world, counts } = at.server;
    expect(world.playlists).toEqual(
      new Map([
        ['PLone', [id]],
        ['PLtwo', [id]],
      ]),
    );
    expect([...world.captions]).toEqual([[`${id} en`, '1\n00:00:00,000 --> 00:00:01,000\nHello\n']]);
    expect(world.covers.get(id)).toHaveLength(5000);
    expect(counts).toMatchObject({ 'captions.insert': 1, 'playlistItems.insert': 2, 'thumbnails.set': 2 });
  });

  test('that YouTube refuses is told, and the video is published all the same', async () => {
    at.server.world.refusals.set('thumbnails.set', { status: 403, reason: 'forbidden' });
    const publication = await makePublication(at.folder, 'a', 1000, {
      coverPath: await makeCover(),
      playlistIds: ['PLnone'],
    });
    expect((await publish(publication)).differences).toEqual([
      { what: 'cover', asked: 'done', got: expect.stringContaining('refuses') },
      { what: 'playlist PLnone', asked: 'done', got: expect.stringContaining('knows no such thing') },
    ]);
  });

  test('wants more than the right to upload, which is said before the first byte', async () => {
    const publication = await makePublication(at.folder, 'a', 1000, { playlistIds: ['PLone'] });
    const error = await errorOf(publish(publication, { mayEdit: false }));
    expect(error.code).toBe('input.scope_missing');
    expect(error.hint).toContain('--allow captions');
    expect(at.server.counts).toEqual({});
  });

  test('is brought up to date where the title was changed while it was sent', async () => {
    const publication = await makePublication(at.folder, 'a', 3 * unit);
    breakAt('piece', { 1: { kind: 'status', status: 403, reason: 'quotaExceeded' } });
    await errorOf(publish(publication));
    const { differences } = await publish({ ...publication, title: 'A better one' });
    expect(differences).toEqual([]);
    expect(at.server.counts).toMatchObject({ start: 1, 'videos.update': 1 });
    expectOnce(publication);
  });
});

describe('what is kept', () => {
  test('is no secret: the address of a session stands only where nobody else reads', async () => {
    const publication = await makePublication(at.folder, 'a', 3 * unit);
    const seen: string[] = [];
    for (const fault of [
      { kind: 'status', status: 403, reason: 'quotaExceeded' },
      { kind: 'status', status: 400, reason: 'badRequest' },
    ] as const) {
      at.server.state.fault = ({ kind }) => (kind === 'piece' ? fault : undefined);
      const error = await errorOf(publish(publication));
      seen.push(JSON.stringify({ ...error, message: error.message }), String(error.cause), error.stack ?? '');
    }
    const [id = 'none'] = at.server.sessions.keys();
    const uploader = await openUploader(at.places, { isQuick: true });
    const record = await uploader.records.get('uploads', `youtube/${publication.itemId}`);
    await uploader.close();
    seen.push(JSON.stringify(record));
    for (const text of seen) {
      expect(text).not.toContain(id);
      expect(text).not.toContain('upload_id');
    }
    const secrets = (await readdir(join(at.folder, 'auth'))).filter((name) => name.startsWith('upload-'));
    expect(secrets).toHaveLength(1);
    expect(await readFile(join(at.folder, 'auth', secrets[0] ?? ''), 'utf8')).toContain(id);
    at.server.state.fault = () => undefined;
    await publish(publication);
    const left = (await readdir(join(at.folder, 'auth'))).filter((name) => name.startsWith('upload-'));
    expect(left).toEqual([]);
  });

  test('counts against the quota, a day of uploads and one of units', async () => {
    const publication = await makePublication(at.folder, 'a', 1000, { coverPath: await makeCover() });
    const budget = { service: 'youtube', period: youtubeQuotaDay };
    const uploader = await openUploader(at.places, {
      isQuick: true,
      budgets: [{ ...budget, setting: 'youtube.dailyUploads', units: ['uploads'], amount: 1 }],
    });
    const run = (each: Publication) =>
      uploader.publisher.publish(each, { signal: new AbortController().signal, report: () => {} });
    await run(publication);
    const sums = await uploader.ledger.sum({ since: '2020-01-01T00:00:00.000Z' });
    expect(sums.find(({ unit: of }) => of === 'uploads')).toMatchObject({ amount: 1 });
    // Where it is, one for the channel, one for its list; the cover; two looks.
    expect(sums.filter(({ unit: of }) => of === 'units').reduce((sum, { amount }) => sum + amount, 0)).toBe(
      54,
    );
    const error = await errorOf(run(await makePublication(at.folder, 'b', 1000)));
    await uploader.close();
    expect(error.code).toBe('conflict.budget_reached');
    expect(at.server.counts['start']).toBe(1);
  });

  test('is of one channel, and goes to no other', async () => {
    const publication = await makePublication(at.folder, 'a', 3 * unit);
    breakAt('piece', { 1: { kind: 'status', status: 403, reason: 'quotaExceeded' } });
    await errorOf(publish(publication));
    const error = await errorOf(publish(publication, { channelId: 'UCanother' }));
    expect(error.code).toBe('conflict.other_channel');
  });

  test('goes to no address but where it was asked', async () => {
    const publication = await makePublication(at.folder, 'a', 1000);
    for (const location of ['http://127.0.0.1:9', 'https://evil.example', 'http://a:b@127.0.0.1']) {
      at.server.state.location = location;
      expect((await errorOf(publish(publication))).code).toBe('provider.youtube_unreadable');
    }
    expect(at.server.counts['piece']).toBeUndefined();
  });
});
