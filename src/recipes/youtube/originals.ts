import { PatternPivotError, toErrorRecord, type ErrorRecord } from '../../domain/errors.ts';
import type { OpenArchive } from '../../ports/archive.ts';
import { readFacts } from '../../stages/match/inspect-files.ts';
import { matchFiles, type FileMatch } from '../../stages/match/match-files.ts';
import type { CandidateFile, Evidence } from '../../stages/match/weigh-match.ts';
import { runStep, type RecipeContext } from '../events.ts';
import { describeSource } from '../library/describe-source.ts';
import type { Library } from '../library/library.ts';
import { inspectFiles, listenToFiles, type ListenPorts, type SeenFile } from './originals-listen.ts';
import { lookThrough, type FoundFile } from './originals-places.ts';
import { listKnownVideos, type KnownVideo } from './originals-videos.ts';

/** What finding originals needs from the world. */
export type OriginalsPorts = ListenPorts & { readonly openArchive: OpenArchive };

/** A pair that the user states: the file, as they write it, and the id of the video. */
export type StatedPair = { readonly file: string; readonly videoId: string };

/** A file that is, or may be, the original of a video, and why. */
export type OriginalMatch = {
  readonly video: KnownVideo;
  readonly file: SeenFile;
  readonly confidence: number;
  readonly certainty: FileMatch['certainty'] | 'stated';
  readonly reasons: readonly string[];
};

/** What was found. */
export type FoundOriginals = {
  /** One a video: it is sure, or the user said so. */
  readonly originals: readonly OriginalMatch[];
  /** Other files that are surely the same video: Takeout's copy, a smaller export. */
  readonly copies: readonly OriginalMatch[];
  /** What may be: the user decides. Not those whose video has its original. */
  readonly unsure: readonly OriginalMatch[];
  readonly videosWithout: readonly KnownVideo[];
  /** Files that are of no video that is known. */
  readonly unmatched: readonly SeenFile[];
  /** Files that are no media, or broken. */
  readonly unreadable: readonly { readonly file: FoundFile; readonly error: ErrorRecord }[];
  readonly notes: readonly string[];
};

/**
 * Looks for the originals of the user's videos in folders and archives. Nothing is changed, and nothing is guessed: what is not sure is told
 * apart, with its reasons. @throws not_found.videos, not_found.media, input.pair_*, and what reading throws
 */
export async function findOriginals(
  library: Pick<Library, 'records'>,
  named: readonly string[],
  stated: readonly StatedPair[],
  ports: OriginalsPorts,
  context: RecipeContext,
): Promise<FoundOriginals> {
  const {
    files: found,
    takeoutVideos,
    notes,
  } = await runStep(context, 'read', (step) => lookThrough(named, ports, step), {
    detail: ({ files }) => `${files.length} ${files.length === 1 ? 'file' : 'files'}`,
  });
  const videos = await listKnownVideos(library.records, takeoutVideos, context.signal);
  assertAny(found, videos, named);
  const { files, unreadable } = await lookInto(found, ports, context);
  const first = match(files, videos, new Map());
  await lookIntoDoubtful(files, first, ports, context);
  const known = match(files, videos, new Map());
  const heard = await listenToFiles(library, files, videos, known, ports, context);
  const matches = match(files, videos, heard);
  return { ...sortOut(files, videos, matches, readStated(stated, files, videos)), unreadable, notes };
}

function match(
  files: readonly SeenFile[],
  videos: readonly KnownVideo[],
  heard: ReadonlyMap<string, Evidence>,
): FileMatch[] {
  return matchFiles(files.map(describe), videos, (file, video) => heard.get(`${file} ${video}`));
}

function describe({ name, place, facts, isTakeout }: SeenFile): CandidateFile {
  const path = place.kind === 'disk' ? place.path : name;
  const own =
    facts === undefined
      ? undefined
      : describeSource(
          { path, info: { ...facts, container: '', sizeBytes: 0, video: [], audio: [] } },
          { now: new Date(), isFetched: false },
        );
  return { name, durationMs: facts?.durationMs, recordedAt: own?.publishedAt, isTakeout };
}

