import { copyFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { PatternPivotError } from '../domain/errors.ts';
import { withFileErrors } from '../domain/file-error.ts';
import { isMediaAddress, nameFetchedFile, parseMediaAddress } from '../domain/media-address.ts';
import { readPictureHeader } from '../domain/picture-header.ts';
import { temporaryFileName } from '../domain/temporary-name.ts';
import type { PageScreenshots } from '../ports/screenshots.ts';
import type { StageContext } from '../stages/stage.ts';
import { reshapePicture, takeFrames, type PictureShape } from '../stages/screenshot/take-frames.ts';
import { runStep, type RecipeContext } from './events.ts';
import { folderNameFor } from './output-names.ts';

/** What pictures are asked for. */
export type ScreenshotRequest = PictureShape & {
  /** A file, or the http(s) address of a page with a video. */
  readonly source: string;
  /** In ms, in any order. */
  readonly atMs: readonly number[];
  /** Where the picture of a time goes; an older one there is replaced. */
  readonly pathOf: (atMs: number) => string;
  /** How long a page may take to show its video, and the video to show a time, in ms. */
  readonly waitMs: number;
};

/** A picture that was taken. */
export type TakenScreenshot = {
  /** Absolute. */
  readonly path: string;
  readonly atMs: number;
  /** When the frame that is shown begins, by the video's own clock, in ms; left out where that is not known. */
  readonly shownMs?: number;
  readonly width: number;
  readonly height: number;
};

/**
 * Takes pictures of a video: of a file with FFmpeg, of a page in a browser. Each appears whole or not at all, and those that were taken stay
 * when a later one fails. @throws what {@link takeFrames} and {@link PageScreenshots} throw, and what writing throws
 */
export async function takeScreenshots(
  request: ScreenshotRequest,
  ports: { readonly pages: PageScreenshots },
  context: RecipeContext,
): Promise<readonly TakenScreenshot[]> {
  const { source, pathOf, waitMs } = request;
  const shape = { format: request.format, width: request.width };
  const atMs = [...new Set(request.atMs)].toSorted((a, b) => a - b);
  if (atMs.length === 0) {
    throw new PatternPivotError('input.nothing_given', 'A picture of which time? None is given.', {
      hint: 'pivot screenshot talk.mp4 --at 1:23',
    });
  }
  // `file:` and the like: never a name of a file that anybody has.
  if (/^[a-z][a-z\d+.-]*:\/\//iu.test(source)) parseMediaAddress(source);
  const taken: TakenScreenshot[] = [];
  const keep = async (temporaryPath: string, at: number, shownMs: number | undefined) => {
    const path = resolve(pathOf(at));
    await moveTo(temporaryPath, path);
    taken.push({
      path,
      atMs: at,
      ...(shownMs === undefined ? {} : { shownMs }),
      ...(await measurePicture(path)),
    });
  };
  const detail = () => `${taken.length} ${taken.length === 1 ? 'picture' : 'pictures'}`;
  await runStep(
    context,
    'shoot',
    (step) =>
      isMediaAddress(source)
        ? ports.pages.take(
            { address: parseMediaAddress(source).href, atMs, waitMs },
            {
              signal: step.signal,
              onNotice: (text) => context.emit({ event: 'note', text }),
              onPicture: async ({ atMs: at, shownMs, png }) => {
                await keepPicture(png, shape, pathOf(at), (path) => keep(path, at, shownMs), step);
                step.report({ done: taken.length, total: atMs.length, unit: 'pictures' });
              },
            },
          )
        : takeFrames(
            resolve(source),
            { ...shape, atMs },
            (temporaryPath, index) => keep(temporaryPath, atMs[index] ?? 0, undefined),
            step,
          ),
    { detail },
  );
  return taken;
}

/** What a browser gave, as it is where that is what is wanted. */
async function keepPicture(
  png: Uint8Array,
  shape: PictureShape,
  path: string,
  keep: (temporaryPath: string) => Promise<void>,
  context: StageContext,
): Promise<void> {
  if (shape.format !== 'png' || shape.width !== undefined) return reshapePicture(png, shape, keep, context);
  const temporary = join(dirname(resolve(path)), temporaryFileName());
  await withFileErrors(path, async () => {
    await mkdir(dirname(temporary), { recursive: true });
    await writeFile(temporary, png);
  });
  try {
    await keep(temporary);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Gives a picture its place. The temporary folder may lie on another disk. */
async function moveTo(temporaryPath: string, path: string): Promise<void> {
  const temporary = join(dirname(path), temporaryFileName());
  await withFileErrors(path, async () => {
    await mkdir(dirname(path), { recursive: true });
    try {
      await copyFile(temporaryPath, temporary);
      await rename(temporary, path);
    } finally {
      await rm(temporary, { force: true });
    }
  });
}

async function measurePicture(path: string): Promise<{ width: number; height: number }> {
  const header = readPictureHeader(await readFile(path));
  return { width: header?.width ?? 0, height: header?.height ?? 0 };
}

/** The name of a picture of a source at a time: `talk-0-01-23.png`, `talk-0-01-23.450.png`. */
export function screenshotName(source: string, atMs: number, format: PictureShape['format']): string {
  const named = isMediaAddress(source) ? nameFetchedFile(parseMediaAddress(source), {}) : basename(source);
  const stem = folderNameFor(
    isMediaAddress(source) ? named : named.slice(0, named.length - extname(named).length),
  );
  const two = (value: number) => String(value).padStart(2, '0');
  const seconds = Math.floor(atMs / 1000);
  const rest = atMs % 1000 === 0 ? '' : `.${String(atMs % 1000).padStart(3, '0')}`;
  const time = `${Math.floor(seconds / 3600)}-${two(Math.floor(seconds / 60) % 60)}-${two(seconds % 60)}${rest}`;
  return `${stem}-${time}.${format === 'png' ? 'png' : 'jpg'}`;
}
