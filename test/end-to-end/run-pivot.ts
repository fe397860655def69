import { spawn, type ChildProcess } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const pivotPath = fileURLToPath(new URL('../../bin/pivot.js', import.meta.url));

/** How the program ended, and what it wrote. */
export type PivotRun = { readonly exitCode: number | null; readonly stdout: string; readonly stderr: string };

/** Where it runs, and with which variables beside those of the test. */
export type PivotOptions = { readonly cwd: string; readonly env?: Readonly<Record<string, string>> };

/** Small pictures, so that a test renders in seconds what a user waits a minute for. */
export const smallClips = { PATTERNPIVOT_RENDER_WIDTH: '216', PATTERNPIVOT_RENDER_HEIGHT: '384' };

/** Starts the program as a user would, by `bin/pivot.js`. */
export function startPivot(args: readonly string[], { cwd, env }: PivotOptions): ChildProcess {
  return spawn(process.execPath, [pivotPath, ...args], {
    cwd,
    env: { ...withoutOurs(process.env), PATTERNPIVOT_WORKSPACE: join(cwd, 'workspace'), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Runs the program to its end. */
export async function runPivot(args: readonly string[], options: PivotOptions): Promise<PivotRun> {
  const child = startPivot(args, options);
  let [stdout, stderr] = ['', ''];
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const exitCode = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { exitCode, stdout, stderr };
}

/** The events of a run with `--json`. */
export function readEvents(run: PivotRun): Record<string, unknown>[] {
  return run.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

/** Which processes carry a variable of this value, on a system with `/proc`: those that one run started. */
export async function listProcesses(variable: string, value: string): Promise<number[]> {
  const found: number[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/u.test(name)) continue;
    const environment = await readFile(`/proc/${name}/environ`, 'latin1').catch(() => '');
    if (environment.split('\0').includes(`${variable}=${value}`)) found.push(Number(name));
  }
  return found;
}

/** A test's own settings must not reach the program. */
function withoutOurs(env: NodeJS.ProcessEnv): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !name.startsWith('PATTERNPIVOT_') && !name.endsWith('API_KEY')),
  );
}
