import { Command } from 'commander';
import { readVersion } from '../app/version.ts';
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
  {
    names: ['create', 'script', 'speak'],
    text: 'film a new short from what was said; script writes, speak voices',
  },
  { names: ['ask', 'corpus'], text: 'answer from what was said, with receipts; corpus makes parts' },
  { names: ['vary', 'cover'], text: 'variations of a clip, told apart; cover finds thumbnails' },
  { names: ['export', 'import'], text: 'take a timeline to another editor; import brings it back' },
];

/** Adds commands to the program. */
type AddCommands = (program: Command, shell: Shell, done: (exitCode: number) => void) => void;

/** Which module has which commands, in the overview's order. Only what is asked for is loaded: all of them together take a second. */
const modules: readonly { readonly names: readonly string[]; readonly load: () => Promise<AddCommands> }[] = [
  {
    names: ['make'],
    load: async () => (await import('./commands/make.ts')).addMakeCommand,
  },
  {
    names: ['review'],
    load: async () => (await import('./commands/review.ts')).addReviewCommand,
  },
  {
    names: ['pin', 'reject', 'trim', 'fix', 'undo'],
    load: async () => (await import('./commands/decide.ts')).addDecideCommands,
  },
  {
    names: ['transcribe', 'moments', 'render', 'check'],
    load: async () => (await import('./commands/steps.ts')).addStepCommands,
  },
  {
    names: ['shots'],
    load: async () => (await import('./commands/shots.ts')).addShotsCommand,
  },
  {
    names: ['frame'],
    load: async () => (await import('./commands/frame.ts')).addFrameCommand,
  },
  {
    names: ['screenshot'],
    load: async () => (await import('./commands/screenshot.ts')).addScreenshotCommand,
  },
  {
    names: ['add'],
    load: async () => (await import('./commands/add.ts')).addAddCommand,
  },
  {
    names: ['list', 'show', 'remove'],
    load: async () => (await import('./commands/library.ts')).addLibraryCommands,
  },
  {
    names: ['find'],
    load: async () => (await import('./commands/find.ts')).addFindCommand,
  },
  {
    names: ['ask'],
    load: async () => (await import('./commands/ask.ts')).addAskCommand,
  },
  {
    names: ['corpus'],
    load: async () => (await import('./commands/corpus.ts')).addCorpusCommand,
  },
  {
    names: ['grep'],
    load: async () => (await import('./commands/grep.ts')).addGrepCommand,
  },
  {
    names: ['remix'],
    load: async () => (await import('./commands/remix.ts')).addRemixCommand,
  },
  {
    names: ['create'],
    load: async () => (await import('./commands/create.ts')).addCreateCommand,
  },
  {
    names: ['script'],
    load: async () => (await import('./commands/script.ts')).addScriptCommand,
  },
  {
    names: ['speak'],
    load: async () => (await import('./commands/speak.ts')).addSpeakCommand,
  },
  {
    names: ['music', 'listen'],
    load: async () => (await import('./commands/music.ts')).addMusicCommands,
  },
  {
    names: ['batch'],
    load: async () => (await import('./commands/batch.ts')).addBatchCommand,
  },
  {
    names: ['combine'],
    load: async () => (await import('./commands/combine.ts')).addCombineCommand,
  },
  {
    names: ['vary'],
    load: async () => (await import('./commands/vary.ts')).addVaryCommand,
  },
  {
    names: ['cover'],
    load: async () => (await import('./commands/cover.ts')).addCoverCommand,
  },
  {
    names: ['refine'],
    load: async () => (await import('./commands/refine.ts')).addRefineCommand,
  },
  {
    names: ['sync'],
    load: async () => (await import('./commands/sync.ts')).addSyncCommand,
  },
  {
    names: ['export'],
    load: async () => (await import('./commands/export.ts')).addExportCommand,
  },
  {
    names: ['import'],
    load: async () => (await import('./commands/import.ts')).addImportCommand,
  },
  {
    names: ['auth'],
    load: async () => (await import('./commands/auth.ts')).addAuthCommand,
  },
  {
    names: ['costs'],
    load: async () => (await import('./commands/costs.ts')).addCostsCommand,
  },
  {
    names: ['stats'],
    load: async () => (await import('./commands/stats.ts')).addStatsCommand,
  },
  {
    names: ['styles'],
    load: async () => (await import('./commands/styles.ts')).addStylesCommand,
  },
  {
    names: ['originals'],
    load: async () => (await import('./commands/originals.ts')).addOriginalsCommand,
  },
  {
    names: ['fetch'],
    load: async () => (await import('./commands/fetch.ts')).addFetchCommand,
  },
  {
    names: ['records'],
    load: async () => (await import('./commands/records.ts')).addRecordsCommand,
  },
  {
    names: ['doctor', 'clean'],
    load: async () => (await import('./commands/upkeep.ts')).addUpkeepCommands,
  },
];

/**
 * The command line as far as `args` ask for it: one command, or for the overview and for what is no command all of them. Errors of usage are
 * thrown, and `done` gets the exit code of a command that ran.
 */
export async function createProgram(
  args: readonly string[],
  shell: Shell,
  done: (exitCode: number) => void,
): Promise<Command> {
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
  for (const { load } of modulesFor(args)) (await load())(program, shell, done);
  return program;
}

function modulesFor(args: readonly string[]): typeof modules {
  if (args[0] === '--version') return [];
  const asked = modules.filter(({ names }) => names.includes(args[0] ?? ''));
  return asked.length > 0 ? asked : modules;
}

function lineOf(command: Command) {
  return together.find(({ names }) => names.includes(command.name()));
}
