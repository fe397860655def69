import { open } from 'node:fs/promises';
import { request as requestPlain } from 'node:http';
import { request as requestSecure } from 'node:https';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { PatternPivotError } from '../../domain/errors.ts';
import { withFileErrors } from '../../domain/file-error.ts';
import { parseJson, toLine, unreachable } from './instagram-call.ts';

/** The bytes of a film, to Meta's upload server: https://developers.facebook.com/docs/instagram-platform/content-publishing/resumable-uploads */

/** So much is read at once, in bytes. */
const blockBytes = 1_048_576;

const maxAnswerBytes = 100_000;

/** What the upload server answers: done, or what went wrong and whether the same may be tried again. */
const answerSchema = z.object({
  success: z.boolean().optional(),
  debug_info: z
    .object({
      retriable: z.boolean().optional(),
      type: z.string().optional(),
      message: z.string().optional(),
    })
    .optional(),
});

/** What is sent, and where. */
export type SendOptions = {
  /** The container's own. */
  readonly address: URL;
  readonly token: string;
  readonly path: string;
  /** So many bytes are there already. */
  readonly from: number;
  readonly sizeBytes: number;
  readonly signal: AbortSignal;
  /** A line on which nothing moves for so long is dead. */
  readonly idleMs: number;
  /** Asked after every block; what it throws ends it. */
  readonly onSent: (sentBytes: number) => Promise<void>;
};

/**
 * Sends a film from `from` to its end; nothing of it is published by that.
 * @throws provider.instagram_unreachable, provider.instagram_failed, provider.instagram_upload where this container will not take it,
 * input.film_changed, what `onSent` throws, an AbortError
 */
export async function sendFilm(options: SendOptions): Promise<void> {
  const { address, token, signal } = options;
  const ended = new AbortController();
  let ours: unknown;
  try {
    const { status, text } = await post(options, AbortSignal.any([signal, ended.signal]), (error) => {
      ours = error;
      ended.abort();
    });
    const parsed = answerSchema.safeParse(parseJson(text));
    if (parsed.success && parsed.data.success === true && status < 300) return;
    throw tellAnswer(status, parsed.data?.debug_info, token);
  } catch (error) {
    signal.throwIfAborted();
    if (ours !== undefined) throw ours;
    throw error instanceof PatternPivotError ? error : unreachable(address, false, error);
  }
}

/** Posts the rest of the film. `fail` is told what is our own fault. */
async function post(
  { address, token, path, from, sizeBytes, idleMs, onSent }: SendOptions,
  signal: AbortSignal,
  fail: (error: unknown) => void,
): Promise<{ readonly status: number; readonly text: string }> {
  const send = address.protocol === 'https:' ? requestSecure : requestPlain;
  const request = send(address, {
    method: 'POST',
    headers: {
      authorization: `OAuth ${token}`,
      offset: String(from),
      file_size: String(sizeBytes),
      'content-type': 'application/octet-stream',
      'content-length': sizeBytes - from,
    },
    agent: false,
    signal,
  });
  request.setTimeout(idleMs, () => request.destroy(Object.assign(new Error('idle'), { code: 'ETIMEDOUT' })));
  const answered = new Promise<{ status: number; text: string }>((resolve, reject) => {
    request.on('error', reject);
    request.on('response', (response) => {
      const blocks: Buffer[] = [];
      let length = 0;
      response.on('data', (block: Buffer) => {
        length += block.length;
        if (length <= maxAnswerBytes) blocks.push(block);
        else response.destroy();
      });
      response.on('error', reject);
      response.on('close', () => {
        if (response.complete)
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(blocks).toString('utf8') });
        else reject(Object.assign(new Error('cut'), { code: 'ECONNRESET' }));
      });
    });
  });
  const blocks = readFrom(path, from, sizeBytes, onSent, fail);
  // A server that refuses answers before it has all: then its answer counts, not the line that it closes.
  const sent = pipeline(Readable.from(blocks, { objectMode: false, highWaterMark: 1 }), request);
  const [answer, sending] = await Promise.allSettled([answered, sent]);
  if (answer.status === 'fulfilled') return answer.value;
  throw sending.status === 'rejected' ? sending.reason : answer.reason;
}

async function* readFrom(
  path: string,
  from: number,
  sizeBytes: number,
  onSent: SendOptions['onSent'],
  fail: (error: unknown) => void,
): AsyncGenerator<Buffer> {
  /** What comes while a block is away is the line's fault, and known there. */
  let isAway = false;
  try {
    const file = await withFileErrors(path, () => open(path, 'r'));
    try {
      const before = await file.stat();
      let position = from;
      while (position < sizeBytes) {
        await onSent(position);
        const bytes = Buffer.allocUnsafe(Math.min(blockBytes, sizeBytes - position));
        const { bytesRead } = await withFileErrors(path, () => file.read(bytes, 0, bytes.length, position));
        const { size, mtimeMs } = await file.stat();
        if (bytesRead === 0 || size !== sizeBytes || mtimeMs !== before.mtimeMs) throw filmChanged(path);
        position += bytesRead;
        isAway = true;
        yield bytes.subarray(0, bytesRead);
        isAway = false;
      }
      await onSent(position);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (!isAway) fail(error);
    throw error;
  }
}

function tellAnswer(
  status: number,
  debug: z.infer<typeof answerSchema>['debug_info'],
  token: string,
): PatternPivotError {
  const said = toLine(debug?.message ?? debug?.type ?? '', token);
  // A login page, a proxy's: neither the server's word nor a reason to begin anew.
  const mayPass = debug?.retriable ?? (status >= 500 || status === 408 || status === 429 || status < 400);
  return new PatternPivotError(
    mayPass ? 'provider.instagram_failed' : 'provider.instagram_upload',
    `Instagram's upload server does not take the film (${status})${said === '' ? '.' : `: "${said}"`}`,
    {
      retryable: true,
      hint: 'Run it again in a few minutes: it goes on where it was.',
      context: { status },
    },
  );
}

/** That the film is another by now. */
export function filmChanged(path: string): PatternPivotError {
  return new PatternPivotError('input.film_changed', `The film is not the one that was checked: ${path}`, {
    hint: 'Put it in the queue again. Nothing of it was published.',
    context: { path },
  });
}
