import type { CaptionLook } from '../../domain/caption-look.ts';
import { lookOf } from '../../domain/caption-style.ts';
import type { Cue, Timeline } from '../../domain/timeline.ts';
import { toUnits } from './display-text.ts';
import type { FontMetrics, ShapedText } from './font-metrics.ts';
import { fontSetOf, ownFont, type FontSet, type FontSetOptions } from './fonts.ts';
import {
  breakLines,
  edgesOf,
  growthOf,
  inkMarginPx,
  lineWidth,
  measureUnit,
  wordBoxEm,
  type MeasuredUnit,
} from './measure.ts';
import { directionMark, directionOf, hasRightToLeft, visualOrder } from './reading-order.ts';
import { middleOf, moveBox, safeBox, styleScale, uniteBoxes, type Box, type Canvas } from './safe-box.ts';

export { safeBox, type Box, type Canvas } from './safe-box.ts';

/** One piece of a cue as it is drawn: its letters, font and size, and where its line's middle and its ink lie. */
export type PlacedWord = {
  /** Which of the cue's words it is, or is a part of. */
  readonly wordIndex: number;
  readonly text: string;
  /** Goes before the text, so that it runs in its line's direction; mostly empty. */
  readonly mark: string;
  readonly isRightToLeft: boolean;
  readonly isEmphasised: boolean;
  readonly font: FontMetrics;
  readonly shaped: ShapedText;
  /** Size of the em in px. */
  readonly emPx: number;
  readonly centerX: number;
  readonly baselineY: number;
  readonly line: number;
  /** What it covers at its largest, outline and jump included. */
  readonly box: Box;
  /** The box behind it, for styles that draw one. */
  readonly backBox: Box;
};

/** A cue as it is drawn. Sizes in px of the canvas. */
export type CueLayout = {
  /** In reading order. */
  readonly words: readonly PlacedWord[];
  /** The boxes behind its lines, for styles that draw them. */
  readonly lineBoxes: readonly Box[];
  readonly outlinePx: number;
  readonly shadowPx: number;
  /** How much larger or smaller than its specification the style is drawn. */
  readonly scale: number;
  /** What all of it covers at its largest. */
  readonly box: Box;
};

/** How far a line's letters reach from its baseline, in px; below is negative. */
type Reach = { readonly top: number; readonly bottom: number };

/** Letters that reach deep are this deep, over the em: so that lines of one cue have boxes of one height. */
const usualDescentEm = 0.2;

/** Places a cue's words on a canvas inside its safe box: at most two lines, balanced, made smaller where they are too long. */
export function layOutCue(
  cue: Cue,
  style: CaptionLook,
  canvas: Canvas,
  fonts: FontSet = fontSetOf(undefined),
): CueLayout | undefined {
  const safe = safeBox(canvas.width, canvas.height);
  const fullScale = styleScale(canvas);
  const units = toUnits(cue.words, style, fonts).map((unit) => measureUnit(unit, style, fullScale, fonts));
  if (units.length === 0) return undefined;
  const safeWidth = safe.right - safe.left;
  const lines = breakLines(units, style, fullScale, safeWidth);
  const widest = Math.max(...lines.map((line) => lineWidth(line, style, fullScale)));
  const own = ownFont(style.font, fonts);
  const { baselines, reaches } = stackLines(lines, style, own, fullScale);
  const edges = edgesOf(style);
  const tallest =
    (reaches[0]?.top ?? 0) +
    (baselines.at(-1) ?? 0) -
    (reaches.at(-1)?.bottom ?? 0) +
    (edges.top + edges.bottom) * fullScale;
  const shrink = Math.min(1, safeWidth / widest, (safe.bottom - safe.top) / tallest);
  const scale = fullScale * shrink;
  const small = units.map((unit) => measureUnit(unit, style, scale, fonts));
  let next = 0;
  const placed = lines.map((line) => small.slice(next, (next += line.length)));
  const middlePx = cue.middleY === undefined ? middleOf(style.middleY, canvas) : cue.middleY * canvas.height;
  return placeLines(placed, { style, canvas, safe, scale, own, middlePx });
}

