import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withProcessLock } from './process-lock.ts';

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot-lock-'));
  path = join(folder, 'lock');
});

afterEach(() => rm(folder, { recursive: true, force: true }));

test('one runs at a time, in one process too, and what was thrown lets go of it', async () => {
  let running = 0;
  let most = 0;
  const work = async () => {
    running++;
    most = Math.max(most, running);
    await sleep(5);
    running--;
  };
  const failed = withProcessLock(path, {}, async () => {
    await work();
    throw new Error('on purpose');
  });
  await expect(failed).rejects.toThrow('on purpose');
  await Promise.all(Array.from({ length: 5 }, () => withProcessLock(path, {}, work)));
  expect(most).toBe(1);
  const { size, mode } = await stat(path);
  expect([size, mode & 0o777]).toEqual([0, 0o600]);
});

test('a process that was killed while it held it holds up nobody', async () => {
  const module = join(folder, 'holder.ts');
  await writeFile(
    module,
    `import { withProcessLock } from ${JSON.stringify(join(import.meta.dirname, 'process-lock.ts'))};
     await withProcessLock(${JSON.stringify(path)}, {}, async () => {
       process.stdout.write('held');
       await new Promise((resolve) => setTimeout(resolve, 60_000));
     });`,
  );
  const holder = spawn(process.execPath, [module], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(holder.stdout, 'data');
  const impatient = withProcessLock(path, { patienceMs: 100 }, async () => {});
  await expect(impatient).rejects.toMatchObject({ code: 'conflict.credentials_busy', retryable: true });
  const stopping = withProcessLock(path, { signal: AbortSignal.timeout(100) }, async () => {});
  await expect(stopping).rejects.toMatchObject({ name: 'AbortError' });
  holder.kill('SIGKILL');
  await once(holder, 'close');
  const startedAtMs = performance.now();
  await withProcessLock(path, {}, async () => {});
  expect(performance.now() - startedAtMs).toBeLessThan(2000);
});
