import type { Command } from 'commander';
import { openQueue, type OpenedQueue } from '../../app/open-queue.ts';
import { PatternPivotError } from '../../domain/errors.ts';
import { queueStates, type QueueItem } from '../../domain/queue.ts';
import { formatForPerson, readMoment } from '../../domain/zoned-time.ts';
import { approve, hold, release, removeFromQueue, retry, type Said } from '../../recipes/queue/change.ts';
import { moveItem, planQueue } from '../../recipes/queue/plan.ts';
import { findItem, listItems, removeItem, updateItem } from '../../recipes/queue/queue-records.ts';
import { parseCount, parseDate } from '../parse-option.ts';
import { print, type Shell } from '../run-command.ts';
import {
  addLibraryOptions,
  readLibraryConfig,
  withLibrary,
  type LibraryOptions,
  type LibrarySession,
} from '../run-library.ts';
import { count, describeItem, describeItems, describePlanned } from '../show-queue.ts';
import { toPrintable } from '../terminal.ts';
import { addQueueAddCommand } from './queue-add.ts';

/** `pivot queue`: what waits to be published. @returns by `done` the exit code */
export function addQueueCommand(program: Command, shell: Shell, done: (exitCode: number) => void): void {
  const queue = program
    .command('queue')
    .summary('what waits to be published: approve, plan, move, hold it')
    .helpCommand(false)
    .addHelpText(
      'before',
      'pivot queue add clips/talk --to youtube     through the gate\npivot queue approve --all\npivot queue plan --dry-run                  then without\npivot queue list\npivot worker                                publishes what is due\n',
    )
    .addHelpText('after', '\nStates, plans and time zones: docs/publishing.md');
  addQueueAddCommand(queue, shell, done);
  addReading(queue, shell, done);
  addChanges(queue, shell, done);
  addPlanning(queue, shell, done);
}

type QueueFlags = LibraryOptions & { readonly dryRun?: boolean; readonly zone?: string };

const zoneTable = { zone: { setting: 'publish.zone', flag: '--zone' } };
const zoneText = "by whose clocks, Europe/Berlin (default: publish.zone, else this machine's)";

/** Opens the queue, and runs something with it. Events are left out: these commands print one document. */
async function withQueue(
  flags: QueueFlags,
  shell: Shell,
  run: (queue: OpenedQueue, session: LibrarySession) => Promise<number>,
  settings: { values?: Record<string, unknown>; table?: Parameters<typeof readLibraryConfig>[3] } = {},
): Promise<number> {
  const { values = {}, table = {} } = settings;
  const config = await readLibraryConfig(shell, flags, { ...flags, ...values }, { ...zoneTable, ...table });
  const { json: _, ...quietly } = flags;
  return withLibrary(shell, quietly, config, (session) =>
    run(openQueue({ ...session, config, cwd: shell.cwd }), session),
  );
}

type ListFlags = QueueFlags & {
  readonly state?: QueueItem['state'][];
  readonly to?: string;
  readonly held?: boolean;
};

function addReading(queue: Command, shell: Shell, done: (exitCode: number) => void): void {
  const listing = queue
    .command('list')
    .summary('what is in it')
    .option('--state <state>', `${queueStates.join(', ')}; several with commas`, parseStates)
    .option('--to <target>', 'only what goes there')
    .option('--held', 'only what is held')
    .option('--zone <zone>', zoneText)
    .option('--json', 'as JSON');
  addLibraryOptions(listing)
    .addHelpText('before', 'pivot queue list\npivot queue list --state scheduled,failed --json\n')
    .action(async (flags: ListFlags) => done(await runList(flags, shell)));

  const showing = queue
    .command('show')
    .summary('everything about one thing, and what happened to it')
    .argument('<id>', 'its id or the beginning of it, or its title')
    .option('--zone <zone>', zoneText)
    .option('--json', 'as JSON');
  addLibraryOptions(showing)
    .addHelpText('before', 'pivot queue show 3f2a91c0\n')
    .action(async (id: string, flags: QueueFlags) =>
      done(
        await withQueue(flags, shell, async ({ records, zone }) => {
          const { item } = await findItem(records, id);
          const text =
            flags.json === true ? JSON.stringify(item, undefined, 2) : describeItem(item, zone).join('\n');
          await print(shell, `${text}\n`);
          return 0;
        }),
      ),
    );
}

