import type { MediaInfo } from '../../domain/media.ts';
import { mainVideo } from '../../domain/media.ts';
import { frameToSeconds } from '../../domain/time.ts';
import type { Asset, FileAsset, Timeline, Track } from '../../domain/timeline.ts';
import type { GraphInput } from '../../media/render-graph.ts';
import { framingFilters, type Size } from './framing.ts';
import { listSegments, type Segment } from './segments.ts';

/** The picture half of a timeline's filter graph: conform, frame, join, lay tracks over each other, burn in captions. */

/** A file asset that was found: where it is and what it holds. */
export type FoundAsset = { readonly path: string; readonly info: MediaInfo };

/** Filter text with what it reads. Each line is one chain; the last one ends in `[<label>]`. */
export type GraphPart = { readonly inputs: readonly GraphInput[]; readonly lines: readonly string[] };

type ClipSegment = Extract<Segment, { kind: 'clip' }>;

/** What is the same for every chain of a picture. */
type Scene = {
  readonly timeline: Timeline;
  readonly canvas: Size;
  readonly assets: ReadonlyMap<string, FoundAsset>;
  readonly inputs: GraphInput[];
  readonly lines: string[];
};

/**
 * The filter text that makes the picture, ending in `[picture]`: exactly `durationFrames` frames at the timeline's rate.
 * `captionFile` is the plain name of an ASS script; fonts lie beside it.
 */
export function pictureGraph(
  timeline: Timeline,
  assets: ReadonlyMap<string, FoundAsset>,
  options: { canvas: Size; captionFile: string | undefined },
): GraphPart {
  const scene: Scene = { timeline, canvas: options.canvas, assets, inputs: [], lines: [] };
  const tracks = timeline.tracks.filter((track) => track.kind === 'video' && track.clips.length > 0);
  const joined = tracks.map((track, index) => joinTrack(scene, track, index, index > 0));
  let base = joined[0] ?? addGap(scene, timeline.durationFrames, 'empty', false);
  for (const [index, upper] of joined.slice(1).entries()) {
    const label = `over${index}`;
    scene.lines.push(`[${base}][${upper}]overlay=format=auto[${label}]`);
    base = label;
  }
  const { num, den } = timeline.frameRate;
  const finish = [
    ...(options.captionFile === undefined ? [] : [`ass=filename=${options.captionFile}:fontsdir=.`]),
    'format=yuv420p',
    'setsar=1',
    'setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709',
    `trim=end_frame=${timeline.durationFrames}`,
    `settb=${den}/${num}`,
    'setpts=N',
  ];
  scene.lines.push(`[${base}]${finish.join(',')}[picture]`);
  return { inputs: scene.inputs, lines: scene.lines };
}

/** One track from start to end; the label of its result. */
function joinTrack(scene: Scene, track: Track, trackIndex: number, isTransparent: boolean): string {
  const segments = listSegments(scene.timeline, track);
  let startFrame = 0;
  let result: { label: string; frames: number } | undefined;
  for (const [index, segment] of segments.entries()) {
    const name = `v${trackIndex}s${index}`;
    const added =
      segment.kind === 'gap'
        ? {
            label: addGap(scene, segment.durationFrames, name, isTransparent),
            frames: segment.durationFrames,
            overlap: 0,
          }
        : addClip(scene, segment, startFrame, name, isTransparent);
    startFrame += segment.kind === 'gap' ? segment.durationFrames : segment.clip.durationFrames;
    result = result === undefined ? added : joinPieces(scene, result, added, `v${trackIndex}j${index}`);
  }
  return result?.label ?? addGap(scene, scene.timeline.durationFrames, `v${trackIndex}`, isTransparent);
}

type Piece = { label: string; frames: number; overlap: number };

function joinPieces(
  scene: Scene,
  before: Omit<Piece, 'overlap'>,
  next: Piece,
  label: string,
): Omit<Piece, 'overlap'> {
  if (next.overlap === 0) {
    scene.lines.push(`[${before.label}][${next.label}]concat=n=2:v=1:a=0[${label}]`);
  } else {
    const seconds = (frames: number) => frameToSeconds(frames, scene.timeline.frameRate).toFixed(6);
    const offset = seconds(before.frames - next.overlap);
    scene.lines.push(
      `[${before.label}][${next.label}]xfade=transition=fade:duration=${seconds(next.overlap)}:offset=${offset}[${label}]`,
    );
  }
  return { label, frames: before.frames + next.frames - next.overlap };
}

