import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
// Its types name their exports one by one; what Node sees of its CommonJS file is the default alone.
// oxlint-disable-next-line import/default
import opentype, { type Font as OpenTypeFont } from 'opentype.js';

/**
 * The fonts that captions are set in, and how wide their words come out. They are carried by npm packages, so that a
 * clip looks the same on every machine. Which and why: docs/decisions/0010-caption-fonts.md.
 */

/** A carried font: what a style calls it, what libass finds it by, and the file that holds it. */
export type CaptionFont = {
  readonly name: FontName;
  /** The family name inside the file (name table, id 1): what an ASS style must say. */
  readonly family: string;
  /** Under which plain name the file is put into the renderer's font folder. */
  readonly fileName: string;
  /** Absolute path of the file on this machine. */
  readonly path: string;
};

/** The carried fonts by the names that styles use. */
export type FontName = 'anton' | 'montserrat-extra-bold';

const packageFiles: Readonly<Record<FontName, string>> = {
  anton: '@expo-google-fonts/anton/400Regular/Anton_400Regular.ttf',
  'montserrat-extra-bold': '@expo-google-fonts/montserrat/800ExtraBold/Montserrat_800ExtraBold.ttf',
};

/** Every carried font, in the order in which they are asked for a glyph that a style's own font lacks. */
export const fontNames: readonly FontName[] = ['anton', 'montserrat-extra-bold'];

/** What measuring needs of a font, in units of its em; a letter's extent is that of its outline above and below the baseline. */
export type FontMetrics = {
  readonly font: CaptionFont;
  /** Height of a capital over the size of the em. */
  readonly capHeightEm: number;
  /** What libass calls the font size, over the size of the em: the Windows ascent and descent together. */
  readonly lineHeightEm: number;
  /** How far above the baseline the middle of libass's line box lies. */
  readonly lineMiddleEm: number;
  hasGlyph(character: string): boolean;
  /** Advance width of a text on one line, kerning included; an unknown character counts as much as a wide one. */
  measureWidthEm(text: string): number;
  /** How far the outlines reach above the baseline and, as a negative number, below it. */
  measureExtentEm(text: string): { readonly topEm: number; readonly bottomEm: number };
};

/** What a character without a glyph may take up, in em: no letter of a system's own font is wider. */
const unknownWidthEm = 1.2;
const unknownExtentEm = { top: 1.15, bottom: -0.45 };

const loaded = new Map<FontName, FontMetrics>();

/** Reads a carried font once and keeps its measures. */
export function loadFont(name: FontName): FontMetrics {
  const known = loaded.get(name);
  if (known !== undefined) return known;
  const path = createRequire(import.meta.url).resolve(packageFiles[name]);
  const bytes = readFileSync(path);
  // oxlint-disable-next-line import/no-named-as-default-member
  const parsed = opentype.parse(
    bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer,
  );
  const metrics = toMetrics(parsed, name, path);
  loaded.set(name, metrics);
  return metrics;
}

/** The two tables that libass takes its sizes from, as opentype.js gives them. */
type SizeTables = {
  os2: { usWinAscent: number; usWinDescent: number; sCapHeight: number };
  name: { windows: { fontFamily: { en: string } } };
};

function toMetrics(parsed: OpenTypeFont, name: FontName, path: string): FontMetrics {
  const { unitsPerEm } = parsed;
  const { os2, name: nameTable } = parsed.tables as unknown as SizeTables;
  const glyphIndexes = new Map<string, number>();
  const indexOf = (character: string): number => {
    const known = glyphIndexes.get(character);
    if (known !== undefined) return known;
    const index = parsed.charToGlyphIndex(character);
    glyphIndexes.set(character, index);
    return index;
  };
  const extents = new Map<number, { top: number; bottom: number }>();
  const extentOf = (index: number): { top: number; bottom: number } => {
    const known = extents.get(index);
    if (known !== undefined) return known;
    const box = parsed.glyphs.get(index).getBoundingBox();
    const extent = { top: box.y2 / unitsPerEm, bottom: box.y1 / unitsPerEm };
    extents.set(index, extent);
    return extent;
  };
  return {
    font: {
      name,
      family: nameTable.windows.fontFamily.en,
      fileName: packageFiles[name].slice(packageFiles[name].lastIndexOf('/') + 1),
      path,
    },
    capHeightEm: os2.sCapHeight / unitsPerEm,
    lineHeightEm: (os2.usWinAscent + os2.usWinDescent) / unitsPerEm,
    lineMiddleEm: (os2.usWinAscent - os2.usWinDescent) / 2 / unitsPerEm,
    hasGlyph: (character) => indexOf(character) !== 0,
    measureWidthEm(text) {
      let width = 0;
      let previous = 0;
      for (const character of text) {
        const index = indexOf(character);
        if (index === 0) {
          width += unknownWidthEm * unitsPerEm;
        } else {
          if (previous !== 0) {
            width += parsed.getKerningValue(parsed.glyphs.get(previous), parsed.glyphs.get(index));
          }
          width += parsed.glyphs.get(index).advanceWidth ?? unitsPerEm;
        }
        previous = index;
      }
      return width / unitsPerEm;
    },
    measureExtentEm(text) {
      let topEm = 0;
      let bottomEm = 0;
      for (const character of text) {
        const index = indexOf(character);
        const { top, bottom } = index === 0 ? unknownExtentEm : extentOf(index);
        topEm = Math.max(topEm, top);
        bottomEm = Math.min(bottomEm, bottom);
      }
      return { topEm, bottomEm };
    },
  };
}

/** Joins, selectors and marks that have no picture of their own. */
const invisible = /[\p{Cf}\p{Cc}\p{Variation_Selector}\p{White_Space}]/u;

/**
 * The characters of a text that no carried font can draw (CJK, Arabic, emoji …), each once, in order of appearance:
 * the renderer leaves them to the system's fonts, or leaves them out where they are emoji.
 */
export function missingGlyphs(text: string): string[] {
  const fonts = fontNames.map(loadFont);
  const missing = new Set<string>();
  for (const character of text.normalize('NFC')) {
    if (!invisible.test(character) && !fonts.some((font) => font.hasGlyph(character))) missing.add(character);
  }
  return [...missing];
}

/** The font for a word: the style's own when it has every letter, else the carried font that lacks the fewest. */
export function pickFont(text: string, preferred: string): FontMetrics {
  let best = loadFont(fontNames.find((name) => name === preferred) ?? 'montserrat-extra-bold');
  let bestLacking = countLacking(text, best);
  for (const name of fontNames) {
    if (bestLacking === 0) break;
    const font = loadFont(name);
    const lacking = countLacking(text, font);
    if (lacking < bestLacking) [best, bestLacking] = [font, lacking];
  }
  return best;
}

function countLacking(text: string, font: FontMetrics): number {
  let lacking = 0;
  for (const character of text) if (!font.hasGlyph(character)) lacking++;
  return lacking;
}
