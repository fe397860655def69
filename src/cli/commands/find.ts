import { InvalidArgumentError, type Command } from 'commander';
import { PatternPivotError } from '../../domain/errors.ts';
import { chunkKinds, type ChunkKind, type Passage } from '../../domain/library.ts';
import { readAsset } from '../../recipes/library/assets.ts';
import { clipPassages } from '../../recipes/library/clip-passages.ts';
import { assertQuery, findPassages } from '../../recipes/library/find.ts';
import { subtitlePassages } from '../../recipes/library/passage-subtitles.ts';
import { addFilmOptions, filmFlagTable, filmSettings, type FilmFlags } from '../film-options.ts';
import { parseCount, parseDate } from '../parse-option.ts';
import { playPassages } from '../play-passages.ts';
import { print, type Shell } from '../run-command.ts';
import {
  addLibraryOptions,
  readLibraryConfig,
  withLibrary,
  type LibraryOptions,
  type LibrarySession,
} from '../run-library.ts';
import { formatPassages } from '../show-passages.ts';
import { createPaint, toPrintable } from '../terminal.ts';
import { quoteForShell, readPlanOptions, sayResult } from './make.ts';
import { writeOutput } from './steps.ts';

/** Options that say where passages are looked for. */
export type ScopeFlags = {
  readonly from?: string;
  readonly speaker?: string;
  readonly after?: string;
  readonly before?: string;
  readonly limit: number;
};

type FindFlags = LibraryOptions &
  ScopeFlags &
  FilmFlags & {
    readonly kind?: ChunkKind[];
    readonly wordsOnly?: boolean;
    readonly srt?: string;
    readonly play?: number | true;
    readonly clip?: number | 'all' | true;
  };

/** `pivot find`: what was said on something, by words and by meaning. @returns by `done` the exit code */
export function addFindCommand(program: Command, shell: Shell, done: (exitCode: number) => void): void {
  const command = program
    .command('find')
    .summary('find what was said on something, and play or cut it')
    .argument('<query>', 'what you look for, in your own words');
  addScopeOptions(command, { defaultLimit: 10 })
    .option('--kind <kind>', 'only a question, a number or a story; may be repeated', collectKind)
    .option('--words-only', 'by words alone, not by meaning')
    .option('--srt <file>', 'also as subtitles, a file for each video')
    .option('--json', 'as JSON')
    .option('--play [n]', 'play them in the browser, from the nth', parseNumber)
    .optionsGroup('As clips:')
    .option('--clip [n]', 'cut the nth of them (default: 1), or all', parseClip);
  addLibraryOptions(addFilmOptions(command, { hasTighten: true }))
    .configureHelp({ optionDescription: (option) => option.description })
    .addHelpText(
      'before',
      'pivot find "why audiences leave"\npivot find "first compiler" --kind story --after 2024 --clip 1 --out found\n',
    )
    .action(async (query: string, flags: FindFlags) => done(await runFind(query, flags, shell)));
}

/** Adds what narrows a search. */
export function addScopeOptions(
  command: Command,
  { defaultLimit }: { readonly defaultLimit: number },
): Command {
  return command
    .option('--from <corpus>', 'only from this corpus (default: the whole library)')
    .option('--speaker <name>', 'only what they say, where that is known')
    .option('--after <date>', 'published (else added) then or later, 2024-05-01', parseDate)
    .option('--before <date>', 'published (else added) before', parseDate)
    .option('--limit <n>', `at most so many (default: ${defaultLimit})`, parseCount, defaultLimit);
}

function collectKind(text: string, before: readonly ChunkKind[] = []): ChunkKind[] {
  const kind = chunkKinds.find((known) => known === text);
  if (kind === undefined) throw new InvalidArgumentError(`Write ${chunkKinds.join(', ')}.`);
  return [...before, kind];
}

function parseClip(text: string): number | 'all' {
  return text === 'all' ? text : parseNumber(text);
}

function parseNumber(text: string): number {
  if (!/^[1-9]\d{0,3}$/u.test(text)) throw new InvalidArgumentError('Write a number from the list.');
  return Number(text);
}

