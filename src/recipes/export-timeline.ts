import { writeFile } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { withFileErrors } from '../domain/file-error.ts';
import { exportEndings, type ExportFormat } from '../stages/export/export-format.ts';
import { exportTimeline } from '../stages/export/export-timeline.ts';
import { measureMedia } from '../stages/export/measure-media.ts';
import { runStep, type RecipeContext } from './events.ts';
import { openOutputFolder } from './output-folder.ts';
import { readTimeline, type RenderPorts } from './render.ts';

/** What a user may ask of `export`. */
export type ExportRequest = {
  readonly format: ExportFormat;
  /** Default: beside the timeline, by its name. Undefined together with `isText`: nothing is written. */
  readonly outputPath?: string;
  /** Only the text is wanted, no file. */
  readonly isText: boolean;
  /** Whether a file that is there already and was not written by us may be replaced. */
  readonly mayReplace: boolean;
};

/** A timeline in another format: its text, where it lies, and in words what the format could not hold. */
export type ExportedFile = {
  readonly text: string;
  readonly path: string | undefined;
  readonly dropped: readonly string[];
};

/**
 * Takes a timeline document to another program. Its files are looked at for the size of their pictures; one that is missing is
 * told and named all the same. A file that a person edited is never replaced: the new one appears beside it.
 * @throws what reading a timeline throws; input.export_rate
 */
export async function exportTimelineFile(
  timelinePath: string,
  request: ExportRequest,
  ports: Pick<RenderPorts, 'findPaths'>,
  context: RecipeContext,
): Promise<ExportedFile> {
  const documentPath = resolve(timelinePath);
  const baseFolder = dirname(documentPath);
  const { timeline, media, missing } = await runStep(context, 'read', async (step) =>
    measureMedia(await readTimeline(documentPath), baseFolder, ports.findPaths, step),
  );
  for (const path of missing)
    context.emit({ event: 'note', text: `The file is not there, or cannot be read: ${path}` });
  const { text, dropped } = exportTimeline(timeline, request.format, { baseFolder, media });
  if (request.isText) return { text, path: undefined, dropped };
  const outputPath = resolve(request.outputPath ?? defaultOutput(documentPath, request.format));
  const path = await placeText(outputPath, text, request.mayReplace, context);
  return { text, path, dropped };
}

/** Puts a text at a path, or beside what a person edited there; the path where it lies. */
export async function placeText(
  outputPath: string,
  text: string,
  mayReplace: boolean,
  context: RecipeContext,
): Promise<string> {
  const folder = await openOutputFolder(dirname(outputPath), 'render');
  try {
    const name = basename(outputPath);
    if (mayReplace) {
      const temporary = folder.temporaryPath(extname(name));
      await withFileErrors(temporary, () => writeFile(temporary, text));
      return join(folder.path, await folder.replace(name, temporary));
    }
    const placed = await folder.placeText(name, text);
    const path = join(folder.path, placed.name);
    if (placed.keptName !== undefined) context.emit({ event: 'kept', path: outputPath, newPath: path });
    return path;
  } finally {
    await folder.close();
  }
}

function defaultOutput(documentPath: string, format: ExportFormat): string {
  return `${documentPath.replace(/(?:\.timeline)?\.json$/iu, '')}${exportEndings[format]}`;
}
