import { Option, type Command } from 'commander';
import { exportTimelineFile } from '../../recipes/export-timeline.ts';
import { exportFormats, type ExportFormat } from '../../stages/export/export-format.ts';
import {
  addCommonOptions,
  print,
  readConfig,
  withSession,
  type CommonOptions,
  type Shell,
} from '../run-command.ts';
import { toPrintable } from '../terminal.ts';

type ExportFlags = CommonOptions & {
  readonly to: ExportFormat;
  readonly out?: string;
  readonly force?: boolean;
};

/** `pivot export`: a timeline for another program. */
export function addExportCommand(program: Command, shell: Shell, done: (exitCode: number) => void): void {
  const exporting = program
    .command('export')
    .summary('take a timeline to another editor')
    .argument('<timeline>', 'a .timeline.json')
    .addOption(new Option('--to <format>', 'for which program').choices(exportFormats).makeOptionMandatory())
    .option('--out <file>', 'where to (default: beside the timeline; - is standard output)')
    .option('--force', 'replace what lies there, whoever wrote it');
  addCommonOptions(exporting)
    .addHelpText(
      'before',
      'pivot export 01-why.timeline.json --to fcpxml     Final Cut Pro, DaVinci Resolve\npivot export 01-why.timeline.json --to fcp7xml    Premiere Pro, Avid\n',
    )
    .addHelpText('after', '\ndocs/exporting.md says what goes where.')
    .action(async (timeline: string, flags: ExportFlags) => done(await runExport(timeline, flags, shell)));
}

async function runExport(timeline: string, flags: ExportFlags, shell: Shell): Promise<number> {
  const config = await readConfig(shell, flags);
  return withSession(shell, { ...flags, force: false }, config, async ({ app, context, say }) => {
    const isText = flags.out === '-';
    const exported = await exportTimelineFile(
      timeline,
      {
        format: flags.to,
        isText,
        mayReplace: flags.force === true,
        ...(flags.out === undefined || isText ? {} : { outputPath: flags.out }),
      },
      app.ports,
      context,
    );
    if (exported.path === undefined) await print(shell, exported.text);
    else say(`✓ ${toPrintable(exported.path)}`);
    if (exported.dropped.length > 0) say('  Not in it:');
    for (const what of exported.dropped) say(`  – ${toPrintable(what)}`);
    return 0;
  });
}
