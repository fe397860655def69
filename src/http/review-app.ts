import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { getCookie, setCookie } from 'hono/cookie';
import { streamSSE } from 'hono/streaming';
import { z } from 'zod';
import { errorStatuses, PatternPivotError, toErrorRecord, type ErrorKind } from '../domain/errors.ts';
import { timeRangeSchema } from '../domain/time.ts';
import type { Review } from '../recipes/review.ts';
import { readClientFile } from './client-files.ts';
import { fileResponse } from './file-response.ts';
import { reviewIcon, reviewPage } from './review-page.ts';
import { reviewStyle } from './review-style.ts';

/** What the app is made of. */
export type ReviewAppParts = {
  readonly review: Review;
  /** What a browser must know to be let in. */
  readonly token: string;
  /** The port that is listened on: which `Host` is ours. */
  readonly port: number;
};

/** The longest request that is read, in bytes. */
const maxBodyBytes = 16_384;

/** A connection that nothing is said on is taken for dead by what lies between: a word now and then. In ms. */
const heartbeatMs = 15_000;

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "media-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const clipSchema = z.string().min(1).max(255);
const shiftSchema = z.union([
  z.strictObject({ words: z.int().min(-200).max(200) }),
  z.strictObject({ ms: z.int().min(-600_000).max(600_000) }),
]);

/** What the page may ask for. */
const wishSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.enum(['keep', 'reject', 'pin', 'replace']), clip: clipSchema }),
  z.strictObject({ kind: z.literal('add'), range: timeRangeSchema }),
  z.strictObject({
    kind: z.literal('trim'),
    clip: clipSchema,
    start: shiftSchema.exactOptional(),
    end: shiftSchema.exactOptional(),
  }),
  z.strictObject({ kind: z.literal('restore'), clip: clipSchema, index: z.int().min(0).max(10_000) }),
  z.strictObject({
    kind: z.literal('fix'),
    heard: z.string().min(1).max(200),
    right: z.string().max(200),
    atMs: z.int().nonnegative().exactOptional(),
  }),
  z.strictObject({ kind: z.literal('undo') }),
]);

/** The page of a review and everything that it asks for. Only who knows the token gets to see more than an empty page. */
export function createReviewApp({ review, token, port }: ReviewAppParts): Hono {
  const app = new Hono();
  const session = randomBytes(32).toString('base64url');
  // Cookies know no ports: two reviews at the same time have two names.
  const cookieName = `pivot-${port}`;
  const hosts = new Set([`127.0.0.1:${port}`, `localhost:${port}`]);

  app.use(async (c, next) => {
    const host = c.req.header('host') ?? '';
    // A name that was made to point here (DNS rebinding) is not ours.
    if (!hosts.has(host)) return c.text('Not here', 421);
    const origin = c.req.header('origin');
    const isOurs = origin === undefined ? c.req.method === 'GET' : origin === `http://${host}`;
    const site = c.req.header('sec-fetch-site');
    const isLink = c.req.path === '/' && c.req.method === 'GET';
    if (!isOurs || (site !== undefined && site !== 'same-origin' && site !== 'none' && !isLink)) {
      return c.text('Not from there', 403);
    }
    await next();
    const headers = {
      'Content-Security-Policy': policy,
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
      'Cross-Origin-Resource-Policy': 'same-origin',
      'Cross-Origin-Opener-Policy': 'same-origin',
      'X-Frame-Options': 'DENY',
    };
    for (const [name, value] of Object.entries(headers)) c.res.headers.set(name, value);
    if (!c.res.headers.has('Cache-Control')) c.res.headers.set('Cache-Control', 'no-store');
    return undefined;
  });

  app.get('/', (c) => c.html(reviewPage()));
  app.get('/style.css', (c) => c.body(reviewStyle, 200, { 'Content-Type': 'text/css; charset=utf-8' }));
  app.get('/icon.svg', (c) => c.body(reviewIcon, 200, { 'Content-Type': 'image/svg+xml' }));
  app.get('/client/:file', async (c) => {
    const text = await readClientFile(c.req.param('file'));
    if (text === undefined) return c.notFound();
    return c.body(text, 200, { 'Content-Type': 'text/javascript; charset=utf-8' });
  });

  app.use(
    '/api/*',
    bodyLimit({ maxSize: maxBodyBytes, onError: (c) => c.json({ error: 'This is too long.' }, 413) }),
  );
  app.post('/api/session', async (c) => {
    const body = z.strictObject({ token: z.string().max(200) }).safeParse(parseJson(await c.req.text()));
    if (!body.success || !isSame(body.data.token, token)) return c.json({ error: 'wrong token' }, 403);
    setCookie(c, cookieName, session, { httpOnly: true, sameSite: 'Strict', path: '/' });
    return c.body(null, 204);
  });

  app.use(async (c, next) => {
    if (!isSame(getCookie(c, cookieName) ?? '', session)) return c.json({ error: 'no session' }, 401);
    return next();
  });

  app.get('/api/snapshot', async (c) => c.json(await review.snapshot()));
  app.post('/api/decisions', async (c) => {
    const wish = wishSchema.safeParse(parseJson(await c.req.text()));
    if (!wish.success) return c.json({ error: 'This cannot be asked for.' }, 400);
    return c.json(await review.decide(wish.data));
  });
  app.post('/api/focus', async (c) => {
    const body = z.strictObject({ clip: clipSchema }).safeParse(parseJson(await c.req.text()));
    if (body.success) review.focus(body.data.clip);
    return c.body(null, 204);
  });
  app.post('/api/render', (c) => {
    review.startRendering();
    return c.body(null, 204);
  });
  app.delete('/api/render', (c) => {
    review.stopRendering();
    return c.body(null, 204);
  });
  app.get('/api/events', (c) =>
    streamSSE(c, async (stream) => {
      const write = (data: unknown) => void stream.writeSSE({ data: JSON.stringify(data) }).catch(() => {});
      const stop = review.listen(write);
      const ended = new Promise<void>((resolve) => stream.onAbort(resolve));
      const heartbeat = setInterval(() => void stream.write(': still here\n\n').catch(() => {}), heartbeatMs);
      // The first word goes out at once: the page then knows that it is connected.
      write({ kind: 'changed' });
      await ended;
      clearInterval(heartbeat);
      stop();
    }),
  );

  for (const [kind, type] of [
    ['film', 'video/mp4'],
    ['cover', 'image/jpeg'],
  ] as const) {
    app.get(`/${kind}/:clip`, async (c) => {
      const path = await review.findFile(c.req.param('clip'), kind);
      return path === undefined ? c.notFound() : fileResponse(path, type, c.req.header('range'));
    });
  }

  app.notFound((c) => c.json({ error: 'Not found' }, 404));
  app.onError((error, c) => {
    const { code, message, hint } = toErrorRecord(error);
    const status = errorStatuses[code.split('.')[0] as ErrorKind].httpStatus;
    // What is not ours may hold anything: the terminal's user can see it there.
    const shown = error instanceof PatternPivotError ? message : 'Something went wrong.';
    return c.json({ error: shown, hint, code }, status as 400);
  });
  return app;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Compares two secrets in a time that says nothing of where they differ. */
function isSame(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
