import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createChat } from '../../src/adapters/chat/langchain.ts';
import { platformCollections, snapshotId, type PlatformVideo } from '../../src/domain/platform.ts';
import type { Chat } from '../../src/ports/chat.ts';
import type { RecipeEvent } from '../../src/recipes/events.ts';
import { pickSet, type PickRequest } from '../../src/recipes/tracks/pick-set.ts';
import { forgetfulCache } from '../fixtures/make-timeline.ts';
import {
  addSaid,
  createToyEmbedder,
  openSmallLibrary,
  type SmallLibrary,
} from '../fixtures/small-library.ts';

let library: SmallLibrary;
let server: Server | undefined;
const ids = new Map<string, string>();
const events: RecipeEvent[] = [];

const said: Readonly<Record<string, readonly string[]>> = {
  compilers: ['A compiler is a translator.', 'The program was a compiler.'],
  coffee: ['Coffee is a hot drink.', 'Espresso is boiling.'],
  translators: ['Every translator is a program.', 'Compilers are programs.'],
  audience: ['The audience will leave.', 'Viewers are gone.'],
  tea: ['A warm beverage is a drink.', 'It is hot.'],
};

beforeEach(async () => {
  library = await openSmallLibrary();
  events.length = 0;
  ids.clear();
  for (const [title, sentences] of Object.entries(said))
    ids.set(title, await addSaid(library, title, sentences, { kind: 'audio' }));
  await addSaid(library, 'captions only', ['A compiler is a translator.']);
});
afterEach(async () => {
  await library.close();
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

const context = {
  signal: new AbortController().signal,
  emit: (event: RecipeEvent) => void events.push(event),
};
const pick = async (wish: Partial<PickRequest>, chat?: Chat) => {
  const request = {
    size: 2,
    strategy: 'shuffled',
    seed: 1,
    way: 'generating',
    selection: {},
    ...wish,
  } as const;
  const ports = { cache: forgetfulCache, openEmbedder: async () => createToyEmbedder() };
  const picked = await pickSet(library, request, chat === undefined ? ports : { ...ports, chat }, context);
  return picked.assets.map(({ title }) => title).toSorted();
};

it('shuffles by seed, never picks a set again, and says when all were used', async () => {
  const seen = new Set<string>();
  for (let turn = 0; turn < 10; turn++) seen.add(String(await pick({})));
  // 5 recordings have 10 pairs; what has no media is none.
  expect(seen.size).toBe(10);
  expect([...seen].join()).not.toContain('captions');
  await expect(pick({ seed: 2 })).rejects.toMatchObject({ code: 'conflict.sets_used_up' });
  expect(await pick({ size: 3 })).toHaveLength(3);
});

it('picks what is alike first, and not the same always', async () => {
  const first = await pick({ strategy: 'similarity' });
  const second = await pick({ strategy: 'similarity' });
  expect([first, second].toSorted()).toEqual([
    ['coffee', 'tea'],
    ['compilers', 'translators'],
  ]);
  const third = await pick({ strategy: 'similarity' });
  expect([first, second]).not.toContainEqual(third);
});

async function putVideo(title: string, views: number, own = true): Promise<void> {
  const id = `video-${title}`;
  const fetched = { at: '2026-05-11T00:00:00.000Z', under: own ? 'owner:UCme' : 'public' };
  const video: PlatformVideo = {
    version: 1,
    id,
    channelId: 'UCme',
    playlistIds: [],
    title,
    description: '',
    tags: [],
    publishedAt: '2026-05-01T00:00:00.000Z',
    privacy: 'public',
    hasCaptions: false,
    chapters: [],
    assetId: ids.get(title)!,
    fetched,
  };
  await library.records.put(platformCollections.videos, id, video);
  for (const [day, share] of [
    [2, 0.5],
    [11, 1],
  ] as const) {
    const at = `2026-05-${String(day).padStart(2, '0')}T00:00:00.000Z`;
    const snapshot = {
      version: 1,
      of: 'video',
      subjectId: id,
      views: views * share,
      fetched: { ...fetched, at },
    } as const;
    await library.records.append(platformCollections.snapshots, [
      { id: snapshotId(snapshot), value: snapshot },
    ]);
  }
}

it('picks what fares best by statistics, each the less the more it was used', async () => {
  await expect(pick({ strategy: 'statistics' })).rejects.toMatchObject({ code: 'not_found.statistics' });
  await putVideo('tea', 9000);
  await putVideo('coffee', 8000);
  await putVideo('audience', 7000);
  expect(await pick({ strategy: 'statistics' })).toEqual(['coffee', 'tea']);
  const others = [await pick({ strategy: 'statistics' }), await pick({ strategy: 'statistics' })];
  expect(others.toSorted()).toEqual([
    ['audience', 'coffee'],
    ['audience', 'tea'],
  ]);
});

it('combines only what is marked as owned: by a tag, or by the sync of its owner', async () => {
  await putVideo('tea', 10);
  await putVideo('coffee', 10, false);
  await expect(pick({ way: 'combining' })).rejects.toMatchObject({
    code: 'not_found.sources',
    hint: expect.stringContaining('--tag owned'),
  });
  await addSaid(library, 'compilers', said['compilers']!, { kind: 'audio', tags: ['Owned'] });
  expect(await pick({ way: 'combining' })).toEqual(['compilers', 'tea']);
});

it('leaves out what cannot be used, and refuses too few', async () => {
  const leftOut = new Set([ids.get('tea')!, ids.get('coffee')!, ids.get('audience')!]);
  expect(await pick({ leftOut })).toEqual(['compilers', 'translators']);
  await expect(pick({ leftOut, size: 3 })).rejects.toMatchObject({ code: 'not_found.sources' });
});

/** A model in the form of OpenAI that answers with this text. */
async function serveChat(replies: readonly string[]): Promise<{ chat: Chat; asked: string[] }> {
  const asked: string[] = [];
  server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (piece: string) => (text += piece));
    request.on('end', () => {
      asked.push(text);
      const message = { role: 'assistant', content: replies[Math.min(asked.length, replies.length) - 1] };
      const choices = [{ index: 0, message, finish_reason: 'stop' }];
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify({ id: 'x', object: 'chat.completion', created: 1, model: 'm', choices }));
    });
  });
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  return { chat: createChat({ model: 'm', baseUrl, apiKey: 'k' }), asked };
}

