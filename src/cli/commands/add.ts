import type { Command } from 'commander';
import { readGlossaryOption } from '../../app/user-files.ts';
import { PatternPivotError } from '../../domain/errors.ts';
import { addToLibrary } from '../../recipes/library/add.ts';
import { listAddItems } from '../../recipes/library/add-items.ts';
import type { AddResult } from '../../recipes/events.ts';
import { collectText, parseDate } from '../parse-option.ts';
import { type FlagTable, type Session, type Shell } from '../run-command.ts';
import { addLibraryOptions, readLibraryConfig, withLibrary, type LibraryOptions } from '../run-library.ts';
import { formatDuration, toPrintable } from '../terminal.ts';

type AddFlags = LibraryOptions & {
  readonly transcript?: string;
  readonly tag?: string[];
  readonly channel?: string;
  readonly playlist?: string;
  readonly title?: string;
  readonly published?: string;
  readonly language?: string;
  readonly glossary?: string;
  readonly force?: boolean;
};

const addFlagTable: FlagTable = {
  glossary: { setting: 'glossary', flag: '--glossary' },
  language: { setting: 'language', flag: '--language' },
};

/** The longest texts that a record takes, in characters. */
const maxChars = { tag: 100, channel: 200, playlist: 200, title: 500 } as const;

/** `pivot add`: brings sources into the library, heard and indexed. @returns by `done` the exit code */
export function addAddCommand(program: Command, shell: Shell, done: (exitCode: number) => void): void {
  const command = program
    .command('add')
    .summary('bring videos, recordings or captions into the library')
    .argument('[sources...]', 'files, folders of them, addresses, or captions (.srt, .vtt)')
    .option('--transcript <file>', 'words that exist already: .srt, .vtt or .json')
    .option('--tag <tag>', 'a tag; may be repeated', collectText)
    .option('--channel <name>', 'the channel that it is from')
    .option('--playlist <name>', 'the playlist or series')
    .option('--title <text>', 'its title (default: as the file says)')
    .option('--published <date>', 'when it came out, 2024-05-01', parseDate)
    .option('--glossary <file|list>', 'names spelled right: a file, or "Ada, COBOL"')
    .option('--language <tag>', 'what is spoken (default: what the file says)')
    .option('--force', 'hear it anew')
    .option('--json', 'events as lines of JSON');
  addLibraryOptions(command)
    .addHelpText(
      'before',
      'pivot add talk.mp4 recordings/ --tag compilers\npivot add talk.mp4 --transcript talk.vtt --published 2024-05-01\n',
    )
    .action(async (sources: string[], flags: AddFlags) => done(await runAdd(sources, flags, shell)));
}

async function runAdd(sources: readonly string[], flags: AddFlags, shell: Shell): Promise<number> {
  for (const [name, limit] of Object.entries(maxChars)) {
    const given = [flags[name as keyof typeof maxChars] ?? []].flat();
    for (const text of given) assertText(`--${name}`, text, limit);
  }
  const { items, emptyFolders } = await listAddItems(sources, flags.transcript);
  if (flags.title !== undefined && items.length > 1) {
    throw new PatternPivotError(
      'input.title_ambiguous',
      `--title names one thing, and ${items.length} are to be added.`,
      {
        hint: 'Add them one by one, or leave --title out.',
      },
    );
  }
  const glossary = flags.glossary === undefined ? undefined : await readGlossaryOption(flags.glossary);
  const config = await readLibraryConfig(shell, flags, { ...flags, glossary }, addFlagTable);
  return withLibrary(shell, { ...flags, mayCreate: true }, config, async (session) => {
    const { app, library, context, complain } = session;
    for (const folder of emptyFolders)
      complain(`! Neither media nor captions lie directly in ${toPrintable(folder)}`);
    if (items.length === 0) {
      throw new PatternPivotError(
        'not_found.media',
        'There is nothing to add in the folders that are named.',
        {
          hint: 'Name a folder that holds media files, or the files themselves.',
          context: { emptyFolders },
        },
      );
    }
    const { results, exitCode } = await addToLibrary(
      library,
      items,
      {
        tags: flags.tag ?? [],
        glossary: config.glossary,
        isHeardAnew: flags.force === true || flags.glossary !== undefined || flags.language !== undefined,
        ...pick(flags, 'channel', 'playlist', 'title'),
        ...(flags.published === undefined ? {} : { publishedAt: flags.published }),
        ...(config.language === undefined ? {} : { language: config.language }),
      },
      app.ports,
      {
        ...context,
        emit(event) {
          context.emit(event);
          if (event.event === 'addResult') sayAdded(event.result, session);
        },
      },
    );
    summarise(results, library.folder, session);
    return exitCode;
  });
}

function assertText(option: string, text: string, limit: number): void {
  if (text.trim() !== '' && text.length <= limit) return;
  throw new PatternPivotError('input.text_length', `${option} takes 1 to ${limit} characters.`, {
    hint: 'Write something shorter, or leave it out.',
    context: { option },
  });
}

/** Those of an object's entries that are there, by name. */
function pick<T extends object, K extends keyof T>(from: T, ...names: K[]): { [N in K]?: NonNullable<T[N]> } {
  return Object.fromEntries(
    names.flatMap((name) => (from[name] === undefined ? [] : [[name, from[name]]])),
  ) as {
    [N in K]?: NonNullable<T[N]>;
  };
}

/** What became of one thing, when its turn is over. */
export function sayAdded(result: AddResult, { say, complain, paint }: Session): void {
  const path = toPrintable(result.path);
  if (result.status === 'failed') {
    const { message, hint, code } = result.error;
    complain(`${paint('red', 'Error:')} ${toPrintable(message)}`);
    complain(`  with ${path} (${code})`);
    complain(`  ${toPrintable(hint ?? 'Run it again with PATTERNPIVOT_DEBUG=1 to see where it came from.')}`);
  } else if (result.status === 'skipped') {
    say(`${paint('yellow', '–')} ${path}: skipped, ${toPrintable(lowerFirst(result.reason))}`);
  } else {
    const { id, title, durationMs, wordCount } = result.asset;
    const what = `${formatDuration(durationMs)}, ${wordCount} ${wordCount === 1 ? 'word' : 'words'}`;
    const state = { added: '', changed: '  (changed)', known: '  (there already)' }[result.status];
    say(`${paint('green', '✓')} ${id}  ${toPrintable(title)}  ${paint('dim', what)}${state}`);
  }
}

/** How it went on the whole, and what to do next. */
function summarise(results: readonly AddResult[], folder: string, { say }: Session): void {
  const count = (status: AddResult['status']) => results.filter((result) => result.status === status).length;
  const parts = (['added', 'changed', 'known', 'skipped', 'failed'] as const)
    .filter((status) => count(status) > 0)
    .map((status) => `${count(status)} ${status === 'known' ? 'there already' : status}`);
  if (results.length > 1) say(`${parts.join(', ')}, in ${toPrintable(folder)}`);
  if (count('added') + count('changed') > 0) say('Look for something in it: pivot find "what was said"');
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
