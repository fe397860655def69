import type { Command } from 'commander';
import { findCovers } from '../../recipes/cover.ts';
import { showPath } from '../film-options.ts';
import { parseCount } from '../parse-option.ts';
import {
  addCommonOptions,
  print,
  readConfig,
  withSession,
  type CommonOptions,
  type Shell,
} from '../run-command.ts';
import { toPrintable } from '../terminal.ts';

type CoverFlags = CommonOptions & {
  readonly count: number;
  readonly title?: string;
  readonly words: boolean;
  readonly out?: string;
};

/** `pivot cover`: candidates for a clip's thumbnail. @returns by `done` the exit code */
export function addCoverCommand(program: Command, shell: Shell, done: (exitCode: number) => void): void {
  const command = program
    .command('cover')
    .summary('make thumbnails of a clip to choose among')
    .argument('<clip>', 'a .timeline.json, or a film')
    .option('--count <n>', 'how many, at most 12', parseCount, 3)
    .option('--title <words>', 'what stands on them (default: the title, by turns with another line)')
    .option('--no-words', 'pictures alone')
    .option('--out <folder>', 'the folder that they go to (default: beside the clip)')
    .option('--json', 'what was made and why, as JSON');
  addCommonOptions(command)
    .addHelpText(
      'before',
      'pivot cover clips/talk/01-why.timeline.json\npivot cover film.mp4 --count 5 --title "Why we fail"\n',
    )
    .addHelpText(
      'after',
      '\nThey are <name>.cover-1.jpg and so on; <name>.covers.json says why. docs/variations.md',
    )
    .action(async (clip: string, flags: CoverFlags) => done(await runCover(clip, flags, shell)));
}

async function runCover(clip: string, flags: CoverFlags, shell: Shell): Promise<number> {
  const config = await readConfig(shell, flags);
  const { json, ...quietly } = flags;
  return withSession(shell, quietly, config, async ({ app, context, say, paint }) => {
    const covers = await findCovers(
      clip,
      { count: flags.count, title: flags.title, hasWords: flags.words, outFolder: flags.out },
      app.ports,
      context,
    );
    for (const { path, reasons } of covers) {
      say(`${paint('green', '✓')} ${showPath(path, shell)}`);
      for (const reason of reasons) say(`  ${toPrintable(reason)}`);
    }
    if (json === true) await print(shell, `${JSON.stringify({ covers }, undefined, 2)}\n`);
    return 0;
  });
}
