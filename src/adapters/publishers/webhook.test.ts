import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { answerWith, startReceiver, webhookSecret } from '../../../test/fixtures/webhook-receiver.ts';
import { PatternPivotError } from '../../domain/errors.ts';
import type { Publication } from '../../ports/publisher.ts';
import { openSqliteRecords } from '../records/sqlite.ts';
import { createWebhookPublisher, type WebhookOptions } from './webhook.ts';

let folder: string;
let receiver: Awaited<ReturnType<typeof startReceiver>>;
let records: ReturnType<typeof openSqliteRecords>['records'];
let publication: Publication;
/** What was waited, in ms, without waiting. */
let waits: number[];

const recordsPath = () => join(folder, 'records.sqlite');

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot webhook "é" '));
  receiver = await startReceiver();
  ({ records } = openSqliteRecords(recordsPath()));
  waits = [];
  publication = await makePublication('0123456789abcdef');
});
afterEach(async () => {
  await receiver.close();
  await records.close();
  await rm(folder, { recursive: true, force: true });
});

async function makePublication(itemId: string): Promise<Publication> {
  const path = join(folder, `clip #1 ${itemId}.mp4`);
  const bytes = Buffer.alloc(1000, itemId);
  await writeFile(path, bytes);
  const contentHash = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  return {
    itemId,
    film: { path, contentHash, sizeBytes: bytes.length },
    title: 'Why I was late – again 😀',
    description: 'Every morning.',
    tags: ['time'],
    privacy: 'public',
    publishAt: '2026-12-01T18:00:00+01:00',
    isSynthetic: true,
    isMadeForKids: false,
    language: 'en',
    playlistIds: [],
  };
}

function open(options: Partial<WebhookOptions> = {}) {
  return createWebhookPublisher({
    address: receiver.url,
    secret: webhookSecret,
    records,
    network: 'loopback',
    sleep: async (ms, signal) => {
      signal.throwIfAborted();
      waits.push(ms);
    },
    ...options,
  });
}

const quiet = { signal: new AbortController().signal, report: () => {} };

const publish = (options?: Partial<WebhookOptions>, what = publication) => open(options).publish(what, quiet);

async function errorOf(promise: Promise<unknown>): Promise<PatternPivotError> {
  const error = await promise.then(
    () => new Error('it worked'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof PatternPivotError)) throw error;
  // Nothing that is said gives away the secret, or the path of the address.
  const told = JSON.stringify([error.message, error.hint, error.context]);
  for (const secret of [webhookSecret.slice(6), '3c6f-secret-path']) expect(told).not.toContain(secret);
  return error;
}

test('a film is told of once, signed, with all that a scheduler needs', async () => {
  const published = await publish();
  expect(published).toMatchObject({ target: 'webhook', id: 'msg_0123456789abcdef', differences: [] });
  expect(published.found).toEqual({ status: '204', tries: '1' });
  expect(receiver.refused).toEqual([]);
  const [message] = receiver.messages;
  expect(message?.id).toBe('msg_0123456789abcdef');
  expect(message?.event).toMatchObject({
    type: 'video.ready',
    data: {
      itemId: publication.itemId,
      title: publication.title,
      schedule: { privacy: 'public', publishAt: '2026-12-01T18:00:00+01:00' },
      marks: { synthetic: true, madeForKids: false },
      language: 'en',
      film: publication.film,
      texts: { x: { body: `${publication.title}\n\nEvery morning.\n\n#time` } },
    },
  });
  // Again, by another process, and when the film is gone: nothing is sent.
  await rm(publication.film.path);
  expect(await publish()).toEqual(published);
  expect(receiver.messages).toHaveLength(1);
  // Neither the address nor the secret is in the records.
  const stored = JSON.stringify(await records.get('uploads', 'webhook/0123456789abcdef'));
  expect(stored).not.toContain('127.0.0.1');
  expect(stored).not.toContain('whsec');
});

