#!/usr/bin/env node
// Starts PatternPivot on Node 24, which npm brought along: the node on a user's PATH may be older.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const NEEDED_MAJOR = 24;
const here = dirname(fileURLToPath(import.meta.url));

/** In a checkout the sources run as they are; an installed package carries only `dist`. */
function locateEntry() {
  const source = join(here, '../src/cli/main.ts');
  return existsSync(source) ? source : join(here, '../dist/cli/main.js');
}

/** @returns the path of the Node that npm installed beside us, or undefined */
function findCarriedNode() {
  const require = nodeModule.createRequire(import.meta.url);
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  for (const name of [`node-${platform}-${process.arch}`, `node-bin-${platform}-${process.arch}`]) {
    try {
      const folder = dirname(require.resolve(`${name}/package.json`));
      return join(folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
    } catch {
      // This platform's package is not installed: try the next name.
    }
  }
  return undefined;
}

/** Where Node keeps what it made of our modules, for this process and those that it starts: of this user alone, beside the other caches. */
function compiledFolder() {
  const { LOCALAPPDATA, XDG_CACHE_HOME } = process.env;
  if (process.platform === 'win32')
    return join(LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'), 'patternpivot', 'compiled');
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'patternpivot', 'compiled');
  const caches = XDG_CACHE_HOME?.startsWith('/') ? XDG_CACHE_HOME : join(homedir(), '.cache');
  return join(caches, 'patternpivot', 'compiled');
}

process.env.NODE_COMPILE_CACHE ??= compiledFolder();
if (Number(process.versions.node.split('.')[0]) >= NEEDED_MAJOR) {
  // Where nothing can be written, it goes without.
  nodeModule.enableCompileCache(process.env.NODE_COMPILE_CACHE);
  // An absolute Windows path is no module address by itself.
  await import(pathToFileURL(locateEntry()).href);
} else {
  const node = findCarriedNode();
  if (node === undefined) {
    console.error(
      `PatternPivot needs Node ${NEEDED_MAJOR} or newer, and this is Node ${process.versions.node}.`,
    );
    console.error('Install it from https://nodejs.org, or run npm install again without --omit=optional.');
    process.exit(5);
  }
  // The fourth stream is an IPC channel: when this process dies, however it dies, the child sees it close and stops.
  const child = spawn(node, [locateEntry(), ...process.argv.slice(2)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, PATTERNPIVOT_LAUNCHED: '1' },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
}
