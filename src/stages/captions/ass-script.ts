import type { Rational } from '../../domain/time.ts';
import type { FontFile } from '../../domain/timeline.ts';
import type { Canvas } from './safe-box.ts';
import { escapeAssText } from './ass-text.ts';
import type { FontMetrics, ShapedText } from './font-metrics.ts';
import type { Box } from './safe-box.ts';

/** The parts that an ASS script (Advanced SubStation Alpha v4.00+) is written of. */

/** Captions and titles as libass draws them. */
export type AssScript = {
  readonly text: string;
  /** The fonts that it names: to be put under `name` into the folder that libass is given. */
  readonly fontFiles: readonly { readonly name: string; readonly path: string }[];
};

/** When an event is on: centiseconds for the script, and its exact start for what moves inside it. */
export type Span = { readonly startCs: number; readonly endCs: number; readonly startMs: number };

/** The name of the style that drawings are in. */
const shapeStyle = 'Shape';

/**
 * Puts a script together. Fonts are those of its events; one without events is no script. What a font from a file holds
 * stands in a comment: a script is another one when its font is.
 */
export function assembleScript(
  canvas: Canvas,
  events: readonly string[],
  fonts: readonly FontMetrics[],
  files: readonly FontFile[] = [],
): AssScript | undefined {
  if (events.length === 0) return undefined;
  const used = [...new Map(fonts.map((font) => [font.font.name, font])).values()];
  return {
    text: [...writeHeader(canvas, used, files), ...events, ''].join('\n'),
    fontFiles: used.map(({ font }) => ({ name: font.fileName, path: font.path })),
  };
}

function writeHeader(canvas: Canvas, fonts: readonly FontMetrics[], files: readonly FontFile[]): string[] {
  const fields = [
    'Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, Underline, StrikeOut',
    'ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding',
  ].join(', ');
  const colors = '&H00FFFFFF,&H00FFFFFF,&H00000000,&H00000000';
  return [
    '[Script Info]',
    ...files
      .filter((file) => fonts.some(({ font }) => font.name === file.id))
      .map((file) => `; ${file.id} ${file.contentHash}`),
    'ScriptType: v4.00+',
    `PlayResX: ${canvas.width}`,
    `PlayResY: ${canvas.height}`,
    `LayoutResX: ${canvas.width}`,
    `LayoutResY: ${canvas.height}`,
    'WrapStyle: 2',
    'ScaledBorderAndShadow: yes',
    'Kerning: yes',
    'YCbCr Matrix: None',
    '',
    '[V4+ Styles]',
    `Format: ${fields}`,
    // Alignment 5: \pos names the middle of the line box. Encoding -1: a text runs as its first letter does.
    ...fonts.map(
      ({ font }) => `Style: ${font.name},${font.family},40,${colors},0,0,0,0,100,100,0,0,1,0,0,5,0,0,0,-1`,
    ),
    `Style: ${shapeStyle},Arial,40,${colors},0,0,0,0,100,100,0,0,1,0,0,7,0,0,0,1`,
    '',
    '[Events]',
    'Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text',
  ];
}

/** An event of text in a font; `tags` are override tags without braces. */
export function textEvent(
  layer: number,
  span: Span,
  font: FontMetrics,
  tags: string,
  text: string,
  mark = '',
): string {
  return writeEvent(layer, span, font.font.name, `{${tags}}${mark}${escapeAssText(text)}`);
}

/** An event that fills a box with round corners. `radius` in px, `opacity` from 0 to 1. */
export function boxEvent(
  layer: number,
  span: Span,
  box: Box,
  paint: {
    readonly color: string;
    readonly opacity: number;
    readonly radius: number;
    readonly tags?: string;
  },
): string {
  const alpha = Math.round((1 - paint.opacity) * 255)
    .toString(16)
    .padStart(2, '0')
    .toUpperCase();
  const place = `\\an7\\pos(${formatNumber(box.left)},${formatNumber(box.top)})`;
  const tags = `${place}\\bord0\\shad0\\1c${toAssColor(paint.color)}\\1a&H${alpha}&${paint.tags ?? ''}\\p4`;
  const width = box.right - box.left;
  const height = box.bottom - box.top;
  return writeEvent(layer, span, shapeStyle, `{${tags}}${drawRoundBox(width, height, paint.radius)}`);
}

