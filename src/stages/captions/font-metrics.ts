import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import {
  Blob as FontBlob,
  Buffer as ShapeBuffer,
  Face,
  Font as ShapeFont,
  MetricsTag,
  shape,
} from 'harfbuzzjs';
import { PatternPivotError } from '../../domain/errors.ts';
import { tuningOf } from './font-files.ts';

/**
 * How wide and tall words come out, shaped by HarfBuzz as libass does it: kerned, joined, with conjuncts and marks in
 * their places. All measures are in units of the font's em.
 */

/** A font file: what it is called, and what libass finds it by. */
export type CaptionFont = {
  /** A carried or fetched font's name, or an id of the timeline's `fonts`. */
  readonly name: string;
  /** The family name inside the file (name table, id 1): what an ASS style must say. */
  readonly family: string;
  /** How heavy it is, 100 to 900: with another number libass would thicken it. */
  readonly weight: number;
  /** Under which plain name the file is put into the renderer's font folder. */
  readonly fileName: string;
  /** Absolute path of the file on this machine. */
  readonly path: string;
};

/** A text as it comes out on one line. */
export type ShapedText = {
  readonly widthEm: number;
  /** How far the letters reach above the baseline and, as a negative number, below it. */
  readonly topEm: number;
  readonly bottomEm: number;
  /** How far they reach out of the width, to the left and to the right; 0 where they do not. */
  readonly leftEm: number;
  readonly rightEm: number;
  /** Where their outlines begin and end, from the left edge of the width. */
  readonly inkLeftEm: number;
  readonly inkRightEm: number;
  /**
   * Where libass takes the middle to be, from the middle of the width: not 0 where a mark stands for its cluster, since
   * libass counts a cluster's advance from its first glyph's offset.
   */
  readonly middleShiftEm: number;
  /** Advance of what stands for the text from each UTF-16 index on, in the order of the text. */
  readonly advances: readonly { readonly index: number; readonly widthEm: number }[];
};

/** What setting words needs of a font. */
export type FontMetrics = {
  readonly font: CaptionFont;
  /** Height of a capital over the size of the em. */
  readonly capHeightEm: number;
  /** The same of what stands for a capital in its script. */
  readonly heightEm: number;
  /** How heavy it looks, 100 to 900. */
  readonly heaviness: number;
  /** What libass calls the font size, over the size of the em: the Windows ascent and descent together. */
  readonly lineHeightEm: number;
  /** How far above the baseline the middle of libass's line box lies. */
  readonly lineMiddleEm: number;
  hasGlyph(character: string): boolean;
  /** Shapes a text; a character without a glyph counts as wide and as tall as letters come. */
  shapeText(text: string): ShapedText;
};

/** What a character without a glyph may take up, in em: no letter of a system's own font is larger. */
const unknown = { widthEm: 1.2, topEm: 1.15, bottomEm: -0.45 };

const loaded = new Map<string, FontMetrics>();

/**
 * Reads a font file once and keeps its measures.
 * @throws input.font_invalid when the file cannot be read or is no TrueType or OpenType font
 */
export function readFontFile(name: string, path: string): FontMetrics {
  const key = `${name}\n${path}`;
  const known = loaded.get(key);
  if (known !== undefined) return known;
  const metrics = toMetrics(name, path, readBytes(path));
  loaded.set(key, metrics);
  return metrics;
}

function readBytes(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    throw fontInvalid(path, 'cannot be read', error);
  }
}

function fontInvalid(path: string, what: string, cause?: unknown): PatternPivotError {
  return new PatternPivotError('input.font_invalid', `The font ${basename(path)} ${what}.`, {
    hint: 'A font is a TrueType or OpenType file (.ttf, .otf) that this program may read.',
    context: { path },
    ...(cause === undefined ? {} : { cause }),
  });
}

/** TrueType outlines, the same by Apple's name, and OpenType with CFF outlines; a collection (`ttcf`) holds several fonts. */
const signatures: ReadonlySet<string> = new Set(['\0\u0001\0\0', 'true', 'OTTO']);

