import { lookup as lookupName } from 'node:dns';
import { request as requestPlain, type IncomingMessage } from 'node:http';
import { request as requestSecure } from 'node:https';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { PatternPivotError } from '../../domain/errors.ts';
import { isPublicAddress } from '../../domain/public-address.ts';

/** One request to a webhook: where it leads is looked at when the line is opened, and no redirect is followed. */

/** How a receiver is spoken to. */
export type WebhookRules = {
  /** Whether names and addresses of private networks are allowed. */
  readonly allowPrivate: boolean;
  /** How long one request may take, from the look-up of the name to the answer, in ms. */
  readonly timeoutMs: number;
  /** How names are looked up; left out: by the system. */
  readonly lookup?: typeof lookupName | undefined;
};

/** What a receiver answered. */
export type WebhookAnswer = {
  readonly status: number;
  readonly retryAfter: string | undefined;
  /** The beginning of what it said, without control characters; empty where the message was taken. */
  readonly said: string;
};

/** So much of an answer is read, in bytes: it is only shown. */
const maxAnswerBytes = 2000;

const maxSaidChars = 200;

/** Only the host is shown: the path of a webhook often is as good as a password. */
export function describeWebhook(address: URL): string {
  return address.origin;
}

/**
 * Sends a message. @throws input.webhook_private where it leads to a private network and may not, provider.webhook_unreachable, an AbortError
 */
export async function postMessage(
  address: URL,
  message: { readonly headers: Readonly<Record<string, string>>; readonly body: string },
  { rules, signal }: { readonly rules: WebhookRules; readonly signal: AbortSignal },
): Promise<WebhookAnswer> {
  const timeout = AbortSignal.timeout(rules.timeoutMs);
  try {
    const response = await open(address, message, { rules, signal: AbortSignal.any([signal, timeout]) });
    const status = response.statusCode ?? 0;
    try {
      return {
        status,
        retryAfter: response.headers['retry-after'],
        said: isTaken(status) ? '' : await readBeginning(response),
      };
    } finally {
      response.destroy();
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof PatternPivotError) throw error;
    throw unreachable(address, timeout.aborted ? { code: 'ETIMEDOUT' } : error);
  }
}

/** Whether a status says that the message was taken. */
export function isTaken(status: number): boolean {
  return status >= 200 && status < 300;
}

function open(
  address: URL,
  { headers, body }: { readonly headers: Readonly<Record<string, string>>; readonly body: string },
  { rules, signal }: { readonly rules: WebhookRules; readonly signal: AbortSignal },
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const host = address.hostname.replace(/^\[|\]$/gu, '');
    // Whoever writes this machine's own name means it; another name that leads here does not say so.
    const isOwn = host === 'localhost' || isLoopback(host);
    const isAllowed = (ip: string) => rules.allowPrivate || (isOwn ? isLoopback(ip) : isPublicAddress(ip));
    if (isIP(host) !== 0 && !isAllowed(host)) return reject(isPrivate(address));
    const find = rules.lookup ?? lookupName;
    const lookup: LookupFunction = (name, options, callback) => {
      find(name, { ...options, all: true }, (error, found) => {
        if (error !== null) return callback(error, []);
        const [first] = found;
        if (first === undefined || !found.every((each) => isAllowed(each.address)))
          return callback(isPrivate(address), []);
        if (options.all === true) return callback(null, found);
        callback(null, first.address, first.family);
      });
    };
    const send = address.protocol === 'https:' ? requestSecure : requestPlain;
    const request = send(
      address,
      {
        method: 'POST',
        headers: { ...headers, 'content-length': Buffer.byteLength(body) },
        lookup,
        signal,
        agent: false,
      },
      resolve,
    );
    request.on('error', reject);
    request.end(body);
  });
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

function isLoopback(address: string): boolean {
  const kind = isIP(address);
  return kind !== 0 && loopback.check(address, kind === 4 ? 'ipv4' : 'ipv6');
}

async function readBeginning(response: IncomingMessage): Promise<string> {
  const blocks: Buffer[] = [];
  let length = 0;
  try {
    for await (const block of response as AsyncIterable<Buffer>) {
      blocks.push(block);
      length += block.length;
      if (length >= maxAnswerBytes) break;
    }
  } catch {
    // The status is there; what it said beside is not needed.
  }
  const text = Buffer.concat(blocks).subarray(0, maxAnswerBytes).toString('utf8');
  return text
    .replaceAll(/[\p{C}\p{Z}\s]+/gu, ' ')
    .trim()
    .slice(0, maxSaidChars);
}

const meanings: Readonly<Record<string, string>> = {
  ENOTFOUND: 'there is no host of that name',
  EAI_AGAIN: 'its name cannot be looked up just now',
  ECONNREFUSED: 'it refuses the connection',
  ECONNRESET: 'it ended the connection',
  ETIMEDOUT: 'it does not answer in time',
  EHOSTUNREACH: 'no way leads there',
  ENETUNREACH: 'there is no network',
};

/** Codes of a certificate that is wrong, which no further try mends. */
const certificateCode = /CERT|SIGNATURE|ERR_TLS/u;

function unreachable(address: URL, error: unknown): PatternPivotError {
  const code = String((error as { code?: unknown }).code ?? '');
  const isCertificate = certificateCode.test(code);
  const why = isCertificate
    ? `its certificate is not good (${code})`
    : (meanings[code] ?? `the connection failed${code === '' ? '' : ` (${code})`}`);
  return new PatternPivotError(
    'provider.webhook_unreachable',
    `The webhook at ${describeWebhook(address)} cannot be reached: ${why}.`,
    {
      retryable: !isCertificate,
      hint: 'Check publish.webhook.address and the network; whoever receives it drops what it has already.',
      context: { host: address.host, systemCode: code },
    },
  );
}

function isPrivate(address: URL): PatternPivotError {
  return new PatternPivotError(
    'input.webhook_private',
    `The webhook at ${describeWebhook(address)} leads to a private network.`,
    {
      hint: 'If that is meant, set publish.webhook.allowPrivate to true. Nothing was sent.',
      context: { host: address.host },
    },
  );
}
