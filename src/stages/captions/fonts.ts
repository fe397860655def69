import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import type { FontFile } from '../../domain/timeline.ts';
import { carriedFonts } from './font-files.ts';
import { readFontFile, type FontMetrics } from './font-metrics.ts';

/** Which font a word is set in: the style's own where it has every letter, else one that does. */

/** Every carried font by name. */
export const fontNames: readonly string[] = carriedFonts.map((font) => font.name);

/** The font that stands in for one that nobody has. */
const plainFont = 'montserrat-extra-bold';

/** Reads a carried font by its name. */
export function loadFont(name: string): FontMetrics {
  const found = carriedFonts.find((font) => font.name === name);
  if (found === undefined) throw new Error(`No font of the name ${name} is carried.`);
  return readFontFile(name, createRequire(import.meta.url).resolve(found.packageFile));
}

/** The fonts that a timeline's words can be set in: the carried ones and its own. */
export type FontSet = {
  /** Of the carried ones the names, then the ids of the timeline's. */
  readonly names: readonly string[];
  load(name: string): FontMetrics;
};

/** What a font set is made of. */
export type FontSetOptions = {
  /** Relative paths of fonts start here. Default: the current folder. */
  readonly baseFolder?: string | undefined;
};

/** The carried fonts and those of a timeline's `fonts`. Files are read when a word first needs them. */
export function fontSetOf(files: readonly FontFile[] | undefined, options: FontSetOptions = {}): FontSet {
  const own = new Map((files ?? []).map((file) => [file.id, file.path]));
  return {
    names: [...own.keys(), ...fontNames.filter((name) => !own.has(name))],
    load(name) {
      const path = own.get(name);
      return path === undefined
        ? loadFont(name)
        : readFontFile(name, resolve(options.baseFolder ?? '.', path));
    },
  };
}

/** Joins, selectors, spaces and marks of direction: they have no picture of their own. */
const invisible = /[\p{Cf}\p{Cc}\p{Variation_Selector}\p{White_Space}]/u;

/**
 * The characters of a text that none of the fonts can draw, each once, in order of appearance: the renderer leaves them
 * to the system's fonts, or leaves them out where they are emoji.
 */
export function missingGlyphs(text: string, fonts: FontSet = fontSetOf(undefined)): string[] {
  const missing = new Set<string>();
  for (const character of text.normalize('NFC')) {
    if (invisible.test(character) || missing.has(character)) continue;
    if (!fonts.names.some((name) => fonts.load(name).hasGlyph(character))) missing.add(character);
  }
  return [...missing];
}

/** A font's own: the one of that name, or the plain carried one where there is none. */
export function ownFont(preferred: string, fonts: FontSet): FontMetrics {
  return fonts.load(fonts.names.includes(preferred) ? preferred : plainFont);
}

/** The font for a word: the wanted one when it has every letter, else the one of nearest weight that lacks the fewest. */
export function pickFont(text: string, preferred: string, fonts: FontSet): FontMetrics {
  const own = ownFont(preferred, fonts);
  let best = own;
  let bestLacking = countLacking(text, own);
  if (bestLacking === 0) return own;
  const others = fonts.names
    .map((name) => fonts.load(name))
    .map((font, order) => ({ font, order, distance: Math.abs(font.heaviness - own.heaviness) }))
    .toSorted((a, b) => a.distance - b.distance || a.order - b.order);
  for (const { font } of others) {
    const lacking = countLacking(text, font);
    if (lacking < bestLacking) [best, bestLacking] = [font, lacking];
    if (bestLacking === 0) break;
  }
  return best;
}

function countLacking(text: string, font: FontMetrics): number {
  let lacking = 0;
  for (const character of text) if (!invisible.test(character) && !font.hasGlyph(character)) lacking++;
  return lacking;
}
