import type { VideoStream } from '../../domain/media.ts';
import type { Rational } from '../../domain/time.ts';
import {
  decimal,
  fitShape,
  linesThrough,
  stretchExpression,
  type CropEffect,
  type Rectangle,
  type Stretch,
} from './crop-path.ts';
import type { Size } from './graph-part.ts';
import { hasAlpha, isHighRange, toneMapFilters } from './pixels.ts';

/** From a decoded frame to its place on the canvas: rotation, square pixels, crop, scale, blur. Pure text for FFmpeg's filter graph. */

/** A clip in a run of clips that follow each other: from which frame of the run on, and what is kept of it. */
export type FramedClip = {
  readonly startFrame: number;
  readonly crop: CropEffect | undefined;
};

/** How a run of clips of one stream is framed. */
export type Framing = {
  readonly clips: readonly FramedClip[];
  readonly video: VideoStream;
  /** The size that the picture gets, in px. */
  readonly target: Size;
  /** Standard deviation of the blur, in px of the target; 0: none. */
  readonly blurPx: number;
  readonly frameRate: Rational;
  /** Makes the names of filters unique in a graph. */
  readonly name: string;
};

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

/** A blur is drawn at a size where its standard deviation is this, in px: much cheaper, and looks the same. */
const drawnBlurPx = 4;

/** The most that a picture is enlarged beyond the canvas so that a zoom finds its detail. */
const maxOversampling = 2;

type Step = {
  readonly startFrame: number;
  readonly keys: readonly (Rectangle & { readonly frame: number })[];
};

/** What is done to each frame of a run so that it fills its target. The result is `yuv420p`, or `yuva420p` where it is transparent. */
export function framingFilters(framing: Framing): string[] {
  const { video, target } = framing;
  const shrink = Math.max(1, framing.blurPx / drawnBlurPx);
  const drawn = {
    width: clampEven(target.width / shrink, target.width),
    height: clampEven(target.height / shrink, target.height),
  };
  const display = { width: video.displayWidth, height: video.displayHeight };
  const steps = framing.clips.map(({ startFrame, crop }) => ({
    startFrame,
    keys: (crop?.keyframes ?? [{ frame: 0, x: 0, y: 0, ...display }])
      .toSorted((a, b) => a.frame - b.frame)
      .map((key) => Object.assign(fitShape(key, display, drawn), { frame: key.frame })),
  }));
  const format = `format=${hasAlpha(video) ? 'yuva420p' : 'yuv420p'}`;
  const isHigh = isHighRange(video);
  const toFormat = ['setsar=1', ...(isHigh ? toneMapFilters : []), format];
  const scaleOptions = isHigh ? plainScaling : scaling;
  const frame = { steps, display, coded: uprightSize(video), target: drawn, scaleOptions, toFormat };
  return [
    ...(turns[video.rotationDegrees] ?? []),
    ...(steps.some(isMoving) ? movingCrop(frame) : steppedCrop(frame, framing)),
    ...(framing.blurPx > 0
      ? [
          `gblur=sigma=${decimal(Math.min(framing.blurPx, drawnBlurPx))}:steps=2`,
          ...(shrink > 1 ? [`scale=${target.width}:${target.height}:flags=bicubic`, 'setsar=1'] : []),
        ]
      : []),
  ];
}

type Frame = {
  readonly steps: readonly Step[];
  readonly display: Size;
  /** Of the frame in coded pixels, after it was turned. */
  readonly coded: Size;
  readonly target: Size;
  readonly scaleOptions: string;
  readonly toFormat: readonly string[];
};

function uprightSize({ width, height, rotationDegrees }: VideoStream): Size {
  return rotationDegrees % 180 === 0 ? { width, height } : { width: height, height: width };
}

function isMoving({ keys }: Step): boolean {
  const first = keys[0];
  return keys.some(
    (key) => first !== undefined && (key.x !== first.x || key.y !== first.y || key.width !== first.width),
  );
}

