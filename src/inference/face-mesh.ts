import { readFile } from 'node:fs/promises';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { buildLayersGraph, layersModelSchema } from './layers-graph.ts';
import { fromSquare, sampleSquare, type Picture, type Square } from './sample-picture.ts';
import { locateWeights } from './weights.ts';

/**
 * MediaPipe's face mesh: 468 points of a face in a square around it
 * (https://storage.googleapis.com/mediapipe-assets/Model%20Card%20MediaPipe%20Face%20Mesh%20V2.pdf), as `@vladmandic/human` carries it.
 */

/** Side of the square that the model sees, px. */
const meshSize = 192;

/** How much larger than the face the square is: the model was trained on faces with a quarter of their size around them. */
const squareOverFace = 1.5;

/** Heads that are tilted more than this, in radians, are looked at again upright. */
const uprightTurn = 0.17;

/** Points of the mesh (https://github.com/google-ai-edge/mediapipe, `canonical_face_model_uv_visualization.png`). */
const points = {
  eyeLeft: [33, 133],
  eyeRight: [263, 362],
  mouthCorners: [78, 308],
  /** Inner lips from above and below, in the middle and beside it. */
  lips: [
    [13, 14],
    [82, 87],
    [312, 317],
  ],
} as const;

/** The features of a face, px of the picture. */
export type MeshFace = {
  x: number;
  y: number;
  width: number;
  height: number;
  /** How likely there is a face at all, 0 to 1. */
  presence: number;
  eyeLeft: { x: number; y: number };
  eyeRight: { x: number; y: number };
  /** How far the lips are apart over the mouth's width, 0 to 1. */
  mouthOpen: number;
  /** How far the head is tilted clockwise, in radians. */
  turn: number;
};

/** Finds the features of one face, given where it is. */
export type MeshModel = (
  picture: Picture,
  near: { x: number; y: number; width: number; height: number; turn?: number },
) => Promise<MeshFace>;

/** Opens the model. @throws tool.weights_missing */
export async function openMeshModel(): Promise<MeshModel> {
  const paths = locateWeights('face-mesh');
  const [json, bytes] = await Promise.all([
    readFile(paths['mesh.json'] ?? '', 'utf8'),
    readFile(paths['mesh.bin'] ?? ''),
  ]);
  const model = buildLayersGraph(layersModelSchema.parse(JSON.parse(json)), bytes, {
    input: { height: meshSize, width: meshSize, scale: 1 / 255, offset: [0, 0, 0] },
    outputs: {
      mesh: { node: 'Identity_2', size: 468 * 3 },
      presence: { node: 'Identity_1', size: 1 },
    },
  });
  const session = await InferenceSession.create(model, { intraOpNumThreads: 1, interOpNumThreads: 1 });
  const look = async (picture: Picture, square: Square): Promise<MeshFace> => {
    const data = sampleSquare(picture, square, meshSize);
    const result = await session.run({ picture: new Tensor('uint8', data, [1, meshSize, meshSize, 3]) });
    const presence = (result['presence']!.data as Float32Array)[0]!;
    return describeMesh(result['mesh']!.data as Float32Array, square, presence);
  };
  return async (picture, near) => {
    const square = {
      centerX: near.x + near.width / 2,
      centerY: near.y + near.height / 2,
      side: Math.max(near.width, near.height) * squareOverFace,
      turn: near.turn ?? 0,
    };
    const first = await look(picture, square);
    if (first.presence < 0.1 || Math.abs(first.turn - square.turn) <= uprightTurn) return first;
    return look(picture, { ...square, turn: first.turn });
  };
}

/** Reads a face's box and features from its 468 points. Pure. */
function describeMesh(mesh: Float32Array, square: Square, presence: number): MeshFace {
  const at = (index: number) =>
    fromSquare(square, meshSize, { x: mesh[index * 3]!, y: mesh[index * 3 + 1]! });
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let index = 0; index < mesh.length / 3; index++) {
    const { x, y } = at(index);
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  const eyeLeft = middle(at(points.eyeLeft[0]), at(points.eyeLeft[1]));
  const eyeRight = middle(at(points.eyeRight[0]), at(points.eyeRight[1]));
  const mouthWidth = distance(at(points.mouthCorners[0]), at(points.mouthCorners[1]));
  const gap = points.lips.reduce((sum, [upper, lower]) => sum + distance(at(upper), at(lower)), 0) / 3;
  return {
    x: left,
    y: top,
    width: right - left,
    height: bottom - top,
    presence,
    eyeLeft,
    eyeRight,
    mouthOpen: mouthWidth === 0 ? 0 : Math.min(1, gap / mouthWidth),
    turn: Math.atan2(eyeRight.y - eyeLeft.y, eyeRight.x - eyeLeft.x),
  };
}

function middle(a: { x: number; y: number }, b: { x: number; y: number }) {
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
}

function distance(a: { x: number; y: number }, b: { x: number; y: number }): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}
