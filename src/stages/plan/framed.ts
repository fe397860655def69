import type { Layout } from '../../domain/aspect.ts';
import {
  framedCropAt,
  type Focus,
  type FramedCrop,
  type FramedShot,
  type Framing,
  type RangedWish,
} from '../../domain/framing.ts';
import type { Seen } from '../../domain/shot.ts';
import type { Source } from '../../domain/source.ts';
import { msToNearestFrame, rationalToNumber, type Rational, type TimeRange } from '../../domain/time.ts';
import type { Effect } from '../../domain/timeline.ts';
import { frameSource, mainPicture } from '../frame/frame-source.ts';
import type { SourceMaterial, ShownStretch } from './material.ts';

/** What is framed of a source for one clip: frames count the timeline's rate. */
export type PlannedFraming = {
  readonly framing: Framing;
  /** The asset that is framed, and how many frames of the source lie before its first one. */
  readonly assetId: string;
  readonly offsetFrames: number;
};

/** Part of a stretch with what is done to its picture: a list of effects for each layer, bottom first. */
export type FramedStretch = ShownStretch & { readonly layers: readonly (readonly Effect[])[] };

type Size = { readonly width: number; readonly height: number };

/** What a clip is framed by. */
export type FramingRequest = {
  readonly source: Source;
  readonly material: SourceMaterial;
  readonly seen: Seen | undefined;
  /** The clip's range of the source, in ms, and where speech is heard in the source. */
  readonly range: TimeRange;
  readonly speech: readonly TimeRange[];
  readonly layout: Layout;
  readonly focus: Focus | undefined;
  readonly rangedWishes: readonly RangedWish[] | undefined;
  readonly canvas: Size;
  readonly rate: Rational;
};

/** Frames the main picture for a clip; undefined where nobody looked for faces, or there is no picture. Pure. */
export function planFraming(request: FramingRequest): PlannedFraming | undefined {
  const { source, material, seen, range, speech, layout, focus, rangedWishes, canvas, rate } = request;
  const picture = mainPicture(source);
  if (picture === undefined || seen?.faces === undefined) return undefined;
  const asset = material.assets.find(
    ({ kind, ...own }) => kind === 'file' && 'path' in own && own.path === picture.path,
  );
  if (asset === undefined) return undefined;
  const framing = frameSource(source, seen, range, { canvas, wish: { layout, focus }, rangedWishes, speech });
  return {
    framing: atRate(framing, rate),
    assetId: asset.id,
    offsetFrames: msToNearestFrame(picture.offsetMs, rate),
  };
}

/** What of a framing the timeline's metadata tells a person: which layout each stretch of the source has, and why. */
export function describeFraming({ framing }: PlannedFraming): unknown {
  return framing.shots.map(({ startFrame, endFrame, layout, reason, trackIds }) => ({
    startFrame,
    endFrame,
    layout,
    reason,
    people: trackIds,
  }));
}

/** The same framing counted at another rate. */
function atRate(framing: Framing, rate: Rational): Framing {
  const factor = rationalToNumber(rate) / rationalToNumber(framing.frameRate);
  if (factor === 1) return framing;
  const move = <T extends { readonly frame: number }>(boxes: readonly T[]): T[] =>
    boxes.map((box) => ({ ...box, frame: Math.round(box.frame * factor) }));
  return {
    ...framing,
    frameRate: rate,
    shots: framing.shots.map((shot) => ({
      ...shot,
      startFrame: Math.round(shot.startFrame * factor),
      endFrame: Math.round(shot.endFrame * factor),
      crops: move(shot.crops),
      ...(shot.panes === undefined
        ? {}
        : { panes: shot.panes.map((pane) => ({ ...pane, crops: move(pane.crops) })) }),
    })),
    tracks: framing.tracks.map((track) => ({ ...track, boxes: move(track.boxes) })),
  };
}

/** The two ways in which a picture is laid out without being framed. */
export type PlainLayers = {
  /** Cut to fill the canvas, with a zoom. */
  readonly fill: readonly (readonly Effect[])[];
  /** Whole over a blurred fill. */
  readonly fit: readonly (readonly Effect[])[];
};

