import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Timeline } from '../domain/timeline.ts';
import { measure } from '../stages/export/measure-media.ts';
import { readOtio, timelineFromOtio, type FoundMedia } from '../stages/export/read-otio.ts';
import { runStep, type RecipeContext } from './events.ts';
import { placeText } from './export-timeline.ts';
import { formatDocument } from './finish-clip.ts';
import { readTextFile } from './read-text.ts';
import type { RenderPorts } from './render.ts';

/** What a user may ask of `import`. */
export type ImportRequest = {
  /** Default: beside the document, by its name; where another timeline lies there, with `.imported` in it. */
  readonly outputPath?: string;
  readonly isText: boolean;
  readonly mayReplace: boolean;
};

/** A timeline that came from another program, where it lies, and in words what of it was left out. */
export type ImportedFile = {
  readonly text: string;
  readonly timeline: Timeline;
  readonly path: string | undefined;
  readonly dropped: readonly string[];
};

/** The longest document that is read, in bytes. */
const maxOtioBytes = 128_000_000;

/**
 * Makes a timeline document of an OpenTimelineIO file: one that was exported and edited since, or another program's. Files that
 * it brings in are looked at and hashed.
 * @throws input.otio_invalid, input.otio_empty, input.timeline_invalid, not_found.file
 */
export async function importTimelineFile(
  otioPath: string,
  request: ImportRequest,
  ports: Pick<RenderPorts, 'hashFile'>,
  context: RecipeContext,
): Promise<ImportedFile> {
  const documentPath = resolve(otioPath);
  const outputPath = resolve(request.outputPath ?? defaultOutput(documentPath));
  const { timeline, dropped } = await runStep(context, 'read', async (step) => {
    const text = await readTextFile(documentPath, { maxBytes: maxOtioBytes });
    const draft = readOtio(text, {
      timelineFolder: dirname(outputPath),
      documentFolder: dirname(documentPath),
    });
    const found = new Map<string, FoundMedia>();
    for (const [index, path] of draft.unknownPaths.entries()) {
      step.report({ done: index, total: draft.unknownPaths.length, unit: 'files' });
      const info = await measure(path, step);
      if (info !== undefined) found.set(path, { path, info, contentHash: await ports.hashFile(path, step) });
    }
    return timelineFromOtio(draft, found);
  });
  const text = formatDocument(timeline);
  if (request.isText) return { text, timeline, path: undefined, dropped };
  const there = request.outputPath === undefined ? await readThere(outputPath) : undefined;
  if (isDeepStrictEqual(there, timeline)) return { text, timeline, path: outputPath, dropped };
  const isTaken = there !== undefined && !request.mayReplace;
  const path = await placeText(
    isTaken ? outputPath.replace(/\.timeline\.json$/u, '.imported.timeline.json') : outputPath,
    text,
    request.mayReplace,
    context,
  );
  return { text, timeline, path, dropped };
}

function defaultOutput(documentPath: string): string {
  return `${documentPath.replace(/\.(?:otio|json)$/iu, '')}.timeline.json`;
}

/** The document that lies at a path; undefined where nothing does, and null where it cannot be read. */
async function readThere(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : null;
  }
}
