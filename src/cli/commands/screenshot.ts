import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { composePageScreenshots } from '../../app/compose-screenshots.ts';
import { PatternPivotError } from '../../domain/errors.ts';
import { screenshotName, takeScreenshots } from '../../recipes/screenshot.ts';
import { widestPicture } from '../../stages/screenshot/take-frames.ts';
import { assertOutputPlace } from '../output-file.ts';
import { parseSeconds, parseTime } from '../parse-option.ts';
import {
  addCommonOptions,
  print,
  readConfig,
  withSession,
  type CommonOptions,
  type FlagTable,
  type Shell,
} from '../run-command.ts';
import { formatPosition, toPrintable } from '../terminal.ts';

type ScreenshotFlags = CommonOptions & {
  readonly at: number[];
  readonly out?: string;
  readonly format?: 'png' | 'jpeg';
  readonly width?: number;
  readonly browser?: string;
  readonly wait?: number;
};

const flagTable: FlagTable = {
  browser: { setting: 'screenshots.browser', flag: '--browser' },
  wait: { setting: 'screenshots.waitSeconds', flag: '--wait' },
};

/** More pictures than this are asked for by mistake. */
const mostPictures = 1000;

/** `pivot screenshot`: pictures of a video at chosen times. @returns by `done` the exit code */
export function addScreenshotCommand(program: Command, shell: Shell, done: (exitCode: number) => void): void {
  const command = program
    .command('screenshot')
    .summary('pictures of a video, or of the video on a page, at chosen times')
    .argument('<source>', 'a video file, or the http(s) address of a page that plays one')
    .requiredOption('--at <time>', 'when, 83.5 or 1:23; may be repeated', collectTime)
    .option('--out <place>', 'a file for one picture, a folder for several (default: here, named by time)')
    .addOption(
      new Option('--format <kind>', 'png or jpeg (default: as --out ends, else png)').choices([
        'png',
        'jpeg',
      ]),
    )
    .option('--width <px>', 'how wide; the height follows (default: as the video is)', parseWidth)
    .addOption(
      new Option('--browser <name>', 'what opens a page (default: chromium)').choices([
        'chromium',
        'firefox',
      ]),
    )
    .option('--wait <seconds>', 'how long a page may take (default: 30)', parseSeconds)
    .option('--json', 'what was taken, as JSON');
  addCommonOptions(command)
    .addHelpText(
      'before',
      'pivot screenshot talk.mp4 --at 1:23 --at 2:10\npivot screenshot https://example.org/talk --at 1:23 --out cover.jpg\n',
    )
    .addHelpText(
      'after',
      '\nA page is opened in a headless browser of yours, with a profile of its own that is removed\nafterwards. It needs the browser and its driver; nothing is downloaded. docs/screenshots.md',
    )
    .action(async (source: string, flags: ScreenshotFlags) =>
      done(await runScreenshot(source, flags, shell)),
    );
}

function collectTime(text: string, before: readonly number[] = []): number[] {
  if (before.length >= mostPictures) throw new InvalidArgumentError(`No more than ${mostPictures} times.`);
  return [...before, parseTime(text)];
}

function parseWidth(text: string): number {
  const width = /^\d{1,5}$/u.test(text) ? Number(text) : 0;
  if (width < 16 || width > widestPicture)
    throw new InvalidArgumentError(`Write a width of 16 to ${widestPicture} px.`);
  return width;
}

async function runScreenshot(source: string, flags: ScreenshotFlags, shell: Shell): Promise<number> {
  const config = await readConfig(shell, flags, flags, flagTable);
  const { at, out, width, json, ...common } = flags;
  const times = [...new Set(at)];
  const named = /\.(png|jpe?g)$/iu.exec(out ?? '')?.[1]?.toLowerCase();
  const isFile = named !== undefined && !(await isDirectory(out ?? ''));
  const namedFormat = named === 'png' ? 'png' : 'jpeg';
  const format = flags.format ?? (isFile ? namedFormat : 'png');
  if (isFile && format !== namedFormat) {
    throw new PatternPivotError('input.other_format', `--format ${format} does not go with --out ${out}.`, {
      hint: 'Leave --format out, or let --out end as it says.',
    });
  }
  if (isFile && times.length > 1) {
    throw new PatternPivotError(
      'input.one_place',
      `${times.length} pictures do not fit into one file: ${out}`,
      {
        hint: 'Name a folder: --out pictures/',
      },
    );
  }
  const pathOf = (atMs: number) =>
    isFile ? (out ?? '') : join(out ?? '.', screenshotName(source, atMs, format));
  if (isFile || out === undefined || (await isDirectory(out))) {
    for (const time of times) await assertOutputPlace(pathOf(time), format);
  }
  return withSession(shell, common, config, async ({ context, say, paint }) => {
    const pages = composePageScreenshots(config, shell.env);
    const waitMs = config.screenshots.waitSeconds * 1000;
    const request = { source, atMs: times, format, width, pathOf, waitMs };
    const taken = await takeScreenshots(request, { pages }, context);
    if (json === true) await print(shell, `${JSON.stringify(taken, undefined, 2)}\n`);
    for (const { path, atMs, width: wide, height } of taken) {
      say(
        `${paint('green', '✓')} ${toPrintable(path)}  ${paint('dim', `${formatPosition(atMs)}${atMs % 1000 === 0 ? '' : `.${String(atMs % 1000).padStart(3, '0')}`}, ${wide}×${height}`)}`,
      );
    }
    return 0;
  });
}

async function isDirectory(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}