function toMetrics(name: string, path: string, bytes: Uint8Array): FontMetrics {
  const signature = String.fromCharCode(...bytes.subarray(0, 4));
  if (!signatures.has(signature)) throw fontInvalid(path, 'is no TrueType or OpenType font');
  const face = new Face(new FontBlob(bytes));
  const font = new ShapeFont(face);
  const { upem } = face;
  const family = face.getName(1, 'en');
  const os2 = face.referenceTable('OS/2');
  if (family === '' || os2 === undefined || os2.length < 8 || face.referenceTable('cmap') === undefined) {
    throw fontInvalid(path, 'lacks tables that drawing needs (name, OS/2, cmap)');
  }
  if (/[,{}\p{Cc}]/u.test(family)) throw fontInvalid(path, 'has a family name that cannot be written down');
  const weight = Math.min(900, Math.max(100, new DataView(os2.buffer, os2.byteOffset).getUint16(4)));
  const metric = (tag: MetricsTag) => font.getMetricPosition(tag) ?? 0;
  const ascent = metric(MetricsTag.HORIZONTAL_CLIPPING_ASCENT) || metric(MetricsTag.HORIZONTAL_ASCENDER);
  const descent = Math.abs(
    metric(MetricsTag.HORIZONTAL_CLIPPING_DESCENT) || metric(MetricsTag.HORIZONTAL_DESCENDER),
  );
  const capHeight = metric(MetricsTag.CAP_HEIGHT) || 0.7 * upem;
  const tuning = tuningOf(name);
  const measure = createShaper(font, upem);
  return {
    font: { name, family, weight, fileName: toPlainName(name, path), path },
    capHeightEm: capHeight / upem,
    heightEm: tuning.heightEm ?? capHeight / upem,
    heaviness: tuning.heaviness ?? weight,
    lineHeightEm: (ascent + descent) / upem,
    lineMiddleEm: (ascent - descent) / 2 / upem,
    hasGlyph: (character) => (font.nominalGlyph(character.codePointAt(0) ?? 0) ?? 0) !== 0,
    shapeText: measure,
  };
}

/** A name that no folder and no filter syntax minds. Ids are unique in a timeline, and so are these. */
function toPlainName(name: string, path: string): string {
  return `${name}${path.toLowerCase().endsWith('.otf') ? '.otf' : '.ttf'}`;
}

function createShaper(font: ShapeFont, upem: number): (text: string) => ShapedText {
  const buffer = new ShapeBuffer();
  const known = new Map<string, ShapedText>();
  return (text) => {
    const cached = known.get(text);
    if (cached !== undefined) return cached;
    buffer.reset();
    buffer.addText(text);
    buffer.guessSegmentProperties();
    shape(font, buffer);
    const shaped = measureGlyphs(font, buffer, upem);
    if (known.size > maxKnown) known.clear();
    known.set(text, shaped);
    return shaped;
  };
}

/** How many shaped texts a font keeps. */
const maxKnown = 20_000;

function measureGlyphs(font: ShapeFont, buffer: ShapeBuffer, upem: number): ShapedText {
  const glyphs = buffer.getGlyphInfosAndPositions();
  const advances = new Map<number, number>();
  let x = 0;
  const heads: { readonly cluster: number; readonly x: number }[] = [];
  const ink = { left: Infinity, right: -Infinity, top: 0, bottom: 0 };
  for (const { codepoint: glyph, cluster, xAdvance = 0, xOffset = 0, yOffset = 0 } of glyphs) {
    const isUnknown = glyph === 0;
    const advance = isUnknown ? unknown.widthEm * upem : xAdvance;
    const extents = isUnknown ? undefined : font.glyphExtents(glyph);
    if (isUnknown) {
      ink.left = Math.min(ink.left, x);
      ink.right = Math.max(ink.right, x + advance);
      ink.top = Math.max(ink.top, unknown.topEm * upem);
      ink.bottom = Math.min(ink.bottom, unknown.bottomEm * upem);
    }
    if (extents !== undefined && extents.width !== 0) {
      const left = x + xOffset + extents.xBearing;
      const top = yOffset + extents.yBearing;
      ink.left = Math.min(ink.left, left);
      ink.right = Math.max(ink.right, left + extents.width);
      ink.top = Math.max(ink.top, top);
      ink.bottom = Math.min(ink.bottom, top + extents.height);
    }
    if (!advances.has(cluster)) heads.push({ cluster, x: x + xOffset });
    advances.set(cluster, (advances.get(cluster) ?? 0) + advance);
    x += advance;
  }
  const hasInk = ink.right > ink.left;
  const left = Math.min(...heads.map((head) => head.x));
  const right = Math.max(...heads.map((head) => head.x + (advances.get(head.cluster) ?? 0)));
  return {
    widthEm: x / upem,
    topEm: ink.top / upem,
    bottomEm: ink.bottom / upem,
    leftEm: hasInk ? Math.max(0, -ink.left) / upem : 0,
    rightEm: hasInk ? Math.max(0, ink.right - x) / upem : 0,
    inkLeftEm: hasInk ? ink.left / upem : 0,
    inkRightEm: hasInk ? ink.right / upem : x / upem,
    middleShiftEm: heads.length === 0 ? 0 : ((left + right) / 2 - x / 2) / upem,
    advances: [...advances]
      .map(([index, width]) => ({ index, widthEm: width / upem }))
      .toSorted((a, b) => a.index - b.index),
  };
}
