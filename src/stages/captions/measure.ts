import type { CaptionLook } from '../../domain/caption-look.ts';
import { leansBack } from '../../domain/caption-join.ts';
import { endsClause, isLeaning } from '../../domain/cue-making.ts';
import type { Unit } from './display-text.ts';
import type { FontMetrics, ShapedText } from './font-metrics.ts';
import { ownFont, pickFont, type FontSet } from './fonts.ts';
import { safeBox, styleScale, type Canvas } from './safe-box.ts';

/** How much room words take in a style, and where their lines break. */

/** A unit with its measures at a scale of the style, in px. */
export type MeasuredUnit = Unit & {
  readonly font: FontMetrics;
  readonly fontSizePx: number;
  readonly shaped: ShapedText;
  readonly widthPx: number;
};

/** How far a box behind one word reaches beyond its letters, and how round it is: in em of the style. */
export const wordBoxEm = { paddingX: 0.13, paddingY: 0.08, radius: 0.14 };

/** Soft edges may take ink this far beyond the outline. In px at full size. */
export const inkMarginPx = 3;

/** Measures a unit at a scale of its style: key words in their own size, other scripts as tall as the style's capitals. */
export function measureUnit(unit: Unit, style: CaptionLook, scale: number, fonts: FontSet): MeasuredUnit {
  const font = pickFont(unit.text, style.font, fonts);
  const own = ownFont(style.font, fonts);
  const emphasis = unit.isEmphasised ? (style.emphasis?.scale ?? 1) : 1;
  const height = font === own ? 1 : own.heightEm / font.heightEm;
  const fontSizePx = style.fontSizePx * height * emphasis * scale;
  const shaped = font.shapeText(unit.text);
  return { ...unit, font, fontSizePx, shaped, widthPx: shaped.widthEm * fontSizePx };
}

/** How much larger a spoken word gets than it is set, at its largest. */
export function growthOf(style: CaptionLook): number {
  return Math.max(1, style.pop?.peak ?? 1) * Math.max(1, style.spoken?.scale ?? 1);
}

/** What lies around the letters of a line, in px at full size. */
export function edgesOf(style: CaptionLook): { left: number; right: number; top: number; bottom: number } {
  const hasWordBox = style.spoken?.boxColor !== undefined || style.emphasis?.boxColor !== undefined;
  const boxX = Math.max(
    style.box?.paddingPx ?? 0,
    hasWordBox ? wordBoxEm.paddingX * style.fontSizePx * growthOf(style) : 0,
  );
  const boxY = Math.max(style.box?.paddingPx ?? 0, hasWordBox ? wordBoxEm.paddingY * style.fontSizePx : 0);
  const ink = style.outlinePx + inkMarginPx;
  return {
    left: Math.max(ink, boxX + inkMarginPx),
    right: Math.max(ink + style.shadowPx, boxX + inkMarginPx),
    top: Math.max(ink, boxY + inkMarginPx),
    bottom: Math.max(ink + style.shadowPx, boxY + inkMarginPx),
  };
}

/** How wide a line of these units is (px at `scale`), with all that lies around it and the jump of its end words. */
export function lineWidth(units: readonly MeasuredUnit[], style: CaptionLook, scale: number): number {
  const first = units[0];
  const last = units.at(-1);
  if (first === undefined || last === undefined) return 0;
  const edges = edgesOf(style);
  const letters = units.reduce((total, unit) => total + unit.widthPx, 0);
  const spaces = units.slice(1).filter((unit) => unit.hasSpaceBefore).length;
  const jump = ((first.widthPx + last.widthPx) / 2) * (growthOf(style) - 1);
  const overhang = [first, last].reduce(
    (total, { shaped, fontSizePx }) => total + Math.max(shaped.leftEm, shaped.rightEm) * fontSizePx,
    0,
  );
  return (
    letters +
    spaces * style.wordSpaceEm * style.fontSizePx * scale +
    jump +
    overhang +
    (edges.left + edges.right) * scale
  );
}

/** Whether units, measured at scale 1, can be set at full size in the lines that a style fills. */
export function fitsLines(units: readonly MeasuredUnit[], style: CaptionLook, canvas: Canvas): boolean {
  const safe = safeBox(canvas.width, canvas.height);
  const maxWidth = (safe.right - safe.left) / styleScale(canvas);
  if (lineWidth(units, style, 1) <= maxWidth) return true;
  if (style.filledLines === 1) return false;
  return units.some(
    (_, at) =>
      at > 0 &&
      lineWidth(units.slice(0, at), style, 1) <= maxWidth &&
      lineWidth(units.slice(at), style, 1) <= maxWidth,
  );
}

/** Two lines may break inside a word without spaces, where it is not torn from its ending for nothing. */
const insideWordCost = 0.06;

/** One line, or the two that are most alike in width and break at the best place. */
export function breakLines(
  units: readonly MeasuredUnit[],
  style: CaptionLook,
  scale: number,
  maxWidth: number,
): (readonly MeasuredUnit[])[] {
  if (units.length < 2 || lineWidth(units, style, scale) <= maxWidth) return [units];
  let best = { cost: Infinity, at: 1 };
  for (let at = 1; at < units.length; at++) {
    const first = lineWidth(units.slice(0, at), style, scale);
    const second = lineWidth(units.slice(at), style, scale);
    const last = units[at - 1]?.text ?? '';
    const overflow = Math.max(0, Math.max(first, second) - maxWidth);
    const leaning = isLeaning(last) || leansBack(units[at]?.text ?? '') ? 0.2 * maxWidth : 0;
    const clause = endsClause(last) ? 0.15 * maxWidth : 0;
    const inside = units[at - 1]?.wordIndex === units[at]?.wordIndex ? insideWordCost * maxWidth : 0;
    const cost = Math.abs(first - second) + 4 * overflow + leaning + inside - clause;
    if (cost < best.cost) best = { cost, at };
  }
  return [units.slice(0, best.at), units.slice(best.at)];
}
