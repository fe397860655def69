import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runPivot, startPivot } from './run-pivot.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot cli "ü" '));
  await writeFile(join(folder, 'text.mp4'), 'This is a text and no film.\n'.repeat(100));
  await writeFile(join(folder, 'empty.mp4'), '');
  await writeFile(join(folder, 'playlist.mp4'), 'ffconcat version 1.0\nfile /etc/passwd\n');
  await writeFile(join(folder, 'file'), '');
  await mkdir(join(folder, 'nothing'));
  await writeFile(
    join(folder, 'bad.timeline.json'),
    JSON.stringify({ version: 1, name: 'x', frameRate: { num: 30, den: 0 } }),
  );
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const run = (...args: string[]) => runPivot(args, { cwd: folder });

describe('a mistake is told in three lines, with an exit code by its kind and no stack trace', () => {
  it.each([
    [['mkae', 'x.mp4'], 2, /Unknown command 'mkae'/, /Did you mean make\?/],
    [['make', '--cuont', '3', 'x.mp4'], 2, /Unknown option '--cuont'/, /Did you mean --count\?/],
    [['make', '--count', 'many', 'x.mp4'], 2, /--count.*'many' is invalid/, /./],
    [['make', '--count', '0', 'x.mp4'], 2, /--count/, /How many clips/],
    [['make', '--captions', 'fancy', 'x.mp4'], 2, /There is no caption style "fancy"/, /pop, karaoke/],
    [['make', '--min', '40', '--max', '30', 'x.mp4'], 2, /--max.*shorter than the shortest/, /./],
    [['make', '--at', '1:00-0:30', 'x.mp4'], 2, /ends before it begins/, /./],
    [['make', '--at', '0-20', '--count', '3', 'x.mp4'], 2, /--at says exactly what to cut/, /./],
    [['make', '--at', '0-20', '--min', '5', 'x.mp4'], 2, /--at says exactly what to cut/, /./],
    [['make'], 2, /Missing required argument 'media'/, /--help/],
    [['make', 'nowhere.mp4'], 3, /no such file or folder.*nowhere\.mp4/, /spelling/],
    [['make', 'nothing'], 3, /No media file lies directly in .*nothing/, /./],
    [['make', 'text.mp4'], 2, /text\.mp4/, /./],
    [['make', 'empty.mp4'], 2, /empty\.mp4/, /./],
    [['make', 'playlist.mp4'], 2, /playlist\.mp4/, /./],
    [['make', 'text.mp4', '--transcript', 'none.srt'], 3, /none\.srt/, /./],
    [['make', 'text.mp4', '--config', 'none.json'], 3, /none\.json/, /./],
    [['render', 'bad.timeline.json'], 2, /frameRate\.den/, /./],
    [['render', 'none.timeline.json'], 3, /none\.timeline\.json/, /./],
    [['moments'], 2, /Moments of what/, /pivot moments talk\.mp4/],
    [['transcribe', 'text.mp4'], 2, /text\.mp4/, /./],
    [['check', 'nowhere.mp4'], 3, /nowhere\.mp4/, /./],
    [['clean'], 2, /Remove how much/, /--max-size 5GB/],
    [['clean', '--max-size', 'lots'], 2, /--max-size/, /./],
  ])('%j', async (args, exitCode, what, next) => {
    const result = await run(...args);
    expect(result.stderr).toMatch(what);
    expect(result.stderr).not.toMatch(/\n\s+at /u);
    expect(result.exitCode).toBe(exitCode);
    const lines = result.stderr.trimEnd().split('\n');
    const error = lines.slice(lines.findIndex((line) => line.startsWith('Error:')));
    expect(error).toHaveLength(3);
    expect(error[2]).toMatch(next);
    expect(result.stdout).toBe('');
  });
});

