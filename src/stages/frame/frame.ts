import type { FaceFound, FaceSample, SpeakingTurn } from '../../domain/face.ts';
import type {
  Focus,
  FramedCrop,
  FramedShot,
  FramedTrack,
  Framing,
  FramingWish,
  RangedWish,
} from '../../domain/framing.ts';
import type { Shot } from '../../domain/shot.ts';
import { frameToMs, overlapMs, rationalToNumber, type Rational, type TimeRange } from '../../domain/time.ts';
import { besideScreenShare, findCameraPath, type Subject } from './camera-path.ts';
import { uniteRectangles, type Rectangle, type Size } from './geometry.ts';
import { chooseLayouts, type Layout } from './layouts.ts';
import { dividePanes, divideScreen } from './panes.ts';
import { findScene, type PictureDetail } from './picture-detail.ts';
import { findTurns } from './speaking.ts';
import { seePeople, type Scene, type Seen } from './subject.ts';
import { findPeople, type Appearance, type FrameSpan } from './tracks.ts';

/** What a picture is framed from: frames count the source conformed to `frameRate`. */
export type FrameRequest = {
  /** In order, without overlaps: what lies between them is not framed. */
  readonly shots: readonly Pick<Shot, 'startFrame' | 'endFrame'>[];
  readonly faces: readonly FaceSample[];
  readonly details?: readonly PictureDetail[] | undefined;
  /** Where speech is heard, in ms of the source. Undefined: not known. Empty: the source is silent. */
  readonly speech?: readonly TimeRange[] | undefined;
  readonly frameRate: Rational;
  /** Size of the picture as shown. */
  readonly picture: Size;
  readonly canvas: Size;
  /** What the user asks for, for everything, and for ranges; the last one that holds counts. */
  readonly wish?: FramingWish | undefined;
  readonly rangedWishes?: readonly RangedWish[] | undefined;
};

/** A subject that is suddenly elsewhere, by so many crop widths, is another: the camera gets this long to go there. In seconds. */
const leap = { widths: 0.4, seconds: 0.4 };

/** Somebody else must be alone in the picture for so long before the camera goes there. In seconds. */
const patienceSeconds = 2.5;

/** Frames a picture: who is in it, who speaks, and where the camera is. Pure. */
export function framePicture(request: FrameRequest): Framing {
  const { frameRate, picture, canvas } = request;
  const shots = splitByWishes(request);
  const appearances = findPeople(request.faces, shots, frameRate);
  const turns: SpeakingTurn[] = [];
  const framed = shots.flatMap((shot, index) => {
    const own = appearances.filter((appearance) => appearance.shot === index);
    const people = seePeople(own, shot, picture, frameRate);
    const faces = own.filter(({ isFaceless }) => !isFaceless);
    const ownTurns = findTurns(faces, shot, {
      speech: request.speech,
      frameRate,
      pictureWidth: picture.width,
    });
    turns.push(...ownTurns);
    const scene: Scene = { shot, people, turns: ownTurns, frameRate, picture, canvas };
    const detail = detailOf(shot, request.details ?? []);
    return chooseLayouts(scene, shot.wish, detail).map((layout) => compose(layout, scene, detail));
  });
  return {
    version: 1,
    frameRate,
    width: picture.width,
    height: picture.height,
    canvas: { width: canvas.width, height: canvas.height },
    shots: framed,
    tracks: listTracks(appearances, turns),
  };
}

type WishedShot = FrameSpan & { readonly wish: FramingWish };

/** Shots cut where another wish begins to hold. */
function splitByWishes({ shots, frameRate, wish = {}, rangedWishes = [] }: FrameRequest): WishedShot[] {
  const toFrame = (ms: number) => Math.round((ms * rationalToNumber(frameRate)) / 1000);
  const bounds = rangedWishes.flatMap(({ startMs, endMs }) => [toFrame(startMs), toFrame(endMs)]);
  return shots.flatMap(({ startFrame, endFrame }) => {
    const inside = bounds.filter((frame) => frame > startFrame && frame < endFrame);
    const edges = [...new Set([startFrame, ...inside, endFrame])].toSorted((a, b) => a - b);
    return edges.slice(1).map((to, index) => {
      const from = edges[index] ?? startFrame;
      const range = { startMs: frameToMs(from, frameRate), endMs: frameToMs(to, frameRate) };
      const own = rangedWishes.findLast(
        (ranged) => overlapMs(ranged, range) * 2 > range.endMs - range.startMs,
      );
      const merged: { layout?: FramingWish['layout']; focus?: Focus | undefined } = { ...wish };
      if (own?.layout !== undefined) merged.layout = own.layout;
      if (own?.focus !== undefined) merged.focus = own.focus;
      return { startFrame: from, endFrame: to, wish: merged };
    });
  });
}

/** What a shot is like, by its middle: a slide may build up, but it stays a slide. */
function detailOf(
  { startFrame, endFrame }: FrameSpan,
  details: readonly PictureDetail[],
): PictureDetail | undefined {
  const middle = (startFrame + endFrame) / 2;
  return details
    .filter(({ frame }) => frame >= startFrame && frame < endFrame)
    .toSorted((a, b) => Math.abs(a.frame - middle) - Math.abs(b.frame - middle))[0];
}

