import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { PatternPivotError } from '../domain/errors.ts';
import { toFileError, withFileErrors } from '../domain/file-error.ts';
import { describeMediaAddress, nameFetchedFile, parseMediaAddress } from '../domain/media-address.ts';
import { temporaryFileName } from '../domain/temporary-name.ts';
import { pointerKind } from '../media/containers.ts';
import { assertRoom } from '../recipes/disk-room.ts';
import type { StageContext } from '../stages/stage.ts';
import {
  claimPart,
  finishPart,
  ifRange,
  partName,
  readKept,
  releasePart,
  validatorSchema,
  type Part,
  type Validator,
} from './fetch-media-folder.ts';
import { requestMedia, requestRules, unreachable, type RequestRules } from './fetch-media-request.ts';

/** Where fetched files go, and what is allowed. */
export type FetchOptions = {
  /** The folder that gets a folder for each address. */
  readonly downloadsFolder: string;
  /** The largest file that is taken, in bytes. */
  readonly maxBytes: number;
  /** Default: {@link requestRules}. */
  readonly rules?: RequestRules;
  /** Whether what is no media is taken as well, but for pages: a model's files. Default: false. */
  readonly takesAnyType?: boolean;
  /** How long to wait before each further try, in ms. Default: 1 s, 3 s, 9 s. */
  readonly retryAfterMs?: readonly number[];
};

/** A fetched file. */
export type FetchedMedia = {
  readonly path: string;
  /** False when the file of an earlier run is still the one that the server has. */
  readonly isFresh: boolean;
  /** Whether the server could not be asked, so that the file of an earlier run was taken unasked. */
  readonly isUnasked: boolean;
};

const defaultRetries = [1000, 3000, 9000];

/**
 * Fetches the media file behind an http(s) address into its own folder, or takes the one that lies there when the server
 * says that it is still the same. What was interrupted goes on where it stopped. FFmpeg never sees the address.
 * @throws input.address_invalid, input.address_not_media, input.too_large, input.redirect_refused, not_found.address,
 * input.no_permission, provider.unreachable, provider.refused, provider.truncated, tool.disk_full
 */
export async function fetchMedia(
  address: string,
  options: FetchOptions,
  context: StageContext,
): Promise<FetchedMedia> {
  const url = parseMediaAddress(address);
  url.hash = '';
  // Whole, secrets and all: another token may give another file. A hash tells nobody.
  const key = createHash('sha256').update(url.href).digest('hex').slice(0, 32);
  const folder = join(options.downloadsFolder, key);
  await withFileErrors(folder, () => mkdir(folder, { recursive: true }));
  const retries = options.retryAfterMs ?? defaultRetries;
  for (let attempt = 0; ; attempt++) {
    context.signal.throwIfAborted();
    try {
      return await fetchOnce(url, folder, options, context);
    } catch (error) {
      context.signal.throwIfAborted();
      const isWorthIt = error instanceof PatternPivotError && error.retryable;
      const delayMs = retries[attempt];
      if (isWorthIt && delayMs !== undefined) {
        await wait(delayMs, undefined, { signal: context.signal });
        continue;
      }
      const kept = isWorthIt ? await readKept(folder) : undefined;
      if (kept === undefined) throw error;
      return { path: kept.path, isFresh: false, isUnasked: true };
    }
  }
}

async function fetchOnce(
  url: URL,
  folder: string,
  options: FetchOptions,
  context: StageContext,
): Promise<FetchedMedia> {
  const kept = await readKept(folder);
  const part = kept === undefined ? await claimPart(folder) : undefined;
  let current = part;
  try {
    const { response, url: finalUrl } = await requestMedia(
      url,
      kept === undefined ? rangeHeaders(part) : conditionHeaders(kept.record.validator),
      { signal: context.signal, rules: options.rules ?? requestRules },
    );
    try {
      if (kept !== undefined && response.statusCode === 304) {
        return { path: kept.path, isFresh: false, isUnasked: false };
      }
      assertGood(response, url, options);
      current = await takeAnswer(part, response, folder);
      await receive(current, response, { url, folder, options, context });
    } finally {
      response.destroy();
    }
    const path = await finishPart(current, folder, {
      version: 1,
      address: describeMediaAddress(url),
      name: nameFetchedFile(finalUrl, {
        disposition: response.headers['content-disposition'],
        type: response.headers['content-type'],
      }),
      sizeBytes: current.sizeBytes,
      validator: current.validator,
    });
    current = undefined;
    return { path, isFresh: true, isUnasked: false };
  } finally {
    if (current !== undefined) await releasePart(current, folder);
  }
}

