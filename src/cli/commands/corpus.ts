import type { Command } from 'commander';
import { PatternPivotError } from '../../domain/errors.ts';
import type { AssetSelection, Corpus } from '../../domain/library.ts';
import { findAsset } from '../../recipes/library/assets.ts';
import { buildCorpus, dropCorpus } from '../../recipes/library/corpora.ts';
import { listCorpora } from '../../recipes/library/corpus-records.ts';
import type { Library } from '../../recipes/library/library.ts';
import { collectText, parseDate } from '../parse-option.ts';
import { print, type Shell } from '../run-command.ts';
import { addLibraryOptions, readLibraryConfig, withLibrary, type LibraryOptions } from '../run-library.ts';
import { padColumns, toPrintable } from '../terminal.ts';

type BuildFlags = LibraryOptions & {
  readonly tag?: string[];
  readonly channel?: string;
  readonly playlist?: string;
  readonly after?: string;
  readonly before?: string;
  readonly text?: string;
  readonly asset?: string[];
  readonly again?: boolean;
};

/** `pivot corpus`: parts of a library whose meaning can be searched. @returns by `done` the exit code */
export function addCorpusCommand(program: Command, shell: Shell, done: (exitCode: number) => void): void {
  const corpus = program
    .command('corpus')
    .summary('parts of the library that are searched by meaning')
    .helpCommand(false)
    .addHelpText(
      'before',
      'pivot corpus build compilers --tag compilers\npivot corpus list\npivot corpus drop compilers\n',
    );

  const building = corpus
    .command('build')
    .summary('make one, or bring it up to date')
    .argument('<name>', 'a–z, 0–9 and -; "all" is the whole library')
    .option('--tag <tag>', 'with this tag; may be repeated, then with all', collectText)
    .option('--channel <name>', 'of this channel')
    .option('--playlist <name>', 'of this playlist')
    .option('--after <date>', 'published (else added) then or later, 2024-05-01', parseDate)
    .option('--before <date>', 'published (else added) before', parseDate)
    .option('--text <words>', 'in which all these words are said')
    .option('--asset <asset>', 'these: ids, paths or titles; may be repeated', collectText)
    .option('--again', 'throw its index away and make it anew')
    .option('--json', 'what it is now, as JSON');
  addLibraryOptions(building)
    .addHelpText(
      'before',
      'pivot corpus build compilers --text compiler\npivot corpus build talks-2024 --tag talk --after 2024 --before 2025\n',
    )
    .action(async (name: string, flags: BuildFlags) => done(await runBuild(name, flags, shell)));

  const listing = corpus.command('list').summary('which there are').option('--json', 'as JSON');
  addLibraryOptions(listing).action(async (flags: LibraryOptions) => done(await runList(flags, shell)));

  const dropping = corpus
    .command('drop')
    .summary('forget one and its index; the library keeps everything')
    .argument('<name>', 'its name');
  addLibraryOptions(dropping).action(async (name: string, flags: LibraryOptions) =>
    done(await runDrop(name, flags, shell)),
  );
}

async function runBuild(name: string, flags: BuildFlags, shell: Shell): Promise<number> {
  const config = await readLibraryConfig(shell, flags);
  const { json, ...quietly } = flags;
  return withLibrary(shell, quietly, config, async ({ library, app, context, say, paint }) => {
    const selection = await readSelection(flags, library);
    const wish = { name, isAnew: flags.again === true, ...(selection === undefined ? {} : { selection }) };
    const ports = { ...app.ports, embedder: await app.openEmbedder() };
    const built = await buildCorpus(library, wish, ports, context);
    if (json === true) await print(shell, `${JSON.stringify(built.corpus, undefined, 2)}\n`);
    const { embeddedCount, removedCount, corpus } = built;
    const changes = [
      embeddedCount === 0 ? '' : `${embeddedCount} embedded`,
      removedCount === 0 ? '' : `${removedCount} taken out`,
    ].filter((part) => part !== '');
    const changed = changes.length === 0 ? 'nothing to do' : changes.join(', ');
    say(`${paint('green', '✓')} ${paint('bold', corpus.name)}: ${describeSize(corpus)} (${changed})`);
    return 0;
  });
}

/** Undefined where nothing was selected: what it was made with then counts. @throws not_found.asset, input.text_empty */
async function readSelection(
  { tag, channel, playlist, after, before, text, asset }: BuildFlags,
  library: Library,
): Promise<AssetSelection | undefined> {
  if (text !== undefined && !/[\p{L}\p{N}]/u.test(text)) {
    throw new PatternPivotError('input.text_empty', `There are no words in --text "${text.slice(0, 40)}".`, {
      hint: 'Write words that are said in what you want: --text compiler',
    });
  }
  const assetIds: string[] = [];
  for (const named of asset ?? []) assetIds.push((await findAsset(library, named)).id);
  const selection: AssetSelection = {
    ...(asset === undefined ? {} : { assetIds }),
    ...(tag === undefined ? {} : { tags: tag }),
    ...(channel === undefined ? {} : { channel }),
    ...(playlist === undefined ? {} : { playlist }),
    ...(after === undefined ? {} : { after }),
    ...(before === undefined ? {} : { before }),
    ...(text === undefined ? {} : { text }),
  };
  return Object.keys(selection).length === 0 ? undefined : selection;
}

async function runList(flags: LibraryOptions, shell: Shell): Promise<number> {
  const config = await readLibraryConfig(shell, flags);
  const { json, ...quietly } = flags;
  return withLibrary(shell, quietly, config, async ({ library, say }) => {
    const corpora: Corpus[] = [];
    for await (const corpus of listCorpora(library)) corpora.push(corpus);
    if (json === true) {
      await print(shell, `${JSON.stringify(corpora, undefined, 2)}\n`);
      return 0;
    }
    const width = Math.max(0, ...corpora.map(({ name }) => name.length));
    for (const corpus of corpora) {
      const { name, builtAt, model, selection } = corpus;
      const row = [padColumns(name, width), builtAt.slice(0, 10), describeSize(corpus), model];
      await print(shell, `${[...row, describeSelection(selection)].map(toPrintable).join('  ')}\n`);
    }
    if (corpora.length === 0) say('There is no corpus yet: pivot corpus build <name> --tag <tag>');
    return 0;
  });
}

function describeSize({ assetCount, chunkCount }: Corpus): string {
  return `${chunkCount} chunks of ${assetCount} ${assetCount === 1 ? 'thing' : 'things'}`;
}

/** As it would be typed. */
function describeSelection(selection: AssetSelection): string {
  const { tags = [], channel, playlist, after, before, text, assetIds = [] } = selection;
  const options = [
    ...tags.map((tag) => ['--tag', tag]),
    ['--channel', channel],
    ['--playlist', playlist],
    ['--after', after?.slice(0, 10)],
    ['--before', before?.slice(0, 10)],
    ['--text', text],
    ...assetIds.map((id) => ['--asset', id]),
  ];
  const words = options.flatMap(([option, value]) => (value === undefined ? [] : [`${option} ${value}`]));
  return words.length === 0 ? 'everything' : words.join(' ');
}

async function runDrop(name: string, flags: LibraryOptions, shell: Shell): Promise<number> {
  const config = await readLibraryConfig(shell, flags);
  return withLibrary(shell, flags, config, async ({ library, say, paint }) => {
    await dropCorpus(library, name);
    say(`${paint('green', '✓')} ${name} is gone. Its things are still in the library.`);
    return 0;
  });
}
