import type { Command } from 'commander';
import { cleanCache } from '../../app/clean.ts';
import { examine, type Diagnosis } from '../../app/doctor.ts';
import { errorStatuses, PatternPivotError } from '../../domain/errors.ts';
import { parseSize } from '../parse-option.ts';
import {
  addCommonOptions,
  print,
  readConfig,
  withSession,
  type CommonOptions,
  type Shell,
} from '../run-command.ts';
import { createPaint, formatBytes, padColumns, toPrintable, type Paint } from '../terminal.ts';

type CleanFlags = CommonOptions & {
  readonly all?: boolean;
  readonly maxSize?: number;
  readonly dryRun?: boolean;
};

/** What keeps the program going: `doctor` and `clean`. */
export function addUpkeepCommands(program: Command, shell: Shell, done: (exitCode: number) => void): void {
  const doctor = program
    .command('doctor')
    .summary("what works on this machine, what doesn't, how to mend it")
    .option('--json', 'the findings as JSON on standard output');
  addCommonOptions(doctor)
    .addHelpText('before', 'pivot doctor\npivot doctor --json\n')
    .action(async (flags: CommonOptions) => done(await runDoctor(flags, shell)));

  const clean = program
    .command('clean')
    .summary('make room: remove what was not used for longest')
    .option('--max-size <size>', 'keep at most this much, 500MB or 5GB', parseSize)
    .option('--all', 'remove everything')
    .option('--dry-run', 'say what would be removed');
  addCommonOptions(clean)
    .addHelpText('before', 'pivot clean --max-size 5GB\npivot clean --all --dry-run\n')
    .action(async (flags: CleanFlags) => done(await runClean(flags, shell)));
}

async function runDoctor(flags: CommonOptions, shell: Shell): Promise<number> {
  const config = await readConfig(shell, flags);
  const diagnoses = await examine(config, shell.env);
  const isBroken = diagnoses.some((diagnosis) => diagnosis.status === 'broken');
  if (flags.json === true) await print(shell, `${JSON.stringify(diagnoses, undefined, 2)}\n`);
  else {
    const paint = createPaint(shell.stdout, shell.env);
    for (const diagnosis of diagnoses) await print(shell, formatDiagnosis(diagnosis, paint));
    const verdict = isBroken ? 'Something that is needed does not work.' : 'Ready: pivot make <video>';
    await print(shell, `${verdict}\n`);
  }
  return isBroken ? errorStatuses.tool.exitCode : 0;
}

function formatDiagnosis({ name, status, text, hint }: Diagnosis, paint: Paint): string {
  const mark = {
    works: paint('green', '✓'),
    broken: paint('red', '✗'),
    poor: paint('yellow', '!'),
    off: paint('dim', '–'),
  }[status];
  const line = `${mark} ${padColumns(name, 18)} ${toPrintable(text)}\n`;
  return hint === undefined ? line : `${line}  ${padColumns('', 18)} ${toPrintable(hint)}\n`;
}

async function runClean(flags: CleanFlags, shell: Shell): Promise<number> {
  if ((flags.all === true) === (flags.maxSize !== undefined)) {
    throw new PatternPivotError('input.nothing_given', 'Remove how much? Give either --max-size or --all.', {
      hint: 'pivot clean --max-size 5GB, or pivot clean --all',
    });
  }
  const config = await readConfig(shell, flags);
  const isDryRun = flags.dryRun === true;
  return withSession(shell, flags, config, async ({ app, say }) => {
    const maxBytes = flags.maxSize ?? 0;
    const result = await cleanCache(app.blobs, app.index, app.workspace.downloadsFolder, {
      maxBytes,
      isDryRun,
    });
    for (const { stage, bytes } of result.bytesByStage)
      say(`  ${padColumns(stage, 18)} ${formatBytes(bytes)}`);
    const verb = isDryRun ? 'Would remove' : 'Removed';
    const kept = `${result.keptCount} results (${formatBytes(result.keptBytes)}) ${isDryRun ? 'would stay' : 'stay'}`;
    say(
      `${verb} ${result.removedCount} results (${formatBytes(result.removedBytes)}); ${kept} in ${toPrintable(app.workspace.folder)}`,
    );
    return 0;
  });
}
