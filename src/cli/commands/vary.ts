import { InvalidArgumentError, Option, type Command } from 'commander';
import { readCaptionLook } from '../../app/caption-looks.ts';
import { aspectNames, type Aspect } from '../../domain/aspect.ts';
import { errorStatuses } from '../../domain/errors.ts';
import { isFactorName, varyClip, type VariationSet } from '../../recipes/vary.ts';
import { factorNames, type FactorName } from '../../stages/vary/vary.ts';
import { sayFilm } from '../film-options.ts';
import { parseCount } from '../parse-option.ts';
import {
  addCommonOptions,
  print,
  readConfig,
  withSession,
  type CommonOptions,
  type Session,
  type Shell,
} from '../run-command.ts';
import { toPrintable } from '../terminal.ts';

type VaryFlags = CommonOptions & {
  readonly count: number;
  readonly factors?: FactorName[];
  readonly captions?: string;
  readonly aspect?: Aspect;
  readonly title?: string;
  readonly music?: string;
  readonly out?: string;
  readonly preview?: boolean;
  readonly dryRun?: boolean;
  readonly force?: boolean;
};

/** `pivot vary`: a designed set of variations of a clip. @returns by `done` the exit code */
export function addVaryCommand(program: Command, shell: Shell, done: (exitCode: number) => void): void {
  const command = program
    .command('vary')
    .summary('make variations of a clip that differ in known ways')
    .argument('<timeline>', 'a .timeline.json')
    .option('--count <n>', 'how many: 2, 4, 8 or 16', parseCount, 8)
    .option(
      '--factors <list>',
      `what differs: ${factorNames.join(', ')} (default: what the clip allows)`,
      parseFactors,
    )
    .option('--captions <style>', 'the other caption style')
    .addOption(new Option('--aspect <shape>', 'the other shape').choices(aspectNames))
    .option('--title <words>', 'the other title')
    .option('--music <file>', 'music for a clip that has none')
    .option('--out <folder>', 'the folder that they go to (default: beside the timeline)')
    .option('--preview', 'quick, 360 pixels wide, not checked')
    .option('--dry-run', 'say what would be made')
    .option('--json', 'the set and what was made, as JSON')
    .option('--force', 'make everything anew');
  addCommonOptions(command)
    .addHelpText(
      'before',
      'pivot vary clips/talk/01-why.timeline.json\npivot vary 01-why.timeline.json --count 4 --factors opening,captions,title\n',
    )
    .addHelpText(
      'after',
      '\nThe first is the clip as it is. Each says in its post.json what it differs in. docs/variations.md',
    )
    .action(async (timeline: string, flags: VaryFlags) => done(await runVary(timeline, flags, shell)));
}

function parseFactors(text: string): FactorName[] {
  const names = text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const known = names.filter(isFactorName);
  const unknown = names.find((name) => !isFactorName(name));
  if (unknown !== undefined || known.length === 0) {
    throw new InvalidArgumentError(`Name some of ${factorNames.join(', ')}, with commas between.`);
  }
  return [...new Set(known)];
}

async function runVary(timeline: string, flags: VaryFlags, shell: Shell): Promise<number> {
  const config = await readConfig(shell, flags);
  const { count, factors, aspect, title, captions: style } = flags;
  const look = style === undefined ? undefined : await readCaptionLook(style);
  // Standard output is for the result; what happens on the way is no part of it.
  const { json, ...quietly } = flags;
  return withSession(shell, quietly, config, async (session) => {
    const { app, context } = session;
    const result = await varyClip(
      timeline,
      {
        count,
        factors,
        wish: {
          ...(style === undefined ? {} : { captions: { style: look?.name ?? 'none', look } }),
          ...(aspect === undefined ? {} : { aspect }),
          ...(title === undefined ? {} : { title }),
        },
        musicPath: flags.music,
        outFolder: flags.out,
        isPreview: flags.preview === true,
        isDryRun: flags.dryRun === true,
        hasCoverTitle: config.covers.title,
      },
      app.ports,
      context,
    );
    sayDesign(result.set, session);
    let exitCode = 0;
    for (const clip of result.clips) exitCode = Math.max(exitCode, sayFilm(clip, session, shell));
    if (json === true) await print(shell, `${JSON.stringify(result, undefined, 2)}\n`);
    return exitCode === 0 ? 0 : errorStatuses.tool.exitCode;
  });
}

/** A line a factor, and a line a variation with what is different in it. */
function sayDesign(set: VariationSet, { say }: Session): void {
  for (const { name, levels, text } of set.factors) {
    say(toPrintable(`${name.padEnd(9)} ${levels[0]} or ${levels[1]}: ${text}`));
  }
  for (const { name, factors } of set.variations) {
    const changed = set.factors
      .filter((factor) => factors[factor.name] === factor.levels[1])
      .map((factor) => `${factor.name} ${factor.levels[1]}`);
    say(toPrintable(`${name}: ${changed.length === 0 ? 'as it is' : changed.join(', ')}`));
  }
}
