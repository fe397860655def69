import { copyFile, link, rename, rm } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { formatSrt, formatVtt } from '../../domain/caption-files.ts';
import { isAbortError, PatternPivotError } from '../../domain/errors.ts';
import { withFileErrors } from '../../domain/file-error.ts';
import type { GateFinding, GateReport } from '../../domain/gate.ts';
import type { PlatformName } from '../../domain/platforms.ts';
import type { Post } from '../../domain/post.ts';
import { temporaryFileName } from '../../domain/temporary-name.ts';
import { usualTarget } from '../../stages/check/file-rules.ts';
import { levelFilm } from '../../stages/gate/level-film.ts';
import { mendPost } from '../../stages/gate/mend-post.ts';
import { runStep, type RecipeContext } from '../events.ts';
import { titleOfFile } from '../library/describe-source.ts';
import type { FoundFilm } from '../queue/films.ts';
import { pathOf, type Papers } from '../queue/papers.ts';
import { render, type RenderPorts } from '../render.ts';
import type { JudgePorts } from './judge-clip.ts';
import { writeWhole } from './overrules.ts';

/** What the program mends by itself: texts, loudness, captions, a whole film where its timeline lies beside it. What it changes is kept. */

/** What mending takes from the world. */
export type MendPorts = Pick<JudgePorts, 'openSource'> & RenderPorts;

/** What mending one film is asked. */
export type MendOptions = {
  readonly platforms: readonly PlatformName[];
  /** Says what would be done, and does nothing. */
  readonly isDryRun: boolean;
};

/** What was done, and what could not be, in sentences. */
export type Mended = {
  /** The film as it lies there now: it may have got papers. */
  readonly film: FoundFilm;
  readonly done: readonly string[];
  readonly problems: readonly string[];
};

/** Mends what a report says can be mended, but nothing that a person overruled. One thing that cannot be mended stops no other. @throws cancelled.* */
export async function mendFilm(
  film: FoundFilm,
  papers: Papers,
  report: GateReport,
  options: MendOptions,
  ports: MendPorts,
  context: RecipeContext,
): Promise<Mended> {
  const findings = report.findings.filter(
    ({ rule, fix }) => fix !== undefined && !report.overruled.some((one) => one.rule === rule),
  );
  const [done, problems]: [string[], string[]] = [[], []];
  const attempt = async (work: () => Promise<readonly string[]>) => {
    try {
      done.push(...(await work()));
    } catch (error) {
      if (isAbortError(error) || !(error instanceof PatternPivotError)) throw error;
      problems.push(`It could not be mended: ${error.message}`);
    }
  };
  const has = (fix: GateFinding['fix']) => findings.some((finding) => finding.fix === fix);
  // A film that is rendered anew has its loudness, too.
  if (has('render')) await attempt(() => renderAnew(film, options, ports, context));
  else if (has('loudness')) await attempt(() => level(film, papers, options, ports, context));
  if (has('captions')) await attempt(() => writeCaptions(film, papers, options));
  let files = film.files;
  await attempt(async () => {
    const { texts, name } = await writePost(film, papers, findings, options);
    if (name !== undefined) files = { ...files, post: name };
    return texts;
  });
  return { film: { ...film, files }, done, problems };
}

async function renderAnew(
  film: FoundFilm,
  { isDryRun }: MendOptions,
  ports: MendPorts,
  context: RecipeContext,
): Promise<string[]> {
  const [path, timeline] = [pathOf(film, 'film'), pathOf(film, 'timeline')];
  if (path === undefined || timeline === undefined) return [];
  if (isDryRun) return ['It would be rendered anew from its timeline.'];
  const kept = await keepBefore(path, extname(path));
  try {
    await render(timeline, { outputPath: path, isPreview: false, mayReplace: true }, ports, context);
  } catch (error) {
    await rm(join(film.folder, kept), { force: true });
    throw error;
  }
  return [`It was rendered anew from its timeline; what was there is ${kept} now.`];
}