it('takes what a language model proposes, and nothing that it made up', async () => {
  const order = [...ids.values()].toSorted();
  const place = (title: string) => `r${order.indexOf(ids.get(title)!) + 1}`;
  const sets = [
    { ids: ['r99', 'r1'], why: 'invented' },
    { ids: [place('tea'), place('tea')], why: 'the same twice' },
    { ids: [place('tea'), place('coffee'), place('audience')], why: 'too many' },
    { ids: [place('tea'), place('audience')], why: 'A <b>calm</b>\u001B[31m contrast' },
  ];
  const { chat, asked } = await serveChat([JSON.stringify({ sets })]);
  expect(await pick({ strategy: 'model' }, chat)).toEqual(['audience', 'tea']);
  expect(asked[0]).toContain('A compiler is a translator');
  // It has no other: told of the one that was used, it proposes it again, and then chance decides.
  expect(await pick({ strategy: 'model' }, chat)).not.toEqual(['audience', 'tea']);
  expect(asked[1]).toContain('used before');
  expect(events.filter(({ event }) => event === 'note')).toHaveLength(1);
});

it('says what to do where no language model is configured', async () => {
  await expect(pick({ strategy: 'model' })).rejects.toMatchObject({
    code: 'input.no_chat',
    hint: expect.stringContaining('chat.model'),
  });
});
