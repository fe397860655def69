import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { openQueue, type OpenedQueue } from '../../app/open-queue.ts';
import { publishTargets } from '../../app/publish-config.ts';
import { errorStatuses, PatternPivotError, type ErrorKind } from '../../domain/errors.ts';
import type { Overrule } from '../../domain/gate.ts';
import type { QueueItem } from '../../domain/queue.ts';
import { addFilms, type AddedFilm, type AddOptions } from '../../recipes/queue/add.ts';
import { findFilms, type FoundFilm } from '../../recipes/queue/films.ts';
import { findItem } from '../../recipes/queue/queue-records.ts';
import { collectText } from '../parse-option.ts';
import { print, type Session, type Shell } from '../run-command.ts';
import { addLibraryOptions, readLibraryConfig, withLibrary, type LibraryOptions } from '../run-library.ts';
import { count, describeAdded } from '../show-queue.ts';

/** What is said of films that enter the queue. */
export type AddFlags = LibraryOptions & {
  readonly to?: string;
  readonly approve?: boolean;
  readonly privacy?: 'private' | 'unlisted' | 'public';
  readonly synthetic?: boolean;
  readonly forKids?: boolean;
  readonly category?: string;
  readonly playlist?: string[];
  readonly channel?: string;
  readonly out?: string;
  readonly overrule?: string[];
  readonly why?: string;
  readonly dryRun?: boolean;
};

/** Which of those flags set settings. */
export const addFlagTable = {
  to: { setting: 'publish.target', flag: '--to' },
  privacy: { setting: 'publish.privacy', flag: '--privacy' },
  category: { setting: 'publish.category', flag: '--category' },
  channel: { setting: 'publish.channel', flag: '--channel' },
  playlist: { setting: 'publish.playlists', flag: '--playlist' },
};

/** `pivot queue add`: films through the gate into the queue. @returns by `done` the exit code */
export function addQueueAddCommand(queue: Command, shell: Shell, done: (exitCode: number) => void): void {
  const adding = queue
    .command('add')
    .summary('take finished films through the gate into the queue')
    .argument('<films...>', 'films, folders of them, or ids of drafts that are in the queue');
  addFilmOptions(adding)
    .option('--approve', 'approve what passes at once')
    .option('--dry-run', 'say what would become of them, and change nothing')
    .option('--json', 'what became of them, as JSON');
  addLibraryOptions(adding)
    .addHelpText(
      'before',
      'pivot queue add clips/talk --to youtube\npivot queue add 3f2a91c0 --to kits --out kits\npivot queue add clip.mp4 --to youtube --overrule near_duplicate --why "the old one is gone"\n',
    )
    .action(async (named: string[], flags: AddFlags) => done(await runAdd(named, flags, shell)));
}

/** Adds what can be said of films that enter the queue. */
export function addFilmOptions(command: Command): Command {
  return command
    .option('--to <target>', `${publishTargets.join(', ')} (default: publish.target)`)
    .option('--privacy <who>', 'private, unlisted or public (default: publish.privacy)')
    .option('--synthetic', 'mark it as synthetic media, whatever its papers say')
    .option('--no-synthetic', 'do not mark it')
    .option('--for-kids', 'declare it made for kids')
    .option('--no-for-kids', 'declare it not made for kids')
    .option('--category <number>', "YouTube's number of a category")
    .option('--playlist <id>', 'into this playlist; may be repeated', collectText)
    .option('--channel <id>', 'whose channel, where the owners of several signed in')
    .option('--out <folder>', 'where kits are put (default: publish.outFolder)')
    .option('--overrule <rule>', 'let pass what the gate says by this rule; may be repeated', collectText)
    .option('--why <words>', 'why that is right; it is recorded');
}

async function runAdd(named: readonly string[], flags: AddFlags, shell: Shell): Promise<number> {
  const config = await readLibraryConfig(shell, flags, flags, addFlagTable);
  readOverrules(flags);
  const { json, ...quietly } = flags;
  const isDryRun = flags.dryRun === true;
  return withLibrary(shell, { ...quietly, mayCreate: !isDryRun }, config, async (session) => {
    const queue = openQueue({ ...session, config, cwd: shell.cwd });
    const results = await takeIn(named, flags, queue, session, shell);
    if (json === true) await print(shell, `${JSON.stringify({ isDryRun, results }, undefined, 2)}\n`);
    else
      for (const result of results)
        for (const line of describeAdded(result, session.paint)) session.say(line);
    session.say(describeNext(results, isDryRun));
    return Math.max(0, ...results.map(exitCodeOf));
  });
}

