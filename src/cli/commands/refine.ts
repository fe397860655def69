import { InvalidArgumentError, type Command } from 'commander';
import { readGlossaryOption } from '../../app/user-files.ts';
import { PatternPivotError } from '../../domain/errors.ts';
import { refineAsset, undoRefining, type RefinedAsset } from '../../recipes/library/refine.ts';
import { parseCount } from '../parse-option.ts';
import { print, type FlagTable, type Session, type Shell } from '../run-command.ts';
import { addLibraryOptions, readLibraryConfig, withLibrary, type LibraryOptions } from '../run-library.ts';
import { formatPosition, toPrintable } from '../terminal.ts';
import { quoteForShell } from './make.ts';

type RefineFlags = LibraryOptions & {
  readonly glossary?: string;
  readonly rounds?: number;
  readonly undo?: boolean;
  readonly force?: boolean;
};

const flagTable: FlagTable = { glossary: { setting: 'glossary', flag: '--glossary' } };

/** So many rounds at most, and when nobody says: then models begin to polish. */
const maxRounds = 3;

/** `pivot refine`: a transcript corrected by a chat model. @returns by `done` the exit code */
export function addRefineCommand(program: Command, shell: Shell, done: (exitCode: number) => void): void {
  const command = program
    .command('refine')
    .summary('have a chat model correct names and punctuation of a transcript')
    .argument('<asset>', 'its id or the beginning of it, its path or its title')
    .option('--glossary <file|list>', 'names spelled right: a file, or "Ada, COBOL"')
    .option('--rounds <n>', 'draft, criticise, revise: 1 to 3 rounds (default: 3)', parseRounds)
    .option('--undo', 'back to what was heard')
    .option('--force', 'ask it all again')
    .option('--json', 'what was corrected and refused, as JSON');
  addLibraryOptions(command)
    .addHelpText(
      'before',
      'pivot refine talk.mp4 --glossary "Kubernetes, Ada Lovelace"\npivot refine 3f2a91c0 --undo\n',
    )
    .action(async (asset: string, flags: RefineFlags) => done(await runRefine(asset, flags, shell)));
}

function parseRounds(text: string): number {
  const rounds = parseCount(text);
  if (rounds < 1 || rounds > maxRounds) throw new InvalidArgumentError(`Write 1 to ${maxRounds}.`);
  return rounds;
}

async function runRefine(named: string, flags: RefineFlags, shell: Shell): Promise<number> {
  if (flags.undo === true && (flags.glossary !== undefined || flags.rounds !== undefined)) {
    throw new PatternPivotError(
      'input.options_conflict',
      '--undo puts back what was heard, so --glossary and --rounds say nothing.',
      { hint: 'Leave them out, or leave out --undo.' },
    );
  }
  const glossary = flags.glossary === undefined ? undefined : await readGlossaryOption(flags.glossary);
  const config = await readLibraryConfig(shell, flags, { glossary }, flagTable);
  // It prints one document, and no events on the way.
  const { json, ...quietly } = flags;
  return withLibrary(shell, quietly, config, async (session) => {
    const { library, app, context, say } = session;
    if (flags.undo === true) {
      const asset = await undoRefining(library, named, context);
      if (json === true) await print(shell, `${JSON.stringify({ asset }, undefined, 2)}\n`);
      say(`${session.paint('green', '✓')} ${toPrintable(asset.title)} has the words again that were heard.`);
      return 0;
    }
    const request = { glossary: config.glossary, rounds: flags.rounds ?? maxRounds };
    const refined = await refineAsset(library, named, request, app.ports, context);
    if (json === true) await print(shell, `${JSON.stringify(refined, undefined, 2)}\n`);
    else sayRefined(refined, session);
    return 0;
  });
}

function sayRefined({ asset, changes, refused, notes }: RefinedAsset, { say, paint }: Session): void {
  for (const { startMs, heard, written } of changes) {
    say(`${formatPosition(startMs).padStart(8)}  ${paint('dim', toPrintable(heard))}`);
    say(`          ${toPrintable(written)}`);
  }
  for (const { startMs, written, why } of refused) {
    say(`${paint('yellow', '!')} Refused at ${formatPosition(startMs)}: ${toPrintable(why)}`);
    say(paint('dim', `          ${toPrintable(written)}`));
  }
  for (const note of notes) say(`${paint('yellow', '!')} ${toPrintable(note)}`);
  if (changes.length === 0) return say(`Nothing was changed in ${toPrintable(asset.title)}.`);
  const count = changes.length === 1 ? '1 sentence' : `${changes.length} sentences`;
  say(
    `${paint('green', '✓')} ${count} of ${toPrintable(asset.title)} corrected. Back: pivot refine ${quoteForShell(asset.id)} --undo`,
  );
}
