import { InvalidArgumentError, type Command } from 'commander';
import { scriptFormats, type Script, type ScriptFormat } from '../../domain/script.ts';
import { scriptLengthRange, writeScript } from '../../recipes/create/script.ts';
import { readAsset } from '../../recipes/library/assets.ts';
import { assertOutputPlace, writeTextFile } from '../output-file.ts';
import { parseCount, parseTime } from '../parse-option.ts';
import { print, type Shell } from '../run-command.ts';
import {
  addLibraryOptions,
  readLibraryConfig,
  withLibrary,
  type LibraryOptions,
  type LibrarySession,
} from '../run-library.ts';
import { createPaint, formatPosition, padColumns, toPrintable, type Paint } from '../terminal.ts';

type ScriptFlags = LibraryOptions & {
  readonly length: number;
  readonly format: ScriptFormat;
  readonly from?: string;
  readonly seed: number;
  readonly rounds?: number;
  readonly out?: string;
};

/** So many drafts at most: each is two questions to a model. */
const maxRounds = 8;

/** `pivot script`: the words of a new short, with receipts. @returns by `done` the exit code */
export function addScriptCommand(program: Command, shell: Shell, done: (exitCode: number) => void): void {
  const command = program
    .command('script')
    .summary('write a script from what was said before')
    .argument('<topic>', 'what it is about, in words')
    .option('--length <time>', 'how long it is spoken, 40 or 1:00 (default: 40)', parseLength, 40_000)
    .option('--format <format>', `${scriptFormats.join(', ')} (default: explainer)`, parseFormat, 'explainer')
    .option('--from <corpus>', 'only from this corpus (default: the whole library)')
    .option('--seed <n>', '0 is the best there is, others are others (default: 0)', parseCount, 0)
    .option('--rounds <n>', 'so many drafts of a chat model at most (default: 3)', parseRounds)
    .option('--out <file>', 'also write it there, as script.json')
    .option('--json', 'the script as JSON, with every draft');
  addLibraryOptions(command)
    .configureHelp({ optionDescription: (option) => option.description })
    .addHelpText(
      'before',
      'pivot script "how memory works" --length 40\npivot script "why we procrastinate" --format question --out script.json\n',
    )
    .action(async (topic: string, flags: ScriptFlags) => done(await runScript(topic, flags, shell)));
}

function parseLength(text: string): number {
  const ms = parseTime(text);
  if (ms < scriptLengthRange.minMs || ms > scriptLengthRange.maxMs) {
    throw new InvalidArgumentError('A script is spoken in 8 seconds to 3 minutes.');
  }
  return ms;
}

function parseRounds(text: string): number {
  const count = parseCount(text);
  if (count < 1 || count > maxRounds) throw new InvalidArgumentError(`Write 1 to ${maxRounds}.`);
  return count;
}

function parseFormat(text: string): ScriptFormat {
  const format = scriptFormats.find((known) => known === text);
  if (format === undefined) throw new InvalidArgumentError(`Write ${scriptFormats.join(', ')}.`);
  return format;
}

async function runScript(topic: string, flags: ScriptFlags, shell: Shell): Promise<number> {
  const { json, out, ...quietly } = flags;
  if (out !== undefined) await assertOutputPlace(out, 'text');
  const config = await readLibraryConfig(shell, flags);
  // It prints one document, and no events on the way.
  return withLibrary(shell, quietly, config, async (session) => {
    const { library, app, context, say } = session;
    const { length: lengthMs, format, from: corpus, seed, rounds } = flags;
    const ports = { ...app.ports, embedder: await app.openEmbedder() };
    const script = await writeScript(
      library,
      { topic, corpus, format, lengthMs, seed, rounds },
      ports,
      context,
    );
    const document = `${JSON.stringify(script, undefined, 2)}\n`;
    if (out !== undefined) await writeTextFile(out, document);
    await print(
      shell,
      json === true ? document : await formatScript(script, session, createPaint(shell.stdout, shell.env)),
    );
    if (out !== undefined) say(`Written to ${toPrintable(out)}`);
    return 0;
  });
}

async function formatScript(script: Script, { library }: LibrarySession, paint: Paint): Promise<string> {
  const rows: string[] = [];
  for (const { role, text, receipts } of script.lines) {
    rows.push(`  ${paint('dim', padColumns(role, 7))} ${toPrintable(text)}\n`);
    for (const { assetId, startMs, endMs } of receipts) {
      const asset = await readAsset(library, assetId);
      const times = `${formatPosition(startMs)}–${formatPosition(endMs)}`;
      rows.push(paint('dim', `          ${times}  ${toPrintable(asset?.title ?? assetId)}\n`));
    }
  }
  const how =
    script.way === 'extractive' ? 'sentences that were said' : `written by ${script.model ?? 'a model'}`;
  const missed = script.rounds.at(-1)?.findings.filter(({ isMet }) => !isMet) ?? [];
  return [
    `${paint('bold', toPrintable(script.title))}  ${paint('dim', `${(script.spokenMs / 1000).toFixed(0)} s, ${script.format}, ${toPrintable(how)}`)}\n\n`,
    ...rows,
    ...(missed.length === 0
      ? []
      : ['\n', ...missed.map(({ name, note }) => `  ! ${name}: ${toPrintable(note)}\n`)]),
  ].join('');
}
