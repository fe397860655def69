import { open, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { PatternPivotError } from '../../domain/errors.ts';
import { withFileErrors } from '../../domain/file-error.ts';
import { mainVideo } from '../../domain/media.ts';
import type { Rational } from '../../domain/time.ts';
import { readPictureHeader } from '../../domain/picture-header.ts';
import { probeMedia } from '../../media/probe.ts';
import type { Source } from '../../domain/source.ts';
import { chooseFrameRate } from '../plan/frame-rate.ts';
import type { StageContext } from '../stage.ts';
import type { TrackPicture } from './lay-out-track.ts';

/** What opening a picture takes from the world. */
export type PicturePorts = {
  openSource(path: string, context: StageContext): Promise<Source>;
  hashFile(path: string, context: StageContext): Promise<string>;
};

/** A picture to go with a track, and the frame rate that suits it. */
export type OpenedPicture = { readonly picture: TrackPicture | undefined; readonly rate: Rational };

/** What tells a still picture, and its size, lies in the first so many bytes: large ones carry previews and profiles before it. */
const headBytes = 1_000_000;

/** Pictures with longer sides than this are not opened, in px. */
const maxSidePx = 8192;

/**
 * Opens what is to be seen with a track: a PNG or JPEG picture, or a film. Undefined gives the backdrop.
 * @throws not_found.file, input.picture_too_large, input.no_video, and what probing says of films
 */
export async function openPicture(
  path: string | undefined,
  ports: PicturePorts,
  context: StageContext,
): Promise<OpenedPicture> {
  if (path === undefined) return { picture: undefined, rate: chooseFrameRate(undefined) };
  const absolute = resolve(path);
  const header = readPictureHeader(await readHead(absolute));
  if (header !== undefined) {
    if (Math.max(header.width, header.height) > maxSidePx) throw tooLarge(path, header);
    const info = await probeMedia(absolute, { signal: context.signal, isImage: true });
    const shown = info.video[0];
    if (shown === undefined) throw noPicture(path);
    const contentHash = await ports.hashFile(absolute, context);
    const { displayWidth: width, displayHeight: height } = shown;
    return {
      picture: { kind: 'image', path: absolute, contentHash, width, height },
      rate: chooseFrameRate(undefined),
    };
  }
  const source = await ports.openSource(absolute, context);
  const video = mainVideo(source.info);
  if (video === undefined) throw noPicture(path);
  const { displayWidth: width, displayHeight: height, index: streamIndex } = video;
  const { contentHash, info } = source;
  return {
    picture: {
      kind: 'film',
      path: absolute,
      contentHash,
      streamIndex,
      width,
      height,
      durationMs: info.durationMs,
    },
    rate: chooseFrameRate(video),
  };
}

function readHead(path: string): Promise<Buffer> {
  return withFileErrors(path, async () => {
    // Opening a pipe would wait for ever.
    const found = await stat(path);
    if (!found.isFile()) throw notAFile(path);
    const file = await open(path, 'r');
    try {
      const head = Buffer.alloc(Math.min(headBytes, found.size));
      const { bytesRead } = await file.read(head, 0, head.length, 0);
      return head.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  });
}

function notAFile(path: string): PatternPivotError {
  return new PatternPivotError('input.not_a_file', `This is no file: ${path}`, {
    hint: 'Name a PNG or JPEG picture, or a video.',
    context: { path },
  });
}

function noPicture(path: string): PatternPivotError {
  return new PatternPivotError('input.no_video', `There is no picture in ${path}.`, {
    hint: 'Name a PNG or JPEG picture, or a video.',
    context: { path },
  });
}

function tooLarge(path: string, { width, height }: { width: number; height: number }): PatternPivotError {
  return new PatternPivotError(
    'input.picture_too_large',
    `The picture has ${width}×${height} pixels, and a side may have ${maxSidePx}: ${path}`,
    { hint: 'Save it smaller: 4000 pixels are plenty.', context: { path, width, height } },
  );
}