/** Takes what is named into the queue, by what the flags say of it. @throws input.no_target, input.why_missing; what went wrong with a single film */
export async function takeIn(
  named: readonly string[],
  flags: AddFlags,
  queue: OpenedQueue,
  { config, context, say }: Session,
  shell: Shell,
): Promise<AddedFilm[]> {
  const { films, items, notes } = await sortNamed(named, queue, shell);
  for (const note of notes) say(`! ${note}`);
  const { privacy, category: categoryId, playlist: playlistIds } = flags;
  const said: Omit<AddOptions, 'target' | 'defaults'> = {
    channelId: flags.channel,
    outFolder: flags.out === undefined ? undefined : resolve(shell.cwd, flags.out),
    settings: {
      ...(privacy === undefined ? {} : { privacy }),
      ...(flags.forKids === undefined ? {} : { isMadeForKids: flags.forKids }),
      ...(playlistIds === undefined ? {} : { playlistIds }),
      ...(categoryId === undefined ? {} : { categoryId }),
    },
    isSynthetic: flags.synthetic,
    overruled: readOverrules(flags),
    isApproved: flags.approve === true,
    isDryRun: flags.dryRun === true,
  };
  const results: AddedFilm[] = [];
  for (const [target, group] of groupByTarget(films, items, flags.to, config.publish.target)) {
    const options = { ...said, target, defaults: queue.defaultsFor(target) };
    results.push(...(await addFilms(group, options, queue, context)));
  }
  const [only] = results;
  if (results.length === 1 && only?.status === 'failed') {
    const { code, message, ...details } = only.error;
    throw new PatternPivotError(code, message, details);
  }
  return results;
}

/** What exists as a file or folder is one; else what looks like an id is an item of the queue. */
async function sortNamed(named: readonly string[], { records }: OpenedQueue, shell: Shell) {
  const items: QueueItem[] = [];
  const paths: string[] = [];
  for (const name of named) {
    const isThere = await stat(resolve(shell.cwd, name)).then(
      () => true,
      () => false,
    );
    if (!isThere && /^[0-9a-f]{4,16}$/u.test(name)) items.push((await findItem(records, name)).item);
    else paths.push(name);
  }
  const { films, notes } =
    paths.length === 0 ? { films: [], notes: [] } : await findFilms(paths, shell.signal);
  return { films, items, notes };
}

/** @throws input.no_target */
function groupByTarget(
  films: readonly FoundFilm[],
  items: readonly QueueItem[],
  said: string | undefined,
  usual: string | undefined,
): Map<string, FoundFilm[]> {
  const groups = new Map<string, FoundFilm[]>();
  const put = (film: FoundFilm, target: string | undefined) => {
    if (target === undefined) {
      throw new PatternPivotError('input.no_target', `Nobody said where ${film.files.film} goes.`, {
        hint: `Name it: --to ${publishTargets.join(', --to ')}; or set publish.target.`,
      });
    }
    groups.set(target, [...(groups.get(target) ?? []), film]);
  };
  for (const film of films) put(film, usual);
  for (const { folder, files, target } of items) put({ folder, files }, said ?? target ?? usual);
  return groups;
}

/** @throws input.why_missing */
function readOverrules({ overrule = [], why }: AddFlags): Overrule[] {
  const reason = why?.trim() ?? '';
  if (overrule.length > 0 && reason === '') {
    throw new PatternPivotError('input.why_missing', 'Nobody said why that is overruled.', {
      hint: `Add the reason, which is recorded: --overrule ${overrule[0]} --why "the old one is gone"`,
    });
  }
  const at = new Date().toISOString();
  return overrule.map((rule) => ({ rule, why: reason.slice(0, 500), at }));
}

/** What one film says of how a command ended. */
export function exitCodeOf(result: AddedFilm): number {
  if (result.status === 'stopped') return errorStatuses.tool.exitCode;
  if (result.status !== 'failed') return 0;
  return errorStatuses[result.error.code.split('.')[0] as ErrorKind].exitCode;
}

function describeNext(results: readonly AddedFilm[], isDryRun: boolean): string {
  if (isDryRun) return 'Nothing was changed (--dry-run).';
  const inQueue = results.flatMap((result) =>
    'item' in result && result.status !== 'skipped' ? [result.item] : [],
  );
  const checked = inQueue.filter(({ state }) => state === 'checked').length;
  const approved = inQueue.filter(({ state }) => state === 'approved').length;
  const stopped = results.find((result) => result.status === 'stopped');
  const rule = stopped?.report.findings.find(({ severity }) => severity === 'stops')?.rule;
  const next = [
    ...(rule === undefined
      ? []
      : [`What the gate stops is mended, or let pass: --overrule ${rule} --why "…"`]),
    ...(checked > 0 ? [`${count(checked, 'film')} to approve: pivot queue approve --all`] : []),
    ...(approved > 0 ? [`${count(approved, 'film')} without a time: pivot queue plan`] : []),
  ];
  return next.length > 0 ? next.join('\n') : `${count(inQueue.length, 'film')} in the queue.`;
}
