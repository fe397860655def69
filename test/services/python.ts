import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const requirements = fileURLToPath(new URL('requirements.txt', import.meta.url));
const reader = fileURLToPath(new URL('read_exports.py', import.meta.url));

/**
 * A Python with the packages of `requirements.txt`, made once for each version of that file, in the user's cache folder
 * (`PATTERNPIVOT_SERVICES` names another). @throws where there is no Python, or its registry cannot be reached
 */
export async function preparePython(): Promise<string> {
  const digest = createHash('sha256')
    .update(await readFile(requirements))
    .digest('hex')
    .slice(0, 12);
  const cache = process.env['PATTERNPIVOT_SERVICES'] ?? join(homedir(), '.cache', 'patternpivot-services');
  const folder = join(cache, `python-${digest}`);
  const python = (base: string) =>
    join(base, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  if (await isThere(python(folder))) return python(folder);
  const system = process.env['PYTHON'] ?? 'python3';
  try {
    await run(system, ['-c', 'import venv, ensurepip, sys; assert sys.version_info >= (3, 9)']);
  } catch (error) {
    throw new Error(
      `The tests of services need Python 3.9 or later with venv and pip, and "${system}" is none. Install it (on Debian: apt install python3-venv), or name another with PYTHON.`,
      { cause: error },
    );
  }
  await mkdir(cache, { recursive: true });
  // Finished under another name, so that a stopped run leaves nothing that looks whole. A venv may be moved as long as its Python is called directly.
  const unfinished = `${folder}.${process.pid}`;
  try {
    await run(system, ['-m', 'venv', unfinished]);
    await run(python(unfinished), [
      '-m',
      'pip',
      'install',
      '--quiet',
      '--disable-pip-version-check',
      '-r',
      requirements,
    ]);
    await rename(unfinished, folder).catch(async (error: unknown) => {
      if (!(await isThere(python(folder)))) throw error;
    });
  } catch (error) {
    throw new Error(
      `The Python packages of test/services/requirements.txt could not be installed: ${String(error)}`,
      { cause: error },
    );
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return python(folder);
}

/** Runs the reader on files and parses what it says. */
export async function readByPython<T>(python: string, ...args: string[]): Promise<T> {
  const { stdout } = await run(python, [reader, ...args], { maxBuffer: 1 << 28 });
  return JSON.parse(stdout) as T;
}

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