/** Cuts a stretch where its framing changes. What was not framed comes as `plain.fill`. */
export function frameStretch(
  stretch: ShownStretch,
  planned: PlannedFraming,
  zoom: number,
  plain: PlainLayers,
): FramedStretch[] {
  if (stretch.assetId !== planned.assetId) return [{ ...stretch, layers: plain.fill }];
  const { shots } = planned.framing;
  const parts: FramedStretch[] = [];
  const add = (startFrame: number, endFrame: number, layers: FramedStretch['layers']) => {
    if (endFrame <= startFrame) return;
    const sourceStartFrame = stretch.sourceStartFrame + startFrame - stretch.startFrame;
    parts.push({ ...stretch, startFrame, endFrame, sourceStartFrame, layers });
  };
  let at = stretch.startFrame;
  for (const shot of shots) {
    const from = Math.max(at, shot.startFrame);
    const to = Math.min(stretch.endFrame, shot.endFrame);
    if (to <= from) continue;
    add(at, from, plain.fill);
    add(from, to, layersOf(shot, { from, to }, zoom, plain, planned.framing));
    at = to;
  }
  add(at, stretch.endFrame, plain.fill);
  return parts;
}

function layersOf(
  shot: FramedShot,
  span: { readonly from: number; readonly to: number },
  zoom: number,
  plain: PlainLayers,
  framing: Framing,
): FramedStretch['layers'] {
  if (shot.layout === 'fit') return plain.fit;
  if (shot.panes === undefined) {
    const [trackId] = shot.trackIds;
    return [
      [
        moveCrop(
          shot.crops,
          span,
          zoomLimit(zoom, shot, trackId, framing),
          faceOf(trackId, span.from, framing),
        ),
      ],
    ];
  }
  return shot.panes.map(({ place, crops }): Effect[] => [
    moveCrop(crops, span, 1, undefined),
    { kind: 'place', ...place },
  ]);
}

/** A camera's path as a clip's crop: key frames count the clip. */
function moveCrop(
  crops: readonly FramedCrop[],
  { from, to }: { readonly from: number; readonly to: number },
  zoom: number,
  middle: { readonly x: number; readonly y: number } | undefined,
): Effect {
  const inside = crops.map(({ frame }) => frame).filter((frame) => frame > from && frame < to - 1);
  const keys = [...new Set([from, ...inside, to - 1])].flatMap((frame) => {
    const crop = framedCropAt(crops, frame);
    return crop === undefined ? [] : [{ ...zoomInto(crop, zoom, middle), frame: frame - from }];
  });
  const [first] = keys;
  const isStill = keys.every(
    (key) =>
      key.x === first?.x && key.y === first.y && key.width === first.width && key.height === first.height,
  );
  return { kind: 'crop', keyframes: isStill ? keys.slice(0, 1) : keys };
}

/** Where in a crop it is zoomed in, without a face: faces are above the middle. */
const zoomAt = { x: 0.5, y: 0.4 };

/** A crop zoomed into so that the face stays where it is in the picture. */
function zoomInto(
  crop: FramedCrop,
  zoom: number,
  middle: { readonly x: number; readonly y: number } | undefined,
): FramedCrop {
  if (zoom <= 1) return crop;
  const inside = (value: number | undefined, from: number, length: number, otherwise: number) =>
    value === undefined ? otherwise : Math.max(0, Math.min(1, (value - from) / length));
  const width = crop.width / zoom;
  const height = crop.height / zoom;
  const round = (value: number) => Math.round(value * 1000) / 1000;
  return {
    frame: crop.frame,
    x: round(crop.x + (crop.width - width) * inside(middle?.x, crop.x, crop.width, zoomAt.x)),
    y: round(crop.y + (crop.height - height) * inside(middle?.y, crop.y, crop.height, zoomAt.y)),
    width: round(width),
    height: round(height),
  };
}

/** Free beside a face that is zoomed into, in its widths. */
const besideFace = 0.1;

/** A zoom never cuts the face that it is for. */
function zoomLimit(zoom: number, shot: FramedShot, trackId: string | undefined, { tracks }: Framing): number {
  const boxes = tracks
    .find(({ id }) => id === trackId)
    ?.boxes.filter(({ frame }) => frame >= shot.startFrame && frame < shot.endFrame);
  const widest = Math.max(0, ...(boxes ?? []).map(({ width }) => width));
  const crop = Math.min(...shot.crops.map(({ width }) => width));
  return widest === 0 ? zoom : Math.max(1, Math.min(zoom, crop / (widest * (1 + 2 * besideFace))));
}

function faceOf(trackId: string | undefined, frame: number, { tracks }: Framing) {
  const boxes = tracks.find(({ id }) => id === trackId)?.boxes;
  const box = boxes === undefined ? undefined : framedCropAt(boxes, frame);
  return box === undefined ? undefined : { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}
