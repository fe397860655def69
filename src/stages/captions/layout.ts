import type { CaptionLook } from '../../domain/caption-look.ts';
import { lookOf } from '../../domain/caption-style.ts';
import type { Cue, Timeline } from '../../domain/timeline.ts';
import { endsClause, isLeaning } from '../../domain/cue-making.ts';
import { escapeAssText } from './ass-text.ts';
import { pickFont, type FontMetrics } from './fonts.ts';

/** A rectangle in px of the canvas; `right` and `bottom` are its far edges. */
export type Box = {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
};

/** Size of a picture in px. */
export type Canvas = { readonly width: number; readonly height: number };

/** One word as it is drawn: its letters, font and size, and where its line's middle (for libass) and its ink lie. */
export type PlacedWord = {
  /** Which of the cue's words it is. */
  readonly wordIndex: number;
  readonly text: string;
  readonly font: FontMetrics;
  /** Size of the em in px. */
  readonly fontSizePx: number;
  readonly centerX: number;
  readonly baselineY: number;
  readonly line: number;
  /** What it covers at its largest, outline and jump included. */
  readonly box: Box;
};

/** A cue as it is drawn. Sizes in px of the canvas. */
export type CueLayout = {
  readonly words: readonly PlacedWord[];
  readonly outlinePx: number;
  readonly shadowPx: number;
  /** What all its words cover at their largest. */
  readonly box: Box;
};

/**
 * The part of a picture that no app covers with its own controls. For 1080×1920 it is x 108 to 972, y 384 to 1536,
 * which is safe on TikTok, Reels and Shorts alike; other sizes get the same shares.
 */
export function safeBox(width: number, height: number): Box {
  return { left: width * 0.1, top: height * 0.2, right: width * 0.9, bottom: height * 0.8 };
}

/** The side of the canvas that sizes are given for. */
const referenceShortSidePx = 1080;

/** How much larger than its specification a style is drawn on a canvas. */
export function styleScale(canvas: Canvas): number {
  return Math.min(canvas.width, canvas.height) / referenceShortSidePx;
}

/** Pictures in text, and what joins them: they are left out where no carried font draws them. */
const pictograph = /[\p{Extended_Pictographic}\p{Regional_Indicator}\p{Emoji_Modifier}\u{20E3}]/u;
const unseen = /[\p{Cc}\p{Cf}\p{Variation_Selector}\u{2028}\u{2029}]/gu;

