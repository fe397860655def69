import { z } from 'zod';
import { mainVideo, type VideoStream } from '../../domain/media.ts';
import { pictureSampleSchema, type PictureSample, type Seen, type Shot } from '../../domain/shot.ts';
import type { Source } from '../../domain/source.ts';
import {
  frameToMs,
  mergeRanges,
  msToNearestFrame,
  type Rational,
  type TimeRange,
} from '../../domain/time.ts';
import { openFrames } from '../../media/open-frames.ts';
import { chooseFrameRate } from '../plan/frame-rate.ts';
import type { StageCache, StageContext } from '../stage.ts';
import type { Bound } from './watched-stretch.ts';
import { comparedWidth, watch, watchedAroundMs, type Watched } from './watch.ts';

/** Counted up when the same picture would give other shots, and other measures. */
const shotsVersion = 1;
const picturesVersion = 1;

/**
 * The unit that is kept: blocks of the source, whichever ranges ask for them, so that other lengths, counts or topics find
 * what was seen before. In ms.
 */
const blockMs = 4000;

/** So many blocks are looked up at once, and decoded in one go when they are missing. */
const blocksAtOnce = 60;

const boundSchema = z.strictObject({ frame: z.int().nonnegative(), kind: z.enum(['cut', 'fade']) });
const boundsSchema = z.array(boundSchema);
const picturesSchema = z.array(pictureSampleSchema);

/** What looking needs. */
export type LookPorts = { readonly cache: StageCache };

/** The picture of a source: of a recording of several files, that of the first which has one. */
type Picture = {
  readonly path: string;
  readonly contentHash: string;
  readonly video: VideoStream;
  readonly frameRate: Rational;
  /** Where in the source's time the file begins, in ms, and how long it is. */
  readonly offsetMs: number;
  readonly durationMs: number;
};

/** A block by its frames in the file, half-open. */
type Block = { readonly number: number; readonly from: number; readonly to: number };

/**
 * Watches ranges of a source (in ms; they may overlap and need not be sorted): its shots, and how bright, rich and lively the
 * picture is. Ranges grow to whole blocks of 4 s; of each run of blocks that was not seen before, the blocks and 2 s around
 * them are decoded once, at about 96 × 54 px, and nothing else. Shots and measures are kept under keys of their own.
 * A source without a picture gives nothing.
 * @returns one entry for each stretch of the merged ranges, in order
 * @throws input.unreadable, tool.child_died
 */
export async function look(
  source: Source,
  ranges: readonly TimeRange[],
  ports: LookPorts,
  context: StageContext,
): Promise<Seen[]> {
  const picture = findPicture(source);
  if (picture === undefined) return [];
  const { offsetMs, durationMs, frameRate } = picture;
  const inFile = mergeRanges(
    ranges.flatMap((range) => {
      const startMs = Math.max(0, range.startMs - offsetMs);
      const endMs = Math.min(durationMs, range.endMs - offsetMs);
      return startMs < endMs ? [growToBlocks({ startMs, endMs }, durationMs)] : [];
    }),
  );
  const blocks = inFile.flatMap((range) => listBlocks(range, frameRate));
  const seen = await watchBlocks(picture, blocks, ports, context);
  return inFile.map((range) => {
    const own = listBlocks(range, frameRate).map(({ number }) => seen.get(number)!);
    const from = msToNearestFrame(range.startMs, frameRate);
    const to = msToNearestFrame(range.endMs, frameRate);
    return {
      startMs: range.startMs + offsetMs,
      endMs: range.endMs + offsetMs,
      frameRate,
      shots: moveShots(
        joinShots(
          own.flatMap(({ bounds }) => bounds),
          from,
          to,
        ),
        msToNearestFrame(offsetMs, frameRate),
      ),
      pictures: own.flatMap(({ pictures }) =>
        pictures.map((sample) => ({ ...sample, atMs: sample.atMs + offsetMs })),
      ),
    };
  });
}

/** Shots that cover `[from, to)` without a gap. Pure. */
export function joinShots(bounds: readonly Bound[], from: number, to: number): Shot[] {
  const inside = bounds.filter(({ frame }) => frame > from && frame < to);
  return [{ frame: from, kind: 'start' as const }, ...inside].map(({ frame, kind }, index) => ({
    startFrame: frame,
    endFrame: inside[index]?.frame ?? to,
    startsWith: kind,
  }));
}

function moveShots(shots: readonly Shot[], by: number): Shot[] {
  if (by === 0) return [...shots];
  return shots.map((shot) => ({ ...shot, startFrame: shot.startFrame + by, endFrame: shot.endFrame + by }));
}

function findPicture(source: Source): Picture | undefined {
  const files = source.members ?? [{ ...source, offsetMs: 0 }];
  for (const { path, contentHash, info, offsetMs } of files) {
    const video = mainVideo(info);
    if (video === undefined) continue;
    return {
      path,
      contentHash,
      video,
      frameRate: chooseFrameRate(video),
      offsetMs,
      durationMs: info.durationMs,
    };
  }
  return undefined;
}

