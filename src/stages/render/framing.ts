import { PatternPivotError } from '../../domain/errors.ts';
import type { VideoStream } from '../../domain/media.ts';
import type { Clip, Effect } from '../../domain/timeline.ts';

/** From a decoded frame to the canvas: rotation, square pixels, crop, scale. Pure text for FFmpeg's filter graph. */

/** Size in px. */
export type Size = { readonly width: number; readonly height: number };

type Rectangle = { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
/** A rectangle that is kept of a picture. */
export type CropEffect = Extract<Effect, { kind: 'crop' }>;

/** FFmpeg's filters that turn a picture clockwise. */
const turns: Readonly<Record<number, readonly string[]>> = {
  0: [],
  90: ['transpose=clock'],
  180: ['hflip', 'vflip'],
  270: ['transpose=cclock'],
};

/** How pictures are scaled: to the colour matrix and range that every player takes HD video for. */
const scaling = 'flags=bicubic:out_color_matrix=bt709:out_range=tv';

/** High dynamic range keeps its own until it is mapped down. */
const plainScaling = 'flags=bicubic';

/** Transfer curves of high dynamic range, which are mapped down. */
const highDynamicRange = new Set(['smpte2084', 'arib-std-b67']);

/** What is done to each frame of a clip so that it fills the canvas. @throws input.crop_zoom_unsupported */
export function framingFilters(clip: Clip, video: VideoStream, canvas: Size): string[] {
  const display = { width: video.displayWidth, height: video.displayHeight };
  const isTurned = video.rotationDegrees % 180 !== 0;
  const coded = isTurned
    ? { width: video.height, height: video.width }
    : { width: video.width, height: video.height };
  const isHighRange = highDynamicRange.has(video.colorTransfer);
  const scaleOptions = isHighRange ? plainScaling : scaling;
  const crop = clip.effects.find((effect): effect is CropEffect => effect.kind === 'crop');
  return [
    ...(video.isInterlaced ? ['bwdif=mode=send_frame:deint=interlaced'] : []),
    ...(turns[video.rotationDegrees] ?? []),
    ...(crop !== undefined && isMoving(crop)
      ? movingCrop(crop, display, canvas, scaleOptions, clip.id)
      : staticCrop(crop?.keyframes[0], display, coded, canvas, scaleOptions)),
    'setsar=1',
    ...(isHighRange ? toneMapFilters : []),
    'format=yuv420p',
  ];
}

/** From HDR (PQ or HLG, BT.2020) to the BT.709 that every player shows. */
const toneMapFilters = [
  'zscale=t=linear:npl=100',
  'format=gbrpf32le',
  'zscale=p=bt709',
  'tonemap=hable:desat=0',
  'zscale=t=bt709:m=bt709:r=tv',
];

function isMoving(crop: CropEffect): boolean {
  const first = crop.keyframes[0];
  return crop.keyframes.some(
    (key) =>
      first !== undefined &&
      (key.x !== first.x || key.y !== first.y || key.width !== first.width || key.height !== first.height),
  );
}

/** Crops in coded pixels, which is cheap, and scales what is left. Without a rectangle: the middle. */
function staticCrop(
  wanted: Rectangle | undefined,
  display: Size,
  coded: Size,
  canvas: Size,
  scaleOptions: string,
): string[] {
  const rectangle = fitShape(wanted ?? { x: 0, y: 0, ...display }, display, canvas);
  const across = coded.width / display.width;
  const down = coded.height / display.height;
  const width = clampEven(rectangle.width * across, coded.width);
  const height = clampEven(rectangle.height * down, coded.height);
  const x = clampOffset(rectangle.x * across, coded.width - width);
  const y = clampOffset(rectangle.y * down, coded.height - height);
  const isWhole = width === coded.width && height === coded.height;
  return [
    ...(isWhole ? [] : [`crop=${width}:${height}:${x}:${y}`]),
    `scale=${canvas.width}:${canvas.height}:${scaleOptions}`,
  ];
}

/**
 * A camera move: the whole picture is scaled first, so that the crop, which moves by whole pixels, moves finely.
 * The size of the rectangle must not change.
 */
function movingCrop(
  crop: CropEffect,
  display: Size,
  canvas: Size,
  scaleOptions: string,
  clipId: string,
): string[] {
  const keys = crop.keyframes.toSorted((a, b) => a.frame - b.frame);
  const first = keys[0];
  if (first === undefined || keys.some((key) => key.width !== first.width || key.height !== first.height)) {
    throw new PatternPivotError(
      'input.crop_zoom_unsupported',
      `The crop of clip "${clipId}" changes its size: it can move, but not zoom.`,
      { hint: 'Give all its keyframes the same width and height.', context: { clipId } },
    );
  }
  const rectangles = keys.map((key) => Object.assign(fitShape(key, display, canvas), { frame: key.frame }));
  const scale = canvas.width / (rectangles[0]?.width ?? canvas.width);
  const scaled = {
    width: Math.max(canvas.width, clampEven(display.width * scale, Number.POSITIVE_INFINITY)),
    height: Math.max(canvas.height, clampEven(display.height * scale, Number.POSITIVE_INFINITY)),
  };
  const path = (axis: 'x' | 'y', room: number) =>
    piecewiseLinear(
      rectangles.map((key) => ({ frame: key.frame, value: Math.min(Math.max(0, key[axis] * scale), room) })),
    );
  return [
    `scale=${scaled.width}:${scaled.height}:${scaleOptions}`,
    `crop=${canvas.width}:${canvas.height}:x='${path('x', scaled.width - canvas.width)}':y='${path('y', scaled.height - canvas.height)}'`,
  ];
}

/**
 * An FFmpeg expression in `n` (the frame's number) that goes through points in straight lines. It is a balanced tree of
 * choices: FFmpeg's parser refuses expressions that are nested a hundred deep.
 */
export function piecewiseLinear(points: readonly { frame: number; value: number }[]): string {
  const first = points[0];
  const last = points.at(-1);
  if (first === undefined || last === undefined) return '0';
  /** Each piece holds from its frame until the next one's. */
  const pieces = points.map((from, index) => {
    const to = points[index + 1];
    if (to === undefined || to.frame === from.frame) return { frame: from.frame, text: decimal(from.value) };
    const slope = decimal((to.value - from.value) / (to.frame - from.frame));
    return { frame: from.frame, text: `${decimal(from.value)}+(n-${from.frame})*${slope}` };
  });
  if (first.frame > 0) pieces.unshift({ frame: 0, text: decimal(first.value) });
  const choose = (start: number, end: number): string => {
    if (end - start === 1) return pieces[start]?.text ?? '0';
    const middle = Math.floor((start + end) / 2);
    return `if(lt(n,${pieces[middle]?.frame ?? 0}),${choose(start, middle)},${choose(middle, end)})`;
  };
  return choose(0, pieces.length);
}

/** The rectangle of a crop at a frame of its clip: between two keyframes it moves in a straight line. */
export function cropAt(crop: CropEffect, frame: number): CropEffect['keyframes'][number] | undefined {
  const keys = crop.keyframes.toSorted((a, b) => a.frame - b.frame);
  const before = keys.findLast((key) => key.frame <= frame) ?? keys[0];
  const after = keys.find((key) => key.frame > frame);
  if (before === undefined || after === undefined || frame <= before.frame) return before;
  const share = (frame - before.frame) / (after.frame - before.frame);
  const mix = (from: number, to: number) => from + (to - from) * share;
  return {
    frame,
    x: mix(before.x, after.x),
    y: mix(before.y, after.y),
    width: mix(before.width, after.width),
    height: mix(before.height, after.height),
  };
}

/** The largest rectangle of the canvas's shape in the middle of another, kept inside the picture. */
function fitShape(wanted: Rectangle, display: Size, canvas: Size): Rectangle {
  const x = Math.min(Math.max(0, wanted.x), display.width - 1);
  const y = Math.min(Math.max(0, wanted.y), display.height - 1);
  const width = Math.min(wanted.width, display.width - x);
  const height = Math.min(wanted.height, display.height - y);
  const scale = Math.min(width / canvas.width, height / canvas.height);
  const fitted = { width: canvas.width * scale, height: canvas.height * scale };
  return { x: x + (width - fitted.width) / 2, y: y + (height - fitted.height) / 2, ...fitted };
}

/** Even, since most video stores colour for two by two pixels. */
function clampEven(value: number, available: number): number {
  if (available < 2) return 1;
  const largest = Number.isFinite(available) ? 2 * Math.floor(available / 2) : available;
  return Math.max(2, Math.min(2 * Math.round(value / 2), largest));
}

function clampOffset(value: number, room: number): number {
  return Math.max(0, Math.min(2 * Math.round(value / 2), 2 * Math.floor(room / 2)));
}

/** At most six decimals, never in exponent form. */
function decimal(value: number): string {
  const text = value.toFixed(6).replace(/\.?0+$/u, '');
  return text === '-0' ? '0' : text;
}