/** A word's letters as a style shows them; empty when nothing of it can be shown. */
export function displayText(text: string, style: CaptionLook): string {
  const clean = escapeAssText(text.normalize('NFC')).replace(unseen, '').replace(/\s+/gu, ' ').trim();
  const cased = style.isCapitals ? clean.toUpperCase().replace(/(?<=[\p{L}\p{N}"”’'])[.,;:]+$/u, '') : clean;
  if (!pictograph.test(cased)) return cased;
  const font = pickFont(cased, style.font);
  return [...cased]
    .filter((character) => !pictograph.test(character) || font.hasGlyph(character))
    .join('')
    .trim();
}

/** A word with its measures at the style's full size on a canvas, in px. */
type MeasuredWord = {
  readonly wordIndex: number;
  readonly text: string;
  readonly font: FontMetrics;
  readonly fontSizePx: number;
  readonly widthPx: number;
};

function measureWord(text: string, wordIndex: number, style: CaptionLook, scale: number): MeasuredWord {
  const font = pickFont(text, style.font);
  const own = pickFont('', style.font);
  // A word in another font gets capitals as tall as its neighbours'.
  const fontSizePx = ((style.fontSizePx * own.capHeightEm) / font.capHeightEm) * scale;
  return { wordIndex, text, font, fontSizePx, widthPx: font.measureWidthEm(text) * fontSizePx };
}

/** The width of a word as a style shows it, in px of a canvas whose shorter side has 1080 px. */
export function measureDisplayWidth(text: string, style: CaptionLook): number {
  return text === '' ? 0 : measureWord(text, 0, style, 1).widthPx;
}

/** Soft edges, and kerning that could not be measured, may take ink this far beyond the outline. In px at full size. */
const inkMarginPx = 2;

/** How wide a line is that holds words of these widths (px at `scale`), with its outline and the jump of its end words. */
function lineWidth(widths: readonly number[], style: CaptionLook, scale: number): number {
  const letters = widths.reduce((total, width) => total + width, 0);
  const spaces = Math.max(0, widths.length - 1) * style.wordSpaceEm * style.fontSizePx * scale;
  const growth = style.pop === undefined ? 0 : style.pop.peak - 1;
  const jump = (((widths[0] ?? 0) + (widths.at(-1) ?? 0)) / 2) * growth;
  return letters + spaces + jump + (2 * (style.outlinePx + inkMarginPx) + style.shadowPx) * scale;
}

/** Whether words of these widths (by {@link measureDisplayWidth}) can be set at full size in the lines that a style fills. */
export function fitsLines(widths: readonly number[], style: CaptionLook, canvas: Canvas): boolean {
  const safe = safeBox(canvas.width, canvas.height);
  const maxWidth = (safe.right - safe.left) / styleScale(canvas);
  if (lineWidth(widths, style, 1) <= maxWidth) return true;
  if (style.filledLines === 1) return false;
  return widths.some(
    (_, at) =>
      at > 0 &&
      lineWidth(widths.slice(0, at), style, 1) <= maxWidth &&
      lineWidth(widths.slice(at), style, 1) <= maxWidth,
  );
}

/** One line, or the two that are most alike in width and break at the best place. */
function breakLines(
  words: readonly MeasuredWord[],
  style: CaptionLook,
  scale: number,
  maxWidth: number,
): (readonly MeasuredWord[])[] {
  const widths = words.map((word) => word.widthPx);
  if (words.length < 2 || lineWidth(widths, style, scale) <= maxWidth) return [words];
  let best = { cost: Infinity, at: 1 };
  for (let at = 1; at < words.length; at++) {
    const first = lineWidth(widths.slice(0, at), style, scale);
    const second = lineWidth(widths.slice(at), style, scale);
    const last = words[at - 1]?.text ?? '';
    const overflow = Math.max(0, Math.max(first, second) - maxWidth);
    const leaning = isLeaning(last) ? 0.2 * maxWidth : 0;
    const clause = endsClause(last) ? 0.15 * maxWidth : 0;
    const cost = Math.abs(first - second) + 4 * overflow + leaning - clause;
    if (cost < best.cost) best = { cost, at };
  }
  return [words.slice(0, best.at), words.slice(best.at)];
}

/** Places a cue's words on a canvas inside its safe box: at most two lines, balanced, made smaller where they are too long. */
export function layOutCue(cue: Cue, style: CaptionLook, canvas: Canvas): CueLayout | undefined {
  const safe = safeBox(canvas.width, canvas.height);
  const fullScale = styleScale(canvas);
  const measured = cue.words
    .map((word, index) => ({ text: displayText(word.text, style), index }))
    .filter(({ text }) => text !== '')
    .map(({ text, index }) => measureWord(text, index, style, fullScale));
  if (measured.length === 0) return undefined;
  const safeWidth = safe.right - safe.left;
  const lines = breakLines(measured, style, fullScale, safeWidth);
  const widest = Math.max(
    ...lines.map((line) =>
      lineWidth(
        line.map((word) => word.widthPx),
        style,
        fullScale,
      ),
    ),
  );
  const tallest = blockHeight(lines, style, fullScale);
  const shrink = Math.min(1, safeWidth / widest, (safe.bottom - safe.top) / tallest);
  return placeLines(lines, style, canvas, safe, fullScale * shrink, shrink);
}

function wordExtent(word: MeasuredWord, style: CaptionLook): { top: number; bottom: number } {
  const { topEm, bottomEm } = word.font.measureExtentEm(word.text);
  const peak = style.pop?.peak ?? 1;
  const middle = word.font.lineMiddleEm * word.fontSizePx;
  // A jump grows a word about the middle of its line box.
  const grow = (y: number) => middle + (y - middle) * peak;
  const top = topEm * word.fontSizePx;
  const bottom = bottomEm * word.fontSizePx;
  return { top: Math.max(top, grow(top)), bottom: Math.min(bottom, grow(bottom)) };
}

function blockHeight(lines: readonly (readonly MeasuredWord[])[], style: CaptionLook, scale: number): number {
  const top = Math.max(...(lines[0] ?? []).map((word) => wordExtent(word, style).top));
  const bottom = Math.min(...(lines.at(-1) ?? []).map((word) => wordExtent(word, style).bottom));
  const steps = (lines.length - 1) * style.lineStepEm * style.fontSizePx * scale;
  return top - bottom + steps + (2 * (style.outlinePx + inkMarginPx) + style.shadowPx) * scale;
}

function placeLines(
  lines: readonly (readonly MeasuredWord[])[],
  style: CaptionLook,
  canvas: Canvas,
  safe: Box,
  scale: number,
  shrink: number,
): CueLayout {
  const outlinePx = style.outlinePx * scale;
  const edgePx = outlinePx + inkMarginPx * scale;
  const shadowPx = style.shadowPx * scale;
  const stepPx = style.lineStepEm * style.fontSizePx * scale;
  const capHeightPx = pickFont('', style.font).capHeightEm * style.fontSizePx * scale;
  const inkHeight = capHeightPx + (lines.length - 1) * stepPx;
  const firstBaseline = canvas.height * style.middleY - inkHeight / 2 + capHeightPx;
  const spacePx = style.wordSpaceEm * style.fontSizePx * scale;
  const grow = (style.pop?.peak ?? 1) - 1;

  const placed: PlacedWord[] = lines.flatMap((line, lineIndex) => {
    const width =
      line.reduce((total, word) => total + word.widthPx * shrink, 0) + (line.length - 1) * spacePx;
    let x = (safe.left + safe.right - width) / 2;
    const baselineY = firstBaseline + lineIndex * stepPx;
    return line.map((word) => {
      const widthPx = word.widthPx * shrink;
      const centerX = x + widthPx / 2;
      const halfWidth = (widthPx * (1 + grow)) / 2;
      const extent = wordExtent(word, style);
      x += widthPx + spacePx;
      return {
        wordIndex: word.wordIndex,
        text: word.text,
        font: word.font,
        fontSizePx: word.fontSizePx * shrink,
        centerX,
        baselineY,
        line: lineIndex,
        box: {
          left: centerX - halfWidth - edgePx,
          right: centerX + halfWidth + edgePx + shadowPx,
          top: baselineY - extent.top * shrink - edgePx,
          bottom: baselineY - extent.bottom * shrink + edgePx + shadowPx,
        },
      };
    });
  });
  const box = uniteBoxes(placed.map((word) => word.box));
  // Tall marks or deep letters may reach out of the box: then the block as a whole moves.
  const moveY = box.bottom > safe.bottom ? safe.bottom - box.bottom : Math.max(0, safe.top - box.top);
  const moveX = box.left < safe.left ? safe.left - box.left : Math.min(0, safe.right - box.right);
  return {
    words: placed.map((word) => moveWord(word, moveX, moveY)),
    outlinePx,
    shadowPx,
    box: moveBox(box, moveX, moveY),
  };
}

function uniteBoxes(boxes: readonly Box[]): Box {
  return {
    left: Math.min(...boxes.map((box) => box.left)),
    top: Math.min(...boxes.map((box) => box.top)),
    right: Math.max(...boxes.map((box) => box.right)),
    bottom: Math.max(...boxes.map((box) => box.bottom)),
  };
}

function moveBox(box: Box, x: number, y: number): Box {
  return { left: box.left + x, right: box.right + x, top: box.top + y, bottom: box.bottom + y };
}

function moveWord(word: PlacedWord, x: number, y: number): PlacedWord {
  return { ...word, centerX: word.centerX + x, baselineY: word.baselineY + y, box: moveBox(word.box, x, y) };
}

/** What each burnt-in cue covers at its largest, in px of the timeline's canvas; `cueIndex` counts `captions.cues`. */
export function captionBoxes(
  timeline: Timeline,
): { readonly cueIndex: number; readonly startMs: number; readonly endMs: number; readonly box: Box }[] {
  const style = lookOf(timeline.captions);
  if (style === undefined) return [];
  return timeline.captions.cues.flatMap((cue, cueIndex) => {
    const layout = layOutCue(cue, style, timeline);
    return layout === undefined
      ? []
      : [{ cueIndex, startMs: cue.startMs, endMs: cue.endMs, box: layout.box }];
  });
}
