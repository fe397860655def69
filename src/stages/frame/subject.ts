import type { FaceFound, SpeakingTurn } from '../../domain/face.ts';
import type { Focus } from '../../domain/framing.ts';
import { msToNearestFrame, rationalToNumber, type Rational } from '../../domain/time.ts';
import { faceShare } from './camera-path.ts';
import { clipRectangle, largestCrop, quantile, type Size } from './geometry.ts';
import { followAppearance, leastPresence, type Appearance, type FrameSpan } from './tracks.ts';

/** Whom the camera is on, and when it changes: by who speaks, else by who stands out. Pure. */

/** A person in a shot, frame by frame. */
export type Seen = {
  readonly id: string;
  /** One for each frame of the shot; undefined where the face is not seen. */
  readonly faces: readonly (FaceFound | undefined)[];
  /** Median height of the face in px, and how much of the shot it is seen, 0 to 1. */
  readonly height: number;
  readonly presence: number;
  /** Where in the picture it mostly is, 0 (left) to 1. */
  readonly across: number;
  /** Whether only the head was found: no face is seen. */
  readonly isFaceless: boolean;
  /** How much it stands out, by size, place, steadiness and presence: for comparing only. */
  readonly prominence: number;
};

/** A stretch of a shot with one camera: on those who are named. */
export type Take = FrameSpan & {
  /** All of them together, or the first that is seen; none: nobody is. */
  readonly ids: readonly string[];
  readonly isTogether: boolean;
  /** Whether somebody of them speaks, as far as is known. */
  readonly isSpeaking: boolean;
  readonly reason: string;
};

/** A shot with its people and turns. */
export type Scene = {
  readonly shot: FrameSpan;
  readonly people: readonly Seen[];
  readonly turns: readonly SpeakingTurn[];
  readonly frameRate: Rational;
  readonly picture: Size;
  readonly canvas: Size;
};

/** A camera does not change over more often than this. In seconds. */
const minTakeSeconds = 1;

/** It does so before the words, as editors do: in the pause before them, by this part of it, within bounds. In seconds. */
const lead = { ofPause: 0.4, least: 0.12, most: 0.5 };

/** A face is held where it was last seen for so long; a gap of up to four times that is bridged. In seconds. */
const holdSeconds = { face: 0.35, head: 0.6 };

/** Beside the largest face, one of less than this part of its height is in the background. */
const mainHeight = 0.55;

/** The people of a shot, those who stand out first. */
export function seePeople(
  appearances: readonly Appearance[],
  shot: FrameSpan,
  picture: Size,
  frameRate: Rational,
): Seen[] {
  const isFaceless = appearances.some((appearance) => appearance.isFaceless);
  const seconds = holdSeconds[isFaceless ? 'head' : 'face'];
  const holdFrames = Math.max(1, Math.round(seconds * rationalToNumber(frameRate)));
  const ids = [...new Set(appearances.map(({ id }) => id))];
  return ids
    .map((id) => {
      const own = appearances.filter((appearance) => appearance.id === id);
      return describe({ id, isFaceless, faces: followAppearance(own, shot, holdFrames) }, picture);
    })
    .filter(({ presence }) => presence > leastPresence)
    .toSorted((a, b) => b.prominence - a.prominence);
}

function describe({ id, isFaceless, faces }: Pick<Seen, 'id' | 'isFaceless' | 'faces'>, picture: Size): Seen {
  const seen = faces.filter((face) => face !== undefined);
  const height = quantile(
    seen.map((face) => face.height),
    0.5,
  );
  const middles = seen.map((face) => (face.x + face.width / 2) / picture.width);
  const across = quantile(middles, 0.5);
  const presence = seen.length / Math.max(1, faces.length);
  const wander = quantile(middles, 0.9) - quantile(middles, 0.1);
  const central = 1 - Math.abs(across - 0.5);
  // Somebody who is turned away or half seen is less of a subject than one who is found surely.
  const sure = seen.reduce((sum, face) => sum + face.score, 0) / Math.max(1, seen.length);
  const prominence =
    (height / picture.height) * (0.4 + central) * presence * sure * (1 - Math.min(0.5, wander));
  return { id, isFaceless, faces, height, presence, across, prominence };
}

/** Those who matter: none much smaller than the largest, none that only passes by. */
export function mainPeople(people: readonly Seen[]): Seen[] {
  const largest = Math.max(0, ...people.filter(({ presence }) => presence > 0.3).map(({ height }) => height));
  return people.filter(({ height, presence }) => height >= mainHeight * largest && presence > 0.3);
}

