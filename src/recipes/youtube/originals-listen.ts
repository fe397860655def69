import { stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { setImmediate as yieldToEvents } from 'node:timers/promises';
import { comparePrints, indexPrint, type IndexedPrint } from '../../stages/match/compare-prints.ts';
import { inspectEntries, type FileFacts } from '../../stages/match/inspect-files.ts';
import type { FileMatch } from '../../stages/match/match-files.ts';
import { printSound } from '../../stages/match/print-sound.ts';
import { minComparedMs, weighSound, type Evidence } from '../../stages/match/weigh-match.ts';
import type { StageContext } from '../../stages/stage.ts';
import { assertRoom } from '../disk-room.ts';
import { runStep, type RecipeContext } from '../events.ts';
import { readAsset } from '../library/assets.ts';
import type { Library } from '../library/library.ts';
import type { MakePorts } from '../make-request.ts';
import type { FoundFile } from './originals-places.ts';
import type { KnownVideo } from './originals-videos.ts';

/** A file with what was seen in it; of a file in an archive that nobody took out, that is nothing. */
export type SeenFile = FoundFile & { readonly facts?: FileFacts | undefined };

/** What listening needs. */
export type ListenPorts = Pick<MakePorts, 'openSource' | 'cache'>;

/** Where the sound of a video is at hand: in a file of the search, or in the library. */
type Witness = { readonly file: number } | { readonly path: string };

/** A copy in an archive is taken out for a file only if they are about as long: within 10 s, or a twentieth. */
const [nearMs, nearShare] = [10_000, 0.05];

/** A file holds a video only if it is at least this much of its length. */
const shortestShare = 0.5;

/**
 * Listens to files beside the sound of videos that is at hand: a copy that Takeout or an id names, or the asset in the library.
 * @returns what each pair says, by the numbers of file and video
 */
export async function listenToFiles(
  library: Pick<Library, 'records'>,
  files: readonly SeenFile[],
  videos: readonly KnownVideo[],
  known: readonly FileMatch[],
  ports: ListenPorts,
  context: RecipeContext,
): Promise<Map<string, Evidence>> {
  const witnesses = await findWitnesses(library, files, videos, known);
  const pairs = listPairs(files, videos, witnesses, known);
  const evidence = new Map<string, Evidence>();
  for (const [video, witness] of witnesses) {
    const file = 'path' in witness ? files.findIndex((each) => pathOf(each) === witness.path) : -1;
    if (file >= 0) evidence.set(`${file} ${video}`, alreadyKnown);
  }
  if (pairs.length === 0) return evidence;
  await runStep(
    context,
    'listen',
    async (step) => {
      const ofVideos = await printWitnesses(
        new Set(pairs.map(({ video }) => video)),
        witnesses,
        files,
        ports,
        step,
      );
      const byFile = Map.groupBy(pairs, ({ file }) => file);
      let doneCount = 0;
      for (const [file, own] of byFile) {
        step.signal.throwIfAborted();
        const place = files[file]?.place;
        const print = place?.kind === 'disk' ? await readPrint(place.path, ports, quietly(step)) : undefined;
        for (const { video } of print === undefined ? [] : own) {
          const ofVideo = ofVideos.get(video);
          if (print === undefined || ofVideo === undefined || print.livelyMs < minComparedMs) continue;
          evidence.set(`${file} ${video}`, weighSound(comparePrints(print, ofVideo)));
          await yieldToEvents();
        }
        doneCount += 1;
        step.report({ done: doneCount, total: byFile.size, unit: 'files' });
      }
    },
    { detail: () => `${new Set(pairs.map(({ file }) => file)).size} files` },
  );
  return evidence;
}

/** A file that was added as this video before. */
const alreadyKnown: Evidence = { kind: 'sound', odds: 1e7, text: 'it is in the library as this video' };

async function findWitnesses(
  library: Pick<Library, 'records'>,
  files: readonly SeenFile[],
  videos: readonly KnownVideo[],
  known: readonly FileMatch[],
): Promise<Map<number, Witness>> {
  const witnesses = new Map<number, Witness>();
  for (const [index, { assetId }] of videos.entries()) {
    const asset = assetId === undefined ? undefined : await readAsset(library, assetId);
    const isThere = asset !== undefined && (await stat(asset.path).catch(() => undefined))?.isFile() === true;
    if (isThere) witnesses.set(index, { path: asset.path });
  }
  for (const match of known) {
    const { file, video } = match;
    const isBetter = files[file]?.place.kind === 'disk' || !witnesses.has(video);
    if (isNamed(match, files) && isBetter) witnesses.set(video, { file });
  }
  return witnesses;
}

/** Whether the platform itself, or a program that saved the video, says which one a file is. */
function isNamed({ file, certainty, evidence }: FileMatch, files: readonly SeenFile[]): boolean {
  if (certainty !== 'sure') return false;
  return files[file]?.isTakeout === true || evidence.some(({ kind }) => kind === 'id' || kind === 'name');
}

/** Which files are to be heard beside which videos. */
function listPairs(
  files: readonly SeenFile[],
  videos: readonly KnownVideo[],
  witnesses: ReadonlyMap<number, Witness>,
  known: readonly FileMatch[],
): { file: number; video: number }[] {
  const named = new Set(known.filter((match) => isNamed(match, files)).map(({ file }) => file));
  return files.flatMap(({ place, facts }, file) => {
    if (place.kind !== 'disk' || facts === undefined || !facts.hasSound || named.has(file)) return [];
    if (facts.durationMs < minComparedMs) return [];
    return [...witnesses].flatMap(([video, witness]) => {
      if ('path' in witness && witness.path === place.path) return [];
      const wantedMs = videos[video]?.durationMs;
      if (wantedMs === undefined) return [{ file, video }];
      const isInArchive = 'file' in witness && files[witness.file]?.place.kind === 'archive';
      const isNear = Math.abs(facts.durationMs - wantedMs) <= Math.max(nearMs, wantedMs * nearShare);
      const mayHold = facts.durationMs >= wantedMs * shortestShare;
      return isNear || (mayHold && !isInArchive) ? [{ file, video }] : [];
    });
  });
}

async function printWitnesses(
  wanted: ReadonlySet<number>,
  witnesses: ReadonlyMap<number, Witness>,
  files: readonly SeenFile[],
  ports: ListenPorts,
  step: StageContext,
): Promise<Map<number, IndexedPrint>> {
  const prints = new Map<number, IndexedPrint>();
  const inArchives: { video: number; file: FoundFile }[] = [];
  let doneCount = 0;
  const tell = () => step.report({ done: (doneCount += 1), total: wanted.size, unit: 'videos' });
  for (const video of wanted) {
    const witness = witnesses.get(video);
    const file = witness === undefined || 'path' in witness ? undefined : files[witness.file];
    if (file?.place.kind === 'archive') {
      inArchives.push({ video, file });
      continue;
    }
    const path = witness === undefined ? undefined : 'path' in witness ? witness.path : pathOf(file);
    const print = path === undefined ? undefined : await readPrint(path, ports, quietly(step));
    if (print !== undefined) prints.set(video, print);
    tell();
  }
  for (const { video, inspected } of await inspectFiles(inArchives, ports, quietly(step), tell)) {
    if (inspected.print !== undefined) prints.set(video, indexPrint(inspected.print));
  }
  for (const [video, { livelyMs }] of prints) if (livelyMs < minComparedMs) prints.delete(video);
  return prints;
}

/** Looks into files of archives, archive by archive. @throws tool.disk_full before anything is taken out */
export async function inspectFiles<T extends { readonly file: FoundFile }>(
  wanted: readonly T[],
  ports: ListenPorts,
  step: StageContext,
  tell: () => void,
): Promise<
  (T & { readonly inspected: { readonly facts: FileFacts; readonly print: Uint32Array | undefined } })[]
> {
  const inspected: (T & { readonly inspected: { facts: FileFacts; print: Uint32Array | undefined } })[] = [];
  const byArchive = Map.groupBy(wanted, ({ file }) =>
    file.place.kind === 'archive' ? file.place.archive : undefined,
  );
  for (const [archive, own] of byArchive) {
    if (archive === undefined) continue;
    const sizes = own.map(({ file }) => file.sizeBytes);
    const neededBytes = archive.isRandomAccess
      ? Math.max(...sizes)
      : sizes.reduce((sum, size) => sum + size, 0);
    await assertRoom([tmpdir()], neededBytes);
    const groups = archive.isRandomAccess ? own.map((each) => [each]) : [own];
    for (const group of groups) {
      const entries = group.map(({ file }) => (file.place.kind === 'archive' ? file.place.entry : ''));
      const found = await inspectEntries(archive, entries, ports, step);
      for (const [index, each] of group.entries()) {
        const entry = found.get(entries[index] ?? '');
        if (entry !== undefined) inspected.push({ ...each, inspected: entry });
        tell();
      }
    }
  }
  return inspected;
}

async function readPrint(
  path: string,
  ports: ListenPorts,
  step: StageContext,
): Promise<IndexedPrint | undefined> {
  const print = await printSound(await ports.openSource(path, step), ports, step);
  return print === undefined ? undefined : indexPrint(print);
}

function pathOf(file: FoundFile | undefined): string | undefined {
  return file?.place.kind === 'disk' ? file.place.path : undefined;
}

/** The step counts files: how far one of them is would jump about. */
function quietly({ signal }: StageContext): StageContext {
  return { signal, report: () => {} };
}
