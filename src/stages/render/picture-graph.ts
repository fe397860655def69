import { posix } from 'node:path';
import { mainVideo, type MediaInfo } from '../../domain/media.ts';
import { frameToSeconds } from '../../domain/time.ts';
import type { Asset, Effect, FileAsset, Timeline, Track, WaveformAsset } from '../../domain/timeline.ts';
import type { PictureInput, PicturePiece, SoundInput } from '../../media/render-graph.ts';
import { drawingLines, drawingMarginSeconds } from './drawn-sound.ts';
import { clampEven, framingFilters } from './framing.ts';
import type { FoundAsset, GraphPart, Size } from './graph-part.ts';
import { hasAlpha } from './pixels.ts';
import { clipStarts, groupRuns, listRuns, piecesOf, type Run, type TrackItem } from './runs.ts';
import { chooseAudio, frameToSample } from './sound-graph.ts';

/** The picture half of a timeline's filter graph: frame, join, lay tracks over each other, burn in captions and titles. */

/** A rectangle of the canvas in px, with how opaque it is. */
type Place = Size & { readonly x: number; readonly y: number; readonly opacity: number };

/** What a track is drawn on: where it lies, and whether what is below can be seen through it. */
type Surface = Place & { readonly isTransparent: boolean };

/** What is the same for every chain of a picture. */
type Scene = {
  readonly timeline: Timeline;
  readonly canvas: Size;
  readonly assets: ReadonlyMap<string, FoundAsset>;
  /** Each with the labels of the chains that read it: what is shown twice is decoded once. */
  readonly inputs: Map<string, { input: PictureInput | SoundInput; users: string[] }>;
  readonly lines: string[];
};

/**
 * The filter text that makes the picture, ending in `[picture]`: exactly `durationFrames` frames at the timeline's rate.
 * `captionFile` names an ASS script, alone or in a folder; fonts lie beside it.
 */
export function pictureGraph(
  timeline: Timeline,
  assets: ReadonlyMap<string, FoundAsset>,
  options: { canvas: Size; captionFile: string | undefined },
): GraphPart {
  const canvas = { width: options.canvas.width, height: options.canvas.height };
  const scene: Scene = { timeline, canvas, assets, inputs: new Map(), lines: [] };
  let base: string | undefined;
  for (const [index, track] of timeline.tracks.entries()) {
    const items = track.kind === 'video' ? listRuns(timeline, track) : [];
    if (!items.some(({ kind }) => kind === 'run')) continue;
    const surface = surfaceOf(scene, items, base === undefined);
    const joined = joinTrack(scene, track, items, surface, `v${index}`);
    if (base === undefined && !surface.isTransparent && isWhole(scene, surface)) {
      base = joined;
      continue;
    }
    base ??= addGap(scene, timeline.durationFrames, 'below', wholeSurface(scene, false));
    scene.lines.push(
      `[${base}][${joined}]overlay=x=${surface.x}:y=${surface.y}:format=auto:eof_action=pass[over${index}]`,
    );
    base = `over${index}`;
  }
  base ??= addGap(scene, timeline.durationFrames, 'empty', wholeSurface(scene, false));
  const { num, den } = timeline.frameRate;
  const finish = [
    ...(options.captionFile === undefined
      ? []
      : [`ass=filename=${options.captionFile}:fontsdir=${posix.dirname(options.captionFile)}`]),
    'format=yuv420p',
    'setsar=1',
    'setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709',
    `trim=end_frame=${timeline.durationFrames}`,
    `settb=${den}/${num}`,
    'setpts=N',
  ];
  scene.lines.push(`[${base}]${finish.join(',')}[picture]`);
  return {
    inputs: [...scene.inputs.values()].map(({ input }) => input),
    lines: [...splitInputs(scene), ...scene.lines],
  };
}

/** Where one input feeds several chains it is split. */
function splitInputs(scene: Scene): string[] {
  return [...scene.inputs.values()].flatMap(({ input, users }) => {
    const labels = users.map((label) => `[${label}]`).join('');
    return input.kind === 'sound'
      ? [`[${input.label}]${users.length > 1 ? `asplit=${users.length}` : 'anull'}${labels}`]
      : [`[${input.label}]${users.length > 1 ? `split=${users.length}` : 'null'}${labels}`];
  });
}

function wholeSurface(scene: Scene, isTransparent: boolean): Surface {
  return { x: 0, y: 0, ...scene.canvas, opacity: 1, isTransparent };
}

