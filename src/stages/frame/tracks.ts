import type { FaceFound, FaceSample } from '../../domain/face.ts';
import { rationalToNumber, type Rational } from '../../domain/time.ts';

/** Faces of single frames become people: linked within a shot, and known again in another. All pure. */

/** A stretch of frames, half-open. */
export type FrameSpan = { readonly startFrame: number; readonly endFrame: number };

/** A face that was seen at a frame. */
export type Sighting = { readonly frame: number; readonly face: FaceFound };

/** One person within one shot. */
export type Appearance = {
  /** The person: `p1`, `p2` … in the order of first sight; the same in all shots. */
  readonly id: string;
  /** Index of the shot. */
  readonly shot: number;
  /** In order of frame; gaps in between are short. */
  readonly sightings: readonly Sighting[];
  /** Whether only the head was found, in a shot in which hardly any face is seen: then the "faces" are heads, without features. */
  readonly isFaceless: boolean;
};

/** A face that is away for longer has left; people without one are looked for once a second. In seconds. */
const maxGapSeconds = { face: 1, head: 2.4 };

/** How far a face moves between two looks at most, in its own widths: at once, and more for each second that it was away. */
const reach = { atOnce: 0.6, perSecond: 1.6, most: 1.6 };

/** A face does not become so many times larger or smaller between two looks. */
const maxSizeChange = 1.7;

/** Less alike than this, and it is somebody else even at the same place. */
const otherPersonLikeness = 0.82;

/**
 * Two people whose descriptors are on average more alike are one. Measured on two people in three rooms and ten in one studio:
 * the same person 0.92 to 0.99, others 0.75 to 0.917.
 */
const alikeOnAverage = 0.922;

/** A box that is so many times larger or smaller than those right before and after it, which are alike, was seen wrongly. */
const wrongSize = { change: 1.15, alike: 1.12, seconds: 0.6 };

/** Where one face was followed twice for a moment, that is no second person. In seconds. */
const doubledSeconds = 0.6;

/** What is seen for less than this is no face and nobody, unless the shot is as short. In seconds: of heads, two looks. */
const minSeenSeconds = { face: 0.35, head: 1.5 };

/** Who is seen for less of a shot than this is not what it shows. */
export const leastPresence = 0.12;

/** Links the faces of each shot into people, and gives the same person of several shots one id. Heads stand in where there are none. */
export function findPeople(
  samples: readonly FaceSample[],
  shots: readonly FrameSpan[],
  frameRate: Rational,
): Appearance[] {
  const linked = shots.flatMap((shot, index) => {
    const own = samples.filter(({ frame }) => frame >= shot.startFrame && frame < shot.endFrame);
    const faces = linkFaces(own, shot, frameRate, 'face');
    const seen = new Set(faces.flatMap((sightings) => sightings.map(({ frame }) => frame)));
    const isHardlySeen = seen.size <= leastPresence * own.length;
    const heads = isHardlySeen ? linkFaces(own.flatMap(asHeads), shot, frameRate, 'head') : [];
    const isFaceless = heads.length > 0;
    return (isFaceless ? heads : faces).map((sightings) => ({ shot: index, sightings, isFaceless }));
  });
  return nameThem(linked, rationalToNumber(frameRate));
}

function asHeads({ frame, persons }: FaceSample): FaceSample[] {
  return persons === undefined ? [] : [{ frame, faces: persons }];
}

type Linking = { readonly sightings: Sighting[]; descriptor: readonly number[] | undefined };

