import type { Command } from 'commander';
import { importTimelineFile } from '../../recipes/import-timeline.ts';
import {
  addCommonOptions,
  print,
  readConfig,
  withSession,
  type CommonOptions,
  type Shell,
} from '../run-command.ts';
import { toPrintable } from '../terminal.ts';

type ImportFlags = CommonOptions & { readonly out?: string; readonly force?: boolean };

/** `pivot import`: a timeline from another program. */
export function addImportCommand(program: Command, shell: Shell, done: (exitCode: number) => void): void {
  const importing = program
    .command('import')
    .summary('take an OpenTimelineIO file back to a timeline')
    .argument('<otio>', 'an .otio file, exported here or by another program')
    .option('--out <file>', 'the timeline (default: beside it; - is standard output)')
    .option('--force', 'replace what lies there, whoever wrote it');
  addCommonOptions(importing)
    .addHelpText('before', 'pivot import 01-why.otio\npivot import edit.otio --out mine.timeline.json\n')
    .addHelpText('after', '\ndocs/exporting.md says what comes back.')
    .action(async (otio: string, flags: ImportFlags) => done(await runImport(otio, flags, shell)));
}

async function runImport(otio: string, flags: ImportFlags, shell: Shell): Promise<number> {
  const config = await readConfig(shell, flags);
  return withSession(shell, { ...flags, force: false }, config, async ({ app, context, say }) => {
    const isText = flags.out === '-';
    const imported = await importTimelineFile(
      otio,
      {
        isText,
        mayReplace: flags.force === true,
        ...(flags.out === undefined || isText ? {} : { outputPath: flags.out }),
      },
      app.ports,
      context,
    );
    if (imported.path === undefined) await print(shell, imported.text);
    else say(`✓ ${toPrintable(imported.path)}`);
    if (imported.dropped.length > 0) say('  Left out or changed:');
    for (const what of imported.dropped) say(`  – ${toPrintable(what)}`);
    return 0;
  });
}