function isWhole(scene: Scene, { x, y, width, height }: Place): boolean {
  return x === 0 && y === 0 && width === scene.canvas.width && height === scene.canvas.height;
}

/** Where on the canvas a run goes. The canvas of a preview is smaller than the timeline's; positions and sizes are even. */
function placeOf(scene: Scene, run: Run): Place {
  const place = run.segments[0].clip.effects.find((effect) => effect.kind === 'place');
  if (place === undefined) return { x: 0, y: 0, ...scene.canvas, opacity: 1 };
  const across = scene.canvas.width / scene.timeline.width;
  const down = scene.canvas.height / scene.timeline.height;
  const even = (value: number) => 2 * Math.round(value / 2);
  const x = even(place.x * across);
  const y = even(place.y * down);
  return {
    x,
    y,
    width: clampEven((place.x + place.width) * across - x, Number.POSITIVE_INFINITY),
    height: clampEven((place.y + place.height) * down - y, Number.POSITIVE_INFINITY),
    opacity: place.opacity ?? 1,
  };
}

/** A track whose runs all lie in one place is drawn no larger than that; any other one is as large as the canvas. */
function surfaceOf(scene: Scene, items: readonly TrackItem[], isLowest: boolean): Surface {
  const runs = items.filter((item) => item.kind === 'run');
  const places = runs.map((run) => placeOf(scene, run));
  const [first] = places;
  const isOne =
    first !== undefined &&
    places.every(
      ({ x, y, width, height }) =>
        x === first.x && y === first.y && width === first.width && height === first.height,
    );
  const isSolid = runs.every((run) => !isSeenThrough(scene, run));
  const hasGaps = items.length > runs.length;
  if (!isOne) return wholeSurface(scene, true);
  // Nothing lies below the lowest track: its gaps are black anyway.
  const isTransparent = !isSolid || (hasGaps && !(isLowest && isWhole(scene, first)));
  return { ...first, opacity: 1, isTransparent };
}

/** Whether what lies below a run is seen through it. */
function isSeenThrough(scene: Scene, run: Run): boolean {
  const asset = assetOf(scene, run);
  if (asset?.kind === 'waveform' || placeOf(scene, run).opacity < 1) return true;
  const found = asset === undefined ? undefined : scene.assets.get(asset.id);
  const video = asset === undefined || found === undefined ? undefined : chooseVideo(asset, found.info);
  return video !== undefined && hasAlpha(video);
}

function assetOf(scene: Scene, run: Run): Asset | undefined {
  const { assetId } = run.segments[0].clip;
  return scene.timeline.assets.find(({ id }) => id === assetId);
}

/** One track from start to end; the label of its result. */
function joinTrack(
  scene: Scene,
  track: Track,
  items: readonly TrackItem[],
  surface: Surface,
  name: string,
): string {
  const labels = addRuns(scene, items, surface, name);
  let result: { label: string; frames: number } | undefined;
  for (const [index, item] of items.entries()) {
    const label = (item.kind === 'run' ? labels.get(item) : undefined) ?? `${name}s${index}`;
    const next = { label, frames: item.frames, overlap: item.kind === 'gap' ? 0 : item.overlapFrames };
    if (item.kind === 'gap') addGap(scene, item.frames, label, surface);
    result = result === undefined ? next : joinPieces(scene, result, next, `${name}j${index}`);
  }
  return result?.label ?? addGap(scene, scene.timeline.durationFrames, `${track.id}-empty`, surface);
}

/** All runs of a track, each group of like ones as one chain that is cut apart. @returns the label of each run */
function addRuns(
  scene: Scene,
  items: readonly TrackItem[],
  surface: Surface,
  name: string,
): ReadonlyMap<Run, string> {
  const labels = new Map<Run, string>();
  const parts = new Map<Run, { label: string; fromFrame: number; frames: number }[]>();
  const isFile = (run: Run) => assetOf(scene, run)?.kind === 'file';
  const grouped = groupRuns(items.filter((item) => item.kind === 'gap' || isFile(item)));
  for (const [index, run] of items.entries()) {
    if (run.kind === 'gap') continue;
    const label = `${name}s${index}`;
    labels.set(run, label);
    const { group = run, fromFrame = 0 } = grouped.get(run) ?? {};
    const { frames } = run;
    parts.set(group, [...(parts.get(group) ?? []), { label, fromFrame, frames }]);
  }
  for (const [group, [first, ...others]] of parts) {
    if (first === undefined) continue;
    if (others.length === 0) {
      addRun(scene, group, first.label, surface);
      continue;
    }
    const all = `${first.label}all`;
    const cut = [first, ...others];
    addRun(scene, group, all, surface);
    scene.lines.push(`[${all}]split=${cut.length}${cut.map(({ label }) => `[${label}part]`).join('')}`);
    for (const { label, fromFrame, frames } of cut) {
      scene.lines.push(
        `[${label}part]trim=start_frame=${fromFrame}:end_frame=${fromFrame + frames},${timeInFrames(scene)}[${label}]`,
      );
    }
  }
  return labels;
}