function linkFaces(
  samples: readonly FaceSample[],
  shot: FrameSpan,
  frameRate: Rational,
  kind: 'face' | 'head',
): Sighting[][] {
  const fps = rationalToNumber(frameRate);
  const all: Linking[] = [];
  for (const { frame, faces } of samples) {
    const open = all.filter(
      ({ sightings }) => frame - (sightings.at(-1)?.frame ?? 0) <= maxGapSeconds[kind] * fps,
    );
    const pairs = open
      .flatMap((track) => faces.map((face) => ({ track, face, distance: measure(track, face, frame, fps) })))
      .filter(({ distance }) => Number.isFinite(distance))
      .toSorted((a, b) => a.distance - b.distance);
    const taken = new Set<Linking | FaceFound>();
    for (const { track, face } of pairs) {
      if (taken.has(track) || taken.has(face)) continue;
      taken.add(track).add(face);
      track.sightings.push({ frame, face });
      track.descriptor = face.descriptor ?? track.descriptor;
    }
    for (const face of faces) {
      if (!taken.has(face)) all.push({ sightings: [{ frame, face }], descriptor: face.descriptor });
    }
  }
  // Looks are some frames apart: one face in a shot of two looks is seen as well as can be.
  const every = (samples[1]?.frame ?? shot.endFrame) - (samples[0]?.frame ?? shot.startFrame);
  const least = Math.min(minSeenSeconds[kind] * fps, (shot.endFrame - shot.startFrame) * 0.5);
  return all
    .map(({ sightings }) => sightings)
    .filter((sightings) => (sightings.at(-1)?.frame ?? 0) - (sightings[0]?.frame ?? 0) + every > least)
    .map((sightings) => mendSizes(sightings, wrongSize.seconds * fps));
}

/** Boxes that were seen wrongly for one look, over a mask or a hand, put between their neighbours. */
function mendSizes(sightings: readonly Sighting[], frames: number): Sighting[] {
  const change = (one: FaceFound, other: FaceFound, side: 'width' | 'height') =>
    Math.log(one[side] / other[side]);
  return sightings.map(({ frame, face }, index) => {
    const before = sightings[index - 1];
    const after = sightings[index + 1];
    if (before === undefined || after === undefined || after.frame - before.frame > frames)
      return { frame, face };
    const isWrong = (['width', 'height'] as const).some((side) => {
      const [from, to] = [change(face, before.face, side), change(face, after.face, side)];
      const isAlike = Math.abs(change(before.face, after.face, side)) < Math.log(wrongSize.alike);
      return isAlike && from * to > 0 && Math.min(Math.abs(from), Math.abs(to)) > Math.log(wrongSize.change);
    });
    if (!isWrong) return { frame, face };
    const { x, y, width, height } = mixFaces(
      before.face,
      after.face,
      (frame - before.frame) / (after.frame - before.frame),
    );
    return { frame, face: Object.assign({}, face, { x, y, width, height }) };
  });
}

/** How unlike a track's next sighting a face is; infinite where it cannot be. */
function measure({ sightings, descriptor }: Linking, face: FaceFound, frame: number, fps: number): number {
  const last = sightings.at(-1);
  if (last === undefined) return Infinity;
  const size = (last.face.width + face.width) / 2;
  const change = Math.abs(Math.log(face.height / last.face.height));
  const away = Math.hypot(
    face.x + face.width / 2 - last.face.x - last.face.width / 2,
    face.y + face.height / 2 - last.face.y - last.face.height / 2,
  );
  const seconds = (frame - last.frame) / fps;
  const isFar = away / size > Math.min(reach.most, reach.atOnce + reach.perSecond * seconds);
  if (isFar || change > Math.log(maxSizeChange)) return Infinity;
  const likeness = compare(descriptor, face.descriptor);
  if (likeness !== undefined && likeness < otherPersonLikeness) return Infinity;
  return away / size + change + (likeness === undefined ? 0 : 2 * (1 - likeness));
}

function compare(one: readonly number[] | undefined, other: readonly number[] | undefined) {
  if (one === undefined || other === undefined) return undefined;
  return one.reduce((sum, value, index) => sum + value * (other[index] ?? 0), 0);
}

type Part = Omit<Appearance, 'id'>;
type Person = { readonly id: string; readonly parts: Part[]; readonly descriptors: (readonly number[])[] };

