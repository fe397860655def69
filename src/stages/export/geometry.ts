import type { Clip, Effect, Timeline } from '../../domain/timeline.ts';
import { mainVideo, type MediaInfo } from '../../domain/media.ts';

/**
 * Where a picture lies on the canvas. Our crops say what part of the picture fills which rectangle; other editors place the
 * whole picture: by a scale and by the offset of its middle from the canvas's middle.
 */

type Size = { readonly width: number; readonly height: number };
type Rectangle = Size & { readonly x: number; readonly y: number };

/** Where the whole picture lies from a frame of its clip on. */
export type PicturePlace = {
  readonly frame: number;
  /** Canvas px a px of the picture, the same both ways. */
  readonly scale: number;
  /** From the canvas's middle to the picture's, in canvas px; y points down. */
  readonly offsetX: number;
  readonly offsetY: number;
  /** What is not to be seen of the picture, in px of it. */
  readonly trim: {
    readonly left: number;
    readonly top: number;
    readonly right: number;
    readonly bottom: number;
  };
};

/** How a picture is shown throughout a clip. */
export type PictureLayout = {
  readonly picture: Size;
  /** At least one; more where the picture moves. */
  readonly places: readonly PicturePlace[];
  /** Whether anything has to be trimmed: what lies outside the canvas is not seen anyway. */
  readonly isTrimmed: boolean;
  readonly opacity: number;
};

/** The size that a viewer sees of a file's picture; undefined where it has none. */
export function pictureSize(info: MediaInfo | undefined, streamIndex: number | undefined): Size | undefined {
  if (info === undefined) return undefined;
  const stream = info.video.find((video) => video.index === streamIndex) ?? mainVideo(info) ?? info.video[0];
  return stream === undefined ? undefined : { width: stream.displayWidth, height: stream.displayHeight };
}

/** The layout of a clip whose picture has a known size. */
export function layoutPicture(
  clip: Clip,
  picture: Size,
  canvas: Pick<Timeline, 'width' | 'height'>,
): PictureLayout {
  const place = effectOf(clip, 'place');
  const target: Rectangle = place ?? { x: 0, y: 0, width: canvas.width, height: canvas.height };
  const keys = effectOf(clip, 'crop')?.keyframes ?? [{ frame: 0, x: 0, y: 0, ...picture }];
  const places = keys.map((key): PicturePlace => {
    const seen = fitShape(key, picture, target);
    const scale = target.width / seen.width;
    return {
      frame: key.frame,
      scale,
      offsetX:
        target.x +
        target.width / 2 -
        canvas.width / 2 -
        (seen.x + seen.width / 2 - picture.width / 2) * scale,
      offsetY:
        target.y +
        target.height / 2 -
        canvas.height / 2 -
        (seen.y + seen.height / 2 - picture.height / 2) * scale,
      trim: {
        left: seen.x,
        top: seen.y,
        right: picture.width - seen.x - seen.width,
        bottom: picture.height - seen.y - seen.height,
      },
    };
  });
  const covers =
    target.x <= 0 &&
    target.y <= 0 &&
    target.x + target.width >= canvas.width &&
    target.y + target.height >= canvas.height;
  const isTrimmed =
    !covers && places.some(({ trim }) => Math.max(trim.left, trim.top, trim.right, trim.bottom) > 0.01);
  return { picture, places, isTrimmed, opacity: place?.opacity ?? 1 };
}

/** The effect of a kind that a clip has. */
export function effectOf<K extends Effect['kind']>(
  clip: Clip,
  kind: K,
): Extract<Effect, { kind: K }> | undefined {
  return clip.effects.find((effect): effect is Extract<Effect, { kind: K }> => effect.kind === kind);
}

/** The largest rectangle of a target's shape in the middle of another, kept inside the picture: as rendering does it. */
function fitShape(wanted: Rectangle, picture: Size, target: Size): Rectangle {
  const x = Math.min(Math.max(0, wanted.x), picture.width - 1);
  const y = Math.min(Math.max(0, wanted.y), picture.height - 1);
  const width = Math.min(wanted.width, picture.width - x);
  const height = Math.min(wanted.height, picture.height - y);
  const scale = Math.min(width / target.width, height / target.height);
  const fitted = { width: target.width * scale, height: target.height * scale };
  return { x: x + (width - fitted.width) / 2, y: y + (height - fitted.height) / 2, ...fitted };
}
