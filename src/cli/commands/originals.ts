import { InvalidArgumentError, type Command } from 'commander';
import { resolve } from 'node:path';
import { composeOriginals } from '../../app/originals.ts';
import { PatternPivotError } from '../../domain/errors.ts';
import { addOriginals } from '../../recipes/youtube/originals-add.ts';
import { findOriginals, type FoundOriginals, type StatedPair } from '../../recipes/youtube/originals.ts';
import { collectText } from '../parse-option.ts';
import { print, type Shell } from '../run-command.ts';
import {
  addLibraryOptions,
  readLibraryConfig,
  withLibrary,
  type LibraryOptions,
  type LibrarySession,
} from '../run-library.ts';
import { sayAdded } from './add.ts';
import { describeOriginals, summariseOriginals, toOriginalsJson } from './originals-report.ts';

type OriginalsFlags = LibraryOptions & {
  readonly add?: boolean;
  readonly to?: string;
  readonly pair?: StatedPair[];
  readonly tag?: string[];
  readonly all?: boolean;
};

/** `pivot originals`: finds the files that videos were made of. @returns by `done` the exit code */
export function addOriginalsCommand(program: Command, shell: Shell, done: (exitCode: number) => void): void {
  const command = program
    .command('originals')
    .summary('find the files that your videos were uploaded from')
    .argument('<places...>', 'folders, files, or archives of Google Takeout (.zip, .tgz)')
    .option('--add', 'put those that are sure into the library')
    .option('--to <folder>', 'where --add puts files that lie in archives')
    .option('--pair <file=video>', 'this file is that video (its id); may be repeated', collectPair)
    .option('--tag <tag>', 'a tag for what is added; may be repeated', collectText)
    .option('--all', 'list every file, also those of no video')
    .option('--json', 'what was found, as JSON');
  addLibraryOptions(command)
    .addHelpText(
      'before',
      'pivot originals ~/footage takeout-20240501T100000Z-001.zip\n' +
        "pivot originals ~/footage --add --pair 'MVI_0042.MOV=dQw4w9WgXcQ'\n",
    )
    .addHelpText('after', '\nNothing is added that is not sure: docs/originals.md says what that means.')
    .action(async (places: string[], flags: OriginalsFlags) =>
      done(await runOriginals(places, flags, shell)),
    );
}

function collectPair(text: string, before: readonly StatedPair[] = []): StatedPair[] {
  const [, file, videoId] = /^(.+)=([\w-]{1,64})$/su.exec(text) ?? [];
  if (file === undefined || videoId === undefined) {
    throw new InvalidArgumentError('Write a file and the id of a video: MVI_0042.MOV=dQw4w9WgXcQ');
  }
  return [...before, { file, videoId }];
}

async function runOriginals(places: readonly string[], flags: OriginalsFlags, shell: Shell): Promise<number> {
  const config = await readLibraryConfig(shell, flags);
  const { json, ...quietly } = flags;
  const mayCreate = flags.add === true;
  return withLibrary(shell, { ...quietly, mayCreate }, config, async (session) => {
    const { library, app, context } = session;
    const found = await findOriginals(library, places, flags.pair ?? [], composeOriginals(app), context);
    const columns = shell.stdout.isTTY ? shell.stdout.columns : undefined;
    if (json === true) await print(shell, `${JSON.stringify(toOriginalsJson(found), undefined, 2)}\n`);
    else
      await print(
        shell,
        describeOriginals(found, { columns, isAll: flags.all === true, paint: session.paint }),
      );
    for (const note of found.notes) session.say(`! ${note}`);
    const exitCode = flags.add === true ? await addFound(found, flags, config, session) : 0;
    session.say(summariseOriginals(found, { places, isAdded: flags.add === true, to: flags.to }));
    return exitCode;
  });
}

async function addFound(
  { originals }: FoundOriginals,
  flags: OriginalsFlags,
  config: Awaited<ReturnType<typeof readLibraryConfig>>,
  session: LibrarySession,
): Promise<number> {
  const { library, app, context } = session;
  const inArchives = originals.filter(({ file }) => file.place.kind === 'archive').length;
  if (inArchives > 0 && flags.to === undefined) {
    throw new PatternPivotError(
      'input.where_to',
      `${inArchives} of the originals ${inArchives === 1 ? 'lies' : 'lie'} in archives, and the library keeps no media itself.`,
      { hint: 'Say where to put them: --add --to ~/originals', context: { inArchives } },
    );
  }
  const { exitCode } = await addOriginals(
    library,
    originals,
    {
      toFolder: flags.to === undefined ? undefined : resolve(flags.to),
      tags: flags.tag ?? [],
      glossary: config.glossary,
      ...(config.language === undefined ? {} : { language: config.language }),
    },
    app.ports,
    {
      ...context,
      emit(event) {
        context.emit(event);
        if (event.event === 'addResult') sayAdded(event.result, session);
      },
    },
  );
  return exitCode;
}
