import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteRecords } from '../src/adapters/records/sqlite.ts';
import { compose, type App } from '../src/app/compose.ts';
import { configSchema } from '../src/app/config.ts';
import type { PlatformName } from '../src/domain/platforms.ts';
import type { Records } from '../src/ports/records.ts';
import { checkFilms } from '../src/recipes/gate/check-films.ts';
import { addFilms } from '../src/recipes/queue/add.ts';
import { findFilms } from '../src/recipes/queue/films.ts';
import { createGate } from '../src/recipes/queue/gate.ts';
import { runPivot } from '../test/end-to-end/run-pivot.ts';
import { makeTalk } from '../test/fixtures/talk.ts';
import { readClip, type Kind, type MadeClips } from './gate-films.ts';
import { kinds } from './gate-kinds.ts';

/** The gate on clips that are broken on purpose, one fault each, and on good ones: what is caught, and what is stopped wrongly. `[part of a name]` */

const { signal } = new AbortController();
const context = { signal, emit: () => {} };
const rules = { bannedWords: ['damn*', 'hell', 'cunt'], isCommercial: true };
const targets = ['youtube', 'kits', 'webhook'];
const usual: readonly PlatformName[] = ['shorts', 'tiktok', 'reels', 'linkedin'];

/** Makes every clip, holds it against the gate, and prints a line each. The exit code is 1 where one was missed or wrongly stopped. */
export async function run([part = '']: string[]): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-gate-'));
  const config = configSchema.parse({ workspace: join(folder, 'workspace') });
  const app = await compose({ config, env: {}, isForced: false });
  const { records } = openSqliteRecords(join(folder, 'records.sqlite'));
  try {
    const clips = await makeClips(folder);
    await queueLong(clips, app, records);
    const [tally, startedAt] = [{ faults: 0, caught: 0, good: 0, passed: 0 }, performance.now()];
    for (const [index, kind] of kinds.filter(({ name }) => name.includes(part)).entries()) {
      const found = await judge(kind, clips, join(folder, `kind-${index}`), app, records).catch(
        (error: unknown) => [`? ${String(error)}`],
      );
      const { expected, name } = kind;
      const isRight =
        expected === undefined ? found.every((rule) => rule.startsWith('!')) : found.includes(expected);
      if (expected === undefined) tally.good += 1;
      else tally.faults += 1;
      if (isRight && expected === undefined) tally.passed += 1;
      if (isRight && expected !== undefined) tally.caught += 1;
      console.log(
        `${isRight ? 'right' : 'WRONG'}  ${name.padEnd(42)} ${(expected ?? 'passes').padEnd(24)} ${found.join(', ')}`,
      );
      if (!isRight) process.exitCode = 1;
    }
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    console.log(
      `\n${tally.caught} of ${tally.faults} faults caught, ${tally.passed} of ${tally.good} good clips passed, in ${seconds} s`,
    );
  } finally {
    await records.close();
    await app.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Two clips of a talk, as `pivot make` makes them. */
async function makeClips(folder: string): Promise<MadeClips> {
  const talk = await makeTalk();
  const env = { PATTERNPIVOT_RENDER_WIDTH: '540', PATTERNPIVOT_RENDER_HEIGHT: '960' };
  const cut = async (range: string, name: string) => {
    const made = await runPivot(['make', talk.path, '--at', range, '--out', name], { cwd: folder, env });
    if (made.exitCode !== 0) throw new Error(made.stderr);
    const names = await readdir(join(folder, name), { recursive: true });
    const film = names.find((each) => each.endsWith('.mp4'));
    if (film === undefined) throw new Error(made.stderr);
    return readClip(join(folder, name, film.replace(/\.mp4$/u, '')));
  };
  return {
    short: await cut('0:00-0:09', 'short'),
    long: await cut('0:20-0:40', 'long'),
  };
}

/** The long clip waits in the queue. */
async function queueLong({ long }: MadeClips, { ports }: App, records: Records): Promise<void> {
  const now = () => new Date();
  const gate = createGate({ ...ports, records, targets, readRules: () => Promise.resolve(rules), now });
  const { films } = await findFilms([`${long.stem}.mp4`], signal);
  const wishes = {
    target: 'kits',
    settings: {},
    defaults: { privacy: 'public' as const, isMadeForKids: false, playlistIds: [] },
    overruled: [],
    isApproved: true,
    isDryRun: false,
  };
  const [added] = await addFilms(films, wishes, { records, gate, hashFile: ports.hashFile, now }, context);
  if (added?.status !== 'added') throw new Error(JSON.stringify(added));
}

/** The rules that stop a clip, those that warn with `!`, and the code of an error. */
async function judge(
  { platforms = usual, isPublished, make }: Kind,
  clips: MadeClips,
  stem: string,
  { ports }: App,
  records: Records,
): Promise<string[]> {
  const ending = (await make(clips, stem)) ?? '.mp4';
  const { films } = await findFilms([`${stem}${ending}`], signal);
  const options = { platforms, rules, overruled: [], isFixing: false, isDryRun: true };
  const queue = isPublished === true ? { records, targets } : undefined;
  const [checked] = await checkFilms(films, options, { ...ports, queue }, context);
  if (checked === undefined) return [];
  if (checked.status === 'failed') return [checked.error.code];
  return [
    ...new Set(
      checked.report.findings.map(({ rule, severity }) => (severity === 'stops' ? rule : `!${rule}`)),
    ),
  ];
}