function assertAny(
  files: readonly FoundFile[],
  videos: readonly KnownVideo[],
  named: readonly string[],
): void {
  if (files.length === 0) {
    throw new PatternPivotError('not_found.media', 'There are no media files in what is named.', {
      hint: 'Name folders with your footage, or archives of Takeout (.zip, .tgz).',
      context: { named },
    });
  }
  if (videos.length > 0) return;
  throw new PatternPivotError(
    'not_found.videos',
    'The library knows of no videos that originals could be looked for.',
    {
      hint: 'Run pivot sync @yourchannel first, or name an archive of Takeout, which lists your videos.',
    },
  );
}

/** So many files are looked into at once: each is a process of its own. */
const lookedAtOnce = 2;

async function lookInto(
  found: readonly FoundFile[],
  ports: OriginalsPorts,
  context: RecipeContext,
): Promise<{ files: SeenFile[]; unreadable: { file: FoundFile; error: ErrorRecord }[] }> {
  const seen = new Map<FoundFile, SeenFile>();
  const unreadable: { file: FoundFile; error: ErrorRecord }[] = [];
  await runStep(context, 'look', async (step) => {
    let doneCount = 0;
    const waiting = found.values();
    const work = async () => {
      for (const file of waiting) {
        step.signal.throwIfAborted();
        try {
          const isOnDisk = file.place.kind === 'disk';
          const facts = isOnDisk
            ? await readFacts(pathOf(file), ports, { ...step, report: () => {} })
            : undefined;
          seen.set(file, { ...file, facts });
        } catch (error) {
          step.signal.throwIfAborted();
          const record = toErrorRecord(error);
          if (!record.code.startsWith('input.') && !record.code.startsWith('not_found.')) throw error;
          unreadable.push({ file, error: record });
        }
        doneCount += 1;
        step.report({ done: doneCount, total: found.length, unit: 'files' });
      }
    };
    await Promise.all(Array.from({ length: lookedAtOnce }, work));
  });
  // In the order in which they were found.
  return { files: found.flatMap((file) => seen.get(file) ?? []), unreadable };
}

function pathOf({ place, name }: FoundFile): string {
  return place.kind === 'disk' ? place.path : name;
}

/** Takes out of archives what several videos may be, since Takeout names videos of one title alike: their length tells. */
async function lookIntoDoubtful(
  files: SeenFile[],
  matches: readonly FileMatch[],
  ports: OriginalsPorts,
  context: RecipeContext,
): Promise<void> {
  const doubtful = [
    ...new Set(matches.filter(({ certainty }) => certainty !== 'sure').map(({ file }) => file)),
  ]
    .map((index) => ({ index, file: files[index] }))
    .flatMap(({ index, file }) => (file?.place.kind === 'archive' ? [{ index, file }] : []));
  if (doubtful.length === 0) return;
  await runStep(
    context,
    'extract',
    async (step) => {
      let doneCount = 0;
      const tell = () => step.report({ done: (doneCount += 1), total: doubtful.length, unit: 'files' });
      const quiet = { signal: step.signal, report: () => {} };
      for (const { index, file, inspected } of await inspectFiles(doubtful, ports, quiet, tell))
        files[index] = { ...file, facts: inspected.facts };
    },
    { detail: () => `${doubtful.length} files of one name` },
  );
}

