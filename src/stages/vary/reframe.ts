import { aspectNames, aspects, type Aspect } from '../../domain/aspect.ts';
import type { Clip, Effect, Timeline } from '../../domain/timeline.ts';
import { fitShape, type CropEffect, type Rectangle } from '../render/crop-path.ts';
import type { Size } from '../render/graph-part.ts';

/** A planned clip seen from nearer by, or in another shape: crops and places recomputed, nothing looked at anew. Pure. */

/** How much nearer the camera comes. */
const closerTimes = 1.2;

/** Where it looks at while it does, as a share of what was seen: a little above the middle, where faces are. */
const closerTo = { x: 0.5, y: 0.4 };

/** A source pixel is enlarged to so many at most: beyond it a picture is visibly soft. */
const mostEnlarged = 2.5;

/** How large the picture of each asset is as shown, in px. */
export type PictureSizes = ReadonlyMap<string, Size>;

/** What each clip shows, from nearer by; undefined where the pictures have not enough detail for it, or there are none. */
export function comeCloser(timeline: Timeline, sizes: PictureSizes): Timeline | undefined {
  let isMoved = false;
  let isSoft = false;
  const moved = mapClips(timeline, (clip) => {
    const size = sizes.get(clip.assetId);
    if (!isFilm(timeline, clip) || size === undefined) return clip;
    const target = placeOf(clip) ?? { width: timeline.width, height: timeline.height };
    const keyframes = keysOf(clip, size).map((key) => {
      const seen = fitShape(key, size, target);
      const width = seen.width / closerTimes;
      const height = seen.height / closerTimes;
      if (target.width / width > mostEnlarged) isSoft = true;
      return {
        frame: key.frame,
        x: seen.x + (seen.width - width) * closerTo.x,
        y: seen.y + (seen.height - height) * closerTo.y,
        width,
        height,
      };
    });
    isMoved = true;
    return withCrop(clip, keyframes);
  });
  return isMoved && !isSoft ? moved : undefined;
}

/** Clips with the picture of a film, sharp: not logos, not a blurred fill. */
function isFilm(timeline: Timeline, clip: Clip): boolean {
  const asset = timeline.assets.find(({ id }) => id === clip.assetId);
  return asset?.kind === 'file' && asset.hasVideo && !clip.effects.some(({ kind }) => kind === 'blur');
}

type Keyframe = CropEffect['keyframes'][number];

function keysOf(clip: Clip, size: Size): readonly Keyframe[] {
  const crop = clip.effects.find((effect) => effect.kind === 'crop');
  return crop?.keyframes ?? [{ frame: 0, x: 0, y: 0, ...size }];
}

function withCrop(clip: Clip, keyframes: Keyframe[]): Clip {
  const rest = clip.effects.filter(({ kind }) => kind !== 'crop');
  return { ...clip, effects: [{ kind: 'crop', keyframes }, ...rest] };
}

function placeOf(clip: Clip) {
  return clip.effects.find((effect) => effect.kind === 'place');
}

function mapClips(timeline: Timeline, change: (clip: Clip) => Clip): Timeline {
  return {
    ...timeline,
    tracks: timeline.tracks.map((track) =>
      track.kind === 'video' ? { ...track, clips: track.clips.map(change) } : track,
    ),
  };
}

/** The name of a canvas's shape; its size where it has none. */
export function aspectOf({ width, height }: Size): string {
  const near = aspectNames.find((name) => {
    const shape = aspects[name];
    return Math.abs((width * shape.height) / (height * shape.width) - 1) < 0.01;
  });
  return near ?? `${width}x${height}`;
}

/** The shape that says most beside a clip's own: square for wide and upright ones, 4:5 for a square. */
export function otherAspect(timeline: Size): Aspect {
  return aspectOf(timeline) === '1:1' ? '4:5' : '1:1';
}

/** The same pictures on a canvas of another shape whose shorter side is as long. Captions keep their cues: gather them anew. */
export function reshape(timeline: Timeline, aspect: Aspect, sizes: PictureSizes): Timeline {
  const canvas = canvasOf(timeline, aspect);
  const across = canvas.width / timeline.width;
  const down = canvas.height / timeline.height;
  const reshaped = mapClips(timeline, (clip) => {
    const place = placeOf(clip);
    const isPicture = timeline.assets.some(({ id, kind }) => id === clip.assetId && kind === 'image');
    const isWide = place !== undefined && place.width > timeline.width / 2;
    if (place !== undefined && isPicture && !isWide) {
      return withEffect(clip, { ...place, ...moveMiddle(place, across, down) });
    }
    const isUncut = !clip.effects.some(({ kind }) => kind === 'crop');
    const isContained = place !== undefined && isUncut && touchesBothSides(place, timeline);
    const target =
      place === undefined
        ? undefined
        : isContained
          ? { ...place, ...contain(place, canvas) }
          : {
              ...place,
              x: place.x * across,
              y: place.y * down,
              width: place.width * across,
              height: place.height * down,
            };
    const size = sizes.get(clip.assetId);
    const crop = clip.effects.find((effect) => effect.kind === 'crop');
    const placed = target === undefined ? clip : withEffect(clip, target);
    if (crop === undefined || size === undefined) return placed;
    const ratio = (target ?? canvas).width / (target ?? canvas).height;
    return withCrop(
      placed,
      crop.keyframes.map((key) => Object.assign(widen(key, ratio, size), { frame: key.frame })),
    );
  });
  return { ...reshaped, ...canvas };
}

function canvasOf(timeline: Size, aspect: Aspect): Size {
  const side = Math.min(timeline.width, timeline.height);
  const shape = aspects[aspect];
  const shorter = Math.min(shape.width, shape.height);
  const even = (value: number) => 2 * Math.round((value * side) / shorter / 2);
  return { width: even(shape.width), height: even(shape.height) };
}

function withEffect(clip: Clip, place: Extract<Effect, { kind: 'place' }>): Clip {
  return { ...clip, effects: clip.effects.map((effect) => (effect.kind === 'place' ? place : effect)) };
}

/** An ornament keeps its size, and its middle the place that it had on the canvas. */
function moveMiddle(place: Rectangle, across: number, down: number): Pick<Rectangle, 'x' | 'y'> {
  return {
    x: (place.x + place.width / 2) * across - place.width / 2,
    y: (place.y + place.height / 2) * down - place.height / 2,
  };
}

function touchesBothSides(place: Rectangle, canvas: Size): boolean {
  return place.width >= canvas.width - 2 || place.height >= canvas.height - 2;
}

function contain(place: Size, canvas: Size): Rectangle {
  const scale = Math.min(canvas.width / place.width, canvas.height / place.height);
  const [width, height] = [place.width * scale, place.height * scale];
  return { x: (canvas.width - width) / 2, y: (canvas.height - height) / 2, width, height };
}

/** A crop of another shape around the same middle, as tall as before where the picture is wide enough. */
function widen(crop: Rectangle, ratio: number, size: Size): Rectangle {
  const width = Math.min(size.width, crop.height * ratio);
  const height = Math.min(size.height, width / ratio);
  const between = (value: number, most: number) => Math.max(0, Math.min(value, most));
  return {
    x: between(crop.x + (crop.width - width) / 2, size.width - width),
    y: between(crop.y + (crop.height - height) / 2, size.height - height),
    width,
    height,
  };
}