test('what fails for a while is sent again with the same id, later and later', async () => {
  receiver.answers.push(
    answerWith(500),
    (response) => response.destroy(),
    answerWith(503, {}, 'x'.repeat(5000)),
    answerWith(408),
  );
  const { found } = await publish();
  expect(found).toEqual({ status: '204', tries: '5' });
  expect(new Set(receiver.messages.map(({ id }) => id)).size).toBe(1);
  expect(new Set(receiver.messages.map(({ event }) => JSON.stringify(event))).size).toBe(1);
  const usual = [1000, 4000, 12_000, 30_000];
  expect(waits).toHaveLength(4);
  for (const [at, ms] of usual.entries()) {
    expect(waits[at]).toBeGreaterThanOrEqual(ms / 2);
    expect(waits[at]).toBeLessThanOrEqual(ms);
  }
  expect(new Set(waits.map((ms, at) => ms / (usual[at] ?? 1))).size).toBeGreaterThan(1);
});

test('each try is signed at its own moment, so that an old one is not refused', async () => {
  let ms = Date.now() - 200_000;
  receiver.answers.push(answerWith(500));
  await publish({
    now: () => ms,
    sleep: async () => {
      ms += 200_000;
    },
  });
  const [first, second] = receiver.messages.map(({ timestamp }) => Number(timestamp));
  expect((second ?? 0) - (first ?? 0)).toBe(200);
});

test('Retry-After is kept to; what is too long ends the run and says until when', async () => {
  const nowMs = Math.floor(Date.now() / 1000) * 1000;
  receiver.answers.push(
    answerWith(429, { 'retry-after': '100' }),
    answerWith(503, { 'retry-after': new Date(nowMs + 200_000).toUTCString() }),
    answerWith(429, { 'retry-after': 'soon' }),
    answerWith(429, { 'retry-after': '3600' }),
  );
  const now = () => nowMs;
  const error = await errorOf(publish({ now }));
  expect(waits.slice(0, 2)).toEqual([100_000, 200_000]);
  expect(waits).toHaveLength(3);
  expect(error).toMatchObject({ code: 'provider.webhook_refused', retryable: true });
  expect(error.context['endsAt']).toBe(new Date(nowMs + 3_600_000).toISOString());
  receiver.answers.push(answerWith(429, { 'retry-after': '999999999999' }));
  expect((await errorOf(publish({ now }))).context['endsAt']).toBe(
    new Date(nowMs + 604_800_000).toISOString(),
  );
  // The next run goes on with the same id.
  await publish();
  expect(new Set(receiver.messages.map(({ id }) => id)).size).toBe(1);
});

test('a receiver that does not answer in time is tried again, and not for ever', async () => {
  const silent = () => {};
  receiver.answers.push(silent, (response) => response.writeHead(500).write('and then'), silent);
  const retries = { delaysMs: [1, 1], longestWaitMs: 1000 };
  const started = Date.now();
  const error = await errorOf(publish({ timeoutMs: 300, retries }));
  expect(error).toMatchObject({ code: 'provider.webhook_unreachable', retryable: true });
  expect(error.message).toContain('in time');
  expect(receiver.messages).toHaveLength(3);
  expect(Date.now() - started).toBeLessThan(10_000);
});

test('a redirect is not followed', async () => {
  const other = await startReceiver();
  for (const status of [301, 302, 303, 307, 308]) {
    receiver.answers.push(answerWith(status, { location: other.url }));
    expect(await errorOf(publish())).toMatchObject({
      code: 'provider.webhook_redirected',
      retryable: false,
    });
  }
  expect(waits).toEqual([]);
  expect(other.messages).toEqual([]);
  await other.close();
});

test('410 is for good: of no film anything is sent there again, until another subscription is set', async () => {
  receiver.answers.push(answerWith(410));
  expect(await errorOf(publish())).toMatchObject({ code: 'provider.webhook_gone', retryable: false });
  const second = await makePublication('fedcba9876543210');
  expect(await errorOf(publish({}, second))).toMatchObject({ code: 'provider.webhook_gone' });
  expect(await errorOf(open().preview(second))).toMatchObject({ code: 'provider.webhook_gone' });
  expect(receiver.messages).toHaveLength(1);
  await publish({ address: `${receiver.url}/new` }, second);
  expect(receiver.messages).toHaveLength(2);
});

test('what a new try does not mend is not tried again', async () => {
  for (const status of [400, 401, 404, 413]) {
    receiver.answers.push(answerWith(status, {}, 'no\u001B[31m\u202E\r\nway'));
    const error = await errorOf(publish());
    expect(error).toMatchObject({ code: 'provider.webhook_refused', retryable: false });
    expect(error.message).toContain(`${status}, "no [31m way"`);
  }
  expect(waits).toEqual([]);
  const others = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
  expect((await errorOf(publish({ secret: others }))).hint).toContain('PATTERNPIVOT_WEBHOOK_SECRET');
  expect(receiver.refused).toHaveLength(1);
  // While one secret takes the place of another, both sign.
  await publish({ secret: `${others} ${webhookSecret}` });
});