/** Drawings count eighths of a px (`\p4`): corners stay smooth at small sizes. */
const drawingScale = 8;

/** A Bézier curve comes nearest to a quarter of a circle with its handles this far out. */
const circleHandle = 0.5523;

function drawRoundBox(width: number, height: number, radius: number): string {
  const r = Math.min(radius, width / 2, height / 2);
  const h = r * (1 - circleHandle);
  const at = (...values: number[]) => values.map((value) => Math.round(value * drawingScale)).join(' ');
  return [
    `m ${at(r, 0)}`,
    `l ${at(width - r, 0)}`,
    `b ${at(width - h, 0, width, h, width, r)}`,
    `l ${at(width, height - r)}`,
    `b ${at(width, height - h, width - h, height, width - r, height)}`,
    `l ${at(r, height)}`,
    `b ${at(h, height, 0, height - h, 0, height - r)}`,
    `l ${at(0, r)}`,
    `b ${at(0, h, h, 0, r, 0)}`,
  ].join(' ');
}

function writeEvent(layer: number, span: Span, style: string, text: string): string {
  return `Dialogue: ${layer},${formatTime(span.startCs)},${formatTime(span.endCs)},${style},,0,0,0,,${text}`;
}

/** A text that was shaped and placed. Sizes in px. */
export type PlacedText = {
  readonly font: FontMetrics;
  readonly shaped: Pick<ShapedText, 'middleShiftEm'>;
  /** Middle of its width. */
  readonly centerX: number;
  readonly baselineY: number;
  /** Size of the em. */
  readonly emPx: number;
};

/** Places a text: libass is told the middle of its line box and the height of a line. */
export function placeTags({ font, shaped, centerX, baselineY, emPx }: PlacedText): string {
  const x = centerX + shaped.middleShiftEm * emPx;
  const y = baselineY - font.lineMiddleEm * emPx;
  // The weight is the font's own: asked for more, libass would thicken it.
  return `\\an5\\pos(${formatNumber(x)},${formatNumber(y)})\\fs${formatNumber(emPx * font.lineHeightEm)}\\b${font.font.weight}`;
}

/**
 * ASS counts centiseconds, so times are put just before the frame that they belong to: an event appears with the first
 * frame that starts at or after it (to 0.5 ms) and leaves the same way, and events that touch still do.
 */
export function toSpan(startMs: number, endMs: number, rate: Rational): Span | undefined {
  const startCs = toCentiseconds(startMs, rate);
  const endCs = toCentiseconds(endMs, rate);
  return endCs > startCs ? { startCs, endCs, startMs: startCs * 10 } : undefined;
}

function toCentiseconds(ms: number, rate: Rational): number {
  const frame = Math.max(0, Math.ceil(((ms - 0.5) * rate.num) / (1000 * rate.den)));
  const exact = (frame * 100 * rate.den) / rate.num;
  // Frames shorter than a centisecond: rounding down could show it with the frame before.
  return rate.num > 100 * rate.den ? Math.ceil(exact) : Math.floor(exact);
}

function formatTime(centiseconds: number): string {
  const pad = (value: number) => String(value).padStart(2, '0');
  const seconds = Math.floor(centiseconds / 100);
  const clock = [Math.floor(seconds / 3600), pad(Math.floor(seconds / 60) % 60), pad(seconds % 60)].join(':');
  return `${clock}.${pad(centiseconds % 100)}`;
}

/** At most three decimals, and never `1e-7` or `-0`, which libass would not read. */
export function formatNumber(value: number): string {
  const text = value.toFixed(3).replace(/\.?0+$/, '');
  return text === '-0' ? '0' : text;
}

/** `#RRGGBB` as ASS has it: blue, green, red. */
export function toAssColor(color: string): string {
  return `&H${color.slice(5, 7)}${color.slice(3, 5)}${color.slice(1, 3)}&`.toUpperCase();
}
