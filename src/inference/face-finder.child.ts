import { InferenceSession, Tensor } from 'onnxruntime-node';
import { serveParent } from '../process/child.ts';
import { decodeBoxes, keepSurest, overlapOf, readCellBoxes, type ScoredBox } from './face-boxes.ts';
import { buildFinderGraph } from './face-finder-graph.ts';
import type { FaceReply, FaceRequest, SeenFace } from './face-finder.ts';
import { openMeshModel, type MeshFace, type MeshModel } from './face-mesh.ts';
import { readWeights, type Weight } from './flat-weights.ts';
import { weightOf } from './graph-builder.ts';
import type { Picture } from './sample-picture.ts';
import { locateWeights } from './weights.ts';

/** The process in which faces are found: a detector over the whole picture, and a mesh on each face. */

/**
 * A box that the detector is so sure of is looked at by the mesh, which tells faces from what only looks alike. On 43 faces of
 * hand-drawn truth: 0.5 alone finds 42; 0.3 finds all and two things more, to which the mesh gives less than 0.02 (faces: 0.84).
 */
const minScore = 0.3;
const minPresence = 0.5;

/** A face that the mesh does not know is kept when the detector is so sure: profiles, masks, backlight. */
const sureScore = 0.85;

/** Boxes that share more are one face. */
const maxOverlap = 0.4;

/** A followed face stays where it was: it shares at least so much with its place before, and changes no more in size. */
const leastFollowed = 0.15;
const mostGrowth = 1.6;

/** So many faces are looked at closely, the surest first: a crowd has no subject. */
const maxFaces = 12;

type Models = {
  readonly find: (picture: Picture) => Promise<ScoredBox[]>;
  readonly mesh: MeshModel;
};

let models: Promise<Models> | undefined;

serveParent({
  async look(request: FaceRequest, { signal }): Promise<FaceReply> {
    models ??= openModels();
    const { find, mesh } = await models;
    const { picture, near } = request;
    const faces: SeenFace[] = [];
    let isLost = false;
    for (const [index, box] of near.entries()) {
      signal.throwIfAborted();
      const face = await mesh(picture, box);
      const isSame =
        face.presence >= minPresence &&
        overlapOf(face, box) >= leastFollowed &&
        Math.max(face.width / box.width, box.width / face.width) <= mostGrowth;
      if (isSame && faces.every((other) => overlapOf(other, face) <= maxOverlap)) {
        faces.push({ ...seenFace(face), followed: index });
      } else isLost = true;
    }
    const found = request.find === 'always' || isLost;
    for (const box of found ? await find(picture) : []) {
      signal.throwIfAborted();
      if (faces.length >= maxFaces) break;
      if (faces.some((other) => overlapOf(other, box) > maxOverlap)) continue;
      const face = await mesh(picture, box);
      if (face.presence >= minPresence && overlapOf(face, box) > leastFollowed) {
        if (faces.some((other) => overlapOf(other, face) > maxOverlap)) continue;
        faces.push({ ...seenFace(face), score: box.score });
      } else if (box.score >= sureScore) faces.push(box);
    }
    return { faces, found };
  },
});

function seenFace({ x, y, width, height, presence, eyeLeft, eyeRight, mouthOpen }: MeshFace): SeenFace {
  return { x, y, width, height, score: presence, eyeLeft, eyeRight, mouthOpen };
}

async function openModels(): Promise<Models> {
  const paths = locateWeights('face-api');
  const [weights, mesh] = await Promise.all([
    readWeights(paths['finder.json'] ?? '', paths['finder.bin'] ?? ''),
    openMeshModel(),
  ]);
  return { find: await openFinder(weights), mesh };
}

async function openFinder(weights: ReadonlyMap<string, Weight>): Promise<Models['find']> {
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
