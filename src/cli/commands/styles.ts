import { rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { readCaptionLook } from '../../app/caption-looks.ts';
import { aspectNames, aspects, type Aspect } from '../../domain/aspect.ts';
import type { CaptionLook } from '../../domain/caption-look.ts';
import { carriedLooks } from '../../domain/caption-style.ts';
import { PatternPivotError } from '../../domain/errors.ts';
import { withFileErrors } from '../../domain/file-error.ts';
import { temporaryFileName } from '../../domain/temporary-name.ts';
import { prepareFonts } from '../../recipes/prepare-fonts.ts';
import { previewStylesPage, previewStylesPicture } from '../../recipes/preview-styles.ts';
import {
  addCommonOptions,
  print,
  readConfig,
  withSession,
  type CommonOptions,
  type Shell,
} from '../run-command.ts';
import { padColumns, toPrintable } from '../terminal.ts';
import { writeOutput } from './steps.ts';

type StylesFlags = CommonOptions & {
  readonly out?: string;
  readonly text: string;
  readonly aspect: Aspect;
};

/** Said where a user gives no text: short, with a number and a key word. */
const sampleText =
  "So here is the *one* thing that nobody tells you about the first 3 seconds, and it isn't luck.";

/** The longest text that is previewed, in characters. */
const maxTextChars = 400;

/** The command `styles`: which caption styles there are, and how they look. */
export function addStylesCommand(program: Command, shell: Shell, done: (exitCode: number) => void): void {
  const command = program
    .command('styles')
    .summary('list the caption styles, or show how they look')
    .argument('[style...]', 'carried styles by name, or files of your own (default: all carried ones)')
    .option('--out <file>', 'a page (.html) where each style moves, or a picture (.png)')
    .option('--text <words>', 'your own words, key words between asterisks', sampleText)
    .addOption(
      new Option('--aspect <shape>', 'the shape of the clips')
        .choices(aspectNames)
        .default('9:16' satisfies Aspect),
    );
  addCommonOptions(command)
    .addHelpText(
      'before',
      'pivot styles\npivot styles --out styles.html\npivot styles mine.json --out mine.png\n',
    )
    .action(async (names: string[], flags: StylesFlags) => done(await runStyles(names, flags, shell)));
}

async function runStyles(names: readonly string[], flags: StylesFlags, shell: Shell): Promise<number> {
  const looks = names.length === 0 ? carriedLooks : await readLooks(names);
  if (flags.out === undefined) {
    const width = Math.max(...looks.map((look) => look.name.length)) + 2;
    for (const look of looks) {
      await print(shell, `${padColumns(look.name, width)}${toPrintable(look.description)}\n`);
    }
    return 0;
  }
  const ending = /\.(html?|png)$/iu.exec(flags.out)?.[1]?.toLowerCase();
  if (ending === undefined) {
    throw new PatternPivotError(
      'input.option',
      `A preview is a page or a picture, and ${flags.out} is neither.`,
      {
        hint: 'Name a file that ends with .html or .png.',
        context: { path: flags.out },
      },
    );
  }
  const text = flags.text.trim();
  if (text === '' || text.length > maxTextChars) {
    throw new PatternPivotError('input.option', `A preview shows 1 to ${maxTextChars} characters of text.`, {
      hint: 'Give one or two sentences with --text.',
      context: { length: text.length },
    });
  }
  const out = resolve(shell.cwd, flags.out);
  const config = await readConfig(shell, flags);
  return withSession(shell, flags, config, async ({ app, context, say }) => {
    const fonts = await prepareFonts(text, app.ports.getFont, context, { language: config.language });
    const options = { text, canvas: aspects[flags.aspect], fonts };
    if (ending === 'png') await writePicture(looks, out, options, context);
    else await writeOutput(out, await previewStylesPage(looks, options, context), () => {});
    say(`✓ ${toPrintable(flags.out ?? '')}`);
    return 0;
  });
}

async function writePicture(
  looks: readonly CaptionLook[],
  out: string,
  options: Parameters<typeof previewStylesPage>[1],
  context: Parameters<typeof previewStylesPage>[2],
): Promise<void> {
  const temporary = join(dirname(out), temporaryFileName('.png'));
  try {
    await previewStylesPicture(looks, { ...options, path: temporary }, context);
    await withFileErrors(out, () => rename(temporary, out));
  } finally {
    await rm(temporary, { force: true });
  }
}

async function readLooks(names: readonly string[]): Promise<CaptionLook[]> {
  const looks: CaptionLook[] = [];
  for (const name of names) {
    const look = await readCaptionLook(name);
    if (look === undefined) {
      throw new PatternPivotError(
        'input.option',
        'The style "none" burns nothing in: there is nothing to show.',
        {
          hint: 'pivot styles lists those that do.',
        },
      );
    }
    looks.push(look);
  }
  return looks;
}
