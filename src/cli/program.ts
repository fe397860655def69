import { Command } from 'commander';
import { readVersion } from '../app/version.ts';
import { addAddCommand } from './commands/add.ts';
import { addAskCommand } from './commands/ask.ts';
import { addAuthCommand } from './commands/auth.ts';
import { addBatchCommand } from './commands/batch.ts';
import { addCombineCommand } from './commands/combine.ts';
import { addCorpusCommand } from './commands/corpus.ts';
import { addCostsCommand } from './commands/costs.ts';
import { addDecideCommands } from './commands/decide.ts';
import { addExportCommand } from './commands/export.ts';
import { addFetchCommand } from './commands/fetch.ts';
import { addFindCommand } from './commands/find.ts';
import { addFrameCommand } from './commands/frame.ts';
import { addGrepCommand } from './commands/grep.ts';
import { addImportCommand } from './commands/import.ts';
import { addLibraryCommands } from './commands/library.ts';
import { addMakeCommand } from './commands/make.ts';
import { addScriptCommand } from './commands/script.ts';
import { addScreenshotCommand } from './commands/screenshot.ts';
import { addShotsCommand } from './commands/shots.ts';
import { addMusicCommands } from './commands/music.ts';
import { addOriginalsCommand } from './commands/originals.ts';
import { addRecordsCommand } from './commands/records.ts';
import { addRefineCommand } from './commands/refine.ts';
import { addRemixCommand } from './commands/remix.ts';
import { addReviewCommand } from './commands/review.ts';
import { addStatsCommand } from './commands/stats.ts';
import { addStepCommands } from './commands/steps.ts';
import { addStylesCommand } from './commands/styles.ts';
import { addSyncCommand } from './commands/sync.ts';
import { addUpkeepCommands } from './commands/upkeep.ts';
import type { Shell } from './run-command.ts';

/** Commands that the overview names in one line, so that it fits a screen; each has help of its own. */
const together: readonly { readonly names: readonly string[]; readonly text: string }[] = [
  {
    names: ['pin', 'reject', 'trim', 'fix', 'undo'],
    text: 'the same one by one; so do reject, trim, fix and undo',
  },
  {
    names: ['transcribe', 'moments', 'shots', 'frame', 'render', 'check', 'screenshot'],
    text: 'one step alone, as are moments, shots, frame, render, check',
  },
  { names: ['list', 'show', 'remove'], text: 'what is in the library; show and remove take one thing of it' },
  { names: ['find', 'grep'], text: 'find what was said, and play or cut it; grep finds exact words' },
  {
    names: ['sync', 'stats', 'originals', 'fetch', 'auth'],
    text: 'read a YouTube channel; so do stats, originals, fetch and auth',
  },
  {
    names: ['doctor', 'clean', 'costs', 'records'],
    text: 'what works on this machine; clean, costs, records keep house',
  },
  {
    names: ['batch', 'combine', 'music', 'listen'],
    text: 'new music of recordings; so do combine (a film), music, listen',
  },
  { names: ['export', 'import'], text: 'take a timeline to another editor; import brings it back' },
];

/** The whole command line. Errors of usage are thrown, and `done` gets the exit code of a command that ran. */
export function createProgram(shell: Shell, done: (exitCode: number) => void): Command {
  const program = new Command('pivot')
    .description('Turns long videos into short clips that are ready to post, on your own machine.')
    .version(readVersion(), '--version', 'the version')
    .helpOption('-h, --help', 'this help')
    .configureHelp({
      visibleCommands: (command) =>
        command.commands.filter((own) => (lineOf(own)?.names[0] ?? own.name()) === own.name()),
      subcommandTerm: (command) => command.name(),
      subcommandDescription: (command) => lineOf(command)?.text ?? command.summary(),
    })
    .helpCommand(false)
    .showSuggestionAfterError(true)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void shell.stdout.write(text),
      writeErr: (text) => void shell.stdout.write(text),
      // Errors are thrown, and reported in our own words.
      outputError: () => {},
    })
    .addHelpText(
      'before',
      'pivot make talk.mp4              clips of one video, in ./clips\npivot make recordings/ --count 3  of every video in a folder\n',
    )
    .addHelpText('after', '\npivot <command> --help says more. Settings: docs/configuration.md');
  addMakeCommand(program, shell, done);
  addReviewCommand(program, shell, done);
  addDecideCommands(program, shell, done);
  addStepCommands(program, shell, done);
  addShotsCommand(program, shell, done);
  addFrameCommand(program, shell, done);
  addScreenshotCommand(program, shell, done);
  addAddCommand(program, shell, done);
  addLibraryCommands(program, shell, done);
  addFindCommand(program, shell, done);
  addAskCommand(program, shell, done);
  addCorpusCommand(program, shell, done);
  addGrepCommand(program, shell, done);
  addRemixCommand(program, shell, done);
  addScriptCommand(program, shell, done);
  addRefineCommand(program, shell, done);
  addBatchCommand(program, shell, done);
  addCombineCommand(program, shell, done);
  addMusicCommands(program, shell, done);
  addSyncCommand(program, shell, done);
  addExportCommand(program, shell, done);
  addImportCommand(program, shell, done);
  addAuthCommand(program, shell, done);
  addCostsCommand(program, shell, done);
  addStatsCommand(program, shell, done);
  addStylesCommand(program, shell, done);
  addOriginalsCommand(program, shell, done);
  addFetchCommand(program, shell, done);
  addRecordsCommand(program, shell, done);
  addUpkeepCommands(program, shell, done);
  return program;
}

function lineOf(command: Command) {
  return together.find(({ names }) => names.includes(command.name()));
}
