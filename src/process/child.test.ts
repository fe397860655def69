import { fork } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startChild } from './child.ts';

let folder: string;
let childModule: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot-child-'));
  childModule = join(folder, 'echo.child.ts');
  await writeFile(
    childModule,
    `import { serveParent } from ${JSON.stringify(join(import.meta.dirname, 'child.ts'))};
     serveParent({
       double: async (samples, { emit }) => { emit({ half: true }); return samples.map((sample) => sample * 2); },
       wait: async (_input, { signal }) => new Promise((_, reject) => {
         const timer = setInterval(() => {}, 1000);
         signal.addEventListener('abort', () => { clearInterval(timer); reject(signal.reason); });
       }),
       fail: async () => { throw new Error('no such luck'); },
       crash: async () => process.kill(process.pid, 'SIGSEGV'),
       environment: async () => Object.keys(process.env),
       pid: async () => process.pid,
     });`,
  );
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe('a child process', () => {
  test('answers calls with typed arrays, and tells of progress on the way', async () => {
    const child = startChild(childModule, { title: 'The echo' });
    const events: unknown[] = [];
    const result = await child.call<Float32Array>('double', new Float32Array([1, -0.5]), {
      onEvent: (event) => events.push(event),
    });
    expect(result).toEqual(new Float32Array([2, -1]));
    expect(events).toEqual([{ half: true }]);
    await child.close();
  });

  test('stops a call when its signal aborts, and goes on with the next', async () => {
    const child = startChild(childModule, { title: 'The echo' });
    const controller = new AbortController();
    const waiting = child.call('wait', undefined, { signal: controller.signal });
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'cancelled.by_user' });
    await expect(child.call('double', new Float32Array([3]))).resolves.toEqual(new Float32Array([6]));
    await child.close();
  });

  test('hands on what a method threw, and survives it', async () => {
    const child = startChild(childModule, { title: 'The echo' });
    await expect(child.call('fail', undefined)).rejects.toMatchObject({ message: 'no such luck' });
    await expect(child.call('pid', undefined)).resolves.toBe(child.pid);
    await child.close();
  });

  test('turns a crash into an error that says so', async () => {
    const child = startChild(childModule, { title: 'The echo' });
    await expect(child.call('crash', undefined)).rejects.toMatchObject({
      code: 'tool.child_died',
      retryable: true,
    });
    await expect(child.call('pid', undefined)).rejects.toMatchObject({ code: 'tool.child_died' });
  });

  test('gets no secrets from the environment', async () => {
    process.env.PATTERNPIVOT_TEST_API_KEY = 'secret';
    const child = startChild(childModule, { title: 'The echo', env: { PATTERNPIVOT_PLAIN: '1' } });
    const names = await child.call<string[]>('environment', undefined);
    expect(names).not.toContain('PATTERNPIVOT_TEST_API_KEY');
    expect(names).toContain('PATTERNPIVOT_PLAIN');
    delete process.env.PATTERNPIVOT_TEST_API_KEY;
    await child.close();
  });

  test('is gone within two seconds after its parent was killed', async () => {
    const parentModule = join(folder, 'parent.ts');
    await writeFile(
      parentModule,
      `import { startChild } from ${JSON.stringify(join(import.meta.dirname, 'child.ts'))};
       const child = startChild(${JSON.stringify(childModule)}, { title: 'The echo' });
       child.call('wait', undefined);
       process.send(await child.call('pid', undefined));`,
    );
    const parent = fork(parentModule, { execArgv: [], stdio: 'ignore' });
    const grandchildPid = await new Promise<number>((resolve) =>
      parent.once('message', (pid) => resolve(Number(pid))),
    );
    expect(isAlive(grandchildPid)).toBe(true);
    parent.kill('SIGKILL');
    for (let waitedMs = 0; isAlive(grandchildPid) && waitedMs < 2000; waitedMs += 50) await sleep(50);
    expect(isAlive(grandchildPid)).toBe(false);
  });
});
