import type { VideoStream } from '../../domain/media.ts';
import type { RenderGraph } from '../../media/render-graph.ts';
import type { AssScript } from '../captions/ass-script.ts';
import { assembleScript, boxEvent } from '../captions/ass-script.ts';
import { styleScale, type Box, type Canvas } from '../captions/safe-box.ts';
import { pictureFilters } from '../screenshot/take-frames.ts';
import { stageBox, type Design, type Part } from './design.ts';
import type { Palette } from './palette.ts';

/** A designed picture as filter graphs: what fills the canvas, as JPEG, and what stands before it, as PNG with transparency. Pure. */

/** A picture file as it was found. */
export type FoundPicture = { readonly path: string; readonly video: VideoStream };

/** What is drawn. */
export type DrawnDesign = {
  readonly design: Design;
  readonly canvas: Canvas;
  readonly palette: Palette;
  /** Left out of a design in type. */
  readonly picture: FoundPicture | undefined;
  readonly lettering: AssScript | undefined;
  /** Whether the colours are brought nearer to the palette; a made picture has its own. */
  readonly isGraded: boolean;
};

/** How much larger than the canvas the two are drawn, so that zooming in shows no softness. */
export const drawnOver = { back: 1.15, front: 1.06 } as const;

const cardRadiusPx = 40;
const shadow = { downPx: 26, sigmaPx: 34, opacity: 0.55 };

/** The size of what is drawn over a canvas, even. */
export function drawnSize(canvas: Canvas, over: number): Canvas {
  const even = (value: number) => 2 * Math.round((value * over) / 2);
  return { width: even(canvas.width), height: even(canvas.height) };
}

const span = { startCs: 0, endCs: 100, startMs: 0 };

/** The picture that fills the canvas. `path`: where the JPEG goes. */
export function backGraph(drawn: DrawnDesign, path: string): RenderGraph {
  const { design, canvas, palette, picture } = drawn;
  const size = drawnSize(canvas, drawnOver.back);
  const lines =
    design.form === 'type' || picture === undefined
      ? typeBack(palette, size)
      : design.form === 'full'
        ? fullBack(design.part, picture, drawn, size)
        : cardBack(design.back, picture, palette, size);
  return {
    inputs: inputsOf(design.form === 'type' ? undefined : picture),
    filters: [
      ...lines,
      // JPEG files are full range and BT.601 by definition (JFIF).
      '[made]noise=alls=5:all_seed=7,scale=out_color_matrix=bt601:out_range=pc,format=yuvj444p[back]',
    ].join(';\n'),
    outputs: [
      {
        kind: 'file',
        path,
        format: 'mjpeg',
        formatOptions: {},
        streams: [
          {
            kind: 'video',
            label: 'back',
            encoder: 'mjpeg',
            options: { qmin: '2', qmax: '3', color_range: 'pc' },
          },
        ],
      },
    ],
    durationSeconds: 0,
    files: [],
  };
}

/** The part of the canvas that holds all of what stands before the picture: only there it is drawn, moved and laid over. Even, px of the canvas. */
export function frontBox({ design, canvas }: Pick<DrawnDesign, 'design' | 'canvas'>): Box {
  const scale = styleScale(canvas);
  const stage = stageBox(canvas);
  // Of a blur little is left beyond three of its sigma.
  const around = design.form === 'card' ? shadow.downPx + 3 * shadow.sigmaPx : 24;
  const letters = { ...stage, bottom: stage.top + letteredPx * scale };
  const inner = design.form === 'card' ? design.card : design.form === 'full' ? letters : stage;
  const even = (value: number) => 2 * Math.round(value / 2);
  return {
    left: Math.max(0, even(inner.left - around * scale)),
    top: Math.max(0, even(inner.top - around * scale)),
    right: Math.min(canvas.width, even(inner.right + around * scale)),
    bottom: Math.min(canvas.height, even(inner.bottom + around * scale)),
  };
}

/** How far below the stage's upper edge something is written on a full picture, at most. */
const letteredPx = 260;

/** The size of the front as it is drawn. */
export function frontSize(drawn: Pick<DrawnDesign, 'design' | 'canvas'>): Canvas {
  const { left, top, right, bottom } = frontBox(drawn);
  return drawnSize({ width: right - left, height: bottom - top }, drawnOver.front);
}

