import { createServer, request, type IncomingMessage, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startGuardProxy, type GuardProxy } from './guard-proxy.ts';

let server: Server;
let port: number;
let seen: IncomingMessage[];
let proxy: GuardProxy;

beforeEach(async () => {
  seen = [];
  server = createServer((incoming, outgoing) => {
    seen.push(incoming);
    outgoing.writeHead(200, { 'content-type': 'text/plain', connection: 'keep-alive', 'x-own': '1' });
    incoming.pipe(outgoing);
    if (incoming.method === 'GET') outgoing.end('a page');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});
afterEach(() => {
  proxy.close();
  server.closeAllConnections();
  server.close();
});

/** Asks the proxy for an address, as a browser does. */
async function ask(address: string, options: { method?: string; body?: string } = {}) {
  const [host, proxyPort] = proxy.host.split(':');
  const asking = request({
    host,
    port: proxyPort,
    path: address,
    method: options.method ?? 'GET',
    agent: false,
  });
  asking.end(options.body);
  const [response] = (await once(asking, 'response')) as [IncomingMessage];
  let text = '';
  for await (const part of response) text += String(part);
  return { status: response.statusCode, headers: response.headers, text };
}

/** Asks the proxy for a tunnel, and gives the first line of its answer. */
async function tunnel(target: string): Promise<{ line: string; send: (text: string) => Promise<string> }> {
  const [host = '', proxyPort = ''] = proxy.host.split(':');
  const socket = connect(Number(proxyPort), host);
  socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`);
  const [head] = (await once(socket, 'data')) as [Buffer];
  return {
    line: String(head).split('\r\n')[0] ?? '',
    send: async (text) => {
      socket.write(text);
      const [answer] = (await once(socket, 'data')) as [Buffer];
      socket.destroy();
      return String(answer);
    },
  };
}

test('what may be reached is passed on, with its body and without what concerns one connection', async () => {
  proxy = await startGuardProxy(() => true);
  const page = await ask(`http://127.0.0.1:${port}/talk?x=1`);
  expect(page).toMatchObject({ status: 200, text: 'a page' });
  expect(page.headers['x-own']).toBe('1');
  expect(seen[0]?.url).toBe('/talk?x=1');
  expect(seen[0]?.headers.host).toBe(`127.0.0.1:${port}`);
  expect((await ask(`http://localhost:${port}/`, { method: 'POST', body: 'said' })).text).toBe('said');
  const { line, send } = await tunnel(`localhost:${port}`);
  expect(line).toBe('HTTP/1.1 200 Connection Established');
  expect(await send('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')).toContain('200 OK');
});

test('a private address is refused by number and by name, as a page and as a tunnel', async () => {
  proxy = await startGuardProxy((address) => address === '8.8.8.8');
  for (const host of ['127.0.0.1', 'localhost', '[::1]']) {
    expect((await ask(`http://${host}:${port}/`)).status, host).toBe(403);
    expect((await tunnel(`${host}:${port}`)).line, host).toBe('HTTP/1.1 403 Forbidden');
  }
  expect(seen).toHaveLength(0);
  expect([...proxy.refused].toSorted()).toEqual(['127.0.0.1', '::1', 'localhost']);
});

test('a name that comes to mean another place is looked at each time', async () => {
  let turn = 0;
  proxy = await startGuardProxy(() => turn++ === 0);
  expect((await tunnel(`127.0.0.1:${port}`)).line).toContain('200');
  expect((await tunnel(`localhost:${port}`)).line).toContain('403');
});

test('what cannot be reached, and what is no address of the web, is told', async () => {
  proxy = await startGuardProxy(() => true);
  server.closeAllConnections();
  await new Promise<void>((resolve) => void server.close(() => resolve()));
  expect((await ask(`http://127.0.0.1:${port}/`)).status).toBe(502);
  expect((await tunnel(`127.0.0.1:${port}`)).line).toContain('502');
  expect(proxy.unreachable.get('127.0.0.1')).toBe('ECONNREFUSED');
  expect((await ask('file:///etc/hostname')).status).toBe(400);
  expect((await ask('/relative')).status).toBe(400);
  for (const target of ['no-port', 'a:0', 'a:99999', 'user@host:80']) {
    expect((await tunnel(target)).line, target).toBe('HTTP/1.1 400 Bad Request');
  }
});
