import type { Command } from 'commander';
import type { OpenedQueue } from '../../app/open-queue.ts';
import { PatternPivotError } from '../../domain/errors.ts';
import type { QueueItem } from '../../domain/queue.ts';
import { formatForPerson, readMoment } from '../../domain/zoned-time.ts';
import { toPublication } from '../../recipes/queue/papers.ts';
import { moveItem, planQueue, type TargetPlan } from '../../recipes/queue/plan.ts';
import type { WorkOptions, WorkPorts } from '../../recipes/queue/run-due.ts';
import { print, type Shell } from '../run-command.ts';
import { addLibraryOptions, readLibraryConfig, withLibrary, type LibrarySession } from '../run-library.ts';
import { count, describeAdded, describePlanned } from '../show-queue.ts';
import { toPrintable } from '../terminal.ts';
import { addFilmOptions, addFlagTable, exitCodeOf, takeIn, type AddFlags } from './queue-add.ts';
import { withWork, workOff } from './worker.ts';

type PublishFlags = AddFlags & { readonly now?: boolean; readonly at?: string; readonly zone?: string };

/** `pivot publish`: finished films through gate and queue. @returns by `done` the exit code */
export function addPublishCommand(program: Command, shell: Shell, done: (exitCode: number) => void): void {
  const publishing = program
    .command('publish')
    .summary('take finished films through the gate, and publish them at good times')
    .argument('<films...>', 'films, folders of them, or ids of what is in the queue');
  addFilmOptions(publishing)
    .option('--now', 'publish at once, not when the plan says')
    .option('--at <moment>', 'publish one film then: "2026-11-25 18:00", "tomorrow 18:00"')
    .option('--zone <zone>', "by whose clocks (default: publish.zone, else this machine's)")
    .option('--dry-run', 'say what would become of them and what would be sent; change and send nothing')
    .option('--json', 'what became of them, as JSON');
  addLibraryOptions(publishing)
    .addHelpText(
      'before',
      'pivot publish clips/talk --to youtube                 checked, approved, planned; pivot worker does it\npivot publish clip.mp4 --to youtube --privacy private --now\npivot publish clips/talk --to kits --out kits --now   folders to post by hand\n',
    )
    .addHelpText(
      'after',
      '\nWhat the gate stops is not published: pivot check --for says how to mend it. docs/publishing.md',
    )
    .action(async (named: string[], flags: PublishFlags) => done(await runPublish(named, flags, shell)));
}

async function runPublish(named: readonly string[], flags: PublishFlags, shell: Shell): Promise<number> {
  if (flags.now === true && flags.at !== undefined) {
    throw new PatternPivotError('input.options', '--now and --at say different things.', {
      hint: 'Leave one out.',
    });
  }
  const table = { ...addFlagTable, zone: { setting: 'publish.zone', flag: '--zone' } };
  const config = await readLibraryConfig(shell, flags, flags, table);
  const { json, ...quietly } = flags;
  const isDryRun = flags.dryRun === true;
  return withLibrary(shell, { ...quietly, mayCreate: true }, config, (session) =>
    withWork(session, shell, async (options, ports) => {
      const results = await takeIn(named, { ...flags, approve: true }, ports, session, shell);
      const say = json === true ? () => {} : session.say;
      for (const result of results) for (const line of describeAdded(result, session.paint)) say(line);
      const items = results.flatMap((result) =>
        'item' in result && result.status !== 'skipped' ? [result.item] : [],
      );
      const shown = { results };
      let exitCode = Math.max(0, ...results.map(exitCodeOf));
      if (items.length === 0) {
        if (json === true) await print(shell, `${JSON.stringify({ isDryRun, ...shown }, undefined, 2)}\n`);
        return exitCode;
      }
      if (isDryRun) {
        const previews = await previewAll(items, ports, say);
        if (json === true)
          await print(shell, `${JSON.stringify({ isDryRun, ...shown, previews }, undefined, 2)}\n`);
        say('Nothing was changed or sent (--dry-run).');
        return Math.max(exitCode, ...previews.map(({ exitCode: own }) => own));
      }
      if (json === true) await print(shell, `${JSON.stringify({ event: 'added', isDryRun, ...shown })}\n`);
      if (flags.now === true || flags.at !== undefined) {
        const moment = flags.now === true ? 'now' : flags.at;
        const moved = await moveAll(items, moment, options, ports, session);
        exitCode = Math.max(exitCode, moved.exitCode);
        if (flags.now !== true) return exitCode;
        const only = { ...options, ids: moved.ids };
        return Math.max(exitCode, await workOff(only, ports, session, shell, json === true));
      }
      const ids = items.filter(({ state }) => state === 'approved').map(({ id }) => id);
      const plans =
        ids.length === 0
          ? []
          : await planQueue(options.pacing, { ids, isAnew: false, isDryRun: false }, ports, session.context);
      if (json === true) await print(shell, `${JSON.stringify({ event: 'planned', plans })}\n`);
      sayPlans(plans, items, options, session, say);
      return exitCode;
    }),
  );
}

