import { framedCropAt, type FramedCrop, type FramedShot, type Framing } from '../src/domain/framing.ts';
import type { Box } from './framing-truth.ts';

/** What is measured of a framing, for `bench/framing.ts`: pure, so that a test can show that each can fail. */

/** A camera that moves farther than this from one frame to the next has jumped, in crop widths (or e-folds of its size). */
const jumpWidths = 0.15;

/** One that moves so much farther than the frame before and the frame after has jumped, too. */
const suddenWidths = 0.04;

/** Between two takes with no reason to be two the camera must not move at all, but for rounding. */
const seamWidths = 0.01;

/** A change of speaker may be seen so much before and after it, in seconds; a cut is where it is, to a frame. */
const turnTolerance = 0.6;

/** Slower than this a move is slow, in px of the canvas a frame. */
const slowPx = 2;

/** What may make a picture jump: frames where the source is cut, and where somebody else begins to speak. */
export type JumpReasons = { readonly cuts: readonly number[]; readonly turns?: readonly number[] };

/** Frames at which the picture jumps though nothing gives a reason: within a take always, between takes without a cut or a turn. */
export function findJumps({ shots, frameRate }: Framing, { cuts, turns = [] }: JumpReasons): number[] {
  const tolerance = (turnTolerance * frameRate.num) / frameRate.den;
  const isReason = (frame: number) =>
    cuts.some((cut) => Math.abs(cut - frame) <= 1) ||
    turns.some((turn) => Math.abs(turn - frame) <= tolerance);
  const jumps = shots.flatMap((shot) => pathsOf(shot).flatMap((crops) => findPathJumps(crops, shot)));
  for (const [index, shot] of shots.entries()) {
    const before = shots[index - 1];
    if (before === undefined || before.endFrame !== shot.startFrame || isReason(shot.startFrame)) continue;
    const paths = pathsOf(shot);
    const pathsBefore = pathsOf(before);
    const isMoved =
      before.layout !== shot.layout ||
      paths.length !== pathsBefore.length ||
      paths.some((crops, pane) => seam(pathsBefore[pane] ?? [], crops, shot.startFrame) > seamWidths);
    if (isMoved) jumps.push(shot.startFrame);
  }
  return [...new Set(jumps)].toSorted((a, b) => a - b);
}

function pathsOf({ crops, panes }: FramedShot): (readonly FramedCrop[])[] {
  return panes?.map((pane) => pane.crops) ?? [crops];
}

function findPathJumps(
  crops: readonly FramedCrop[],
  { startFrame, endFrame }: Pick<FramedShot, 'startFrame' | 'endFrame'>,
): number[] {
  const steps = Array.from({ length: endFrame - startFrame }, (_, index) =>
    index === 0 ? 0 : seam(crops, crops, startFrame + index),
  );
  return steps.flatMap((step, index) => {
    const around = Math.max(steps[index - 1] ?? 0, steps[index + 1] ?? 0);
    return step > jumpWidths || step > around + suddenWidths ? [startFrame + index] : [];
  });
}

/** How far the picture goes from the frame before to a frame, in crop widths, or in e-folds of its size where that is more. */
function seam(before: readonly FramedCrop[], after: readonly FramedCrop[], frame: number): number {
  const [from, to] = [framedCropAt(before, frame - 1), framedCropAt(after, frame)];
  if (from === undefined || to === undefined) return 0;
  return Math.max(
    Math.abs(to.x + to.width / 2 - from.x - from.width / 2) / to.width,
    Math.abs(to.y + to.height / 2 - from.y - from.height / 2) / to.width,
    Math.abs(Math.log(to.height / from.height)),
  );
}

/** The rectangles that are shown at a frame: one, or one for each pane. */
export function shownAt({ shots }: Framing, frame: number): FramedCrop[] {
  const shot = shots.find(({ startFrame, endFrame }) => startFrame <= frame && frame < endFrame);
  if (shot === undefined) return [];
  return pathsOf(shot).flatMap((crops) => framedCropAt(crops, frame) ?? []);
}

/** Whether a face is wholly in a rectangle, half a pixel aside. */
export function contains(crop: Box, face: Box): boolean {
  return (
    face.x >= crop.x - 0.5 &&
    face.y >= crop.y - 0.5 &&
    face.x + face.width <= crop.x + crop.width + 0.5 &&
    face.y + face.height <= crop.y + crop.height + 0.5
  );
}