it('refuses a place that cannot be written, before anything is worked out', async () => {
  const result = await run('make', 'text.mp4', '--out', join(folder, 'file', 'clips'));
  expect(result.exitCode).toBe(2);
  expect(result.stderr).toContain('A file is where a folder should be');
  if (process.platform === 'linux') {
    const system = await run('make', 'text.mp4', '--out', '/proc/clips');
    expect(system.exitCode).toBe(2);
    expect(system.stderr).toMatch(/Error: (Permission was denied|The disk can only be read)/u);
  }
  const workspace = await runPivot(['make', 'text.mp4'], {
    cwd: folder,
    env: { PATTERNPIVOT_WORKSPACE: join(folder, 'file', 'cache') },
  });
  expect(workspace.exitCode).toBe(2);
  expect(workspace.stderr).toContain('A file is where a folder should be');
});

it('shows where an error came from when asked to', async () => {
  const result = await runPivot(['make', '--count', '0', 'x'], {
    cwd: folder,
    env: { PATTERNPIVOT_DEBUG: '1' },
  });
  expect(result.stderr).toMatch(/\n\s+at /u);
});

it('says the error as JSON too when lines of JSON are wanted', async () => {
  const result = await run('make', '--count', '0', 'x.mp4', '--json');
  expect(JSON.parse(result.stdout)).toMatchObject({
    event: 'error',
    error: { code: 'input.config_invalid' },
  });
});

it('says with --quiet what went wrong, and nothing else', async () => {
  const { stdout, stderr, exitCode } = await run('make', 'nowhere.mp4', '--quiet');
  expect(stdout).toBe('');
  expect(stderr.trimEnd().split('\n')).toHaveLength(3);
  expect(stderr).toMatch(/^Error: .*nowhere\.mp4/u);
  expect(exitCode).toBe(3);
});

it('shows help that fits a screen and begins with two examples, and the version', async () => {
  const pages: [string[], number][] = [
    [['--help'], 32],
    // It has more options than any other: a tall window holds them.
    [['make', '--help'], 50],
    [['moments', '--help'], 32],
    [['import', '--help'], 32],
    [[], 32],
  ];
  for (const [args, height] of pages) {
    const { stdout, exitCode } = await run(...args);
    const lines = stdout.split('\n');
    expect(exitCode).toBe(0);
    expect(lines.slice(0, 2).every((line) => line.startsWith('pivot '))).toBe(true);
    expect(lines.length).toBeLessThanOrEqual(height);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  }
  const manifest = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'));
  expect((await run('--version')).stdout.trim()).toBe(manifest.version);
});

it('examines the machine, and finds here what it needs', async () => {
  const { stdout, exitCode } = await run('doctor', '--json');
  const diagnoses: { name: string; status: string }[] = JSON.parse(stdout);
  expect(diagnoses.filter(({ status }) => status === 'broken')).toEqual([]);
  expect(diagnoses.find(({ name }) => name === 'Chat model')?.status).toBe('off');
  expect(exitCode).toBe(0);
});

it('says that something needed is broken, and how to mend it', async () => {
  const result = await runPivot(['doctor'], {
    cwd: folder,
    env: { PATTERNPIVOT_WORKSPACE: join(folder, 'file', 'cache') },
  });
  expect(result.exitCode).toBe(5);
  expect(result.stdout).toMatch(/✗ Workspace .*A file is where a folder should be/u);
});

it('cleans an empty workspace', async () => {
  const result = await run('clean', '--all');
  expect(result.stderr).toContain('Removed 0 results');
  expect(result.exitCode).toBe(0);
});

it('ends quietly when nobody reads its output any more', async () => {
  const child = startPivot(['make', '--help'], { cwd: folder });
  child.stdout?.destroy();
  let stderr = '';
  child.stderr?.on('data', (text) => (stderr += text));
  const exitCode = await new Promise((resolve) => child.on('close', resolve));
  expect(stderr).toBe('');
  expect(exitCode).toBe(0);
});
