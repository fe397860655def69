import { lookup as lookupName, type LookupAddress } from 'node:dns';
import {
  createServer,
  request as sendRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
} from 'node:http';
import { connect, isIP, type AddressInfo, type LookupFunction, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/**
 * The only way out for a browser that opens a stranger's page: a proxy on this machine that looks at every address before it connects, and
 * connects to what it looked at. A page, a redirect or a name that changes its meaning cannot reach what only this network can.
 */
export type GuardProxy = {
  /** `127.0.0.1:41234` */
  readonly host: string;
  /** Hosts that were refused, because they lie in a private network. */
  readonly refused: ReadonlySet<string>;
  /** Hosts that could not be reached, and the system's code for why. */
  readonly unreachable: ReadonlyMap<string, string>;
  close(): void;
};

/** Refused on purpose, as the browser gets it. */
class RefusedError extends Error {}

/** No more hosts than these are remembered: a page may name as many as it likes. */
const mostHosts = 1000;

/** How long a host may take to answer, in ms. */
const connectMs = 20_000;

/** These concern one connection only (RFC 9110, 7.6.1). */
const hopHeaders = /^(?:connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade)$/iu;

/** Starts a proxy that reaches only addresses for which `mayReach` says yes. */
export async function startGuardProxy(mayReach: (address: string) => boolean): Promise<GuardProxy> {
  const refused = new Set<string>();
  const unreachable = new Map<string, string>();
  const sockets = new Set<Duplex>();
  const note = (host: string, error: Error) => {
    if (error instanceof RefusedError) {
      if (refused.size < mostHosts) refused.add(host);
    } else if (unreachable.size < mostHosts) {
      unreachable.set(host, (error as NodeJS.ErrnoException).code ?? 'unknown');
    }
  };
  // Looked at when the connection is made, so that a name cannot mean another place by then.
  const lookup: LookupFunction = (name, options, callback) => {
    const settle = (found: readonly LookupAddress[]) => {
      if (!found.every(({ address }) => mayReach(address)))
        return callback(new RefusedError('a private address'), []);
      const [first] = found;
      if (options.all === true || first === undefined) return callback(null, [...found]);
      callback(null, first.address, first.family);
    };
    lookupName(name, { ...options, all: true }, (error, found) =>
      error === null ? settle(found) : callback(error, []),
    );
  };
  /** Numbers are not looked up by the system. */
  const judgeNumber = (host: string) => {
    if (isIP(host) !== 0 && !mayReach(host)) throw new RefusedError('a private address');
  };

  const server = createServer((incoming, outgoing) => {
    let url: URL;
    try {
      url = new URL(incoming.url ?? '');
      if (url.protocol !== 'http:') throw new Error('not http');
    } catch {
      outgoing.writeHead(400).end();
      return;
    }
    const host = plainHost(url.hostname);
    try {
      judgeNumber(host);
      forward(incoming, outgoing, url, lookup, (error) => note(host, error));
    } catch (error) {
      note(host, error as Error);
      outgoing.writeHead(403).end();
    }
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy());
  });
  server.on('connect', (incoming: IncomingMessage, client: Duplex, head: Buffer) => {
    client.on('error', () => client.destroy());
    const target = readTarget(incoming.url ?? '');
    if (target === undefined) return void client.end('HTTP/1.1 400 Bad Request\r\n\r\n');
    const fail = (error: Error) => {
      note(target.host, error);
      const status = error instanceof RefusedError ? '403 Forbidden' : '502 Bad Gateway';
      client.end(`HTTP/1.1 ${status}\r\n\r\n`);
    };
    try {
      judgeNumber(target.host);
    } catch (error) {
      return fail(error as Error);
    }
    tunnel(connect({ ...target, lookup, timeout: connectMs }), client, head, sockets, fail);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  // Whoever holds it closes it; by itself it keeps no program running.
  server.unref();
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    refused,
    unreachable,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function tunnel(
  remote: Socket,
  client: Duplex,
  head: Buffer,
  sockets: Set<Duplex>,
  fail: (error: Error) => void,
): void {
  sockets.add(remote);
  let isOpen = false;
  remote.on('connect', () => {
    isOpen = true;
    remote.setTimeout(0);
    client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    if (head.length > 0) remote.write(head);
    remote.pipe(client);
    client.pipe(remote);
  });
  remote.on('timeout', () => remote.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })));
  remote.on('error', (error) => {
    if (isOpen) client.destroy();
    else fail(error);
  });
  remote.on('close', () => sockets.delete(remote));
  client.on('close', () => remote.destroy());
}

function forward(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  url: URL,
  lookup: LookupFunction,
  onFailure: (error: Error) => void,
): void {
  const headers: OutgoingHttpHeaders = { ...withoutHops(incoming.headers), host: url.host };
  const request = sendRequest(
    url,
    { method: incoming.method ?? 'GET', headers, lookup, agent: false, timeout: connectMs },
    (response) => {
      outgoing.writeHead(response.statusCode ?? 502, withoutHops(response.headers));
      response.pipe(outgoing);
      response.on('error', () => outgoing.destroy());
    },
  );
  request.on('timeout', () => request.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })));
  request.on('error', (error) => {
    onFailure(error);
    if (outgoing.headersSent) outgoing.destroy();
    else outgoing.writeHead(error instanceof RefusedError ? 403 : 502).end();
  });
  incoming.on('error', () => request.destroy());
  outgoing.on('close', () => request.destroy());
  incoming.pipe(request);
}

function withoutHops(headers: OutgoingHttpHeaders): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !hopHeaders.test(name)));
}

/** `example.org:443`, `[::1]:443`. */
function readTarget(authority: string): { host: string; port: number } | undefined {
  const match = /^(\[[0-9a-f:.]+\]|[^:/@\s]+):(\d{1,5})$/iu.exec(authority);
  const port = Number(match?.[2]);
  return match?.[1] === undefined || port < 1 || port > 65_535
    ? undefined
    : { host: plainHost(match[1]), port };
}

function plainHost(hostname: string): string {
  return hostname.replace(/^\[|\]$/gu, '');
}