function addGap(scene: Scene, frames: number, label: string, isTransparent: boolean): string {
  const { num, den } = scene.timeline.frameRate;
  const { width, height } = scene.canvas;
  const look = isTransparent ? 'black@0' : 'black';
  const format = isTransparent ? 'yuva420p' : 'yuv420p';
  scene.lines.push(
    `color=c=${look}:s=${width}x${height}:r=${num}/${den},format=${format},trim=end_frame=${frames},setsar=1,${timeInFrames(scene)}[${label}]`,
  );
  return label;
}

function addClip(
  scene: Scene,
  segment: ClipSegment,
  startFrame: number,
  label: string,
  isTransparent: boolean,
): Piece {
  const { clip, headFrames, tailFrames } = segment;
  const frames = headFrames + clip.durationFrames + tailFrames;
  const piece = { label, frames, overlap: overlapInto(scene.timeline, clip.id) };
  const asset = scene.timeline.assets.find(({ id }) => id === clip.assetId);
  const found = scene.assets.get(clip.assetId);
  const video = asset === undefined || found === undefined ? undefined : chooseVideo(asset, found.info);
  if (asset?.kind === 'color') {
    addColor(scene, asset.color, frames, label);
    return piece;
  }
  if (found === undefined || video === undefined) {
    // Sound alone: a black picture.
    addGap(scene, frames, label, false);
    return piece;
  }
  const { frameRate } = scene.timeline;
  const speed = clip.speed.num / clip.speed.den;
  const fromSeconds =
    frameToSeconds(clip.sourceStartFrame, frameRate) - frameToSeconds(headFrames, frameRate) * speed;
  const inputLabel = `${label}in`;
  scene.inputs.push({
    path: found.path,
    fromSeconds: Math.max(0, fromSeconds),
    toSeconds: fromSeconds + frameToSeconds(frames, frameRate) * speed,
    neededAtSeconds: frameToSeconds(Math.max(0, startFrame - headFrames), frameRate),
    speed,
    streams: [{ index: video.index, label: inputLabel }],
  });
  const filters = [
    ...(speed === 1 ? [] : [`setpts=PTS*${clip.speed.den}/${clip.speed.num}`]),
    // Constant rate from here on; frames before 0 (back to the key frame) are dropped before they cost anything.
    `fps=fps=${frameRate.num}/${frameRate.den}:start_time=0:round=near`,
    `tpad=stop_mode=clone:stop=${frames}`,
    `trim=end_frame=${frames}`,
    ...framingFilters(clip, video, scene.canvas),
    // A picture that ends before its clip does: the last frame stays; where there was none, black.
    `tpad=stop_mode=add:color=black:stop=${frames}`,
    `trim=end_frame=${frames}`,
    ...(isTransparent ? ['format=yuva420p'] : []),
    timeInFrames(scene),
  ];
  scene.lines.push(`[${inputLabel}]${filters.join(',')}[${label}]`);
  return piece;
}

function addColor(scene: Scene, color: string, frames: number, label: string): void {
  const { num, den } = scene.timeline.frameRate;
  const { width, height } = scene.canvas;
  const filters = [
    `color=c=${color}:s=16x16:r=${num}/${den}`,
    'format=gbrp',
    `scale=${width}:${height}:out_color_matrix=bt709:out_range=tv`,
    'format=yuv420p',
    `trim=end_frame=${frames}`,
    'setsar=1',
    timeInFrames(scene),
  ];
  scene.lines.push(`${filters.join(',')}[${label}]`);
}

/** Joining wants one time base everywhere. */
function timeInFrames(scene: Scene): string {
  const { num, den } = scene.timeline.frameRate;
  return `settb=${den}/${num},setpts=N`;
}

function overlapInto(timeline: Timeline, clipId: string): number {
  return timeline.transitions.find((transition) => transition.toClipId === clipId)?.durationFrames ?? 0;
}

/** The stream of an asset that is seen: the one it names, else the main one. */
export function chooseVideo(asset: Asset, info: MediaInfo): MediaInfo['video'][number] | undefined {
  const wanted = (asset as Partial<FileAsset>).videoStreamIndex;
  return wanted === undefined ? mainVideo(info) : info.video.find(({ index }) => index === wanted);
}