/** How far a unit's letters reach at their largest. A jump grows a word about the middle of its line box. */
function reachOf(unit: MeasuredUnit, growth: number): Reach {
  const middle = unit.font.lineMiddleEm * unit.fontSizePx;
  const grow = (y: number) => middle + (y - middle) * growth;
  const top = unit.shaped.topEm * unit.fontSizePx;
  const bottom = unit.shaped.bottomEm * unit.fontSizePx;
  return { top: Math.max(top, grow(top)), bottom: Math.min(bottom, grow(bottom)) };
}

/** Where the baselines lie below the first one: a step apart, or more where tall letters or boxes would touch. */
function stackLines(
  lines: readonly (readonly MeasuredUnit[])[],
  style: CaptionLook,
  own: FontMetrics,
  scale: number,
): { readonly baselines: readonly number[]; readonly reaches: readonly Reach[] } {
  const size = style.fontSizePx * scale;
  const growth = growthOf(style);
  const hasBox = style.box !== undefined;
  const reaches = lines.map((line) => ({
    top: Math.max(hasBox ? own.capHeightEm * size : 0, ...line.map((unit) => reachOf(unit, growth).top)),
    bottom: Math.min(
      hasBox ? -usualDescentEm * size : 0,
      ...line.map((unit) => reachOf(unit, growth).bottom),
    ),
  }));
  const padding = (style.box === undefined ? style.outlinePx / 2 : style.box.paddingPx) * scale;
  const baselines: number[] = [];
  for (const [index, reach] of reaches.entries()) {
    const before = reaches[index - 1];
    const apart = before === undefined ? 0 : reach.top - before.bottom + 2 * padding;
    const step = Math.max(style.lineStepEm * size, apart);
    baselines.push(before === undefined ? 0 : (baselines.at(-1) ?? 0) + step);
  }
  return { baselines, reaches };
}

type Place = {
  readonly style: CaptionLook;
  readonly canvas: Canvas;
  readonly safe: Box;
  readonly scale: number;
  readonly own: FontMetrics;
  /** Where the middle of the block is to be. */
  readonly middlePx: number;
};

function placeLines(lines: readonly (readonly MeasuredUnit[])[], place: Place): CueLayout {
  const { style, safe, scale, own } = place;
  const { baselines, reaches } = stackLines(lines, style, own, scale);
  const capHeightPx = own.capHeightEm * style.fontSizePx * scale;
  const inkHeight = capHeightPx + (baselines.at(-1) ?? 0);
  const firstBaseline = place.middlePx - inkHeight / 2 + capHeightPx;
  const direction = directionOf(
    lines
      .flat()
      .map((unit) => unit.text)
      .join(' '),
  );
  const words: PlacedWord[] = [];
  const lineBoxes: Box[] = [];
  for (const [index, line] of lines.entries()) {
    const reach = reaches[index] ?? { top: 0, bottom: 0 };
    const baselineY = firstBaseline + (baselines[index] ?? 0);
    const placed = placeLine(line, { ...place, reach, baselineY, direction, index });
    words.push(...placed);
    if (style.box === undefined) continue;
    const letters = uniteBoxes(placed.map((word) => word.box));
    const { paddingPx } = style.box;
    const beyondX = (paddingPx - style.outlinePx - inkMarginPx) * scale;
    lineBoxes.push({
      left: letters.left - beyondX,
      right: letters.right + beyondX - style.shadowPx * scale,
      top: baselineY - reach.top - paddingPx * scale,
      bottom: baselineY - reach.bottom + paddingPx * scale,
    });
  }
  const hasBackBoxes = style.spoken?.boxColor !== undefined || style.emphasis?.boxColor !== undefined;
  const box = uniteBoxes([
    ...words.flatMap((word) => (hasBackBoxes ? [word.box, word.backBox] : [word.box])),
    ...lineBoxes,
  ]);
  // Tall marks or deep letters may reach out of the box: then the block as a whole moves.
  const moveY = box.bottom > safe.bottom ? safe.bottom - box.bottom : Math.max(0, safe.top - box.top);
  const moveX = box.left < safe.left ? safe.left - box.left : Math.min(0, safe.right - box.right);
  return {
    words: words.map((word) => moveWord(word, moveX, moveY)),
    lineBoxes: lineBoxes.map((lineBox) => moveBox(lineBox, moveX, moveY)),
    outlinePx: style.outlinePx * scale,
    shadowPx: style.shadowPx * scale,
    scale,
    box: moveBox(box, moveX, moveY),
  };
}

