import { isAbsolute } from 'node:path';
import { frameToMs, overlapMs, rationalToNumber, type TimeRange } from '../../domain/time.ts';
import type { Clip, FileAsset, Timeline, Track } from '../../domain/timeline.ts';

/** Where a stretch of a finished clip was taken from, cut by cut. Pure. */

/** A rectangle as shares of a picture as shown. */
export type PartOfPicture = {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
};

/** A stretch of a source that a stretch of a clip was taken from. */
export type SourceRange = {
  readonly assetId: string;
  readonly path: string;
  /** Everything from the first piece to the last, in ms of the source. */
  readonly range: TimeRange;
  /** What of it the clip shows: one piece, or several where air was cut from between them. In ms of the source. */
  readonly pieces: readonly TimeRange[];
  /** The rectangles that the pieces show, in px of the picture as shown; none where it is seen whole. */
  readonly crops: readonly CropRectangle[];
};

type CropRectangle = Extract<Clip['effects'][number], { kind: 'crop' }>['keyframes'][number];

/** How much of a stretch must come from films, and how much of it must be the source's own. */
export const ownShare = 0.8;

/** A picture that takes up less of the canvas than this is an ornament: what lies below it is what is seen. */
const ornamentShare = 0.2;

/** Pieces of a source that lie closer together are looked at in one go, in ms. */
const togetherMs = 5000;

/**
 * Where a stretch of the timeline comes from, a range for each run of pieces; undefined: not from films with a place that is
 * known. Logos, titles and waveforms are looked through.
 */
export function traceRange(timeline: Timeline, range: TimeRange): SourceRange[] | undefined {
  const films = new Map(
    timeline.assets.flatMap((asset) =>
      asset.kind === 'file' && asset.hasVideo ? [[asset.id, asset] as const] : [],
    ),
  );
  for (const track of timeline.tracks.toReversed()) {
    if (track.kind !== 'video') continue;
    const seen = seenClips(track, timeline, range, films);
    const coveredMs = seen.reduce((sum, { clipMs }) => sum + overlapMs(clipMs, range), 0);
    if (coveredMs < ownShare * (range.endMs - range.startMs)) continue;
    if (seen.some(({ asset }) => !isAbsolute(asset.path))) return undefined;
    return joinPieces(seen.map((clip) => toPiece(clip, timeline, range)));
  }
  return undefined;
}

type SeenClip = { readonly clip: Clip; readonly clipMs: TimeRange; readonly asset: FileAsset };

function seenClips(
  track: Track,
  timeline: Timeline,
  range: TimeRange,
  films: ReadonlyMap<string, FileAsset>,
): SeenClip[] {
  return track.clips.flatMap((clip) => {
    const asset = films.get(clip.assetId);
    const clipMs = clipRange(clip, timeline);
    if (asset === undefined || isOrnament(clip, timeline) || overlapMs(clipMs, range) === 0) return [];
    return [{ clip, clipMs, asset }];
  });
}

/** When a clip is on, in ms of the timeline. */
export function clipRange(clip: Clip, { frameRate }: Pick<Timeline, 'frameRate'>): TimeRange {
  return {
    startMs: frameToMs(clip.startFrame, frameRate),
    endMs: frameToMs(clip.startFrame + clip.durationFrames, frameRate),
  };
}

function isOrnament(clip: Clip, canvas: { width: number; height: number }): boolean {
  const place = clip.effects.find((effect) => effect.kind === 'place');
  return place !== undefined && place.width * place.height < ornamentShare * canvas.width * canvas.height;
}

function toPiece({ clip, clipMs, asset }: SeenClip, timeline: Timeline, range: TimeRange): SourceRange {
  const speed = rationalToNumber(clip.speed);
  const originMs = frameToMs(clip.sourceStartFrame, timeline.frameRate);
  const place = (ms: number) => Math.max(0, Math.round(originMs + (ms - clipMs.startMs) * speed));
  const piece = {
    startMs: place(Math.max(range.startMs, clipMs.startMs)),
    endMs: place(Math.min(range.endMs, clipMs.endMs)),
  };
  const crop = clip.effects.find((effect) => effect.kind === 'crop');
  return {
    assetId: asset.id,
    path: asset.path,
    range: piece,
    pieces: [piece],
    crops: crop === undefined ? [] : crop.keyframes,
  };
}

function joinPieces(pieces: readonly SourceRange[]): SourceRange[] {
  const joined: SourceRange[] = [];
  for (const piece of pieces) {
    const last = joined.at(-1);
    const gapMs = last === undefined ? Infinity : piece.range.startMs - last.range.endMs;
    if (last === undefined || last.assetId !== piece.assetId || gapMs < 0 || gapMs > togetherMs) {
      joined.push(piece);
      continue;
    }
    joined[joined.length - 1] = {
      ...last,
      range: { startMs: last.range.startMs, endMs: piece.range.endMs },
      pieces: [...last.pieces, ...piece.pieces],
      // Seen whole once, seen whole: then no rectangle narrows what is looked at.
      crops: last.crops.length === 0 || piece.crops.length === 0 ? [] : [...last.crops, ...piece.crops],
    };
  }
  return joined;
}

/** The part of a picture that holds all the rectangles; undefined when that is all of it. */
export function partOf(
  crops: SourceRange['crops'],
  picture: { readonly width: number; readonly height: number },
): PartOfPicture | undefined {
  if (crops.length === 0) return undefined;
  const clamp = (value: number) => Math.max(0, Math.min(1, value));
  const left = clamp(Math.min(...crops.map((crop) => crop.x)) / picture.width);
  const top = clamp(Math.min(...crops.map((crop) => crop.y)) / picture.height);
  const right = clamp(Math.max(...crops.map((crop) => crop.x + crop.width)) / picture.width);
  const bottom = clamp(Math.max(...crops.map((crop) => crop.y + crop.height)) / picture.height);
  const isWhole = left < 0.01 && top < 0.01 && right > 0.99 && bottom > 0.99;
  // A rectangle outside the picture is somebody's mistake: the whole picture then.
  if (isWhole || right - left < 0.01 || bottom - top < 0.01) return undefined;
  return { x: left, y: top, width: right - left, height: bottom - top };
}

/** A part of a picture as shown, in the picture as stored: before the clockwise turn that a player applies. */
export function unturn({ x, y, width, height }: PartOfPicture, rotationDegrees: number): PartOfPicture {
  if (rotationDegrees === 90) return { x: y, y: 1 - x - width, width: height, height: width };
  if (rotationDegrees === 180) return { x: 1 - x - width, y: 1 - y - height, width, height };
  if (rotationDegrees === 270) return { x: 1 - y - height, y: x, width: height, height: width };
  return { x, y, width, height };
}