async function runFind(query: string, flags: FindFlags, shell: Shell): Promise<number> {
  assertQuery(query);
  const config = await readLibraryConfig(shell, flags, filmSettings(flags), filmFlagTable);
  // It prints one document, and no events on the way.
  const { json, ...quietly } = flags;
  return withLibrary(shell, quietly, config, async (session) => {
    const { library, app, context, say } = session;
    const { from, speaker, after, before, limit, kind: kinds, wordsOnly } = flags;
    const { passages, notes } = await findPassages(
      library,
      { query, from, speaker, after, before, limit, kinds, by: wordsOnly === true ? 'words' : 'both' },
      { ...app.ports, embedder: wordsOnly === true ? app.ports.embedder : await app.openEmbedder() },
      context,
    );
    const chosen = flags.clip === undefined ? [] : choosePassages(flags.clip, passages, '--clip');
    const [toPlay] = flags.play === undefined ? [] : choosePassages(flags.play, passages, '--play');
    await printPassages(passages, query, json === true, shell);
    for (const note of notes) say(`! ${toPrintable(note)}`);
    if (passages.length === 0 && notes.length === 0) say('Nothing in the library says that.');
    if (flags.srt !== undefined) await writeSubtitles(flags.srt, passages, session);
    if (toPlay !== undefined) await playPassages(passages, passages.indexOf(toPlay), query, session);
    if (chosen.length > 0) return cut(chosen, flags, session, shell);
    const first = passages[0] === undefined ? undefined : await readAsset(library, passages[0].assetId);
    if (json !== true && first !== undefined && first.kind !== 'transcript') {
      say(`Cut it: ${commandToCut(query, flags)} (or --play)`);
    }
    return 0;
  });
}

async function printPassages(
  passages: readonly Passage[],
  query: string,
  isJson: boolean,
  shell: Shell,
): Promise<void> {
  const text = isJson
    ? `${JSON.stringify(passages.map(describePassage), undefined, 2)}\n`
    : formatPassages(passages, query, shell, createPaint(shell.stdout, shell.env));
  if (text !== '') await print(shell, text);
}

/** A passage as programs know it: these fields and no others. */
function describePassage({ assetId, path, startMs, endMs, text, score }: Passage) {
  return { assetId, path, startMs, endMs, text, score };
}

/** @throws input.passage_number */
function choosePassages(
  which: number | 'all' | true,
  passages: readonly Passage[],
  option: string,
): readonly Passage[] {
  if (which === 'all' && passages.length > 0) return passages;
  const chosen = passages[typeof which === 'number' ? which - 1 : 0];
  if (chosen !== undefined) return [chosen];
  throw new PatternPivotError(
    'input.passage_number',
    passages.length === 0
      ? 'Nothing was found, so there is nothing to play or cut.'
      : `There is no passage ${which}: ${passages.length === 1 ? '1 was' : `${passages.length} were`} found.`,
    { hint: `Look first without ${option}, or ask for more with --limit.`, context: { which } },
  );
}

/** The same search, so that the numbers are the same. */
function commandToCut(
  query: string,
  { from, library, speaker, after, before, kind = [], wordsOnly }: FindFlags,
): string {
  const options: readonly (readonly [string, string | undefined])[] = [
    ['--from', from],
    ['--speaker', speaker],
    ['--after', after?.replace(/T00:00:00\.000Z$/u, '')],
    ['--before', before?.replace(/T00:00:00\.000Z$/u, '')],
    ...kind.map((each) => ['--kind', each] as const),
    ['--library', library],
  ];
  const words = options.flatMap(([option, value]) =>
    value === undefined ? [] : [option, quoteForShell(toPrintable(value))],
  );
  if (wordsOnly === true) words.push('--words-only');
  const short = query.length > 80 ? '"…"' : quoteForShell(toPrintable(query));
  return ['pivot find', short, ...words, '--clip 1'].join(' ');
}

async function writeSubtitles(
  path: string,
  passages: readonly Passage[],
  { library, say }: LibrarySession,
): Promise<void> {
  const subtitles = await subtitlePassages(library, passages);
  const [first, ...others] = subtitles;
  if (first === undefined) return say('! No subtitles were written, since nothing was found.');
  if (others.length === 0) return writeOutput(path, first.srt, say);
  const stem = path.replace(/\.srt$/iu, '');
  for (const { name, srt } of subtitles) await writeOutput(`${stem}-${name}.srt`, srt, say);
}

async function cut(
  passages: readonly Passage[],
  flags: FindFlags,
  session: LibrarySession,
  shell: Shell,
): Promise<number> {
  const { library, app, config, context } = session;
  const options = {
    outFolder: config.out,
    count: config.clips.count,
    minMs: Math.round(config.clips.minSeconds * 1000),
    maxMs: Math.round(config.clips.maxSeconds * 1000),
    plan: await readPlanOptions(flags, session),
    hasCoverTitle: config.covers.title,
    glossary: config.glossary,
    isPreview: flags.preview === true,
    isDryRun: false,
  };
  const { results, exitCode } = await clipPassages(library, passages, options, app.ports, context);
  for (const result of results) sayResult(result, session, shell);
  return exitCode;
}
