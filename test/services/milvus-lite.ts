import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/** A server that speaks as Milvus does, with a folder of its own. */
export type MilvusLite = {
  readonly address: string;
  /** Ends it at once, as a power cut would. */
  kill(): Promise<void>;
  /** Starts it again at the same address, on the same folder. */
  restart(): Promise<void>;
  close(): Promise<void>;
};

/** Starts milvus-lite on a free port of this machine. @throws when it does not come up within 30 s, with what it said */
export async function startMilvusLite(python: string): Promise<MilvusLite> {
  const folder = await mkdtemp(join(tmpdir(), 'pivot-milvus-'));
  const port = await findFreePort();
  let server = await start(python, folder, port);
  const kill = async () => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, 'exit');
    server.kill('SIGKILL');
    await exited;
  };
  return {
    address: `127.0.0.1:${port}`,
    kill,
    async restart() {
      server = await start(python, folder, port);
    },
    async close() {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function start(python: string, folder: string, port: number): Promise<ChildProcess> {
  const code = 'import sys; from milvus_lite.cmdline import main; sys.exit(main())';
  const server = spawn(
    python,
    ['-c', code, 'server', '--data-dir', folder, '--host', '127.0.0.1', '--port', String(port)],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let said = '';
  for (const stream of [server.stdout, server.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-4000)));
  }
  for (let tries = 0; tries < 300; tries++) {
    if (server.exitCode !== null) break;
    if (await isListening(port)) return server;
    await wait(100);
  }
  server.kill('SIGKILL');
  throw new Error(`milvus-lite did not come up:\n${said}`);
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect({ port, host: '127.0.0.1' });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function findFreePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