function compose(layout: Layout, scene: Scene, detail: PictureDetail | undefined): FramedShot {
  const { picture, canvas, people } = scene;
  const { startFrame, endFrame, ids } = layout;
  const whole: FramedCrop = { frame: startFrame, x: 0, y: 0, width: picture.width, height: picture.height };
  const base = {
    startFrame,
    endFrame,
    layout: layout.layout,
    reason: layout.reason,
    trackIds: seenIds(layout, scene),
  };
  const follow = (who: readonly string[], isTogether: boolean, shown: Size): FramedCrop[] => {
    const subjects = findSubjects(who, isTogether, layout, scene, shown);
    if (subjects.some((subject) => subject !== undefined)) {
      return findCameraPath({
        subjects,
        startFrame,
        picture,
        canvas: shown,
        framesPerSecond: rationalToNumber(scene.frameRate),
        wantedShare: layout.layout === 'screen' ? besideScreenShare : undefined,
      });
    }
    return [{ frame: startFrame, ...findScene(detail, picture, shown) }];
  };
  if (layout.layout === 'fit' || layout.layout === 'whole') return { ...base, crops: [whole] };
  if (layout.panes === undefined) return { ...base, crops: follow(ids, layout.isTogether, canvas) };
  const places = placesOf(layout, scene);
  const panes = layout.panes.flatMap((who, index) => {
    const place = places[index];
    if (place === undefined) return [];
    const [trackId] = who;
    if (trackId === undefined) return [{ place, crops: [whole] }];
    const isKnown = people.some(({ id }) => id === trackId);
    return [{ place, ...(isKnown ? { trackId } : {}), crops: follow(who, false, place) }];
  });
  return { ...base, crops: panes[0]?.crops ?? [whole], panes };
}

function placesOf({ layout, panes = [] }: Layout, { picture, canvas }: Scene): Rectangle[] {
  const divided = layout === 'screen' ? divideScreen(canvas, picture) : undefined;
  return divided === undefined ? dividePanes(canvas, panes.length) : [divided.screen, divided.face];
}

function seenIds(
  { ids, startFrame, endFrame, isTogether, layout }: Layout,
  { people, shot }: Scene,
): string[] {
  const isSeen = ({ faces }: Seen) =>
    faces.slice(startFrame - shot.startFrame, endFrame - shot.startFrame).some((face) => face !== undefined);
  const seen = ids.filter((id) => people.some((person) => person.id === id && isSeen(person)));
  const isOfAll = isTogether || layout === 'split' || layout === 'panes';
  return isOfAll ? seen : seen.slice(0, 1);
}

/** Who is in the picture at each frame of a take: all together, or the first of them who is seen. */
function findSubjects(
  ids: readonly string[],
  isTogether: boolean,
  take: FrameSpan,
  { people, shot, picture, frameRate }: Scene,
  shown: Size,
): (Subject | undefined)[] {
  const fps = rationalToNumber(frameRate);
  const asked = ids.flatMap((id) => people.find((person) => person.id === id) ?? []);
  const seen = Array.from({ length: take.endFrame - take.startFrame }, (_, index) =>
    asked.map(({ faces }) => faces[take.startFrame + index - shot.startFrame]),
  );
  const chosen = isTogether ? undefined : chooseFirst(seen, Math.round(patienceSeconds * fps));
  const subjects = seen.map((faces, index): Subject | undefined => {
    const shownFaces = faces.filter(
      (face, person): face is FaceFound => face !== undefined && (isTogether || person === chosen?.[index]),
    );
    const box = uniteRectangles(shownFaces);
    return box === undefined ? undefined : { faces: shownFaces, box };
  });
  const width = Math.min(picture.width, (picture.height * shown.width) / shown.height);
  return giveTime(subjects, leap.widths * width, Math.round(leap.seconds * fps));
}

/** Which person is the subject at each frame: the first that is seen; nobody while that changes for a short time only. */
function chooseFirst(seen: readonly (readonly (FaceFound | undefined)[])[], patience: number): number[] {
  const first = seen.map((faces) => faces.findIndex((face) => face !== undefined));
  let runStart = 0;
  for (let index = 1; index <= first.length; index += 1) {
    if (first[index] === first[runStart] && index < first.length) continue;
    const isBetween = runStart > 0 && index < first.length;
    // Who comes for a moment, while the one who was seen before is away, is not worth a move.
    if (isBetween && index - runStart < patience) first.fill(-1, runStart, index);
    runStart = index;
  }
  return first;
}

/** Where the subject leaps, the frames around it are left open, so that the camera goes over in one move. */
function giveTime(
  subjects: readonly (Subject | undefined)[],
  farPx: number,
  frames: number,
): (Subject | undefined)[] {
  const opened = [...subjects];
  let last: { readonly middle: number; readonly index: number } | undefined;
  for (const [index, subject] of subjects.entries()) {
    if (subject === undefined) continue;
    const middle = subject.box.x + subject.box.width / 2;
    if (last !== undefined && Math.abs(middle - last.middle) > farPx && index - last.index < 2 * frames) {
      const from = Math.max(0, Math.min(index - frames, subjects.length - 2 * frames));
      for (let open = from; open < Math.min(index + frames, subjects.length); open += 1)
        opened[open] = undefined;
    }
    last = { middle, index };
  }
  return opened.some((subject) => subject !== undefined) ? opened : [...subjects];
}

function listTracks(appearances: readonly Appearance[], turns: readonly SpeakingTurn[]): FramedTrack[] {
  const ids = [...new Set(appearances.map(({ id }) => id))];
  const round = (value: number) => Math.round(value * 10) / 10;
  return ids.map((id) => ({
    id,
    boxes: appearances
      .filter((appearance) => appearance.id === id)
      .flatMap(({ sightings }) =>
        sightings.map(({ frame, face }) => ({
          frame,
          x: round(face.x),
          y: round(face.y),
          width: round(face.width),
          height: round(face.height),
        })),
      )
      .toSorted((a, b) => a.frame - b.frame),
    speaking: turns.filter(({ trackId }) => trackId === id).map(({ startMs, endMs }) => ({ startMs, endMs })),
  }));
}
