import type { Weight } from './flat-weights.ts';
import { GraphBuilder, weightOf } from './graph-builder.ts';

/**
 * A single-shot detector on MobileNet v1, trained on WIDER FACE, whose weights `@vladmandic/face-api` carries: its layers are
 * those of that package's `ssdMobilenetv1`. It is fully convolutional, so it takes pictures of any shape here.
 */

/** Added to a variance, as TensorFlow's batch normalisation in this model does. */
const epsilon = 0.001;

/** Layers that halve the picture, beside the first. */
const halvingLayers = new Set([2, 4, 6, 12]);

/** As SAME in TensorFlow for an even size; an odd one keeps the same grid, so that boxes stay in place. */
const evenPads = [0, 0, 2, 2] as const;

/** px of the picture between two cells, for each of the six grids on which boxes are proposed. */
export const finderStrides = [16, 32, 64, 128, 256, 512] as const;

/** Boxes that are proposed at each cell of the six grids. */
export const finderBoxesPerCell = [3, 6, 6, 6, 6, 6] as const;

/** The graph: `picture` [batch, height, width, 3] of 8 bits to `boxes` [batch, n, 4] and `scores` [batch, n, 3], not decoded. */
export function buildFinderGraph(weights: ReadonlyMap<string, Weight>): Uint8Array {
  const graph = new GraphBuilder();
  const point = (value: string, name: string, stride = 1): string => {
    const weight = weightOf(weights, `${name}/weights`);
    const bias = weightOf(weights, `${name}/convolution_bn_offset`).data;
    const pads = weight.shape[0] === 1 ? [0, 0, 0, 0] : stride === 2 ? evenPads : [1, 1, 1, 1];
    return graph.clip(graph.convolve(value, weight, bias, { stride, pads }), 0, 6);
  };
  const each = (value: string, name: string, stride: number): string => {
    const { weight, bias } = foldNormalisation(weights, name);
    const pads = stride === 2 ? evenPads : [1, 1, 1, 1];
    return graph.clip(graph.convolveEach(value, weight, bias, { stride, pads }), 0, 6);
  };

  let value = graph.picture('picture', ['height', 'width'], { scale: 1 / 127.5, offset: [-1, -1, -1] });
  value = point(value, 'MobilenetV1/Conv2d_0_pointwise', 2);
  const features: string[] = [];
  for (let layer = 1; layer <= 13; layer++) {
    value = each(value, `MobilenetV1/Conv2d_${layer}_depthwise`, halvingLayers.has(layer) ? 2 : 1);
    value = point(value, `MobilenetV1/Conv2d_${layer}_pointwise`);
    if (layer === 11 || layer === 13) features.push(value);
  }
  for (let layer = 0; layer <= 7; layer++) {
    value = point(value, `Prediction/Conv2d_${layer}_pointwise`, layer % 2 === 0 ? 1 : 2);
    if (layer % 2 === 1) features.push(value);
  }
  const predict = (feature: string, grid: number, kind: string, size: number): string => {
    const name = `Prediction/BoxPredictor_${grid}/${kind}`;
    const bias = weightOf(weights, `${name}/biases`).data;
    return graph.list(graph.convolve(feature, weightOf(weights, `${name}/weights`), bias), size);
  };
  const boxes = features.map((feature, grid) => predict(feature, grid, 'BoxEncodingPredictor', 4));
  const scores = features.map((feature, grid) => predict(feature, grid, 'ClassPredictor', 3));
  graph.output('boxes', graph.add('Concat', boxes, { axis: 1 }), ['batch', 'n', 4]);
  graph.output('scores', graph.add('Concat', scores, { axis: 1 }), ['batch', 'n', 3]);
  return graph.write();
}

function foldNormalisation(
  weights: ReadonlyMap<string, Weight>,
  name: string,
): { weight: Weight; bias: Float32Array } {
  const { shape, data } = weightOf(weights, `${name}/depthwise_weights`);
  const of = (part: string) => weightOf(weights, `${name}/BatchNorm/${part}`).data;
  const [gamma, beta, mean, variance] = [of('gamma'), of('beta'), of('moving_mean'), of('moving_variance')];
  const factors = gamma.map((value, channel) => value / Math.sqrt(variance[channel]! + epsilon));
  return {
    weight: { shape, data: data.map((value, index) => value * factors[index % factors.length]!) },
    bias: beta.map((value, channel) => value - mean[channel]! * factors[channel]!),
  };
}
