import type { FaceFound, FaceSample } from '../../domain/face.ts';
import type { PictureDetail, PictureSample, Seen } from '../../domain/shot.ts';
import { frameToMs, type TimeRange } from '../../domain/time.ts';
import { describeScreen, findScene } from '../frame/picture-detail.ts';
import type { Canvas } from '../captions/safe-box.ts';
import type { Part } from './design.ts';

/** Which picture of a passage stands for it: still, well lit, with a face that looks out. Pure. Times are ms of the source. */

/** A time of a source, and what is seen there. */
export type StillChoice = {
  readonly atMs: number;
  /** Whom or what it is about, px of the picture as shown. */
  readonly subject?: Part | undefined;
  readonly isWritten: boolean;
};

/** From a cut on a picture may still blend or flash, in ms. */
const besideCutMs = 200;

/** Pictures nearer to each other than this are the same one, in ms. */
const apartMs = 2500;

/** Faces were looked for in some frames only: one so near is that of the picture, in ms. */
const faceWithinMs = 260;

/** A mouth is best a little open, or closed: caught wide open nobody likes to be seen. */
const wideMouth = 0.45;

/** A face this high, as a share of the picture, is as good as a larger one. */
const largeFace = 0.3;

/**
 * The best picture of a range; undefined where nothing was seen in it. `taken`: times of the same source that are shown already, which are
 * kept away from.
 */
export function chooseStill(
  seen: readonly Seen[],
  range: TimeRange,
  {
    picture,
    canvas,
    taken,
  }: { readonly picture: Canvas; readonly canvas: Canvas; readonly taken: readonly number[] },
): StillChoice | undefined {
  let best: { readonly score: number; readonly choice: StillChoice } | undefined;
  for (const stretch of seen) {
    const samples = stretch.pictures.filter(({ atMs }) => atMs >= range.startMs && atMs < range.endMs);
    for (const sample of samples) {
      const faces = facesAt(stretch, sample.atMs);
      const subject = mainHead(faces);
      const score =
        scoreSample(sample) +
        scoreFace(subject, picture) -
        (isBesideCut(stretch, sample.atMs) ? 0.6 : 0) -
        nearness(sample.atMs, taken);
      if (best !== undefined && score <= best.score) continue;
      best = { score, choice: describeChoice(stretch, sample.atMs, subject, picture, canvas) };
    }
  }
  return best?.choice;
}

function describeChoice(
  stretch: Seen,
  atMs: number,
  face: FaceFound | undefined,
  picture: Canvas,
  canvas: Canvas,
): StillChoice {
  if (face !== undefined) return { atMs, subject: headOf(face), isWritten: false };
  const person = personAt(stretch, atMs);
  if (person !== undefined) return { atMs, subject: person, isWritten: false };
  const detail = nearestTo(stretch.details ?? [], atMs, stretch);
  if (detail === undefined) return { atMs, isWritten: false };
  if (describeScreen(detail, picture, canvas).isDrawn) return { atMs, isWritten: true };
  const scene = findScene(detail, picture, canvas);
  // Its middle is what it is about.
  const part = {
    x: scene.x + scene.width / 4,
    y: scene.y + scene.height / 4,
    width: scene.width / 2,
    height: scene.height / 2,
  };
  return { atMs, subject: part, isWritten: false };
}

function scoreSample({ brightness, contrast, motion }: PictureSample): number {
  const exposure = 1 - Math.min(1, Math.abs(brightness - 0.46) / 0.46);
  const stillness = 0.02 / (0.02 + motion);
  return 0.3 * exposure + 0.25 * Math.min(1, contrast / 0.5) + 0.25 * stillness;
}

function scoreFace(face: FaceFound | undefined, picture: Canvas): number {
  if (face === undefined) return 0;
  const size = Math.min(1, face.height / picture.height / largeFace);
  const looksOut = face.eyeLeft !== undefined && face.eyeRight !== undefined ? 0.25 : 0;
  const gapes = Math.max(0, (face.mouthOpen ?? 0) - wideMouth) * 0.6;
  return 0.35 * size + 0.15 * face.score + looksOut - gapes;
}

function nearness(atMs: number, taken: readonly number[]): number {
  const nearest = Math.min(Number.POSITIVE_INFINITY, ...taken.map((other) => Math.abs(other - atMs)));
  return nearest >= apartMs ? 0 : 1.6 * (1 - nearest / apartMs);
}

function isBesideCut({ shots, frameRate }: Seen, atMs: number): boolean {
  return shots.some(({ startFrame, startsWith }) => {
    const startMs = frameToMs(startFrame, frameRate);
    return startsWith !== 'start' && atMs > startMs - besideCutMs && atMs < startMs + besideCutMs;
  });
}

function facesAt(stretch: Seen, atMs: number): readonly FaceFound[] {
  const sample = nearestTo(stretch.faces ?? [], atMs, stretch);
  return sample === undefined || distance(sample, atMs, stretch) > faceWithinMs ? [] : sample.faces;
}

function personAt(stretch: Seen, atMs: number): Part | undefined {
  const sample = nearestTo(stretch.faces ?? [], atMs, stretch);
  const persons = sample?.persons ?? [];
  const [largest] = persons.toSorted((a, b) => b.height - a.height);
  return largest;
}

/** The largest face that is found surely. */
function mainHead(faces: readonly FaceFound[]): FaceFound | undefined {
  return faces.toSorted((a, b) => b.height * b.score - a.height * a.score)[0];
}

/** A face's box begins at the hairline: the head is larger. */
function headOf({ x, y, width, height }: FaceFound): Part {
  return { x: x - 0.1 * width, y: y - 0.22 * height, width: 1.2 * width, height: 1.3 * height };
}

function nearestTo<T extends FaceSample | PictureDetail>(
  samples: readonly T[],
  atMs: number,
  stretch: Seen,
): T | undefined {
  let nearest: T | undefined;
  for (const sample of samples) {
    if (nearest === undefined || distance(sample, atMs, stretch) < distance(nearest, atMs, stretch)) {
      nearest = sample;
    }
  }
  return nearest;
}

function distance({ frame }: { readonly frame: number }, atMs: number, { frameRate }: Seen): number {
  return Math.abs(frameToMs(frame, frameRate) - atMs);
}