/** Nobody is in two places at once: who is seen beside somebody is somebody else. */
function nameThem(linked: readonly Part[], fps: number): Appearance[] {
  const people: Person[] = [];
  const first = ({ sightings }: Part) => sightings[0]?.frame ?? 0;
  const named: Appearance[] = [];
  for (const part of linked.toSorted((a, b) => first(a) - first(b))) {
    const descriptors = part.sightings.flatMap(({ face }) =>
      face.descriptor === undefined ? [] : [face.descriptor],
    );
    const known = people
      .filter((person) => !person.parts.some((other) => isBeside(part, other, doubledSeconds * fps)))
      .map((person) => ({ person, likeness: meanLikeness(descriptors, person.descriptors) }))
      .filter(({ likeness }) => likeness >= alikeOnAverage)
      .toSorted((a, b) => b.likeness - a.likeness)[0]?.person;
    const person = known ?? { id: `p${people.length + 1}`, parts: [], descriptors: [] };
    if (known === undefined) people.push(person);
    person.parts.push(part);
    person.descriptors.push(...descriptors);
    named.push({ id: person.id, ...part });
  }
  return named;
}

/** Whether two are seen at the same time, for longer than one face may be followed twice. */
function isBeside(one: Part, other: Part, frames: number): boolean {
  const from = Math.max(one.sightings[0]?.frame ?? 0, other.sightings[0]?.frame ?? 0);
  const to = Math.min(one.sightings.at(-1)?.frame ?? 0, other.sightings.at(-1)?.frame ?? 0);
  return to - from > frames;
}

/** How alike two people's descriptors are on average; 0 where one has none. */
function meanLikeness(ones: readonly (readonly number[])[], others: readonly (readonly number[])[]): number {
  if (ones.length === 0 || others.length === 0) return 0;
  // The mean of all products is the product of the means.
  const mean = (vectors: readonly (readonly number[])[]) =>
    (vectors[0] ?? []).map(
      (_, index) => vectors.reduce((sum, vector) => sum + (vector[index] ?? 0), 0) / vectors.length,
    );
  return compare(mean(ones), mean(others)) ?? 0;
}

/** The faces of a person at every frame of a stretch: in a straight line between two looks, undefined where they are away. */
export function followAppearance(
  parts: readonly Appearance[],
  { startFrame, endFrame }: FrameSpan,
  holdFrames: number,
): (FaceFound | undefined)[] {
  const sightings = parts.flatMap((part) => part.sightings).toSorted((a, b) => a.frame - b.frame);
  const faces: (FaceFound | undefined)[] = [];
  let next = 0;
  for (let frame = startFrame; frame < endFrame; frame += 1) {
    while ((sightings[next]?.frame ?? Infinity) <= frame) next += 1;
    const before = sightings[next - 1];
    const after = sightings[next];
    const sinceBefore = before === undefined ? Infinity : frame - before.frame;
    const untilAfter = after === undefined ? Infinity : after.frame - frame;
    if (before !== undefined && after !== undefined && sinceBefore + untilAfter <= 4 * holdFrames) {
      faces.push(mixFaces(before.face, after.face, sinceBefore / (sinceBefore + untilAfter)));
    } else if (sinceBefore <= holdFrames) faces.push(before?.face);
    else faces.push(untilAfter <= holdFrames ? after?.face : undefined);
  }
  return faces;
}

function mixFaces(from: FaceFound, to: FaceFound, share: number): FaceFound {
  const mix = (a: number, b: number) => a + (b - a) * share;
  const point = (key: 'eyeLeft' | 'eyeRight') => {
    const [a, b] = [from[key], to[key]];
    return a === undefined || b === undefined ? (a ?? b) : { x: mix(a.x, b.x), y: mix(a.y, b.y) };
  };
  const [eyeLeft, eyeRight] = [point('eyeLeft'), point('eyeRight')];
  return {
    x: mix(from.x, to.x),
    y: mix(from.y, to.y),
    width: mix(from.width, to.width),
    height: mix(from.height, to.height),
    score: mix(from.score, to.score),
    ...(eyeLeft === undefined ? {} : { eyeLeft }),
    ...(eyeRight === undefined ? {} : { eyeRight }),
  };
}
