import type { OAuth2Client } from 'google-auth-library';
import type { youtube_v3 } from '@googleapis/youtube';
import { PatternPivotError } from '../../domain/errors.ts';
import { describeFailure, type Failure } from '../platform/youtube/call.ts';
import { setParts } from './youtube-metadata.ts';

/**
 * YouTube's resumable protocol, one request at a time: https://developers.google.com/youtube/v3/guides/using_resumable_upload_protocol.
 * What is expected to happen is an answer, not an error; what to do about it is decided elsewhere.
 */

/** What YouTube said to a request of a session. */
export type SessionAnswer =
  /** It has so many bytes, counted from the beginning, and wants the rest. */
  | { readonly kind: 'wanting'; readonly receivedBytes: number }
  /** All of it is there, as this video. */
  | { readonly kind: 'complete'; readonly videoId: string }
  /** There is no such session any more. */
  | { readonly kind: 'gone' }
  | { readonly kind: 'trouble'; readonly failure: Failure; readonly cause: unknown };

/** With what a session is asked. */
export type SessionCaller = {
  readonly auth: Pick<OAuth2Client, 'request'>;
  readonly apiUrl: string;
  readonly signal: AbortSignal;
};

/** YouTube looks for itself what kind of video it is. */
const mediaType = 'video/*';

/** A request without much in it may take so long, in ms. */
const askMs = 60_000;

/**
 * Asks for a session. No byte is sent, so one that is never used comes to nothing.
 * @returns its address, which is secret: whoever has it may send. @throws provider.youtube_unreadable
 */
export async function startSession(
  caller: SessionCaller,
  film: { readonly sizeBytes: number; readonly mark: string; readonly resource: youtube_v3.Schema$Video },
): Promise<{ readonly address: string } | Extract<SessionAnswer, { kind: 'trouble' }>> {
  const root = caller.apiUrl.replace(/\/+$/u, '');
  const url = `${root}/upload/youtube/v3/videos?uploadType=resumable&part=${setParts.join(',')}`;
  const response = await send(caller, {
    url,
    method: 'POST',
    timeoutMs: askMs,
    body: Buffer.from(JSON.stringify(film.resource)),
    headers: {
      'content-type': 'application/json; charset=UTF-8',
      'x-upload-content-length': String(film.sizeBytes),
      'x-upload-content-type': mediaType,
      // Not in YouTube's documents, and taken all the same: the name that the owner sees as that of the file.
      slug: film.mark,
    },
  });
  if ('kind' in response) return response;
  const { status, headers, data } = response;
  if (status !== 200 && status !== 201) return toTrouble(response);
  const address = headers.get('location');
  if (address === null || !isTrusted(address, root)) {
    const { host } = new URL(root);
    const cause = new PatternPivotError(
      'provider.youtube_unreadable',
      `${host} gave no address to upload to that can be trusted.`,
      {
        hint: 'A network that wants a sign-in may be in between; check youtube.apiUrl, and try again.',
        context: { host, hasAnswer: data !== '' },
      },
    );
    return { kind: 'trouble', failure: { ...describeFailure({}), message: cause.message }, cause };
  }
  return { address };
}

/** Asks a session how much it has. */
export function askSession(
  caller: SessionCaller,
  address: string,
  sizeBytes: number,
): Promise<SessionAnswer> {
  return put(caller, address, {
    body: Buffer.alloc(0),
    range: `bytes */${sizeBytes}`,
    sizeBytes,
    timeoutMs: askMs,
  });
}

/** Sends a piece, which begins at byte `from`. All but the last must be of whole 256 KiB. */
export function sendPiece(
  caller: SessionCaller,
  address: string,
  piece: {
    readonly from: number;
    readonly bytes: Buffer;
    readonly sizeBytes: number;
    readonly timeoutMs: number;
  },
): Promise<SessionAnswer> {
  const { from, bytes, sizeBytes, timeoutMs } = piece;
  const range = `bytes ${from}-${from + bytes.length - 1}/${sizeBytes}`;
  return put(caller, address, { body: bytes, range, sizeBytes, timeoutMs });
}