/** What stands before it: the card with its shadow, and what is written. Undefined where there is neither. `path`: where the PNG goes. */
export function frontGraph(drawn: DrawnDesign, path: string): RenderGraph | undefined {
  const { design, canvas, lettering, picture } = drawn;
  const isCard = design.form === 'card' && picture !== undefined;
  if (!isCard && lettering === undefined) return undefined;
  const size = frontSize(drawn);
  const box = frontBox(drawn);
  const part = `crop=${box.right - box.left}:${box.bottom - box.top}:${box.left}:${box.top}:exact=1`;
  const mask = isCard ? cardMask(design.card, canvas) : undefined;
  const lines = isCard
    ? cardFront(design, picture, drawn)
    : [`color=c=black@0:s=${canvas.width}x${canvas.height}:r=25:d=0.04,format=rgba[front]`];
  const written =
    lettering === undefined
      ? '[front]null[lettered]'
      : '[front]ass=filename=letters.ass:fontsdir=.:alpha=1[lettered]';
  return {
    inputs: isCard ? inputsOf(picture) : [],
    filters: [
      ...lines,
      written,
      `[lettered]${part},scale=${size.width}:${size.height}:flags=lanczos,format=rgba[png]`,
    ].join(';\n'),
    outputs: [
      {
        kind: 'file',
        path,
        format: 'image2pipe',
        formatOptions: {},
        streams: [{ kind: 'video', label: 'png', encoder: 'png', options: { pred: 'mixed' } }],
      },
    ],
    durationSeconds: 0,
    files: [
      ...(mask === undefined ? [] : [{ name: 'mask.ass', text: mask.text }]),
      ...(lettering === undefined
        ? []
        : [
            { name: 'letters.ass', text: lettering.text },
            ...lettering.fontFiles.map((font) => ({ name: font.name, copyOf: font.path })),
          ]),
    ],
  };
}

function inputsOf(picture: FoundPicture | undefined): RenderGraph['inputs'] {
  if (picture === undefined) return [];
  return [
    {
      kind: 'pictures',
      path: picture.path,
      streamIndex: picture.video.index,
      isImage: true,
      label: 'in',
      frameRate: { num: 25, den: 1 },
      filters: undefined,
      pieces: [{ fromSeconds: 0, frames: 1, speed: 1, neededAtSeconds: 0 }],
    },
  ];
}

/** The picture as a viewer sees it, and of that the part. */
function partFilters({ video }: FoundPicture, part: Part): string[] {
  const even = (value: number) => Math.max(2, Math.round(value));
  return [
    ...pictureFilters(video, { format: 'png' }),
    `crop=${even(part.width)}:${even(part.height)}:${Math.round(part.x)}:${Math.round(part.y)}:exact=1`,
  ];
}

/** More of what is there: contrast, colour, edges. */
const livelier = 'eq=contrast=1.07:saturation=1.14:gamma=1.02';

function fullBack(
  part: Part,
  picture: FoundPicture,
  { palette, isGraded }: DrawnDesign,
  size: Canvas,
): string[] {
  const shown = [
    ...partFilters(picture, part),
    `scale=${size.width}:${size.height}:flags=lanczos`,
    'unsharp=5:5:0.5',
    ...(isGraded ? ['format=yuv444p', livelier] : []),
    'format=gbrp',
  ];
  return [
    `[in]${shown.join(',')}[shown]`,
    `${gradient(size, [palette.deep, palette.mid], 'diagonal')}[tint]`,
    `[tint][shown]blend=all_mode=softlight:all_opacity=${isGraded ? 0.38 : 0.12}[graded]`,
    // Darker at the top for a title, and at the foot for the captions.
    `${gradient(size, ['#6E6E6E', '#F4F4F4', '#FFFFFF', '#FFFFFF', '#8A8A8A', '#303030'], 'down')}[shade]`,
    '[shade][graded]blend=all_mode=multiply[lit]',
    '[lit]vignette=angle=PI/6,format=gbrp[made]',
  ];
}

function cardBack(part: Part, picture: FoundPicture, palette: Palette, size: Canvas): string[] {
  const small = { width: 2 * Math.round(size.width / 16), height: 2 * Math.round(size.height / 16) };
  const shown = [
    ...partFilters(picture, part),
    `scale=${small.width}:${small.height}:flags=area`,
    'gblur=sigma=9:steps=3',
    `scale=${size.width}:${size.height}:flags=bicubic`,
    'format=yuv444p',
    'eq=saturation=1.35:contrast=0.95:brightness=-0.03',
    'format=gbrp',
  ];
  return [
    `[in]${shown.join(',')}[shown]`,
    `${gradient(size, [palette.mid, palette.deep], 'diagonal')}[tint]`,
    '[tint][shown]blend=all_mode=normal:all_opacity=0.56[mixed]',
    ...glow('mixed', palette, size),
  ];
}

