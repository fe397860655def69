import { Option, type Command } from 'commander';
import { aspectNames, aspects, layoutNames, type Aspect } from '../../domain/aspect.ts';
import { formatDocument } from '../../recipes/finish-clip.ts';
import { frameVideo } from '../../recipes/frame.ts';
import { assertOutputPlace } from '../output-file.ts';
import { collectLayout, parseTime, readLayouts, type LayoutChoice } from '../parse-option.ts';
import {
  addCommonOptions,
  print,
  readConfig,
  withSession,
  type CommonOptions,
  type Shell,
} from '../run-command.ts';
import { toPrintable } from '../terminal.ts';
import { writeOutput } from './steps.ts';

type FrameFlags = CommonOptions & {
  readonly aspect: Aspect;
  readonly layout?: LayoutChoice[];
  readonly focus?: string;
  readonly from?: number;
  readonly to?: number;
  readonly out?: string;
  readonly sheet?: string;
  readonly force?: boolean;
};

/** The command `frame`: where a camera of another shape would be. */
export function addFrameCommand(program: Command, shell: Shell, done: (exitCode: number) => void): void {
  const command = program
    .command('frame')
    .summary('find who is in a video, who speaks, and how to frame it')
    .argument('<video>', 'a video file')
    .addOption(
      new Option('--aspect <shape>', 'the shape that it is framed for').choices(aspectNames).default('9:16'),
    )
    .option(
      '--layout <name>',
      `${layoutNames.join(', ')}; for a part: split@1:30-2:00 (may be repeated)`,
      collectLayout,
    )
    .option('--focus <whom>', 'left, center, right, or a person: p1')
    .option('--from <time>', 'only from here on, 90 or 1:30', parseTime)
    .option('--to <time>', 'only up to here', parseTime)
    .option('--out <file>', 'the framing as JSON (default: standard output)')
    .option('--sheet <file>', 'a picture (PNG) with faces, crops and paths')
    .option('--force', 'look at it anew');
  addCommonOptions(command)
    .addHelpText(
      'before',
      'pivot frame talk.mp4 --out framing.json --sheet sheet.png\npivot frame talk.mp4 --from 12:30 --to 13:05 --aspect 1:1\n',
    )
    .action(async (video: string, flags: FrameFlags) => done(await runFrame(video, flags, shell)));
}

async function runFrame(video: string, flags: FrameFlags, shell: Shell): Promise<number> {
  const config = await readConfig(shell, flags);
  const { aspect, layout: choices, focus, from: fromMs, to: toMs, out, sheet } = flags;
  if (out !== undefined) await assertOutputPlace(out, 'text');
  if (sheet !== undefined) await assertOutputPlace(sheet, 'png');
  const { layout, rangedWishes } = readLayouts(choices);
  return withSession(shell, flags, config, async ({ app, context, say }) => {
    const framing = await frameVideo(
      video,
      {
        fromMs,
        toMs,
        canvas: aspects[aspect],
        wish: { layout, focus },
        rangedWishes,
        sheetPath: sheet,
      },
      app.ports,
      context,
    );
    if (sheet !== undefined) say(`✓ ${toPrintable(sheet)}`);
    const document = formatDocument(framing);
    if (out !== undefined) await writeOutput(out, document, say);
    else if (sheet === undefined) await print(shell, document);
    return 0;
  });
}
