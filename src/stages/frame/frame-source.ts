import type { Framing, FramingWish, RangedWish } from '../../domain/framing.ts';
import { PatternPivotError } from '../../domain/errors.ts';
import type { Seen } from '../../domain/shot.ts';
import { mainVideo, type VideoStream } from '../../domain/media.ts';
import type { Source } from '../../domain/source.ts';
import { msToNearestFrame, type TimeRange } from '../../domain/time.ts';
import { clipShots } from '../look/list-shots.ts';
import { framePicture } from './frame.ts';
import type { Size } from './geometry.ts';

/** What a source's picture is to be framed for. */
export type SourceFraming = {
  readonly canvas: Size;
  readonly wish?: FramingWish | undefined;
  readonly rangedWishes?: readonly RangedWish[] | undefined;
  /** Where speech is heard, in ms of the source. Undefined: not known. Empty: the source is silent. */
  readonly speech?: readonly TimeRange[] | undefined;
};

/** The picture that is mainly seen, and in which file it is: its time t is `offsetMs` + t of the source. */
export type MainPicture = { readonly path: string; readonly video: VideoStream; readonly offsetMs: number };

/** The file that is mainly seen: the source itself, or the first camera of a recording, as looking has it. */
export function mainPicture(source: Source): MainPicture | undefined {
  for (const { path, info, offsetMs } of source.members ?? [{ ...source, offsetMs: 0 }]) {
    const video = mainVideo(info);
    if (video !== undefined) return { path, video, offsetMs };
  }
  return undefined;
}

/** The picture that is framed. @throws input.no_video where there is none */
export function needPicture(source: Source): MainPicture {
  const picture = mainPicture(source);
  if (picture !== undefined) return picture;
  throw new PatternPivotError('input.no_video', `${source.path} has no picture.`, {
    hint: 'Only a video can be framed.',
    context: { path: source.path },
  });
}

/** Frames a range of a source (in ms) by what was seen in it; its frames count the source. Pure. @throws input.no_video */
export function frameSource(source: Source, seen: Seen, range: TimeRange, how: SourceFraming): Framing {
  const { video } = needPicture(source);
  const { frameRate, shots, faces = [], details } = seen;
  const from = msToNearestFrame(range.startMs, frameRate);
  const to = msToNearestFrame(range.endMs, frameRate);
  return framePicture({
    shots: clipShots(shots, from, to),
    faces: faces.filter(({ frame }) => frame >= from && frame < to),
    details,
    frameRate,
    picture: { width: video.displayWidth, height: video.displayHeight },
    ...how,
  });
}