/** @throws input.queue_state */
function parseStates(text: string): QueueItem['state'][] {
  return text.split(',').map((word) => {
    const state = queueStates.find((known) => known === word.trim().toLowerCase());
    if (state !== undefined) return state;
    throw new PatternPivotError('input.queue_state', `There is no state "${word.trim().slice(0, 40)}".`, {
      hint: `There are ${queueStates.join(', ')}.`,
    });
  });
}

async function runList(flags: ListFlags, shell: Shell): Promise<number> {
  return withQueue(flags, shell, async ({ records, zone }, { say }) => {
    const all = await listItems(records);
    const items = all
      .filter(
        (item) =>
          (flags.state === undefined || flags.state.includes(item.state)) &&
          (flags.to === undefined || item.target === flags.to) &&
          (flags.held !== true || item.hold !== undefined),
      )
      .toSorted((a, b) => (a.plan?.at ?? '9').localeCompare(b.plan?.at ?? '9'));
    if (flags.json === true) {
      await print(shell, `${JSON.stringify(items.map(withoutHistory), undefined, 2)}\n`);
      return 0;
    }
    for (const line of describeItems(items, zone)) await print(shell, `${line}\n`);
    if (all.length === 0) say('The queue is empty: pivot queue add clips/talk --to youtube');
    else if (items.length === 0) say(`None of the ${count(all.length, 'thing')} in the queue is so.`);
    return 0;
  });
}

/** In lists only the last change is told; `show` has them all. */
function withoutHistory({ history, ...item }: QueueItem): unknown {
  return { ...item, changed: history.at(-1) };
}

type ChangeFlags = QueueFlags & { readonly all?: boolean; readonly why?: string };

function addChanges(queue: Command, shell: Shell, done: (exitCode: number) => void): void {
  const command = (name: string, summary: string, example: string, argument = '<ids...>') =>
    addLibraryOptions(
      queue
        .command(name)
        .summary(summary)
        .argument(argument, 'ids or the beginnings of them, or titles')
        .option('--dry-run', 'say what would be, and change nothing')
        .option('--json', 'what they are now, as JSON'),
    ).addHelpText('before', `${example}\n`);

  command('approve', 'let what passed the gate be published', 'pivot queue approve --all', '[ids...]')
    .option('--all', 'everything that passed the gate')
    .action(async (ids: string[], flags: ChangeFlags) => done(await runApprove(ids, flags, shell)));
  command('hold', 'keep back, whatever its time', 'pivot queue hold 3f2a91c0 --why "the guest asked"')
    .requiredOption('--why <words>', 'why; it is recorded')
    .action(async (ids: string[], flags: ChangeFlags) => {
      const why = readWhy(flags.why);
      done(await changeAll(ids, flags, shell, (item, said) => hold(item, why, said)));
    });
  command('release', 'let go on what was held', 'pivot queue release 3f2a91c0').action(
    async (ids: string[], flags: ChangeFlags) => done(await changeAll(ids, flags, shell, release)),
  );
  command('retry', 'try again what failed', 'pivot queue retry 3f2a91c0').action(
    async (ids: string[], flags: ChangeFlags) => done(await changeAll(ids, flags, shell, retry)),
  );
  command('remove', 'take out; the film stays where it lies', 'pivot queue remove 3f2a91c0').action(
    async (ids: string[], flags: ChangeFlags) => done(await runRemove(ids, flags, shell)),
  );
}

/** @throws input.why_missing */
function readWhy(text = ''): string {
  const why = text.trim().slice(0, 1000);
  if (why !== '') return why;
  throw new PatternPivotError('input.why_missing', 'Nobody said why.', {
    hint: 'Say it in a few words, for whoever asks later: --why "the guest asked"',
  });
}

async function runApprove(ids: readonly string[], flags: ChangeFlags, shell: Shell): Promise<number> {
  if (flags.all === true && ids.length === 0) {
    const named = async ({ records }: OpenedQueue) =>
      (await listItems(records)).filter(({ state }) => state === 'checked').map(({ id }) => id);
    return changeAll(named, flags, shell, approve);
  }
  if (ids.length > 0) return changeAll(ids, flags, shell, approve);
  throw new PatternPivotError('input.nothing_named', 'Nothing is named.', {
    hint: 'pivot queue approve 3f2a91c0, or pivot queue approve --all',
  });
}

