import { isAbortError, toErrorRecord, type ErrorRecord } from '../../domain/errors.ts';
import type { GateReport, Overrule } from '../../domain/gate.ts';
import type { CheckReport } from '../../domain/rendition.ts';
import type { Timeline } from '../../domain/timeline.ts';
import { runStep, type RecipeContext } from '../events.ts';
import type { FoundFilm } from '../queue/films.ts';
import { pathOf } from '../queue/papers.ts';
import { readClipPapers, type ClipPapers } from './clip-papers.ts';
import { judgeClip, type JudgeOptions, type JudgePorts } from './judge-clip.ts';
import { mendFilm, type MendPorts } from './mend-film.ts';
import { mergeOverrules, readOverrules, writeOverrules } from './overrules.ts';

/** What `pivot check` is asked. */
export type CheckFilmsOptions = Pick<JudgeOptions, 'platforms' | 'rules'> & {
  /** What a person takes upon them now; it is written beside each film that it concerns. */
  readonly overruled: readonly Overrule[];
  /** What the film should be, where that does not lie beside it. */
  readonly expected?: Timeline | undefined;
  /** Whether what can be mended is. */
  readonly isFixing: boolean;
  /** Writes nothing, and says what would be. */
  readonly isDryRun: boolean;
};

/** What checking films takes from the world. */
export type CheckFilmsPorts = JudgePorts & MendPorts;

/** What became of one film. */
export type CheckedFilm =
  | {
      readonly status: 'passed' | 'stopped';
      readonly path: string;
      readonly report: GateReport;
      readonly measured: CheckReport;
      readonly notes: readonly string[];
      /** What was mended; the report is of the film as it is afterwards. */
      readonly mended: readonly string[];
    }
  | { readonly status: 'failed'; readonly path: string; readonly error: ErrorRecord };

/** Judges films one after the other; what is wrong with one stops no other. @throws cancelled.* */
export async function checkFilms(
  films: readonly FoundFilm[],
  options: CheckFilmsOptions,
  ports: CheckFilmsPorts,
  context: RecipeContext,
): Promise<CheckedFilm[]> {
  const results: CheckedFilm[] = [];
  for (const [index, film] of films.entries()) {
    const path = pathOf(film, 'film') ?? film.folder;
    context.signal.throwIfAborted();
    context.emit({ event: 'source', path, index, count: films.length });
    try {
      results.push(await checkFilm(film, path, options, ports, context));
    } catch (error) {
      if (isAbortError(error)) throw error;
      results.push({ status: 'failed', path, error: toErrorRecord(error) });
    }
  }
  return results;
}

async function checkFilm(
  film: FoundFilm,
  path: string,
  options: CheckFilmsOptions,
  ports: CheckFilmsPorts,
  context: RecipeContext,
): Promise<CheckedFilm> {
  const contentHash = await runStep(context, 'read', (step) => ports.hashFile(path, step));
  const before = await readOverrules(film, contentHash);
  const overruled = mergeOverrules(before.overruled, options.overruled);
  const judge = async (found: FoundFilm) => {
    const papers = await readOwnPapers(found, options);
    return { papers, judged: await judgeClip(found, papers, { ...options, overruled }, ports, context) };
  };
  const first = await judge(film);
  const mended = options.isFixing
    ? await mendFilm(film, first.papers, first.judged.report, options, ports, context)
    : { film, done: [], problems: [] };
  const isAnother = mended.done.length > 0 && !options.isDryRun;
  const { judged } = isAnother ? await judge(mended.film) : first;
  const { report, measured } = judged;
  // What was overruled holds for the mended film, too.
  if (!options.isDryRun && (options.overruled.length > 0 || (isAnother && overruled.length > 0)))
    await writeOverrules(film, report.contentHash, report.overruled);
  const notes = [
    ...judged.notes,
    ...mended.problems,
    ...(before.isOther
      ? ['What was overruled beside it is of another film of this name, and does not count.']
      : []),
    ...options.overruled
      .filter(({ rule }) => !report.overruled.some((one) => one.rule === rule))
      .map(({ rule }) => `Nothing was found by ${rule}: there is nothing to overrule.`),
  ];
  return { status: report.status, path, report, measured, notes, mended: mended.done };
}

/** A film's papers; what the person named as its timeline comes first. */
async function readOwnPapers(
  film: FoundFilm,
  { expected }: Pick<CheckFilmsOptions, 'expected'>,
): Promise<ClipPapers> {
  const papers = await readClipPapers(film);
  return expected === undefined ? papers : { ...papers, timeline: expected };
}
