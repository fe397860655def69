import { resolve } from 'node:path';
import type { Command } from 'commander';
import { composeMediaFetcher } from '../../app/originals.ts';
import { fetchOwnVideos, termsNotice } from '../../recipes/youtube/fetch-own.ts';
import type { Shell } from '../run-command.ts';
import { addLibraryOptions, readLibraryConfig, withLibrary, type LibraryOptions } from '../run-library.ts';
import { toPrintable } from '../terminal.ts';
import { quoteForShell } from './make.ts';

type FetchFlags = LibraryOptions & { readonly to: string };

/** `pivot fetch`: gets videos of the user's own with their yt-dlp. @returns by `done` the exit code */
export function addFetchCommand(program: Command, shell: Shell, done: (exitCode: number) => void): void {
  const command = program
    .command('fetch')
    .summary('get your own videos with your own yt-dlp, if you switched it on')
    .argument('<videos...>', 'ids of videos of your channel')
    .requiredOption('--to <folder>', 'where they are put')
    .option('--json', 'events as lines of JSON');
  addLibraryOptions(command)
    .addHelpText('before', 'pivot fetch dQw4w9WgXcQ --to ~/originals\npivot originals ~/originals --add\n')
    .addHelpText('after', `\n${termsNotice}\nOff until ytDlp.path is set: docs/originals.md`)
    .action(async (videos: string[], flags: FetchFlags) => done(await runFetch(videos, flags, shell)));
}

async function runFetch(videoIds: readonly string[], flags: FetchFlags, shell: Shell): Promise<number> {
  const config = await readLibraryConfig(shell, flags);
  const fetcher = composeMediaFetcher(config, shell.env);
  return withLibrary(shell, flags, config, async ({ library, context, say, complain, paint }) => {
    complain(`${paint('yellow', '!')} ${termsNotice}`);
    const folder = resolve(shell.cwd, flags.to);
    for (const { mediaPath, captionsPaths } of await fetchOwnVideos(
      library,
      videoIds,
      folder,
      fetcher,
      context,
    )) {
      const captions =
        captionsPaths.length === 0 ? '' : paint('dim', `  with ${captionsPaths.length} captions`);
      say(`${paint('green', '✓')} ${toPrintable(mediaPath)}${captions}`);
    }
    say(`Put them into the library: pivot originals ${toPrintable(quoteForShell(flags.to))} --add`);
    return 0;
  });
}
