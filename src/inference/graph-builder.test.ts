import { InferenceSession, Tensor } from 'onnxruntime-node';
import { expect, it } from 'vitest';
import { GraphBuilder, weightOf } from './graph-builder.ts';
import { buildLayersGraph, layersModelSchema } from './layers-graph.ts';

/** A picture of 4 × 4, red 0 to 15 row by row, green ten times as much, no blue. */
const picture = Uint8Array.from({ length: 48 }, (_, at) =>
  at % 3 === 0 ? at / 3 : at % 3 === 1 ? ((at - 1) / 3) * 10 : 0,
);

async function runOn(model: Uint8Array, output: string): Promise<number[]> {
  const session = await InferenceSession.create(model);
  const result = await session.run({ picture: new Tensor('uint8', picture, [1, 4, 4, 3]) });
  return [...(result[output]!.data as Float32Array)];
}

it('convolves with weights in the order of TensorFlow, and ends as SAME does', async () => {
  const graph = new GraphBuilder();
  const value = graph.picture('picture', ['height', 'width'], { scale: 1, offset: [0, 0, 1] });
  // Two outputs: the red of the pixel to the lower right, and green minus a blue that is 1 everywhere.
  const data = new Float32Array(2 * 2 * 3 * 2);
  // At 6 × pixel + 2 × channel + output.
  data[18] = 1;
  data[3] = 1;
  data[5] = -1;
  const both = graph.convolve(value, { shape: [2, 2, 3, 2], data }, Float32Array.of(0.5, 0), { stride: 2 });
  graph.output('both', graph.list(both, 2), ['batch', 'n', 2]);
  expect(await runOn(graph.write(), 'both')).toEqual([5.5, -1, 7.5, 19, 13.5, 79, 15.5, 99]);
});

it('convolves each channel alone, with nothing beyond the edge', async () => {
  const graph = new GraphBuilder();
  const value = graph.picture('picture', [4, 4], { scale: 1, offset: [0, 0, 0] });
  const data = new Float32Array(3 * 3 * 3);
  // Red from above, green from the left.
  data[1 * 3] = 1;
  data[3 * 3 + 1] = 1;
  const each = graph.convolveEach(value, { shape: [3, 3, 3, 1], data }, undefined);
  graph.output('each', graph.list(each, 3), ['batch', 'n', 3]);
  const pixels = await runOn(graph.write(), 'each');
  expect(pixels.slice(0, 6)).toEqual([0, 0, 0, 0, 0, 0]);
  expect(pixels.slice(15, 18)).toEqual([1, 40, 0]);
});

it('says which weights a model lacks', () => {
  expect(() => weightOf(new Map(), 'conv0/filters')).toThrow('The model has no weights named conv0/filters.');
});

it('translates what the models of faces and bodies are made of', async () => {
  const text = (value: string) => ({ s: Buffer.from(value).toString('base64') });
  const model = layersModelSchema.parse({
    modelTopology: {
      node: [
        { name: 'bytes', op: 'Cast', input: ['nowhere'] },
        {
          name: 'each',
          op: 'FusedDepthwiseConv2dNative',
          input: ['bytes', 'weights', 'bias'],
          attr: {
            strides: { list: { i: ['1', '2', '2', '1'] } },
            padding: text('SAME'),
            fused_ops: { list: { s: [text('BiasAdd').s, text('Relu6').s] } },
          },
        },
        {
          name: 'larger',
          op: 'ResizeBilinear',
          input: ['each', 'size'],
          attr: { half_pixel_centers: { b: true } },
        },
      ],
    },
    weightsManifest: [
      {
        weights: [
          { name: 'weights', shape: [1, 1, 3, 1], dtype: 'float32' },
          { name: 'bias', shape: [3], dtype: 'float32' },
        ],
      },
    ],
  });
  const bytes = new Uint8Array(Float32Array.of(0.5, 1, 1, 1, -1000, 0).buffer);
  const graph = buildLayersGraph(model, bytes, {
    input: { node: 'bytes', height: 'height', width: 'width', scale: 1, offset: [0, 0, 0] },
    outputs: { larger: { node: 'larger', size: 3 } },
  });
  const pixels = await runOn(graph, 'larger');
  // Every other pixel of every other row, halved and one more: 1, 2, 5, and 6 at most instead of 6; between them as TensorFlow does it.
  const red = pixels.filter((_, index) => index % 3 === 0);
  expect(red).toEqual([1, 1.25, 1.75, 2, 2, 2.25, 2.75, 3, 4, 4.25, 4.75, 5, 5, 5.25, 5.75, 6]);
  expect(pixels.every((value, index) => index % 3 === 0 || value === 0)).toBe(true);
});

it('refuses a model with an operation that it does not know', () => {
  const node = (name: string, op: string, input: string[] = []) => ({ name, op, input, attr: {} });
  const model = {
    modelTopology: {
      node: [node('in', 'Placeholder'), node('odd', 'Erf', ['in']), node('old', 'ResizeBilinear', ['in'])],
    },
    weightsManifest: [],
  };
  const build = (output: string) =>
    buildLayersGraph(model, new Uint8Array(), {
      input: { height: 4, width: 4, scale: 1, offset: [0, 0, 0] },
      outputs: { result: { node: output, size: 3 } },
    });
  expect(() => build('odd')).toThrow('The operation Erf of odd is not known here.');
  expect(() => build('old')).toThrow('The operation ResizeBilinear of old is not known here.');
  expect(() => build('gone')).toThrow('The model has no node named gone.');
  expect(build('in').length).toBeGreaterThan(0);
});
