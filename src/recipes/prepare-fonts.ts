import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { isAbortError, PatternPivotError } from '../domain/errors.ts';
import { lookOf } from '../domain/caption-style.ts';
import type { FontFile, Timeline } from '../domain/timeline.ts';
import { fetchedFonts, type FetchedFont } from '../stages/captions/font-files.ts';
import { neededFonts, type NeededFontsOptions } from '../stages/captions/needed-fonts.ts';
import type { StageContext } from '../stages/stage.ts';
import type { RecipeContext } from './events.ts';

/** Gets a font that is too large to carry: from the workspace, or fetched. @throws provider.*, input.font_not_fetched */
export type FontSource = (font: FetchedFont, context: StageContext) => Promise<FontFile>;

/**
 * The fonts from files that words are to be set in: those at hand, and those that their script needs beside them. One that
 * cannot be had costs a note, not the clip: the system's own font stands in where there is one.
 */
export async function prepareFonts(
  text: string,
  getFont: FontSource,
  context: RecipeContext,
  options: NeededFontsOptions = {},
): Promise<readonly FontFile[]> {
  const fonts = [...(options.have ?? [])];
  for (const font of neededFonts(text, options)) {
    try {
      fonts.push(await getFont(font, { signal: context.signal, report: reporterOf(font, context) }));
    } catch (error) {
      if (isAbortError(error) || !(error instanceof PatternPivotError)) throw error;
      const hint = error.hint === undefined ? '' : ` ${error.hint}`;
      context.emit({
        event: 'note',
        text: `${font.script} letters need a font that is not here. ${error.message}${hint} Until then a font of this system is used where there is one.`,
      });
    }
  }
  return fonts;
}

/**
 * The same for a timeline document: its captions, where they are burnt in, and its titles. Paths of its own fonts become
 * absolute, and fetched ones that are no longer where it says are got again.
 */
export async function prepareTimelineFonts(
  timeline: Timeline,
  baseFolder: string,
  getFont: FontSource,
  context: RecipeContext,
): Promise<Timeline> {
  const have: FontFile[] = [];
  for (const font of timeline.fonts ?? []) {
    const path = resolve(baseFolder, font.path);
    // A fetched font that is gone is asked for by what it is needed for.
    const isFetched = fetchedFonts.some(({ name }) => name === font.id);
    if (!isFetched || existsSync(path)) have.push({ ...font, path });
  }
  const fonts = await prepareFonts(textOf(timeline), getFont, context, { have });
  const { fonts: _, ...rest } = timeline;
  return fonts.length === 0 ? rest : { ...rest, fonts: [...fonts] };
}

function textOf(timeline: Timeline): string {
  const titles = timeline.assets.flatMap((asset) => (asset.kind === 'title' ? [asset.text] : []));
  const words =
    lookOf(timeline.captions) === undefined
      ? []
      : timeline.captions.cues.flatMap((cue) => cue.words.map((word) => word.text));
  return [...titles, ...words].join(' ');
}

/** Says once that a font is fetched, when the first bytes come. */
function reporterOf(font: FetchedFont, context: RecipeContext): StageContext['report'] {
  let isSaid = false;
  return () => {
    if (isSaid) return;
    isSaid = true;
    const megabytes = Math.round(font.archiveBytes / 1e6);
    context.emit({
      event: 'note',
      text: `Fetching the font for ${font.script} letters once (${megabytes} MB, ${font.package} ${font.version}).`,
    });
  };
}
