import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PatternPivotError } from '../domain/errors.ts';
import type { Wish } from '../recipes/decide.ts';
import type { Review } from '../recipes/review.ts';
import type { ReviewSnapshot } from '../recipes/review-snapshot.ts';
import { parseRange } from './file-response.ts';
import { createReviewApp } from './review-app.ts';

const snapshot: ReviewSnapshot = {
  source: { name: 'talk.mp4', durationMs: 1000 },
  folder: '/clips/talk',
  clips: [],
  rendering: { isRunning: false, done: 0, total: 0, problems: [] },
  notes: [],
};

let folder: string;
let film: string;
const wishes: Wish[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot http '));
  film = join(folder, 'a.mp4');
  await writeFile(film, '0123456789');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const review: Review = {
  snapshot: async () => snapshot,
  async decide(wish) {
    if (wish.kind === 'undo') throw new PatternPivotError('conflict.nothing_to_undo', 'Nothing was decided.');
    if (wish.kind === 'pin') throw new Error('/secret/path is broken');
    wishes.push(wish);
    return snapshot;
  },
  focus() {},
  startRendering() {},
  stopRendering() {},
  findFile: async (clip) => (clip === '01-a' ? film : undefined),
  listen: () => () => {},
  async close() {},
};

const token = 'a-token-that-nobody-can-guess';
const app = createReviewApp({ review, token, port: 4321 });
const host = '127.0.0.1:4321';
const origin = `http://${host}`;

/** Asks the app without a socket. */
async function ask(path: string, init: RequestInit & { headers?: Record<string, string> } = {}) {
  return app.request(`${origin}${path}`, { ...init, headers: { host, ...init.headers } });
}

async function signIn(): Promise<string> {
  const response = await ask('/api/session', {
    method: 'POST',
    headers: { origin },
    body: JSON.stringify({ token }),
  });
  expect(response.status).toBe(204);
  return response.headers.get('set-cookie') ?? '';
}

it('lets nobody in without the token, and gives a cookie that no script and no other site can use', async () => {
  for (const path of ['/api/snapshot', '/api/events', '/film/01-a', '/cover/01-a', '/anything']) {
    expect((await ask(path)).status).toBe(401);
  }
  const wrong = await ask('/api/session', {
    method: 'POST',
    headers: { origin },
    body: JSON.stringify({ token: `${token}x` }),
  });
  expect(wrong.status).toBe(403);
  expect(wrong.headers.get('set-cookie')).toBeNull();
  const cookie = await signIn();
  expect(cookie).toMatch(/^pivot-4321=[\w-]{40,}; Path=\/; HttpOnly; SameSite=Strict$/u);
  expect(cookie).not.toContain(token);
  const let_in = await ask('/api/snapshot', { headers: { cookie: cookie.split(';')[0] ?? '' } });
  expect(await let_in.json()).toEqual(snapshot);
});

it('serves its page without data, with a policy that allows nothing from elsewhere', async () => {
  const page = await ask('/');
  expect(page.status).toBe(200);
  const policy = page.headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toMatch(/unsafe|\*|https?:/u);
  const html = await page.text();
  expect(html).not.toContain('talk.mp4');
  for (const [, path = ''] of html.matchAll(/(?:src|href)="([^"]+)"/gu)) {
    expect(path.startsWith('/')).toBe(true);
    const file = await ask(path);
    expect(file.status).toBe(200);
    if (path.startsWith('/client/')) {
      expect(file.headers.get('content-type')).toMatch(/javascript/u);
      for (const [, imported = ''] of (await file.text()).matchAll(/from '\.\/([^']+)'/gu)) {
        expect((await ask(`/client/${imported}`)).status).toBe(200);
      }
    }
  }
});

