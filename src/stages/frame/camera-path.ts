import type { FaceFound } from '../../domain/face.ts';
import type { FramedCrop } from '../../domain/framing.ts';
import {
  clipRectangle,
  eyesOf,
  largestCrop,
  mostZoom,
  quantile,
  type Rectangle,
  type Size,
} from './geometry.ts';
import { simplifyPath } from './simplify-path.ts';
import { smoothPath, type PathStep } from './smooth-path.ts';

/** A camera for one take: how near, where, and when it moves. Pure. */

/** What is to be in the picture at one frame: one face or several that stand together, or nothing that is known. */
export type Subject = { readonly faces: readonly FaceFound[]; readonly box: Rectangle };

/** What a path is for. */
export type PathRequest = {
  /** The subject at each frame from `startFrame` on; undefined where none is seen: the camera waits. */
  readonly subjects: readonly (Subject | undefined)[];
  readonly startFrame: number;
  readonly picture: Size;
  /** The shape and size of what the picture is shown in, px. */
  readonly canvas: Size;
  readonly framesPerSecond: number;
  /** How tall the face should be, in parts of the crop's height. Default: {@link faceShare}`.wanted`. */
  readonly wantedShare?: number | undefined;
};

/** How tall a face should be, in parts of the crop's height: from 0.12 a face is told on a telephone, above 0.45 it is too near. */
export const faceShare = { least: 0.135, wanted: 0.19, most: 0.45 };

/** Below a screen the face is all that its pane is for: what else lies around it belongs to the screen. */
export const besideScreenShare = 0.42;

/** The eyes stand at this part of the height, as portraits do; it may be off by `eyesSlack`. */
const eyesAt = 0.36;
const eyesSlack = 0.07;

/** The subject may stand so far beside its place before the camera moves, in crop widths. */
const comfort = 0.09;

/** Free beside a face, in its widths; above it, for the hair, and below it, in its heights. */
const margin = { beside: 0.07, above: 0.22, below: 0.06 };

/** Who looks aside stands so far to the other side at most, in crop widths. */
const mostLookRoom = 0.09;

/** A path of rectangles over a take, as few key frames as will do. */
export function findCameraPath(found: PathRequest): FramedCrop[] {
  const { startFrame, picture, canvas, framesPerSecond } = found;
  const subjects = steadySubjects(found.subjects, Math.round(tremorSeconds * framesPerSecond));
  const request = { ...found, subjects };
  const whole = largestCrop(picture, canvas);
  const shape = canvas.width / canvas.height;
  const heights = findHeights(request, whole);
  const sideways = findLookRoom(subjects);
  const unit = quantile(heights, 0.5);
  const along = (values: readonly PathStep[]) =>
    smoothPath(values, framesPerSecond).map((value) => value * unit);
  const x = along(
    subjects.map((subject, index) => {
      const width = (heights[index] ?? whole.height) * shape;
      const free = { least: width / 2, most: picture.width - width / 2 };
      if (subject === undefined) return toStep(free, free, unit);
      const seen = clipRectangle(subject.box, picture);
      const beside = margin.beside * (subject.faces[0]?.width ?? 0);
      const middle = seen.x + seen.width / 2 + sideways * width;
      const held = hold(seen.x - beside, seen.x + seen.width + beside, width);
      return toStep(
        within(held, free),
        { least: middle - comfort * width, most: middle + comfort * width },
        unit,
      );
    }),
  );
  const y = along(
    subjects.map((subject, index) => {
      const height = heights[index] ?? whole.height;
      const free = { least: height / 2, most: picture.height - height / 2 };
      if (subject === undefined) return toStep(free, free, unit);
      const seen = clipRectangle(subject.box, picture);
      const face = subject.faces[0];
      const tall = face?.height ?? seen.height;
      const held = hold(seen.y - margin.above * tall, seen.y + seen.height + margin.below * tall, height);
      const middle = eyeLevel(subject) + (0.5 - eyesAt) * height;
      return toStep(
        within(held, free),
        { least: middle - eyesSlack * height, most: middle + eyesSlack * height },
        unit,
      );
    }),
  );
  const boxes = heights.map((height, index) => ({
    frame: startFrame + index,
    x: (x[index] ?? 0) - (height * shape) / 2,
    y: (y[index] ?? 0) - height / 2,
    width: height * shape,
    height,
  }));
  return simplifyPath(boxes, picture, canvas);
}

/** Boxes tremble from look to look, and heads nod: what is shorter than about this is no move. In seconds. */
const tremorSeconds = 0.16;

/** The boxes' edges averaged over a little time, where the subject is seen throughout. */
function steadySubjects(subjects: readonly (Subject | undefined)[], reach: number): (Subject | undefined)[] {
  return subjects.map((subject, index) => {
    if (subject === undefined || subject.faces.length === 0) return subject;
    const near = [subject];
    for (const side of [-1, 1]) {
      for (let away = 1; away <= reach; away += 1) {
        const other = subjects[index + side * away];
        if (other?.faces.length !== subject.faces.length) break;
        near.push(other);
      }
    }
    const mean = (pick: (subject: Subject) => number) =>
      near.reduce((sum, other) => sum + pick(other), 0) / near.length;
    return {
      faces: subject.faces,
      box: {
        x: mean(({ box }) => box.x),
        y: mean(({ box }) => box.y),
        width: mean(({ box }) => box.width),
        height: mean(({ box }) => box.height),
      },
    };
  });
}

