import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PatternPivotError } from '../../domain/errors.ts';
import { mainVideo, type VideoStream } from '../../domain/media.ts';
import { probeMedia } from '../../media/probe.ts';
import type { PictureInput } from '../../media/render-graph.ts';
import { runRender } from '../../media/run-render.ts';
import { withTemporaryFolder } from '../../media/temporary-folder.ts';
import { isHighRange, toneMapFilters } from '../render/pixels.ts';
import type { StageContext } from '../stage.ts';

/** Pictures of a video at chosen times, as a viewer sees them: upright, with square pixels, in standard dynamic range. */

/** What a picture is written as. */
export type PictureShape = {
  readonly format: 'png' | 'jpeg';
  /** In px; the height follows. Left out: as large as the video. */
  readonly width?: number | undefined;
};

/** Gets each picture's file when it is there; the file is gone afterwards. */
export type PictureTaker = (temporaryPath: string, index: number) => Promise<void>;

/** The clock that frames are chosen by: a frame is shown from the millisecond nearest to its time on. */
const clock = { num: 1000, den: 1 };

/** Pictures may be this wide, in px: what FFmpeg's PNG and JPEG writers take, and a screen shows. */
export const widestPicture = 16_384;

/** FFmpeg's filters that turn a picture clockwise. */
const turns: Readonly<Record<number, readonly string[]>> = {
  0: [],
  90: ['transpose=clock'],
  180: ['hflip', 'vflip'],
  270: ['transpose=cclock'],
};

/**
 * Takes pictures of a file at times in ms, which come in order and each once, in one pass: what is decoded for one serves the next. Each
 * shows the frame that a player shows at that time.
 * @throws input.no_video, input.time_outside, and what reading and rendering throw
 */
export async function takeFrames(
  path: string,
  request: PictureShape & { readonly atMs: readonly number[] },
  take: PictureTaker,
  { signal, report }: StageContext,
): Promise<void> {
  const info = await probeMedia(path, { signal });
  const video = mainVideo(info);
  if (video === undefined) {
    throw new PatternPivotError('input.no_video', `There is no picture in ${path}.`, {
      hint: 'Name a video.',
      context: { path },
    });
  }
  const late = request.atMs.find((at) => at > info.durationMs);
  if (late !== undefined) {
    const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
    throw new PatternPivotError(
      'input.time_outside',
      `${path} lasts ${seconds(info.durationMs)}, and ${seconds(late)} was asked for.`,
      { hint: 'Ask for an earlier time.', context: { path, atMs: late, durationMs: info.durationMs } },
    );
  }
  const pieces = request.atMs.map((at, index) => ({
    fromSeconds: at / clock.num,
    frames: 1,
    speed: 1,
    neededAtSeconds: index / clock.num,
  }));
  const total = pieces.length;
  await drawPictures({ path, video, isImage: false, pieces }, request, take, {
    signal,
    report: (done) =>
      report({ done: Math.min(total, Math.round(done * clock.num)), total, unit: 'pictures' }),
  });
}

/** Writes a PNG or JPEG in another shape. @throws what rendering throws */
export function reshapePicture(
  picture: Uint8Array,
  shape: PictureShape,
  take: PictureTaker,
  { signal }: StageContext,
): Promise<void> {
  return withTemporaryFolder('picture', async (folder) => {
    const path = join(folder, 'picture');
    await writeFile(path, picture);
    const video = mainVideo(await probeMedia(path, { signal, isImage: true }));
    if (video === undefined) throw new PatternPivotError('tool.no_picture', 'The browser gave no picture.');
    const piece = { fromSeconds: 0, frames: 1, speed: 1, neededAtSeconds: 0 };
    await drawPictures({ path, video, isImage: true, pieces: [piece] }, shape, take, { signal });
  });
}

type Drawn = Pick<PictureInput, 'path' | 'isImage' | 'pieces'> & { readonly video: VideoStream };

async function drawPictures(
  { path, video, isImage, pieces }: Drawn,
  shape: PictureShape,
  take: PictureTaker,
  { signal, report }: { signal: AbortSignal; report?: (done: number) => void },
): Promise<void> {
  await withTemporaryFolder('pictures', async (folder) => {
    const kept = join(folder, 'kept');
    await mkdir(kept);
    const isPng = shape.format === 'png';
    await runRender(
      {
        inputs: [
          {
            kind: 'pictures',
            path,
            streamIndex: video.index,
            isImage,
            label: 'in',
            frameRate: clock,
            filters: video.isInterlaced ? 'bwdif=mode=send_frame:deint=interlaced' : undefined,
            pieces,
          },
        ],
        filters: `[in]${pictureFilters(video, shape).join(',')}[picture]`,
        outputs: [
          {
            kind: 'file',
            // Numbered from 1 on.
            path: join(kept, `%d.${shape.format}`),
            format: 'image2',
            formatOptions: {},
            streams: [
              {
                kind: 'video',
                label: 'picture',
                encoder: isPng ? 'png' : 'mjpeg',
                options: isPng ? {} : { qmin: '2', qmax: '2', color_range: 'pc' },
              },
            ],
          },
        ],
        durationSeconds: pieces.length / clock.num,
        files: [],
      },
      { signal, ...(report === undefined ? {} : { onProgress: report }) },
    );
    for (const index of pieces.keys()) await take(join(kept, `${index + 1}.${shape.format}`), index);
  });
}

/** What makes a decoded frame the picture that a viewer sees. */
export function pictureFilters(video: VideoStream, { format, width }: PictureShape): string[] {
  const scale = width === undefined ? 1 : width / video.displayWidth;
  const upright = {
    width: Math.max(1, Math.round(video.displayWidth * scale)),
    height: Math.max(1, Math.round(video.displayHeight * scale)),
  };
  const isTurned = video.rotationDegrees % 180 !== 0;
  const size = isTurned ? `${upright.height}:${upright.width}` : `${upright.width}:${upright.height}`;
  return [
    `scale=${size}:flags=lanczos+accurate_rnd+full_chroma_int`,
    'setsar=1',
    ...(isHighRange(video) ? toneMapFilters : []),
    ...(turns[video.rotationDegrees] ?? []),
    'format=rgb24',
    // JPEG files are full range and BT.601 by definition (JFIF).
    ...(format === 'png' ? [] : ['scale=out_color_matrix=bt601:out_range=pc', 'format=yuvj444p']),
  ];
}