function typeBack(palette: Palette, size: Canvas): string[] {
  return [
    `${gradient(size, [palette.mid, palette.deep], 'diagonal')}[mixed]`,
    ...glow('mixed', palette, size),
  ];
}

/** A soft light from above: drawn small, and blurred far. */
function glow(from: string, palette: Palette, { width, height }: Canvas): string[] {
  const small = { width: Math.round(width / 16), height: Math.round(height / 16) };
  const side = Math.round(Math.min(small.width, small.height) * 0.7);
  const light = [
    `color=c=black:s=${small.width}x${small.height}:r=25:d=0.04`,
    'format=gbrp',
    `drawbox=x=${Math.round(small.width - side * 0.55)}:y=${Math.round(-side * 0.45)}:w=${side}:h=${side}:c=${color(palette.glow)}:t=fill`,
    `gblur=sigma=${(side * 0.42).toFixed(1)}:steps=4`,
    `scale=${width}:${height}:flags=bicubic`,
    'format=gbrp',
  ];
  return [
    `${light.join(',')}[light]`,
    `[light][${from}]blend=all_mode=screen:all_opacity=0.8[glowing]`,
    '[glowing]vignette=angle=PI/9,format=gbrp[made]',
  ];
}

function gradient({ width, height }: Canvas, colors: readonly string[], way: 'down' | 'diagonal'): string {
  const stops = colors.map((one, index) => `c${index}=${color(one)}`).join(':');
  const end = way === 'down' ? `x1=0:y1=${height - 1}` : `x1=${width - 1}:y1=${height - 1}`;
  return `gradients=s=${width}x${height}:${stops}:x0=0:y0=0:${end}:nb_colors=${colors.length}:seed=1:speed=0.00001:r=25:d=0.04,format=gbrp`;
}

function color(text: string): string {
  return text.replace('#', '0x');
}

/** The card's shape: white on black. */
function cardMask(card: Box, canvas: Canvas): AssScript {
  const radius = cardRadiusPx * styleScale(canvas);
  return assembleScript(canvas, [boxEvent(0, span, card, { color: '#FFFFFF', opacity: 1, radius })], [])!;
}

function cardFront(
  design: Extract<Design, { form: 'card' }>,
  picture: FoundPicture,
  { isGraded, canvas }: DrawnDesign,
): string[] {
  const { card, part } = design;
  const scale = styleScale(canvas);
  // A px more on each side: the mask's own soft edge decides.
  const left = Math.floor(card.left) - 1;
  const top = Math.floor(card.top) - 1;
  const width = 2 * Math.ceil((card.right - left + 2) / 2);
  const height = 2 * Math.ceil((card.bottom - top + 2) / 2);
  const whole = `${canvas.width}x${canvas.height}`;
  const blank = (paint: string) => `color=c=${paint}:s=${whole}:r=25:d=0.04`;
  const down = Math.round(shadow.downPx * scale);
  return [
    `[in]${[
      ...partFilters(picture, part),
      `scale=${width}:${height}:flags=lanczos`,
      ...(isGraded ? ['format=yuv444p', livelier, 'format=rgb24'] : []),
      `pad=${canvas.width}:${canvas.height}:${left}:${top}:color=black`,
      'format=rgb24',
    ].join(',')}[shown]`,
    `${blank('black')},format=rgb24,ass=filename=mask.ass:fontsdir=.,format=gray,split=2[mask][cast]`,
    '[shown][mask]alphamerge,format=rgba[card]',
    `[cast]crop=iw:ih-${down}:0:0,pad=iw:ih+${down}:0:${down}:color=black,gblur=sigma=${(shadow.sigmaPx * scale).toFixed(1)}:steps=3,lut=y='val*${shadow.opacity}'[soft]`,
    `${blank('black')},format=rgb24[dark]`,
    '[dark][soft]alphamerge,format=rgba[shade]',
    '[shade][card]overlay=format=rgb:alpha=straight,format=rgba[front]',
  ];
}
