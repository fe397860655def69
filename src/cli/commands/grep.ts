import type { Command } from 'commander';
import type { FoundWords } from '../../recipes/events.ts';
import { grepLibrary, listFound, makeSupercut } from '../../recipes/library/grep.ts';
import { compilePattern } from '../../stages/remix/find-words.ts';
import {
  addFilmOptions,
  filmFlagTable,
  filmSettings,
  sayFilm,
  showPath,
  type FilmFlags,
} from '../film-options.ts';
import { collectText, parseCount } from '../parse-option.ts';
import { print, type Session, type Shell } from '../run-command.ts';
import { addLibraryOptions, readLibraryConfig, withLibrary, type LibraryOptions } from '../run-library.ts';
import { createPaint, formatPosition, toPrintable } from '../terminal.ts';
import { quoteForShell, readPlanOptions } from './make.ts';

type GrepFlags = LibraryOptions &
  FilmFlags & {
    readonly supercut?: boolean;
    readonly caseSensitive?: boolean;
    readonly word?: boolean;
    readonly around: number;
    readonly limit: number;
    readonly tag?: string[];
  };

/** `pivot grep`: what was said word for word, and all of it as one film. @returns by `done` the exit code */
export function addGrepCommand(program: Command, shell: Shell, done: (exitCode: number) => void): void {
  const command = program
    .command('grep')
    .summary('find what was said word for word, or cut it all together')
    .argument('<pattern>', 'words, or a regular expression: "time|hours?"')
    .option('--word', 'whole words only')
    .option('--case-sensitive', 'capital letters count')
    .option('--tag <tag>', 'in what has this tag; may be repeated, then all', collectText)
    .option('--around <words>', 'words of context on each side (default: 6)', parseCount, 6)
    .option('--limit <n>', 'at most so many (default: 100)', parseCount, 100)
    .option('--json', 'as JSON')
    .optionsGroup('As a film:')
    .option('--supercut', 'cut every one, in order, as one film');
  addLibraryOptions(addFilmOptions(command, { hasTighten: false }))
    .configureHelp({ optionDescription: (option) => option.description })
    .addHelpText(
      'before',
      'pivot grep "at the end of the day"\npivot grep --word "so|well" --supercut --out supercuts\n',
    )
    .action(async (pattern: string, flags: GrepFlags) => done(await runGrep(pattern, flags, shell)));
}

async function runGrep(pattern: string, flags: GrepFlags, shell: Shell): Promise<number> {
  const { around, limit, tag, supercut, json } = flags;
  const compiled = compilePattern(pattern, {
    isCaseSensitive: flags.caseSensitive === true,
    isWholeWords: flags.word === true,
  });
  const config = await readLibraryConfig(shell, flags, filmSettings(flags), filmFlagTable);
  // Without a film it prints one document, and no events on the way.
  const { json: _, ...quietly } = flags;
  return withLibrary(shell, supercut === true ? flags : quietly, config, async (session) => {
    const { library, context, app } = session;
    const selection = tag === undefined ? {} : { tags: tag };
    const found = await grepLibrary(library, { pattern: compiled, selection, limit, around }, context);
    const occurrences = listFound(found);
    if (supercut === true) {
      context.emit({ event: 'occurrences', occurrences });
      if (found.isMore) session.say(`! The first ${limit} are cut; --limit asks for more.`);
      const plan = await readPlanOptions(flags, session);
      const options = {
        pattern,
        plan,
        outFolder: config.out,
        hasCoverTitle: config.covers.title,
        isPreview: flags.preview === true,
      };
      const ports = { ...app.ports };
      return sayFilm(await makeSupercut(library, found, options, ports, context), session, shell);
    }
    if (json === true) {
      await print(shell, `${JSON.stringify(occurrences, undefined, 2)}\n`);
      return 0;
    }
    await printFound(occurrences, shell);
    sayCount(pattern, occurrences.length, found.isMore, session);
    return 0;
  });
}

async function printFound(occurrences: readonly FoundWords[], shell: Shell): Promise<void> {
  const paint = createPaint(shell.stdout, shell.env);
  let last: string | undefined;
  for (const { assetId, title, path, startMs, text, before, after } of occurrences) {
    if (assetId !== last) {
      await print(shell, `${paint('bold', toPrintable(title))}  ${paint('dim', showPath(path, shell))}\n`);
    }
    last = assetId;
    const time = formatPosition(startMs).padStart(8);
    const words = [toPrintable(before), paint('cyan', toPrintable(text)), toPrintable(after)];
    await print(shell, `${time}  ${words.filter((part) => part !== '').join(' ')}\n`);
  }
}

function sayCount(pattern: string, count: number, isMore: boolean, { say }: Session): void {
  if (count === 0) return say(`Nobody says ${toPrintable(pattern)} in the library.`);
  const times = count === 1 ? 'Once' : `${count} times`;
  say(
    `${times}${isMore ? ', and there is more (--limit)' : ''}. As a film: pivot grep ${quoteForShell(toPrintable(pattern))} --supercut`,
  );
}
