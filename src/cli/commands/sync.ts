import type { Command } from 'commander';
import { openLedger } from '../../app/compose-ledger.ts';
import { measureQuota, openPlatform } from '../../app/compose-platform.ts';
import { errorStatuses, isAbortError, PatternPivotError, toErrorRecord } from '../../domain/errors.ts';
import { readPlatformReference, type PlatformReference } from '../../domain/platform-reference.ts';
import type { Ledger } from '../../ports/ledger.ts';
import { estimateUnits } from '../../recipes/youtube/sync-estimate.ts';
import { listProgress, type SyncProgress } from '../../recipes/youtube/sync-records.ts';
import { isQuotaEnd, sync, type SyncResult } from '../../recipes/youtube/sync.ts';
import { print, type Shell } from '../run-command.ts';
import {
  addLibraryOptions,
  readLibraryConfig,
  withLibrary,
  type LibraryOptions,
  type LibrarySession,
} from '../run-library.ts';
import { toPrintable } from '../terminal.ts';

type SyncFlags = LibraryOptions & { readonly new?: boolean; readonly captions?: boolean };

/** What became of one of the things that were synced. */
type Synced =
  | { readonly what: string; readonly result: SyncResult }
  | { readonly what: string; readonly error: PatternPivotError };

/** `pivot sync`: what a channel has and how it fares, into the library's records. @returns by `done` the exit code */
export function addSyncCommand(program: Command, shell: Shell, done: (exitCode: number) => void): void {
  const command = program
    .command('sync')
    .summary('read what a YouTube channel has, and how it fares')
    .argument(
      '[what...]',
      '@handle, or the id or address of a channel, playlist or video (default: all synced before)',
    )
    .option('--new', 'only look for new videos: 1 or 2 units a channel')
    .option('--captions', 'list the captions of what is new: 50 units a video')
    .option('--json', 'what was done, as JSON');
  addLibraryOptions(command)
    .addHelpText(
      'before',
      'pivot sync @yourchannel\npivot sync                     # everything again\npivot sync --new\n',
    )
    .addHelpText('after', '\nWhat it needs and what it costs: docs/youtube.md')
    .action(async (what: string[], flags: SyncFlags) => done(await runSync(what, flags, shell)));
}

async function runSync(texts: readonly string[], flags: SyncFlags, shell: Shell): Promise<number> {
  const config = await readLibraryConfig(shell, flags);
  const asked = texts.map((text) => ({ what: text, reference: readPlatformReference(text) }));
  const { json, ...others } = flags;
  // It prints one document, and no events on the way.
  return withLibrary(shell, { ...others, mayCreate: true }, config, async (session) => {
    const ledger = openLedger({ config, env: shell.env });
    try {
      await session.library.records.dropExpired();
      const wanted = asked.length > 0 ? asked : await listKnown(session);
      const before = await measureQuota(ledger, config);
      const left = before.daily - before.spent;
      session.say(describeEstimate(await estimate(wanted, flags, session), left, before.daily));
      const at = new Date().toISOString();
      const results: Synced[] = [];
      for (const { what, reference } of wanted) {
        const synced = await syncOne({ what, reference }, { flags, at, shell, ledger, session });
        results.push(synced);
        const isOnlyError = wanted.length === 1 && 'error' in synced;
        if (json !== true && flags.quiet !== true && !isOnlyError) await print(shell, describe(synced));
        if (isStopped(synced)) break;
      }
      const after = await measureQuota(ledger, config);
      const spent = after.spent - before.spent;
      if (json === true) {
        const quota = { spent, left: after.daily - after.spent, endsAt: after.endsAt };
        await print(shell, `${JSON.stringify({ results: results.map(toJson), quota }, undefined, 2)}\n`);
      } else {
        const leftNow = (after.daily - after.spent).toLocaleString('en');
        session.say(`${count(spent, 'unit')} used, ${leftNow} left until ${localTime(after.endsAt)}.`);
      }
      const [only] = results;
      if (wanted.length === 1 && only !== undefined && 'error' in only) throw only.error;
      return Math.max(0, ...results.map(exitCodeOf));
    } finally {
      await ledger.close();
    }
  });
}

/** What is to be synced, and what somebody called it. */
type Wanted = { readonly what: string; readonly reference: PlatformReference };

async function listKnown({ library }: LibrarySession): Promise<Wanted[]> {
  const progress: SyncProgress[] = [];
  for await (const each of listProgress(library.records)) progress.push(each);
  // What was read longest ago comes first: where the quota does not suffice for all, each has its turn.
  const known = progress
    .toSorted((a, b) => a.fetched.at.localeCompare(b.fetched.at))
    .map((each): Wanted => ({ what: each.title, reference: referenceOf(each) }));
  if (known.length === 0) {
    throw new PatternPivotError('input.nothing_synced', 'Nothing was synced yet.', {
      hint: 'Name what is to be read: pivot sync @yourchannel',
    });
  }
  return known;
}

