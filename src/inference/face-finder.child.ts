import { InferenceSession, Tensor } from 'onnxruntime-node';
import { serveParent } from '../process/child.ts';
import { decodeBoxes, keepSurest, overlapOf, readCellBoxes, type ScoredBox } from './face-boxes.ts';
import { buildFinderGraph } from './face-finder-graph.ts';
import type { Box, FaceReply, FaceRequest, SeenFace, SeenPerson } from './face-finder.ts';
import { openMeshModel, type MeshFace, type MeshModel } from './face-mesh.ts';
import { openPrintModel, type PrintModel } from './face-print.ts';
import { readWeights } from './flat-weights.ts';
import { weightOf } from './graph-builder.ts';
import { openPersonModel, type PersonModel } from './person-model.ts';
import { resizePicture, sampleSquare, type Picture } from './sample-picture.ts';
import { locateWeights } from './weights.ts';

/** The process in which faces are found: a detector over the whole picture, and a mesh on each face; people, where there is none. */

/**
 * A box that the detector is so sure of is looked at by the mesh, which tells faces from what only looks alike. On 43 faces of
 * hand-drawn truth: 0.5 alone finds 42; 0.3 finds all and two things more, to which the mesh gives less than 0.02 (faces: 0.84).
 */
const minScore = 0.3;
const minPresence = 0.5;

/** A face that the mesh does not know is kept when the detector is so sure: profiles, masks, backlight. */
const sureScore = 0.85;

/** One that was there a moment ago is kept, without features, when the detector is so sure. */
const followedScore = 0.3;

/** Boxes that share more are one face. */
const maxOverlap = 0.4;

/** A followed face stays where it was: it shares at least so much with its place before, and changes no more in size. */
const leastFollowed = 0.15;
const mostGrowth = 1.6;

/** So many faces are looked at closely, the surest first: a crowd has no subject. */
const maxFaces = 12;

/**
 * Pixels that the detector sees: 512 × 288, never more than there are; and 1024 × 576, blown up where there are fewer. Large
 * faces that are blurred it only finds in few pixels (out of focus by a 60th of their width, three of three against none), so
 * a thorough look is one at both.
 */
const quickPixels = 512 * 288;
const thoroughPixels = 1024 * 576;

/** Where the other half found somebody, what only the quick half of a thorough look finds must be so sure: it takes busts for faces. */
const onlyQuickScore = 0.65;

/** Of two faces one lies in the other by no more than this part of the smaller one. */
const mostInside = 0.7;

/** Around a face that is lost, the detector looks at a square so many times its size, on so many px: a fifth of a quick look's time. */
const aroundFace = 4;
const aroundSize = 160;

/** A face is described when it is so tall, in px, and its box at most so many times as tall as its eyes are apart (2.8: straight on). */
const describedHeight = 24;
const describedAspect = 3.4;

type Models = {
  readonly find: (picture: Picture) => Promise<ScoredBox[]>;
  readonly mesh: MeshModel;
  readonly print: PrintModel;
};

let models: Promise<Models> | undefined;
let persons: Promise<PersonModel> | undefined;

serveParent({
  async look(request: FaceRequest, { signal }): Promise<FaceReply> {
    models ??= openModels();
    const opened = await models;
    const { picture, near, describe } = request;
    const followed: (MeshFace | undefined)[] = [];
    for (const box of near) {
      signal.throwIfAborted();
      const face = await opened.mesh(picture, box);
      const isSame =
        face.presence >= minPresence &&
        overlapOf(face, box) >= leastFollowed &&
        Math.max(face.width / box.width, box.width / face.width) <= mostGrowth;
      const isOther = followed.some((other) => other !== undefined && overlapOf(other, face) > maxOverlap);
      followed.push(isSame && !isOther ? face : undefined);
    }
    const faces: SeenFace[] = followed.flatMap((face, index) =>
      face === undefined ? [] : [{ ...seenFace(face), followed: index }],
    );
    for (const [index, box] of near.entries()) {
      if (followed[index] !== undefined) continue;
      signal.throwIfAborted();
      const face = await findAround(picture, box, opened);
      if (face !== undefined && faces.every((other) => overlapOf(other, face) <= maxOverlap)) {
        faces.push({ ...face, followed: index });
      }
    }
    const isLost = faces.length < near.length;
    const how = request.find === 'when-lost' ? (isLost ? 'quick' : 'never') : request.find;
    if (how !== 'never') await addFound(faces, request, how, opened, signal);
    if (how === 'thorough') {
      await addFound(faces, request, 'quick', opened, signal, faces.length === 0 ? 0 : onlyQuickScore);
    }
    if (describe) {
      for (const face of faces) await describeFace(face, picture, opened.print);
    }
    return { faces, found: how !== 'never' };
  },
  async findPersons(picture: Picture): Promise<SeenPerson[]> {
    persons ??= openPersonModel();
    return (await persons)(picture);
  },
});