/** Crops in coded pixels, which is cheap, and scales what is left. Where a clip starts the rectangle may become another. */
function steppedCrop(frame: Frame, { frameRate, name }: Framing): string[] {
  const { coded, target, scaleOptions, toFormat } = frame;
  const wanted: { startFrame: number; text: Record<'w' | 'h' | 'x' | 'y', number> }[] = [];
  for (const { startFrame, keys } of frame.steps) {
    const text = codedRectangle(keys[0] ?? { x: 0, y: 0, ...frame.display }, frame);
    const last = wanted.at(-1)?.text;
    const isSame =
      last !== undefined && (['w', 'h', 'x', 'y'] as const).every((key) => last[key] === text[key]);
    if (!isSame) wanted.push({ startFrame, text });
  }
  const first = wanted[0]?.text ?? { w: coded.width, h: coded.height, x: 0, y: 0 };
  const scale = [`scale=${target.width}:${target.height}:${scaleOptions}`, ...toFormat];
  if (wanted.length > 1) {
    // Sent between the frame before and the first one of the clip. `null` shows the scaler that its input has another size.
    const commands = wanted.slice(1).map(({ startFrame, text }) => {
      const seconds = decimal(((startFrame - 0.5) * frameRate.den) / frameRate.num);
      return `${seconds} ${Object.entries(text)
        .map(([option, value]) => `crop@${name} ${option} ${value}`)
        .join('\\,')}`;
    });
    const crop = `crop@${name}=${first.w}:${first.h}:${first.x}:${first.y}`;
    return [`sendcmd=c='${commands.join('\\;')}'`, crop, 'null', ...scale];
  }
  const isWhole = first.w === coded.width && first.h === coded.height;
  return [...(isWhole ? [] : [`crop=${first.w}:${first.h}:${first.x}:${first.y}`]), ...scale];
}

function codedRectangle(rectangle: Rectangle, { coded, display }: Frame) {
  const across = coded.width / display.width;
  const down = coded.height / display.height;
  const w = clampEven(rectangle.width * across, coded.width);
  const h = clampEven(rectangle.height * down, coded.height);
  return {
    w,
    h,
    x: clampOffset(rectangle.x * across, coded.width - w),
    y: clampOffset(rectangle.y * down, coded.height - h),
  };
}

/**
 * A camera move. What it passes over is scaled first; then a window of fixed size goes along, which is cheap but moves by two
 * whole pixels; within it the exact rectangle is sampled between the pixels, so that slow moves and zooms are smooth.
 */
