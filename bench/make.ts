import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { RecipeEvent } from '../src/recipes/events.ts';
import { describeWorkspace } from '../src/app/workspace.ts';
import { makeLongRecording } from './long-recording.ts';
import { watchMemory, type MemoryPeak } from './process-tree.ts';

/** The main job on a long video: wall time, memory of all its processes, and what a run with another caption style repeats. */

const pivotPath = fileURLToPath(new URL('../bin/pivot.js', import.meta.url));

type RunResult = {
  exitCode: number;
  seconds: number;
  memory: MemoryPeak;
  /** Seconds a step, summed over clips. */
  steps: Map<string, number>;
  clips: number;
  failedClips: number;
};

/** Runs `pivot make` in a process of its own, as a user does, and watches it. */
async function runMake(args: readonly string[], workspace: string): Promise<RunResult> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [pivotPath, 'make', ...args, '--json'], {
    env: { ...process.env, PATTERNPIVOT_WORKSPACE: workspace },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (child.pid === undefined) throw new Error('pivot could not be started');
  const memory = watchMemory(child.pid);
  const exited = new Promise<number>((resolve) => child.on('exit', (code) => resolve(code ?? -1)));
  const result = { clips: 0, failedClips: 0, steps: new Map<string, number>() };
  for await (const line of createInterface({ input: child.stdout })) {
    const event = JSON.parse(line) as RecipeEvent;
    if (event.event === 'clip') {
      if (event.clip.status === 'made') result.clips += 1;
      else result.failedClips += 1;
    } else if (event.event === 'step' && event.status === 'done') {
      result.steps.set(event.step, (result.steps.get(event.step) ?? 0) + event.elapsedMs / 1000);
    }
  }
  const exitCode = await exited;
  const seconds = (performance.now() - startedAt) / 1000;
  return { ...result, exitCode, seconds, memory: await memory.stop() };
}

/** How many results of each stage the workspace holds. */
function countResults(workspace: string): Map<string, number> {
  const database = new DatabaseSync(describeWorkspace(workspace).databasePath, { readOnly: true });
  try {
    const rows = database
      .prepare('SELECT stage, count(*) AS count FROM blobs GROUP BY stage ORDER BY stage')
      .all();
    return new Map(rows.map((row) => [String(row['stage']), Number(row['count'])]));
  } finally {
    database.close();
  }
}

const megabytes = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;

function sayRun(title: string, run: RunResult): void {
  console.log(`\n${title}: ${run.seconds.toFixed(0)} s, exit code ${run.exitCode}`);
  console.log(`  clips: ${run.clips} good, ${run.failedClips} with a problem`);
  console.log(
    `  peak memory of ${run.memory.processes} processes: ${megabytes(run.memory.pssBytes)} (shared memory once), ${megabytes(run.memory.rssBytes)} (summed RSS)`,
  );
  for (const [step, seconds] of run.steps) console.log(`  ${step.padEnd(10)} ${seconds.toFixed(1)} s`);
}

/** `--minutes` (60) of source or `--source <file>`, `--count` (10), `--max` (30) s a clip. */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      minutes: { type: 'string', default: '60' },
      source: { type: 'string' },
      count: { type: 'string', default: '10' },
      min: { type: 'string', default: '27' },
      max: { type: 'string', default: '33' },
    },
  });
  if (process.platform !== 'linux') {
    console.log('Skipped: memory is read from /proc, which only Linux has.');
    return;
  }
  const sourcePath = values.source ?? (await makeLongRecording(Number(values.minutes)))?.path;
  if (sourcePath === undefined) {
    console.log('Skipped: the recordings are not on this machine (set PATTERNPIVOT_RECORDINGS).');
    return;
  }
  const folder = await mkdtemp(join(tmpdir(), 'patternpivot-bench-make-'));
  const workspace = join(folder, 'workspace');
  const common = [sourcePath, '--count', values.count, '--min', values.min, '--max', values.max];
  console.log(`${availableParallelism()} cores, Node ${process.versions.node}, ${sourcePath}`);
  try {
    const first = await runMake([...common, '--out', join(folder, 'pop'), '--captions', 'pop'], workspace);
    sayRun('First run', first);
    const before = countResults(workspace);
    const second = await runMake(
      [...common, '--out', join(folder, 'karaoke'), '--captions', 'karaoke'],
      workspace,
    );
    sayRun('Second run, another caption style', second);
    const after = countResults(workspace);
    console.log('\nResults made anew by the second run:');
    for (const [stage, count] of after) {
      console.log(`  ${stage.padEnd(16)} ${count - (before.get(stage) ?? 0)} (${count} in all)`);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