test('an answer without an end is not read to its end', async () => {
  let writtenBytes = 0;
  receiver.answers.push((response) => {
    response.writeHead(400);
    const block = Buffer.alloc(65_536, 'x');
    const timer = setInterval(() => {
      if (response.destroyed) clearInterval(timer);
      else if (response.write(block)) writtenBytes += block.length;
    }, 1);
  });
  const error = await errorOf(publish());
  expect(error.message.length).toBeLessThan(400);
  expect(writtenBytes).toBeLessThan(20e6);
});

test('what is no secret is refused, and not shown', () => {
  const wrong = [
    '',
    'whsec_',
    'hunter2hunter2hunter2hunter2hunter2',
    webhookSecret.slice(6),
    'whsec_aHVudGVyMg==',
    `whsec_${Buffer.alloc(65).toString('base64')}`,
    `whsec_${'!'.repeat(32)}`,
    `${webhookSecret} hunter2`,
  ];
  for (const secret of wrong) {
    let thrown: unknown;
    try {
      open({ secret });
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code: 'input.webhook_secret' });
    const { message, hint } = thrown as PatternPivotError;
    expect(`${message} ${hint}`).not.toMatch(/hunter2|aHVud/u);
  }
});

test('private networks are reached only where that was allowed, by whatever name', async () => {
  const refused = async (address: string, options: Partial<WebhookOptions>, code = 'private') => {
    const error = await errorOf(
      publish({ address, retries: { delaysMs: [], longestWaitMs: 0 }, ...options }),
    );
    expect(error.code, address).toBe(`input.webhook_${code}`);
    expect((await errorOf(open({ address, ...options }).preview(publication))).code).toBe(error.code);
  };
  const { port } = receiver;
  const found = (...all: string[]) => ({
    lookup: async () => all.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
  });
  for (const host of ['127.0.0.1', '2130706433', '0x7f.1', 'localhost', '[::1]', '[::ffff:127.0.0.1]']) {
    await refused(`http://${host}:${port}/`, { network: 'public' });
    await refused(`https://${host}:${port}/`, { network: 'public' });
  }
  for (const host of ['10.0.0.1', '192.168.1.1', '169.254.169.254', '0.0.0.0', '[fd00::1]', '[fe80::1]']) {
    await refused(`http://${host}:${port}/`, { network: 'loopback' });
  }
  for (const host of ['169.254.169.254', '0.0.0.0', '[fe80::1]', '[fd00:ec2::254]', '224.0.0.1']) {
    await refused(`http://${host}:${port}/`, { network: 'private' });
  }
  // A public name that leads here, alone or among others.
  await refused(`https://hooks.example:${port}/`, { network: 'public', ...found('127.0.0.1') });
  await refused(`https://hooks.example:${port}/`, {
    network: 'public',
    ...found('93.184.215.14', '10.0.0.1'),
  });
  // Unencrypted into the open.
  await refused(
    `http://hooks.example:${port}/`,
    { network: 'private', ...found('93.184.215.14') },
    'unencrypted',
  );
  expect(receiver.messages).toEqual([]);
  expect(receiver.refused).toEqual([]);
  await publish({ address: `http://hooks.example:${port}/`, ...found('127.0.0.1') });
  expect(receiver.messages).toHaveLength(1);
});

test('a name that leads elsewhere by the time of the next try is looked at again', async () => {
  const answers = ['127.0.0.1', '192.168.0.7'];
  receiver.answers.push(answerWith(500));
  const error = await errorOf(
    publish({
      address: `http://hooks.example:${receiver.port}/`,
      lookup: async () => [{ address: answers.shift() ?? '', family: 4 }],
    }),
  );
  expect(error.code).toBe('input.webhook_private');
  expect(receiver.messages).toHaveLength(1);
});

