import { lookup as lookupName } from 'node:dns';
import { request as requestPlain, type IncomingMessage } from 'node:http';
import { request as requestSecure } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { PatternPivotError } from '../domain/errors.ts';
import { describeMediaAddress, parseMediaAddress } from '../domain/media-address.ts';
import { isPublicAddress } from '../domain/public-address.ts';

/** One request for a media file: redirects followed by hand, every address looked at before anything is sent to it. */

/** How the web is spoken to. Tests make these shorter. */
export type RequestRules = {
  readonly maxRedirects: number;
  /** How long a server may stay silent, before its answer and within it, in ms. */
  readonly idleMs: number;
  /** Which IP addresses are of the public internet. */
  readonly isPublic: (address: string) => boolean;
};

/** The usual rules. */
export const requestRules: RequestRules = { maxRedirects: 5, idleMs: 30_000, isPublic: isPublicAddress };

/** An answer whose body is still to be read, and where it came from in the end. */
export type MediaResponse = { readonly response: IncomingMessage; readonly url: URL };

/**
 * Asks for an address. A public host may not send us to a private one: it would make us read what only this machine's
 * network can. Passwords in an address go to its own host and no further.
 * @throws input.address_invalid, input.redirect_refused, provider.unreachable, provider.too_many_redirects
 */
export async function requestMedia(
  address: URL,
  headers: Readonly<Record<string, string>>,
  options: { signal: AbortSignal; rules: RequestRules },
): Promise<MediaResponse> {
  let url = address;
  let isFromPublic = false;
  for (let hop = 0; hop <= options.rules.maxRedirects; hop++) {
    const sent =
      hop === 0 || url.origin === address.origin ? { ...headers, ...authorisation(address) } : headers;
    const answer = await requestOnce(url, sent, isFromPublic, options);
    const location = answer.response.headers.location;
    const status = answer.response.statusCode ?? 0;
    if (![301, 302, 303, 307, 308].includes(status) || location === undefined) {
      return { response: answer.response, url };
    }
    answer.response.destroy();
    isFromPublic ||= answer.isPublic;
    url = parseMediaAddress(URL.canParse(location, url.href) ? new URL(location, url.href).href : location);
  }
  throw new PatternPivotError(
    'provider.too_many_redirects',
    `${describeMediaAddress(address)} sends us on more than ${options.rules.maxRedirects} times.`,
    { hint: 'Open it in a browser, and give the address that the file has in the end.' },
  );
}

function authorisation(url: URL): Record<string, string> {
  if (url.username === '' && url.password === '') return {};
  const [user, password] = [url.username, url.password].map((part) => decodeURIComponent(part));
  return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
}

function requestOnce(
  url: URL,
  headers: Readonly<Record<string, string>>,
  isFromPublic: boolean,
  { signal, rules }: { signal: AbortSignal; rules: RequestRules },
): Promise<{ response: IncomingMessage; isPublic: boolean }> {
  const shown = describeMediaAddress(url);
  const refused = () =>
    new PatternPivotError(
      'input.redirect_refused',
      `A public server sends us to a private address: ${shown}`,
      {
        hint: 'If you trust it, give that address itself.',
      },
    );
  return new Promise((resolve, reject) => {
    const host = url.hostname.replace(/^\[|\]$/gu, '');
    let isPublic = true;
    const judge = (address: string): boolean => {
      isPublic &&= rules.isPublic(address);
      return isPublic || !isFromPublic;
    };
    if (isIP(host) !== 0 && !judge(host)) return reject(refused());
    // Looked at here, when the connection is made, so that a name cannot mean another place by then.
    const lookup: LookupFunction = (name, options, callback) => {
      lookupName(name, { ...options, all: true }, (error, found) => {
        if (error !== null) return callback(error, []);
        if (!found.every(({ address }) => judge(address))) return callback(refused(), []);
        const [first] = found;
        if (options.all === true || first === undefined) return callback(null, found);
        callback(null, first.address, first.family);
      });
    };
    const send = url.protocol === 'https:' ? requestSecure : requestPlain;
    const plain = new URL(url.href);
    plain.username = '';
    plain.password = '';
    const request = send(
      plain,
      {
        headers: { 'user-agent': 'PatternPivot', accept: '*/*', 'accept-encoding': 'identity', ...headers },
        lookup,
        signal,
        agent: false,
        timeout: rules.idleMs,
      },
      (response) => resolve({ response, isPublic }),
    );
    request.on('timeout', () =>
      request.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })),
    );
    request.on('error', (error) => {
      if (signal.aborted || error instanceof PatternPivotError) return reject(error);
      reject(unreachable(shown, error));
    });
    request.end();
  });
}

const unreachableMeanings: Readonly<Record<string, string>> = {
  ENOTFOUND: 'there is no host of that name',
  EAI_AGAIN: 'its name cannot be looked up just now',
  ECONNREFUSED: 'it refuses the connection',
  ECONNRESET: 'it ended the connection',
  ETIMEDOUT: 'it does not answer',
  EHOSTUNREACH: 'no way leads there',
  ENETUNREACH: 'there is no network',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by itself',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate cannot be verified',
};

/** A server that cannot be reached, or that fell silent. */
export function unreachable(shown: string, error: unknown): PatternPivotError {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const why = unreachableMeanings[code] ?? (error instanceof Error ? error.message : String(error));
  return new PatternPivotError('provider.unreachable', `${shown} cannot be fetched: ${why}.`, {
    cause: error,
    retryable: true,
    hint: 'Check the address and the network, and run it again: what has come is kept.',
    context: { address: shown, systemCode: code },
  });
}