function sayPlans(
  plans: readonly TargetPlan[],
  items: readonly QueueItem[],
  { pacing }: WorkOptions,
  { paint }: LibrarySession,
  say: (text: string) => void,
): void {
  for (const plan of plans) for (const line of describePlanned(plan, pacing.zone, paint)) say(line);
  for (const { plan, title } of items)
    if (plan !== undefined)
      say(`  ${formatForPerson(pacing.zone, Date.parse(plan.at))}  ${toPrintable(title)} (from before)`);
  say('It is published while this runs: pivot worker. What waits: pivot queue list');
}

/** Shows what each target would get. */
async function previewAll(
  items: readonly QueueItem[],
  { publisherFor, now }: WorkPorts,
  say: (text: string) => void,
): Promise<{ readonly id: string; readonly lines: readonly string[]; readonly exitCode: number }[]> {
  const previews: { id: string; lines: readonly string[]; exitCode: number }[] = [];
  for (const item of items) {
    const publisher = await publisherFor(item);
    const lines = await publisher.preview(await toPublication(item, now().getTime()));
    say(`${toPrintable(item.title)}, to ${publisher.target}:`);
    for (const line of lines) say(`  ${toPrintable(line)}`);
    previews.push({ id: item.id, lines, exitCode: 0 });
  }
  return previews;
}

/** Gives films the time that was asked for. One that cannot have it stops no other. */
async function moveAll(
  items: readonly QueueItem[],
  when: string | undefined,
  { pacing }: WorkOptions,
  queue: Pick<OpenedQueue, 'records' | 'now'>,
  { context, say, complain }: LibrarySession,
): Promise<{ readonly ids: string[]; readonly exitCode: number }> {
  if (when !== 'now' && items.length > 1) {
    throw new PatternPivotError('input.at_one', `--at is for one film, and there are ${items.length}.`, {
      hint: 'Leave it out: the plan gives each its own time (pivot queue plan).',
    });
  }
  const ids: string[] = [];
  let exitCode = 0;
  for (const item of items) {
    const nowMs = queue.now().getTime();
    const moment =
      when === 'now' || when === undefined ? { ms: nowMs } : readMoment(when, pacing.zone, nowMs);
    const note = when === 'now' ? 'To be published at once,' : 'Moved to';
    try {
      const moved = await moveItem(item.id, moment, pacing, { isDryRun: false, note }, queue, context.signal);
      for (const text of moved.against) say(`! ${text}: it is published all the same.`);
      if (when !== 'now') say(`  ${formatForPerson(pacing.zone, moment.ms)} (${pacing.zone})`);
      ids.push(item.id);
    } catch (error) {
      if (!(error instanceof PatternPivotError) || error.kind !== 'conflict' || items.length === 1)
        throw error;
      complain(`✗ ${toPrintable(item.title)}: ${error.message}`);
      exitCode = 4;
    }
  }
  if (ids.length < items.length) say(`${count(items.length - ids.length, 'film')} left in the queue.`);
  return { ids, exitCode };
}