test('what cannot be reached is said in words', async () => {
  const retries = { delaysMs: [], longestWaitMs: 0 };
  const { port } = receiver;
  const untrusted = await errorOf(publish({ address: `https://127.0.0.1:${port}/`, retries }));
  expect(untrusted.message).toContain('does not speak TLS');
  const lookup = async () => {
    throw Object.assign(new Error('no'), { code: 'ENOTFOUND' });
  };
  const unknown = await errorOf(publish({ address: 'https://hooks.example/', retries, lookup }));
  expect(unknown).toMatchObject({ code: 'provider.webhook_unreachable', retryable: true });
  expect(unknown.message).toContain('no host of that name');
  const closed = await startReceiver();
  await closed.close();
  expect((await errorOf(publish({ address: closed.url, retries }))).message).toContain('refuses');
});

test('a film that changed is not told of, nor one that no address leads to', async () => {
  const shown = { folder: join(folder, 'shown'), url: 'https://films.example/a/' };
  expect(await errorOf(publish({ shown }))).toMatchObject({ code: 'input.webhook_film_not_shown' });
  const bytes = Buffer.alloc(publication.film.sizeBytes, 1);
  await writeFile(publication.film.path, bytes);
  expect(await errorOf(publish())).toMatchObject({ code: 'input.film_changed' });
  await writeFile(publication.film.path, 'short');
  expect(await errorOf(open().preview(publication))).toMatchObject({ code: 'input.film_changed' });
  await rm(publication.film.path);
  expect((await errorOf(publish())).kind).toBe('not_found');
  expect(receiver.messages).toEqual([]);
});

test('where films have addresses these are told, and no path of this machine', async () => {
  await publish({ shown: { folder, url: 'https://films.example/a/' } });
  const [message] = receiver.messages;
  expect(message?.event.data['film']).toMatchObject({
    name: 'clip #1 0123456789abcdef.mp4',
    url: 'https://films.example/a/clip%20%231%200123456789abcdef.mp4',
  });
  expect(JSON.stringify(message)).not.toContain(folder.slice(0, 8));
});

test('a preview says where it goes and what the receiver gets, and sends nothing', async () => {
  const lines = await open().preview(publication);
  const text = lines.join('\n');
  expect(text).toContain(`http://127.0.0.1:${receiver.port} (127.0.0.1)`);
  expect(text).toContain('The film is not sent');
  expect(text).toContain(publication.film.path);
  expect(text).not.toContain('3c6f-secret-path');
  expect(receiver.messages).toEqual([]);
  await publish();
  expect((await open().preview(publication))[0]).toContain('nothing is sent again');
});

test('of several at once one sends', async () => {
  receiver.answers.push((response) => setTimeout(() => response.writeHead(204).end(), 300));
  const results = await Promise.allSettled([1, 2, 3, 4].map(() => publish()));
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  for (const result of results) {
    if (result.status === 'rejected')
      expect(result.reason).toMatchObject({
        code: expect.stringMatching(/^conflict\.upload_/u),
        retryable: true,
      });
  }
  expect(receiver.messages).toHaveLength(1);
});

test('who is stopped while waiting lets go at once', async () => {
  const stopping = new AbortController();
  receiver.answers.push((response) => {
    response.writeHead(500).end();
    setTimeout(() => stopping.abort(), 50);
  });
  const real = createWebhookPublisher({
    address: receiver.url,
    secret: webhookSecret,
    records,
    network: 'loopback',
  });
  await expect(real.publish(publication, { ...quiet, signal: stopping.signal })).rejects.toMatchObject({
    name: 'AbortError',
  });
  expect((await publish()).found).toEqual({ status: '204', tries: '2' });
});

const childPath = fileURLToPath(new URL('../../../test/fixtures/webhook.child.ts', import.meta.url));

test('who is killed after the message came, before that is written down, sends the same id again', async () => {
  const child = spawn(
    process.execPath,
    [childPath, receiver.url, recordsPath(), JSON.stringify(publication)],
    { stdio: 'ignore' },
  );
  receiver.answers.push(() => child.kill('SIGKILL'));
  const [, signal] = (await once(child, 'exit')) as [number | null, string | null];
  expect(signal).toBe('SIGKILL');
  expect(receiver.messages).toHaveLength(1);
  expect((await publish()).found).toEqual({ status: '204', tries: '2' });
  const [first, second] = receiver.messages;
  expect(second?.id).toBe(first?.id);
  expect(second?.event).toEqual(first?.event);
});