async function level(
  film: FoundFilm,
  { timeline }: Papers,
  { isDryRun }: MendOptions,
  ports: MendPorts,
  context: RecipeContext,
): Promise<string[]> {
  const path = pathOf(film, 'film');
  if (path === undefined) return [];
  const target = timeline?.loudness ?? usualTarget;
  if (isDryRun) return [`Its sound would be levelled to ${target.integratedLufs} LUFS.`];
  const temporary = join(film.folder, temporaryFileName(extname(path)));
  try {
    await runStep(context, 'mix', async (step) =>
      levelFilm(await ports.openSource(path, step), target, temporary, step),
    );
    const kept = await putInPlace(path, temporary);
    return [
      `Its sound was levelled to ${target.integratedLufs} LUFS, and its picture copied; what was there is ${kept} now.`,
    ];
  } finally {
    await rm(temporary, { force: true });
  }
}

/** The file of captions, written from those of the timeline. */
async function writeCaptions(
  film: FoundFilm,
  { timeline }: Papers,
  { isDryRun }: MendOptions,
): Promise<string[]> {
  const path = pathOf(film, 'captions');
  if (path === undefined || timeline === undefined || timeline.captions.cues.length === 0) return [];
  const name = basename(path);
  if (isDryRun) return [`${name} would be written anew from the timeline.`];
  const { cues } = timeline.captions;
  const text = extname(path).toLowerCase() === '.vtt' ? formatVtt(cues) : formatSrt(cues);
  const kept = await keepBefore(path, extname(path));
  await writeWhole(path, text);
  return [`${name} was written anew from the timeline; what was there is ${kept} now.`];
}

async function writePost(
  film: FoundFilm,
  { post }: Papers,
  findings: readonly GateFinding[],
  { platforms, isDryRun }: MendOptions,
): Promise<{ readonly texts: readonly string[]; readonly name?: string }> {
  const start = post ?? emptyPost(film);
  const named = start.title.trim() === '' ? { ...start, title: titleOfFile(film.files.film) } : start;
  const { post: mended, done } = mendPost(named, findings, platforms);
  const texts = named === start ? done : ['It was called as its file.', ...done];
  // A bare film gets papers only where something is to be said in them.
  if (texts.length === 0) return { texts };
  if (isDryRun) return { texts: texts.map((text) => `It would be mended: ${text}`) };
  const name = film.files.post ?? `${basename(film.files.film, extname(film.files.film))}.post.json`;
  const path = join(film.folder, name);
  if (film.files.post !== undefined) await keepBefore(path, '.post.json');
  await writeWhole(path, `${JSON.stringify(mended, undefined, 2)}\n`);
  return { texts, name };
}

/** What goes with a film of which nothing is known. */
function emptyPost(film: FoundFilm): Post {
  return {
    version: 1,
    title: titleOfFile(film.files.film),
    description: '',
    tags: [],
    source: {
      name: film.files.film,
      contentHash: '',
      range: { startMs: 0, endMs: 0 },
      before: '',
      words: '',
      after: '',
    },
    score: 0,
    why: 'A person gave it.',
    reasons: [],
    chosenBy: 'a person',
  };
}

/** Keeps what lies there, and puts a finished file in its place: at no moment is there none. @returns the name that the old one has now */
async function putInPlace(path: string, finished: string): Promise<string> {
  const kept = await keepBefore(path, extname(path));
  await withFileErrors(path, () => rename(finished, path));
  return kept;
}

/** Keeps a file as `<name>.before<ending>`; what was kept earlier stays. */
async function keepBefore(path: string, ending: string): Promise<string> {
  const stem = path.slice(0, path.length - ending.length);
  return withFileErrors(dirname(path), async () => {
    for (let count = 1; ; count++) {
      const kept = `${stem}.before${count === 1 ? '' : `-${count}`}${ending}`;
      try {
        await link(path, kept);
        return basename(kept);
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === 'EEXIST') continue;
        // Disks without links (exFAT): a copy does.
        if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'EOPNOTSUPP' && code !== 'ENOSYS') throw error;
        await copyFile(path, kept);
        return basename(kept);
      }
    }
  });
}
