import type { Command } from 'commander';
import { openLedger } from '../../app/compose-ledger.ts';
import { measureQuota, openPlatform } from '../../app/compose-platform.ts';
import { errorStatuses, isAbortError, PatternPivotError, toErrorRecord } from '../../domain/errors.ts';
import { readPlatformReference, type PlatformReference } from '../../domain/platform-reference.ts';
import type { Ledger } from '../../ports/ledger.ts';
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
  return withLibrary(shell, { ...flags, mayCreate: true }, config, async (session) => {
    const ledger = openLedger({ config, env: shell.env });
    try {
      await session.library.records.dropExpired();
      const wanted = asked.length > 0 ? asked : await listKnown(session);
      const before = await measureQuota(ledger, config);
      const left = before.daily - before.spent;
      session.context.emit({
        event: 'note',
        text: `${count(left, 'unit')} of today's quota of ${before.daily.toLocaleString('en')} left; 50 videos take one, a new list of them another.`,
      });
      const results: Synced[] = [];
      for (const { what, reference } of wanted) {
        const synced = await syncOne(what, reference, flags, session, ledger, shell);
        results.push(synced);
        if (flags.json !== true) await print(shell, describe(synced));
        // The others would only say the same.
        if (isStopped(synced)) break;
      }
      const after = await measureQuota(ledger, config);
      const spent = after.spent - before.spent;
      if (flags.json === true) {
        const quota = { spent, left: after.daily - after.spent, endsAt: after.endsAt };
        await print(shell, `${JSON.stringify({ results: results.map(toJson), quota }, undefined, 2)}\n`);
      } else {
        await print(
          shell,
          `${count(spent, 'unit')} used, ${(after.daily - after.spent).toLocaleString('en')} left until ${localTime(after.endsAt)}.\n`,
        );
      }
      return Math.max(0, ...results.map(exitCodeOf));
    } finally {
      await ledger.close();
    }
  });
}

async function listKnown({
  library,
}: LibrarySession): Promise<{ what: string; reference: PlatformReference }[]> {
  const known: { what: string; reference: PlatformReference }[] = [];
  for await (const progress of listProgress(library.records)) {
    known.push({ what: progress.title, reference: referenceOf(progress) });
  }
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

async function syncOne(
  what: string,
  reference: PlatformReference,
  flags: SyncFlags,
  { library, config, context }: LibrarySession,
  ledger: Ledger,
  shell: Shell,
): Promise<Synced> {
  try {
    const platform = await openPlatform(reference, library.records, { config, env: shell.env, ledger });
    const options = { isNewOnly: flags.new === true, withCaptions: flags.captions === true };
    const result = await sync(reference, options, { records: library.records, platform }, context);
    return { what, result };
  } catch (error) {
    if (context.signal.aborted || isAbortError(error) || !(error instanceof PatternPivotError)) throw error;
    return { what, error };
  }
}

function isStopped(synced: Synced): boolean {
  return 'error' in synced ? isQuotaEnd(synced.error) : synced.result.stopped !== undefined;
}

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
    `${newCount} new`,
    ...(refreshedCount === 0 ? [] : [`${refreshedCount} read again`]),
    ...(goneCount === 0 ? [] : [`${goneCount} gone or private now`]),
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