type Piece = { label: string; frames: number };

function joinPieces(scene: Scene, before: Piece, next: Piece & { overlap: number }, label: string): Piece {
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

function addGap(scene: Scene, frames: number, label: string, surface: Surface): string {
  const { num, den } = scene.timeline.frameRate;
  const color = surface.isTransparent ? 'black@0' : 'black';
  const size = `${surface.width}x${surface.height}`;
  scene.lines.push(
    `color=c=${color}:s=${size}:r=${num}/${den},${formatOf(surface)},trim=end_frame=${frames},setsar=1,${timeInFrames(scene)}[${label}]`,
  );
  return label;
}

function formatOf(surface: Surface): string {
  return surface.isTransparent ? 'format=yuva420p' : 'format=yuv420p';
}

/** A run, as large as its track's surface. */
function addRun(scene: Scene, run: Run, label: string, surface: Surface): void {
  const place = placeOf(scene, run);
  const fits = place.width === surface.width && place.height === surface.height;
  const finish = [
    formatOf(surface),
    ...(place.opacity < 1 ? [`lut=a=val*${place.opacity.toFixed(3)}`] : []),
    timeInFrames(scene),
  ].join(',');
  const drawn = fits ? label : `${label}own`;
  const [last = '', ...before] = drawRun(scene, run, label, place).toReversed();
  scene.lines.push(...before.toReversed(), `${last},${finish}[${drawn}]`);
  if (fits) return;
  addGap(scene, run.frames, `${label}around`, surface);
  scene.lines.push(
    `[${label}around][${drawn}]overlay=x=${place.x}:y=${place.y}:format=auto,${formatOf(surface)},${timeInFrames(scene)}[${label}]`,
  );
}

/** The chains that make a run's frames, of the size of its place; the last one has no label yet. */
function drawRun(scene: Scene, run: Run, label: string, place: Place): string[] {
  const asset = assetOf(scene, run);
  const { frames } = run;
  const trim = `trim=end_frame=${frames}`;
  const found = asset === undefined ? undefined : scene.assets.get(asset.id);
  const video = asset === undefined || found === undefined ? undefined : chooseVideo(asset, found.info);
  if (asset?.kind === 'waveform') return drawSound(scene, run, asset, label, place);
  if (asset === undefined || found === undefined || video === undefined) {
    // Sound alone: a black picture.
    return [`${flatColor(scene, asset?.kind === 'color' ? asset.color : 'black', place)},${trim}`];
  }
  const { timeline } = scene;
  const isImage = asset.kind === 'image';
  const input: PictureInput = {
    kind: 'pictures',
    path: found.path,
    streamIndex: video.index,
    isImage,
    label: `${label}in`,
    frameRate: timeline.frameRate,
    filters: video.isInterlaced ? deinterlace(scene, video) : undefined,
    pieces: isImage ? piecesOf(run, timeline).slice(0, 1).map(toStill) : piecesOf(run, timeline),
  };
  const blur = effectOf(run, 'blur')?.radius ?? 0;
  const filters = [
    // A still picture stays.
    ...(isImage && hasMove(run) ? [`tpad=stop_mode=clone:stop=${frames}`] : []),
    ...framingFilters({
      clips: clipStarts(run).map(({ clip, startFrame }) => ({
        startFrame,
        crop: clip.effects.find((effect) => effect.kind === 'crop'),
      })),
      video,
      target: { width: place.width, height: place.height },
      // What is called the radius reaches two standard deviations far.
      blurPx: (blur * Math.min(scene.canvas.width, scene.canvas.height)) / 2,
      frameRate: timeline.frameRate,
      name: label,
    }),
    // A picture that ends before its clip does: the last frame stays; where there was none, black.
    `tpad=stop_mode=${isImage ? 'clone' : 'add:color=black'}:stop=${frames}`,
    trim,
  ];
  return [`[${addInput(scene, input, `${label}pic`)}]${filters.join(',')}`];
}

function toStill({ neededAtSeconds }: PicturePiece): PicturePiece {
  return { fromSeconds: 0, frames: 1, speed: 1, neededAtSeconds };
}

function hasMove(run: Run): boolean {
  return run.segments.some(({ clip }) =>
    clip.effects.some((effect) => effect.kind === 'crop' && effect.keyframes.length > 1),
  );
}

type EffectOf<Kind extends Effect['kind']> = Extract<Effect, { kind: Kind }>;

function effectOf<Kind extends Effect['kind']>(run: Run, kind: Kind): EffectOf<Kind> | undefined {
  return run.segments[0].clip.effects.find((effect): effect is EffectOf<Kind> => effect.kind === kind);
}

/** Half pictures become whole ones; each of them its own where the timeline has room for twice the rate. */
function deinterlace(scene: Scene, video: MediaInfo['video'][number]): string {
  const { num, den } = scene.timeline.frameRate;
  const isDouble = num / den > (1.5 * video.frameRate.num) / video.frameRate.den;
  return `bwdif=mode=${isDouble ? 'send_field' : 'send_frame'}:deint=interlaced`;
}

/** Adds an input, or finds the one that reads the same at the same time. @returns the label of this user's chain */
function addInput(scene: Scene, input: PictureInput | SoundInput, user: string): string {
  const key = JSON.stringify({ ...input, label: undefined });
  const known = scene.inputs.get(key);
  if (known === undefined) scene.inputs.set(key, { input, users: [user] });
  else known.users.push(user);
  return user;
}

function drawSound(scene: Scene, run: Run, asset: WaveformAsset, label: string, place: Place): string[] {
  const { timeline } = scene;
  const trim = `trim=end_frame=${run.frames}`;
  const heard = timeline.assets.find(({ id }) => id === asset.assetId);
  const found = scene.assets.get(asset.assetId);
  const audio = heard === undefined || found === undefined ? undefined : chooseAudio(heard, found.info);
  if (found === undefined || audio === undefined) {
    return [`${flatColor(scene, 'black', place)},format=yuva420p,lut=a=0,${trim}`];
  }
  const marginSamples = Math.round(drawingMarginSeconds(asset.look) * 48_000);
  let frame = 0;
  const pieces = piecesOf(run, timeline).map((piece) => {
    const startSample = marginSamples + frameToSample(frame, timeline);
    frame += piece.frames;
    const samples = marginSamples + frameToSample(frame, timeline) - startSample;
    const { fromSeconds, speed } = piece;
    const { path } = found;
    const streamIndex = audio.index;
    return {
      path,
      streamIndex,
      fromSeconds,
      speed,
      startSample,
      samples,
      fadeInSamples: 0,
      fadeOutSamples: 0,
      gainDb: 0,
    };
  });
  const input: SoundInput = {
    kind: 'sound',
    label: `${label}in`,
    // A second more, so that the last pictures are complete.
    samples: 2 * marginSamples + frameToSample(run.frames, timeline) + 48_000,
    aheadSeconds: (2 * marginSamples) / 48_000,
    neededAtSeconds: frameToSeconds(Math.max(0, run.startFrame), timeline.frameRate),
    pieces,
  };
  const size = { width: place.width, height: place.height };
  const lines = drawingLines(asset, {
    input: addInput(scene, input, `${label}snd`),
    size,
    frameRate: timeline.frameRate,
  });
  return [...lines.slice(0, -1), `${lines.at(-1) ?? ''},tpad=stop_mode=clone:stop=${run.frames},${trim}`];
}

function flatColor(scene: Scene, color: string, size: Size): string {
  const { num, den } = scene.timeline.frameRate;
  return [
    `color=c=${color}:s=16x16:r=${num}/${den}`,
    'format=gbrp',
    `scale=${size.width}:${size.height}:out_color_matrix=bt709:out_range=tv`,
    'format=yuv420p',
    'setsar=1',
  ].join(',');
}

/** Joining wants one time base everywhere. */
function timeInFrames(scene: Scene): string {
  const { num, den } = scene.timeline.frameRate;
  return `settb=${den}/${num},setpts=N`;
}

/** The stream of an asset that is seen: the one it names, else the main one; of a still picture, any. */
export function chooseVideo(asset: Asset, info: MediaInfo): MediaInfo['video'][number] | undefined {
  const wanted = (asset as Partial<FileAsset>).videoStreamIndex;
  if (wanted !== undefined) return info.video.find(({ index }) => index === wanted);
  return mainVideo(info) ?? (asset.kind === 'image' ? info.video[0] : undefined);
}
