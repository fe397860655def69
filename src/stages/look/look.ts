import { z } from 'zod';
import { faceSampleSchema, type FaceSample } from '../../domain/face.ts';
import { mainVideo, type VideoStream } from '../../domain/media.ts';
import {
  pictureDetailSchema,
  pictureSampleSchema,
  type PictureDetail,
  type PictureSample,
  type Seen,
  type Shot,
} from '../../domain/shot.ts';
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
import { facesEveryFrames, facesWidth } from './follow-faces.ts';
import { facesSizeName, watchFaces } from './watch-faces.ts';
import { comparedWidth, watch, watchedAroundMs, type Watched } from './watch.ts';
import type { Bound } from './watched-stretch.ts';

/** Counted up when the same picture would give other shots, other measures, and other faces. */
const shotsVersion = 1;
const picturesVersion = 1;
const facesVersion = 2;
const detailsVersion = 1;

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
const facesSchema = z.array(faceSampleSchema);
const detailsSchema = z.array(pictureDetailSchema);

/** What looking needs, and whether faces are looked for too (default: no): that takes about three times as long. */
export type LookPorts = { readonly cache: StageCache; readonly faces?: boolean };

/** What is known of a block; faces only when they are looked for. */
type SeenBlock = Watched & {
  readonly faces?: readonly FaceSample[];
  readonly details?: readonly PictureDetail[];
};

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
 * A source without a picture gives nothing. Faces, when they are looked for, are found in the same decode, and kept apart too.
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
  const offsetFrames = msToNearestFrame(offsetMs, frameRate);
  return inFile.map((range) => {
    const own = listBlocks(range, frameRate).map(({ number }) => seen.get(number)!);
    const from = msToNearestFrame(range.startMs, frameRate);
    const to = msToNearestFrame(range.endMs, frameRate);
    const bounds = own.flatMap((block) => block.bounds);
    const stretch: Seen = {
      startMs: range.startMs + offsetMs,
      endMs: range.endMs + offsetMs,
      frameRate,
      shots: moveShots(joinShots(bounds, from, to), offsetFrames),
      pictures: own.flatMap(({ pictures }) =>
        pictures.map((sample) => ({ ...sample, atMs: sample.atMs + offsetMs })),
      ),
    };
    if (ports.faces !== true) return stretch;
    const samples = own.flatMap((block) => block.faces ?? []);
    const faces = samples.map((sample) => moveSample(sample, offsetFrames));
    const details = own.flatMap((block) => block.details ?? []);
    return Object.assign(stretch, {
      faces,
      details: details.map((detail) => Object.assign({}, detail, { frame: detail.frame + offsetFrames })),
    });
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

function moveSample(sample: FaceSample, by: number): FaceSample {
  return { ...sample, frame: sample.frame + by };
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
  ports: LookPorts,
  context: StageContext,
): Promise<ReadonlyMap<number, SeenBlock>> {
  const seen = new Map<number, SeenBlock>();
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
    const asked = group.map((block) => askCache(ports, picture, block));
    await Promise.all(asked.map(({ looked }) => looked));
    const missing = asked.filter(({ isMissing }) => isMissing());
    try {
      const found = asked.filter((entry) => !missing.includes(entry));
      for (const { block } of found) report(block);
      await watchMissing(picture, missing, ports, context.signal, report);
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
  give(watched: SeenBlock): void;
  fail(error: unknown): void;
  readonly result: Promise<SeenBlock>;
};

/** Asks for the results of a block; what is missing waits until it is given, since one decode makes them all, and many blocks. */
function askCache(
  { cache, faces: withFaces = false }: LookPorts,
  picture: Picture,
  block: Block,
): AskedBlock {
  const { promise: made, resolve: give, reject: fail } = Promise.withResolvers<SeenBlock>();
  made.catch(() => {});
  let isMissing = false;
  const ask = <T>(name: string, version: number, schema: z.ZodType<T>, pick: (watched: SeenBlock) => T) => {
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
  const faces = withFaces
    ? ask<FaceSample[]>('look-faces', facesVersion, facesSchema, (watched) => [...(watched.faces ?? [])])
    : undefined;
  const details = withFaces
    ? ask<PictureDetail[]>('look-details', detailsVersion, detailsSchema, (watched) => [
        ...(watched.details ?? []),
      ])
    : undefined;
  const kept = Promise.all([shots.kept, pictures.kept, faces?.kept, details?.kept]);
  const result = kept.then(([bounds, samples, found, seen]) => ({
    bounds,
    pictures: samples,
    ...(found === undefined || seen === undefined ? {} : { faces: found, details: seen }),
  }));
  result.catch(() => {});
  return {
    block,
    looked: Promise.all([shots.asked, pictures.asked, faces?.asked, details?.asked]),
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
  { faces: withFaces = false }: LookPorts,
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
  const blocks = missing.map(({ block }) => block);
  const width = comparedWidth(video.displayWidth, video.displayHeight);
  const lookedWidth = facesWidth(video.displayWidth, video.displayHeight);
  const frames = openFrames(picture.path, {
    streamIndex: video.index,
    ranges,
    frameRate,
    sizes: [
      { name: 'compared', width, pixelFormat: 'rgb24', everyFrames: 1 },
      ...(withFaces
        ? [
            {
              name: facesSizeName,
              width: lookedWidth,
              pixelFormat: 'rgb24' as const,
              everyFrames: facesEveryFrames(frameRate),
            },
          ]
        : []),
    ],
    signal,
  });
  const finder = withFaces
    ? watchFaces(blocks, { frameRate, scale: video.displayWidth / lookedWidth })
    : undefined;
  try {
    let index = 0;
    for await (const watched of watch(finder?.through(frames) ?? frames, blocks, frameRate)) {
      const asked = missing[index];
      const faces = await finder?.facesOf(index);
      const details = finder?.detailsOf(index) ?? [];
      index += 1;
      asked?.give(faces === undefined ? watched : { ...watched, faces, details });
      if (asked !== undefined) report(asked.block);
    }
  } finally {
    await finder?.close();
  }
}