/** Looks with the detector where a face was, which has turned aside, is half covered, or has moved fast. */
async function findAround(
  picture: Picture,
  near: Box,
  { find, mesh }: Models,
): Promise<SeenFace | undefined> {
  const side = Math.max(near.width, near.height) * aroundFace;
  const centerX = near.x + near.width / 2;
  const centerY = near.y + near.height / 2;
  const data = sampleSquare(picture, { centerX, centerY, side, turn: 0 }, aroundSize);
  const scale = side / aroundSize;
  const [box] = (await find({ width: aroundSize, height: aroundSize, data }))
    .map(({ x, y, width, height, score }) => ({
      x: centerX - side / 2 + x * scale,
      y: centerY - side / 2 + y * scale,
      width: width * scale,
      height: height * scale,
      score,
    }))
    .filter((found) => Math.max(found.width / near.width, near.width / found.width) <= mostGrowth)
    .toSorted((a, b) => distanceOf(a, near) - distanceOf(b, near));
  if (box === undefined || distanceOf(box, near) > near.width) return undefined;
  const face = await mesh(picture, box);
  const isFace = face.presence >= minPresence && overlapOf(face, box) > leastFollowed;
  if (isFace) return { ...seenFace(face), score: box.score };
  return box.score >= followedScore && overlapOf(box, near) >= leastFollowed ? box : undefined;
}

function distanceOf(a: Box, b: Box): number {
  return Math.hypot(a.x + a.width / 2 - b.x - b.width / 2, a.y + a.height / 2 - b.y - b.height / 2);
}

/** Two boxes of one face: they overlap, or one is a mouth and a nose in the other. */
function isSamePlace(one: Box, other: Box): boolean {
  if (overlapOf(one, other) > maxOverlap) return true;
  const length = (from: number, size: number, otherFrom: number, otherSize: number) =>
    Math.max(0, Math.min(from + size, otherFrom + otherSize) - Math.max(from, otherFrom));
  const shared =
    length(one.x, one.width, other.x, other.width) * length(one.y, one.height, other.y, other.height);
  return shared > mostInside * Math.min(one.width * one.height, other.width * other.height);
}

/** Adds the faces that the detector finds and that are not there yet. */
async function addFound(
  faces: SeenFace[],
  { picture, near }: FaceRequest,
  how: 'quick' | 'thorough',
  { find, mesh }: Models,
  signal: AbortSignal,
  leastScore = 0,
): Promise<void> {
  for (const box of await findAt(picture, how, find)) {
    signal.throwIfAborted();
    if (faces.length >= maxFaces) return;
    if (box.score < leastScore || faces.some((other) => isSamePlace(other, box))) continue;
    // A face that was there a moment ago needs less: it has turned aside, or is half covered.
    const before = near.findIndex(
      (other, index) => overlapOf(other, box) > maxOverlap && faces.every((face) => face.followed !== index),
    );
    const followed = before === -1 ? {} : { followed: before };
    const face = await mesh(picture, box);
    if (face.presence >= minPresence && overlapOf(face, box) > leastFollowed) {
      if (faces.some((other) => isSamePlace(other, face))) continue;
      faces.push({ ...seenFace(face), score: box.score, ...followed });
    } else if (box.score >= (before === -1 ? sureScore : followedScore)) faces.push({ ...box, ...followed });
  }
}

async function findAt(
  picture: Picture,
  how: 'quick' | 'thorough',
  find: Models['find'],
): Promise<ScoredBox[]> {
  const { width, height } = picture;
  const wanted = Math.sqrt((how === 'quick' ? quickPixels : thoroughPixels) / (width * height));
  const scale = how === 'quick' ? Math.min(1, wanted) : wanted;
  const resized = resizePicture(
    picture,
    Math.max(1, Math.round(width * scale)),
    Math.max(1, Math.round(height * scale)),
  );
  const back = width / resized.width;
  const boxes = await find(resized);
  return boxes.map(({ x, y, width: across, height: down, score }) => ({
    x: x * back,
    y: y * back,
    width: across * back,
    height: down * back,
    score,
  }));
}

async function describeFace(face: SeenFace, picture: Picture, print: PrintModel): Promise<void> {
  const { eyeLeft, eyeRight, height } = face;
  if (eyeLeft === undefined || eyeRight === undefined || height < describedHeight) return;
  const apart = Math.hypot(eyeRight.x - eyeLeft.x, eyeRight.y - eyeLeft.y);
  if (height > apart * describedAspect) return;
  face.descriptor = await print(picture, { height, eyeLeft, eyeRight });
}

function seenFace({ x, y, width, height, presence, eyeLeft, eyeRight, mouthOpen }: MeshFace): SeenFace {
  return { x, y, width, height, score: presence, eyeLeft, eyeRight, mouthOpen };
}

async function openModels(): Promise<Models> {
  const [find, mesh, print] = await Promise.all([openFinder(), openMeshModel(), openPrintModel()]);
  return { find, mesh, print };
}

async function openFinder(): Promise<Models['find']> {
  const paths = locateWeights('face-api');
  const weights = await readWeights(paths['finder.json'] ?? '', paths['finder.bin'] ?? '');
  const session = await InferenceSession.create(buildFinderGraph(weights), {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
  });
  const cells = readCellBoxes(weightOf(weights, 'Output/extra_dim'));
  return async ({ width, height, data }) => {
    const result = await session.run({ picture: new Tensor('uint8', data, [1, height, width, 3]) });
    const raw = {
      boxes: result['boxes']!.data as Float32Array,
      scores: result['scores']!.data as Float32Array,
    };
    return keepSurest(decodeBoxes(cells, raw, { width, height }, minScore), maxOverlap);
  };
}
