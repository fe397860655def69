import { readFile } from 'node:fs/promises';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { ScoredBox } from './face-boxes.ts';
import { buildLayersGraph, layersModelSchema } from './layers-graph.ts';
import { findHeads } from './person-points.ts';
import { resizePicture, type Picture } from './sample-picture.ts';
import { locateWeights } from './weights.ts';

/**
 * Google's MoveNet Lightning: the points of a body
 * (https://github.com/tensorflow/tfhub.dev/blob/master/assets/docs/google/models/movenet/singlepose/lightning/4.md), as
 * `@vladmandic/human` carries it. It ends in one body, the most central; its maps know of all of them, and are taken instead.
 */

/** The longer side of what the model sees, px: people near the camera are found in the first, small ones, if there is nobody, in the second. */
const longSides = [288, 448];

/** The model halves a picture five times and doubles it three times: its sides are multiples of this. */
const sideStep = 32;
const stride = 4;

/** Where in the model the numbers of the picture, -1 to 1, come in, and which of its values are taken. */
const inputNode = 'StatefulPartitionedCall/sub_1';
const outputs = {
  centers: { node: 'StatefulPartitionedCall/Sigmoid_1', size: 1 },
  points: { node: 'StatefulPartitionedCall/Sigmoid', size: 17 },
  regress: { node: 'StatefulPartitionedCall/kpt_regress_0/conv2d_6/BiasAdd', size: 34 },
  offsets: { node: 'StatefulPartitionedCall/kpt_offset_0/conv2d_7/BiasAdd', size: 34 },
} as const;

/** Finds the heads of people, whether or not their faces are seen. */
export type PersonModel = (picture: Picture) => Promise<ScoredBox[]>;

/** Opens the model. @throws tool.weights_missing */
export async function openPersonModel(): Promise<PersonModel> {
  const paths = locateWeights('body-points');
  const [json, bytes] = await Promise.all([
    readFile(paths['points.json'] ?? '', 'utf8'),
    readFile(paths['points.bin'] ?? ''),
  ]);
  const model = buildLayersGraph(layersModelSchema.parse(JSON.parse(json)), bytes, {
    input: { node: inputNode, height: 'height', width: 'width', scale: 1 / 127.5, offset: [-1, -1, -1] },
    outputs,
  });
  const session = await InferenceSession.create(model, { intraOpNumThreads: 1, interOpNumThreads: 1 });
  const look = async (picture: Picture, longSide: number): Promise<ScoredBox[]> => {
    const scale = longSide / Math.max(picture.width, picture.height);
    const side = (length: number) => Math.max(1, Math.round((length * scale) / sideStep)) * sideStep;
    const { width, height, data } = resizePicture(picture, side(picture.width), side(picture.height));
    const result = await session.run({ picture: new Tensor('uint8', data, [1, height, width, 3]) });
    const map = (name: keyof typeof outputs) => result[name]!.data as Float32Array;
    return findHeads(
      { centers: map('centers'), points: map('points'), regress: map('regress'), offsets: map('offsets') },
      {
        columns: width / stride,
        rows: height / stride,
        cellWidth: (stride * picture.width) / width,
        cellHeight: (stride * picture.height) / height,
      },
    );
  };
  return async (picture) => {
    for (const longSide of longSides) {
      const heads = await look(picture, longSide);
      if (heads.length > 0) return heads;
    }
    return [];
  };
}