/** How much of the time the whole picture stands over a blurred fill, 0 to 1. */
export function fitShare({ shots }: Framing): number {
  const frames = (some: Framing['shots']) =>
    some.reduce((sum, { startFrame, endFrame }) => sum + endFrame - startFrame, 0);
  return frames(shots.filter(({ layout }) => layout === 'fit')) / Math.max(1, frames(shots));
}

/** Mean size of the third difference of the camera's middle over that of a crop whose middle is the face's at every frame. */
export function jerkRatio(framing: Framing): number {
  let own = 0;
  let naive = 0;
  for (const { startFrame, endFrame, crops, trackIds } of framing.shots) {
    const boxes = framing.tracks.find(({ id }) => id === trackIds[0])?.boxes;
    if (boxes === undefined) continue;
    const middles = (list: readonly FramedCrop[]) =>
      Array.from({ length: endFrame - startFrame }, (_, index) => {
        const at = framedCropAt(list, startFrame + index);
        return at === undefined ? 0 : at.x + at.width / 2;
      });
    own += sumJerk(middles(crops));
    naive += sumJerk(middles(boxes));
  }
  return naive === 0 ? 0 : own / naive;
}

function sumJerk(path: readonly number[]): number {
  let sum = 0;
  for (let at = 3; at < path.length; at += 1) {
    sum += Math.abs(path[at]! - 3 * path[at - 1]! + 3 * path[at - 2]! - path[at - 3]!);
  }
  return sum;
}

/** The largest change of speed from one frame to the next while a move is slow, in px of the canvas. */
export function slowStep({ shots, canvas }: Framing): number {
  let largest = 0;
  for (const { startFrame, endFrame, crops } of shots) {
    const shown = Array.from({ length: endFrame - startFrame }, (_, index) => {
      const crop = framedCropAt(crops, startFrame + index);
      return crop === undefined ? 0 : (crop.x * canvas.width) / crop.width;
    });
    for (let at = 2; at < shown.length; at += 1) {
      const [before, now] = [shown[at - 1]! - shown[at - 2]!, shown[at]! - shown[at - 1]!];
      if (Math.abs(before) < slowPx && Math.abs(now) < slowPx)
        largest = Math.max(largest, Math.abs(now - before));
    }
  }
  return largest;
}

/** Who a face at a frame is, by truth; undefined where that is not known, or does not matter. */
export type WhoIs = (frame: number, box: Box) => string | undefined;

/** How well a framing's tracks keep people apart, and the same person one. */
export type Identities = {
  /** For each person of the truth the ids that they were given, the most frequent first. */
  readonly people: ReadonlyMap<string, readonly string[]>;
  /** How often a person has another id than when they were last seen: within a shot of the source, and over a cut. */
  readonly switchesWithin: number;
  readonly switchesAcross: number;
  /** Ids that two people or more were given. */
  readonly mixed: readonly string[];
};

/** Compares tracks with who is really there. Where a face has two ids at once, the one that it had before counts. */
export function compareIdentities(
  { tracks }: Framing,
  whoIs: WhoIs,
  cuts: readonly number[] = [],
): Identities {
  const seen = new Map<string, Map<number, string[]>>();
  for (const { id, boxes } of tracks) {
    for (const box of boxes) {
      const who = whoIs(box.frame, box);
      if (who === undefined) continue;
      const frames = seen.get(who) ?? new Map<number, string[]>();
      seen.set(who, frames.set(box.frame, [...(frames.get(box.frame) ?? []), id]));
    }
  }
  const people = new Map<string, string[]>();
  const owners = new Map<string, Set<string>>();
  let [switchesWithin, switchesAcross] = [0, 0];
  for (const [who, frames] of [...seen].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const counts = new Map<string, number>();
    let last: { readonly frame: number; readonly id: string } | undefined;
    for (const [frame, ids] of [...frames].toSorted(([a], [b]) => a - b)) {
      const id = ids.find((own) => own === last?.id) ?? ids[0] ?? '';
      counts.set(id, (counts.get(id) ?? 0) + 1);
      owners.set(id, (owners.get(id) ?? new Set()).add(who));
      const before = last;
      if (before !== undefined && before.id !== id) {
        if (cuts.some((cut) => cut > before.frame && cut <= frame)) switchesAcross += 1;
        else switchesWithin += 1;
      }
      last = { frame, id };
    }
    people.set(
      who,
      [...counts].toSorted(([, a], [, b]) => b - a).map(([id]) => id),
    );
  }
  const mixed = [...owners].filter(([, whose]) => whose.size > 1).map(([id]) => id);
  return { people, switchesWithin, switchesAcross, mixed };
}
