import { readFile, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import {
  brandSchema,
  type Brand,
  type BrandDocument,
  type BrandFilm,
  type BrandPicture,
} from '../domain/brand.ts';
import { isAbortError, PatternPivotError } from '../domain/errors.ts';
import { withFileErrors } from '../domain/file-error.ts';
import { mainAudio, mainVideo } from '../domain/media.ts';
import { readPictureHeader } from '../domain/picture-header.ts';
import type { Source } from '../domain/source.ts';
import type { FontFile } from '../domain/timeline.ts';
import { readTextFile } from '../recipes/read-text.ts';
import { readFontFile } from '../stages/captions/font-metrics.ts';
import { measureFile } from '../stages/check/measure-file.ts';
import type { StageContext } from '../stages/stage.ts';
import { readCaptionLook } from './caption-looks.ts';

/** A brand has some hundred bytes: what is larger is none. */
const maxBrandBytes = 100_000;

/** A font, and a logo, of more than this is a mistake. In bytes. */
const maxFontBytes = 50_000_000;
const maxLogoBytes = 20_000_000;

/** Pictures with longer sides than this are not opened, in px. */
const maxLogoSidePx = 8192;

/** An intro or outro that runs longer is another file than was meant, in ms. */
const maxFilmMs = 60_000;

/** What reading a brand takes from the world. */
export type BrandPorts = {
  openSource(path: string, context: StageContext): Promise<Source>;
  hashFile(path: string, context: StageContext): Promise<string>;
};

/**
 * Reads a `brand.json` and every file that it names. Paths in it count from its folder.
 * @throws input.brand_invalid with the place of each mistake; what is wrong with a named file keeps its own code and is
 * told with its field (`logo.path`); not_found.file when there is no such brand
 */
export async function readBrand(path: string, ports: BrandPorts, context: StageContext): Promise<Brand> {
  const brandPath = resolve(path);
  const document = await readDocument(brandPath);
  const read = createReader(brandPath, ports, context);
  return {
    document,
    captionFont: await read('fonts.captions', document.fonts?.captions, readFont('brand-captions')),
    titleFont: await read('fonts.title', document.fonts?.title, readFont('brand-title')),
    captionLook:
      document.captions === undefined
        ? undefined
        : await readLook(document.captions, brandPath).catch((error: unknown) => {
            throw explain(error, brandPath, 'captions');
          }),
    logo: await read('logo.path', document.logo?.path, readPicture),
    intro: await read('intro', document.intro, readFilm),
    outro: await read('outro', document.outro, readFilm),
  };
}

async function readDocument(path: string): Promise<BrandDocument> {
  const invalid = (mistakes: readonly string[]) =>
    new PatternPivotError('input.brand_invalid', `${path} is no brand: ${mistakes.join('; ')}`, {
      hint: 'docs/brand.md describes every field.',
      context: { path, mistakes },
    });
  let json: unknown;
  try {
    json = JSON.parse(await readTextFile(path, { maxBytes: maxBrandBytes }));
  } catch (error) {
    if (error instanceof SyntaxError) throw invalid([`it is not JSON (${error.message})`]);
    throw error;
  }
  const parsed = brandSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw invalid(
    parsed.error.issues
      .slice(0, 10)
      .map((issue) => `${issue.path.join('.') || 'the file'}: ${issue.message}`),
  );
}

/** How one kind of file is read, once its path is absolute. */
type ReadFile<T> = (path: string, ports: BrandPorts, context: StageContext) => Promise<T>;

function createReader(brandPath: string, ports: BrandPorts, context: StageContext) {
  return async <T>(
    field: string,
    named: string | undefined,
    readOne: ReadFile<T>,
  ): Promise<T | undefined> => {
    if (named === undefined) return undefined;
    try {
      return await readOne(resolve(dirname(brandPath), named), ports, context);
    } catch (error) {
      throw explain(error, brandPath, field);
    }
  };
}

/** Says which field of which brand an error is about; the code stays. */
function explain(error: unknown, brandPath: string, field: string): unknown {
  if (!(error instanceof PatternPivotError) || isAbortError(error)) return error;
  return new PatternPivotError(error.code, `"${field}" in ${brandPath}: ${error.message}`, {
    cause: error,
    hint: error.hint ?? 'docs/brand.md describes every field.',
    context: { ...error.context, brand: brandPath, field },
  });
}

function readLook(value: string, brandPath: string): ReturnType<typeof readCaptionLook> {
  const isFile = /[./\\]/u.test(value);
  return readCaptionLook(isFile ? resolve(dirname(brandPath), value) : value);
}

function readFont(id: string): ReadFile<FontFile> {
  return async (path, ports, context) => {
    await readWhole(path, maxFontBytes, 'font');
    // Now rather than when the first word is set: what is no font is refused before anything is heard.
    readFontFile(id, path);
    return { id, path, contentHash: await ports.hashFile(path, context) };
  };
}

/**
 * Reads a still picture's size and hash: PNG or JPEG.
 * @throws input.picture_invalid, input.picture_too_large, input.too_large, not_found.file
 */
export async function readPicture(
  path: string,
  ports: BrandPorts,
  context: StageContext,
): Promise<BrandPicture> {
  const header = readPictureHeader(await readWhole(path, maxLogoBytes, 'picture'));
  if (header === undefined) {
    throw new PatternPivotError('input.picture_invalid', `This is no PNG or JPEG picture: ${path}`, {
      hint: 'Save it as PNG (a logo with a transparent background) or JPEG.',
      context: { path },
    });
  }
  const { width, height } = header;
  if (Math.max(width, height) > maxLogoSidePx) {
    throw new PatternPivotError(
      'input.picture_too_large',
      `The picture has ${width}×${height} pixels, and a side may have ${maxLogoSidePx}: ${path}`,
      {
        hint: 'Save it smaller: 4000 pixels are plenty, and 1000 for a logo.',
        context: { path, width, height },
      },
    );
  }
  return { path, contentHash: await ports.hashFile(path, context), width, height };
}

/** Reads a small file whole. What is no plain file is refused: reading a pipe may never end. */
async function readWhole(path: string, maxBytes: number, what: string): Promise<Buffer> {
  return withFileErrors(path, async () => {
    const found = await stat(path);
    if (!found.isFile()) {
      throw new PatternPivotError('input.not_a_file', `This is no file: ${path}`, {
        hint: 'Name a file, not a folder, pipe or device.',
        context: { path },
      });
    }
    if (found.size > maxBytes) {
      throw new PatternPivotError(
        'input.too_large',
        `${path} is larger than ${maxBytes / 1e6} MB, the most that a ${what} may have.`,
        { hint: 'Check that it is the right file.', context: { path, sizeBytes: found.size } },
      );
    }
    return readFile(path);
  });
}

async function readFilm(path: string, ports: BrandPorts, context: StageContext): Promise<BrandFilm> {
  const { contentHash, info } = await ports.openSource(path, context);
  if (mainVideo(info) === undefined) {
    throw new PatternPivotError('input.film_without_picture', `It has sound alone: ${path}`, {
      hint: 'An intro or outro is a film. Name a video file.',
      context: { path },
    });
  }
  if (info.durationMs > maxFilmMs) {
    const [has, may] = [info.durationMs, maxFilmMs].map((ms) => Math.round(ms / 1000));
    throw new PatternPivotError(
      'input.film_too_long',
      `It lasts ${has} s, and an intro or outro may last ${may} s: ${path}`,
      { hint: 'Cut it shorter: viewers stay for the clip.', context: { path, durationMs: info.durationMs } },
    );
  }
  return { path, contentHash, info, integratedLufs: await measureLoudness(path, info, context.signal) };
}

/** The loudness of a film's sound in LUFS; undefined without sound, or where the meter finds silence alone. */
async function measureLoudness(
  path: string,
  info: BrandFilm['info'],
  signal: AbortSignal,
): Promise<number | undefined> {
  if (mainAudio(info) === undefined) return undefined;
  const { loudness } = await measureFile(path, { ...info, video: [] }, { signal });
  // EBU R128's gate: below it, nothing was measured.
  return loudness === undefined || loudness.integratedLufs <= -69.5 ? undefined : loudness.integratedLufs;
}
