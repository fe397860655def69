import { isAbortError, toErrorRecord, type ErrorRecord } from '../../domain/errors.ts';
import type { GateReport, Overrule } from '../../domain/gate.ts';
import type { CheckReport } from '../../domain/rendition.ts';
import type { Timeline } from '../../domain/timeline.ts';
import { runStep, type RecipeContext } from '../events.ts';
import type { FoundFilm } from '../queue/films.ts';
import { pathOf, readPapers, type HashFile, type Papers } from '../queue/papers.ts';
import { judgeClip, type JudgedClip, type JudgeOptions, type JudgePorts } from './judge-clip.ts';
import { mergeOverrules, readOverrules, writeOverrules } from './overrules.ts';

/** What `pivot check` is asked. */
export type CheckFilmsOptions = Pick<JudgeOptions, 'platforms' | 'rules'> & {
  /** What a person takes upon them now; it is written beside each film that it concerns. */
  readonly overruled: readonly Overrule[];
  /** What the film should be, where that does not lie beside it. */
  readonly expected?: Timeline | undefined;
  readonly isDryRun: boolean;
};

/** What checking films takes from the world. */
export type CheckFilmsPorts = JudgePorts & { readonly hashFile: HashFile };

/** What became of one film. */
export type CheckedFilm =
  | {
      readonly status: 'passed' | 'stopped';
      readonly path: string;
      readonly report: GateReport;
      readonly measured: CheckReport;
      readonly notes: readonly string[];
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
  const papers = await readOwnPapers(film, options);
  const contentHash = await runStep(context, 'read', (step) => ports.hashFile(path, step));
  const before = await readOverrules(film, contentHash);
  const overruled = mergeOverrules(before.overruled, options.overruled);
  const judged = await judgeClip(film, papers, { ...options, overruled }, ports, context);
  const notes = [
    ...judged.notes,
    ...(before.isOther
      ? ['What was overruled beside it is of another film of this name, and does not count.']
      : []),
    ...(await recordOverrules(film, judged, options)),
  ];
  const { report, measured } = judged;
  return { status: report.status, path, report, measured, notes };
}

/** A film's papers; what the person named as its timeline comes first. */
async function readOwnPapers(
  film: FoundFilm,
  { expected }: Pick<CheckFilmsOptions, 'expected'>,
): Promise<Papers> {
  const papers = await readPapers(film);
  return expected === undefined ? papers : { ...papers, timeline: expected };
}

/** Writes down what a person overruled. @returns what was overruled and nothing says */
async function recordOverrules(
  film: FoundFilm,
  { report }: JudgedClip,
  { overruled, isDryRun }: CheckFilmsOptions,
): Promise<string[]> {
  if (overruled.length === 0) return [];
  if (!isDryRun) await writeOverrules(film, report.contentHash, report.overruled);
  return overruled
    .filter(({ rule }) => !report.overruled.some((one) => one.rule === rule))
    .map(({ rule }) => `Nothing was found by ${rule}: there is nothing to overrule.`);
}