/** Changes each of what is named. What is wrong with one is said before anything is changed, unless it changes meanwhile. */
async function changeAll(
  named: readonly string[] | ((queue: OpenedQueue) => Promise<readonly string[]>),
  flags: ChangeFlags,
  shell: Shell,
  change: (item: QueueItem, said: Said) => QueueItem,
): Promise<number> {
  return withQueue(flags, shell, async (queue, session) => {
    const { records, now } = queue;
    const said = { at: now().toISOString() };
    const texts = typeof named === 'function' ? await named(queue) : named;
    const found = await findAll(texts, queue);
    const wanted = found.map((item) => change(item, said));
    const items: QueueItem[] = [];
    for (const { id } of flags.dryRun === true ? [] : wanted) {
      items.push((await updateItem(records, id, (item) => change(item, said))).item);
    }
    await tell(flags.dryRun === true ? wanted : items, flags, shell, session);
    return 0;
  });
}

async function findAll(named: readonly string[], { records }: OpenedQueue): Promise<QueueItem[]> {
  const found = new Map<string, QueueItem>();
  for (const name of named) {
    const { item } = await findItem(records, name);
    found.set(item.id, item);
  }
  return [...found.values()];
}

async function tell(
  items: readonly QueueItem[],
  { dryRun, json }: QueueFlags,
  shell: Shell,
  { say, paint }: LibrarySession,
): Promise<void> {
  const isDryRun = dryRun === true;
  if (json === true) await print(shell, `${JSON.stringify({ isDryRun, items }, undefined, 2)}\n`);
  for (const { id, title, state, hold: held, history } of items) {
    const word = held === undefined ? state : `${state}, held`;
    const note = history.at(-1)?.note ?? '';
    say(toPrintable(`${isDryRun ? '–' : '✓'} ${title}  ${id.slice(0, 8)}  ${word}: ${note}`));
  }
  if (items.length === 0) say('There is nothing to do.');
  if (isDryRun) say('Nothing was changed (--dry-run).');
  else if (items.some(({ state }) => state === 'approved')) {
    say(paint('dim', 'pivot queue plan gives a time to what is approved.'));
  }
}

async function runRemove(ids: readonly string[], flags: ChangeFlags, shell: Shell): Promise<number> {
  return withQueue(flags, shell, async (queue, session) => {
    const { records, now } = queue;
    const said = { at: now().toISOString() };
    const items = (await findAll(ids, queue)).map((item) => removeFromQueue(item, said));
    if (flags.dryRun !== true) {
      for (const { id } of items) {
        const stored = await findItem(records, id);
        await removeItem(records, stored, removeFromQueue(stored.item, said));
      }
    }
    await tell(items, { ...flags, dryRun: flags.dryRun === true }, shell, session);
    return 0;
  });
}

type MoveFlags = QueueFlags & { readonly at: string };
type PlanFlags = QueueFlags & {
  readonly to?: string;
  readonly from?: string;
  readonly days?: number;
  readonly anew?: boolean;
  readonly hours?: string;
  readonly perDay?: number;
};

function addPlanning(queue: Command, shell: Shell, done: (exitCode: number) => void): void {
  const moving = queue
    .command('move')
    .summary('give it a time that you choose')
    .argument('<id>', 'its id or the beginning of it, or its title')
    .requiredOption('--at <moment>', '"2026-11-25 18:00", "tomorrow 18:00", or 2026-11-25T17:00Z')
    .option('--zone <zone>', zoneText)
    .option('--dry-run', 'say what would be, and change nothing')
    .option('--json', 'what it is now, as JSON');
  addLibraryOptions(moving)
    .addHelpText('before', 'pivot queue move 3f2a91c0 --at "2026-11-25 18:00" --zone America/New_York\n')
    .addHelpText('after', '\nPlanning leaves it there, unless it is named: pivot queue plan 3f2a91c0 --anew')
    .action(async (id: string, flags: MoveFlags) => done(await runMove(id, flags, shell)));

  const planning = queue
    .command('plan')
    .summary('give times to what is approved')
    .argument('[ids...]', 'only these')
    .option('--to <target>', 'only what goes there')
    .option('--from <day>', 'from this day on, 2026-11-25 (default: now)', parseDate)
    .option('--days <n>', 'for so many days; what finds no place waits', parseCount)
    .option('--anew', 'also what has a time, unless a person chose it')
    .option('--hours <times>', '18:00,12:00: the best first (default: publish.hours)')
    .option('--per-day <n>', 'so many a day at most (default: publish.perDay)', parseCount)
    .option('--zone <zone>', zoneText)
    .option('--dry-run', 'say what would be, and change nothing')
    .option('--json', 'the plan, as JSON');
  addLibraryOptions(planning)
    .addHelpText(
      'before',
      'pivot queue plan --dry-run\npivot queue plan --from 2026-12-01 --days 14 --per-day 1\n',
    )
    .action(async (ids: string[], flags: PlanFlags) => done(await runPlan(ids, flags, shell)));
}

