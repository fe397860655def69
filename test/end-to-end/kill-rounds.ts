import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listProcesses, readEvents, runPivot, smallClips, startPivot } from './run-pivot.ts';

/** What was seen in one round: when the parent was killed, what was there, and everything that was wrong (nothing). */
export type KillRound = {
  readonly killedAfterMs: number;
  /** Clips that had been finished before the kill. */
  readonly finishedClips: number;
  readonly problems: readonly string[];
};

/** How the rounds are run. */
export type KillOptions = {
  readonly mediaPath: string;
  readonly rounds: number;
  readonly clips: number;
  readonly onRound?: (round: KillRound) => void;
};

const marker = 'KILL_ROUND';

/**
 * Kills the parent (`kill -9`) at random moments spread over a whole run, and each time lets the next run finish. Looked
 * for: processes that are left two seconds later, half files under final names, finished clips that change or are
 * rendered again, files that are left over.
 */
export async function runKillRounds(options: KillOptions): Promise<KillRound[]> {
  const whole = await runRound(options, undefined);
  const rounds: KillRound[] = [];
  for (let index = 0; index < options.rounds; index++) {
    const killAfterMs = Math.round(((index + Math.random()) / options.rounds) * whole.elapsedMs * 0.97);
    const { round, outcome } = await runRound(options, killAfterMs);
    const problems = [...round.problems];
    if (outcome !== whole.outcome)
      problems.push(`it ended with ${outcome}, undisturbed with ${whole.outcome}`);
    const judged = { ...round, problems };
    rounds.push(judged);
    options.onRound?.(judged);
  }
  return rounds;
}

async function runRound({ mediaPath, clips }: KillOptions, killAfterMs: number | undefined) {
  const folder = await mkdtemp(join(tmpdir(), 'pivot kill '));
  const id = randomUUID();
  const args = ['make', mediaPath, '--json', '--min', '8', '--max', '20', '--count', String(clips)];
  const options = { cwd: folder, env: { ...smallClips, [marker]: id } };
  const problems: string[] = [];
  try {
    const startedAt = performance.now();
    let before = new Map<string, string>();
    if (killAfterMs !== undefined) {
      const child = startPivot(args, options);
      const ended = new Promise((resolve) => child.on('close', resolve));
      await new Promise((resolve) => setTimeout(resolve, killAfterMs));
      child.kill('SIGKILL');
      await new Promise((resolve) => setTimeout(resolve, 2000));
      const left = await listProcesses(marker, id);
      if (left.length > 0) problems.push(`${left.length} processes are left after two seconds`);
      await ended;
      before = await hashFinished(folder);
    }
    const run = await runPivot(args, options);
    const elapsedMs = performance.now() - startedAt;
    // A clip may fail its check; then it does so with and without a kill.
    if (run.exitCode !== 0 && run.exitCode !== 5) {
      problems.push(`the next run ended with ${run.exitCode}: ${run.stderr.slice(-500)}`);
    }
    const after = await hashFinished(folder);
    for (const [path, hash] of before) {
      // The page tells how far the run was; everything else is as it will be.
      if (!path.endsWith('index.html') && after.get(path) !== hash) problems.push(`${path} was not whole`);
    }
    const statuses: string[] = [];
    const finished = [...before.keys()].filter((path) => path.endsWith('.mp4'));
    for (const event of readEvents(run)) {
      const clip = event['clip'] as { name: string; isFresh: boolean; status: string } | undefined;
      if (event['event'] !== 'clip' || clip === undefined) continue;
      statuses.push(clip.status);
      if (clip.status === 'missing') problems.push(`${clip.name} is missing`);
      if (clip.isFresh && finished.some((path) => path.includes(clip.name))) {
        problems.push(`${clip.name} was finished and rendered again`);
      }
    }
    const made = [...after.keys()].filter((path) => path.endsWith('.mp4')).length;
    if (made !== clips) problems.push(`${made} clips instead of ${clips}`);
    const leftover = (await listFiles(join(folder, 'clips'))).filter((path) => path.includes('.part'));
    if (leftover.length > 0) problems.push(`left over: ${leftover.join(', ')}`);
    if ([...after.keys()].some((path) => path.includes('.new')))
      problems.push('a file of ours was taken for an edited one');
    const round = { killedAfterMs: killAfterMs ?? 0, finishedClips: finished.length, problems };
    return { round, elapsedMs, outcome: `${run.exitCode} (${statuses.join(', ')})` };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** The hash of everything that lies in the output folder under a final name. */
async function hashFinished(folder: string): Promise<Map<string, string>> {
  const hashes = new Map<string, string>();
  for (const path of await listFiles(join(folder, 'clips'))) {
    if (path.includes('/.pivot-')) continue;
    hashes.set(
      path,
      createHash('sha256')
        .update(await readFile(path))
        .digest('hex'),
    );
  }
  return hashes;
}