type Span = { readonly least: number; readonly most: number };

/** Where a face hardly fits, or not at all, the camera need not follow its every move: so much is free, in crop widths. */
const leastSlack = 0.03;

/** Where a crop's middle may be so that all of a stretch is in it; about the stretch's own middle where it is longer. */
function hold(from: number, to: number, length: number): Span {
  const middle = (from + to) / 2;
  const slack = Math.max(leastSlack * length, (length - (to - from)) / 2);
  return { least: middle - slack, most: middle + slack };
}

function within({ least, most }: Span, free: Span): Span {
  const clamp = (value: number) => Math.max(free.least, Math.min(free.most, value));
  return { least: clamp(least), most: clamp(most) };
}

function toStep(allowed: Span, good: Span, unit: number): PathStep {
  const most = Math.max(allowed.least, allowed.most) / unit;
  return { least: allowed.least / unit, most, from: good.least / unit, to: good.most / unit };
}

function eyeLevel({ faces, box }: Subject): number {
  if (faces.length === 0) return box.y + box.height / 2;
  return faces.reduce((sum, face) => sum + eyesOf(face).y, 0) / faces.length;
}

/** How far to the side the subject is to stand: whoever looks aside gets room there. In crop widths, to add to the camera. */
function findLookRoom(subjects: readonly (Subject | undefined)[]): number {
  const turns = subjects.flatMap((subject) => {
    const face = subject?.faces.length === 1 ? subject.faces[0] : undefined;
    if (face?.eyeLeft === undefined) return [];
    return [(eyesOf(face).x - face.x - face.width / 2) / face.width];
  });
  if (turns.length * 3 < subjects.length) return 0;
  const turn = quantile(turns, 0.5);
  // Eyes in the middle of a face look straight on; a tenth of the face beside it, and it is half turned.
  const aside = Math.sign(turn) * Math.max(0, Math.abs(turn) - 0.04);
  return Math.max(-mostLookRoom, Math.min(mostLookRoom, aside));
}

/** The crop's height at each frame: one for all wherever that will do, else a slow zoom. */
function findHeights(request: PathRequest, whole: Size): number[] {
  const { subjects, picture, canvas, framesPerSecond, wantedShare = faceShare.wanted } = request;
  const least = whole.height / mostZoom(picture, canvas);
  const seen = subjects.filter((subject) => subject !== undefined);
  if (seen.every(({ faces }) => faces.length === 0)) {
    return subjects.map(() => whole.height);
  }
  const best = chooseHeight(seen, picture, whole, { least, wantedShare });
  const limits = (subject: Subject | undefined): PathStep => {
    const free = { least: least / best, most: whole.height / best };
    if (subject === undefined || subject.faces.length === 0)
      return { ...free, from: free.least, to: free.most };
    const tallest = Math.max(...subject.faces.map(({ height }) => height));
    const smallest = Math.min(...subject.faces.map(({ height }) => height));
    const clamp = (value: number) => Math.max(free.least, Math.min(free.most, value / best));
    const fits = heightToHold(subject, picture, whole);
    const low = clamp(Math.max(tallest / 0.6, fits));
    const high = Math.max(low, clamp(smallest / faceShare.least));
    return {
      least: low,
      most: high,
      from: Math.max(low, Math.min(high, 1)),
      to: Math.min(high, Math.max(low, 1)),
    };
  };
  const steps = subjects.map(limits);
  if (steps.every(({ least: low, most: high }) => low <= 1 && high >= 1)) return subjects.map(() => best);
  return smoothPath(steps, framesPerSecond).map((value) => value * best);
}

/** How tall a crop must be to hold the subject with its margins. */
function heightToHold({ box, faces }: Subject, picture: Size, whole: Size): number {
  const seen = clipRectangle(box, picture);
  const beside = 2 * margin.beside * (faces[0]?.width ?? 0);
  const around = (margin.above + margin.below) * (faces[0]?.height ?? 0);
  return Math.min(
    whole.height,
    Math.max(((seen.width + beside) * whole.height) / whole.width, seen.height + around),
  );
}

/** Of all heights the one that shows faces large enough, with the eyes where they belong, and enlarges the picture least. */
function chooseHeight(
  subjects: readonly Subject[],
  picture: Size,
  whole: Size,
  { least, wantedShare }: { readonly least: number; readonly wantedShare: number },
): number {
  const faces = subjects.flatMap((subject) => subject.faces);
  const face = quantile(
    faces.map(({ height }) => height),
    0.5,
  );
  const needed = quantile(
    subjects.map((subject) => heightToHold(subject, picture, whole)),
    0.95,
  );
  const eyes = quantile(subjects.map(eyeLevel), 0.5);
  const isOne = faces.length === subjects.length;
  let best = whole.height;
  let bestCost = Infinity;
  for (let height = whole.height; height >= Math.max(least, needed) - 1e-9; height /= 1.02) {
    const share = face / height;
    const top = Math.max(0, Math.min(picture.height - height, eyes - eyesAt * height));
    const offEyes = Math.max(0, Math.abs((eyes - top) / height - eyesAt) - eyesSlack);
    const cost =
      6 * Math.max(0, wantedShare - share) * (isOne ? 5 : 2) +
      8 * Math.max(0, share - Math.max(0.36, wantedShare)) +
      2 * offEyes +
      0.5 * Math.log(whole.height / height);
    if (cost < bestCost - 1e-9) [best, bestCost] = [height, cost];
  }
  return best;
}