function placeLine(
  line: readonly MeasuredUnit[],
  place: Place & {
    readonly reach: Reach;
    readonly baselineY: number;
    readonly direction: 'ltr' | 'rtl';
    readonly index: number;
  },
): PlacedWord[] {
  const { style, safe, scale, reach, baselineY, direction } = place;
  const texts = line.map((unit) => unit.text);
  const isMixed = texts.some(hasRightToLeft) || direction === 'rtl';
  const order = visualOrder(texts, direction);
  const spacePx = style.wordSpaceEm * style.fontSizePx * scale;
  const gapAfter = order.map((unit, at) => {
    const next = order[at + 1];
    // Of two neighbours, the one that is read later says whether a space lies between them.
    return next !== undefined && line[Math.max(unit, next)]?.hasSpaceBefore === true ? spacePx : 0;
  });
  const width =
    line.reduce((total, unit) => total + unit.widthPx, 0) + gapAfter.reduce((total, gap) => total + gap, 0);
  let x = (safe.left + safe.right - width) / 2;
  const placed: PlacedWord[] = [];
  for (const [at, unitIndex] of order.entries()) {
    const unit = line[unitIndex];
    if (unit === undefined) continue;
    const mark = isMixed ? directionMark(direction) : '';
    placed[unitIndex] = placeWord(unit, { ...place, mark, x, reach, baselineY });
    x += unit.widthPx + (gapAfter[at] ?? 0);
  }
  return placed;
}

function placeWord(
  unit: MeasuredUnit,
  place: Place & {
    readonly mark: string;
    readonly x: number;
    readonly reach: Reach;
    readonly baselineY: number;
    readonly index: number;
  },
): PlacedWord {
  const { style, scale, mark, x, reach, baselineY, index } = place;
  const growth = growthOf(style);
  const edgePx = (style.outlinePx + inkMarginPx) * scale;
  const shadowPx = style.shadowPx * scale;
  const { shaped, fontSizePx, widthPx } = unit;
  const centerX = x + widthPx / 2;
  const own = reachOf(unit, growth);
  const pad = { x: wordBoxEm.paddingX, y: wordBoxEm.paddingY };
  const sizePx = style.fontSizePx * scale;
  return {
    wordIndex: unit.wordIndex,
    text: unit.text,
    mark,
    isRightToLeft: hasRightToLeft(unit.text),
    isEmphasised: unit.isEmphasised,
    font: unit.font,
    shaped,
    emPx: fontSizePx,
    centerX,
    baselineY,
    line: index,
    box: {
      left: centerX - (widthPx / 2 + shaped.leftEm * fontSizePx) * growth - edgePx,
      right: centerX + (widthPx / 2 + shaped.rightEm * fontSizePx) * growth + edgePx + shadowPx,
      top: baselineY - own.top - edgePx,
      bottom: baselineY - own.bottom + edgePx + shadowPx,
    },
    backBox: {
      left: centerX - widthPx / 2 - pad.x * sizePx,
      right: centerX + widthPx / 2 + pad.x * sizePx,
      top: baselineY - reach.top - pad.y * sizePx,
      bottom: baselineY - Math.min(reach.bottom, -usualDescentEm * sizePx * 0.6) + pad.y * sizePx,
    },
  };
}

function moveWord(word: PlacedWord, x: number, y: number): PlacedWord {
  return {
    ...word,
    centerX: word.centerX + x,
    baselineY: word.baselineY + y,
    box: moveBox(word.box, x, y),
    backBox: moveBox(word.backBox, x, y),
  };
}

/** What each burnt-in cue covers at its largest, in px of the timeline's canvas; `cueIndex` counts `captions.cues`. */
export function captionBoxes(
  timeline: Timeline,
  options: FontSetOptions = {},
): { readonly cueIndex: number; readonly startMs: number; readonly endMs: number; readonly box: Box }[] {
  const style = lookOf(timeline.captions);
  if (style === undefined) return [];
  const fonts = fontSetOf(timeline.fonts, options);
  return timeline.captions.cues.flatMap((cue, cueIndex) => {
    const layout = layOutCue(cue, style, timeline, fonts);
    return layout === undefined
      ? []
      : [{ cueIndex, startMs: cue.startMs, endMs: cue.endMs, box: layout.box }];
  });
}
