import type { Layout } from '../../domain/aspect.ts';
import type { Asset, Clip, Effect, Track } from '../../domain/timeline.ts';
import type { Word } from '../../domain/transcript.ts';
import type { Box } from '../captions/safe-box.ts';
import { cropToFill, type CropRectangle } from './crop.ts';
import type { KeptPiece } from './cut-moment.ts';
import { frameStretch, type PlainLayers, type PlannedFraming } from './framed.ts';
import type { ShownStretch, SourceMaterial } from './material.ts';
import { zoomCrop } from './punch-in.ts';

type Size = { readonly width: number; readonly height: number };

/** What is seen: tracks bottom first, and the assets that they need beside the source's own. */
export type LaidOutPicture = { readonly tracks: readonly Track[]; readonly assets: readonly Asset[] };

/** What stands where a source has no picture. */
export const backdropColor = '#14181F';

/** The asset of that colour. */
export const backdrop: Asset = { id: 'backdrop', kind: 'color', color: backdropColor };

/** How soft a fill behind a whole picture is, as a share of the canvas's shorter side: no shape in it draws the eye. */
export const fillBlurRadius = 0.035;

/** Shapes this much alike are the same: what is cut off or left free is no more than a line. */
const sameShape = 0.02;

/** A piece of the source, and how much it is zoomed into. */
export type ZoomedPiece = KeptPiece & { readonly zoom: number; readonly words: readonly Word[] };

/**
 * Lays the pictures of a source out: cut to fill the canvas, or whole over a blurred fill of themselves. A shape that the
 * canvas has is filled either way. Where the picture was framed, the framing says what is shown when. Zooms are for the picture
 * itself, never for what lies behind it.
 */
export function layOutPicture(
  pieces: readonly ZoomedPiece[],
  material: SourceMaterial,
  layout: Layout,
  canvas: Size,
  planned?: PlannedFraming,
): LaidOutPicture {
  const layers: Clip[][] = [[]];
  let coveredFrames = 0;
  for (const piece of pieces) {
    for (const stretch of material.showPiece(piece, piece.words)) {
      const size = { width: stretch.video.displayWidth, height: stretch.video.displayHeight };
      coveredFrames += stretch.endFrame - stretch.startFrame;
      const plain = plainLayers(size, canvas, piece.zoom);
      const isWhole = layout === 'fit' && !isSameShape(size, canvas);
      const parts =
        planned === undefined
          ? [{ ...stretch, layers: isWhole ? plain.fit : plain.fill }]
          : frameStretch(stretch, planned, piece.zoom, plain);
      for (const part of parts) {
        for (const [level, effects] of part.layers.entries()) {
          const clips = (layers[level] ??= []);
          clips.push(clipOf(`v${level + 1}-${clips.length + 1}`, piece, part, effects));
        }
      }
    }
  }
  const totalFrames = lengthOf(pieces);
  const tracks = layers.map((clips, level): Track => ({ id: `v${level + 1}`, kind: 'video', clips }));
  if (coveredFrames === totalFrames) return { tracks, assets: [] };
  const behind: Clip = {
    id: 'v0-1',
    assetId: backdrop.id,
    startFrame: 0,
    durationFrames: totalFrames,
    sourceStartFrame: 0,
    speed: { num: 1, den: 1 },
    effects: [],
  };
  return { tracks: [{ id: 'v0', kind: 'video', clips: [behind] }, ...tracks], assets: [backdrop] };
}

/** A picture cut to fill the canvas, and whole over a blurred fill of itself. */
function plainLayers(size: Size, canvas: Size, zoom: number): PlainLayers {
  const fill = cropToFill(size, canvas);
  return {
    fill: [[cropEffect(zoomCrop(fill, zoom))]],
    fit: [
      [cropEffect(fill), { kind: 'blur', radius: fillBlurRadius }],
      [cropEffect(zoomCrop({ x: 0, y: 0, ...size }, zoom)), { kind: 'place', ...placeWhole(size, canvas) }],
    ],
  };
}

/** How many frames pieces last together. */
export function lengthOf(pieces: readonly KeptPiece[]): number {
  const last = pieces.at(-1);
  return last === undefined ? 0 : last.atFrame + last.endFrame - last.startFrame;
}

function isSameShape(one: Size, other: Size): boolean {
  return Math.abs((one.width * other.height) / (one.height * other.width) - 1) < sameShape;
}

/** The largest place in the middle of the canvas that holds a picture whole, in whole even px. */
function placeWhole(picture: Size, canvas: Size): CropRectangle {
  const scale = Math.min(canvas.width / picture.width, canvas.height / picture.height);
  const width = Math.max(2, Math.min(canvas.width, 2 * Math.round((picture.width * scale) / 2)));
  const height = Math.max(2, Math.min(canvas.height, 2 * Math.round((picture.height * scale) / 2)));
  return {
    x: 2 * Math.round((canvas.width - width) / 4),
    y: 2 * Math.round((canvas.height - height) / 4),
    width,
    height,
  };
}

/** A crop that stays as it is. */
export function cropEffect(crop: CropRectangle): Effect {
  return { kind: 'crop', keyframes: [{ frame: 0, ...crop }] };
}

/** A place on the canvas as an effect. */
export function placeEffect({ left, top, right, bottom }: Box): Effect {
  return { kind: 'place', x: left, y: top, width: right - left, height: bottom - top };
}

function clipOf(id: string, piece: KeptPiece, stretch: ShownStretch, effects: readonly Effect[]): Clip {
  return {
    id,
    assetId: stretch.assetId,
    startFrame: piece.atFrame + stretch.startFrame - piece.startFrame,
    durationFrames: stretch.endFrame - stretch.startFrame,
    sourceStartFrame: stretch.sourceStartFrame,
    speed: { num: 1, den: 1 },
    effects: [...effects],
  };
}
