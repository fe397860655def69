import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeTalkVideo } from './talk-video.ts';
import { parseTalk } from './talk.ts';

/**
 * `npm run demo`: makes its own sample talk and runs the main job on it. The talk is spoken and drawn on this machine,
 * once; a second run finds it, and what was worked out for it. Further arguments go to `pivot make`.
 */

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'pivot-output', 'demo');
const talkSource = join(root, 'examples', 'demo-talk.md');

/** Counted up when the same text would give another video. */
const generatorVersion = 2;

const isTerminal = process.stderr.isTTY === true;
const stepNames = { speak: 'Speaking the sample talk', draw: 'Drawing its pictures' };

/** Shows how far a step is: one line that is rewritten on a terminal, one line a step elsewhere. */
let lastStep: string | undefined;
function showProgress(step: keyof typeof stepNames, share: number): void {
  if (isTerminal) {
    process.stderr.write(`\r${stepNames[step].padEnd(26)} ${String(Math.floor(share * 100)).padStart(3)} %`);
    if (share >= 1 && lastStep !== `${step} done`) process.stderr.write('\n');
    if (share >= 1) lastStep = `${step} done`;
  } else if (step !== lastStep) {
    lastStep = step;
    process.stderr.write(`${stepNames[step]} …\n`);
  }
}

/** The sample talk's path; made first when it is not there, or when its text has changed. */
async function findOrMakeTalk(signal: AbortSignal): Promise<string> {
  const markdown = await readFile(talkSource, 'utf8');
  const talk = parseTalk(markdown);
  const path = join(folder, `${talk.title}.mp4`);
  const stampPath = join(folder, '.talk-made-from');
  const stamp = createHash('sha256').update(`${generatorVersion}\n${markdown}`).digest('hex');
  if (existsSync(path) && existsSync(stampPath) && (await readFile(stampPath, 'utf8')) === stamp) {
    console.error(`The sample talk is there already: ${relative(process.cwd(), path)}`);
    return path;
  }
  const startedAt = performance.now();
  const { durationMs } = await makeTalkVideo(path, talk, { signal, onProgress: showProgress });
  await writeFile(`${stampPath}.part`, stamp);
  await rename(`${stampPath}.part`, stampPath);
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  const length = `${Math.floor(durationMs / 60_000)} min ${Math.round((durationMs % 60_000) / 1000)} s`;
  console.error(
    `Made ${length} of talk in ${seconds} s (synthetic voice and pictures): ${relative(process.cwd(), path)}\n`,
  );
  return path;
}

/** Runs `pivot make` as a user would. @returns its exit code */
function runMake(talkPath: string): Promise<number> {
  const pivot = join(root, 'bin', 'pivot.js');
  const args = [pivot, 'make', talkPath, '--out', folder, ...process.argv.slice(2)];
  const child = spawn(process.execPath, args, { stdio: 'inherit' });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? 130));
  });
}

const controller = new AbortController();
// While the talk is made, Ctrl-C stops it and leaves nothing half done; later `pivot make` gets it as well and decides.
process.on('SIGINT', () => controller.abort());
try {
  const talkPath = await findOrMakeTalk(controller.signal);
  process.exitCode = await runMake(talkPath);
} catch (error) {
  if (!controller.signal.aborted) throw error;
  console.error('\nStopped.');
  process.exitCode = 130;
}
