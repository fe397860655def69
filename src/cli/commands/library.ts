import { stat } from 'node:fs/promises';
import type { Command } from 'commander';
import type { AssetSelection, LibraryAsset } from '../../domain/library.ts';
import { findAsset, listAssets, readAssetTranscript } from '../../recipes/library/assets.ts';
import { titleOfFile } from '../../recipes/library/describe-source.ts';
import { removeFromLibrary } from '../../recipes/library/remove.ts';
import { collectText, parseDate } from '../parse-option.ts';
import { print, type Shell } from '../run-command.ts';
import { addLibraryOptions, readLibraryConfig, withLibrary, type LibraryOptions } from '../run-library.ts';
import { formatDuration, formatPosition, padColumns, shorten, toPrintable } from '../terminal.ts';
import { quoteForShell } from './make.ts';

type SelectionFlags = {
  readonly tag?: string[];
  readonly channel?: string;
  readonly playlist?: string;
  readonly after?: string;
  readonly before?: string;
};

/** The commands on what a library holds: `list`, `show`, `remove`. @returns by `done` the exit code */
export function addLibraryCommands(program: Command, shell: Shell, done: (exitCode: number) => void): void {
  const listing = program
    .command('list')
    .summary('what is in the library')
    .option('--tag <tag>', 'with this tag; may be repeated, then with all', collectText)
    .option('--channel <name>', 'of this channel')
    .option('--playlist <name>', 'of this playlist')
    .option('--after <date>', 'published (else added) then or later, 2024-05-01', parseDate)
    .option('--before <date>', 'published (else added) before', parseDate)
    .option('--json', 'as JSON');
  addLibraryOptions(listing)
    .addHelpText('before', 'pivot list\npivot list --tag compilers --after 2024\n')
    .action(async (flags: LibraryOptions & SelectionFlags) => done(await runList(flags, shell)));

  const showing = program
    .command('show')
    .summary('what the library knows of one thing, or its words')
    .argument('<asset>', 'its id or the beginning of it, its path or its title')
    .option('--transcript', 'what is said in it, with times')
    .option('--json', 'as JSON');
  addLibraryOptions(showing)
    .addHelpText('before', 'pivot show 3f2a91c0\npivot show talk.mp4 --transcript\n')
    .action(async (asset: string, flags: ShowFlags) => done(await runShow(asset, flags, shell)));

  const removing = program
    .command('remove')
    .summary('take things out of the library; the media stay')
    .argument('<assets...>', 'ids or the beginnings of them, paths or titles')
    .option('--json', 'what was removed, as JSON');
  addLibraryOptions(removing)
    .addHelpText('before', 'pivot remove 3f2a91c0\npivot remove old-talk.mp4 another.mp4\n')
    .action(async (assets: string[], flags: LibraryOptions) => done(await runRemove(assets, flags, shell)));
}

type ShowFlags = LibraryOptions & { readonly transcript?: boolean };

/** These print one document, and no events on the way. */
const withoutEvents = <T extends LibraryOptions>({ json: _, ...flags }: T) => flags;

async function runList(flags: LibraryOptions & SelectionFlags, shell: Shell): Promise<number> {
  const config = await readLibraryConfig(shell, flags);
  return withLibrary(shell, withoutEvents(flags), config, async ({ library, say }) => {
    const assets: LibraryAsset[] = [];
    for await (const asset of listAssets(library, selectionOf(flags))) assets.push(asset);
    assets.sort(
      (a, b) => dateOf(b).localeCompare(dateOf(a)) || a.title.localeCompare(b.title, 'en', { numeric: true }),
    );
    if (flags.json === true) {
      await print(shell, `${JSON.stringify(assets, undefined, 2)}\n`);
      return 0;
    }
    if (assets.length === 0) {
      const isAsked = Object.keys(selectionOf(flags)).length > 0;
      say(
        isAsked ? 'Nothing in the library fits that.' : 'The library is empty. Begin it: pivot add talk.mp4',
      );
      return 0;
    }
    const columns = shell.stdout.isTTY ? shell.stdout.columns : undefined;
    for (const asset of assets) await print(shell, `${formatRow(asset, columns)}\n`);
    const totalMs = assets.reduce((sum, { durationMs }) => sum + durationMs, 0);
    say(`${assets.length} ${assets.length === 1 ? 'asset' : 'assets'}, ${formatDuration(totalMs)}`);
    return 0;
  });
}

function selectionOf({ tag, channel, playlist, after, before }: SelectionFlags): AssetSelection {
  return {
    ...(tag === undefined ? {} : { tags: tag }),
    ...(channel === undefined ? {} : { channel }),
    ...(playlist === undefined ? {} : { playlist }),
    ...(after === undefined ? {} : { after }),
    ...(before === undefined ? {} : { before }),
  };
}