function rangeHeaders(part: Part | undefined): Record<string, string> {
  const condition = part === undefined ? undefined : ifRange(part.validator);
  if (part === undefined || condition === undefined) return {};
  return { range: `bytes=${part.sizeBytes}-`, 'if-range': condition };
}

function conditionHeaders({ etag, lastModified }: Validator): Record<string, string> {
  return {
    ...(etag === undefined ? {} : { 'if-none-match': etag }),
    ...(lastModified === undefined ? {} : { 'if-modified-since': lastModified }),
  };
}

/** @throws not_found.address, input.no_permission, provider.refused, input.address_not_media */
function assertGood(response: IncomingMessage, url: URL, { takesAnyType = false }: FetchOptions): void {
  const shown = describeMediaAddress(url);
  const status = response.statusCode ?? 0;
  // 416: what we have is as long as the file, or longer than it; the rest is seen to where the answer is taken.
  if (status === 200 || status === 206 || status === 416) {
    if (status === 416) return;
    assertMediaType(response.headers['content-type'], shown, takesAnyType);
    const encoding = response.headers['content-encoding'] ?? 'identity';
    if (encoding.toLowerCase() !== 'identity')
      throw notMedia(shown, `comes packed (${encoding.slice(0, 40)})`);
    return;
  }
  const context = { address: shown, status };
  if (status === 404 || status === 410) {
    throw new PatternPivotError('not_found.address', `There is nothing at ${shown} (${status}).`, {
      hint: 'Check the address: open it in a browser.',
      context,
    });
  }
  if (status === 401 || status === 403 || status === 407) {
    throw new PatternPivotError('input.no_permission', `${shown} wants to know who asks (${status}).`, {
      hint: 'The link may have run out. Download the file in a browser, and name the file.',
      context,
    });
  }
  throw new PatternPivotError('provider.refused', `${shown} answers with ${status} instead of the file.`, {
    retryable: status >= 500 || status === 429 || status === 408,
    hint: 'Try again later, or download the file in a browser, and name the file.',
    context,
  });
}

const playlistTypes = /mpegurl|dash\+xml|vnd\.ms-sstr|x-scpls|xspf|smil/iu;
const pageTypes = /^(?:text\/html|application\/xhtml\+xml)/iu;
const otherTypes = /^(?:text\/|image\/|application\/(?:json|xml|pdf|zip|javascript))/iu;

function assertMediaType(type: string | undefined, shown: string, takesAnyType: boolean): void {
  if (type === undefined) return;
  if (pageTypes.test(type)) throw notMedia(shown, 'is a page, not a media file');
  if (takesAnyType) return;
  if (playlistTypes.test(type)) throw notMedia(shown, 'is a playlist, not a media file');
  if (otherTypes.test(type)) throw notMedia(shown, `is no media file but ${type.split(';')[0]}`);
}

function notMedia(shown: string, what: string): PatternPivotError {
  return new PatternPivotError('input.address_not_media', `${shown} ${what}.`, {
    hint: 'Give the address of the file itself (…/talk.mp4), or download it and name the file.',
    context: { address: shown },
  });
}

/** Decides what the answer is: more of the part that we have, or the whole file from its beginning. */
async function takeAnswer(part: Part | undefined, response: IncomingMessage, folder: string): Promise<Part> {
  const { etag, 'last-modified': lastModified } = response.headers;
  if (part !== undefined && response.statusCode === 206 && rangeStart(response) === part.sizeBytes)
    return part;
  if (part !== undefined) await rm(part.path, { force: true });
  if (response.statusCode !== 200) {
    throw new PatternPivotError(
      'provider.refused',
      'The server cannot go on where the last download stopped.',
      {
        retryable: true,
      },
    );
  }
  const validator = validatorSchema.parse({
    ...(etag === undefined || etag.length > 1000 ? {} : { etag }),
    ...(lastModified === undefined || lastModified.length > 100 ? {} : { lastModified }),
  });
  // A name that no disk takes: then there is nothing to go on with after an interruption.
  const kept = Buffer.byteLength(partName(validator)) > 160 ? {} : validator;
  return { path: join(folder, temporaryFileName(`~${partName(kept)}`)), validator: kept, sizeBytes: 0 };
}

