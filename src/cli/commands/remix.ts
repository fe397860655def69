import { InvalidArgumentError, type Command } from 'commander';
import { PatternPivotError } from '../../domain/errors.ts';
import type { PlannedRemix } from '../../recipes/events.ts';
import { findPassages } from '../../recipes/library/find.ts';
import { remix } from '../../recipes/library/remix.ts';
import { addFilmOptions, filmFlagTable, filmSettings, sayFilm, type FilmFlags } from '../film-options.ts';
import { parseCount, parseTime } from '../parse-option.ts';
import type { Session, Shell } from '../run-command.ts';
import { addLibraryOptions, readLibraryConfig, withLibrary, type LibraryOptions } from '../run-library.ts';
import { formatPosition, padColumns, shorten, toPrintable } from '../terminal.ts';
import { readPlanOptions } from './make.ts';

type RemixFlags = LibraryOptions &
  FilmFlags & {
    readonly length: number;
    readonly from?: string;
    readonly seed: number;
    readonly variants: number;
    readonly dryRun?: boolean;
  };

/** How long a remix may be, in ms. */
const lengthRange = { minMs: 8000, maxMs: 180_000 };

/** So many variants at most: each is rendered. */
const maxVariants = 20;

/** So many passages are looked at: more than a film can hold, few enough to weigh. */
const passagesLookedAt = 60;

/** `pivot remix`: one short out of the best moments of many videos. @returns by `done` the exit code */
export function addRemixCommand(program: Command, shell: Shell, done: (exitCode: number) => void): void {
  const command = program
    .command('remix')
    .summary('make one short of moments of many videos')
    .argument('<topic>', 'what it is about, in words')
    .option('--length <time>', 'how long it plays, 45 or 1:00 (default: 45)', parseLength, 45_000)
    .option('--from <corpus>', 'only from this corpus (default: the whole library)')
    .option('--seed <n>', '0 is the best there is, others are others (default: 0)', parseCount, 0)
    .option('--variants <n>', 'so many different ones (default: 1)', parseVariants, 1)
    .option('--dry-run', 'only say what it would be made of, and why')
    .option('--json', 'what happens, as lines of JSON');
  addLibraryOptions(addFilmOptions(command, { hasTighten: true }))
    .configureHelp({ optionDescription: (option) => option.description })
    .addHelpText(
      'before',
      'pivot remix "why we are late" --length 45\npivot remix compilers --from talks --variants 3 --dry-run\n',
    )
    .action(async (topic: string, flags: RemixFlags) => done(await runRemix(topic, flags, shell)));
}

function parseLength(text: string): number {
  const ms = parseTime(text);
  if (ms < lengthRange.minMs || ms > lengthRange.maxMs) {
    throw new InvalidArgumentError('A remix plays 8 seconds to 3 minutes.');
  }
  return ms;
}

function parseVariants(text: string): number {
  const count = parseCount(text);
  if (count < 1 || count > maxVariants) throw new InvalidArgumentError(`Write 1 to ${maxVariants}.`);
  return count;
}

async function runRemix(topic: string, flags: RemixFlags, shell: Shell): Promise<number> {
  if (topic.trim() === '' || topic.length > 500) {
    throw new PatternPivotError('input.topic', 'A topic has 1 to 500 characters.', {
      hint: 'Write what it should be about: pivot remix "why audiences leave"',
    });
  }
  const config = await readLibraryConfig(shell, flags, filmSettings(flags), filmFlagTable);
  return withLibrary(shell, flags, config, async (session) => {
    const { library, app, context } = session;
    const { passages, notes } = await findPassages(
      library,
      { query: topic, from: flags.from, limit: passagesLookedAt },
      { ...app.ports, embedder: await app.openEmbedder() },
      context,
    );
    for (const text of notes) context.emit({ event: 'note', text });
    const result = await remix(
      library,
      passages,
      {
        topic,
        lengthMs: flags.length,
        seed: flags.seed,
        variants: flags.variants,
        outFolder: config.out,
        plan: await readPlanOptions(flags, session),
        hasCoverTitle: config.covers.title,
        isPreview: flags.preview === true,
        isDryRun: flags.dryRun === true,
      },
      app.ports,
      context,
    );
    let exitCode = 0;
    for (const { planned, clip } of result.remixes) {
      sayRemix(planned, session, shell);
      if (clip !== undefined) exitCode = Math.max(exitCode, sayFilm(clip, session, shell));
    }
    if (flags.dryRun === true) session.say('Nothing was made: leave out --dry-run to make it.');
    return exitCode;
  });
}

/** The parts in their order, and why each stands where it stands. */
function sayRemix(
  { title, seed, playMs, parts, sharedShare, notes }: PlannedRemix,
  session: Session,
  shell: Shell,
): void {
  const { say, paint } = session;
  const columns = shell.stderr.isTTY ? shell.stderr.columns : 100;
  const shared = sharedShare === undefined ? '' : `, ${Math.round(sharedShare * 100)} % shared with another`;
  say(
    `${paint('bold', toPrintable(title))}  ${paint('dim', `${(playMs / 1000).toFixed(1)} s, seed ${seed}${shared}`)}`,
  );
  for (const { role, title: source, startMs, endMs, text, why } of parts) {
    const times = `${formatPosition(startMs)}–${formatPosition(endMs)}`;
    say(`  ${padColumns(role, 7)} ${times}  ${toPrintable(source)}`);
    say(`          ${shorten(toPrintable(text), columns - 12)}`);
    say(paint('dim', `          ${toPrintable(why)}`));
  }
  for (const note of notes) say(`! ${toPrintable(note)}`);
}