function movingCrop(frame: Frame): string[] {
  const { display, coded, target, scaleOptions, toFormat } = frame;
  const rectangles = frame.steps.flatMap(({ keys }) => keys);
  const largest = Math.max(...rectangles.map(({ width }) => width));
  const smallest = Math.min(...rectangles.map(({ width }) => width));
  const detail = (largest * coded.width) / display.width / target.width;
  const oversampling = Math.max(1, Math.min(largest / smallest, detail, maxOversampling));
  const drawn = {
    width: clampEven(target.width * oversampling, Number.POSITIVE_INFINITY),
    height: clampEven(target.height * oversampling, Number.POSITIVE_INFINITY),
  };
  const passed = passedOver(rectangles, display);
  const cut = codedRectangle(passed, frame);
  // What was really cut, in display pixels: its corners lie on whole coded ones.
  const kept = {
    x: (cut.x * display.width) / coded.width,
    y: (cut.y * display.height) / coded.height,
    width: (cut.w * display.width) / coded.width,
    height: (cut.h * display.height) / coded.height,
  };
  const scaled = {
    width: Math.max(drawn.width, clampEven((kept.width * drawn.width) / largest, Number.POSITIVE_INFINITY)),
    height: Math.max(
      drawn.height,
      clampEven((kept.height * drawn.width) / largest, Number.POSITIVE_INFINITY),
    ),
  };
  const axes = (['x', 'y'] as const).map((axis) => {
    const side = axis === 'x' ? 'width' : 'height';
    const scale = scaled[side] / kept[side];
    const window = Math.min(scaled[side], drawn[side] + windowMarginPx);
    const room = scaled[side] - window;
    const path = (valueOf: (key: Rectangle) => number) => runPath(frame.steps, valueOf);
    const start = path((key) => (key[axis] - kept[axis]) * scale);
    const length = path((key) => key[side] * scale);
    const middle = path((key) => (key[axis] - kept[axis] + key[side] / 2) * scale);
    const windowStart = (n: string) =>
      `2*floor(clip(${stretchExpression(middle, n)}-${decimal(window / 2)},0,${room})/2)`;
    // FFmpeg counts frames from 1 here. Half a pixel: corners are meant, and FFmpeg's are the middles of pixels.
    const n = '(on-1)';
    const first = `(${stretchExpression(start, n)})-${windowStart(n)}+(${stretchExpression(length, n)})*${decimal(0.5 / drawn[side])}-0.5`;
    const last = `${first}+(${stretchExpression(length, n)})*${decimal(window / drawn[side])}`;
    return { window, windowStart: windowStart('n'), first, last };
  });
  const [across, down] = axes;
  if (across === undefined || down === undefined) return [];
  const isWhole = cut.w === coded.width && cut.h === coded.height;
  return [
    ...(isWhole ? [] : [`crop=${cut.w}:${cut.h}:${cut.x}:${cut.y}`]),
    `scale=${scaled.width}:${scaled.height}:${scaleOptions}`,
    ...toFormat,
    `crop=${across.window}:${down.window}:x='${across.windowStart}':y='${down.windowStart}'`,
    `perspective=x0='${across.first}':y0='${down.first}':x1='${across.last}':y1='${down.first}':x2='${across.first}':y2='${down.last}':x3='${across.last}':y3='${down.last}':interpolation=cubic:sense=source:eval=frame`,
    ...(across.window === drawn.width && down.window === drawn.height
      ? []
      : [`crop=${drawn.width}:${drawn.height}:0:0`]),
    ...(drawn.width === target.width && drawn.height === target.height
      ? []
      : [`scale=${target.width}:${target.height}:flags=bicubic`, 'setsar=1']),
  ];
}

/** How much larger the window is than what is seen through it, in px: it moves by two, and samples need neighbours. */
const windowMarginPx = 6;

/** A value of the crop over the frames of a run. */
function runPath(steps: readonly Step[], valueOf: (key: Rectangle) => number): Stretch[] {
  return steps.flatMap(({ startFrame, keys }) => {
    const lines = linesThrough(keys.map((key) => ({ frame: startFrame + key.frame, value: valueOf(key) })));
    const [first] = lines;
    // Before its first keyframe a clip shows that one.
    return first === undefined || first.frame === startFrame
      ? lines
      : [{ frame: startFrame, value: first.value, slope: 0 }, ...lines];
  });
}

/** What rectangles cover together, and a few pixels around. */
function passedOver(rectangles: readonly Rectangle[], display: Size): Rectangle {
  const around = 4;
  const x = Math.max(0, Math.min(...rectangles.map((each) => each.x)) - around);
  const y = Math.max(0, Math.min(...rectangles.map((each) => each.y)) - around);
  const right = Math.max(...rectangles.map((each) => each.x + each.width)) + around;
  const bottom = Math.max(...rectangles.map((each) => each.y + each.height)) + around;
  return {
    x,
    y,
    width: Math.min(display.width, right) - x,
    height: Math.min(display.height, bottom) - y,
  };
}

/** Even, since most video stores colour for two by two pixels. */
export function clampEven(value: number, available: number): number {
  if (available < 2) return 1;
  const largest = Number.isFinite(available) ? 2 * Math.floor(available / 2) : available;
  return Math.max(2, Math.min(2 * Math.round(value / 2), largest));
}

function clampOffset(value: number, room: number): number {
  return Math.max(0, Math.min(2 * Math.round(value / 2), 2 * Math.floor(room / 2)));
}