const clockTexts = {
  skipped: 'Clocks are put forward that night and leave that time out: it is as much later.',
  twice: 'Clocks are put back that night and show that time twice: it is the first.',
};

async function runMove(id: string, flags: MoveFlags, shell: Shell): Promise<number> {
  return withQueue(flags, shell, async (queue, session) => {
    const { records, now, pacing, zone } = queue;
    const moment = readMoment(flags.at, zone, now().getTime());
    const { item: found } = await findItem(records, id);
    const options = { isDryRun: flags.dryRun === true, note: 'Moved to' };
    const moved = await moveItem(found.id, moment, pacing, options, queue, session.context.signal);
    const { item, against, change } = moved;
    if (flags.json === true) {
      const document = { isDryRun: options.isDryRun, ...moved };
      await print(shell, `${JSON.stringify(document, undefined, 2)}\n`);
    }
    const mark = options.isDryRun ? '–' : session.paint('green', '✓');
    const { say } = session;
    say(
      `${mark} ${toPrintable(item.title)}  ${item.id.slice(0, 8)}  ${formatForPerson(zone, moment.ms)} in ${zone}`,
    );
    if (change !== undefined) say(`! ${clockTexts[change]}`);
    for (const text of against) say(`! ${text}: it was moved all the same.`);
    if (item.hold !== undefined)
      say(`! It is held (${toPrintable(item.hold.why)}): pivot queue release ${item.id}`);
    if (options.isDryRun) say('Nothing was changed (--dry-run).');
    return 0;
  });
}

async function runPlan(ids: readonly string[], flags: PlanFlags, shell: Shell): Promise<number> {
  const settings = {
    values: { hours: flags.hours?.split(',').map((time) => time.trim().padStart(5, '0')) },
    table: {
      hours: { setting: 'publish.hours', flag: '--hours' },
      perDay: { setting: 'publish.perDay', flag: '--per-day' },
    },
  };
  const run = async (queue: OpenedQueue, { context, say, paint }: LibrarySession) => {
    const { pacing, zone } = queue;
    const named = await findAll(ids, queue);
    const options = {
      target: flags.to,
      ids: named.length === 0 ? undefined : named.map(({ id }) => id),
      isAnew: flags.anew === true,
      from: flags.from?.slice(0, 10),
      days: flags.days,
      isDryRun: flags.dryRun === true,
    };
    const plans = await planQueue(pacing, options, queue, context);
    if (flags.json === true) {
      const document = { isDryRun: options.isDryRun, zone, plans };
      await print(shell, `${JSON.stringify(document, undefined, 2)}\n`);
    } else {
      for (const plan of plans)
        for (const line of describePlanned(plan, zone, paint)) await print(shell, `${line}\n`);
    }
    if (plans.length === 0) say(await describeNothing(queue));
    if (options.isDryRun) say('Nothing was changed (--dry-run).');
    return 0;
  };
  return withQueue(flags, shell, run, settings);
}

async function describeNothing({ records }: OpenedQueue): Promise<string> {
  const items = await listItems(records);
  const checked = items.filter(({ state }) => state === 'checked').length;
  if (checked > 0)
    return `Nothing is approved: ${count(checked, 'film')} wait for it (pivot queue approve --all).`;
  return 'There is nothing to plan: what is approved has its time (--anew gives another).';
}
