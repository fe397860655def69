import { stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { PatternPivotError } from '../domain/errors.ts';
import { parseTimelineText } from '../domain/timeline-parse.ts';
import type { Finding } from '../domain/rendition.ts';
import type { FileAsset, Timeline } from '../domain/timeline.ts';
import { captionNotes } from '../stages/captions/caption-notes.ts';
import { checkRendition, type CheckPorts } from '../stages/check/check.ts';
import { renderTimeline } from '../stages/render/render.ts';
import type { StageContext } from '../stages/stage.ts';
import { runStep, type RecipeContext } from './events.ts';
import { listFailures } from './finish-clip.ts';
import { openOutputFolder } from './output-folder.ts';
import { prepareTimelineFonts, type FontSource } from './prepare-fonts.ts';
import { readTextFile } from './read-text.ts';

/** What a user may ask of `render`. */
export type RenderOptions = {
  /** Default: beside the timeline, by its name. */
  readonly outputPath?: string;
  readonly isPreview: boolean;
  /** Whether a file that is there already and was not written by us may be replaced. */
  readonly mayReplace: boolean;
};

/** What `render` needs from the world. */
export type RenderPorts = CheckPorts & {
  /** Gets fonts of scripts that are too large to carry. */
  readonly getFont: FontSource;
  /** The hash of a file's content, as an asset holds it. */
  hashFile(path: string, context: StageContext): Promise<string>;
  /** Paths where a content was seen in earlier runs, newest first. */
  findPaths(contentHash: string): readonly string[];
};

/** A film that was rendered from a timeline. */
export type RenderedTimeline = {
  readonly path: string;
  /** Whether it was rendered now; false when an earlier run had done it. */
  readonly isFresh: boolean;
  /** What its check found wrong. Empty for a preview, which is not checked. */
  readonly failedFindings: readonly Finding[];
};

/** The longest timeline document that is read, in bytes: hours of word-timed captions fit many times over. */
const maxTimelineBytes = 64_000_000;

/** Reads a timeline document. @throws input.timeline_invalid with the place of the mistake, not_found.file */
export async function readTimeline(path: string): Promise<Timeline> {
  const text = await readTextFile(path, { maxBytes: maxTimelineBytes });
  try {
    return parseTimelineText(text);
  } catch (error) {
    if (!(error instanceof PatternPivotError)) throw error;
    const { code, message, hint, context } = error;
    throw new PatternPivotError(code, `${path}: ${message}`, {
      cause: error,
      context: { ...context, path },
      ...(hint === undefined ? {} : { hint }),
    });
  }
}

/** A timeline whose files are named by absolute paths: relative ones start in the document's folder. */
export function placeFiles(timeline: Timeline, baseFolder: string): Timeline {
  const place = <T extends object>(one: T): T =>
    'path' in one && typeof one.path === 'string' ? { ...one, path: resolve(baseFolder, one.path) } : one;
  return {
    ...timeline,
    assets: timeline.assets.map(place),
    ...(timeline.fonts === undefined ? {} : { fonts: timeline.fonts.map(place) }),
  };
}

/**
 * Reads a timeline document and finds its files and fonts; assets that moved are looked for at their path, relative to the document, and by
 * their content among the files of earlier runs. @throws input.timeline_invalid, not_found.asset
 */
export async function openTimeline(
  documentPath: string,
  ports: Pick<RenderPorts, 'getFont' | 'hashFile' | 'findPaths'>,
  context: RecipeContext,
): Promise<Timeline> {
  const baseFolder = dirname(documentPath);
  const read = await runStep(context, 'read', async (step) => {
    const parsed = await readTimeline(documentPath);
    const assets = [];
    for (const asset of parsed.assets) {
      assets.push(asset.kind === 'file' ? await findAsset(asset, baseFolder, ports, step) : asset);
    }
    return { ...parsed, assets };
  });
  return prepareTimelineFonts(read, baseFolder, ports.getFont, context);
}

/**
 * Renders a timeline document, which a person may have edited, and checks the result, which is kept either way.
 * @throws input.timeline_invalid, not_found.asset, and what rendering and checking throw
 */
export async function render(
  timelinePath: string,
  options: RenderOptions,
  ports: RenderPorts,
  context: RecipeContext,
): Promise<RenderedTimeline> {
  const documentPath = resolve(timelinePath);
  const baseFolder = dirname(documentPath);
  const drawn = await openTimeline(documentPath, ports, context);
  for (const text of captionNotes([drawn])) context.emit({ event: 'note', text });
  const outputPath = resolve(options.outputPath ?? defaultOutput(documentPath, options.isPreview));
  const folder = await openOutputFolder(dirname(outputPath), 'render');
  try {
    const film = folder.temporaryPath('.mp4');
    const request = { outputPath: film, preview: options.isPreview, baseFolder };
    const { fresh } = await runStep(context, 'render', (step) => renderTimeline(drawn, request, ports, step));
    const report = options.isPreview
      ? undefined
      : await runStep(context, 'check', (step) => checkRendition(film, drawn, ports, step), {
          detail: (checked) => checked.status,
        });
    const made = { isFresh: fresh, failedFindings: listFailures(report) };
    const name = basename(outputPath);
    if (options.mayReplace) return { ...made, path: join(folder.path, await folder.replace(name, film)) };
    const placed = await folder.place(name, film);
    if (placed.keptName !== undefined) {
      context.emit({ event: 'kept', path: outputPath, newPath: join(folder.path, placed.name) });
    }
    return { ...made, path: join(folder.path, placed.name) };
  } finally {
    await folder.close();
  }
}

function defaultOutput(documentPath: string, isPreview: boolean): string {
  const stem = documentPath.replace(/(?:\.timeline)?\.json$/iu, '');
  return `${stem}${isPreview ? '.preview' : ''}.mp4`;
}

async function findAsset(
  asset: FileAsset,
  baseFolder: string,
  ports: Pick<RenderPorts, 'hashFile' | 'findPaths'>,
  context: StageContext,
): Promise<FileAsset> {
  const named = isAbsolute(asset.path) ? asset.path : join(baseFolder, asset.path);
  const candidates = [named, join(baseFolder, basename(asset.path)), ...ports.findPaths(asset.contentHash)];
  let differs: string | undefined;
  for (const path of new Set(candidates)) {
    const found = await stat(path).catch(() => undefined);
    if (found?.isFile() !== true) continue;
    if ((await ports.hashFile(path, context)) === asset.contentHash) return { ...asset, path };
    differs ??= path;
  }
  const context_ = { assetId: asset.id, path: asset.path, contentHash: asset.contentHash };
  if (differs !== undefined) {
    throw new PatternPivotError(
      'not_found.asset',
      `The file of asset ${asset.id} has changed since the timeline was made: ${differs}`,
      {
        hint: 'Put the original file back, or make the clips again from the changed one.',
        context: context_,
      },
    );
  }
  throw new PatternPivotError('not_found.asset', `The file of asset ${asset.id} is not there: ${named}`, {
    hint: 'Put it back, put it beside the timeline, or write its new path into the timeline.',
    context: context_,
  });
}