it('refuses other hosts, other origins and other sites', async () => {
  const cookie = (await signIn()).split(';')[0] ?? '';
  const statusOf = async (headers: Record<string, string>, method = 'GET') =>
    (await ask('/api/snapshot', { method, headers: { cookie, ...headers } })).status;
  expect(await statusOf({})).toBe(200);
  expect(await statusOf({ host: 'localhost:4321' })).toBe(200);
  expect(await statusOf({ host: 'evil.example:4321' })).toBe(421);
  expect(await statusOf({ host: '127.0.0.1:9' })).toBe(421);
  expect(await statusOf({ origin: 'http://evil.example' })).toBe(403);
  expect(await statusOf({ 'sec-fetch-site': 'cross-site' })).toBe(403);
  expect(await statusOf({}, 'POST')).toBe(403);
});

it('takes wishes that it knows, and no others', async () => {
  const cookie = (await signIn()).split(';')[0] ?? '';
  const decide = (body: unknown) =>
    ask('/api/decisions', { method: 'POST', headers: { cookie, origin }, body: JSON.stringify(body) });
  expect((await decide({ kind: 'trim', clip: '01-a', start: { words: 1 } })).status).toBe(200);
  expect(wishes).toEqual([{ kind: 'trim', clip: '01-a', start: { words: 1 } }]);
  for (const wrong of [
    undefined,
    { kind: 'delete', clip: '01-a' },
    { kind: 'keep' },
    { kind: 'keep', clip: '01-a', path: '/etc/passwd' },
    { kind: 'fix', heard: '', right: 'x' },
    { kind: 'trim', clip: '01-a', start: { words: 0.5 } },
  ]) {
    expect((await decide(wrong)).status).toBe(400);
  }
  expect((await decide({ kind: 'fix', heard: 'x'.repeat(20_000), right: '' })).status).toBe(413);
  expect(wishes).toHaveLength(1);
  const conflict = await decide({ kind: 'undo' });
  expect([conflict.status, await conflict.json()]).toMatchObject([409, { error: 'Nothing was decided.' }]);
  const broken = await decide({ kind: 'pin', clip: '01-a' });
  expect(broken.status).toBe(500);
  expect(await broken.text()).not.toContain('secret');
});

it('sends films whole and in stretches, by the name of a clip and never by a path', async () => {
  const cookie = (await signIn()).split(';')[0] ?? '';
  const film = (path: string, range?: string) =>
    ask(path, { headers: { cookie, ...(range === undefined ? {} : { range }) } });
  const whole = await film('/film/01-a?v=1');
  expect([whole.status, await whole.text()]).toEqual([200, '0123456789']);
  expect(whole.headers.get('accept-ranges')).toBe('bytes');
  const part = await film('/film/01-a', 'bytes=2-4');
  expect([part.status, await part.text(), part.headers.get('content-range')]).toEqual([
    206,
    '234',
    'bytes 2-4/10',
  ]);
  expect((await film('/film/01-a', 'bytes=10-')).status).toBe(416);
  for (const path of [
    '/film/..%2f..%2fetc%2fpasswd',
    '/film/%2e%2e/%2e%2e/etc/passwd',
    '/film/a.mp4',
    '/client/..%2fclient-files.ts',
    '/client/%2e%2e%2freview-app.ts',
  ]) {
    expect((await film(path)).status).toBe(404);
  }
});

it.each([
  [undefined, undefined],
  ['bytes=0-', { start: 0, end: 99 }],
  ['bytes=10-19', { start: 10, end: 19 }],
  ['bytes=90-500', { start: 90, end: 99 }],
  ['bytes=-10', { start: 90, end: 99 }],
  ['bytes=-500', { start: 0, end: 99 }],
  ['bytes=100-', 'unsatisfiable'],
  ['bytes=-0', 'unsatisfiable'],
  ['bytes=20-10', undefined],
  ['bytes=0-1,5-6', undefined],
  ['lines=1-2', undefined],
  ['bytes=-', undefined],
])('reads the range %s', (header, range) => {
  expect(parseRange(header, 100)).toEqual(range);
});
