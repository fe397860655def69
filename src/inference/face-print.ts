import { InferenceSession, Tensor } from 'onnxruntime-node';
import { readWeights, type Weight } from './flat-weights.ts';
import { GraphBuilder, weightOf } from './graph-builder.ts';
import { sampleSquare, type Picture } from './sample-picture.ts';
import { locateWeights } from './weights.ts';

/**
 * dlib's face recognition network (https://github.com/davisking/dlib-models, `dlib_face_recognition_resnet_model_v1`, public
 * domain): a residual network that says what a person looks like in 128 numbers. `@vladmandic/face-api` carries its weights.
 */

/** Side of the picture that the model sees, px. */
const printSize = 150;

/**
 * Where dlib puts the eyes in that picture (`get_face_chip_details` with a padding of 0.25): so far apart, and the middle
 * between them so far above the picture's own, in parts of its side.
 */
const eyesApart = 0.3503;
const eyesAbove = 0.186;

/** A face that looks aside has its eyes closer together: its picture is at least so many times as tall as the mesh's box. */
const leastOverHeight = 1.2;

/** Says what a person looks like. */
export type PrintModel = (
  picture: Picture,
  face: { height: number; eyeLeft: { x: number; y: number }; eyeRight: { x: number; y: number } },
) => Promise<number[]>;

/** Opens the model. @throws tool.weights_missing */
export async function openPrintModel(): Promise<PrintModel> {
  const paths = locateWeights('face-api');
  const weights = await readWeights(paths['print.json'] ?? '', paths['print.bin'] ?? '');
  const session = await InferenceSession.create(buildPrintGraph(weights), {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
  });
  return async (picture, { height, eyeLeft, eyeRight }) => {
    const across = { x: eyeRight.x - eyeLeft.x, y: eyeRight.y - eyeLeft.y };
    const turn = Math.atan2(across.y, across.x);
    const side = Math.max(Math.hypot(across.x, across.y) / eyesApart, height * leastOverHeight);
    const below = eyesAbove * side;
    const square = {
      centerX: (eyeLeft.x + eyeRight.x) / 2 - below * Math.sin(turn),
      centerY: (eyeLeft.y + eyeRight.y) / 2 + below * Math.cos(turn),
      side,
      turn,
    };
    const data = sampleSquare(picture, square, printSize);
    const result = await session.run({ picture: new Tensor('uint8', data, [1, printSize, printSize, 3]) });
    const print = [...(result['print']!.data as Float32Array)];
    const length = Math.hypot(...print);
    return print.map((value) => value / length);
  };
}

/** The graph: `picture` [batch, 150, 150, 3] of 8 bits to `print` [batch, 1, 128]. */
export function buildPrintGraph(weights: ReadonlyMap<string, Weight>): Uint8Array {
  const graph = new GraphBuilder();
  const mean = [122.782, 117.001, 104.298] as const;
  let value = graph.picture('picture', [printSize, printSize], {
    scale: 1 / 255,
    offset: [-mean[0] / 255, -mean[1] / 255, -mean[2] / 255],
  });
  const layer = (input: string, name: string, stride: 1 | 2): string => {
    const { weight, bias } = foldScale(weights, name);
    // Layers that halve see nothing beyond the edge.
    return graph.convolve(input, weight, bias, stride === 2 ? { stride, pads: [0, 0, 0, 0] } : {});
  };
  const relu = (input: string): string => graph.add('Relu', [input]);
  value = relu(layer(value, 'conv32_down', 2));
  value = graph.add('MaxPool', [value], { kernel_shape: [3, 3], strides: [2, 2] });
  const same = (name: string): void => {
    const inner = layer(relu(layer(value, `${name}/conv1`, 1)), `${name}/conv2`, 1);
    value = relu(graph.add('Add', [inner, value]));
  };
  const halve = (name: string, more: number, isShort: boolean): void => {
    let inner = layer(relu(layer(value, `${name}/conv1`, 2)), `${name}/conv2`, 1);
    // The convolution loses a row and a column that averaging keeps.
    if (isShort) inner = graph.add('Pad', [inner, graph.integers([0, 0, 0, 0, 0, 0, 1, 1])]);
    let mean2 = graph.add('AveragePool', [value], { kernel_shape: [2, 2], strides: [2, 2] });
    if (more > 0) mean2 = graph.add('Pad', [mean2, graph.integers([0, 0, 0, 0, 0, more, 0, 0])]);
    value = relu(graph.add('Add', [mean2, inner]));
  };
  for (const name of ['conv32_1', 'conv32_2', 'conv32_3']) same(name);
  halve('conv64_down', 32, false);
  for (const name of ['conv64_1', 'conv64_2', 'conv64_3']) same(name);
  halve('conv128_down', 64, false);
  for (const name of ['conv128_1', 'conv128_2']) same(name);
  halve('conv256_down', 128, true);
  for (const name of ['conv256_1', 'conv256_2']) same(name);
  halve('conv256_down_out', 0, true);
  const whole = graph.list(graph.add('GlobalAveragePool', [value]), 256);
  const fc = weightOf(weights, 'fc');
  graph.output('print', graph.add('MatMul', [whole, graph.constant(fc.data, fc.shape)]), ['batch', 1, 128]);
  return graph.write();
}

/** A convolution and the scaling after it, as one. */
function foldScale(
  weights: ReadonlyMap<string, Weight>,
  name: string,
): { weight: Weight; bias: Float32Array } {
  const { shape, data } = weightOf(weights, `${name}/conv/filters`);
  const bias = weightOf(weights, `${name}/conv/bias`).data;
  const factors = weightOf(weights, `${name}/scale/weights`).data;
  const added = weightOf(weights, `${name}/scale/biases`).data;
  return {
    weight: { shape, data: data.map((value, index) => value * factors[index % factors.length]!) },
    bias: bias.map((value, channel) => value * factors[channel]! + added[channel]!),
  };
}
