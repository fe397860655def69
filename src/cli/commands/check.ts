import { basename, dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { readGateRules } from '../../app/gate-rules.ts';
import { hasLibrary } from '../../app/library.ts';
import { publishTargets } from '../../app/publish-config.ts';
import { errorStatuses, PatternPivotError, type ErrorKind } from '../../domain/errors.ts';
import type { Overrule } from '../../domain/gate.ts';
import { platformNames, type PlatformName } from '../../domain/platforms.ts';
import type { Records } from '../../ports/records.ts';
import { formatDocument } from '../../recipes/finish-clip.ts';
import { checkFilms, type CheckedFilm } from '../../recipes/gate/check-films.ts';
import { findFilms, type FoundFilm } from '../../recipes/queue/films.ts';
import { placeFiles, readTimeline } from '../../recipes/render.ts';
import { writeTextFile } from '../output-file.ts';
import { collectText } from '../parse-option.ts';
import { print, withSession, type Session, type Shell } from '../run-command.ts';
import { addLibraryOptions, readLibraryConfig, withLibrary, type LibraryOptions } from '../run-library.ts';
import { describeChecked } from '../show-gate.ts';
import { createPaint, toPrintable } from '../terminal.ts';

type CheckFlags = LibraryOptions & {
  readonly for?: readonly PlatformName[];
  readonly timeline?: string;
  readonly out?: string;
  readonly fix?: boolean;
  readonly overrule?: string[];
  readonly why?: string;
  readonly dryRun?: boolean;
  readonly force?: boolean;
};

/** `pivot check`: the gate. @returns by `done` the exit code */
export function addCheckCommand(program: Command, shell: Shell, done: (exitCode: number) => void): void {
  const checking = program
    .command('check')
    .summary('measure finished videos, and say what speaks against publishing them')
    .argument('<videos...>', 'finished films, or folders of them')
    .option('--for <platforms>', `${platformNames.join(', ')} or all: with their rules`, parsePlatforms)
    .option('--fix', 'mend what can be mended; what is changed is kept as <name>.before')
    .option('--overrule <rule>', 'publish it in spite of this rule; may be repeated', collectText)
    .option('--why <words>', 'why that is right; it is written beside the film')
    .option('--timeline <file>', 'what it should be (default: what lies beside it)')
    .option('--out <file>', 'what was measured on one film, as JSON')
    .option('--json', 'everything as JSON')
    .option('--dry-run', 'change nothing')
    .option('--force', 'measure it anew');
  addLibraryOptions(checking)
    .addHelpText(
      'before',
      'pivot check clips/talk/01-why.mp4\npivot check clips/talk --for shorts,tiktok --fix\npivot check 01-why.mp4 --overrule silent --why "the pause is meant"\n',
    )
    .action(async (videos: string[], flags: CheckFlags) => done(await runCheck(videos, flags, shell)));
}

async function runCheck(videos: readonly string[], flags: CheckFlags, shell: Shell): Promise<number> {
  const { json, ...quietly } = flags;
  const config = await readLibraryConfig(shell, flags);
  const overruled = readOverrules(flags);
  const rules = await readGateRules(config);
  const expected =
    flags.timeline === undefined
      ? undefined
      : placeFiles(await readTimeline(flags.timeline), dirname(resolve(shell.cwd, flags.timeline)));
  const { films, notes } = await findNamed(videos, shell);
  if (films.length > 1 && (flags.out !== undefined || expected !== undefined)) {
    throw new PatternPivotError(
      'input.one_film',
      'There are several films, and --out and --timeline are of one.',
      {
        hint: 'Name one film; --json tells of all.',
      },
    );
  }
  const run = async ({ app, context, say }: Session, records?: Records) => {
    for (const note of notes) say(`! ${toPrintable(note)}`);
    const queue = records === undefined ? undefined : { records, targets: publishTargets };
    const options = {
      platforms: flags.for ?? [],
      rules,
      overruled,
      expected,
      isFixing: flags.fix === true,
      isDryRun: flags.dryRun === true,
    };
    const results = await checkFilms(films, options, { ...app.ports, queue }, context);
    const [first] = results;
    if (results.length === 1 && first?.status === 'failed') {
      const { code, message, ...details } = first.error;
      throw new PatternPivotError(code, message, details);
    }
    if (flags.out !== undefined && first !== undefined && first.status !== 'failed') {
      await writeTextFile(flags.out, formatDocument(first.measured));
      say(`✓ ${toPrintable(flags.out)}`);
    }
    if (json === true) await print(shell, formatDocument({ version: 1, films: results, notes }));
    else {
      const paint = createPaint(shell.stdout, shell.env);
      for (const result of results) await print(shell, `${describeChecked(result, paint).join('\n')}\n`);
    }
    return Math.max(0, ...results.map(exitCodeOf));
  };
  return (await hasLibrary(config, shell.env)) || config.library.folder !== undefined
    ? withLibrary(shell, quietly, config, (session) => run(session, session.library.records))
    : withSession(shell, quietly, config, (session) => run(session));
}

/** Films and folders of them; what is named by itself may be any media, and has no papers then. */
async function findNamed(videos: readonly string[], shell: Shell) {
  const [films, notes]: [FoundFilm[], string[]] = [[], []];
  for (const video of videos) {
    const path = resolve(shell.cwd, video);
    try {
      const found = await findFilms([path], shell.signal);
      films.push(...found.films);
      notes.push(...found.notes);
    } catch (error) {
      if (!(error instanceof PatternPivotError) || error.code !== 'input.no_film') throw error;
      films.push({ folder: dirname(path), files: { film: basename(path) } });
    }
  }
  return {
    films: [...new Map(films.map((film) => [join(film.folder, film.files.film), film])).values()],
    notes,
  };
}

function exitCodeOf(checked: CheckedFilm): number {
  if (checked.status === 'passed') return 0;
  if (checked.status !== 'failed') return errorStatuses.tool.exitCode;
  const [kind] = checked.error.code.split('.');
  return errorStatuses[kind as ErrorKind].exitCode;
}

function parsePlatforms(text: string): readonly PlatformName[] {
  const names = text.split(',').map((name) => name.trim().toLowerCase());
  if (names.includes('all')) return platformNames;
  const found = platformNames.filter((name) => names.includes(name));
  const unknown = names.find((name) => !platformNames.some((known) => known === name));
  if (unknown === undefined) return found;
  throw new InvalidArgumentError(`Platforms are ${platformNames.join(', ')} or all.`);
}

/** @throws input.why_missing */
function readOverrules({ overrule = [], why }: CheckFlags): Overrule[] {
  if (overrule.length === 0) return [];
  if (why === undefined || why.trim() === '' || why.length > 500) {
    throw new PatternPivotError('input.why_missing', 'Nobody says why that is overruled.', {
      hint: 'Say it in at most 500 characters: --why "the pause is meant". It is written beside the film.',
    });
  }
  const at = new Date().toISOString();
  return [...new Set(overrule)].map((rule) => ({ rule, why: why.trim(), at }));
}