function referenceOf({ isUploads, channelId, playlistId }: SyncProgress): PlatformReference {
  return isUploads ? { kind: 'channel', id: channelId } : { kind: 'playlist', id: playlistId };
}

async function estimate(
  wanted: readonly Wanted[],
  flags: SyncFlags,
  { library }: LibrarySession,
): Promise<{ readonly units: number; readonly unknown: number }> {
  let units = 0;
  let unknown = 0;
  for (const { reference } of wanted) {
    const isNewOnly = flags.new === true;
    const own = await estimateUnits(reference, { isNewOnly }, library.records);
    if (own === undefined) unknown++;
    units += own ?? 0;
  }
  return { units, unknown };
}

/** `About 204 units; 9,949 of today's 10,000 are left.` */
function describeEstimate(
  { units, unknown }: Awaited<ReturnType<typeof estimate>>,
  left: number,
  daily: number,
): string {
  const parts = [
    ...(units === 0 ? [] : [count(units, 'unit')]),
    ...(unknown === 0 ? [] : ['one for each 25 videos of what was never read']),
  ];
  const isShort = units > left ? ' It goes as far as they reach, and on tomorrow.' : '';
  return `About ${parts.join(', and ')}; ${left.toLocaleString('en')} of today's ${daily.toLocaleString('en')} are left.${isShort}`;
}

async function syncOne(
  { what, reference }: Wanted,
  parts: {
    readonly flags: SyncFlags;
    readonly at: string;
    readonly shell: Shell;
    readonly ledger: Ledger;
    readonly session: LibrarySession;
  },
): Promise<Synced> {
  const { flags, at, shell, ledger, session } = parts;
  const { library, config, context } = session;
  const { records } = library;
  const withCaptions = flags.captions === true;
  try {
    const access = { config, env: shell.env, ledger, needsCaptions: withCaptions };
    const platform = await openPlatform(reference, records, access);
    const options = { isNewOnly: flags.new === true, withCaptions, at };
    return { what, result: await sync(reference, options, { records, platform }, context) };
  } catch (error) {
    if (context.signal.aborted || isAbortError(error) || !(error instanceof PatternPivotError)) throw error;
    return { what, error };
  }
}

/** Whether the others would only say the same: the quota is at its end, or YouTube cannot be asked at all. */
function isStopped(synced: Synced): boolean {
  if (!('error' in synced)) return synced.result.stopped !== undefined;
  const { error } = synced;
  return isQuotaEnd(error) || error.kind === 'provider' || sharedTroubles.has(error.code);
}

const sharedTroubles: ReadonlySet<string> = new Set([
  'input.youtube_key_missing',
  'input.youtube_key_invalid',
  'input.youtube_not_enabled',
]);

function exitCodeOf(synced: Synced): number {
  const error = 'error' in synced ? synced.error : synced.result.stopped;
  return error === undefined ? 0 : errorStatuses[error.kind].exitCode;
}

function toJson(synced: Synced): unknown {
  if ('error' in synced) return { what: synced.what, error: toErrorRecord(synced.error) };
  const { stopped, ...result } = synced.result;
  return {
    what: synced.what,
    ...result,
    ...(stopped === undefined ? {} : { stopped: toErrorRecord(stopped) }),
  };
}

function describe(synced: Synced): string {
  if ('error' in synced) {
    const { message, hint } = synced.error;
    return toPrintable(`✗ ${synced.what}: ${message}`) + (hint === undefined ? '\n' : `\n  ${hint}\n`);
  }
  const { title, newCount, refreshedCount, goneCount, captions, stopped } = synced.result;
  const parts = [
    `${newCount.toLocaleString('en')} new`,
    ...(refreshedCount === 0 ? [] : [`${refreshedCount.toLocaleString('en')} read again`]),
    ...(goneCount === 0 ? [] : [`${goneCount.toLocaleString('en')} gone or private now`]),
  ];
  const lines = [toPrintable(`${stopped === undefined ? '✓' : '!'} ${title}: ${parts.join(', ')}`)];
  for (const [id, tracks] of Object.entries(captions)) {
    lines.push(toPrintable(`  ${id}  ${tracks.length === 0 ? 'no captions' : tracks.join(', ')}`));
  }
  if (stopped !== undefined) {
    lines.push(`  ${stopped.message} What was read is saved; the same command goes on there tomorrow.`);
  }
  return `${lines.join('\n')}\n`;
}

function count(amount: number, word: string): string {
  return `${amount.toLocaleString('en')} ${word}${amount === 1 ? '' : 's'}`;
}

function localTime(iso: string): string {
  return new Date(iso).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' });
}