async function put(
  caller: SessionCaller,
  address: string,
  what: {
    readonly body: Buffer;
    readonly range: string;
    readonly sizeBytes: number;
    readonly timeoutMs: number;
  },
): Promise<SessionAnswer> {
  const { body, range, sizeBytes, timeoutMs } = what;
  const response = await send(caller, {
    url: address,
    method: 'PUT',
    body,
    timeoutMs,
    headers: {
      'content-length': String(body.length),
      'content-range': range,
      ...(body.length === 0 ? {} : { 'content-type': mediaType }),
    },
  });
  if ('kind' in response) return response;
  const { status, headers, data } = response;
  if (status === 200 || status === 201) {
    const videoId = readVideoId(data);
    return videoId === undefined ? toTrouble(response) : { kind: 'complete', videoId };
  }
  if (status === 308) {
    const receivedBytes = readRange(headers.get('range'));
    if (receivedBytes === undefined || receivedBytes > sizeBytes) return toTrouble(response);
    return { kind: 'wanting', receivedBytes };
  }
  return status === 404 || status === 410 ? { kind: 'gone' } : toTrouble(response);
}

/** `bytes=0-524287` means 524,288 bytes; without the header there is none yet. Undefined for what cannot be read. */
export function readRange(text: string | null): number | undefined {
  if (text === null) return 0;
  const last = Number(/^(?:bytes=)?0-(\d{1,15})$/u.exec(text.trim())?.[1] ?? Number.NaN);
  return Number.isSafeInteger(last) ? last + 1 : undefined;
}

function readVideoId(text: string): string | undefined {
  try {
    const { id, kind } = JSON.parse(text) as { id?: unknown; kind?: unknown };
    return kind === 'youtube#video' && typeof id === 'string' && /^[\w-]{1,64}$/u.test(id) ? id : undefined;
  } catch {
    return undefined;
  }
}

/** Whether bytes and a token may go to an address that `root` gave: it is its own, or both are Google's. */
export function isTrusted(address: string, root: string): boolean {
  if (address.length > 8192 || !URL.canParse(address)) return false;
  const [given, asked] = [new URL(address), new URL(root)];
  if (given.username !== '' || given.password !== '') return false;
  if (given.origin === asked.origin) return true;
  const isGoogles = ({ protocol, hostname, port }: URL) =>
    protocol === 'https:' && port === '' && hostname.endsWith('.googleapis.com');
  return isGoogles(given) && isGoogles(asked);
}

type Response = { readonly status: number; readonly headers: Headers; readonly data: string };

async function send(
  { auth, signal }: SessionCaller,
  request: {
    readonly url: string;
    readonly method: 'POST' | 'PUT';
    readonly body: Buffer;
    readonly headers: Record<string, string>;
    readonly timeoutMs: number;
  },
): Promise<Response | Extract<SessionAnswer, { kind: 'trouble' }>> {
  const { url, method, body, headers, timeoutMs } = request;
  signal.throwIfAborted();
  try {
    const {
      status,
      headers: answered,
      data,
    } = await auth.request<string>({
      url,
      method,
      headers,
      data: body,
      signal,
      timeout: timeoutMs,
      retry: false,
      // 308 is a word of the protocol and leads nowhere.
      redirect: 'manual',
      responseType: 'text',
      // A token that ran out is renewed by the client itself, which then sends the same once more.
      validateStatus: (status) => status !== 401,
    });
    return { status, headers: answered, data: typeof data === 'string' ? data : '' };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof PatternPivotError) {
      // Of a server of tokens that cannot be reached now; that a sign-in ended is final.
      if (!error.retryable) throw error;
      return {
        kind: 'trouble',
        failure: { ...describeFailure(error), message: error.message },
        cause: error,
      };
    }
    const { response, message } = error as { response?: Partial<Response>; message?: unknown };
    if (response !== undefined) {
      const { status = 0, headers = new Headers(), data = '' } = response;
      return toTrouble({ status, headers, data: String(data) });
    }
    return {
      kind: 'trouble',
      failure: hide(describeFailure({ message }), url),
      cause: new Error('no answer'),
    };
  }
}

function toTrouble({ status, headers, data }: Response): Extract<SessionAnswer, { kind: 'trouble' }> {
  const failure = describeFailure({
    response: { status, headers, data: parseJson(data) },
    message: `HTTP ${status}`,
  });
  // An answer of success that cannot be read may be read when it is asked for again.
  const isPassing = failure.isPassing || (status >= 200 && status < 400) || status === 408;
  return { kind: 'trouble', failure: { ...failure, isPassing }, cause: new Error(`HTTP ${status}`) };
}

/** Messages of a broken connection name the address. */
function hide(failure: Failure, url: string): Failure {
  return { ...failure, message: failure.message.replaceAll(url, '…').replaceAll(/https?:\S+/gu, '…') };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