/** Whether one crop holds these people, with their faces large enough to be told. */
export function canHold(people: readonly Seen[], picture: Size, canvas: Size): boolean {
  if (people.length === 0) return false;
  const crop = largestCrop(picture, canvas);
  const frames = people[0]?.faces.length ?? 0;
  let fits = 0;
  let seen = 0;
  for (let frame = 0; frame < frames; frame += 1) {
    const boxes = people.flatMap(({ faces }) => {
      const face = faces[frame];
      return face === undefined ? [] : [clipRectangle(face, picture)];
    });
    if (boxes.length === 0) continue;
    const width = Math.max(...boxes.map((box) => box.x + box.width)) - Math.min(...boxes.map(({ x }) => x));
    const height = Math.max(...boxes.map((box) => box.y + box.height)) - Math.min(...boxes.map(({ y }) => y));
    seen += 1;
    const beside = people.length > 1 ? 0.25 * (boxes[0]?.width ?? 0) : 0;
    if (width + beside <= crop.width && height <= crop.height) fits += 1;
  }
  const isLarge =
    people.length === 1 || people.every(({ height }) => height >= faceShare.least * crop.height);
  return seen > 0 && fits >= 0.97 * seen && isLarge;
}

/** Divides a shot into takes; without anybody in it there is one of nobody. */
export function planTakes(scene: Scene, focus: Focus | undefined): Take[] {
  const { shot, people } = scene;
  const whole = (ids: readonly string[], reason: string, isTogether = false): Take[] => [
    { ...shot, ids, isTogether, isSpeaking: false, reason },
  ];
  if (people.length === 0) return whole([], 'no face is seen');
  const wanted = findFocus(people, focus);
  if (wanted !== undefined) return whole([wanted], `as asked: ${focus}`);
  const main = mainPeople(people);
  const speakers = [...new Set(scene.turns.map(({ trackId }) => trackId))];
  const group = people.filter((person) => main.includes(person) || speakers.includes(person.id));
  const isDialogue = speakers.length !== 1;
  const isFaceless = people.some((person) => person.isFaceless);
  if (group.length > 1 && isDialogue && canHold(group, scene.picture, scene.canvas)) {
    const together = whole(
      group.map(({ id }) => id),
      isFaceless ? 'no face is seen, persons are' : 'one picture holds them all',
      true,
    );
    return together.map((take) => Object.assign(take, { isSpeaking: speakers.length > 0 }));
  }
  const takes = followTurns(scene);
  if (takes.length > 0) return takes;
  const order = [...main, ...people.filter((person) => !main.includes(person))].map(({ id }) => id);
  if (isFaceless) return whole(order, 'no face is seen, a person is');
  return whole(order, main.length > 1 ? 'the face that stands out' : 'the face');
}

/** The person whom a wish means; undefined where it means nobody here. */
function findFocus(people: readonly Seen[], focus: Focus | undefined): string | undefined {
  if (focus === undefined) return undefined;
  const sides: Readonly<Record<string, number>> = { left: 0, center: 0.5, right: 1 };
  const side = sides[focus];
  if (side === undefined) return people.find(({ id }) => id === focus)?.id;
  const main = mainPeople(people);
  return (main.length > 0 ? main : people).toSorted(
    (a, b) => Math.abs(a.across - side) - Math.abs(b.across - side),
  )[0]?.id;
}

function followTurns({ shot, turns, people, frameRate }: Scene): Take[] {
  const fps = rationalToNumber(frameRate);
  const seen = turns.filter(({ trackId }) => people.some(({ id }) => id === trackId));
  const takes: { startFrame: number; endFrame: number; id: string }[] = [];
  let lastEnd = shot.startFrame;
  for (const { trackId: id, startMs, endMs } of seen) {
    const last = takes.at(-1);
    const wordsFrame = msToNearestFrame(startMs, frameRate);
    const pause = (wordsFrame - lastEnd) / fps;
    const early = Math.round(Math.max(lead.least, Math.min(lead.most, lead.ofPause * pause)) * fps);
    const startFrame = last === undefined ? shot.startFrame : Math.max(lastEnd, wordsFrame - early);
    lastEnd = msToNearestFrame(endMs, frameRate);
    if (last?.id === id) continue;
    if (last !== undefined) last.endFrame = startFrame;
    takes.push({ startFrame, endFrame: shot.endFrame, id });
  }
  const least = minTakeSeconds * fps;
  return dropShort(takes, least).map(({ id, startFrame, endFrame }) => ({
    startFrame,
    endFrame,
    ids: [id],
    isTogether: false,
    isSpeaking: true,
    reason: `${id} speaks`,
  }));
}

/** Takes that are too short fall to the one before, the first to the one after; neighbours of one person are one. */
function dropShort<T extends { startFrame: number; endFrame: number; id: string }>(
  takes: T[],
  least: number,
): T[] {
  const kept: T[] = [];
  for (const [index, take] of takes.entries()) {
    const last = kept.at(-1);
    const isShort = take.endFrame - take.startFrame < least;
    if (last !== undefined && (isShort || last.id === take.id)) last.endFrame = take.endFrame;
    else if (isShort && index < takes.length - 1) takes[index + 1]!.startFrame = take.startFrame;
    else kept.push(take);
  }
  return kept;
}
