import type { Brand, BrandFilm } from '../../domain/brand.ts';
import { mainAudio, mainVideo } from '../../domain/media.ts';
import type { Clip, Effect, FileAsset, Timeline } from '../../domain/timeline.ts';
import { cropToFill } from './crop.ts';

/** A brand's intro and outro on a clip's timeline. Pure. */

/** A film that stands before or after a clip: its asset, and its clips by where they go. */
export type PlacedFilm = {
  readonly asset: FileAsset;
  /** Fills the canvas. */
  readonly picture: Clip;
  /** The whole picture, over a blurred one, where the film has another shape. */
  readonly over: readonly Clip[];
  readonly sound: readonly Clip[];
};

/** Shapes that differ by less than this part are filled: nobody misses such an edge. */
const tolerableCut = 0.03;

/** How soft the picture behind a whole one is, as a share of the canvas's shorter side. */
const fillBlur = 0.04;

/** A film that is louder or softer than the source is brought to it by this much at most, in dB. */
const maxGainDb = 20;

/** The films of a brand, and how many frames they take before and after the clip. */
export function brandFilms(
  timeline: Timeline,
  brand: Brand,
  sourceLufs: number | undefined,
): { readonly headFrames: number; readonly tailFrames: number; readonly placed: readonly PlacedFilm[] } {
  const framesOf = (film: BrandFilm | undefined) =>
    film === undefined
      ? 0
      : Math.floor((film.info.durationMs * timeline.frameRate.num) / (1000 * timeline.frameRate.den));
  const headFrames = framesOf(brand.intro);
  const tailFrames = framesOf(brand.outro);
  const place = (
    film: BrandFilm | undefined,
    id: string,
    startFrame: number,
    durationFrames: number,
  ): PlacedFilm[] =>
    film === undefined || durationFrames === 0
      ? []
      : [placeFilm(film, id, { startFrame, durationFrames }, timeline, sourceLufs)];
  return {
    headFrames,
    tailFrames,
    placed: [
      ...place(brand.intro, 'brand-intro', 0, headFrames),
      ...place(brand.outro, 'brand-outro', headFrames + timeline.durationFrames, tailFrames),
    ],
  };
}

function placeFilm(
  film: BrandFilm,
  id: string,
  at: { startFrame: number; durationFrames: number },
  canvas: Timeline,
  sourceLufs: number | undefined,
): PlacedFilm {
  const video = mainVideo(film.info);
  const audio = mainAudio(film.info);
  const clip = (name: string, effects: Effect[]): Clip => ({
    id: `${id}-${name}`,
    assetId: id,
    ...at,
    sourceStartFrame: 0,
    speed: { num: 1, den: 1 },
    effects,
  });
  const size = { width: video?.displayWidth ?? canvas.width, height: video?.displayHeight ?? canvas.height };
  const crop: Effect = { kind: 'crop', keyframes: [{ frame: 0, ...cropToFill(size, canvas) }] };
  const isSameShape =
    Math.abs(Math.log((size.width * canvas.height) / (size.height * canvas.width))) <= tolerableCut;
  const gainDb =
    sourceLufs === undefined || film.integratedLufs === undefined
      ? 0
      : Math.max(-maxGainDb, Math.min(maxGainDb, sourceLufs - film.integratedLufs));
  return {
    asset: {
      id,
      kind: 'file',
      path: film.path,
      contentHash: film.contentHash,
      durationMs: film.info.durationMs,
      hasVideo: video !== undefined,
      hasAudio: audio !== undefined,
      ...(video === undefined ? {} : { videoStreamIndex: video.index }),
      ...(audio === undefined ? {} : { audioStreamIndex: audio.index }),
    },
    picture: clip('picture', isSameShape ? [crop] : [crop, { kind: 'blur', radius: fillBlur }]),
    over: isSameShape ? [] : [clip('whole', [{ kind: 'place', ...fitWhole(size, canvas) }])],
    sound:
      audio === undefined
        ? []
        : [clip('sound', gainDb === 0 ? [] : [{ kind: 'gain', gainDb: Math.round(gainDb * 10) / 10 }])],
  };
}

type Size = { readonly width: number; readonly height: number };

/** The largest rectangle of a picture's shape in the middle of a canvas, in whole even px. */
function fitWhole(picture: Size, canvas: Size): Size & { x: number; y: number } {
  const scale = Math.min(canvas.width / picture.width, canvas.height / picture.height);
  const even = (value: number) => Math.max(2, 2 * Math.round(value / 2));
  const width = Math.min(canvas.width, even(picture.width * scale));
  const height = Math.min(canvas.height, even(picture.height * scale));
  return {
    x: 2 * Math.floor((canvas.width - width) / 4),
    y: 2 * Math.floor((canvas.height - height) / 4),
    width,
    height,
  };
}
