import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Command } from 'commander';
import { openLedger } from '../../app/compose-ledger.ts';
import { openPublishers } from '../../app/compose-publishers.ts';
import { openQueue, type OpenedQueue } from '../../app/open-queue.ts';
import { errorStatuses, type ErrorKind } from '../../domain/errors.ts';
import { formatForPerson } from '../../domain/zoned-time.ts';
import {
  findNextDue,
  runDue,
  type WorkOptions,
  type WorkOutcome,
  type WorkPorts,
} from '../../recipes/queue/run-due.ts';
import { parseSeconds } from '../parse-option.ts';
import { print, type Shell } from '../run-command.ts';
import {
  addLibraryOptions,
  readLibraryConfig,
  withLibrary,
  type LibraryOptions,
  type LibrarySession,
} from '../run-library.ts';
import { describeOutcome } from '../show-queue.ts';

type WorkerFlags = LibraryOptions & { readonly once?: boolean; readonly poll: number };

/** `pivot worker`: publishes what is due. @returns by `done` the exit code */
export function addWorkerCommand(program: Command, shell: Shell, done: (exitCode: number) => void): void {
  const working = program
    .command('worker')
    .summary('publish what is due, when it is due')
    .option('--once', 'publish what is due now, and end')
    .option('--poll <seconds>', 'how often the queue is looked at', parseSeconds, 60)
    .option('--json', 'what becomes of each, as lines of JSON');
  addLibraryOptions(working)
    .addHelpText(
      'before',
      'pivot worker                     runs until you stop it with Ctrl-C\npivot worker --once              for a timer of your own\n',
    )
    .addHelpText(
      'after',
      '\nSeveral may run at once, on several machines too where the records are shared: each film is published once. docs/publishing.md',
    )
    .action(async (flags: WorkerFlags) => done(await runWorker(flags, shell)));
}

async function runWorker(flags: WorkerFlags, shell: Shell): Promise<number> {
  const config = await readLibraryConfig(shell, flags);
  return withLibrary(shell, flags, config, (session) =>
    withWork(session, shell, async (options, ports) => {
      let exitCode = 0;
      for (;;) {
        const worst = await workOff(options, ports, session, shell, flags.json === true);
        exitCode = Math.max(exitCode, worst);
        if (flags.once === true) return exitCode;
        const next = await findNextDue(options, ports);
        const nextMs = next === undefined ? Number.POSITIVE_INFINITY : Math.max(0, next - Date.now());
        const { zone } = options.pacing;
        session.say(
          next === undefined
            ? 'Nothing is planned. Waiting; Ctrl-C ends it.'
            : `The next is due ${formatForPerson(zone, next)} (${zone}). Waiting; Ctrl-C ends it.`,
        );
        await waitQuietly(
          options,
          ports,
          Math.min(nextMs, flags.poll * 1000),
          flags.poll * 1000,
          session.context.signal,
        );
      }
    }),
  );
}

/** Waits until something is due, looking at the queue again and again: others may put something into it. */
async function waitQuietly(
  options: WorkOptions,
  ports: WorkPorts,
  firstMs: number,
  pollMs: number,
  signal: AbortSignal,
): Promise<void> {
  let waitMs = firstMs;
  for (;;) {
    await wait(Math.max(1000, waitMs), undefined, { signal });
    const next = await findNextDue(options, ports);
    if (next !== undefined && next <= Date.now()) return;
    waitMs = Math.min(pollMs, next === undefined ? pollMs : next - Date.now());
  }
}

/** Opens what publishing needs, and lets it go afterwards. */
export async function withWork<T>(
  session: LibrarySession,
  shell: Shell,
  run: (options: WorkOptions, ports: OpenedQueue & WorkPorts) => Promise<T>,
): Promise<T> {
  const { config, library } = session;
  const ledger = openLedger({ config, env: shell.env });
  try {
    const queue = openQueue({ ...session, config, cwd: shell.cwd });
    const parts = { config, env: shell.env, cwd: shell.cwd, records: library.records, ledger };
    const ports = { ...queue, publisherFor: openPublishers(parts) };
    const options = {
      holder: randomUUID(),
      pacing: queue.pacing,
      aheadMs: config.publish.uploadAheadHours * 3_600_000,
    };
    return await run(options, ports);
  } finally {
    await ledger.close();
  }
}

/** Publishes all that is due, and says what became of it. @returns the highest exit code of what failed */
export async function workOff(
  options: WorkOptions,
  ports: WorkPorts,
  { context, say, paint }: LibrarySession,
  shell: Shell,
  isJson: boolean,
): Promise<number> {
  let exitCode = 0;
  for await (const outcome of runDue(options, ports, context)) {
    if (isJson) await print(shell, `${JSON.stringify(toEvent(outcome))}\n`);
    for (const line of describeOutcome(outcome, options.pacing.zone, paint)) say(line);
    if (outcome.status === 'failed') {
      const kind = outcome.error.code.slice(0, outcome.error.code.indexOf('.')) as ErrorKind;
      exitCode = Math.max(exitCode, errorStatuses[kind].exitCode);
    }
  }
  return exitCode;
}

/** One line of JSON an item, beside those of its steps. */
function toEvent({ status, item, ...rest }: WorkOutcome): unknown {
  const { history: _, ...shown } = item;
  return { event: 'queue', status, item: shown, ...rest };
}
