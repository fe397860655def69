import { lookup as lookupName } from 'node:dns/promises';
import { request as requestPlain, type IncomingMessage } from 'node:http';
import { request as requestSecure } from 'node:https';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { PatternPivotError } from '../../domain/errors.ts';
import { isPublicAddress } from '../../domain/public-address.ts';

/** One request to a webhook: where it leads is looked at when the line is opened, and no redirect is followed. */

/** Where a webhook may lead: only into the public internet, also to this machine, also into private networks. */
type WebhookNetwork = 'public' | 'loopback' | 'private';

/** An address that a name stands for. */
type FoundAddress = { readonly address: string; readonly family: number };

/** How a receiver is spoken to. */
export type WebhookRules = {
  readonly network: WebhookNetwork;
  /** How long one request may take, from the look-up of the name to the answer, in ms. */
  readonly timeoutMs: number;
  /** How names are looked up; left out: by the system. */
  readonly lookup?: ((name: string) => Promise<readonly FoundAddress[]>) | undefined;
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
 * Sends a message. @throws input.webhook_private, input.webhook_unencrypted where it may not lead, provider.webhook_unreachable, an AbortError
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

/**
 * The addresses that the receiver's name stands for just now. @throws input.webhook_private, input.webhook_unencrypted where one of them may
 * not be spoken to, provider.webhook_unreachable
 */
export async function findReceiver(address: URL, rules: WebhookRules): Promise<readonly string[]> {
  try {
    return (await findAllowed(address, rules)).map((each) => each.address);
  } catch (error) {
    throw error instanceof PatternPivotError ? error : unreachable(address, error);
  }
}

async function findAllowed(address: URL, rules: WebhookRules): Promise<readonly FoundAddress[]> {
  const host = hostOf(address);
  const family = isIP(host);
  const find = rules.lookup ?? ((name: string) => lookupName(name, { all: true }));
  const found = family === 0 ? await find(host) : [{ address: host, family }];
  if (found.length === 0) throw unreachable(address, { code: 'ENOTFOUND' });
  // One that may not be is enough: whoever answers with both wants us to take the other one.
  const refused = found.find((each) => !isAllowed(each.address, address, rules.network));
  if (refused !== undefined) throw describeRefused(refused.address, address);
  return found;
}

/** Without the brackets of IPv6. */
function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/gu, '');
}

function isAllowed(ip: string, { protocol }: URL, network: WebhookNetwork): boolean {
  // In the open, what is sent is encrypted or not sent.
  if (isPublicAddress(ip)) return protocol === 'https:';
  const kind = isIP(ip) === 4 ? 'ipv4' : 'ipv6';
  if (network !== 'public' && loopback.check(ip, kind)) return true;
  return network === 'private' && ownNetworks.check(ip, kind) && !keptOut.check(ip, kind);
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Networks at home and in companies. What else is not public (link-local, multicast, reserved) is never spoken to. */
const ownNetworks = new BlockList();
ownNetworks.addSubnet('10.0.0.0', 8, 'ipv4');
ownNetworks.addSubnet('172.16.0.0', 12, 'ipv4');
ownNetworks.addSubnet('192.168.0.0', 16, 'ipv4');
ownNetworks.addSubnet('100.64.0.0', 10, 'ipv4');
ownNetworks.addSubnet('fc00::', 7, 'ipv6');

/** Within them: where a cloud tells a machine its own credentials (AWS, Alibaba Cloud). */
const keptOut = new BlockList();
keptOut.addAddress('fd00:ec2::254', 'ipv6');
keptOut.addAddress('100.100.100.200', 'ipv4');

async function open(
  address: URL,
  { headers, body }: { readonly headers: Readonly<Record<string, string>>; readonly body: string },
  { rules, signal }: { readonly rules: WebhookRules; readonly signal: AbortSignal },
): Promise<IncomingMessage> {
  // What is a number is never looked up; a name is, when the line is opened, and never again before it is used.
  const host = hostOf(address);
  if (isIP(host) !== 0 && !isAllowed(host, address, rules.network)) throw describeRefused(host, address);
  return new Promise((resolve, reject) => {
    const lookup: LookupFunction = (_name, options, callback) => {
      findAllowed(address, rules).then(
        (found) => {
          const [first] = found;
          if (options.all === true) callback(null, [...found]);
          else callback(null, first?.address ?? '', first?.family);
        },
        (error: NodeJS.ErrnoException) => callback(error, []),
      );
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
  EPROTO: 'it does not speak TLS',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS',
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
      hint: 'Check publish.webhook.url and the network; whoever receives it drops what it has already.',
      context: { host: address.host, systemCode: code },
    },
  );
}

function describeRefused(ip: string, address: URL): PatternPivotError {
  const where = `The webhook at ${describeWebhook(address)}`;
  const context = { host: address.host };
  if (isPublicAddress(ip)) {
    return new PatternPivotError(
      'input.webhook_unencrypted',
      `${where} is in the open, and would be spoken to unencrypted.`,
      { hint: 'Write https: in publish.webhook.url. Nothing was sent.', context },
    );
  }
  return new PatternPivotError('input.webhook_private', `${where} leads into a private network.`, {
    hint: 'If that is meant, set publish.webhook.network to loopback or private. Nothing was sent.',
    context,
  });
}