function growToBlocks({ startMs, endMs }: TimeRange, durationMs: number): TimeRange {
  return {
    startMs: Math.floor(startMs / blockMs) * blockMs,
    endMs: Math.min(durationMs, Math.ceil(endMs / blockMs) * blockMs),
  };
}

function listBlocks({ startMs, endMs }: TimeRange, frameRate: Rational): Block[] {
  const blocks: Block[] = [];
  for (let atMs = startMs; atMs < endMs; atMs += blockMs) {
    blocks.push({
      number: Math.round(atMs / blockMs),
      from: msToNearestFrame(atMs, frameRate),
      to: msToNearestFrame(Math.min(endMs, atMs + blockMs), frameRate),
    });
  }
  return blocks;
}

/** What is in each block, by its number: from the cache, or seen now. */
async function watchBlocks(
  picture: Picture,
  blocks: readonly Block[],
  { cache }: LookPorts,
  context: StageContext,
): Promise<ReadonlyMap<number, Watched>> {
  const seen = new Map<number, Watched>();
  const total = blocks.reduce((sum, block) => sum + block.to - block.from, 0);
  let done = 0;
  const report = (block: Block) => {
    done += block.to - block.from;
    const toSeconds = (frames: number) => (frames * picture.frameRate.den) / picture.frameRate.num;
    context.report({ done: toSeconds(done), total: toSeconds(total), unit: 's' });
  };
  for (let first = 0; first < blocks.length; first += blocksAtOnce) {
    context.signal.throwIfAborted();
    const group = blocks.slice(first, first + blocksAtOnce);
    const asked = group.map((block) => askCache(cache, picture, block));
    await Promise.all(asked.map(({ looked }) => looked));
    const missing = asked.filter(({ isMissing }) => isMissing());
    try {
      const found = asked.filter((entry) => !missing.includes(entry));
      for (const { block } of found) report(block);
      await watchMissing(picture, missing, context.signal, report);
    } catch (error) {
      for (const { fail } of missing) fail(error);
      await Promise.allSettled(asked.map(({ result }) => result));
      throw error;
    }
    for (const { block, result } of asked) seen.set(block.number, await result);
  }
  return seen;
}

/** A block that the cache was asked for. */
type AskedBlock = {
  readonly block: Block;
  /** Settled when it is known whether the cache has it. */
  readonly looked: Promise<unknown>;
  isMissing(): boolean;
  give(watched: Watched): void;
  fail(error: unknown): void;
  readonly result: Promise<Watched>;
};

/** Asks for both results of a block; what is missing waits until it is given, since one decode makes both, and many blocks. */
function askCache(cache: StageCache, picture: Picture, block: Block): AskedBlock {
  const { promise: made, resolve: give, reject: fail } = Promise.withResolvers<Watched>();
  made.catch(() => {});
  let isMissing = false;
  const ask = <T>(name: string, version: number, schema: z.ZodType<T>, pick: (watched: Watched) => T) => {
    const { promise: asked, resolve: answer } = Promise.withResolvers<void>();
    const kept = cache.remember({
      name,
      version,
      inputs: {
        source: picture.contentHash,
        stream: picture.video.index,
        frameRate: picture.frameRate,
        from: block.from,
        to: block.to,
      },
      schema,
      run: async () => {
        isMissing = true;
        answer();
        return pick(await made);
      },
    });
    kept.then(
      () => answer(),
      () => answer(),
    );
    return { asked, kept };
  };
  const shots = ask('look-shots', shotsVersion, boundsSchema, ({ bounds }) => [...bounds]);
  const pictures = ask<PictureSample[]>('look-pictures', picturesVersion, picturesSchema, (watched) => [
    ...watched.pictures,
  ]);
  const result = Promise.all([shots.kept, pictures.kept]).then(([bounds, samples]) => ({
    bounds,
    pictures: samples,
  }));
  result.catch(() => {});
  return {
    block,
    looked: Promise.all([shots.asked, pictures.asked]),
    isMissing: () => isMissing,
    give,
    fail,
    result,
  };
}

/** Decodes and watches blocks, sorted, each run of neighbours with what lies around it, in one pass over the file. */
async function watchMissing(
  picture: Picture,
  missing: readonly AskedBlock[],
  signal: AbortSignal,
  report: (block: Block) => void,
): Promise<void> {
  if (missing.length === 0) return;
  const { video, frameRate, durationMs } = picture;
  const ranges = mergeRanges(
    missing.map(({ block }) => ({
      startMs: Math.max(0, frameToMs(block.from, frameRate) - watchedAroundMs),
      endMs: Math.min(durationMs, frameToMs(block.to, frameRate) + watchedAroundMs),
    })),
  );
  const width = comparedWidth(video.displayWidth, video.displayHeight);
  const frames = openFrames(picture.path, {
    streamIndex: video.index,
    ranges,
    frameRate,
    sizes: [{ name: 'compared', width, pixelFormat: 'rgb24', everyFrames: 1 }],
    signal,
  });
  let index = 0;
  for await (const watched of watch(
    frames,
    missing.map(({ block }) => block),
    frameRate,
  )) {
    const asked = missing[index];
    index += 1;
    asked?.give(watched);
    if (asked !== undefined) report(asked.block);
  }
}