function rangeStart(response: IncomingMessage): number | undefined {
  const match = /^bytes (\d+)-/u.exec(response.headers['content-range'] ?? '');
  return match?.[1] === undefined ? undefined : Number(match[1]);
}

/** How long the whole file is, where the server says. */
function wholeLength(response: IncomingMessage): number | undefined {
  const total =
    response.statusCode === 206
      ? /\/(\d+)$/u.exec(response.headers['content-range'] ?? '')?.[1]
      : response.headers['content-length'];
  return total === undefined || !/^\d+$/u.test(total) ? undefined : Number(total);
}

type Receiving = { url: URL; folder: string; options: FetchOptions; context: StageContext };

async function receive(
  part: Part,
  response: IncomingMessage,
  { url, folder, options, context }: Receiving,
): Promise<void> {
  const shown = describeMediaAddress(url);
  const total = wholeLength(response);
  const assertSize = (bytes: number) => {
    if (bytes <= options.maxBytes) return;
    throw new PatternPivotError(
      'input.too_large',
      `${shown} is larger than the ${(options.maxBytes / 1e9).toFixed(1)} GB that are fetched at most.`,
      { hint: 'Raise the setting fetch.maxGigabytes.', context: { address: shown, bytes } },
    );
  };
  if (total !== undefined) {
    assertSize(total);
    await assertRoom([folder], total - part.sizeBytes);
  }
  const file = createWriteStream(part.path, { flags: part.sizeBytes === 0 ? 'w' : 'a' });
  const failed = once(file, 'error').then(([error]) => Promise.reject(error as Error));
  failed.catch(() => {});
  const { idleMs } = options.rules ?? requestRules;
  response.setTimeout(idleMs, () =>
    response.destroy(Object.assign(new Error('no more data'), { code: 'ETIMEDOUT' })),
  );
  let isFirst = part.sizeBytes === 0;
  try {
    for await (const block of response as AsyncIterable<Buffer>) {
      if (isFirst) assertMediaBytes(block, shown, options.takesAnyType === true);
      isFirst = false;
      assertSize(part.sizeBytes + block.length);
      if (!file.write(block)) await Promise.race([once(file, 'drain'), failed]);
      part.sizeBytes += block.length;
      context.report({ done: part.sizeBytes, total, unit: 'bytes' });
    }
  } catch (error) {
    context.signal.throwIfAborted();
    if (error instanceof PatternPivotError) throw error;
    throw file.errored === null ? unreachable(shown, error) : toFileError(file.errored, part.path);
  } finally {
    await withFileErrors(part.path, async () => {
      if (file.errored !== null) throw file.errored;
      file.end();
      await Promise.race([once(file, 'close'), failed]);
    });
  }
  context.signal.throwIfAborted();
  if (part.sizeBytes === 0) {
    throw new PatternPivotError('input.empty', `${shown} is empty (0 bytes).`, {
      hint: 'Check the address.',
    });
  }
  if (!response.complete || (total !== undefined && part.sizeBytes !== total)) {
    throw new PatternPivotError(
      'provider.truncated',
      `${shown} ended after ${part.sizeBytes} of ${total ?? 'unknown'} bytes.`,
      { retryable: true, hint: 'Run it again: what has come is kept.', context: { address: shown } },
    );
  }
}

/** A server may call a page a video. @throws input.address_not_media */
function assertMediaBytes(head: Buffer, shown: string, takesAnyType: boolean): void {
  const text = head.subarray(0, 1024).toString('latin1');
  if (/^(?:\xef\xbb\xbf)?\s*(?:<!--[^]*?-->\s*)*<(?:!doctype html|html|head|body)\b/iu.test(text)) {
    throw notMedia(shown, 'is a page, not a media file');
  }
  if (!takesAnyType && pointerKind(head) !== undefined)
    throw notMedia(shown, 'is a playlist, not a media file');
}