function dateOf({ publishedAt, addedAt }: LibraryAsset): string {
  return publishedAt ?? addedAt;
}

/** One line: id, date, kind, length, title, tags. Cut to the width of a terminal, and whole where it goes to a file or a pipe. */
function formatRow(asset: LibraryAsset, columns: number | undefined): string {
  const { id, kind, durationMs, title, tags } = asset;
  const row = [
    id,
    dateOf(asset).slice(0, 10),
    padColumns(kind, 10),
    formatDuration(durationMs).padStart(8),
    toPrintable(title),
    ...(tags.length === 0 ? [] : [`[${tags.map(toPrintable).join(', ')}]`]),
  ].join('  ');
  return columns === undefined ? row : shorten(row, columns);
}

async function runShow(named: string, flags: ShowFlags, shell: Shell): Promise<number> {
  const config = await readLibraryConfig(shell, flags);
  return withLibrary(shell, withoutEvents(flags), config, async ({ library }) => {
    const asset = await findAsset(library, named);
    const transcript = flags.transcript === true ? await readAssetTranscript(library, asset) : undefined;
    if (flags.json === true) {
      const document = transcript === undefined ? asset : { ...asset, transcript };
      await print(shell, `${JSON.stringify(document, undefined, 2)}\n`);
      return 0;
    }
    if (transcript === undefined) {
      await print(shell, await describeAsset(asset));
      return 0;
    }
    const width = formatPosition(asset.durationMs).length;
    let speaker: string | undefined;
    for (const sentence of transcript.sentences) {
      const said = transcript.words[sentence.wordStart]?.speaker;
      const who = said === undefined || said === speaker ? '' : `${said}: `;
      speaker = said;
      const line = `${formatPosition(sentence.startMs).padStart(width)}  ${toPrintable(who + sentence.text)}\n`;
      await print(shell, line);
    }
    return 0;
  });
}

async function describeAsset(asset: LibraryAsset): Promise<string> {
  const isThere = (await stat(asset.path).catch(() => undefined))?.isFile() === true;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['id', asset.id],
    ['file', `${asset.path}${isThere ? '' : '  (not there now)'}`],
    ['from', asset.address],
    ['kind', `${asset.kind}, ${formatDuration(asset.durationMs)}, ${asset.wordCount} words`],
    ['language', asset.language],
    ['published', asset.publishedAt?.slice(0, 10)],
    ['added', asset.addedAt.slice(0, 10)],
    ['channel', asset.channel],
    ['playlist', asset.playlist],
    ['tags', asset.tags.length === 0 ? undefined : asset.tags.join(', ')],
    ['speakers', asset.speakers.length === 0 ? undefined : asset.speakers.join(', ')],
    ['words', asset.heardTranscriptKey === undefined ? undefined : 'refined; what was heard is kept'],
  ];
  const lines = facts.flatMap(([name, value]) =>
    value === undefined ? [] : [`${padColumns(name, 10)} ${toPrintable(value)}`],
  );
  return `${toPrintable(asset.title)}\n${lines.map((line) => `  ${line}\n`).join('')}`;
}

async function runRemove(named: readonly string[], flags: LibraryOptions, shell: Shell): Promise<number> {
  const config = await readLibraryConfig(shell, flags);
  return withLibrary(shell, withoutEvents(flags), config, async ({ library, say, paint }) => {
    const removed = await removeFromLibrary(library, named);
    if (flags.json === true) await print(shell, `${JSON.stringify(removed, undefined, 2)}\n`);
    for (const asset of removed) {
      say(`${paint('green', '✓')} ${asset.id}  ${toPrintable(asset.title)} is no longer in the library.`);
      say(`  ${paint('dim', `Bring it back: ${toPrintable(commandToAdd(asset, flags))}`)}`);
    }
    return 0;
  });
}

/** The command that adds something as it was: from the cache, without hearing it again. */
function commandToAdd(asset: LibraryAsset, { library }: LibraryOptions): string {
  const options: readonly (readonly [string, string | undefined])[] = [
    ...asset.tags.map((tag) => ['--tag', tag] as const),
    ['--channel', asset.channel],
    ['--playlist', asset.playlist],
    ['--published', asset.publishedAt?.replace(/T00:00:00(?:\.000)?Z$/u, '')],
    ['--title', asset.title === titleOfFile(asset.path) ? undefined : asset.title],
    ['--library', library],
  ];
  const words = options.flatMap(([option, value]) =>
    value === undefined ? [] : [option, quoteForShell(value)],
  );
  return ['pivot add', quoteForShell(asset.address ?? asset.path), ...words].join(' ');
}
