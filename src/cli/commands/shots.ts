import type { Command } from 'commander';
import { formatDocument } from '../../recipes/finish-clip.ts';
import { findShots } from '../../recipes/shots.ts';
import { parseTime } from '../parse-option.ts';
import {
  addCommonOptions,
  print,
  readConfig,
  withSession,
  type CommonOptions,
  type Shell,
} from '../run-command.ts';
import { writeOutput } from './steps.ts';

type ShotsFlags = CommonOptions & {
  readonly from?: number;
  readonly to?: number;
  readonly out?: string;
  readonly force?: boolean;
};

/** The command `shots`: where a video is cut. */
export function addShotsCommand(program: Command, shell: Shell, done: (exitCode: number) => void): void {
  const command = program
    .command('shots')
    .summary('find the cuts, fades and dissolves of a video')
    .argument('<video>', 'a video file')
    .option('--from <time>', 'only from here on, 90 or 1:30', parseTime)
    .option('--to <time>', 'only up to here', parseTime)
    .option('--out <file>', 'the shots as JSON (default: standard output)')
    .option('--force', 'look at it anew');
  addCommonOptions(command)
    .addHelpText(
      'before',
      'pivot shots film.mp4 --out shots.json\npivot shots film.mp4 --from 12:30 --to 13:05\n',
    )
    .action(async (video: string, flags: ShotsFlags) => done(await runShots(video, flags, shell)));
}

async function runShots(video: string, flags: ShotsFlags, shell: Shell): Promise<number> {
  const config = await readConfig(shell, flags);
  return withSession(shell, flags, config, async ({ app, context, say }) => {
    const range = {
      ...(flags.from === undefined ? {} : { fromMs: flags.from }),
      ...(flags.to === undefined ? {} : { toMs: flags.to }),
    };
    const shots = formatDocument(await findShots(video, range, app.ports, context));
    if (flags.out === undefined) await print(shell, shots);
    else await writeOutput(flags.out, shots, say);
    return 0;
  });
}