function readStated(
  stated: readonly StatedPair[],
  files: readonly SeenFile[],
  videos: readonly KnownVideo[],
): { file: number; video: number }[] {
  return stated.map(({ file: named, videoId }) => {
    const video = videos.findIndex(({ id }) => id === videoId);
    if (video < 0) {
      throw new PatternPivotError(
        'input.pair_video',
        `--pair names the video ${videoId}, and no such video is known.`,
        {
          hint: 'Run pivot sync for its channel first.',
          context: { videoId },
        },
      );
    }
    const fits = files.flatMap(({ name }, index) =>
      name === named || name.endsWith(`/${named}`) ? [index] : [],
    );
    const [file, second] = fits;
    if (file === undefined || second !== undefined) {
      const what = file === undefined ? 'is not among the files' : `may be any of ${fits.length} files`;
      throw new PatternPivotError('input.pair_file', `--pair names the file ${named}, which ${what}.`, {
        hint: 'Write it as it is shown, with its folder.',
        context: { file: named },
      });
    }
    return { file, video };
  });
}

type Sorted = Pick<FoundOriginals, 'originals' | 'copies' | 'unsure' | 'videosWithout' | 'unmatched'>;

function sortOut(
  files: readonly SeenFile[],
  videos: readonly KnownVideo[],
  matches: readonly FileMatch[],
  stated: readonly { file: number; video: number }[],
): Sorted {
  const isStated = new Set(stated.map(({ file }) => file));
  const told = matches.filter(({ file }) => !isStated.has(file));
  const all = [
    ...stated.map(({ file, video }) => ({
      file,
      video,
      confidence: 1,
      certainty: 'stated' as const,
      evidence: [],
    })),
    ...told,
  ].flatMap(({ file, video, confidence, certainty, evidence }) => {
    const [own, wanted] = [files[file], videos[video]];
    if (own === undefined || wanted === undefined) return [];
    const reasons = certainty === 'stated' ? ['you said so'] : reasonsOf(evidence);
    return [{ video: wanted, file: own, confidence, certainty, reasons }];
  });
  const byVideo = Map.groupBy(
    all.filter(({ certainty }) => certainty === 'sure' || certainty === 'stated'),
    ({ video }) => video.id,
  );
  const ranked = [...byVideo.values()].map((own) => own.toSorted(compareOriginals));
  const originals = ranked.flatMap(([best]) => (best === undefined ? [] : [best]));
  const copies = ranked.flatMap(([, ...others]) => others);
  const settled = new Set([...originals, ...copies].map(({ file }) => file));
  const unsure = all.filter(
    ({ certainty, file, video }) =>
      (certainty === 'likely' || certainty === 'possible') && !settled.has(file) && !byVideo.has(video.id),
  );
  const maybe = new Set(unsure.map(({ file }) => file));
  return {
    originals: originals.toSorted(byDate),
    copies,
    unsure: unsure.toSorted(byDate),
    videosWithout: videos.filter(({ id }) => !byVideo.has(id)),
    unmatched: files.filter((file) => !settled.has(file) && !maybe.has(file)),
  };
}

/** The strongest reasons first, and what says next to nothing not at all. */
function reasonsOf(evidence: readonly Evidence[]): string[] {
  return evidence
    .filter(({ odds }) => odds >= 2 || odds < 0.5)
    .toSorted((a, b) => Math.abs(Math.log(b.odds)) - Math.abs(Math.log(a.odds)))
    .map(({ text }) => text);
}

/** What was stated first, the creator's own files before Takeout's copies, tall pictures before small ones, large files before small ones. */
function compareOriginals(a: OriginalMatch, b: OriginalMatch): number {
  return (
    Number(b.certainty === 'stated') - Number(a.certainty === 'stated') ||
    Number(a.file.isTakeout) - Number(b.file.isTakeout) ||
    (b.file.facts?.height ?? 0) - (a.file.facts?.height ?? 0) ||
    b.file.sizeBytes - a.file.sizeBytes
  );
}

function byDate(a: OriginalMatch, b: OriginalMatch): number {
  return (
    (a.video.publishedAt ?? '').localeCompare(b.video.publishedAt ?? '') ||
    a.video.id.localeCompare(b.video.id)
  );
}
